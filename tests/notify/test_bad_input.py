"""Whatever is written, answered or taken away: a clear word, an exit code, nothing lost, and the others go on.

One test a row of the promise; every command is the real one, every receiver speaks HTTP.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.house import SECRET, House
from tests.journeys.test_beside_run import answers, wait_for
from tests.notify.owing import owe
from tests.notify.test_match import BAIT, ENDLESS
from tests.publisher import Publisher, Receiver, body_drip, endless, header_drip, status
from tracker import clock
from tracker.store import open_store

ALL = '[[subscriptions]]\nid = "all"\nto = ["desk", "well"]\n'


@pytest.fixture
def receivers() -> Iterator[tuple[Receiver, Receiver]]:
    """One that is going to be bad, at another host than the one that is well."""
    with Receiver("127.0.0.2") as bad, Receiver() as well:
        yield bad, well


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house", env={"TRACKER__NOTIFY__TIMEOUT_S": "0.6"})


def configure(house: House, text: str) -> None:
    """Write config/subscriptions.toml as a person would."""
    (house.root / "config" / "subscriptions.toml").write_text(text, encoding="utf-8")


def webhook(name: str, url: str, secret: str = "env:DESK_SECRET") -> str:
    return f'[channels.{name}]\nkind = "webhook"\nurl = "{url}"\nsecret = "{secret}"\n'


def both(house: House, bad: Receiver, well: Receiver) -> None:
    """Two channels that hear of everything, and a first record that is owed to both."""
    configure(house, webhook("desk", bad.url()) + webhook("well", well.url()) + ALL)
    owed(house, "desk", "well")


def owed(house: House, *channels: str, profile: str = "ruritania") -> None:
    with open_store(house.root / "snapshots", write=True) as store:
        owe(store, profile, channels, at=clock.now())


def refused(house: House, *args: str, code: int = 2) -> list[str]:
    """The three lines of the error that a command ends with: what, where, remedy."""
    done = house.run(*args)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, f"exit {done.returncode}: {done.stdout}\n{done.stderr}"
    what, where, remedy = done.stderr.splitlines()[-3:]
    assert what.startswith("tracker: ") and where and remedy
    return [what, where, remedy]


def states(house: House) -> dict[str, str]:
    return {d["channel"]: d["state"] for d in house.json("deliveries", "list")}


# ---------------------------------------------------------------- what receivers answer


def test_an_address_that_answers_with_a_web_page_is_told_of(house: House, receivers: tuple[Receiver, Receiver]) -> None:
    bad, well = receivers
    page = status(200, "<!doctype html><h1>Welcome</h1>", headers={"Content-Type": "text/html"})
    bad.script(page)
    both(house, bad, well)
    assert "is the address right?" in house.tracker("channels", "test", "desk")

    house.env["DESK_URL"] = f"http://127.0.0.2:{bad.port}/workflows/x"
    for kind in ("slack", "discord", "mattermost", "rocketchat", "teams"):
        configure(house, f'[channels.chat]\nkind = "{kind}"\nurl = "env:DESK_URL"\n')
        what, where, _ = refused(house, "channels", "test", "chat", code=3)
        assert "'chat' did not take the test message" in what and "HTTP 200" in where


@pytest.mark.parametrize("answer", [header_drip(1.0), body_drip(1.0)], ids=["head", "body"])
def test_a_receiver_that_drips_a_byte_a_second_holds_up_nobody_and_is_cut(
    house: House, receivers: tuple[Receiver, Receiver], answer: object
) -> None:
    bad, well = receivers
    bad.script(answer)  # type: ignore[arg-type]
    both(house, bad, well)
    begun = time.monotonic()

    done = house.run("deliver", "--json")

    assert time.monotonic() - begun < 5 and "Traceback" not in done.stderr
    assert states(house)["well"] == "sent"
    (request,) = bad.received
    assert well.received[0].at - request.at < 0.5, "at the same time, not after it"
    # A head that never ends is no answer; once it came, its status counts, whatever becomes of the body.
    assert (done.returncode, states(house)["desk"]) in ((3, "retrying"), (0, "sent"))


def test_a_gigabyte_is_not_read(house: House, receivers: tuple[Receiver, Receiver]) -> None:
    bad, well = receivers
    bad.script(endless(1_000))
    both(house, bad, well)
    begun = time.monotonic()

    house.tracker("deliver")

    assert time.monotonic() - begun < 5
    assert states(house) == {"desk": "sent", "well": "sent"}
    one = next(d for d in house.json("deliveries", "list") if d["channel"] == "desk")
    (tried,) = house.json("deliveries", "show", one["id"])["tries"]
    assert len(tried["answer"]) <= 1_000


# ---------------------------------------------------------------- rules and renderers that break


def test_a_rule_that_never_ends_counts_as_matched_and_says_so(
    house: House, receivers: tuple[Receiver, Receiver]
) -> None:
    _, well = receivers
    with Publisher() as site:
        text = f'match = {{ text = "{ENDLESS}" }}'.replace("\\", "\\\\")
        configure(house, webhook("well", well.url()) + f'[[subscriptions]]\nid = "slow"\nto = "well"\n{text}\n')
        page = "<h1>Ruritania</h1><h2>Mine Ban Policy</h2><p>Ruritania has cleared its mines.</p><p>{}</p>"
        site.page("/ruritania", page.format("Nothing else is known of it by now."))
        house.tracker("add", site.url("/ruritania"))
        house.tracker("check")
        site.page("/ruritania", page.format(BAIT))

        house.tracker("check")

    house.tracker("deliver")
    assert len(well.received) == 1
    (told,) = house.json("deliveries", "list")
    (why,) = house.json("deliveries", "show", told["id"])["why"]
    assert "took longer than" in why["rule"]


@pytest.mark.parametrize("text", ["/(/", "/[z-a]/", "/(?<a/", "//"])
def test_a_rule_that_cannot_be_read_starts_nothing(
    house: House, receivers: tuple[Receiver, Receiver], text: str
) -> None:
    _, well = receivers
    rule = f'[[subscriptions]]\nid = "odd"\nto = "well"\nmatch = {{ text = "{text}" }}\n'
    configure(house, webhook("well", well.url()) + rule)

    for command in (("check",), ("deliver",), ("run",), ("subs", "list")):
        what, where, _ = refused(house, *command)
        assert "Not a text that can be looked for" in what and "line 8" in where


BREAKING = """
import sys
from dataclasses import replace
from tracker.notify.channels import KINDS
from tracker.cli import main

