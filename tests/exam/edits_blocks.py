"""Edits of whole paragraphs, list items and links."""

from itertools import pairwise

from tests.exam.editor import Editor, sort, spots
from tests.exam.model import Chapter, Para, Section, keys, size
from tests.exam.prose import sentences
from tests.exam.wording import size_of, with_other_words
from tests.exam.words import MONTHS


@sort
def added(ed: Editor) -> bool:
    """A paragraph more."""
    for _, holder, at in spots(ed):
        para = ed.profile.paragraph(ed.prose.paragraph(ed.rng.choice((8, 15, 30, 60))))
        holder.blocks.insert(at, para)
        ed.claim(para.uid)
        return True
    return False


@sort
def removed(ed: Editor) -> bool:
    """A paragraph less; a note that only it referred to goes with it."""
    for place in ed.places(4):
        if len(place.holder.blocks) > 1:
            del place.holder.blocks[place.at]
            ed.claim(place.para.uid)
            return True
    return False


def _over(ed: Editor, holder: Chapter | Section, para: Para, before: int, after: int) -> bool:
    """Whether a block that goes from one place to another passes more words than it has, all untouched."""
    low, high = min(before, after), max(before, after)
    passed = [b for b in holder.blocks[low : high + 1] if b is not para]
    words = sum(map(size, passed))
    return bool(passed) and words >= 1.5 * size(para) and ed.is_free(*(b.uid for b in passed))


@sort
def moved_within(ed: Editor) -> bool:
    """A paragraph stands elsewhere in its section."""
    for place in ed.places(6):
        blocks = place.holder.blocks
        ends = [i for i in range(len(blocks)) if i != place.at and _over(ed, place.holder, place.para, place.at, i)]
        if not ends:
            continue
        at = ed.rng.choice(ends)
        low, high = min(at, place.at), max(at, place.at)
        ed.claim(*(b.uid for b in blocks[low : high + 1]))
        blocks.insert(at, blocks.pop(place.at))
        ed.marks.moved.add(place.para.uid)
        return True
    return False


def _move(ed: Editor, *, chapters: bool, reword_: bool) -> bool:
    for place in ed.places(8):
        if len(place.holder.blocks) < 2 or (chapters and keys(place.para.text)):
            continue
        text = place.para.text
        if reword_:
            count = max(int(size_of(text) * ed.rng.uniform(0.06, 0.3)), 1)
            made = with_other_words(ed, text, count)
            if made is None or not ed.is_own(made, place.para.uid):
                continue
            text = made
        for chapter, holder, at in spots(ed):
            if (chapter is place.chapter) == chapters or holder is place.holder:
                continue
            del place.holder.blocks[place.at]
            place.para.text = text
            holder.blocks.insert(at, place.para)
            ed.claim(place.para.uid)
            ed.marks.moved.add(place.para.uid)
            return True
    return False


@sort
def moved_section(ed: Editor) -> bool:
    """A paragraph stands in another section of its chapter."""
    return _move(ed, chapters=False, reword_=False)


@sort
def moved_reworded(ed: Editor) -> bool:
    """A paragraph stands in another section, with some other words."""
    return _move(ed, chapters=False, reword_=True)


@sort
def moved_chapter(ed: Editor) -> bool:
    """A paragraph stands in another chapter."""
    return _move(ed, chapters=True, reword_=False)


@sort
def moved_chapter_reworded(ed: Editor) -> bool:
    """A paragraph stands in another chapter, with some other words."""
    return _move(ed, chapters=True, reword_=True)


