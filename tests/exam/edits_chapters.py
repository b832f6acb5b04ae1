"""Edits of chapters and printed dates."""

from tests.exam.editor import Editor, sort
from tests.exam.edits_sections import fresh_section, inside, uids
from tests.exam.model import Chapter, Para, holders, texts
from tests.exam.prose import date
from tests.exam.wording import changeable, size_of, with_other_words


def _dated(ed: Editor) -> list[Chapter]:
    return [c for c in ed.profile.chapters if c.date]


def _everything(chapter: Chapter) -> list[int]:
    return [chapter.uid, *inside(chapter.blocks), *(u for s in chapter.sections for u in uids(s))]


@sort
def chapter_added(ed: Editor) -> bool:
    """A chapter more."""
    if not _dated(ed):
        return False
    made = Chapter(ed.profile.fresh(), f"{ed.prose.title(2)} Review", date(ed.rng))
    made.blocks = [ed.profile.paragraph(ed.prose.paragraph(30))]
    made.sections = [fresh_section(ed, made) for _ in range(2)]
    first = made.sections[0].blocks[0]
    assert isinstance(first, Para)
    made.notes["first"] = ed.prose.note()
    first.text += "⟦first⟧"
    ed.profile.chapters.insert(ed.rng.randrange(len(ed.profile.chapters) + 1), made)
    ed.claim(*_everything(made))
    return True


@sort
def chapter_removed(ed: Editor) -> bool:
    """A chapter less."""
    free = [c for c in _dated(ed) if ed.is_free(*_everything(c))]
    if len(_dated(ed)) < 3 or not free:
        return False
    gone = ed.rng.choice(free)
    ed.profile.chapters = [c for c in ed.profile.chapters if c is not gone]
    ed.claim(*_everything(gone))
    return True


@sort
def chapter_renamed(ed: Editor) -> bool:
    """A chapter's title is another, over the same text."""
    free = [c for c in _dated(ed) if ed.is_free(c.uid) and c.title not in ed.profile.title]
    if not free:
        return False
    chapter = ed.rng.choice(free)
    near = ed.rng.random() < 0.5
    chapter.title = f"{chapter.title} and Practice" if near else f"{ed.prose.title(2)} Report"
    ed.claim(chapter.uid)
    return True


@sort
def chapter_moved(ed: Editor) -> bool:
    """A chapter stands elsewhere among the chapters, past two others at least."""
    chapters = ed.profile.chapters
    weight = {c.uid: sum(size_of(t) for t in texts(c)) for c in chapters}
    found = [
        (at, to)
        for at, c in enumerate(chapters)
        for to in range(len(chapters))
        if abs(to - at) >= 2 and all(ed.is_free(x.uid) for x in chapters[min(at, to) : max(at, to) + 1])
        if sum(weight[x.uid] for x in chapters[min(at, to) : max(at, to) + 1]) >= 2.5 * weight[c.uid]
    ]
    if not found or any(c.date is None for c in chapters):
        return False
    at, to = ed.rng.choice(found)
    ed.claim(*(c.uid for c in chapters[min(at, to) : max(at, to) + 1]))
    ed.marks.moved.add(chapters[at].uid)
    chapters.insert(to, chapters.pop(at))
    return True


@sort
def date_changed(ed: Editor) -> bool:
    """A chapter's printed date is another."""
    free = [c for c in _dated(ed) if ed.is_free(c.uid)]
    if not free:
        return False
    chapter = ed.rng.choice(free)
    old = chapter.date
    while chapter.date == old:
        chapter.date = date(ed.rng)
    return True


@sort
def new_edition(ed: Editor) -> bool:
    """A chapter has another date, and most of its paragraphs other words."""
    for chapter in ed.rng.sample(_dated(ed), len(_dated(ed))):
        paras = [b for h, _ in holders(chapter) for b in h.blocks if isinstance(b, Para) and b.kind == "p"]
        able = [p for p in paras if len(changeable(p.text)) >= 0.4 * size_of(p.text) and size_of(p.text) >= 8]
        if len(paras) < 8 or len(able) < 0.7 * len(paras) or not ed.is_free(*_everything(chapter)):
            continue
        chosen = ed.rng.sample(able, max(-(-len(paras) * 65 // 100), 6))
        for para in chosen:
            length = size_of(para.text)
            made = with_other_words(ed, para.text, max(int(length * ed.rng.uniform(0.2, 0.4)), 1))
            if made is None or not ed.is_own(made, para.uid):
                made = with_other_words(ed, para.text, 1)
            para.text = made or para.text
        chapter.date = f"{ed.rng.randrange(1, 29)} June 2025"
        ed.marks.editions.add(chapter.uid)
        ed.claim(*_everything(chapter))
        return True
    return False
