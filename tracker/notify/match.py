"""Whether a rule asks for a change, and why or why not. Pure, but for the time that an expression takes (words.py).

Keys are ANDed, lists ORed, `not` negates all that stands in it. Where a rule asks for anything of single edits
(section, kind, text), all of that, its salience and what its `not` asks must hold of one and the same edit. A rule that
cannot be decided (an expression without end) counts as matched: no change is missed for it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tracker.document.edit import LEVELS, NEUTRAL_KINDS, Edit, Level
from tracker.document.identity import slug
from tracker.events.types import Change
from tracker.notify.impossible import kinds_of
from tracker.notify.rules import DEFAULT_CAUSES, Match, Subscription, TextMatch
from tracker.notify.words import Budget
from tracker.notify.words import holds as holds_text

Groups = Mapping[str, tuple[str, ...]]
_NO_GROUPS: Groups = {}


@dataclass(frozen=True, slots=True)
class Matched:
    """A change that a rule asks for. edits: ids of those that it asks for, all where it asks for none of them.

    trouble: why it could not be decided, where it could not.
    """

    edits: frozenset[str] = frozenset()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One key of a rule, held against a change. holds: None where it cannot be known."""

    key: str
    asked: str
    found: str
    holds: bool | None


def matches(match: Match, change: Change, groups: Groups = _NO_GROUPS, *, until: float = math.inf) -> Matched | None:
    """What of a change a rule asks for; None where it does not. groups: name → globs over profiles.

    until: by the monotonic clock, when no expression is tried any longer, should its own time last longer.
    """
    if not is_news(change) or change.cause not in (match.causes or DEFAULT_CAUSES):
        return None
    budget = Budget()
    budget.until = min(budget.until, until)
    if not match.is_of_edits:
        found = _holds(match, change, None, groups, budget)
        return Matched(frozenset(edit.id for edit in change.edits)) if found else None
    told = [(edit, _holds(match, change, edit, groups, budget)) for edit in asked_of(match, change)]
    edits = frozenset(edit.id for edit, holds in told if holds is not False)
    if not any(holds is not False for _, holds in told):
        return None
    return Matched(edits, budget.trouble if all(holds is not True for _, holds in told) else "")


def is_news(change: Change) -> bool:
    """Whether there is anything that a reader sees, or a cause that only those hear of who name it."""
    return bool(change.edits) or change.cause not in DEFAULT_CAUSES


def asked_of(match: Match, change: Change) -> tuple[Edit, ...]:
    """The edits that a rule is held against: those that are news; neutral ones where they are asked for by name."""
    neutral = change.comparison.neutral
    if change.cause in DEFAULT_CAUSES:
        neutral = tuple(edit for edit in neutral if edit.kind in NEUTRAL_KINDS & set(match.kinds))
    return (*change.edits, *neutral)


def _holds(match: Match, change: Change, edit: Edit | None, groups: Groups, budget: Budget) -> bool | None:
    """Whether all that is asked holds, of one edit where there is one; causes are asked of `not_` only here.

    What costs nothing is asked first, so that no expression runs in vain.
    """
    salience = (edit or change).salience.level
    if not (
        _any(change.profile, match.profiles)
        and (not match.groups or _any(change.profile, globs_of(match, groups)))
        and _any(change.chapter, match.chapters)
        and _reaches(salience, match.salience)
        and (edit is None or _holds_place(match, edit))
    ):
        return False
    inner = match.not_
    excluded: bool | None = False
    if inner is not None and (not inner.causes or change.cause in inner.causes):
        excluded = _holds(inner, change, edit, groups, budget)
    if excluded is True:
        return False
    text = holds_text(match.text, edit, budget) if match.text is not None and edit is not None else True
    return False if text is False else None if excluded is None or text is None else True


def _holds_place(match: Match, edit: Edit) -> bool:
    return (not match.kinds or any(fnmatchcase(edit.kind, glob) for glob in match.kinds)) and _holds_section(
        match.sections, edit
    )


def _holds_section(globs: Sequence[str], edit: Edit) -> bool:
    return not globs or any(_is_section(name, glob) for name in section_names(edit) for glob in globs)


def section_names(edit: Edit) -> Iterator[str]:
    """What an edit's section may be called: each title on the way to it, as it is and as a slug, and all of the way.

    Of a move both ways count, and of a section that was renamed both titles.
    """
    ways = [edit.section, edit.old_section or ()]
    if edit.kind == "section_renamed":
        ways += [(*edit.section[:-1], title) for title in (edit.old, edit.new) if title]
    for way in ways:
        for title in way:
            yield title.casefold()
            yield slug(title)
        if len(way) > 1:
            yield "/".join(title.casefold() for title in way)
            yield "/".join(map(slug, way))


def _is_section(name: str, glob: str) -> bool:
    return fnmatchcase(name, glob.casefold())


def _any(name: str, globs: Sequence[str]) -> bool:
    return not globs or any(fnmatchcase(name, glob) for glob in globs)


def globs_of(match: Match, groups: Groups) -> tuple[str, ...]:
    """The globs over profiles that the groups of a rule name. One without any asks for no profile at all."""
    return tuple(glob for name in match.groups for glob in groups.get(name, ())) or ("",)


