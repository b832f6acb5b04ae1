"""A comparison as a table of counts: which chapter, how many edits of which kinds, how many words. Pure."""

from collections.abc import Iterator

from tracker.notify.render.outline import Outline

BAR = 24  # columns of the longest bar


def lines(outline: Outline, *, columns: int | None = None) -> Iterator[str]:
    """A line a chapter, like `git diff --stat`: edits, a bar of words that came (+) and went (-), kinds.

    columns: of the terminal, to shorten long titles; None for any width.
    """
    title_room = max(16, columns // 3) if columns is not None else 1_000
    shown = [(chapter, _cut(chapter.title, title_room)) for chapter in outline.chapters]
    wide = max((len(title) for _, title in shown), default=0)
    digits = max((len(str(chapter.edits)) for chapter, _ in shown), default=1)
    most = max((chapter.came + chapter.gone for chapter, _ in shown), default=0)
    for chapter, title in shown:
        kinds = ", ".join(f"{count} {kind}" for kind, count in chapter.kinds)
        neutral = f"({chapter.neutral})" if chapter.neutral else ""
        told = "  ".join(part for part in (_bar(chapter.came, chapter.gone, most), kinds, neutral) if part)
        yield f" {title:<{wide}} | {chapter.edits:>{digits}} {told}".rstrip()
    came, gone = (sum(getattr(c, side) for c in outline.chapters) for side in ("came", "gone"))
    words = f"; {came} {'word' if came == 1 else 'words'} came(+), {gone} went(-)" if came or gone else ""
    yield f" {outline.summary}{words}"


def _bar(came: int, gone: int, most: int) -> str:
    scale = min(1.0, BAR / most) if most else 0.0
    plus, minus = (max(1, round(count * scale)) if count else 0 for count in (came, gone))
    return "+" * plus + "-" * minus


def _cut(title: str, room: int) -> str:
    return title if len(title) <= room else title[: room - 1] + "…"
