"""`tracker listen`: the command itself, over loopback."""

import http.client
import json
import signal
import socket
import struct
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.journeys.house import SECRET, House
from tests.publisher import closed_port
from tracker import clock
from tracker.cli.listening import MAX_BODY_BYTES, listen
from tracker.errors import ChecksFailed, TrackerError

BODY = json.dumps({"type": "org.example.changed", "data": {"profile": "ruritania"}})


class Listening:
    """`tracker listen --once ARGS` in a thread: what became of it is known when it has ended."""

    def __init__(self, *args: str) -> None:
        self.port = closed_port()
        self.error: TrackerError | None = None
        self._thread = threading.Thread(target=self._run, args=(("--once", "--port", str(self.port), *args),))
        self._thread.start()
        until = time.monotonic() + 5
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.005)
        raise AssertionError("nobody listens")

    def _run(self, args: tuple[str, ...]) -> None:
        try:
            listen.main(list(args), standalone_mode=False)
        except TrackerError as error:
            self.error = error

    def send(self, body: bytes, headers: Mapping[str, str], method: str = "POST") -> int:
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            wire.request(method, "/hook", body, dict(headers))
            return wire.getresponse().status
        finally:
            wire.close()

    def end(self) -> TrackerError | None:
        self._thread.join(5)
        assert not self._thread.is_alive()
        return self.error


def signed(body: str, secret: str = SECRET) -> dict[str, str]:
    """Headers by the library that receivers use."""
    now = clock.now()
    # The library reads an aware time as if it were UTC; it is.
    return {
        "webhook-id": "d_0123456789abcdef",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("d_0123456789abcdef", now, body),
        "Content-Type": "application/json",
    }


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", SECRET)


def test_a_message_is_shown_with_its_signature(capsys: pytest.CaptureFixture[str]) -> None:
    listening = Listening("--secret", "env:DESK_SECRET")

    assert listening.send(BODY.encode(), signed(BODY)) == 204
    assert listening.end() is None

    out, err = capsys.readouterr()
    assert "signature good (v1)" in out and "webhook-id: d_0123456789abcdef" in out
    assert '"profile": "ruritania"' in out
    assert f"listening on http://127.0.0.1:{listening.port}/" in err
    assert SECRET not in out + err


def test_a_message_of_another_is_shown_for_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    listening = Listening("--secret", "env:DESK_SECRET")
    another = "whsec_" + "YW5vdGhlci1zZWNyZXQtb2Ytc29tZWJvZHktZWxzZQ=="

    assert listening.send(BODY.encode(), signed(BODY, another)) == 204

    error = listening.end()
    assert isinstance(error, ChecksFailed) and error.exit_code == 3
    assert "SIGNATURE NOT GOOD" in capsys.readouterr().out


def test_one_whose_body_was_altered_is_not_good(capsys: pytest.CaptureFixture[str]) -> None:
    listening = Listening("--secret", "env:DESK_SECRET", "--json")

    listening.send(BODY.replace("ruritania", "strelsau").encode(), signed(BODY))

    assert listening.end() is not None
    told: Any = json.loads(capsys.readouterr().out)
    assert (told["signature"]["ok"], told["body"]["data"]["profile"]) == (False, "strelsau")


def test_hostile_bytes_reach_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    listening = Listening()

    listening.send(b"\xff\x1b[2J\x1b]0;owned\x07\r\nnot JSON \x9b31m", {"webhook-id": "a\x1b[1mb"})

    listening.end()
    out, err = capsys.readouterr()
    body = "".join(out.split("\n", 1)[1:])
    assert "\x1b" not in body and "\x07" not in out and "\x9b" not in out
    assert "not JSON" in out and "signature not checked" in out
    assert "signatures are not checked" in err


def test_it_answers_what_it_is_told_to(capsys: pytest.CaptureFixture[str]) -> None:
    listening = Listening("--answer", "503")

    assert listening.send(BODY.encode(), {}) == 503

    listening.end()


