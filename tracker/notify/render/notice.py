"""A message put in order for people, before any dialect: which profile, chapter, section; what changed, the most
salient first; when it happened; why one is told; where to see more. Pure.

Lives here: what a message says, in which order. Not here: what is said of one change (told.py), how much of it fits
(fit.py), what it looks like (the channels). All texts in it are safe to show (redline.safe) and hostile all the same:
no dialect may give effect to any of them. All but redlines are single lines of bounded length.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from tracker import clock
from tracker.document.edit import LEVELS, Comparison, Edit, Level
from tracker.events.deliveries import Form
from tracker.events.types import Change
from tracker.notify.hunks import hunk_of
from tracker.notify.render.told import Piece as Piece
from tracker.notify.render.told import Told as Told
from tracker.notify.render.told import head_of, told_of
from tracker.notify.render.wording import instant_words as instant_words
from tracker.notify.render.wording import listed, many, name_of, one_line
from tracker.notify.telling import Telling

SITE_WIDE_SHOWN = 3  # edits of a site-wide note that are shown, each with its redline
STORM_SHOWN = 10  # changes of a storm that are shown with their redline
TITLE_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message for people.

    title: one line that tells most of it. lines: what comes before the changes (counts of a storm, a trouble's detail).
    told: the changes with their redline. more: changes that are not among them. also: what else is concerned, a line
    each (every profile of a site-wide edit). reasons: why one gets this. link: where everything is, "" for nowhere.
    thread: the same for all messages about one profile. is_test: of a channel that is being tried.
    """

    form: Form
    delivery: str
    title: str
    lines: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    more: int = 0
    also: tuple[str, ...] = ()
    also_more: int = 0
    reasons: tuple[str, ...] = ()
    link: str = ""
    thread: str = ""
    level: Level = "none"
    at: datetime
    is_test: bool = False

    @property
    def is_of_one(self) -> bool:
        """Whether it tells of one change and no other, so that its title says which."""
        return self.form == "single" and len(self.told) == 1

    @property
    def hidden(self) -> int:
        """How many edits of the changes in it are not shown."""
        return sum(told.hidden for told in self.told)


def notice_of(telling: Telling) -> Notice:
    """The message as people are to read it, whole: nothing is left out but what its form and max_items leave out.

    Time: linear in the edits of all changes; redlines are made of those that are told only.
    """
    changes = telling.changes
    bare = Notice(
        form=telling.form,
        delivery=telling.delivery,
        title=_title(telling),
        reasons=tuple(_reasons(telling)),
        at=telling.at,
        is_test=telling.is_test,
        level=max((c.salience.level for c in changes), key=LEVELS.index, default="none"),
        thread=_thread(telling),
        link=_link(telling),
    )
    if not changes:
        return replace(bare, lines=tuple(_trouble(telling)))
    if telling.form == "site_wide":
        return _site_wide(telling, bare)
    told = tuple(_told(change, telling) for change in _shown(telling))
    lines = tuple(_counts(telling)) if len(changes) > 1 else ()
    if lines and not bare.link:
        lines += (f"All of it: tracker deliveries show {telling.delivery}",)
    return replace(bare, lines=lines, told=told, more=len(changes) - len(told))


# ---------------------------------------------------------------- the head


def _title(telling: Telling) -> str:
    mark = "[TEST] " if telling.is_test else ""
    return mark + one_line(_title_words(telling), TITLE_CHARS - len(mark))


def _title_words(telling: Telling) -> str:
    changes = telling.changes
    if telling.is_test:
        return f"A test of the channel {telling.channel}"
    if not changes:
        about = telling.about or {}
        begun = "Trouble" if about.get("began", True) else "Over"
        return f"{begun}: {about.get('what') or ' '.join(str(about.get(key, '')) for key in ('kind', 'subject'))}"
    profiles = dict.fromkeys(change.profile for change in changes)
    if len(changes) == 1:
        return f"{head_of(changes[0], telling.names)}: {_what(changes[0])}"
    counted = many(len(changes), "change") + "".join(_loud(changes))
    if len(profiles) == 1:
        return f"{name_of(changes[0].profile, telling.names)}: {counted}"
    at_once = " at once" if telling.form == "storm" else ""
    return f"{many(len(profiles), 'profile')}{at_once}: {counted}"


