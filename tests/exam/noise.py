"""Typographic noise over a page: what a reader never sees, or reads the same. No edit may come of it."""

import random
import re
import unicodedata
from typing import Literal

_WORDS = re.compile(r"[^\W\d_]{3,}")
_FORMS: tuple[Literal["NFD", "NFC"], ...] = ("NFD", "NFC", "NFC")
_TAGS = re.compile(r"(<[^<>]*>|&[#\w]+;)")


def noisy(page: bytes, form: str, rng: random.Random) -> bytes:
    """The page with noise of several sorts laid over it."""
    text = page.decode()
    if form == "html":
        return _html(text, rng).encode()
    if form == "json":
        return _json(text, rng).encode()
    lines = [_around(line, rng) if _is_prose(line, form) else line for line in text.split("\n")]
    told = "\n".join(lines)
    if form == "markdown":
        told = _markdown(told, rng)
    if rng.random() < 0.3:
        told = told.replace("\n", "\r\n")
    return told.encode()


class _Habits:
    """What a typist does on one page or line."""

    def __init__(self, rng: random.Random) -> None:
        self.quotes = rng.choice(("straight", "low", "as is", "as is"))
        self.dashes = rng.choice(("hyphen", "em", "as is", "as is"))
        self.spaces = rng.choice(("\u00a0", "\u202f", "\u2009", " ", " "))
        self.form = _FORMS[rng.randrange(3)]
        self.hidden = rng.choice(("\u00ad", "\u200b", "", ""))
        self.ligatures = rng.random() < 0.3


def _is_prose(line: str, form: str) -> bool:
    return bool(line.strip()) and not (form == "markdown" and re.match(r"\|[ -|:]*\|$", line))


def _around(line: str, rng: random.Random) -> str:
    """A line in other type, but for the addresses of its links."""
    habits = _Habits(rng)
    parts = re.split(r"(\]\(\S*?\))", line)
    return "".join(part if at % 2 else _line(part, rng, habits) for at, part in enumerate(parts))


def _line(text: str, rng: random.Random, habits: _Habits) -> str:
    """A run of words in other type."""
    if habits.quotes == "straight":
        text = text.replace("’", "'").replace("“", '"').replace("”", '"')
    elif habits.quotes == "low":
        text = text.replace("“", "„").replace("”", "“")
    if habits.dashes == "hyphen":
        text = text.replace("–", "-").replace("—", "–")
    elif habits.dashes == "em":
        text = text.replace("–", "—")
    if habits.spaces != " ":
        text = re.sub(r"(?<=\w) (?=\w)", lambda m: habits.spaces if rng.random() < 0.2 else m[0], text)
    if habits.ligatures:
        text = text.replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ")
    if habits.hidden:
        text = _WORDS.sub(
            lambda m: m[0][:2] + habits.hidden + m[0][2:] if rng.random() < 0.1 and "[" not in m[0] else m[0], text
        )
    return unicodedata.normalize(habits.form, text)


def _html(page: str, rng: random.Random) -> str:
    head, body, rest = re.split(r"(<body[^>]*>)", page, maxsplit=1)
    out = []
    for part in _TAGS.split(rest):
        if part.startswith(("<", "&")) or not part.strip():
            out.append(part)
            continue
        told = _line(part, rng, _Habits(rng))
        if rng.random() < 0.3:
            told = re.sub(r" ", lambda m: "\n   " if rng.random() < 0.2 else " ", told)
        if rng.random() < 0.2:
            told = told.replace("\u00a0", "&nbsp;")
        out.append(told)
    told = "".join(out)
    for change in rng.sample(_CHANGES, 5):
        told = change(told, rng)
    return head + body + told


def _attributes(page: str, rng: random.Random) -> str:
    def turned(m: re.Match[str]) -> str:
        found = re.findall(r'\s([\w-]+="[^"]*")', m[2])
        return f"<{m[1]} {' '.join(reversed(found))}>"

    return re.sub(r"<(a|td|p)((?:\s[\w-]+=\"[^\"]*\")+)>", turned, page)


def _spans(page: str, rng: random.Random) -> str:
    return re.sub(
        r"<p>([^<]{20,})</p>", lambda m: f'<p><span lang="en">{m[1]}</span></p>' if rng.random() < 0.5 else m[0], page
    )


def _empties(page: str, rng: random.Random) -> str:
    return re.sub(r"</p>\n<p", lambda m: "</p>\n<p></p>\n<p" if rng.random() < 0.3 else m[0], page)


def _classes(page: str, rng: random.Random) -> str:
    return re.sub(r"<p>", lambda m: f'<p class="c{rng.randrange(9)}" style="margin:0">', page)


def _scripts(page: str, rng: random.Random) -> str:
    return page.replace(
        "</body>", f'<script nonce="{rng.randrange(10**9)}">var t = {rng.randrange(10**6)};</script></body>'
    )


def _furniture(page: str, rng: random.Random) -> str:
    if "<footer>" not in page:
        return page
    page = page.replace("<footer><p>", f"<footer><p>Request {rng.randrange(10**6)}. ")
    return page.replace("Reports</a></li>", f'Reports</a></li><li><a href="/new">New {rng.randrange(99)}</a></li>')


def _wrapped(page: str, rng: random.Random) -> str:
    return page.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")


def _comments(page: str, rng: random.Random) -> str:
    return page.replace("</p>", f"<!-- {rng.randrange(99)} --></p>")


def _entities(page: str, rng: random.Random) -> str:
    return page.replace("’", "&rsquo;").replace("–", "&ndash;").replace("“", "&ldquo;")


def _bold(page: str, rng: random.Random) -> str:
    return page.replace("<b>", "<strong>").replace("</b>", "</strong>")


def _breaks(page: str, rng: random.Random) -> str:
    return page.replace("</p>", "</p>\r\n")


_CHANGES = [
    _attributes,
    _spans,
    _empties,
    _classes,
    _scripts,
    _furniture,
    _wrapped,
    _comments,
    _entities,
    _bold,
    _breaks,
]


def _markdown(page: str, rng: random.Random) -> str:
    page = page.replace("\n- ", rng.choice(("\n* ", "\n+ ", "\n- ")))
    if rng.random() < 0.5:
        page = re.sub(r"(?m)^(#+ .*\S)$", r"\1 " + "##", page)
    if rng.random() < 0.5:
        page = re.sub(r"(?m)^\*(Last [^*\n]*)\*$", r"_\1_", page)
    if rng.random() < 0.5:
        page = page.replace(" --- |", ":------|")
    return page.replace("\n\n", "\n\n\n") if rng.random() < 0.3 else page


def _json(page: str, rng: random.Random) -> str:
    import json

    data = json.loads(page)
    return json.dumps(data, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, 1, 4)))
