"""No secret is ever seen: a canary in every secret of every kind, all ways of failing, and nothing of it anywhere.

A canary is random letters and digits: whatever encodes an answer leaves them as they are, but base64, whose pieces are
looked for too. Eleven of its characters in a row are a hit.
"""

import base64
import html
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from itertools import chain
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.journeys.house import House
from tests.notify.channels.mail_server import Liar
from tests.notify.owing import owe
from tests.publisher import (
    Answer,
    Receiver,
    Request,
    Wire,
    body_drip,
    closed_port,
    hang_up,
    head,
    header_drip,
    late,
    stall,
    status,
)
from tracker import clock
from tracker.notify.channels import KINDS, ChannelConfig, Surroundings, Value
from tracker.notify.channels.striking import STRUCK, striker
from tracker.notify.deliver import deliver
from tracker.notify.rules import Subscriptions
from tracker.notify.secret import Ref, parse_ref
from tracker.store import create, open_store

LOOPBACK = (ip_network("127.0.0.0/8"),)
WINDOW, STEP = 8, 4  # characters of a canary: eleven in a row hold a window for sure
_WORDS = re.compile(rb"[A-Za-z0-9+/_-]{8,}")  # a canary, bare or in base64, is within one
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def random_text(of: str, size: int = 24) -> str:
    """Letters and digits that stand nowhere else, the same each time."""
    state = int.from_bytes(of.encode(), "big") % (2**61 - 1)
    found = ""
    for _ in range(size):
        state = state * 6364136223846793005 % (2**61 - 1) + 1442695040888963407 % 1009
        found += _LETTERS[state % 62]
    return found


@dataclass
class Nest:
    """Where the canaries are: secrets by the name of their variable, and what is searched for."""

    environ: dict[str, str] = field(default_factory=dict)
    canaries: list[str] = field(default_factory=list)

    def egg(self, of: str) -> str:
        """A new canary."""
        self.canaries.append(random_text(of))
        return self.canaries[-1]

    def hide(self, name: str, secret: str) -> Ref:
        """Keep a secret under a name."""
        self.environ[name] = secret
        return Ref("env", name)

    def traces(self) -> tuple[bytes, ...]:
        """What may be found nowhere."""
        found = dict[bytes, None]()
        for canary in self.canaries:
            data = canary.encode()
            found |= _windows(data)
            for ahead in range(3):
                encoded = base64.b64encode(bytes(ahead) + data)[4:-4]
                found |= _windows(encoded)
        return tuple(found)

    def found(self, *kept: bytes | str) -> list[str]:
        """The traces that are in what is kept: none."""
        words = (_WORDS.findall(one.encode() if isinstance(one, str) else one) for one in kept)
        data = b"\n".join(set(chain.from_iterable(words)))
        return [trace.decode() for trace in self.traces() if trace in data]


def _windows(data: bytes) -> dict[bytes, None]:
    return {data[at : at + WINDOW]: None for at in range(0, len(data) - WINDOW + 1, STEP)}


