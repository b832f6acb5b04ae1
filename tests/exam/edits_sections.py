"""Edits of sections."""

from tests.exam.editor import Editor, sort
from tests.exam.model import Block, Chapter, Para, Section, Table, holders, keys, plain, size, walk

Found = tuple[Chapter, Chapter | Section, Section, tuple[Section, ...]]  # chapter, parent, section, path to it


def uids(section: Section) -> list[int]:
    """A section and all in it, to the rows."""
    return [u for path in walk([section]) for u in (path[-1].uid, *inside(path[-1].blocks))]


def inside(blocks: list[Block]) -> list[int]:
    return [u for b in blocks for u in (b.uid, *((r.uid for r in b.rows) if isinstance(b, Table) else ()))]


def _sections(ed: Editor, *, leaf: bool = False, untouched: bool = True) -> list[Found]:
    """The sections that nobody touched and that hold what they held, each with its parent.

    untouched: so is all in them; else only their headings are looked at.
    """
    found: list[Found] = []
    for c in ed.profile.chapters:
        if not ed.is_free(c.uid):
            continue
        for holder, path in holders(c):
            for s in holder.sections:
                if (leaf and s.sections) or (untouched and not ed.is_whole(s)) or keys(s.title):
                    continue
                if ed.is_free(*(uids(s) if untouched else [s.uid])) and ed.is_free(*(p.uid for p in path)):
                    found.append((c, holder, s, (*path, s)))
    ed.rng.shuffle(found)
    return found


def _other_title(ed: Editor, chapter: Chapter, old: str) -> str:
    """A heading that the chapter does not have: one of its own words but for the old one's "in brief"."""
    titles = [plain(chapter.title), *(plain(p[-1].title) for p in walk(chapter.sections))]
    if old and ed.rng.random() < 0.3 and len(old) < 40 and f"{old} in brief" not in titles:
        return f"{old} in brief"
    taken = {word.casefold() for title in titles for word in title.split()}
    told = ""
    for _ in range(40):
        told = ed.prose.title(ed.rng.choice((2, 2, 3)))
        if not taken & {word.casefold() for word in told.split()} - {"and", "of"}:
            break
    return told


def fresh_section(ed: Editor, chapter: Chapter) -> Section:
    paras: list[Block] = [
        ed.profile.paragraph(ed.prose.paragraph(ed.rng.choice((12, 25, 40)))) for _ in range(ed.rng.randrange(1, 4))
    ]
    made = Section(ed.profile.fresh(), _other_title(ed, chapter, ""), paras)
    ed.claim(*uids(made))
    return made


@sort
def section_added(ed: Editor) -> bool:
    """A section more."""
    chapters = [c for c in ed.profile.chapters if c.sections and ed.is_free(c.uid)]
    if not chapters:
        return False
    chapter = ed.rng.choice(chapters)
    parents: list[Chapter | Section] = [
        chapter,
        *(p[-1] for p in walk(chapter.sections) if p[-1].sections and ed.is_free(*(s.uid for s in p))),
    ]
    parent = ed.rng.choice(parents)
    parent.sections.insert(ed.rng.randrange(len(parent.sections) + 1), fresh_section(ed, chapter))
    return True


@sort
def section_removed(ed: Editor) -> bool:
    """A section less, with all in it; notes that only it referred to go with it."""
    for chapter, parent, section, _ in _sections(ed):
        if len(chapter.sections) < 2 or size(section) > 400 or (ed.flat and section.sections):
            continue
        parent.sections = [s for s in parent.sections if s is not section]
        ed.claim(*uids(section))
        return True
    return False


@sort
def section_renamed(ed: Editor) -> bool:
    """A heading is another, over the same text."""
    for chapter, _, section, _ in _sections(ed, untouched=False):
        if not section.blocks or not ed.is_free(*inside(section.blocks)) or not ed.is_whole(section):
            continue
        section.title = _other_title(ed, chapter, section.title)
        ed.claim(section.uid, *inside(section.blocks))
        return True
    return False


def _light(ed: Editor, parent: Chapter | Section, section: Section, to: int) -> bool:
    """Whether a section that goes to another place among its siblings passes more words than it has."""
    others = [s for s in parent.sections if s is not section]
    at = next(i for i, s in enumerate(parent.sections) if s is section)
    passed = others[min(at, to) : max(at, to)]
    return sum(map(size, passed)) >= 1.5 * size(section) and ed.is_free(*(u for s in passed for u in uids(s)))


