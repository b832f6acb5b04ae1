import json
import logging
import re
import subprocess
import sys
import time
from functools import cache

import pytest
from hypothesis import given, settings

from tests.notify.channels.retold import CORPUS, is_safe, links_in, message_of, sender, unjoined, whole_redlines
from tests.notify.hostile import ATTACKS, hostile_telling, hostile_text
from tests.notify.tellings import TELLINGS, single
from tests.publisher import (
    Receiver,
    body_drip,
    closed_port,
    endless,
    hang_up,
    header_drip,
    raw,
    redirect,
    stall,
    status,
)
from tracker import clock
from tracker.errors import ConfigError
from tracker.fetch.transport import Answer
from tracker.notify.channels import ChannelConfig
from tracker.notify.channels.apprise import KIND, judged, library
from tracker.notify.channels.apprise_address import CLOUD, HOSTED, NATIVE
from tracker.notify.secret import Ref

OK = status(200, "{}", headers={"Content-Type": "application/json"})


# ---------------------------------------------------------------- the message


def texts_of(telling):
    return json.loads(KIND.render(telling, None))


@cache
def message(name):
    """A message of the corpus, rendered once: many tests look at it."""
    return message_of(KIND, CORPUS[name])


def frozen(name):
    return json.loads(message(name).body)


def assert_nothing_takes_effect(text):
    assert links_in(text) == []
    assert re.findall(r"@\w|@[*_]|<[@#!]\S|<https?:|\]\(|```|~~|\*\*|\|\|", text) == []
    assert is_safe(text)


@pytest.mark.proof
@pytest.mark.parametrize("name", [name for name in CORPUS if not name.startswith("group: ")])
def test_every_text_is_within_its_length_and_nothing_in_it_takes_effect(name):
    told = frozen(name)

    sizes = [len(told["title"]) + 2 + len(text) for text in told["texts"]]
    assert sizes[0] <= (15_000 if CORPUS[name].small else 30_000)
    assert sizes == sorted(sizes, reverse=True) and len(set(told["texts"])) == len(sizes)
    for text in (told["title"], *told["texts"]):
        assert_nothing_takes_effect(text)
    assert "\n" not in told["title"]


@settings(max_examples=20, deadline=None)
@given(hostile_text(max_size=8))
def test_whatever_a_page_writes_stays_text(text):
    told = texts_of(hostile_telling(text))

    for made in (told["title"], *told["texts"]):
        assert_nothing_takes_effect(made)


@pytest.mark.parametrize("name", [*TELLINGS, *(f"attack: {name}" for name in ATTACKS)])
def test_the_longest_text_holds_every_redline(name):
    longest = unjoined(frozen(name)["texts"][0])

    lines = [line.rstrip() for redline in whole_redlines(CORPUS[name]) for line in redline.split("\n") if line.strip()]
    missing = [line for line in lines if line not in longest]
    assert not missing or re.search(r"\+\d+ more|…", longest), missing[:3]


@pytest.mark.parametrize("name", ["silent", "every kind", "400 edits", "storm", "digest"])
def test_a_shorter_text_is_cut_by_edits_and_says_how_many_and_where(name):
    told = frozen(name)

    shortest = told["texts"][-1]
    assert len(told["texts"]) > 1
    assert re.search(r"\+\d+ more", shortest) and "https://tracker.example/" in shortest
    for text in told["texts"]:
        assert text.count("[-") == text.count("-]") and text.count("{+") == text.count("+}"), "never inside a mark"


def test_a_message_says_all_that_it_has_to():
    told = texts_of(TELLINGS["silent"])
    text = f"{told['title']}\n{told['texts'][0]}"

    for said in (
        "Ruritania › Mine Ban Policy",
        "silent edit",
        "Use",
        "In June [-2021-]{+2026+} the government",
        "between 14 Aug 2026 03:30 and 09:30 UTC",
        "document date 28 Sep 2025",
        "mine-action",
        "chapter mine-*",
        "https://tracker.example/c/c_9e107d9d372bb682",
    ):
        assert said in text


def test_a_trial_says_so_in_its_title_and_the_same_message_has_the_same_bytes():
    assert texts_of(TELLINGS["test"])["title"].startswith("[TEST] ")
    assert KIND.render(single(), None) == KIND.render(single(), None)


# ---------------------------------------------------------------- the try, through the library itself


@pytest.fixture
def house():
    with Receiver() as receiver:
        receiver.script(OK)
        yield receiver


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """Apprise takes a second to load its plugins, once: no test that watches the clock is to pay for it."""
    library().Apprise.instantiate("gotify://127.0.0.1/token")


SERVICES = {
    "gotify": "gotify://{at}/CANARYtoken_0123456789",
    "ntfy": "ntfy://CANARYuser:CANARYpass@{at}/CANARYtopic",
    "nctalk": "nctalk://CANARYuser:CANARYpass@{at}/CANARYroom",
    "signal": "signal://{at}/+12025550143/+12025550144",
    "synology": "synology://{at}/CANARYtoken",
    "bark": "bark://{at}/CANARYkey",
    "mastodon": "mastodon://CANARYtoken@{at}",
    "misskey": "misskey://CANARYtoken@{at}",
    "hassio": "hassio://{at}/CANARYtoken",
}


