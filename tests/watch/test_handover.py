"""The socket by which commands are handed to the process that holds the store: real sockets, bad callers."""

import json
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tracker.watch.handover import MAX_ASKED_BYTES, MAX_CALLERS, Caller, Handover
from tracker.watch.wire import Asked, hand_over

CHECK = Asked(argv=("check",))


def echo(asked: Asked, caller: Caller, stop: threading.Event) -> int:
    caller.out(" ".join(asked.argv) + "\n")
    caller.err("done\n")
    return 3


@contextmanager
def listening(path: Path, serve: Callable[[Asked, Caller, threading.Event], int] = echo) -> Iterator[list[str]]:
    """A process that takes commands at the path, impatient; gives what it tells its operator."""
    told: list[str] = []
    handover = Handover(path, serve, told.append, ask_within_s=0.3, take_within_s=0.3)
    handover.start()
    try:
        yield told
    finally:
        handover.close()


def ask(path: Path, asked: Asked = CHECK) -> tuple[int | None, str, str]:
    out, err = list[str](), list[str]()
    code = hand_over(path, asked, out.append, err.append)
    return code, "".join(out), "".join(err)


@contextmanager
def wired(path: Path) -> Iterator[socket.socket]:
    """A caller of our own making."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(5)
        wire.connect(str(path))
        yield wire


def all_of(wire: socket.socket) -> list[dict[str, object]]:
    with wire.makefile("rb") as answers:
        return [json.loads(line) for line in answers]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.sock"


def test_a_command_is_carried_out_and_its_answer_comes_back(path: Path) -> None:
    heard: list[Asked] = []

    def serve(asked: Asked, caller: Caller, stop: threading.Event) -> int:
        heard.append(asked)
        return echo(asked, caller, stop)

    asked = Asked(argv=("check", "--all", "ruritánia"), coloured=True, columns=90, settings={"watch.every_s": 60})
    with listening(path, serve):
        assert ask(path, asked) == (3, "check --all ruritánia\n", "done\n")

    assert heard == [asked]


def test_its_answer_comes_as_it_is_said(path: Path) -> None:
    is_heard = threading.Event()

    def serve(asked: Asked, caller: Caller, stop: threading.Event) -> int:
        caller.out("first\n")
        return 0 if is_heard.wait(5) else 1

    with listening(path, serve):
        assert hand_over(path, CHECK, lambda text: is_heard.set(), lambda text: None) == 0


def test_an_answer_of_any_length_arrives_whole(path: Path) -> None:
    text = "\x1b[1m�\ud800\n" + "á" * 3_000_000

    def serve(asked: Asked, caller: Caller, stop: threading.Event) -> int:
        caller.out(text)
        return 0

    with listening(path, serve):
        assert ask(path) == (0, text, "")


def test_only_its_owner_may_open_the_socket_and_it_goes_with_the_process(path: Path) -> None:
    before = os.umask(0)
    try:
        with listening(path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)

    assert not path.exists()
    assert ask(path) == (None, "", "")


def test_a_process_of_another_user_is_not_answered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Asked] = []

    def serve(asked: Asked, caller: Caller, stop: threading.Event) -> int:
        served.append(asked)
        return 0

    with listening(path, serve):
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)  # so the caller, who is ours, is another one's
        with wired(path) as wire:
            assert wire.recv(100) == b""
        assert ask(path) == (None, "", "")  # nor does a caller speak to another user's process

    assert served == []


def test_what_a_dead_process_left_is_replaced(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert ask(path) == (None, "", "")

    with listening(path) as told:
        assert ask(path)[0] == 3
    assert told == []


def test_a_process_that_listens_there_is_left_alone(path: Path) -> None:
    with listening(path, lambda asked, caller, stop: 5):
        with listening(path) as told:
            assert ask(path)[0] == 5
        assert "another process" in told[0]
        assert ask(path)[0] == 5  # the second one took nothing away that was not its own


def test_a_file_that_is_no_socket_is_left_alone(path: Path) -> None:
    path.write_text("notes")

    with listening(path) as told:
        assert ask(path) == (None, "", "")

    assert path.read_text() == "notes"
    assert "cannot be handed over" in told[0]


def test_a_path_longer_than_an_address_holds_is_reached_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30) / ("deeper" * 20)
    folder.mkdir(parents=True)

    with listening(folder / "run.sock") as told:
        assert ask(folder / "run.sock") == (3, "check\n", "done\n")
    assert told == []
    assert list(folder.iterdir()) == []


BAD = {
    "nothing": b"",
    "half a line": b'{"argv": ["check"]',
    "no JSON": b"GET / HTTP/1.1\r\n\r\n",
    "no command": b"{}\n",
    "an empty command": b'{"argv": []}\n',
    "words that are none": b'{"argv": ["check", 1]}\n',
    "half a letter": b'{"argv": ["dispute", "\\udcff"]}\n',
    "a zero byte": b'{"argv": ["check", "\\u0000"]}\n',
    "no text at all": b"\xff\xfe\x00\x01" * 50 + b"\n",
    "nested without end": b"[" * 60_000 + b"\n",
    "a line of 1 MB": b'{"argv": ["' + b"x" * 1_000_000 + b'"]}\n',
}


@pytest.mark.parametrize("said", BAD.values(), ids=BAD.keys())
def test_a_caller_that_makes_no_sense_harms_nothing(path: Path, said: bytes) -> None:
    with listening(path):
        with wired(path) as wire:
            try:
                wire.sendall(said)
                wire.shutdown(socket.SHUT_WR)
                answers = all_of(wire)
            except (BrokenPipeError, ConnectionResetError):  # hung up on before the end of a line that is too long
                answers = []
                assert len(said) > MAX_ASKED_BYTES
        assert answers in ([], [answers[0], {"exit": 2}] if answers else [])
        assert ask(path) == (3, "check\n", "done\n")


def test_a_caller_that_says_nothing_is_let_go_of(path: Path) -> None:
    with listening(path), wired(path) as wire:
        wire.sendall(b'{"argv"')
        assert all_of(wire)[-1] == {"exit": 2}


def test_a_caller_that_does_not_read_is_let_go_of_and_the_work_goes_on(path: Path) -> None:
    is_done, was_gone = threading.Event(), list[bool]()

    def serve(asked: Asked, caller: Caller, stop: threading.Event) -> int:
        for _ in range(100):
            caller.out("x" * 100_000)
        was_gone.append(caller.is_gone)
        is_done.set()
        return 0

    with listening(path, serve), wired(path) as wire:
        wire.sendall(CHECK.to_line())
        assert is_done.wait(5)
    assert was_gone == [True]


def test_a_caller_that_hangs_up_does_not_end_the_work(path: Path) -> None:
    is_begun, is_noticed = threading.Event(), threading.Event()

    def serve(asked: Asked, caller: Caller, stop: threading.Event) -> int:
        assert not caller.is_gone
        is_begun.set()
        while not caller.is_gone:
            stop.wait(0.01)
        caller.out("to nobody\n")
        is_noticed.set()
        return 0

    with listening(path, serve):
        with wired(path) as wire:
            wire.sendall(CHECK.to_line())
            assert is_begun.wait(5)
        assert is_noticed.wait(5)


def test_more_callers_than_it_serves_are_told_so(path: Path) -> None:
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def serve(asked: Asked, caller: Caller, stop: threading.Event) -> int:
        begun.release()
        return 0 if go_on.wait(5) else 1

    codes: list[int | None] = []
    with listening(path, serve):
        callers = [threading.Thread(target=lambda: codes.append(ask(path)[0])) for _ in range(MAX_CALLERS)]
        for caller in callers:
            caller.start()
        assert all(begun.acquire(timeout=5) for _ in callers)

        code, _, told = ask(path)
        assert code == 7 and "under way already" in told

        go_on.set()
        for caller in callers:
            caller.join(5)
        assert codes == [0] * MAX_CALLERS
        assert ask(path)[0] == 0


def test_callers_who_say_nothing_keep_nobody_away(path: Path) -> None:
    with listening(path), ExitStack() as silent:
        for _ in range(MAX_CALLERS * 2):
            silent.enter_context(wired(path))

        assert ask(path) == (3, "check\n", "done\n")


def test_a_caller_who_is_gone_when_it_is_heard_begins_nothing(path: Path) -> None:
    served: list[Asked] = []

    def serve(asked: Asked, caller: Caller, stop: threading.Event) -> int:
        served.append(asked)
        return 0

    with socket.socket(socket.AF_UNIX) as waiting:  # a process that is stopped: what is said to it waits
        waiting.bind(str(path))
        waiting.listen()
        with wired(path) as wire:
            wire.sendall(CHECK.to_line())
        heard, _ = waiting.accept()
        Handover(path, serve)._converse(heard)
        heard.close()

    assert served == []


def test_who_is_not_answered_is_told_so_with_the_process(path: Path) -> None:
    is_told, told = threading.Event(), list[int | None]()

    def silent(pid: int | None) -> None:
        told.append(pid)
        is_told.set()

    with socket.socket(socket.AF_UNIX) as stopped:
        stopped.bind(str(path))
        stopped.listen()

        def go_on() -> None:
            assert is_told.wait(5)
            wire, _ = stopped.accept()
            with wire:
                wire.recv(10_000)
                wire.sendall(b'{"err": ""}\n{"out": "done"}\n{"exit": 0}\n')

        going_on = threading.Thread(target=go_on)
        going_on.start()
        heard: list[str] = []
        assert hand_over(path, CHECK, heard.append, heard.append, silent, silent_s=0.05) == 0
        going_on.join(5)

    assert (told, heard) == ([os.getpid()], ["done"])


def test_a_command_that_was_taken_may_be_silent(path: Path) -> None:
    told: list[int | None] = []

    def serve(asked: Asked, caller: Caller, stop: threading.Event) -> int:
        return int(stop.wait(0.3))

    with listening(path, serve):
        assert hand_over(path, CHECK, print, print, told.append, silent_s=0.1) == 0

    assert told == []


def test_a_fault_in_a_command_ends_that_command_alone(path: Path) -> None:
    def serve(asked: Asked, caller: Caller, stop: threading.Event) -> int:
        if asked.argv == ("check",):
            raise KeyError("oops")
        return 0

    with listening(path, serve) as told:
        code, out, err = ask(path)
        assert (code, out) == (70, "") and "KeyError" in err and "Traceback" not in err
        assert ask(path, Asked(argv=("deliver",)))[0] == 0
    assert "check" in told[0]


def test_the_end_of_the_process_waits_for_what_is_under_way(path: Path) -> None:
    begun = threading.Event()

    def serve(asked: Asked, caller: Caller, stop: threading.Event) -> int:
        begun.set()
        assert stop.wait(5)
        caller.out("stopped in order\n")
        return 130

    answers: list[tuple[int | None, str, str]] = []
    handover = Handover(path, serve)
    handover.start()
    caller = threading.Thread(target=lambda: answers.append(ask(path)))
    caller.start()
    assert begun.wait(5)

    handover.close()
    caller.join(5)

    assert answers == [(130, "stopped in order\n", "")]
    assert not path.exists()


@pytest.mark.parametrize("left", [b"", b'{"out": "ruri'], ids=["nothing", "half a line"])
def test_a_process_that_dies_meanwhile_is_no_answer(path: Path, left: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def die() -> None:
            wire, _ = listener.accept()
            with wire:
                wire.recv(10_000)
                wire.sendall(b'{"out": "some"}\n' + left)

        dying = threading.Thread(target=die)
        dying.start()
        with pytest.raises(ConnectionError):
            ask(path)
        dying.join(5)
