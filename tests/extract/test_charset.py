"""Which characters the bytes of a page are."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.extract.charset import decoded, decoder_of
from tracker.extract.labels import DECODERS

CAFE = "Café – “naïve”"
AS_1252 = CAFE.encode("cp1252")
AS_UTF8 = CAFE.encode()


def read(data: bytes, charset: str | None = None) -> tuple[str, str]:
    text, name, lost = decoded(data, charset)
    assert lost == text.count("\ufffd")
    return text, name


# ---------------------------------------------------------------- who is believed


def test_a_byte_order_mark_is_believed_before_all_else():
    page = b'<meta charset="windows-1252">'

    assert read(codecs.BOM_UTF8 + AS_UTF8 + page, "iso-8859-1")[1] == "utf-8"
    assert read(codecs.BOM_UTF16_LE + CAFE.encode("utf-16-le"), "utf-8") == (CAFE, "utf-16-le")
    assert read(codecs.BOM_UTF16_BE + CAFE.encode("utf-16-be"), "utf-8") == (CAFE, "utf-16-be")


def test_the_server_is_believed_before_the_page():
    page = b'<meta charset="utf-8">' + AS_1252

    assert read(page, "iso-8859-1") == (page.decode("cp1252"), "cp1252")


def test_the_page_is_believed_where_the_server_says_nothing_that_is_known():
    page = b'<meta charset="koi8-r">' + "Привет".encode("koi8-r")

    for said in (None, "", "none", "binary", "utf-9", "x" * 500):
        assert read(page, said) == ('<meta charset="koi8-r">Привет', "koi8-r")


def test_what_nobody_named_is_utf_8_where_it_can_be_and_windows_1252_where_it_cannot():
    assert read(AS_UTF8) == (CAFE, "utf-8")
    assert read(AS_1252) == (CAFE, "cp1252")
    assert read(b"") == ("", "utf-8")


def test_what_was_called_utf_8_and_is_not_is_read_as_far_as_it_goes_and_counted():
    text, name, lost = decoded("Café, naïve, ".encode() + b"caf\xe9 and \xff", "utf-8")

    assert (text, name, lost) == ("Café, naïve, caf\ufffd and \ufffd", "utf-8", 2)


@pytest.mark.parametrize("said", ["utf-16", "UTF-16LE", "utf-16be"])
def test_a_page_whose_ascii_says_that_it_is_utf_16_is_utf_8(said):
    assert read(f'<meta charset="{said}">'.encode() + AS_UTF8)[1] == "utf-8"


# ---------------------------------------------------------------- where the page says it


@pytest.mark.parametrize(
    "said",
    [
        '<meta charset="koi8-r">',
        "<meta charset=koi8-r>",
        "<META CharSet = 'KOI8-R' />",
        "<meta/charset=koi8-r>",
        '<meta name="x" charset="koi8-r">',
        '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">',
        '<meta content="text/html; charset=koi8-r" http-equiv=content-type>',
        "<meta http-equiv='content-type' content='text/html;charset = \"koi8-r\"'>",
        "<!-- <meta charset=utf-8> --><meta charset=koi8-r>",
        "<!--><meta charset=koi8-r>",
        "<!DOCTYPE html><html lang='ru'><head><title>x</title><meta charset=koi8-r>",
        '<a title="<meta charset=utf-8>"><meta charset=koi8-r>',
        '<meta charset="unheard-of"><meta charset=koi8-r>',
        '<meta name="description" content="charset=utf-8"><meta charset=koi8-r>',
        '<meta http-equiv="refresh" content="0; charset=utf-8"><meta charset=koi8-r>',
        '<meta data-charset="utf-8"><meta charset=koi8-r>',
        '<?xml version="1.0" encoding="utf-8"?><meta charset=koi8-r>',
        '<?xml version="1.0" encoding="koi8-r"?><html>',
        "<?xml version='1.0' encoding='koi8-r'?>\n<page/>",
        " " * 1000 + "<meta charset=koi8-r>",
    ],
)
def test_a_page_says_it_in_a_meta_element_or_an_xml_declaration(said):
    assert read(said.encode() + "Привет".encode("koi8-r"))[1] == "koi8-r"


@pytest.mark.parametrize(
    "said",
    [
        "<metal charset=koi8-r>",
        "<!-- <meta charset=koi8-r>",
        "<p>meta charset=koi8-r</p>",
        "</p <meta charset=koi8-r>",
        "<? <meta charset=koi8-r>",
        '<meta content="text/html; charset=koi8-r">',
        '<meta charset="">',
        " " * 1024 + "<meta charset=koi8-r>",
        "<!" * 600,
        "<a " * 400,
        "<meta " + "x=" * 500,
    ],
)
def test_what_is_no_declaration_says_nothing(said):
    assert read(said.encode() + AS_UTF8) == (said + CAFE, "utf-8")


# ---------------------------------------------------------------- labels


@pytest.mark.parametrize(
    ("label", "decoder"),
    [
        ("UTF8", "utf-8"),
        (" utf-8 ", "utf-8"),
        ('"utf-8"', "utf-8"),
        ("iso-8859-1", "cp1252"),
        ("latin1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("iso88591", "cp1252"),
        ("windows-1254", "cp1254"),
        ("iso-8859-9", "cp1254"),
        ("iso-8859-15", "iso8859-15"),
        ("windows-874", "cp874"),
        ("x-cp1251", "cp1251"),
        ("gb2312", "gb18030"),
        ("shift_jis", "cp932"),
        ("ks_c_5601-1989", "cp949"),
        ("big5", "big5hkscs"),
        ("iso-8859-8-i", "iso8859-8"),
        ("mac", "mac-roman"),
        ("utf-7", None),
        ("utf-32", None),
        ("iso-2022-kr", None),
        ("rot13", None),
        ("base64", None),
        ("utf-8; x", None),
        ("", None),
        (None, None),
    ],
)
def test_a_label_means_what_it_means_to_browsers(label, decoder):
    assert decoder_of(label) == decoder


def test_the_table_of_labels_is_whole():
    assert len(DECODERS) == 228 - 1 - 6  # of the standard, without x-user-defined and what it replaces
    assert all(codecs.lookup(decoder) for decoder in DECODERS.values())
    assert all(label == label.lower().strip() for label in DECODERS)


# ---------------------------------------------------------------- bytes


def test_bytes_that_windows_1252_leaves_open_are_control_characters_and_no_loss():
    every = bytes(range(256))

    text, name, lost = decoded(every, "windows-1252")

    assert (name, lost) == ("cp1252", 0)
    assert [text[b] for b in (0x80, 0x81, 0x8D, 0x8F, 0x90, 0x9D)] == ["€", "\x81", "\x8d", "\x8f", "\x90", "\x9d"]
    assert len(set(text)) == 256


def test_bytes_that_mean_nothing_are_counted():
    assert decoded(b"\x81\xaa\xd2", "windows-1253") == ("\x81\ufffd\ufffd", "cp1253", 2)
    assert decoded("日本".encode("cp932") + b"\x81", "shift_jis") == ("日本\ufffd", "cp932", 1)


@given(st.binary(max_size=2000), st.none() | st.sampled_from(sorted(DECODERS)) | st.text(max_size=40))
def test_any_bytes_under_any_label_give_text_and_a_true_count(data, charset):
    text, name, lost = decoded(data, charset)

    assert name in set(DECODERS.values())
    assert lost <= text.count("\ufffd")


@given(st.text(), st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]))
def test_text_with_its_mark_comes_back(text, encoding):
    mark = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}[encoding]

    assert decoded(mark + text.encode(encoding), "koi8-r") == (text, encoding, 0)