def desks(nest: Nest, receiver: str, api: str = "", mail: int = 0) -> tuple[ChannelConfig, ...]:
    """A channel of every kind that has secrets, with a canary in each. receiver: its origin; api: of one told plainly.
    mail: the port of a mail server.

    Each has a host of its own, so that none is left alone for what the others met.
    """
    hosts = iter(range(2, 100))

    def origin() -> str:
        return receiver.replace(".0.0.1", f".0.0.{next(hosts)}").replace("nowhere", f"nowhere-{next(hosts)}")

    def address(of: str, path: str = "/hooks") -> Ref:
        query = f"?sig={nest.egg(f'{of}-q')}%2F{nest.egg(f'{of}-r')}&v=1"
        return nest.hide(f"{of.upper()}_URL", f"{origin()}{path}/{nest.egg(of)}/x{query}")

    def key(of: str, prefix: str) -> Ref:
        seed = (nest.egg(of) + "01234567").encode()
        text = base64.b64encode(seed).decode()
        nest.canaries.append(text)
        return nest.hide(of.upper(), prefix + text)

    made: dict[str, dict[str, Value]] = {
        "webhook": {
            "url": address("webhook"),
            "secret": nest.hide("SECRET", f'{nest.egg("secret")} &/"é+{nest.egg("behind")}'),
            "previous_secret": key("previous_secret", "whsec_"),
            "signing_key": key("signing_key", "whsk_"),
            "previous_signing_key": key("previous_signing_key", "whsk_"),
        },
        "slack": {"url": address("slack", "/services/T0/B0")},
        "discord": {"url": address("discord", "/api/webhooks/1")},
        "mattermost": {"url": address("mattermost")},
        "rocketchat": {"url": address("rocketchat")},
        "teams": {"url": address("teams", "/workflows")},
        "telegram": {
            "token": nest.hide("TELEGRAM", f"4711:{nest.egg('telegram')}-_{nest.egg('telegram-2')}"),
            "chat": "-100",
            "api": api or address("api"),
        },
        "matrix": {
            "token": nest.hide("MATRIX", f"syt_{nest.egg('matrix')}_{nest.egg('matrix-2')}"),
            "room": "!a:b",
            "homeserver": api or address("homeserver"),
        },
        "email": {
            "server": f"127.0.0.1:{mail}",
            "security": "none",
            "from": "tracker@tracker.example",
            "to": ("desk@tracker.example",),
            "username": nest.hide("MAIL_USER", f"desk-{nest.egg('user')}"),
            "password": nest.hide("MAIL_PASSWORD", f"{nest.egg('password')} é/+="),
        },
        "apprise": {
            "url": nest.hide(
                "APPRISE",
                f"ntfy://desk:{nest.egg('ntfy')}@{origin().partition('://')[2]}/{nest.egg('topic')}?token={nest.egg('token')}",
            )
        },
    }
    hosted = nest.hide("GOTIFY", f"gotify://{origin().partition('://')[2]}/{nest.egg('gotify')}")
    configs = [ChannelConfig(name=name, kind=name, values=values, per_minute=9e4) for name, values in made.items()]
    return (*configs, ChannelConfig(name="gotify", kind="apprise", values={"url": hosted}, per_minute=9e4))


def test_every_secret_and_secret_address_of_every_kind_holds_a_canary() -> None:
    nest = Nest()
    found = {
        (config.kind, key)
        for config in desks(nest, "http://127.0.0.1:1")
        for key, value in config.values.items()
        if isinstance(value, Ref) and any(canary in nest.environ[value.name] for canary in nest.canaries)
    }

    wanted = {
        (kind.name, key)
        for kind in KINDS.values()
        for key, about in kind.keys.items()
        if about.sort in ("address", "secret address", "secret")
    }
    assert wanted <= found
    assert len(set(nest.canaries)) == len(nest.canaries)


# ---------------------------------------------------------------- answers that give us away


def heard(request: Request) -> str:
    """All that was sent, as a receiver in debug mode prints it."""
    lines = [f"{request.method} {request.path} HTTP/1.1", *(f"{n}: {v}" for n, v in request.headers.items())]
    return "\n".join(lines) + "\n\n" + request.body.decode("utf-8", "replace")