def send(url, *, name="silent", timeout_s=3.0):
    channel = sender(KIND, {"url": Ref("env", "SERVICE")}, {"SERVICE": url}, timeout_s=timeout_s)
    return channel.send(message(name), now=clock.now())


def at(house, service="gotify", more=""):
    return SERVICES[service].format(at=f"127.0.0.1:{house.port}") + more


@pytest.mark.parametrize("service", SERVICES)
def test_a_message_arrives_as_it_was_frozen(house, service):
    attempt = send(at(house, service))

    (request,) = house.received
    assert (attempt.ok, attempt.status, attempt.error) == (True, 200, None)
    assert request.method == "POST"
    if request.headers["content-type"].startswith("application/json"):
        said = "\n".join(str(value) for value in json.loads(request.body).values())
        assert any(text in said for text in texts_of(TELLINGS["silent"])["texts"])
        assert texts_of(TELLINGS["silent"])["title"] in said


@pytest.mark.parametrize("service", SERVICES)
def test_a_redirect_is_a_failure_and_is_not_followed(house, service):
    house.script(redirect(house.url("/internal"), 302), OK)

    attempt = send(at(house, service))

    assert not attempt.ok and "redirect" in attempt.error
    assert len(house.received) == 1 and house.asked("/internal") == ()


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("code", [410, 429, 500])
def test_one_try_is_one_request(house, service, code):
    house.script(status(code, retry_after=0), OK)
    begun = time.monotonic()

    attempt = send(at(house, service))

    assert not attempt.ok and attempt.status == code
    assert len(house.received) == 1
    assert time.monotonic() - begun < 2, "it waits for nothing: we do"


@pytest.mark.parametrize("service", ["ntfy", "nctalk", "gotify"])
@pytest.mark.parametrize("attack", ["everyone", "discord mentions", "slack mentions", "slack link", "markdown link"])
def test_no_mention_and_no_link_of_a_page_comes_through(house, service, attack):
    assert send(at(house, service), name=f"attack: {attack}").ok

    for value in json.loads(house.received[0].body).values():
        assert_nothing_takes_effect(str(value).replace("\r\n", "\n"))


@pytest.mark.parametrize(
    ("service", "most"), [("mastodon", 500), ("misskey", 512), ("nctalk", 32_000), ("ntfy", 3_900)]
)
@pytest.mark.parametrize("name", ["silent", "400 edits", "attack: html", "long: a megabyte of entities"])
def test_what_is_sent_is_no_longer_than_the_service_takes(house, service, most, name):
    assert send(at(house, service), name=name).ok

    sent = json.loads(house.received[0].body)
    text = sent.get("status") or sent.get("text") or sent.get("message")
    assert 0 < len(text.encode()) <= most
    assert "tracker.example/" in text


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (status(400), {"too_large": True}),
        (status(401), {"refuses_us": True}),
        (status(403), {"refuses_us": True}),
        (status(404), {"refuses_us": True}),
        (status(410), {"permanent": True, "disables": True, "reason": "gone"}),
        (status(413), {"too_large": True}),
        (status(429), {"status": 429, "retry_after_s": None}),
        (status(429, retry_after=7), {"retry_after_s": 7}),
        (status(503, retry_after="1.5"), {"retry_after_s": 2}),
        (status(500), {"permanent": False, "retry_after_s": None}),
        (hang_up(), {"status": None, "permanent": False}),
        (raw(b"SSH-2.0-x\r\n"), {"status": None, "permanent": False}),
    ],
)
def test_what_an_answer_means(house, answer, expected):
    house.script(answer)

    attempt = send(at(house))

    assert not attempt.ok and attempt.error.startswith("gotify: ")
    assert {key: getattr(attempt, key) for key in expected} == expected


TAKEN = Answer(status=200, headers={}, body=b'{"ok": false}', cut=False)


@pytest.mark.parametrize("outcomes", [(), (TAKEN,)])
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Too many requests", {"status": 429, "retry_after_s": 60, "permanent": False}),
        ("Rate limit reached", {"status": 429, "retry_after_s": 60}),
        ("Invalid token specified", {"refuses_us": True, "permanent": False}),
        ("Failed: error=200.", {"status": None, "permanent": False, "refuses_us": False}),
        ("", {"status": None, "permanent": False, "refuses_us": False}),
        ("Something new happened", {"status": None, "permanent": False, "refuses_us": False}),
    ],
)
def test_where_no_answer_says_it_words_are_read_and_by_default_it_passes(outcomes, said, expected):
    attempt = judged(False, outcomes, said, now=clock.now())

    assert {key: getattr(attempt, key) for key in expected} == expected
    assert not attempt.ok and attempt.error


