"""A publisher redesigns its site: hundreds of pages change at once, and three of them truly. Who hears what.

The real command line over loopback, with receivers that refuse what their services would refuse. The small house has 60
pages, the large one 800 (marker `proof`).
"""

import json
import shutil
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.journeys.house import House
from tests.notify.channels.mail_server import MailServer
from tests.publisher import Answer, Publisher, Receiver, Request, status
from tracker import clock
from tracker.notify.channels import Surroundings
from tracker.notify.deliver import deliver
from tracker.notify.subscriptions import load
from tracker.store import open_store

INSTANT = ("hook", "slack", "discord", "mattermost")
EVERY_CHANGE = ("file", "feed")
_RULES = """\
[channels.hook]
kind = "webhook"
url = "{hook}"
[channels.slack]
kind = "slack"
url = "{slack}"{pace}
[channels.discord]
kind = "discord"
url = "{discord}"{pace}
[channels.mattermost]
kind = "mattermost"
url = "{mattermost}"
[channels.mail]
kind = "email"
server = "{mail}"
security = "none"
from = "tracker@strelsau.example"
to = ["desk@strelsau.example"]
[channels.file]
kind = "jsonl"
path = "alerts.jsonl"
[channels.feed]
kind = "feed"
path = "feeds"
keep = 2000

[[subscriptions]]
id = "all"
to = ["hook", "slack", "discord", "mattermost", "file"{feed}]
[[subscriptions]]
id = "daily"
send = [{{ to = "mail", when = "daily 07:30" }}]
"""


@dataclass(frozen=True)
class Template:
    """What all pages say: above their first heading, and in a section of their text."""

    above: tuple[str, ...] = ("About us and our partners", "© 2025 Example Monitor")
    within: str = "the editors of this profile thank its readers for their letters."


BEFORE = Template()
TEMPLATES = {
    "words": Template(above=("About us, our partners and our friends", "© 2025 Example Monitor")),
    "a number": Template(above=("About us and our partners", "© 2026 Example Monitor")),
    "a name": Template(above=("About us and our partners", "© 2025 Example Monitor of Strelsau")),
    "within chapters": Template(within="the editors of this profile thank its readers for letters and drawings."),
}
# Of three pages, by their numbers: something of its own, of each salience that there is.
TRUE = {
    7: "shepherds say that the meadows near the river are open once more.",
    23: "The army cleared 41 minefields near the old fort.",
    41: "The kingdom used cluster munitions in May 2026.",
}


def page_of(title: str, template: Template, more: str = "") -> str:
    """A profile as its publisher serves it."""
    above = "".join(f"<p>{line}</p>" for line in template.above)
    return f"""<!DOCTYPE html><html lang="en"><head><title>{title} | Profiles</title></head><body>
        <nav><a href="/">Home</a></nav><main><h1>{title}</h1>{above}
        <h2>Use</h2><p>The hills of {title} above the river are not yet cleared, and shepherds avoid the old fort.</p>
        {f"<p>{more}</p>" if more else ""}
        <h2>Policy</h2><p>{title} has not acceded to the treaty, but says that it shares its aims.</p>
        <p>{template.within}</p></main></body></html>"""


class Service(Receiver):
    """Takes messages as its service would: more than so many in so many seconds are answered 429."""

    def __init__(self, ok: Answer, *windows: tuple[int, float]) -> None:
        super().__init__()
        self._ok, self._windows = ok, windows
        self._taken: deque[float] = deque()
        self.messages: list[Request] = []
        self.refused = 0

    def answer_to(self, request: Request) -> Answer:
        if any(sum(at > request.at - seconds for at in self._taken) >= most for most, seconds in self._windows):
            self.refused += 1
            return status(429, retry_after=1)
        self._taken.append(request.at)
        self.messages.append(request)
        return self._ok

    def forget(self) -> None:
        self.messages.clear()
        self._taken.clear()
        self.refused = 0


