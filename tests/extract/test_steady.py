"""An edit to one line leaves every other what it was: headings, cells, notes, paragraphs."""

from collections import Counter

import pytest

from tests.extract.profiles import Profile, profiles
from tracker.document.canonical import canonical_text, printed
from tracker.document.model import Document, Prose, Text, walk_sections
from tracker.extract import extract


def _shown(document: Document) -> Counter[tuple[str, str]]:
    """Every line of the document with what it was read as."""
    found: Counter[tuple[str, str]] = Counter()

    def add(kind: str, text: Text | str | None) -> None:
        found[kind, printed(text) if isinstance(text, Text) else str(text)] += 1

    for chapter in document.chapters:
        add("chapter", chapter.title)
        add("date", chapter.date_text)
        for note in chapter.notes:
            add(f"note {note.label}", note.text)
        blocks = [*chapter.blocks]
        for path in walk_sections(chapter.sections):
            add(f"heading {len(path)}", path[-1].title)
            blocks += path[-1].blocks
        for block in blocks:
            if isinstance(block, Prose):
                add(block.kind, block.text)
                continue
            add(f"caption of {block.shape}", block.caption)
            for row in (*block.header, *block.rows):
                for at, cell in enumerate(row.cells):
                    for text in cell.paragraphs or (Text(""),):
                        add(f"cell {at} {row.is_band}", text)
            for line in block.legend:
                add("legend", line)
    return found


def _edited(line: str, turn: int) -> str:
    """The line with a word put in, taken out or changed, never its first or last; by turns."""
    words = line.split(" ")
    at = 1 + (turn * 7) % max(len(words) - 2, 1)
    act = ("put", "take", "change")[turn % 3] if len(words) > 3 else "put"
    if act == "put":
        words.insert(at, "lately")
    elif act == "take":
        del words[at]
    else:
        words[at] = "elsewhere"
    return " ".join(words)


@pytest.mark.parametrize("profile", profiles(), ids=lambda p: p.name)
def test_a_word_changed_anywhere_leaves_all_other_lines_what_they_were(profile: Profile):
    before = _shown(profile.document)
    lines = profile.text.split("\n")

    for turn, line in enumerate(lines):
        if not line.strip() or len(line.split()) < 2 or " | " in line or line.startswith(("Jump", "Last updated")):
            continue
        changed = [*lines[:turn], _edited(line, turn), *lines[turn + 1 :]]

        after = _shown(extract("\n".join(changed).encode(), media_type="text/plain", publisher="monitor"))

        gone, come = before - after, after - before
        assert len(gone) <= 1 and len(come) <= 1, (line, gone, come)
        assert {kind for kind, _ in gone} == {kind for kind, _ in come}, (line, gone, come)


@pytest.mark.parametrize("profile", profiles(), ids=lambda p: p.name)
def test_a_paragraph_put_in_anywhere_between_paragraphs_is_one_paragraph_more(profile: Profile):
    before = _shown(profile.document)
    lines = profile.text.split("\n")
    sentence = "The ministry said on Monday that nothing else had changed in the four duchies."

    for at, line in enumerate(lines):
        if len(line) < 120 or line.startswith(("[", "(")) or " | " in line or ("paragraph", line) not in before:
            continue
        changed = [*lines[: at + 1], "", sentence, *lines[at + 1 :]]

        after = _shown(extract("\n".join(changed).encode(), media_type="text/plain", publisher="monitor"))

        assert after - before == Counter({("paragraph", sentence): 1}), line
        assert not before - after, line


@pytest.mark.parametrize("profile", profiles(), ids=lambda p: p.name)
def test_a_paragraph_taken_out_takes_nothing_else_along(profile: Profile):
    before = _shown(profile.document)
    lines = profile.text.split("\n")

    for at, line in enumerate(lines):
        if ("paragraph", line) not in before:
            continue
        after = _shown(
            extract("\n".join(lines[:at] + lines[at + 1 :]).encode(), media_type="text/plain", publisher="monitor")
        )

        assert before - after == Counter({("paragraph", line): 1}), line
        assert not after - before, line


