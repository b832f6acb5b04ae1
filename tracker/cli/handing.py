"""A command that would write while another process holds the store: handed over to it, and its answer printed.

Lives here: which commands, and both ends as the command line has them: asking (`handed_over`) and serving (`serving`).
Not here: the socket and its manners (watch/handover.py, wire.py). The holder runs the very same command, in a thread,
over the store that it has open; only where words go (output.py) and what is opened (context.py) differ.
"""

import os
import sys
import threading
from typing import TYPE_CHECKING

import click

from tracker.cli.context import Here, Lent, here, standing_in
from tracker.cli.output import Ears, columns, heard_by, note, write_out
from tracker.errors import TrackerError, UsageError
from tracker.notify.render.redline import safe

if TYPE_CHECKING:
    from tracker.watch.handover import Caller, Serve
    from tracker.watch.once import Beside
    from tracker.watch.wire import Asked

HANDED = (
    ("check",),
    ("deliver",),
    ("deliveries", "replay"),
    ("channels", "test"),
    ("channels", "enable"),
    ("channels", "disable"),
    ("dispute",),
    ("subs", "mute"),
    ("subs", "unmute"),
    ("proposals", "refuse"),
    ("verify", "--note"),
)
_HELP = ("-h", "--help", "--version")
_GOES_ON = 130


def is_handed(argv: tuple[str, ...]) -> bool:
    """Whether this is a command that a running process carries out for others."""
    return any(argv[: len(words)] == words for words in HANDED) and not set(argv) & set(_HELP)


# ---------------------------------------------------------------- asking


def handed_over(argv: tuple[str, ...]) -> int | None:
    """The exit code of a command that the holder of the store carried out; None where it does not take it."""
    if not is_handed(argv):
        return None
    from tracker.store import database_path
    from tracker.watch.wire import FILE_NAME, Asked, NotTaken, hand_over

    place = here()
    asked = Asked(argv=argv, coloured=_is_coloured(), columns=columns(), settings=_settings(place))
    socket = database_path(place.settings.store.url).with_name(FILE_NAME)
    try:
        return hand_over(socket, asked, write_out, lambda text: click.echo(text, nl=False, err=True), _silent)
    except NotTaken:
        note("tracker: not waited for any longer; the running process had not begun it, and will not")
        return _GOES_ON
    except KeyboardInterrupt:
        note("tracker: not waited for any longer; the running process goes on with it")
        return _GOES_ON
    except BrokenPipeError:
        raise  # the reader of our own output went away
    except ConnectionError as wrong:
        raise UsageError(
            "The running process took the command and ended before it was done",
            where=str(wrong),
            remedy="What it had done is recorded: look with tracker checks or tracker deliveries list, then try again",
        ) from None


def _silent(pid: int | None) -> None:
    process = f"the running process (pid {pid})" if pid else "the running process"
    note(f"{process} has not answered yet: it may be stopped, or very busy. Ctrl-C ends the waiting")


def _is_coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in ("", "dumb")


def _settings(place: Here) -> dict[str, object]:
    told = {key: value for key, (value, _) in place.settings.shown().items()}
    del told["store.url"]  # it is the same store, by whatever way it was reached
    return {"folder": str(place.root.resolve()), **told}


# ---------------------------------------------------------------- serving


def serving(place: Here, beside: "Beside") -> "Serve":
    """What carries out commands of others in the process that stands at this place and shares so much of itself."""

    def serve(asked: "Asked", caller: "Caller", stop: threading.Event) -> int:
        ears = Ears(out=caller.out, err=caller.err, is_coloured=asked.coloured, columns=asked.columns)
        lent = Lent(beside=beside, stop=stop, is_gone=lambda: caller.is_gone)
        with heard_by(ears), standing_in(place, lent):
            if not is_handed(asked.argv):
                known = ", ".join(" ".join(words) for words in HANDED)
                note(f"tracker: {' '.join(asked.argv[:2])!r} is not taken over\nThose that are: {known}")
                return UsageError.exit_code
            if differing := _differing(asked, place):
                note(f"carried out by the running process, with its settings; yours differ: {', '.join(differing)}")
            return _carried_out(asked.argv)

    return serve


def _differing(asked: "Asked", place: Here) -> list[str]:
    ours = _settings(place)
    return [key for key in ours if key in asked.settings and asked.settings[key] != ours[key]]


def _carried_out(argv: tuple[str, ...]) -> int:
    from tracker.cli import cli

    try:
        code = cli.main(args=list(argv), prog_name="tracker", standalone_mode=False)
    except TrackerError as error:
        note(f"tracker: {safe(str(error))}")
        return error.exit_code
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        note(f"tracker: {error.format_message()}")
        return UsageError.exit_code
    return code if isinstance(code, int) else 0
