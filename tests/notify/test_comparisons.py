"""A comparison as people see it: on a terminal, as a page, as Markdown, as counts."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from tests.compare.builders import chapter, paragraphs, ruritania, section, table
from tests.strategies import relabelled
from tracker.compare import compare
from tracker.document.edit import Span
from tracker.document.model import Block, Chapter, Document, Prose, Section, Text
from tracker.notify.render import markdown, page, stat, terminal
from tracker.notify.render.outline import Outline, outline

HOSTILE = (
    "\x1b[2Jred\x07 \u202egnp.exe\u2069 \x9b5m <script>alert(1)</script> [-x-] {+y+} [a](http://b) @all & **c** | d"
)
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def told(old: Document, new: Document, *, all_causes: bool = False, reverts: str | None = None) -> Outline:
    names = ("old.txt", "new.txt")
    return outline(compare(old, new), old, new, names=names, all_causes=all_causes, reverts=reverts)


def on_terminal(old: Document, new: Document, *, columns: int | None = None, styled: bool = False) -> str:
    return "\n".join(terminal.lines(told(old, new), styled=styled, columns=columns))


def document(*chapters: Chapter) -> Document:
    return Document("Ruritania", chapters)


def prose(*blocks: str | Block, title: str = "Use") -> Document:
    return document(chapter(section(title, *blocks)))


MANY = tuple(f"Paragraph {k} of the count speaks of {k * 7} springs near Strelsau." for k in range(12))


# ---------------------------------------------------------------- what is shown


def test_edits_stand_under_their_chapter_and_section_and_the_weighty_ones_are_marked():
    old = prose("Ruritania has not acceded to the Treaty on Springs.", *MANY)
    new = prose("Ruritania has acceded to the Treaty on Springs.", *MANY[:-1], MANY[-1].replace("near", "close to"))

    shown = on_terminal(old, new).split("\n")

    assert "  § Use" in shown
    (critical,) = [k for k, line in enumerate(shown) if line.startswith(" !! replaced · critical")]
    assert shown[critical + 1] == "    Ruritania has[- not-] acceded to the Treaty on Springs."
    assert [line for line in shown if line.startswith("    replaced · low")]
    assert shown[-1].startswith("2 edits in 1 chapter: 1 critical, 1 low")


def test_cause_and_flags_of_a_chapter_are_told_with_it():
    old = prose(*MANY)
    silent = prose(*MANY[:-1], "It rained in Zenda.")
    dated = replace(old, chapters=(replace(old.chapters[0], date_text="1 May 2030", date=None),))

    assert "silent edit: words changed, the printed date" in on_terminal(old, silent)
    assert "date only" in on_terminal(old, dated)
    assert (
        "reversion: it says again what @20200101T000000Z said"
        in told(old, silent, reverts="20200101T000000Z").chapters[0].said
    )


def test_neutral_edits_are_one_line():
    old = ruritania()
    policy = old.chapters[0]
    labels = {n.label: str(int(n.label) + 1) for n in policy.notes}
    new = replace(old, chapters=(relabelled(policy, labels), *old.chapters[1:]))

    shown = on_terminal(old, new)

    assert f"({len(labels)} notes renumbered)" in shown
    assert shown.endswith(f"No difference for a reader: {len(labels)} notes renumbered")
    assert "renumbered · none" not in shown
    assert "renumbered · none" in "\n".join(terminal.lines(told(old, new, all_causes=True), styled=False, columns=None))


def test_a_moved_paragraph_is_shown_once_where_it_is_with_where_it_was():
    moved = "Geese were counted at the gate of Tarlenheim castle by the warden."
    here = (section("Policy", *MANY[:6]), section("Use", *MANY[6:]))
    old = document(chapter(replace(here[0], blocks=(*paragraphs(moved), *here[0].blocks)), here[1]))
    new = document(chapter(here[0], replace(here[1], blocks=(*here[1].blocks, *paragraphs(moved)))))

    for shown in (on_terminal(old, new), visible(page.text(told(old, new)))):
        assert shown.count("Geese") == 1
        assert "moved · low: order · from Policy" in shown


def test_where_a_paragraph_was_split_or_two_were_merged_is_shown():
    first, second = "The count of springs ended in May.", "It began anew in the autumn of that year, in the hills."
    one, two = prose(f"{first} {second}", *MANY), prose(first, second, *MANY)

    assert f"{first}{{+ ¶+}} {second}" in on_terminal(one, two)
    assert f"{first}[- ¶-] {second}" in on_terminal(two, one)


def test_changed_cells_of_a_row_are_shown_in_the_row():
    def grid(*rows: list[str]) -> Document:
        return document(
            chapter(section("Impact", table(list(rows), header=["Year", "Killed", "Hurt"], caption="Toll")))
        )

    rows = [["2018", "3", "11"], ["2019", "4", "12"], ["2020", "5", "13"], ["2021", "6", "14"]]
    old, new = grid(*rows), grid(rows[0], ["2019", "7", "19"], *rows[2:])

    (row,) = LexborHTMLParser(page.text(told(old, new))).css("tbody tr")
    shown = on_terminal(old, new)

    assert [cell.text() for cell in row.css("td")] == ["2019", "[removed: 4][added: 7]", "[removed: 12][added: 19]"]
    assert "    Toll › 2019\n    Killed: [-4-]{+7+}\n    Hurt: [-12-]{+19+}" in shown
    assert "| 2019 | <del>4</del><ins>7</ins> | <del>12</del><ins>19</ins> |" in markdown.text(told(old, new))


def test_nothing_to_see_is_said():
    assert on_terminal(prose(*MANY), prose(*MANY)) == "No difference"
    assert "No difference" in visible(page.text(told(prose(*MANY), prose(*MANY))))
    assert on_terminal(Document("", ()), Document("", ())) == "No difference"


def test_counts_are_a_line_a_chapter_with_a_bar():
    shown = list(stat.lines(told(prose(*MANY), prose(*MANY[1:], "It rained in Zenda, and it snowed."))))

    assert re.fullmatch(r" \S.* \| 2 \++-+  1 removed, 1 added", shown[0])
    assert shown[-1].endswith("7 words came(+), 11 went(-)")


# ---------------------------------------------------------------- on a terminal

PIECES = st.lists(
    st.tuples(st.sampled_from("=-+"), st.text(alphabet="ab éж語e\u0301\n ", min_size=1, max_size=30)), max_size=8
)


@settings(max_examples=200)
@given(PIECES, st.integers(30, 90), st.booleans())
def test_lines_fit_and_lose_no_word(pieces: list[Span], columns: int, styled: bool):
    lines = list(terminal.wrapped(pieces, styled=styled, columns=columns, indent=4))

    bare = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    assert " ".join(bare).split() == "".join(text for _, text in pieces).split()
    for line in bare:
        assert sum(2 if c == "語" else c != "\u0301" for c in line) <= columns or " " not in line.strip()


def test_styles_end_with_their_line():
    pieces: list[tuple[str, str]] = [("=", "It was "), ("-", "very " * 30), ("+", "dry")]

    lines = list(terminal.wrapped(pieces, styled=True, columns=40))

    assert len(lines) > 3
    for line in lines:
        assert line.count("\x1b[0m") == len(re.findall(r"(?:\x1b\[[1-9][0-9]*m)+", line))


def test_with_styles_words_are_struck_and_underlined():
    shown = on_terminal(prose("It rained.", *MANY), prose("It snowed.", *MANY), styled=True)

    assert "\x1b[31m\x1b[9mrained\x1b[0m\x1b[32m\x1b[4msnowed\x1b[0m" in shown


def test_what_a_page_wrote_like_a_mark_of_ours_is_told_from_one():
    shown = on_terminal(prose(MANY[0]), prose(Prose(Text(f"{MANY[0]} [-not-] {{+so+}}"))))

    assert "{+ [\\-not-\\] {\\+so+\\}+}" in shown


# ---------------------------------------------------------------- hostile text


def everywhere(said: str, number: int) -> Document:
    here = section(f"Use {said}", Prose(Text(f"Paragraph {number} {said}.")), *MANY)
    grid = table(
        [[f"A {said}", f"{number} {said}"], ["B", "2"]], header=[f"K {said}", f"V {said}"], caption=f"T {said}"
    )
    return replace(document(chapter(here, section("Impact", grid), title=f"C {said}")), title=f"Title {said}")


@pytest.mark.parametrize("styled", [True, False])
def test_a_page_cannot_steer_the_terminal_by_what_changed(styled: bool):
    shown = on_terminal(everywhere(HOSTILE, 1), everywhere(HOSTILE, 2), styled=styled, columns=80)

    assert "\N{REPLACEMENT CHARACTER}" in shown
    assert STEERING.findall(re.sub(r"\x1b\[[0-9;]+m", "", shown).replace("\n", "")) == []
    assert all(code in ("0", "1", "2", "4", "9", "31", "32", "33", "36") for code in re.findall(r"\x1b\[(.*?)m", shown))


def test_a_page_puts_no_element_into_ours():
    old, new = everywhere(HOSTILE, 1), everywhere(HOSTILE, 2)
    tree = LexborHTMLParser(page.text(told(old, new)))

    assert tree.css("script, img, iframe, link, object, form, base, [onload], [src]") == []
    assert all(a.attributes["href"].startswith("#") for a in tree.css("a"))
    assert "alert(1)" in visible(page.text(told(old, new)))
    assert STEERING.findall(page.text(told(old, new)).replace("\n", "")) == []


def test_a_page_makes_no_markup_link_or_mention_in_markdown():
    shown = markdown.text(told(everywhere(HOSTILE, 1), everywhere(HOSTILE, 2)))

    assert set(re.findall(r"<(/?\w+)", shown)) <= {"del", "/del", "ins", "/ins", "br"}
    assert "@all" not in shown and "](" not in shown and "**c**" not in shown and "http:" not in shown


# ---------------------------------------------------------------- the page


def visible(html: str) -> str:
    body = LexborHTMLParser(html).body
    assert body is not None
    return body.text()


def test_the_page_needs_and_runs_nothing():
    html = page.text(told(prose("It rained.", *MANY), prose("It snowed.", *MANY)))
    tree = LexborHTMLParser(html)

    (policy,) = tree.css('meta[http-equiv="Content-Security-Policy"]')
    assert (policy.attributes["content"] or "").startswith("default-src 'none'; style-src 'sha256-")
    assert "url(" not in html and "@import" not in html and "http:" not in html and "https:" not in html


def test_the_policy_of_the_page_allows_its_own_style():
    from base64 import b64encode
    from hashlib import sha256

    html = page.text(told(prose("It rained.", *MANY), prose("It snowed.", *MANY)))
    style = html[html.index("<style>") + 7 : html.index("</style>")]

    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in html


def test_without_colour_or_sight_removed_and_added_words_are_told_apart():
    html = page.text(told(prose("It rained.", *MANY), prose("It snowed.", *MANY)))

    assert "[removed: rained][added: snowed]" in visible(html)
    assert re.search(r"del \{[^}]*line-through", html) and re.search(r"ins \{[^}]*underline", html)
    assert "@media print" in html and "prefers-color-scheme: dark" in html


def test_deep_sections_are_told_by_their_path():
    def nested(words: str) -> Document:
        return document(
            chapter(section("Aid", inside=(Section(section("x").title, 2, section("y", words, *MANY).blocks),)))
        )

    shown = on_terminal(nested("It rained."), nested("It snowed."))

    assert "  § Aid › x" in shown