class Town:
    """A publisher with so many pages, a house that has looked at each of them once, and everybody who is told."""

    def __init__(self, root: Path, pages: int, site: Publisher, services: dict[str, Service], mail: MailServer) -> None:
        self.root, self.site, self.services, self.mail = root, site, services, mail
        self.titles = tuple(
            f"Land {chr(97 + n // 26 % 26)}{chr(97 + n % 26)}{chr(97 + n // 676)}" for n in range(pages)
        )
        self.house = House(root / "first")
        self._write_config(self.house)
        self.publish(BEFORE)
        self.house.tracker("check")

    @property
    def names(self) -> list[str]:
        return [title.lower().replace(" ", "-") for title in self.titles]

    def _write_config(self, house: House, *, has_feed: bool = True) -> None:
        config = house.root / "config"
        watches = (
            f'[[watches]]\nname = "{n}"\nurl = "{self.site.url(f"/{n}")}"\nprofile = "{n}"\n' for n in self.names
        )
        (config / "watches.toml").write_text("\n".join(watches))
        urls = {name: service.url(f"/{name}") for name, service in self.services.items()}
        feed = ', "feed"' if has_feed else ""
        # In the small house there are too few messages for a minute's limit: nobody has to wait for them.
        pace = "\nper_minute = 150" if len(self.titles) < 100 else ""
        rules = _RULES.format(**urls, mail=f"127.0.0.1:{self.mail.port}", feed=feed, pace=pace)
        (config / "subscriptions.toml").write_text(rules)

    def publish(self, template: Template, more: dict[int, str] | None = None) -> None:
        """The publisher puts all its pages in this form; some of them say more."""
        for n, (name, title) in enumerate(zip(self.names, self.titles, strict=True)):
            self.site.page(f"/{name}", page_of(title, template, (more or {}).get(n, "")))

    def moved_into(self, root: Path, *, has_feed: bool = True) -> House:
        """A house like ours after the first round; all services have forgotten what came."""
        shutil.copytree(self.house.root, root)
        house = House(root)
        self._write_config(house, has_feed=has_feed)
        for service in self.services.values():
            service.forget()
        self.mail.mails.clear()
        return house


@pytest.fixture(scope="module")
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Town]]:
    """Gives the town with so many pages."""
    towns: dict[int, Town] = {}
    services = {
        "hook": Service(status(204)),
        "slack": Service(status(200, "ok"), (3, 1.0), (60, 60.0)),  # one a second, short bursts above it
        "discord": Service(status(200, "{}"), (5, 2.0), (30, 60.0)),
        "mattermost": Service(status(200, "ok"), (10, 1.0)),  # PerSec, as it is installed
    }
    with Publisher() as site, MailServer() as mail:
        for service in services.values():
            service.__enter__()

        def made(pages: int) -> Town:
            if pages not in towns:
                towns[pages] = Town(tmp_path_factory.mktemp(f"town-{pages}"), pages, site, services, mail)
            return towns[pages]

        yield made
        for service in services.values():
            service.close()


# ---------------------------------------------------------------- what was heard


def forms(house: House, channel: str) -> Counter[str]:
    """How many messages of each form are owed to a channel or were sent."""
    return Counter(row["form"] for row in rows(house) if row["channel"] == channel)


def heard(town: Town, channel: str) -> list[Request]:
    """What a service took."""
    return town.services[channel].messages


def rows(house: House) -> list[dict[str, object]]:
    with open_store(house.root / "snapshots", write=False) as store:
        return [
            {"id": d.id, "form": d.form, "channel": d.channel, "profile": d.profile, "state": d.state}
            for d in store.deliveries()
        ]


def assert_told_well(town: Town, house: House, *, singles: Sequence[str], most_early: int = 0) -> None:
    """On each instant channel one message of all, and one each of these pages; nobody had to refuse anything.

    most_early: pages that may be told besides, since when they were looked at nobody could know.
    """
    for channel in INSTANT:
        alone = {str(row["profile"]) for row in rows(house) if (row["channel"], row["form"]) == (channel, "single")}
        found = forms(house, channel)
        assert set(singles) <= alone and len(alone) <= len(singles) + most_early, (channel, found)
        assert found["storm"] + found["site_wide"] == 1 and found["single"] == len(alone), (channel, found)
        assert set(found) <= {"single", "storm", "site_wide"}
        assert len(heard(town, channel)) == found.total()
    assert {name: service.refused for name, service in town.services.items()} == dict.fromkeys(town.services, 0)
    assert {row["state"] for row in rows(house)} == {"sent"}
    assert house.json("verify")["ok"]


def assert_every_change_is_in(town: Town, house: House, *, has_feed: bool) -> None:
    """Folding hides nothing: the log, the file and the feed have each page's change by itself."""
    with open_store(house.root / "snapshots", write=False) as store:
        changed = {c.profile: c.id for c in store.changes() if c.cause != "first_record"}
    assert sorted(changed) == sorted(town.names)
    lines = [json.loads(line) for line in (house.root / "alerts.jsonl").read_text().splitlines()]
    assert Counter(line["id"] for line in lines) == Counter(changed.values())
    if has_feed:
        feed = json.loads((house.root / "feeds" / "all.json").read_text())
        assert len(feed["items"]) == len({item["id"] for item in feed["items"]}) == len(changed)


def whom_all_names(town: Town) -> list[str]:
    """The profiles that the one message of all names, to programs."""
    (data,) = [d for m in heard(town, "hook") if "ids" in (d := json.loads(m.body)["data"])]
    return list(data["profiles"])


