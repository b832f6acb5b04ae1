"""Every error that a person can act on, as one tree.

TrackerError
├── UsageError            2  a command or a configuration that cannot be carried out
│   ├── ConfigError       2  a file or variable that says something we do not know
│   └── NoStore           2  there is no store here
├── ChecksFailed          3  some checks or deliveries failed
├── UnreadablePage        3  a file or page that holds nothing we can read
├── StoreFull             3  the disk has no room for the record
├── Damaged               5  the record is not what was recorded
├── NotApplicable         5  a comparison does not belong to that document
├── NothingRecorded       6  no such name, or nothing on that date
├── StoreBusy             7  another process holds the store
├── Conflict              7  somebody else wrote first
│   └── KeyReused         7  an idempotency key was recorded with other events
└── Stopped             130  ended in order by the person who started it

What is expected in the field (a timeout, a 404, an unreadable page) is a value, not an error: see events/types.py.
"""


class TrackerError(Exception):
    """What happened, to what, and what to do: printed as three lines, never as a traceback.

    exit_code is the process's exit status (design §5).
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        return "\n".join(line for line in (self.what, self.where, self.remedy) if line)


class UsageError(TrackerError):
    """A command that cannot be carried out as it was given."""


class ConfigError(UsageError):
    """A configuration file or environment variable that says something we do not know."""


class NoStore(UsageError):
    """There is no store at or above this folder."""


class ChecksFailed(TrackerError):
    """Some checks or deliveries failed; the others went on."""

    exit_code = 3


class UnreadablePage(TrackerError):
    """A file or page that holds nothing we can read."""

    exit_code = 3


class Stopped(TrackerError):
    """Ended by the person who started it, in order; what was done is recorded."""

    exit_code = 130


class Damaged(TrackerError):
    """The record differs from what was recorded, or can no longer be written."""

    exit_code = 5


class StoreFull(TrackerError):
    """The disk has no room: nothing was half-written, everything acknowledged is there."""

    exit_code = 3


class NothingRecorded(TrackerError):
    """Nothing is recorded for that name or date."""

    exit_code = 6


class StoreBusy(TrackerError):
    """Another process holds the store."""

    exit_code = 7


class Conflict(TrackerError):
    """An append expected another version of its stream: somebody else wrote first. Never merged."""

    exit_code = 7


class KeyReused(Conflict):
    """An idempotency key that was recorded with other events: two different requests under one name."""


class NotApplicable(TrackerError):
    """A comparison does not belong to the document it was applied to."""

    exit_code = 5
