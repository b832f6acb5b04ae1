"""What is always so of reading: documents survive JSON, noise changes nothing, no bytes raise."""

import re
import unicodedata
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.strategies import documents, pairs
from tracker.cli.demo.rendered import as_html, as_text, text_of_document
from tracker.cli.demo.ruritania import edition
from tracker.document.canonical import norm_sha256
from tracker.document.model import Document
from tracker.extract import extract
from tracker.extract.reader import ReadPage, Unreadable, read

MODEST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TYPES = ("text/html", "text/plain", "text/markdown", "application/json", "image/png", None)


@MODEST
@given(documents())
def test_a_document_survives_json(document):
    assert Document.from_json(document.to_json()) == document
    assert Document.from_json(document.to_json()).to_json() == document.to_json()


@settings(MODEST, max_examples=30)
@given(pairs())
def test_so_does_its_edited_twin(pair):
    _, twin = pair

    assert Document.from_json(twin.to_json()) == twin


@MODEST
@given(
    st.binary(max_size=2000),
    st.sampled_from(TYPES),
    st.sampled_from((None, "utf-8", "utf-16", "shift_jis", "nonsense")),
)
def test_no_bytes_raise(data, media_type, charset):
    assert isinstance(read(data, media_type=media_type, charset=charset), ReadPage | Unreadable)


_PARTS = (
    *("<table>", "<tr>", "<td rowspan=3>", "<th colspan=2>", "</table>", "<caption>", "<p>", "</p>", "<br>", "<ul>"),
    *("<h2>Impact</h2>", "<a href='#_ftn1'>[1]</a>", "<li id=fn2>", "<div id=ftn3>", "&nbsp;", "Impact\n", "\u00a0\n"),
    *("Last updated: 1 May 2020\n", "[1] Ibid.\n", "Casualties overview[26]\n", "Casualties\n", "Annual total\n"),
    *("Type of organization\n", "Governmental\n", "Beneficiary numbers\n", "Operator\n", "Men\n", "Note: x\n", "* y\n"),
    *("Clearance operators\n", "National\n", "Use\n", "word word word. ", "\n\n", "| a | b |\n", "|---|---|\n"),
    *("[^1]: z\n", "**", "# ", "- ", "{", '"a":', "[", "\ud800", "\x00", "\ue000"),
)


@settings(MODEST, max_examples=150)
@given(st.lists(st.sampled_from(_PARTS), max_size=60), st.sampled_from(TYPES), st.sampled_from((None, "monitor")))
def test_no_heap_of_real_pieces_raises_and_what_is_read_can_be_stored(parts, media_type, publisher):
    data = "".join(parts).encode("utf-8", "surrogatepass")

    found = read(data, media_type=media_type, publisher=publisher)

    if isinstance(found, ReadPage):
        assert Document.from_json(found.document.to_json()) == found.document
        slugs = [c.slug for c in found.document.chapters]
        assert len(set(slugs)) == len(slugs)
        for chapter in found.document.chapters:
            norm_sha256(chapter)
            assert len({n.label for n in chapter.notes}) == len(chapter.notes)


# ---------------------------------------------------------------- noise


@cache
def _norms(number: int) -> tuple[str, ...]:
    return tuple(norm_sha256(c) for c in edition(number).document.chapters)


def _in_words(html: str, alter) -> str:
    """The page with its text, not its tags, put through a function."""
    head, body = html.split("<main", 1)
    return head + "<main" + re.sub(r">([^<]+)<", lambda m: f">{alter(m[1])}<", body)


_HTML_NOISE = {
    "quotes": lambda h: h.replace("“", "&quot;").replace("”", "&quot;").replace("’", "'"),
    "dashes": lambda h: _in_words(h, lambda t: t.replace("–", "-").replace("—", "–")),
    "nbsp": lambda h: _in_words(h, lambda t: re.sub(r"(?<=\w) (?=\w)", "&nbsp;", t)),
    "spacing": lambda h: _in_words(h, lambda t: t.replace(" ", "\n   ") if t.strip() else t),
    "soft hyphens": lambda h: _in_words(h, lambda t: re.sub(r"(?<=[a-z]{4})(?=[a-z]{4})", "\u00ad", t)),
    "nfd": lambda h: unicodedata.normalize("NFD", h),
    "attribute order": lambda h: re.sub(r'<a (href="[^"]*") (name="[^"]*") title="">', r"<a \2 class='x' \1>", h),
    "ids for names": lambda h: h.replace(' name="_ftn', ' id="_ftn'),
    "bare note numbers": lambda h: re.sub(r"<sup>\[(\d+)\]</sup>", r"<sup>\1</sup>", h),
    "text markers": lambda h: re.sub(r'<a href="#_ftn(?:ref)?\d+"[^>]*>(?:<sup>)?(\[\d+\])(?:</sup>)?</a>', r"\1", h),
    "wrappers": lambda h: h.replace("<p>", "<div class='a'><p><span>").replace("</p>", "</span></p></div>"),
    "furniture": lambda h: h.replace("<h1>", "<nav><a href=/>Up</a></nav><script>x = '<p>no</p>'</script><h1>"),
    "entities": lambda h: _in_words(h, lambda t: t.replace("e", "&#101;")),
}  # fmt: skip


@settings(MODEST, max_examples=30)
@given(st.integers(1, 6), st.sets(st.sampled_from(sorted(_HTML_NOISE)), max_size=5))
def test_other_clothes_read_as_the_same_text(number, noises):
    html = as_html(edition(number))
    # Attributes before what rewrites their tags, tags before what rewrites the text between them.
    for name in sorted(noises, key=list(_HTML_NOISE).index, reverse=True):
        html = _HTML_NOISE[name](html)

    document = extract(html.encode(), media_type="text/html")

    assert tuple(norm_sha256(c) for c in document.chapters) == _norms(number), noises


_TEXT_NOISE = {
    "quotes": lambda t: t.replace("“", '"').replace("”", '"').replace("’", "'"),
    "nfd": lambda t: unicodedata.normalize("NFD", t),
    "blank before a marker": lambda t: re.sub(r"(?<=\S)\[(\d+)\]", r" [\1]", t),
    "no blank after a note's label": lambda t: re.sub(r"(?m)^\[(\d+)\] ", r"[\1]", t),
    "trailing blanks": lambda t: re.sub(r"(?m)(?<=\S)$", "   ", t),
    "line ends": lambda t: t.replace("\n", "\r\n"),
    "no empty lines": lambda t: re.sub(r"\n{2,}", "\n", t),
    "soft hyphens": lambda t: re.sub(r"(?<=[a-z]{5})(?=[a-z]{4} [a-z]+ [a-z]+ )", "\u00ad", t),
}  # fmt: skip


@settings(MODEST, max_examples=40)
@given(st.integers(1, 6), st.sets(st.sampled_from(sorted(_TEXT_NOISE)), max_size=4))
def test_so_does_a_text_in_other_clothes(number, noises):
    text = as_text(edition(number))
    for name in sorted(noises, key=list(_TEXT_NOISE).index):
        text = _TEXT_NOISE[name](text)

    document = extract(text.encode(), media_type="text/plain")

    assert tuple(norm_sha256(c) for c in document.chapters) == _norms(number), noises


def test_printing_what_was_read_and_reading_it_again_changes_nothing():
    document = extract(as_text(edition(1)).encode(), media_type="text/plain")

    assert extract(text_of_document(document).encode(), media_type="text/plain") == document
