"""What holds of every kind of channel that is registered: whatever a message tells, it is told, the same each time."""

import email
import email.policy
import hashlib
import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.notify.hostile import ATTACKS, LONG, hostile_telling, hostile_text
from tests.notify.tellings import FORMS, TELLINGS
from tracker.document.edit import Comparison
from tracker.notify.channels import KINDS, ChannelConfig, Kind, Value
from tracker.notify.secret import Ref
from tracker.notify.telling import Telling

# For programs: they give instants, dates and flags as data, not as words.
MACHINES = frozenset({"webhook", "jsonl"})
PEOPLE = sorted(KINDS.keys() - MACHINES)
FOLDING = sorted(name for name in PEOPLE if KINDS[name].folds)
# Bytes of a frozen message, from what each receiver is known to bear; of all others no message may be longer than ANY.
MOST_BYTES = {
    "webhook": 64 * 1024,  # CloudEvents §5
    "teams": 28 * 1024,  # Microsoft: of a request
    "discord": 32_000,  # 2,000 characters of content and 6,000 of embeds, of four bytes at most
    "slack": 52_000,  # 13,000 characters
    "telegram": 4 * 4_096 + 32 * 1024,  # 4,096 UTF-16 units after parsing, and their markup
    "matrix": 64 * 1024,  # an event
}
ANY_MOST_BYTES = 1024 * 1024
LONGISH = {name: text[:60_000] for name, text in LONG.items()}

_VALUES: dict[str, Value] = {
    "address": "https://hooks.example/in",
    "secret address": Ref("env", "DESK"),
    "secret": Ref("env", "DESK"),
    "text": "desk@tracker.example",
    "texts": ("desk@tracker.example",),
    "path": "feeds",
}


def config(kind: Kind) -> ChannelConfig:
    """A channel of the kind with the keys that it needs."""
    needed = {name: _VALUES[key.sort] for name, key in kind.keys.items() if key.is_needed}
    return ChannelConfig(name="desk", kind=kind.name, values=needed)


def render(name: str, telling: Telling) -> bytes:
    """The frozen message."""
    return KINDS[name].render(telling, config(KINDS[name]))


@cache
def rendered(name: str, told: str) -> bytes:
    """The frozen message of one of TELLINGS."""
    return render(name, TELLINGS[told])


def borne(name: str, text: str) -> str:
    """The text, for programs without lone surrogates: no log holds one (events/codec.py), and no JSON can."""
    return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text) if name in MACHINES else text


def readable(body: bytes) -> str:
    """All that a person can read in a message of any kind, links included, without the escapes of its dialect."""
    texts = " \n ".join(_texts(body))
    bare = texts + " \n " + re.sub(r"<[^<>]*>", "", texts)
    plain = html.unescape(re.sub(r"\\([^\w\s])", r"\1", bare))
    return " ".join(re.sub("[\u200b-\u200f\u2060-\u2069]", "", plain).split())


def _texts(body: bytes) -> Iterator[str]:
    try:
        yield from _strings(orjson.loads(body))
    except ValueError:
        said = email.message_from_bytes(body, policy=email.policy.default)
        if "MIME-Version" not in said:
            yield body.decode()
            return
        yield str(said["Subject"])
        for part in said.walk():
            if part.get_content_maintype() == "text":
                yield part.get_content()


def _strings(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value)


# ---------------------------------------------------------------- whatever it tells


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("told", TELLINGS)
def test_every_message_can_be_rendered_is_utf8_and_within_what_the_receiver_bears(name, told):
    body = rendered(name, told)

    assert body.decode("utf-8")
    assert len(body) <= MOST_BYTES.get(name, ANY_MOST_BYTES)
    assert body == render(name, TELLINGS[told])


@pytest.mark.parametrize("name", KINDS)
def test_no_attack_keeps_a_message_from_being_rendered(name):
    for text in ATTACKS.values():
        body = render(name, hostile_telling(borne(name, text)))
        assert body.decode("utf-8")
        assert len(body) <= MOST_BYTES.get(name, ANY_MOST_BYTES)


@pytest.mark.proof
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("text", LONGISH.values(), ids=LONGISH)
def test_no_length_keeps_a_message_from_being_rendered(name, text):
    body = render(name, hostile_telling(borne(name, text)))

    assert body.decode("utf-8")
    assert len(body) <= MOST_BYTES.get(name, ANY_MOST_BYTES) or name == "jsonl"  # a file takes every change whole


@pytest.mark.parametrize("name", KINDS)
def test_a_message_can_be_told_in_brief(name):
    """What is sent where the whole cannot be rendered (lane.py): no edits, and no redline asked for."""
    for telling in TELLINGS.values():
        changes = tuple(replace(change, comparison=Comparison()) for change in telling.changes)
        assert render(name, replace(telling, changes=changes, matched={}, max_items=0))