def deliver_a_day_later(house: House) -> None:
    """Send what is owed, by a clock that is a day ahead: the digest is due."""
    world = Surroundings(environ={}, base=house.root, allow=(ip_network("127.0.0.0/8"),))
    rules = load((house.root / "config" / "subscriptions.toml").read_text(), "subscriptions.toml")
    with open_store(house.root / "snapshots", write=True) as store:
        deliver(store, rules, world, now=lambda: clock.now() + timedelta(days=1))


def assert_one_digest(town: Town, house: House) -> None:
    assert town.mail.mails == []
    deliver_a_day_later(house)
    deliver_a_day_later(house)
    (mail,) = town.mail.mails
    told = message_from_bytes(mail.content, policy=policy.default)
    text = told.get_body(("plain",))
    assert text is not None and str(len(town.titles)) in text.get_content()


# ---------------------------------------------------------------- the journeys


def redesigned(town: Town, root: Path, template: Template, *, has_feed: bool) -> None:
    """All pages get another template, three of them a sentence of their own; one round, and what is owed is sent."""
    house = town.moved_into(root / "house", has_feed=has_feed)
    town.publish(template, TRUE)

    house.tracker("check")
    house.tracker("deliver", "--wait", "60s")

    assert_told_well(town, house, singles=[town.names[n] for n in TRUE])
    assert_every_change_is_in(town, house, has_feed=has_feed)
    assert set(whom_all_names(town)) >= set(town.names) - {town.names[n] for n in TRUE}
    assert_one_digest(town, house)


def test_sixty_pages_with_another_template_are_one_message_and_three_true_edits_are_told(town, tmp_path):
    redesigned(town(60), tmp_path, TEMPLATES["words"], has_feed=True)


@pytest.mark.proof
@pytest.mark.parametrize("kind", ["a number", "a name", "within chapters"])
def test_whatever_the_template_says_it_is_one_message(town, tmp_path, kind):
    redesigned(town(60), tmp_path, TEMPLATES[kind], has_feed=False)


@pytest.mark.proof
@pytest.mark.parametrize("kind", ["words", "a number"])
def test_eight_hundred_pages_with_another_template_are_one_message_and_three_true_edits_are_told(town, tmp_path, kind):
    redesigned(town(800), tmp_path, TEMPLATES[kind], has_feed=kind == "words")


@pytest.mark.proof
@pytest.mark.parametrize(("kind", "most_early"), [("words", 0), ("a number", 1)])
def test_beside_a_running_tracker_true_edits_are_told_at_once_and_the_template_when_no_more_of_it_comes(
    town, tmp_path, kind, most_early
):
    place, true = town(800), [town(800).names[n] for n in TRUE]
    house = place.moved_into(tmp_path / "house", has_feed=False)
    place.publish(TEMPLATES[kind], TRUE)
    with open_store(house.root / "snapshots", write=True) as store:
        for name in place.names:
            store.set_due(name, clock.now())

    running = house.start("run", env={"TRACKER__WATCH__TICK_S": "0.2"})
    try:
        wait_for(lambda: changed(house) == len(place.names), 120)
        wait_for(lambda: all(len(heard(place, channel)) >= len(true) for channel in INSTANT), 60)
    finally:
        running.terminate()
        _, told = running.communicate(timeout=60)
    assert running.returncode == 0 and "Traceback" not in told, told
    for channel in INSTANT:
        assert set(forms(house, channel)) == {"single"}, "the template is not told while more of it may come"
    house.tracker("deliver", "--wait", "60s")

    assert_told_well(place, house, singles=true, most_early=most_early)
    assert_every_change_is_in(place, house, has_feed=False)


@pytest.mark.proof
def test_a_true_sentence_on_a_hundred_profiles_is_told_a_hundred_times(town, tmp_path):
    place = town(800)
    house = place.moved_into(tmp_path / "house", has_feed=False)
    rules = house.root / "config" / "subscriptions.toml"
    rules.write_text(rules.read_text().replace('"slack", "discord", "mattermost", "file"', '"mattermost"'))
    place.publish(BEFORE, dict.fromkeys(range(300, 400), "The kingdom used cluster munitions in May 2026."))

    house.tracker("check")
    house.tracker("deliver", "--wait", "120s")

    for channel in ("hook", "mattermost"):
        told = [row["profile"] for row in rows(house) if row["channel"] == channel]
        assert forms(house, channel) == {"single": 100}
        assert sorted(map(str, told)) == sorted(place.names[300:400])
        assert (len(heard(place, channel)), place.services[channel].refused) == (100, 0)


def changed(house: House) -> int:
    """How many changes stand in the log, first records left out."""
    with open_store(house.root / "snapshots", write=False) as store:
        return sum(change.cause != "first_record" for change in store.changes())


def wait_for(is_so: Callable[[], bool], timeout_s: float) -> None:
    """Until it is so."""
    until = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.2)