def _what(change: Change) -> str:
    """One change in a few words: `2 silent edits, critical: treaty status`."""
    if change.cause in ("removed", "restored"):
        return f"the page was {change.cause}"
    if change.cause == "first_record":
        return "first record"
    parts = [change.cause.replace("_", " ")] if change.cause != "content" else []
    edit = "silent edit" if "silent" in change.flags else "edit"
    if change.edits:
        parts.append(many(len(change.edits), edit))
    elif "silent" in change.flags:
        parts.append(edit)  # a message in brief, whose edits could not be told
    level, why = change.salience.level, ", ".join(change.salience.why)
    if level in ("critical", "high"):
        parts.append(f"{level}: {one_line(why, 80)}" if why else level)
    return ", ".join(parts) or "changed"


def _loud(changes: Sequence[Change]) -> Iterator[str]:
    levels = Counter(change.salience.level for change in changes)
    loud: tuple[Level, ...] = ("critical", "high")
    yield from (f", {levels[level]} {level}" for level in loud if levels[level])
    silent = sum("silent" in change.flags for change in changes)
    if silent:
        yield f", {many(silent, 'silent edit')}"


def _host(changes: Sequence[Change]) -> str:
    try:
        return one_line(urlsplit(changes[0].source_url).netloc) or "one site"
    except ValueError:
        return "one site"


def _thread(telling: Telling) -> str:
    profiles = {change.profile for change in telling.changes}
    return one_line(profiles.pop()) if len(profiles) == 1 else telling.form


def _link(telling: Telling) -> str:
    """Where all of it is shown: by us or, if nowhere, the page itself."""
    if len(telling.changes) == 1:
        return _link_to(telling.changes[0], telling) or telling.changes[0].source_url
    return f"{telling.link_base.rstrip('/')}/" if telling.link_base else ""


def _link_to(change: Change, telling: Telling) -> str:
    """Our page of a change, "" for nowhere. What a test tells of is recorded nowhere: there is no page of it."""
    if not telling.link_base:
        return ""
    return f"{telling.link_base.rstrip('/')}/" + ("" if telling.is_test else f"c/{change.id}")


def _reasons(telling: Telling) -> Iterator[str]:
    for reason in telling.reasons:
        yield one_line(f"subscription {reason.subscription}" + (f" ({reason.rule})" if reason.rule else ""))


# ---------------------------------------------------------------- changes


def _shown(telling: Telling) -> list[Change]:
    """The changes that are told with their redline: the most salient ones, the earlier one first among equals."""
    ranked = sorted(telling.changes, key=lambda change: -LEVELS.index(change.salience.level))
    most = min(STORM_SHOWN, telling.max_items) if telling.form == "storm" else telling.max_items
    if telling.form != "storm":  # of a storm, and there alone, those are told by themselves
        most = max(most, sum(change.salience.level in ("critical", "high") for change in ranked))
    return ranked[: max(most, 1)]


def _told(change: Change, telling: Telling) -> Told:
    wanted = telling.matched.get(change.id, frozenset())
    return told_of(change, names=telling.names, wanted=wanted, link=_link_to(change, telling))


