"""An edit as a redline: what went, what came, and enough around it to find the place. Pure.

`runs` is for those who style it (struck and underlined on a terminal); `redline` is plain text, `[-old-]{+new+}`.
Page text is hostile wherever shown: control characters and overrides of the reading direction are made visible, so
that no page can move a cursor, colour a terminal or reverse a line.
"""

import re
from collections.abc import Iterable, Sequence

from tracker.document.edit import Edit, Span

CONTEXT_CHARS = 60  # of unchanged text on each side of what changed
ELLIPSIS = "…"
_SIGNS = {"=": ("", ""), "-": ("[-", "-]"), "+": ("{+", "+}")}
_LIKE_SIGNS = re.compile(r"(?<=\[)(?=-)|(?<=-)(?=\])|(?<=\{)(?=\+)|(?<=\+)(?=\})")
# C0 and C1 controls but the line feed; embeddings, overrides and isolates of bidirectional text; line separators.
_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")


def redline(edit: Edit, *, context_chars: int = CONTEXT_CHARS) -> str:
    """The edit as plain text: `In June [-2021-]{+2026+} the …`."""
    return marked(runs(edit, context_chars=context_chars))


def marked(spans: Iterable[Span]) -> str:
    """Spans as plain text; what a page wrote like a mark of ours has a backslash in it."""
    return "".join(map(signed, spans))


def signed(span: Span) -> str:
    """A span with signs around it, `[-old-]` or `{+new+}`; a backslash parts what a page wrote like one of them, or
    what would be one beside ours.
    """
    mark, text = span
    begin, end = _SIGNS[mark]
    text = _LIKE_SIGNS.sub(r"\\", text)
    if begin and text.startswith(end[-1]):
        text = "\\" + text
    if begin and text.endswith(begin[0]):
        text = text[:-1] + "\\" + begin[0]
    return f"{begin}{text}{end}"


def runs(edit: Edit, *, context_chars: int = CONTEXT_CHARS) -> tuple[Span, ...]:
    """The edit's spans, safe to show, unchanged stretches shortened between words to context_chars a side.

    An edit without spans is its old text struck and its new one added, or what stood and stands alike.
    """
    return shortened([(mark, safe(text)) for mark, text in whole(edit)], context_chars)


def shortened(spans: Sequence[Span], context_chars: int) -> tuple[Span, ...]:
    """The spans, unchanged stretches shortened between words to context_chars a side."""
    last = len(spans) - 1
    shown = (
        (mark, _shortened(text, context_chars, head=at > 0, tail=at < last) if mark == "=" else text)
        for at, (mark, text) in enumerate(spans)
    )
    return tuple((mark, text) for mark, text in shown if text)


def whole(edit: Edit) -> tuple[Span, ...]:
    """The edit's spans in full; where it has none, its old text struck and its new one added."""
    return edit.spans or _whole(edit)


def safe(text: str) -> str:
    """Text of a page with every character that could steer a terminal shown as `�`."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


def _whole(edit: Edit) -> tuple[Span, ...]:
    if edit.old == edit.new:
        return (("=", edit.new),)
    return tuple(span for span in (_span("-", edit.old), _span("+", edit.new)) if span[1])


def _span(mark: str, text: str) -> Span:
    return ("-", text) if mark == "-" else ("+", text)


def _shortened(text: str, chars: int, *, head: bool, tail: bool) -> str:
    """The beginning (head: something changed before it) and the end (tail: after it) of an unchanged stretch."""
    if not head and not tail:
        head = True  # nothing changed at all: where it begins tells which text it is
    if len(text) <= chars * (head + tail) + len(ELLIPSIS):
        return text
    first = _words_from_start(text, chars) if head else ""
    last = _words_to_end(text, chars) if tail else ""
    shown = " ".join(part for part in (first, ELLIPSIS, last) if part)
    return shown if len(shown) < len(text) else text  # a script without blanks has no place to be cut at


def _words_from_start(text: str, chars: int) -> str:
    cut = text.rfind(" ", 0, chars + 1)
    return text[:cut] if cut > 0 else _through(text, text.find(" ", chars))


def _words_to_end(text: str, chars: int) -> str:
    cut = text.find(" ", len(text) - chars - 1)
    return text[cut + 1 :] if cut != -1 and cut + 1 < len(text) else text[text.rfind(" ", 0, len(text) - chars) + 1 :]


def _through(text: str, end: int) -> str:
    return text if end == -1 else text[:end]