def test_what_is_no_message_is_refused_and_waited_past(capsys: pytest.CaptureFixture[str]) -> None:
    listening = Listening("--json")

    assert listening.send(b"", {}, method="GET") == 405
    assert listening.send(b"", {"Content-Length": str(MAX_BODY_BYTES + 1)}) == 413
    with socket.create_connection(("127.0.0.1", listening.port), timeout=5) as wire:
        wire.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        assert b" 411 " in wire.recv(200)
    with socket.create_connection(("127.0.0.1", listening.port), timeout=5) as wire:
        wire.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    with socket.create_connection(("127.0.0.1", listening.port), timeout=5) as hanging:
        hanging.sendall(b"POST / HTTP/1.1\r\n")  # and says no more: the others are served meanwhile
        assert listening.send(BODY.encode(), {}) == 204

    listening.end()
    assert json.loads(capsys.readouterr().out)["body"] == json.loads(BODY)


@pytest.mark.parametrize(
    ("length", "status"),
    [(b"9" * 5000, b" 413 "), (b"-1", b" 400 "), (b"1_0", b" 400 "), (b"5\r\nContent-Length: 6", b" 400 ")],
    ids=["5000 digits", "negative", "no digits", "two lengths"],
)
def test_a_length_that_is_none_is_answered(length: bytes, status: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    listening = Listening()

    with socket.create_connection(("127.0.0.1", listening.port), timeout=5) as wire:
        wire.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n")
        assert status in wire.recv(200)

    assert listening.send(b"{}", {}) == 204
    listening.end()
    assert "Traceback" not in capfd.readouterr().err


def test_a_sender_that_resets_in_the_middle_is_no_news(capfd: pytest.CaptureFixture[str]) -> None:
    listening = Listening()

    for sent in (b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf", b"POST / HT"):
        with socket.create_connection(("127.0.0.1", listening.port), timeout=5) as wire:
            wire.sendall(sent)
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close is a reset

    until = time.monotonic() + 5
    while time.monotonic() < until and any("process_request_thread" in t.name for t in threading.enumerate()):
        time.sleep(0.005)
    assert listening.send(b"{}", {}) == 204
    listening.end()
    assert capfd.readouterr().err.splitlines()[2:] == []  # that it listens, and that nothing is checked


@pytest.mark.parametrize(
    "body",
    [b'{"a": NaN}', b"[-Infinity]", b"[1e999]", b"[" * 900 + b"]" * 900, b"9" * 5000, b'{"a": "\\ud800"}'],
    ids=["NaN", "infinite", "too large", "nested", "digits", "half a letter"],
)
@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["text", "json"])
def test_what_is_shown_of_any_body_is_json_or_its_text(
    body: bytes, as_json: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    listening = Listening(*as_json)

    assert listening.send(body, {}) == 204

    listening.end()
    out, err = capfd.readouterr()
    assert "could not be shown" not in err and "Traceback" not in err
    if as_json:
        told = json.loads(out, parse_constant=pytest.fail)["body"]
        assert told == body.decode() or json.dumps(told).encode().replace(b" ", b"") == body.replace(b" ", b"")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--secret", "whsec_CANARYCANARYCANARYCANARYCANARY00"), "is on the command line"),
        (("--secret", "env:NOT_SET"), "NOT_SET"),
        (("--secret", "env:SHORT"), "16 bytes at least"),
        (("--public-key", "whpk_x"), "public key"),
    ],
)
def test_a_key_that_is_none_is_refused(args: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORT", "short")

    with pytest.raises(TrackerError) as caught:
        listen.main(["--port", "0", *args], standalone_mode=False)

    assert told in str(caught.value) and "CANARY" not in str(caught.value)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(TrackerError, match="Cannot listen there") as caught:
            listen.main(["--port", str(port)], standalone_mode=False)

    assert str(port) in caught.value.where


def test_it_hears_what_a_channel_sends_until_it_is_stopped(tmp_path: Path) -> None:
    house, port = House(tmp_path / "house"), closed_port()
    house.tell_desk(f"http://127.0.0.1:{port}/hook")
    listening = house.start("listen", "--port", str(port), "--secret", "env:DESK_SECRET")
    assert listening.stderr is not None
    assert "listening" in listening.stderr.readline()

    for _ in range(2):
        house.tracker("channels", "test", "desk")
    listening.send_signal(signal.SIGINT)
    out, err = listening.communicate(timeout=10)

    assert out.count("signature good (v1)") == 2 and out.count('"[TEST] This channel has been tried."') == 2
    assert (listening.returncode, "stopped after 2 messages" in err) == (0, True)
