"""From a page to the person who is told: the main job, from the user's end."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from tests.journeys.house import SECRET, House
from tests.publisher import Publisher, Receiver, status
from tracker.cli.demo.rendered import as_html
from tracker.cli.demo.ruritania import edition


@pytest.fixture
def site() -> Iterator[Publisher]:
    with Publisher() as publisher:
        publisher.page("/ruritania", as_html(edition(1)))
        yield publisher


@pytest.fixture
def desk() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def house(tmp_path: Path, site: Publisher, desk: Receiver) -> House:
    place = House(tmp_path)
    place.tracker("add", site.url("/ruritania"), "--profile", "ruritania")
    place.tell_desk(desk.url())
    return place


def test_the_first_look_records_four_chapters_and_tells_nobody(house: House, desk: Receiver) -> None:
    assert "changed" in house.tracker("check")

    changes = house.json("log")
    assert {c["cause"] for c in changes} == {"first_record"}
    assert {c["chapter"] for c in changes} == {
        "cluster-munition-ban-policy",
        "impact",
        "mine-ban-policy",
        "support-for-mine-action",
    }
    assert house.json("deliver")["sent"] == 0
    assert desk.received == ()


def test_an_edited_sentence_is_one_signed_webhook_and_one_line_of_history(
    house: House, site: Publisher, desk: Receiver
) -> None:
    house.tracker("check")

    site.page("/ruritania", as_html(edition(2)))
    house.tracker("check")
    house.tracker("deliver", "--until-empty")

    (request,) = desk.received
    event = Webhook(SECRET).verify(request.body, dict(request.headers))
    assert event["specversion"] == "1.0"
    assert event["type"] == "tracker.change.detected"
    assert event["id"] == request.headers["webhook-id"]
    change = event["data"]
    assert change["schema"] == "tracker.change/1"
    assert [e["kind"] for e in change["edits"]] == ["replaced"]
    assert event["subject"] == f"ruritania/{change['chapter']}"

    newest = house.json("log", "--cause", "content")
    assert [c["id"] for c in newest] == [change["id"]]
    compared = house.json("diff", event["subject"])
    assert [(e["kind"], e["old"], e["new"]) for e in compared["edits"]] == [
        (e["kind"], e["old"], e["new"]) for e in change["edits"]
    ]
    assert change["edits"][0]["new"] in json.dumps(house.json("show", event["subject"]), ensure_ascii=False)
    assert change["edits"][0]["old"] in json.dumps(
        house.json("show", event["subject"], "--as-of", "first"), ensure_ascii=False
    )


def test_a_page_that_is_served_again_unchanged_is_asked_for_with_its_validator(house: House, site: Publisher) -> None:
    house.tracker("check")

    house.tracker("check")

    first, second = site.asked("/ruritania")
    assert "if-none-match" not in first.headers
    assert second.headers["if-none-match"].startswith(chr(34))
    assert [c["outcome"] for c in house.json("checks")] == ["unchanged", "changed"]


def test_a_receiver_that_is_down_is_told_later_under_the_same_id_and_bytes(
    house: House, site: Publisher, desk: Receiver
) -> None:
    desk.script(status(503), status(204))
    house.tracker("check")
    site.page("/ruritania", as_html(edition(2)))
    house.tracker("check")

    house.tracker("deliver", "--until-empty", "--wait", "30s")

    failed, sent = desk.received
    assert failed.headers["webhook-id"] == sent.headers["webhook-id"]
    assert failed.body == sent.body
    (delivery,) = house.json("deliveries", "list")
    assert (delivery["state"], delivery["attempts"]) == ("sent", 2)


def test_the_record_verifies_and_a_rebuild_gives_the_same(house: House, site: Publisher) -> None:
    house.tracker("check")
    site.page("/ruritania", as_html(edition(3)))
    house.tracker("check")
    before = house.json("log"), house.json("verify")["root"]

    house.tracker("rebuild")

    assert (house.json("log"), house.json("verify")["root"]) == before


def test_running_it_looks_delivers_and_stops_in_order(tmp_path: Path, site: Publisher, desk: Receiver) -> None:
    house = House(tmp_path)
    house.tracker("add", site.url("/ruritania"), "--every", "1m")
    house.tell_desk(desk.url())
    house.tracker("check")
    site.page("/ruritania", as_html(edition(2)))
    running = house.start("run", env={"TRACKER__WATCH__TICK_S": "0.2"})
    try:
        assert running.stderr is not None
        assert running.stderr.readline().startswith("running: 1 watches")
        refused = house.run("rebuild")
        assert (refused.returncode, str(running.pid) in refused.stderr) == (7, True)
        assert house.json("watches")  # reading goes on beside it

        # Another watch, configured while it runs, is taken up and looked at without a restart.
        site.page("/ruritania-2", as_html(edition(1)).replace("Ruritania", "Graustark"))
        house.tracker("add", site.url("/ruritania-2"), "--profile", "graustark")
        assert site.wait_until(lambda: bool(site.asked("/ruritania-2")), 20)
    finally:
        running.send_signal(signal.SIGTERM)
        _, told = running.communicate(timeout=30)
    assert running.returncode == 0, told
    assert "Traceback" not in told
    assert {w["name"] for w in house.json("watches")} == {"ruritania", "graustark"}
    assert house.json("verify")["ok"]


def test_a_watch_under_another_name_goes_on_with_the_record_and_tells_what_changed_meanwhile(
    house: House, site: Publisher, desk: Receiver
) -> None:
    house.tracker("check")
    house.tracker("rm", "ruritania")
    site.page("/moved", as_html(edition(2)))
    house.tracker("add", site.url("/moved"), "--profile", "ruritania", "--name", "zenda")

    house.tracker("check")
    house.tracker("deliver")

    (change,) = house.json("log", "--cause", "content")
    assert (change["chapter"], [e["kind"] for e in change["edits"]]) == ("cluster-munition-ban-policy", ["replaced"])
    assert len(desk.received) == 1
    assert len(house.json("log", "--cause", "first_record")) == 4

    # The chapters that did not change go on under it as well.
    site.page("/moved", as_html(edition(5)))
    house.tracker("check")
    assert {c["cause"] for c in house.json("log")} == {"first_record", "content"}
    assert house.json("verify")["ok"]


def test_a_page_in_the_place_of_a_profile_that_was_known_by_its_shape_is_rejected(
    house: House, site: Publisher, desk: Receiver
) -> None:
    house.tracker("check")
    site.page("/ruritania", "<title>Ruritania</title><h1>Oops</h1><p>We lost it. Try Mine Ban Policy or Impact.</p>")

    house.tracker("check")

    assert house.json("checks")[0]["outcome"] == "rejected"
    assert house.json("watches")[0]["publisher"] == "monitor"
    assert {c["cause"] for c in house.json("log")} == {"first_record"}


def test_a_page_that_lost_its_end_is_doubted(tmp_path: Path, site: Publisher) -> None:
    house = House(tmp_path, env={"TRACKER__FETCH__CONFIRM_AFTER_S": "[600, 7200]"})
    house.tracker("add", site.url("/ruritania"))
    house.tracker("check")
    whole = as_html(edition(1))
    for kept in (0.95, 0.8):
        site.page("/ruritania", whole[: int(len(whole) * kept)])
        house.tracker("check")
        assert house.json("checks")[0]["outcome"] in ("suspect", "rejected"), kept

    site.page("/ruritania", whole)
    house.tracker("check")

    assert {c["cause"] for c in house.json("log")} == {"first_record"}


def test_a_page_whose_host_asked_for_peace_is_said_to_wait_for_it(tmp_path: Path, site: Publisher) -> None:
    house = House(tmp_path)
    site.put("/a", status(503, retry_after=3600))
    site.page("/b", as_html(edition(1)))
    for name in "ab":
        house.tracker("add", site.url(f"/{name}"), "--name", name)
    house.run("check", "a")

    asked = house.run("check", "b")
    row = next(r for r in house.json("watches") if r["name"] == "b")
    found = next(f for f in json.loads(house.run("doctor", "--json").stdout) if f["about"] == "b")

    assert "left alone until" in asked.stdout
    assert not site.asked("/b")
    assert row["next_why"].startswith("its host is left alone until then")
    assert found["told"].startswith("waits for its host")
