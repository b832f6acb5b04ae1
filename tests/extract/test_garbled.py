"""Pages that came in the wrong characters."""

import pytest

from tracker.extract import extract
from tracker.extract.garbled import is_garbled

SAID = (
    "Côte d’Ivoire acceded — “with pleasure” — and Ñuñoa’s déminage was finished. "
    "Минное поле очищено. The rest was cleared by the army, which counted it twice. "
)


def _read(text: str):
    return extract(f"<h1>Côte d’Ivoire</h1><p>{text * 4}</p>".encode(), media_type="text/html")


def _twice_encoded(text: str) -> str:
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in text.encode())


def test_utf8_that_was_encoded_twice_is_garbled():
    assert is_garbled(_read(_twice_encoded(SAID)), _read(SAID))


@pytest.mark.parametrize(
    "new",
    [
        SAID,
        SAID.replace("twice", "three times"),
        "The river Ã¥ and the town Â£ are new here. " + SAID,
        "Other words. " * 20,
    ],
)
def test_an_edit_is_not(new):
    assert not is_garbled(_read(new), _read(SAID))


def test_what_was_garbled_and_is_put_right_is_an_edit():
    assert not is_garbled(_read(SAID), _read(_twice_encoded(SAID)))


@pytest.mark.parametrize("lost", ["?", "\ufffd"])
def test_letters_that_were_lost_are_garbled(lost):
    gone = "".join(c if c.isascii() else lost for c in SAID)

    assert is_garbled(_read(gone), _read(SAID))
    assert not is_garbled(_read(SAID), _read(gone))