def _relocated(ed: Editor, *, leaf: bool = False) -> tuple[Chapter, Section] | None:
    """Move a section among its siblings, or to another parent in its chapter."""
    for chapter, parent, section, path in _sections(ed, leaf=leaf):
        if not section.blocks or size(section) < 8:
            continue
        others = [s for s in parent.sections if s is not section]
        spots = [i for i in range(len(others) + 1) if _light(ed, parent, section, i)]
        inside = {p[-1].uid for p in walk([section])}
        away = [
            p[-1]
            for p in walk(chapter.sections)
            if p[-1] is not parent
            and p[-1].sections
            and p[-1].uid not in inside
            and ed.is_free(*(s.uid for s in p))
            and len(p) == len(path) - 1
        ]
        if not spots and not away:
            continue
        if len(parent.sections) == 1 and isinstance(parent, Section) and not parent.blocks:
            continue
        if away and (not spots or ed.rng.random() < 0.4):
            target: Chapter | Section = ed.rng.choice(away)
            at = ed.rng.randrange(len(target.sections) + 1)
        else:
            target, at = parent, ed.rng.choice(spots)
            low = min(at, next(i for i, s in enumerate(parent.sections) if s is section))
            for s in parent.sections[low : at + 1]:
                ed.claim(*uids(s))
        parent.sections = others
        (others if target is parent else target.sections).insert(at, section)
        ed.claim(*uids(section))
        ed.marks.moved.add(section.uid)
        return chapter, section
    return None


@sort
def section_moved(ed: Editor) -> bool:
    """A section stands elsewhere in its chapter."""
    return _relocated(ed) is not None


@sort
def section_renamed_moved(ed: Editor) -> bool:
    """A section stands elsewhere in its chapter under another heading."""
    # In plain text only a known heading tells how deep it stands, so that one of no rule's holds no others there.
    found = _relocated(ed, leaf=ed.is_lines)
    if found is None:
        return False
    chapter, section = found
    section.title = _other_title(ed, chapter, section.title)
    return True


@sort
def section_moved_chapter(ed: Editor) -> bool:
    """A section stands in another chapter."""
    for chapter, parent, section, _ in _sections(ed, leaf=True):
        others = [c for c in ed.profile.chapters if c is not chapter and c.sections and ed.is_free(c.uid)]
        has_notes = any(keys(t) for b in section.blocks if isinstance(b, Para) for t in (b.text,))
        if not others or has_notes or not all(isinstance(b, Para) for b in section.blocks) or size(section) < 12:
            continue
        if len(parent.sections) < 2:
            continue
        target = ed.rng.choice(others)
        if any(plain(p[-1].title) == plain(section.title) for p in walk(target.sections)):
            continue
        parent.sections = [s for s in parent.sections if s is not section]
        target.sections.insert(ed.rng.randrange(len(target.sections) + 1), section)
        ed.claim(*uids(section))
        ed.marks.moved.add(section.uid)
        return True
    return False


@sort
def section_split(ed: Editor) -> bool:
    """A new heading stands amid a section's paragraphs."""
    for chapter, parent, section, _ in _sections(ed, leaf=True):
        blocks = section.blocks
        cuts = [i for i in range(1, len(blocks)) if _is_p(blocks[i - 1]) and _is_p(blocks[i])]
        cuts = [i for i in cuts if sum(map(size, blocks[:i])) >= 10 and sum(map(size, blocks[i:])) >= 10]
        if not cuts:
            continue
        at = ed.rng.choice(cuts)
        fresh = Section(ed.profile.fresh(), _other_title(ed, chapter, ""), blocks[at:])
        section.blocks = blocks[:at]
        parent.sections.insert(next(i for i, s in enumerate(parent.sections) if s is section) + 1, fresh)
        ed.marks.section_split[fresh.uid] = section.uid
        ed.claim(*uids(section), *uids(fresh))
        return True
    return False


def _is_p(block: Block) -> bool:
    return isinstance(block, Para) and block.kind == "p"


@sort
def section_merged(ed: Editor) -> bool:
    """A heading is gone, and what stood under it stands under the one before."""
    for _, parent, section, _ in _sections(ed, leaf=True):
        at = next(i for i, s in enumerate(parent.sections) if s is section)
        if not at:
            continue
        holder = parent.sections[at - 1]
        if holder.sections or not holder.blocks or not section.blocks or not ed.is_free(*uids(holder)):
            continue
        if not ed.is_whole(holder):
            continue
        if not _is_p(holder.blocks[-1]) or not _is_p(section.blocks[0]):
            continue
        ed.claim(*uids(section), *uids(holder))
        holder.blocks += section.blocks
        del parent.sections[at]
        ed.marks.section_merged[section.uid] = holder.uid
        return True
    return False