@pytest.mark.parametrize("answer", [stall(), header_drip()])
def test_a_service_that_does_not_answer_is_left_within_the_time_and_holds_up_nobody(house, answer):
    house.script(answer)
    begun = time.monotonic()

    attempts = [send(at(house), timeout_s=0.1) for _ in range(8)]  # more than Apprise has threads
    house.script(OK)

    assert all(
        not a.ok and a.status is None and a.error == "gotify: timeout: no whole answer in time" for a in attempts
    )
    assert send(at(house)).ok
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("answer", [body_drip(), endless(20)])
def test_an_answer_without_end_counts_by_its_status_and_is_not_read(house, answer):
    house.script(answer)
    begun = time.monotonic()

    assert send(at(house), timeout_s=0.3).ok
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("answer", [OK, "echo", redirect("http://127.0.0.1:1/CANARY"), hang_up(), raw(b"CANARY\r\n")])
def test_no_secret_is_logged_printed_or_told(house, service, answer, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    house.script(status(500, f"what is {at(house, service)}?") if answer == "echo" else answer)

    attempt = send(at(house, service))

    assert house.received
    assert "CANARY" not in repr(attempt) + caplog.text and "555014" not in repr(attempt) + caplog.text
    assert capfd.readouterr() == ("", "")


# ---------------------------------------------------------------- the fence


@pytest.mark.parametrize("scheme", sorted(HOSTED | CLOUD))
def test_what_is_let_through_is_known_to_apprise_and_speaks_http(scheme):
    import apprise

    plugin = apprise.plugins.N_MGR[scheme]

    assert plugin.enabled
    assert "requests" in vars(sys.modules[plugin.__module__]), "it sends by requests, whose redirects are off"


@pytest.mark.parametrize(
    "url",
    [
        *(f"{scheme}://127.0.0.1/CANARY" for scheme in NATIVE),
        "file:///etc/CANARY",
        "syslog://CANARY",
        "rsyslog://127.0.0.1/CANARY",
        "dbus://CANARY",
        "gnome://CANARY",
        "windows://CANARY",
        "macosx://CANARY",
        "mqtt://127.0.0.1/CANARY",
        "irc://127.0.0.1/CANARY",
        "kodi://127.0.0.1/CANARY",
        "CANARY",
        "://CANARY",
        "gotify://",
        "gotify://127.0.0.1:99999/CANARY",
        "gotify://[CANARY",
        "gotify://127.0.0.1",
        "gotify://127.0.0.1/CANARY, ntfy://127.0.0.1/CANARY",
        "gotify://127.0.0.1/CANARY gotify://127.0.0.1/CANARY",
        "gotify://127.0.0.1/CANARY?redirect=yes",
        "gotify://127.0.0.1/CANARY?RETRY=5&wait=9",
        "ntfy://127.0.0.1/CANARY?template=/etc/passwd",
        "ntfy://127.0.0.1/CANARY?attach=file:///etc/passwd",
        "ntfy://127.0.0.1/CANARY?overflow=split&format=html",
    ],
)
def test_other_addresses_are_refused_and_not_told(url):
    attempt = send(url)

    assert not attempt.ok and attempt.elapsed_ms is None and "env:SERVICE" in attempt.error
    assert "CANARY" not in attempt.error and "passwd" not in attempt.error


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"])
@pytest.mark.parametrize("scheme", ["gotify", "ntfys", "bark"])
def test_a_host_inside_the_house_is_not_spoken_to_unless_it_is_allowed(scheme, host):
    attempt = send(f"{scheme}://{host}/CANARYtoken")

    assert not attempt.ok and attempt.error.startswith(f"{scheme}: refused_address: ")
    assert "not a public address" in attempt.error and "CANARY" not in attempt.error


def test_nobody_there_is_a_failed_try():
    attempt = send(f"gotify://127.0.0.1:{closed_port()}/CANARYtoken")

    assert not attempt.ok and attempt.error.startswith("gotify: connect: ")


def test_requests_of_others_go_their_usual_way(house):
    import requests

    house.script(redirect(house.url("/there")), OK)

    assert requests.get(house.url("/here"), timeout=5).status_code == 200
    assert [request.path for request in house.received] == ["/here", "/there"]


def test_an_address_that_is_not_there_is_named_by_its_reference():
    attempt = sender(KIND, {"url": Ref("env", "SERVICE")}).send(message_of(KIND, single()), now=clock.now())

    assert not attempt.ok and "env:SERVICE" in attempt.error


def test_reading_the_configuration_loads_neither_the_library_nor_an_http_client():
    asked = (
        "import sys, tracker.notify.channels as c; print({'apprise', 'requests', 'httpx'} & {*sys.modules}, *c.KINDS)"
    )

    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout

    assert said.startswith("set() ") and "apprise" in said


def test_without_the_library_the_channel_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)  # as if it were not installed
    config = ChannelConfig(name="desk", kind="apprise", values={"url": Ref("env", "SERVICE")})

    with pytest.raises(ConfigError) as refused:
        KIND.check(config, "subscriptions.toml")
    with pytest.raises(ConfigError):
        sender(KIND, config.values)

    assert "tracker[apprise]" in refused.value.remedy
    assert KIND.render(single(), config), "what is owed is still written down"
