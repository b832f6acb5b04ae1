"""What the reference implementations of others make of our messages: Standard Webhooks, CloudEvents, Slack, Teams.

They are packages of npm, of the versions and hashes of package-lock.json, installed into a temporary folder. Needed:
node 18 or newer and npm (`apt-get install nodejs npm`), and a registry that npm knows.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.notify.hostile import ATTACKS, hostile_telling
from tests.notify.tellings import TELLINGS
from tests.publisher import Receiver
from tracker import clock
from tracker.notify.channels import KINDS, ChannelConfig, Message, Surroundings, Value
from tracker.notify.secret import Ref
from tracker.notify.telling import Telling

pytestmark = pytest.mark.proof

HERE = Path(__file__).parent
INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
KEYS = {
    "NEW": "whsec_bmV3LXNlY3JldC1vZi10aGUtZGVzay0xMjM0",
    "OLD": "whsec_b2xkLXNlY3JldC1vZi10aGUtZGVzay0xMjM0",
    "THIRD": "whsec_dGhpcmQtc2VjcmV0LW9mLW5vYm9keS0xMjM0",
    "SEED": "whsk_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
}
# A page cannot put a lone surrogate into a message: no log holds one.
HOSTILE = {name: hostile_telling(text) for name, text in ATTACKS.items() if text.isprintable()}
ALL: Mapping[str, Telling] = {**TELLINGS, **HOSTILE}


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the packages are."""
    assert shutil.which("npm"), "npm is not here: apt-get install nodejs npm"
    folder = tmp_path_factory.mktemp("others")
    for name in ("package.json", "package-lock.json", "ask.cjs"):
        shutil.copy(HERE / name, folder)
    done = subprocess.run(INSTALL, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder


def ask(others: Path, what: str, about: object) -> Any:
    done = subprocess.run(
        ["node", "ask.cjs", what], cwd=others, input=json.dumps(about), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def render(kind: str, telling: Telling) -> str:
    values: dict[str, Value] = {"url": "http://127.0.0.1/"}
    return KINDS[kind].render(telling, ChannelConfig(name="desk", kind=kind, values=values)).decode()


# ---------------------------------------------------------------- webhooks


@pytest.mark.parametrize("told", ["single", "400 edits", "digest", "storm", "trouble", "test"])
def test_both_secrets_of_a_rotation_verify_a_message_and_no_third_one_does(others: Path, told: str) -> None:
    values: dict[str, Value] = {"secret": Ref("env", "NEW"), "previous_secret": Ref("env", "OLD")}
    values["signing_key"] = Ref("env", "SEED")
    with Receiver() as receiver:
        config = ChannelConfig(name="desk", kind="webhook", values={**values, "url": receiver.url()})
        world = Surroundings(environ=KEYS, base=HERE, allow=(ip_network("127.0.0.0/8"),))
        body = KINDS["webhook"].render(TELLINGS[told], config)
        message = Message(id=TELLINGS[told].delivery, body=body)
        assert KINDS["webhook"].make(config, world).send(message, now=clock.now()).ok
        (request,) = receiver.received
    secrets = [KEYS["NEW"], KEYS["OLD"], KEYS["THIRD"]]
    about = {"secrets": secrets, "headers": dict(request.headers), "body": request.body.decode()}

    new, old, third = ask(others, "webhook", about)

    assert new == old == message.id
    assert third == "No matching signature found"
    altered = ask(others, "webhook", about | {"body": request.body.decode() + " "})
    assert altered == ["No matching signature found"] * 3


def test_every_webhook_is_an_event_that_the_sdk_of_cloudevents_reads_back(others: Path) -> None:
    bodies = [render("webhook", telling) for telling in ALL.values()]
    headers = {"content-type": "application/cloudevents+json; charset=utf-8"}

    events = ask(others, "cloudevents", {"headers": headers, "bodies": bodies})

    for body, event in zip(bodies, events, strict=True):
        told = json.loads(body)
        assert {key: event[key] for key in told if key != "time"} == {k: v for k, v in told.items() if k != "time"}
        assert event["time"][:19] == told["time"][:19]


# ---------------------------------------------------------------- Teams


def test_every_card_is_understood_whole_by_the_library_that_shows_it(others: Path) -> None:
    cards = [json.loads(render("teams", telling))["attachments"][0]["content"] for telling in ALL.values()]

    for card, told in zip(cards, ask(others, "cards", {"cards": cards}), strict=True):
        assert told["complaints"] == []
        assert texts(told["card"]) == texts(card)


def test_a_card_with_an_element_that_there_is_not_is_complained_of(others: Path) -> None:
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "DiffBlock", "text": "x"}]}

    (told,) = ask(others, "cards", {"cards": [card]})

    assert "DiffBlock" in told["complaints"][0]


def texts(data: object) -> list[object]:
    """All texts and addresses of a card, in their order."""
    if isinstance(data, list):
        return [text for one in data for text in texts(one)]
    if not isinstance(data, dict):
        return []
    own = [data[key] for key in ("text", "url") if isinstance(data.get(key), str)]
    return own + [text for key in sorted(data) for text in texts(data[key])]


# ---------------------------------------------------------------- Slack

HEAD = """import type { KnownBlock } from "@slack/types";

interface Message {
  text: string;
  blocks: KnownBlock[];
  link_names: boolean;
  unfurl_links: boolean;
  unfurl_media: boolean;
}

"""
TSC = ("node", "node_modules/typescript/bin/tsc", "--strict", "--noEmit", "--module", "nodenext", "--target", "es2022")


def compiled(others: Path, messages: list[str]) -> str:
    """What the compiler says of these messages: nothing."""
    told = (f"export const m{n}: Message = {message};\n" for n, message in enumerate(messages))
    (others / "messages.ts").write_text(HEAD + "".join(told), encoding="utf-8")
    done = subprocess.run([*TSC, "messages.ts"], cwd=others, capture_output=True, text=True, timeout=120)
    return done.stdout + done.stderr


def test_every_slack_message_is_of_the_types_that_slack_publishes(others: Path) -> None:
    assert compiled(others, [render("slack", telling) for telling in ALL.values()]) == ""


def test_a_block_that_slack_does_not_know_does_not_compile(others: Path) -> None:
    good = json.loads(render("slack", TELLINGS["single"]))
    bad = good | {"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}

    assert "messages.ts" in compiled(others, [json.dumps(bad)])
