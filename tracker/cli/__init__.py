"""The command line: one command group a file, imported when called.

Data goes to stdout, progress and notes to stderr. Exit codes: design §5 (errors.py carries them).
"""

import errno
import os
import sys
from pathlib import Path

import click

from tracker.cli.lazy import LazyGroup
from tracker.errors import StoreBusy, TrackerError, UsageError

_COMMANDS = {
    "init": ("tracker.cli.configure:init", "Make a configuration and a store in this folder"),
    "add": ("tracker.cli.configure:add", "Watch a page"),
    "rm": ("tracker.cli.configure:rm", "Stop watching a page; its record stays"),
    "watches": ("tracker.cli.configure:watches", "What is watched, and how the last look went"),
    "discover": ("tracker.cli.discovering:discover", "Find pages of profiles where a site lists them"),
    "proposals": ("tracker.cli.proposing:proposals", "Pages found and not watched, pages that moved; yes or no"),
    "pause": ("tracker.cli.answering:pause", "Look at a page no more, until a day or until it is resumed"),
    "resume": ("tracker.cli.answering:resume", "Look at a paused page again"),
    "check": ("tracker.cli.checking:check", "One round of looks now"),
    "checks": ("tracker.cli.checking:checks", "What was judged, and why"),
    "run": ("tracker.cli.running:run", "Look and deliver on schedule, until stopped"),
    "import": ("tracker.cli.importing:import_", "Take in what was seen before: copies, WARC files, a web archive"),
    "log": ("tracker.cli.reading:log", "The changes, newest first"),
    "show": ("tracker.cli.reading:show", "A chapter as it stands, or as it stood"),
    "diff": ("tracker.cli.reading:diff", "What changed between two versions of a chapter"),
    "compare": ("tracker.cli.files:compare", "What changed between two files; needs no store"),
    "extract": ("tracker.cli.files:extract", "The document that is read out of a file; needs no store"),
    "deliver": ("tracker.cli.deliveries:deliver", "Send what is owed and due"),
    "deliveries": ("tracker.cli.deliveries:deliveries", "What is owed, sent and given up; send it once more"),
    "channels": ("tracker.cli.channels:channels", "Where alerts go"),
    "subs": ("tracker.cli.answering:subs", "Who hears of which changes"),
    "dispute": ("tracker.cli.answering:dispute", "Say of a change that it was a false alarm"),
    "listen": ("tracker.cli.listening:listen", "Receive webhooks here and show them, for those who build one"),
    "status": ("tracker.cli.status:status", "How everything stands"),
    "verify": ("tracker.cli.keeping:verify", "Prove that the record is what was recorded"),
    "rebuild": ("tracker.cli.keeping:rebuild", "Fold all views from the log anew"),
    "doctor": ("tracker.cli.keeping:doctor", "What is wrong here, and what to do"),
    "config": ("tracker.cli.configure:config", "The settings in force, and where each comes from"),
    "demo": ("tracker.cli.demo.command:demo", "Six editions of an invented profile, from page to alert"),
}
_OF_FILES = {(name,) for name in ("init", "import", "compare", "extract", "demo")}  # names of files are any bytes


@click.group(
    cls=LazyGroup,
    lazy=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="tracker", prog_name="tracker")
def cli() -> None:
    """Knows when a published profile changed, and what changed in it."""


def main() -> None:
    """Run the command line; every expected error is three lines and an exit code, never a traceback."""
    if sys.stdout is None:  # closed by the shell: `tracker log >&-`
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # for as long as we run
    try:
        code = _run(tuple(sys.argv[1:]))
        sys.stdout.flush()
    except TrackerError as error:
        from tracker.notify.render.redline import safe

        click.echo(f"tracker: {safe(str(error))}", err=True)  # it may name what a page said
        sys.exit(error.exit_code)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("tracker: stopped", err=True)
        sys.exit(130)
    except SystemExit as done:
        # click ends a broken pipe with 1, which is ours for "difference found"; it leaves this wrapper behind.
        sys.exit(0 if type(sys.stdout).__name__.endswith("PacifyFlushWrapper") else done.code)
    except BrokenPipeError:
        # The reader of our output went away (`tracker log | head`): nothing is wrong, and nothing is left to flush to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"tracker: The output could not be written\n{error.strerror}\nThe record is not touched", err=True)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


def _run(argv: tuple[str, ...]) -> object:
    """Run the command here, or have it carried out by the process that holds the store, where that one takes it."""
    if argv[:1] not in _OF_FILES:
        _refuse_other_bytes(argv)
    try:
        colour = False if os.environ.get("NO_COLOR") else None
        return cli.main(args=list(argv), prog_name="tracker", standalone_mode=False, color=colour)
    except StoreBusy:
        from tracker.cli.handing import handed_over

        code = handed_over(argv)
        if code is None:
            raise
        return code


def _refuse_other_bytes(argv: tuple[str, ...]) -> None:
    """Raise UsageError for a word that is not UTF-8: it could neither be recorded nor shown."""
    for word in argv:
        try:
            word.encode()
        except UnicodeEncodeError:
            where = word.encode("ascii", "backslashreplace").decode()
            raise UsageError("An argument is no UTF-8 text", where=where, remedy="Write it in UTF-8") from None