def _counts(telling: Telling) -> Iterator[str]:
    """How many of what: by salience, kind of edit, profile; the most frequent first."""
    changes = telling.changes
    levels = Counter(change.salience.level for change in changes)
    yield "Salience: " + ", ".join(f"{levels[level]} {level}" for level in reversed(LEVELS) if levels[level])
    kinds = Counter(edit.kind.replace("_", " ") for change in changes for edit in change.edits)
    if kinds:
        yield "Edits: " + listed(kinds.most_common(), 8)
    profiles = Counter(change.profile for change in changes)
    if len(profiles) > 1:
        first = [(name_of(profile, telling.names), count) for profile, count in profiles.most_common(12)]
        more = f", and {len(profiles) - 12} more" if len(profiles) > 12 else ""
        yield one_line("Profiles: " + ", ".join(f"{name} ({count})" for name, count in first) + more, 1_000)


# ---------------------------------------------------------------- messages of one edit on many pages, or of none


def _site_wide(telling: Telling, bare: Notice) -> Notice:
    """One redline of what was edited everywhere, and every profile where it was."""
    named = (telling.about or {}).get("profiles")  # with those that were told before it was known for site-wide
    known = [str(profile) for profile in named] if isinstance(named, list | tuple) else []
    profiles = sorted({*known, *(change.profile for change in telling.changes)})
    groups = _everywhere(telling.changes)
    same = "The same edit" if len(groups) == 1 else f"The same {len(groups)} edits"
    title = f"{same} on {many(len(profiles), 'profile')} of {_host(telling.changes)}"
    is_cut = len(groups) > SITE_WIDE_SHOWN
    return replace(
        bare,
        title=one_line(title, TITLE_CHARS),
        lines=(
            *((f"Shown are the {SITE_WIDE_SHOWN} that stand on most profiles.",) if is_cut else ()),
            *(() if bare.link else (f"All of it: tracker deliveries show {telling.delivery}",)),
        ),
        told=tuple(_once(change, edits, count, telling) for change, edits, count in groups[:SITE_WIDE_SHOWN]),
        also=tuple(name_of(profile, telling.names) for profile in profiles),
    )


def _once(change: Change, edits: tuple[Edit, ...], profiles: int, telling: Telling) -> Told:
    """Edits that many profiles have, as they stand in one change."""
    afters = [one.happened_after for one in telling.changes]
    known = [after for after in afters if after is not None]
    common = replace(
        change,
        comparison=Comparison(edits=edits),
        happened_after=min(known) if len(known) == len(afters) else None,
        not_later_than=max(one.not_later_than for one in telling.changes),
    )
    told = _told(common, replace(telling, matched={}))
    return replace(told, head=f"{told.head}, and on {many(profiles - 1, 'other profile')}") if profiles > 1 else told


def _everywhere(changes: Sequence[Change]) -> list[tuple[Change, tuple[Edit, ...], int]]:
    """Edits that several changes have alike, those of the same profiles together: a change that has them, and on how
    many profiles they stand; the most first. Where nothing is alike, what the first change has.
    """
    profiles: dict[object, set[str]] = defaultdict(set)
    first: dict[object, tuple[Change, Edit]] = {}
    for change in changes:
        for edit in change.edits:
            words = hunk_of(edit, change)
            profiles[words].add(change.profile)
            first.setdefault(words, (change, edit))
    groups: dict[object, list[object]] = defaultdict(list)
    for alike, where in profiles.items():
        if len(where) > 1:
            groups[frozenset(where)].append(alike)
    if not groups:
        return [(changes[0], changes[0].edits, 1)]
    ranked = sorted(groups.values(), key=lambda group: -len(profiles[group[0]]))
    return [
        (first[group[0]][0], tuple(first[alike][1] for alike in group), len(profiles[group[0]])) for group in ranked
    ]


def _trouble(telling: Telling) -> Iterator[str]:
    about = telling.about or {}
    detail, since, advice = (one_line(str(about.get(key) or "")) for key in ("detail", "since", "advice"))
    if detail:
        yield detail
    if since and since not in detail:
        yield f"since {_instant(since)}"
    if advice:
        yield advice


def _instant(text: str) -> str:
    try:
        return instant_words(clock.from_iso(text))
    except ValueError:
        return text