@pytest.mark.proof
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_no_megabyte_keeps_a_message_from_being_rendered(name, text):
    assert render(name, hostile_telling(borne(name, text))).decode("utf-8")


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=20)
@given(hostile_text(), st.sampled_from(FORMS))
def test_no_text_keeps_a_message_of_any_form_from_being_rendered(name, text, form):
    telling = hostile_telling(borne(name, text), form=form)

    body = render(name, telling)

    assert body.decode("utf-8") and body == render(name, telling)


def test_a_message_is_the_same_bytes_in_every_process_zone_and_language():
    code = """
import hashlib, json, locale
locale.setlocale(locale.LC_ALL, "")
from tests.notify.test_every_kind import digests
print(json.dumps(digests()))
"""
    elsewhere = {"PYTHONHASHSEED": "7", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
    told = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **elsewhere}, capture_output=True, check=True
    ).stdout

    assert json.loads(told) == digests()


def digests() -> dict[str, str]:
    """By kind and message, the hash of what it renders to."""
    return {f"{name} {told}": hashlib.sha256(rendered(name, told)).hexdigest() for name in KINDS for told in TELLINGS}


@pytest.mark.parametrize("name", KINDS)
def test_two_messages_are_never_the_same_bytes(name):
    bodies = {told: rendered(name, told) for told, telling in TELLINGS.items() if telling.form == "single"}

    assert len(set(bodies.values())) == len(bodies)


# ---------------------------------------------------------------- what people are told


@pytest.mark.parametrize("name", PEOPLE)
def test_a_message_says_which_chapter_what_when_of_which_date_and_why(name):
    said = readable(rendered(name, "silent"))

    for part in (
        "Ruritania",
        "Mine Ban Policy",
        "Use",
        "replaced",
        "high: date, number",
        "silent edit",
        "between 14 Aug 2026 03:30 and 09:30 UTC",
        "document date 28 Sep 2025",
        "mine-action",
        "chapter mine-*, salience normal or above",
        "https://tracker.example/c/c_9e107d9d372bb682",
    ):
        assert part in said
    assert "2021" in said and "2026" in said


@pytest.mark.parametrize("name", PEOPLE)
def test_a_changed_cell_says_in_which_table_row_and_column_it_stands(name):
    said = readable(rendered(name, "critical cell"))

    for part in ("Treaty status overview", "Mine Ban Treaty", "Status", "Not a party", "State Party", "critical"):
        assert part in said
    assert "silent edit" not in said


@pytest.mark.parametrize("name", PEOPLE)
def test_what_moved_says_from_where(name):
    assert "from Use" in readable(rendered(name, "moved"))


@pytest.mark.parametrize("name", PEOPLE)
def test_without_pages_of_ours_a_message_links_to_the_page_itself(name):
    assert "https://monitor.example/profiles/ruritania" in readable(rendered(name, "no pages of ours"))


@pytest.mark.parametrize("name", KINDS)
def test_a_test_says_that_it_is_one_and_nothing_else_does(name):
    marked = {told for told in TELLINGS if "[TEST]" in readable(rendered(name, told))}

    assert marked == {"test"}


@pytest.mark.parametrize("name", PEOPLE)
def test_trouble_is_told_when_it_begins_and_when_it_ends(name):
    began, ended = (readable(rendered(name, told)) for told in ("trouble", "trouble over"))

    assert "Trouble: ruritania has not been reached for 24 h" in began
    assert "the last answer was HTTP 503" in began
    assert "Over: ruritania has not been reached for 24 h" in ended


# ---------------------------------------------------------------- what is left out


@pytest.mark.parametrize("name", PEOPLE)
def test_of_four_hundred_edits_those_that_are_not_shown_are_counted(name):
    said = readable(rendered(name, "400 edits"))

    shown = len(set(re.findall(r"cleared (\d+) minefields", said)))
    assert shown >= 1
    if shown < 400:
        assert f"+{400 - shown} more" in said


@pytest.mark.parametrize("name", FOLDING)
def test_of_a_storm_the_changes_that_are_not_shown_are_counted(name):
    said = readable(rendered(name, "storm"))

    assert "800 changes" in said
    hidden = [int(count) for count in re.findall(r"\+(\d+) more", said)]
    assert any(790 <= count < 800 for count in hidden)


@pytest.mark.parametrize("name", FOLDING)
def test_a_site_wide_edit_names_profiles_and_counts_the_rest(name):
    said = readable(rendered(name, "site wide"))

    named = sum(bool(re.search(rf"\bBorduria {n}\b", said)) for n in range(1, 10))
    assert "* estimate of the council" in said or "estimate of the council" in said
    assert named == 9 or re.search(r"\d+ more", said)


@pytest.mark.parametrize("name", PEOPLE)
def test_the_most_salient_edit_is_told_before_all_others(name):
    said = readable(rendered(name, "400 edits"))

    first = re.search(r"· (critical|high|normal|low|none)", said)
    assert first is None or first[1] == "critical"
    assert "critical" in said


@pytest.mark.parametrize("name", KINDS)
def test_what_a_receiver_called_too_large_comes_smaller_and_still_tells_something(name):
    telling = TELLINGS["small"]

    small, large = len(render(name, telling)), len(rendered(name, "400 edits"))

    assert 0 < small <= large