ECHOES: Mapping[str, Callable[[str], str]] = {
    "raw": lambda text: text,
    "percent": lambda text: quote(text, safe=""),
    "json": json.dumps,
    "json in json": lambda text: json.dumps({"log": json.dumps({"request": text})}).replace("/", "\\/"),
    "html": lambda text: f"<p>Cannot take <code>{html.escape(text)}</code>",
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of a page": lambda text: base64.urlsafe_b64encode(f"<<{text}".encode()).decode(),
    "torn": lambda text: text[: text.find("/x") - 7] if "/x" in text else text[: len(text) // 2],
    "many times": lambda text: "".join(f"{'é' * 7}{text[:180]}" for _ in range(90)),
    "telegram": lambda text: json.dumps({"ok": False, "description": "no chat. " + text, "error_code": 1}),
    "telegram, long": lambda text: json.dumps({"ok": False, "description": "x" * 170 + text}),
    "error codes": lambda text: json.dumps({"error": {"code": text[12:60]}, "errcode": text[:60], "id": text}),
}


def echo(code: int, form: str = "raw", **headers: str) -> Answer:
    """An answer that repeats the request; of an address it is asked to go to, too."""

    def answer(request: Request, wire: Wire) -> None:
        told = ECHOES[form](heard(request)).encode()
        where = {"Location": f"http://127.0.0.1:1{request.path}", "X-Was": request.headers.get("authorization", "")}
        wire.send(head(code, {"Content-Length": str(len(told)), **where, **headers}) + told)

    return answer


def shout(request: Request, wire: Wire) -> None:
    """The request as the status line: no HTTP."""
    wire.send(f"{request.path} {heard(request)}".encode())
    wire.hang_up()


ANSWERS: Mapping[str, Answer] = {
    **{f"{code}": echo(code) for code in (200, 204, 301, 307, 401, 403, 404, 410, 413, 500)},
    **{f"400, {form}": echo(400, form) for form in ECHOES if form != "raw"},
    "200, json": echo(200, "json"),
    "429": echo(429, **{"Retry-After": "1"}),
    "503": echo(503, **{"Retry-After": "99999999999"}),
    "hangs up": hang_up(),
    "no HTTP": shout,
    "drips its head": header_drip(),
    "drips its body": body_drip(),
    "says nothing": stall(),
    "late": late(0.15, echo(500)),
}


def world(base: Path, environ: Mapping[str, str], **other: object) -> Surroundings:
    made = Surroundings(environ=environ, base=base, allow=LOOPBACK, timeout_s=0.4, user_agent="tracker/test")
    return replace(made, **other)


class Search:
    """What is kept and printed while messages are tried, and whether a canary is in it."""

    def __init__(self, folder: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder, self._caplog, self._capfd = folder, caplog, capfd
        caplog.set_level(logging.DEBUG)
        create(folder / "log.db")
        self._rounds = 0

    def tried(self, configs: tuple[ChannelConfig, ...], around: Surroundings, rounds: int = 1) -> list[str]:
        """What became of a message to each channel; each round is of other messages."""
        with open_store(self.folder / "log.db", write=True) as store:
            for n in range(rounds):
                owe(store, f"ruritania-{self._rounds + n}", [c.name for c in configs], at=clock.now())
                deliver(store, Subscriptions(channels=configs), around)
            self._rounds += rounds
            told = [f"{e.type} {json.dumps(e.payload)}" for e in store.events() if e.type.startswith("delivery.")]
            self._kept = [path.read_bytes() for path in self.folder.iterdir() if path.is_file()]  # with its WAL
        return [one for one in told if not one.startswith("delivery.composed")]

    def found(self, nest: Nest) -> list[str]:
        """The hits: none."""
        self._kept += [path.read_bytes() for path in self.folder.iterdir() if path.is_file()]
        records = (f"{r.getMessage()} {r.args!r} {r.exc_text or ''}" for r in self._caplog.records)
        return nest.found(*self._kept, *self._capfd.readouterr(), self._caplog.text, *records)


@pytest.fixture
def search(tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Search:
    folder = tmp_path / "snapshots"
    folder.mkdir()
    return Search(folder, caplog, capfd)


@pytest.mark.proof
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_no_answer_brings_a_secret_into_the_record_or_the_logs(search: Search, answer: Answer) -> None:
    nest = Nest()
    with Receiver("0.0.0.0") as receiver:
        receiver.script(answer)
        configs = tuple(c for c in desks(nest, f"http://127.0.0.1:{receiver.port}") if c.kind != "email")

        tried = search.tried(configs, world(search.folder, nest.environ))

        assert len(tried) >= len(configs) and receiver.connections >= len(configs)
    sent = "\n".join(f"{r.path}{r.headers}" for r in receiver.received)
    assert not receiver.received or nest.canaries[0] in sent, "the canaries do go out"
    assert search.found(nest) == []


def test_what_is_not_struck_is_still_told(search: Search) -> None:
    nest = Nest()
    with Receiver("0.0.0.0") as receiver:
        receiver.script(echo(400))
        configs = desks(nest, f"http://127.0.0.1:{receiver.port}")[:1]

        told = search.tried(configs, world(search.folder, nest.environ))[0]

    assert f"POST /{STRUCK}" in told or f"POST {STRUCK}" in told
    assert "content-type: application/cloudevents+json" in told


def test_a_canary_that_is_let_through_would_be_found(search: Search) -> None:
    nest = Nest()
    with Receiver("0.0.0.0") as receiver:
        receiver.script(status(500, nest.egg("leaked")[3:15]))
        configs = desks(nest, f"http://127.0.0.1:{receiver.port}")[:1]

        search.tried(configs, world(search.folder, nest.environ))

    assert len(search.found(nest)) == 1


@pytest.mark.parametrize("trouble", ["refused", "tls", "inside the house", "port", "userinfo", "no address", "no name"])
def test_no_way_of_not_reaching_a_receiver_tells_a_secret(search: Search, trouble: str) -> None:
    nest = Nest()
    with Receiver("0.0.0.0", tls="loopback") as receiver:
        origins = {
            "refused": f"http://127.0.0.1:{closed_port()}",
            "tls": f"https://127.0.0.1:{receiver.port}",
            "inside the house": "http://127.0.0.1:80",
            "port": "https://8.0.0.1:22",
            "userinfo": f"http://{nest.egg('user')}:{nest.egg('pass')}@127.0.0.1:{receiver.port}",
            "no address": f"htp:{nest.egg('scheme')}\\",
            "no name": "https://nowhere.invalid",
        }
        configs = desks(nest, origins[trouble], mail=closed_port())
        around = world(search.folder, nest.environ, allow=() if trouble == "inside the house" else LOOPBACK)

        tried = search.tried(configs, around)

    assert len(tried) == len(configs) and not any(one.startswith("delivery.sent") for one in tried)
    assert search.found(nest) == []


# ---------------------------------------------------------------- secrets that are not what they should be


def in_files(configs: tuple[ChannelConfig, ...], nest: Nest, folder: Path) -> tuple[ChannelConfig, ...]:
    """The same channels, with their secrets in files."""
    folder.mkdir(exist_ok=True)
    for name, secret in nest.environ.items():
        (folder / name).write_text(secret + "\n", encoding="utf-8")

    def moved(value: Value) -> Value:
        return Ref("file", str(folder / value.name)) if isinstance(value, Ref) else value

    return tuple(replace(c, values={key: moved(value) for key, value in c.values.items()}) for c in configs)


def gone(path: Path, nest: Nest) -> None:
    path.unlink()


def empty(path: Path, nest: Nest) -> None:
    path.write_text(" \n\n")


def a_folder(path: Path, nest: Nest) -> None:
    path.unlink()
    path.mkdir()


def a_loop(path: Path, nest: Nest) -> None:
    path.unlink()
    path.symlink_to(path)


def no_text(path: Path, nest: Nest) -> None:
    path.write_bytes(b"\xff" + path.read_bytes())


def of_another_sort(path: Path, nest: Nest) -> None:
    path.write_text(f"\\{nest.egg(path.name)}\n{nest.egg(path.name + '-2')}\n")


def exchanged(path: Path, nest: Nest) -> None:
    text = path.read_text()
    for canary in tuple(nest.canaries):
        if canary in text and len(canary) == 24:
            text = text.replace(canary, nest.egg(f"{canary} anew"))
    path.write_text(text)


@pytest.mark.proof
@pytest.mark.parametrize("spoilt", [gone, empty, a_folder, a_loop, no_text, of_another_sort, exchanged])
def test_a_secret_file_that_expired_is_named_and_not_shown(
    search: Search, tmp_path: Path, spoilt: Callable[[Path, Nest], None]
) -> None:
    nest = Nest()
    with Receiver("0.0.0.0") as receiver:
        receiver.script(echo(401))
        kept = tmp_path / "kept"
        configs = in_files(desks(nest, f"http://127.0.0.1:{receiver.port}", mail=closed_port()), nest, kept)
        around = world(search.folder, {})
        search.tried(configs, around)
        for path in tuple(kept.iterdir()):
            spoilt(path, nest)

        with open_store(search.folder / "log.db", write=True) as store:
            owe(store, "syldavia", [c.name for c in configs], at=clock.now())
            deliver(store, Subscriptions(channels=configs), around)
            errors = {d.channel: d.last_error or "" for d in store.deliveries() if d.profile == "syldavia"}

    assert all(errors[c.name] for c in configs)
    if spoilt in (gone, empty, a_folder, a_loop, no_text):
        for config in configs:
            refs = [str(value) for value in config.values.values() if isinstance(value, Ref)]
            assert any(ref in errors[config.name] for ref in refs), errors[config.name]
    assert search.found(nest) == []


def test_a_variable_that_is_missing_or_empty_is_named(search: Search) -> None:
    nest = Nest()
    configs = desks(nest, "http://127.0.0.1:1", mail=1)

    for environ in ({}, dict.fromkeys(nest.environ, " ")):
        for told in search.tried(configs, world(search.folder, environ)):
            assert "No secret there: env:" in told
    assert search.found(nest) == []


# ---------------------------------------------------------------- mail


def parrot(code: int, form: Callable[[bytes], bytes]) -> Callable[[Liar], Callable[[object], None]]:
    return lambda liar: lambda sock: sock.sendall(b"%d %s\r\n" % (code, form(liar.heard)))  # type: ignore[attr-defined]


def last(said: bytes) -> bytes:
    return said.strip().splitlines()[-1]


def opened(said: bytes) -> bytes:
    """The login as it stands in the base64 of AUTH PLAIN."""
    line = next(line for line in said.splitlines() if line.startswith(b"AUTH PLAIN"))
    return base64.b64decode(line.rpartition(b" ")[2]).replace(b"\0", b" ")


def once_more(said: bytes) -> bytes:
    return base64.b64encode(opened(said))


@pytest.mark.proof
@pytest.mark.parametrize("form", [last, opened, once_more, lambda said: opened(said)[:-9]])
@pytest.mark.parametrize("stage", ["login", "sender", "data"])
@pytest.mark.parametrize("code", [451, 535])
def test_no_mail_server_brings_a_login_into_the_record_or_the_logs(
    search: Search, form: Callable[[bytes], bytes], stage: str, code: int
) -> None:
    nest = Nest()
    hello = [b"220 mail\r\n", b"250-mail\r\n250 AUTH PLAIN\r\n"]
    before = {"login": [], "sender": [b"235 ok\r\n"], "data": [b"235 ok\r\n", b"250 ok\r\n", b"250 ok\r\n"]}[stage]
    steps: list[object] = [*hello, *before]
    liar = Liar(*steps, lambda sock: sock.sendall(b"%d %s\r\n" % (code, form(liar.heard))))  # type: ignore[arg-type]
    with liar:
        (config,) = (c for c in desks(nest, "http://127.0.0.1:1", mail=liar.port) if c.kind == "email")

        (told,) = search.tried((config,), world(search.folder, nest.environ))

    assert nest.environ["MAIL_PASSWORD"].encode() in opened(liar.heard)
    assert f"mail, {stage}: {code}" in told
    assert search.found(nest) == []


# ---------------------------------------------------------------- what is struck


@pytest.mark.parametrize("secret", ["hunter", "abc", "p&q", "a b", 'sl/ash"quote\\', "Größe+und%mehr", "x" * 200])
@pytest.mark.parametrize("form", [f for f in ECHOES if f not in ("torn", "many times", "error codes")])
def test_a_secret_is_struck_in_whatever_form_it_comes(secret: str, form: str) -> None:
    said = ECHOES[form](f"token: {secret}\n")

    struck = striker([secret])(said)

    if "base64" not in form or len(secret) > 11:
        assert STRUCK in struck
    for piece in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]):
        assert piece not in struck or "base64" in form


def test_a_short_password_is_struck_only_where_it_stands_alone() -> None:
    assert striker(["abc"])("abc, xabcx and (abc)") == f"{STRUCK}, xabcx and ({STRUCK})"


# ---------------------------------------------------------------- the command line

DEBUGGING = "import logging, sys; logging.basicConfig(level=logging.DEBUG); from tracker.cli import main; main()"


def toml(config: ChannelConfig) -> str:
    """The channel as a person writes it."""
    lines = [f'[channels.{config.name}]\nkind = "{config.kind}"']
    for key, value in config.values.items():
        told = list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Ref) else value
        lines.append(f"{key} = {json.dumps(told)}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[House, Nest, list[str]]]:
    """A house with a channel of each kind, whose receivers repeat what they hear and take nothing."""
    nest = Nest()
    with Receiver("0.0.0.0") as receiver:
        receiver.script(echo(401, "json"))
        origin = f"http://127.0.0.1:{receiver.port}"
        configs = desks(nest, origin, api=f"{origin}/{random_text('plain')}", mail=closed_port())
        place = House(tmp_path / "house", env={**nest.environ, "TRACKER__NOTIFY__TIMEOUT_S": "0.5"})
        names = [config.name for config in configs]
        files = (ChannelConfig(name="file", kind="jsonl", values={"path": "out/alerts.jsonl"}),)
        files += (ChannelConfig(name="feed", kind="feed", values={"path": "out/feeds"}),)
        rules = f'[[subscriptions]]\nid = "all"\nto = {json.dumps([*names, "file", "feed"])}\n'
        rules += f"[operator]\nto = {json.dumps(names)}\n"
        text = "\n".join(map(toml, (*configs, *files))) + rules
        (place.root / "config" / "subscriptions.toml").write_text(text, encoding="utf-8")
        with open_store(place.root / "snapshots", write=True) as store:
            owe(store, "ruritania", [*names, "file", "feed"], at=clock.now())
        yield place, nest, names


def test_no_command_prints_a_secret_and_no_file_keeps_one(house: tuple[House, Nest, list[str]]) -> None:
    place, nest, names = house
    told: list[str] = []
    debugged = subprocess.run(
        [sys.executable, "-c", DEBUGGING, "deliver", "--json"],
        cwd=place.root,
        env=place.env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    told += [debugged.stdout, debugged.stderr]
    assert debugged.returncode == 3, debugged.stderr
    owed = place.json("deliveries", "list")
    change = place.json("log")[0]["id"]
    commands = [("deliveries", "list"), ("channels", "list"), ("doctor",), ("status",), ("config", "show")]
    commands += [("log",), ("subs", "list"), ("subs", "lint"), ("subs", "explain", change), ("checks",), ("verify",)]
    plain = len(commands)
    commands += [("deliveries", "show", one["id"]) for one in owed]
    commands += [("channels", "test", name) for name in names]
    for n, command in enumerate(commands):
        both = ((), ("--json",))
        for form in both if n < plain else both[n % 2 :][:1]:
            done = place.run(*command, *form)
            assert "Traceback" not in done.stderr, done.stderr
            told += [done.stdout, done.stderr]

    assert len(owed) == len(names) + 2 and STRUCK in "".join(told)
    assert (place.root / "out" / "alerts.jsonl").exists() and any((place.root / "out" / "feeds").iterdir())
    assert nest.found(*told, *(path.read_bytes() for path in place.root.rglob("*") if path.is_file())) == []


def test_no_refusal_of_a_configuration_repeats_a_secret_that_stands_in_it(tmp_path: Path) -> None:
    place, nest = House(tmp_path / "house"), Nest()
    file = place.root / "config" / "subscriptions.toml"
    for config in desks(nest, "https://hooks.tracker.example", api="https://api.tracker.example"):
        for key, value in config.values.items():
            if not isinstance(value, Ref) or key == "username":
                continue
            plain = replace(config, values={**config.values, key: nest.environ[value.name]})
            file.write_text(toml(plain), encoding="utf-8")
            if config.kind == "webhook" and key == "url":
                continue  # a webhook's address may stand in the file: what secures it is its signature
            for command in (("channels", "list"), ("doctor",), ("check",), ("subs", "lint")):
                done = place.run(*command)
                assert done.returncode in (2, 3), (config.kind, key, command, done.stdout)
                assert nest.found(done.stdout, done.stderr) == []


def test_references_are_shown_as_they_stand(house: tuple[House, Nest, list[str]]) -> None:
    place, _, names = house

    for row in place.json("channels", "list"):
        for value in row["values"].values():
            if isinstance(value, str) and (ref := parse_ref(value)):
                assert ref.name in os.environ or ref.name in place.env
    assert {row["name"] for row in place.json("channels", "list")} >= set(names)