@pytest.mark.parametrize("profile", profiles(), ids=lambda p: p.name)
def test_a_column_more_widens_the_table_and_nothing_else(profile: Profile):
    lines = profile.text.split("\n")
    top = lines.index("Girls")
    out = [*lines[: top + 1], "", "Elderly", *lines[top + 1 :]]
    at = top + 2
    for _ in range(2):  # two rows of five cells, with a blank line before each
        at += 10
        out[at + 1 : at + 1] = ["", "7"]
        at += 2

    after = extract("\n".join(out).encode(), media_type="text/plain", publisher="monitor")

    gone, come = _shown(profile.document) - _shown(after), _shown(after) - _shown(profile.document)
    assert not gone
    assert come == Counter({("cell 5 False", "Elderly"): 1, ("cell 5 False", "7"): 2})


def test_an_emptied_cell_of_a_pair_table_is_an_empty_cell():
    text = "Impact\nLast updated: 1 May 2020\nTreaty status overview\nMine Ban Treaty\n\u00a0\n"
    text += "Convention on Cluster Munitions\nState Party\n\u00a0\nAfter it."

    chapter = extract(text.encode(), media_type="text/plain").chapters[0]

    table, prose = chapter.blocks
    assert [[c.plain for c in r.cells] for r in table.rows] == [
        ["Mine Ban Treaty", ""],
        ["Convention on Cluster Munitions", "State Party"],
    ]
    assert prose.text.plain == "After it."


LONG = "A paragraph about plum harvest {n}, which nobody expected in this place and which ends as a sentence does."
APART = 40  # lines between two that are put in at once, so that neither is in the other's table


@pytest.mark.parametrize("line", [LONG, "Plum harvest {n}"], ids=["a sentence", "three words"])
@pytest.mark.parametrize("profile", profiles(), ids=lambda p: p.name)
def test_no_line_put_in_anywhere_is_lost(profile: Profile, line: str):
    parts = profile.text.split("\n\n")

    lost = []
    for start in range(2, 2 + APART):  # before the first chapter's title stands what is of no chapter
        places = range(start, len(parts), APART)
        put_in = [part for at, part in enumerate(parts) for part in _with(line, at, places, part)]
        document = extract("\n\n".join(put_in).encode(), media_type="text/plain")
        seen = "".join(map(canonical_text, document.chapters))
        lost += [parts[at - 1] for at in places if f"harvest {at}" not in seen]

    assert lost == []


def _with(line: str, at: int, places: range, part: str) -> list[str]:
    return [line.format(n=at), part] if at in places else [part]


@pytest.mark.parametrize(
    "beside",
    [
        '<aside class="sidebar"><h2>Related</h2><ul><li>Strelsau</li></ul><p>9 people are reading this now</p></aside>',
        '<div class="ad">Buy our ducks today</div>',
        '<div role="complementary" id="newsletter">Subscribe to our letters</div>',
    ],
)
def test_what_stands_beside_the_content_is_no_part_of_it(beside):
    without = f"<h1>Ruritania</h1><p>{'No ducks were seen at the border. ' * 20}</p>"

    assert extract(f"{without}{beside}".encode(), media_type="text/html") == extract(
        without.encode(), media_type="text/html"
    )


@pytest.mark.parametrize(
    "box",
    [
        "<aside><p>A box with facts of the land.</p></aside>",
        '<aside class="sidebar"><table><tr><td>Area</td><td>5 km²</td></tr></table></aside>',
        '<div class="related">Ducks related to these are geese.</div>',
    ],
)
def test_a_box_in_the_content_is_content(box):
    without = f"<h1>Ruritania</h1><p>{'No ducks were seen at the border. ' * 20}</p>"

    assert extract(f"{without}{box}".encode(), media_type="text/html") != extract(
        without.encode(), media_type="text/html"
    )


def test_a_privacy_notice_with_a_heading_is_a_bar_and_a_chapter_on_consent_is_not():
    notice = '<section class="gdpr-notice"><h2>Your privacy</h2><p>We use cookies to count our readers.</p></section>'
    chapter = '<section class="consent"><h2>Consent</h2><p>Deminers ask each owner for consent.</p></section>'
    without = f"<h1>Ruritania</h1><p>{'No ducks were seen at the border. ' * 20}</p>"

    read, with_notice, with_chapter = (
        extract((without + more).encode(), media_type="text/html") for more in ("", notice, chapter)
    )

    assert with_notice == read
    assert with_chapter != read