kind, always = KINDS["webhook"], sys.argv.pop(1) == "always"

def render(telling, config):
    if config.name == "desk" and (always or any(change.edits for change in telling.changes)):
        raise ZeroDivisionError("words of a page")
    return kind.render(telling, config)

KINDS["webhook"] = replace(kind, render=render)
main()
"""


@pytest.mark.parametrize("how", ["edits", "always"])
def test_a_renderer_that_raises_tells_in_brief_or_gives_up_that_message_alone(
    house: House, receivers: tuple[Receiver, Receiver], how: str
) -> None:
    bad, well = receivers
    configure(house, webhook("desk", bad.url()) + webhook("well", well.url()) + ALL)
    with Publisher() as site:
        page = "<h1>Ruritania</h1><h2>Mine Ban Policy</h2><p>Ruritania has cleared {} mines, its marksmen say.</p>"
        site.page("/ruritania", page.format(40))
        house.tracker("add", site.url("/ruritania"))
        house.tracker("check")
        house.tracker("deliver")
        site.page("/ruritania", page.format(41))
        house.tracker("check")
    before = len(bad.received)

    command = [sys.executable, "-c", BREAKING, how, "deliver"]
    done = subprocess.run(command, cwd=house.root, env=house.env, capture_output=True, text=True, timeout=60)

    assert "Traceback" not in done.stderr and "words of a page" not in done.stdout + done.stderr
    newest = next(d for d in house.json("deliveries", "list") if d["channel"] == "desk")
    (tried,) = house.json("deliveries", "show", newest["id"])["tries"]
    assert len(json.loads(well.received[-1].body)["data"]["edits"]) == 1
    if how == "edits":
        assert done.returncode == 0 and tried["note"].startswith("told in brief")
        assert json.loads(bad.received[-1].body)["data"]["edits"] == []
    else:
        assert done.returncode == 3 and (newest["state"], newest["reason"]) == ("dead", "unrenderable")
        assert len(bad.received) == before and "ZeroDivisionError" in tried["error"]


# ---------------------------------------------------------------- what people write


def test_a_subscription_to_an_unknown_channel_names_those_that_there_are(house: House) -> None:
    configure(house, webhook("desk", "http://127.0.0.1:1/") + '\n[[subscriptions]]\nid = "all"\nto = "dsek"\n')

    for command in (("check",), ("deliver",), ("run",), ("channels", "list")):
        what, where, remedy = refused(house, *command)
        assert "dsek" in what and "line" in where and "desk" in remedy


def test_two_channels_of_one_name_are_refused_with_the_line(house: House) -> None:
    configure(house, webhook("desk", "http://127.0.0.1:1/a") + webhook("desk", "http://127.0.0.1:1/b"))

    for command in (("deliver",), ("run",), ("channels", "list")):
        told = refused(house, *command)
        assert "subscriptions.toml" in told[1] and "line 5" in "\n".join(told)
    what, _, _ = refused(house, "channels", "add", "well", "webhook", "http://127.0.0.1:1/")
    assert what
    configure(house, webhook("desk", "http://127.0.0.1:1/a"))
    what, _, remedy = refused(house, "channels", "add", "desk", "webhook", "http://127.0.0.1:1/b")
    assert "desk" in what and "another name" in remedy


@pytest.mark.parametrize(
    "url",
    [
        "https://ruritania.webhook.office.com/webhookb2/0000@0000/IncomingWebhook/CANARY/0000",
        "https://outlook.office.com/webhook/CANARY/IncomingWebhook/0000",
        "https://outlook.office365.com/webhook/CANARY",
    ],
)
def test_a_retired_teams_connector_is_refused_with_advice_where_it_stands_and_where_it_is_referred_to(
    house: House, url: str
) -> None:
    configure(house, f'[channels.teams]\nkind = "teams"\nurl = "{url}"\n')
    what, where, remedy = refused(house, "channels", "list")
    assert "retired by Microsoft" in what and "line" in where and "workflow" in remedy
    assert "CANARY" not in what + where + remedy

    configure(house, "")
    what, _, remedy = refused(house, "channels", "add", "teams", "teams", url)
    assert "retired by Microsoft" in what and "workflow" in remedy

    house.env["TEAMS"] = url
    configure(house, '[channels.teams]\nkind = "teams"\nurl = "env:TEAMS"\n')
    what, where, _ = refused(house, "channels", "test", "teams", code=3)
    assert "retired by Microsoft" in where and "CANARY" not in where


# ---------------------------------------------------------------- what people take away


@pytest.mark.proof
def test_what_is_owed_where_a_secret_or_the_channel_is_gone_is_kept_and_sent_when_they_are_back(
    house: House, receivers: tuple[Receiver, Receiver]
) -> None:
    bad, well = receivers
    secret = house.root / "desk.secret"
    secret.write_text(SECRET)
    desk = webhook("desk", bad.url(), "file:desk.secret") + webhook("well", well.url())
    rules = ALL.replace('"well"', '"well", "away"')
    configure(house, desk + webhook("away", well.url("/away")) + rules)
    owed(house, "desk", "well", "away")

    secret.unlink()
    configure(house, desk + ALL)
    refused(house, "deliver", code=3)

    assert states(house) == {"desk": "retrying", "well": "sent", "away": "retrying"}
    errors = {d["channel"]: d["last_error"] for d in house.json("deliveries", "list")}
    assert "file:desk.secret" in errors["desk"] and "No secret there" in errors["desk"]
    assert errors["away"] == "channel 'away' is not in config/subscriptions.toml"
    assert "no longer configured" in house.run("channels", "list").stderr
    assert any("file:desk.secret" in one["told"] for one in house.json("doctor", code=3))
    secret.write_text(SECRET)
    configure(house, desk + webhook("away", well.url("/away")) + rules)
    house.tracker("deliver", "--wait", "10s")
    assert set(states(house).values()) == {"sent"}
    assert len(bad.received) == 1 and len(well.received) == 2


def test_alerts_that_wait_for_a_digest_are_told_at_once_when_their_subscription_is_taken_away(
    house: House, receivers: tuple[Receiver, Receiver]
) -> None:
    _, well = receivers
    digest = '[[subscriptions]]\nid = "weekly"\n[[subscriptions.send]]\nto = "well"\nwhen = "weekly mon 07:30"\n'
    configure(house, webhook("well", well.url()) + digest)
    with Publisher() as site:
        page = "<h1>Ruritania</h1><h2>Mine Ban Policy</h2><p>Ruritania has cleared {} mines, its marksmen say.</p>"
        site.page("/ruritania", page.format(40))
        house.tracker("add", site.url("/ruritania"))
        house.tracker("check")
        site.page("/ruritania", page.format(41))
        house.tracker("check")
    house.tracker("deliver")
    assert well.received == () and house.json("status")["deliveries"]["held"]

    configure(house, webhook("well", well.url()))
    house.tracker("deliver")

    assert house.json("status")["deliveries"]["held"] == 0
    told = [json.loads(request.body) for request in well.received]
    assert any(edit["new"].startswith("Ruritania has cleared 41") for one in told for edit in one["data"]["edits"])


def test_a_configuration_that_is_broken_while_it_runs_is_told_of_and_the_last_good_one_holds(
    house: House, receivers: tuple[Receiver, Receiver]
) -> None:
    _, well = receivers
    good = webhook("well", well.url()) + ALL.replace('"desk", ', "")
    configure(house, good)
    process = house.start("run", env={"TRACKER__WATCH__TICK_S": "0.2"})
    try:
        wait_for(lambda: answers(house.root / "snapshots" / "run.sock"))
        configure(house, good + "[[subscriptions]\nid = ")
        time.sleep(1.5)  # it looks each second: nothing may be seen of it but a line
        assert process.poll() is None
        configure(house, good + webhook("new", well.url("/new")))
        done = wait_for(lambda: (found := house.run("channels", "test", "new")).returncode == 0 and found)
        assert "took the test message" in done.stdout
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert "Traceback" not in said
    assert "not taken up, the last good one stays in force" in said and "configuration taken up" in said