def _split(ed: Editor, *, reword_: bool = False, parted: bool = False, count: int = 2) -> bool:
    for place in ed.places(9 * count):
        pieces = _cut(ed, sentences(place.para.text), count)
        if pieces is None:
            continue
        if reword_:
            side = ed.rng.randrange(count)
            other = with_other_words(ed, pieces[side], max(size_of(pieces[side]) // 10, 1))
            if other is None:
                continue
            pieces[side] = other
        made = [ed.profile.paragraph(p) for p in pieces]
        ed.marks.split[place.para.uid] = [p.uid for p in made]
        if parted:
            made.insert(1, ed.profile.paragraph(ed.prose.paragraph(20)))
        place.holder.blocks[place.at : place.at + 1] = made
        ed.claim(place.para.uid, *(p.uid for p in made))
        return True
    return False


def _cut(ed: Editor, told: list[str], count: int) -> list[str] | None:
    """Sentences in so many runs, none of them a scrap; None where there are too few."""
    if count == 1:
        return [" ".join(told)] if size_of(" ".join(told)) >= 7 else None
    for at in ed.rng.sample(range(1, len(told)), len(told) - 1):
        rest = _cut(ed, told[at:], count - 1)
        if rest is not None and size_of(" ".join(told[:at])) >= 7:
            return [" ".join(told[:at]), *rest]
    return None


@sort
def split(ed: Editor) -> bool:
    """A paragraph is two."""
    return _split(ed)


@sort
def split_reworded(ed: Editor) -> bool:
    """A paragraph is two, with some other words."""
    return _split(ed, reword_=True)


@sort
def split_in_three(ed: Editor) -> bool:
    """A paragraph is three."""
    return _split(ed, count=3)


@sort
def split_parted(ed: Editor) -> bool:
    """A paragraph is two, and another stands between them."""
    return _split(ed, parted=True)


def _merge(ed: Editor, *, reword_: bool = False, parted: bool = False, count: int = 2) -> bool:
    for place in ed.places(7):
        blocks = place.holder.blocks
        run = blocks[place.at : place.at + count + parted]
        paras = [b for b in run if isinstance(b, Para) and b.kind == "p" and size(b) >= 7 and ed.is_free(b.uid)]
        is_old = all(ed.were_neighbours(one.uid, other.uid) for one, other in pairwise(paras))
        if len(paras) < count + parted or not is_old:
            continue
        if parted:
            del paras[1]
        parts = [p.text for p in paras]
        if reword_:
            side = ed.rng.randrange(count)
            reworded = with_other_words(ed, parts[side], max(size_of(parts[side]) // 10, 1))
            if reworded is None:
                continue
            parts[side] = reworded
        made = ed.profile.paragraph(" ".join(parts))
        blocks[place.at : place.at + count + parted] = [made]
        ed.marks.merged[made.uid] = [p.uid for p in paras]
        ed.claim(made.uid, *(b.uid for b in run))
        return True
    return False


@sort
def merged(ed: Editor) -> bool:
    """Two paragraphs are one."""
    return _merge(ed)


@sort
def merged_reworded(ed: Editor) -> bool:
    """Two paragraphs are one, with some other words."""
    return _merge(ed, reword_=True)


@sort
def merged_three(ed: Editor) -> bool:
    """Three paragraphs are one."""
    return _merge(ed, count=3)


@sort
def merged_parted(ed: Editor) -> bool:
    """Two paragraphs are one, and the one between them is gone."""
    return _merge(ed, parted=True)


@sort
def recurring_removed(ed: Editor) -> bool:
    """A line is gone that stands elsewhere too."""
    for place in ed.places():
        same = [p for p in ed.places() if p.para.text == place.para.text and p.para is not place.para]
        if same and len(place.holder.blocks) > 1:
            del place.holder.blocks[place.at]
            ed.claim(place.para.uid, *(p.para.uid for p in same))
            return True
    return False


@sort
def recurring_added(ed: Editor) -> bool:
    """A line more that stands elsewhere already."""
    for place in ed.places():
        if size(place.para) > 6 or keys(place.para.text):
            continue
        for _, holder, at in spots(ed):
            if any(isinstance(b, Para) and b.text == place.para.text for b in holder.blocks):
                continue
            para = ed.profile.paragraph(place.para.text)
            holder.blocks.insert(at, para)
            ed.claim(para.uid, place.para.uid)
            return True
    return False


@sort
def retyped(ed: Editor) -> bool:
    """A paragraph is set as a list item: no news."""
    if ed.is_lines:
        return False
    for place in ed.places(4):
        place.para.kind = "li"
        ed.claim(place.para.uid)
        return True
    return False


@sort
def item_changed(ed: Editor) -> bool:
    """A list item has another word."""
    for place in ed.places(4, ("li",)):
        made = with_other_words(ed, place.para.text, 1)
        if made and size_of(made) >= 4 and ed.set(place, made):
            return True
    return False


@sort
def item_added(ed: Editor) -> bool:
    """A list has an item more."""
    for place in ed.places(0, ("li",)):
        item = ed.profile.paragraph(f"{ed.prose.title(3)}, as agreed in {ed.rng.choice(MONTHS)};", "li")
        place.holder.blocks.insert(place.at + ed.rng.randrange(2), item)
        ed.claim(item.uid)
        return True
    return False


@sort
def item_removed(ed: Editor) -> bool:
    """A list has an item less."""
    for place in ed.places(0, ("li",)):
        beside = [place.holder.blocks[i] for i in (place.at - 1, place.at + 1) if 0 <= i < len(place.holder.blocks)]
        if any(isinstance(b, Para) and b.kind == "li" for b in beside):
            del place.holder.blocks[place.at]
            ed.claim(place.para.uid)
            return True
    return False


@sort
def link(ed: Editor) -> bool:
    """A link leads elsewhere."""
    if not ed.links:
        return False
    for place in ed.places(0, ("p", "li", "x")):
        if "⟪" in place.para.text:
            place.para.text = place.para.text.replace("¦", "/2¦", 1)
            ed.claim(place.para.uid)
            return True
    return False