def _reaches(level: Level, least: Level) -> bool:
    return LEVELS.index(level) >= LEVELS.index(least)


# ---------------------------------------------------------------- why


def explain(match: Match, change: Change, groups: Groups = _NO_GROUPS) -> tuple[Row, ...]:
    """Each key of a rule, what it asks, what the change has, and whether that holds; the last row says the sum."""
    return tuple(_rows(match, change, groups))


def _rows(match: Match, change: Change, groups: Groups) -> Iterator[Row]:
    edits = asked_of(match, change)
    budget = Budget()
    yield Row("profile", _listed(match.profiles), change.profile, _any(change.profile, match.profiles))
    in_group = not match.groups or _any(change.profile, globs_of(match, groups))
    yield Row("group", _listed(match.groups), change.profile, in_group)
    yield Row("chapter", _listed(match.chapters), change.chapter, _any(change.chapter, match.chapters))
    causes = match.causes or DEFAULT_CAUSES
    yield Row("cause", _listed(causes), change.cause, change.cause in causes)
    yield Row(
        "section",
        _listed(match.sections),
        _some([" › ".join(e.section) for e in edits]),
        not match.sections or any(_holds_section(match.sections, e) for e in edits),
    )
    kinds = kinds_of(match.kinds)
    yield Row(
        "kind", _listed(match.kinds), _some([e.kind for e in edits]), not kinds or any(e.kind in kinds for e in edits)
    )
    if match.text is None:
        yield Row("text", "any", "", True)
    else:
        found = [holds_text(match.text, e, budget) for e in edits]
        held = True if True in found else None if None in found else False
        said = budget.trouble or f"in {found.count(True)} of {len(edits)} edits"
        yield Row("text", _text_words(match.text), said, held)
    if match.is_of_edits:
        levels = [e.salience.level for e in edits]
        asked = f"{_level_words(match.salience)}, of the matching edit"
        yield Row("salience", asked, _some(levels), any(_reaches(level, match.salience) for level in levels))
    else:
        level = change.salience.level
        asked = f"{_level_words(match.salience)}, of the change"
        yield Row("salience", asked, level, _reaches(level, match.salience))
    if match.not_ is not None:
        yield _not_row(match.not_, change, edits if match.is_of_edits else (None,), groups)
    yield _sum(match, change, edits, groups)


def _not_row(inner: Match, change: Change, edits: Sequence[Edit | None], groups: Groups) -> Row:
    budget = Budget()
    if inner.causes and change.cause not in inner.causes:
        taken: list[bool | None] = [False for _ in edits]
    else:
        taken = [_holds(inner, change, edit, groups, budget) for edit in edits]
    of = "the change" if edits == (None,) else f"{taken.count(True)} of {len(edits)} edits"
    said = budget.trouble or (f"takes away {of}" if True in taken else "takes nothing away")
    left = True if False in taken else None if None in taken else False
    return Row("not", match_words(inner), said, left)


def _sum(match: Match, change: Change, edits: Sequence[Edit], groups: Groups) -> Row:
    found = matches(match, change, groups)
    if not is_news(change):
        return Row("all", "an edit that is news", "none", False)
    if not match.is_of_edits:
        return Row("all", "each key", "the change", found is not None)
    told = sum(edit.id in found.edits for edit in edits) if found is not None else 0
    trouble = f": {found.trouble}; counts as matched" if found is not None and found.trouble else ""
    return Row("all", "each key, of one edit", f"{told} of {len(edits)} edits{trouble}", found is not None)


def rule_words(subscription: Subscription) -> str:
    """A subscription's rule for those who ask why they get this: `chapter mine-*, salience high or above`."""
    return match_words(subscription.match) or "everything"


def match_words(match: Match) -> str:
    """What a rule asks for, in words; "" for everything."""
    lists = (
        ("profile", match.profiles),
        ("group", match.groups),
        ("chapter", match.chapters),
        ("section", match.sections),
        ("kind", match.kinds),
        ("cause", match.causes),
    )
    said = [f"{key} {' or '.join(values)}" for key, values in lists if values]
    if match.text is not None:
        said.append(f"text {_text_words(match.text)}")
    if match.salience != "none":
        said.append(f"salience {_level_words(match.salience)}")
    if match.not_ is not None:
        said.append(f"not ({match_words(match.not_)})")
    return ", ".join(said)


def _text_words(text: TextMatch) -> str:
    parts = [" or ".join(map(_quoted, text.any_))] if text.any_ else []
    parts += [" and ".join(map(_quoted, text.all_))] if text.all_ else []
    return " and ".join(parts) + (f" in what was {' or '.join(text.sides)}" if text.sides else "")


def _quoted(needle: str) -> str:
    return needle if needle.startswith("/") else f"“{needle}”"


def _level_words(level: Level) -> str:
    return "any" if level == "none" else level if level == LEVELS[-1] else f"{level} or above"


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values) or "any"


def _some(values: Sequence[str], most: int = 4) -> str:
    distinct = [value for value in dict.fromkeys(values) if value]
    more = f", and {len(distinct) - most} more" if len(distinct) > most else ""
    return ", ".join(distinct[:most]) + more or "none"
