"""docs/channels.md says what the code does: every kind, every key, every example."""

import re
from pathlib import Path

import pytest

from tracker.notify.channels import KINDS, Key
from tracker.notify.channels_table import COMMON
from tracker.notify.subscriptions import load
from tracker.notify.trouble import (
    CALM_S,
    FAILING_TRIES,
    LEAST_FREE_BYTES,
    LEAST_FREE_SHARE,
    MOST_WANTED_BYTES,
    REJECTED_S,
    UNREACHABLE_S,
)

TEXT = (Path(__file__).parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")
SECTIONS = re.split(r"(?m)^#{2,3} ", TEXT)
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
SORTS = {
    "address": "address, or a reference to it",
    "secret address": "reference",
    "secret": "reference",
    "text": "text",
    "texts": "text, or a list of texts",
    "path": "path",
    "flag": "true or false",
    "number": "number",
}


def section(kind: str) -> str:
    """What is said of a kind."""
    (found,) = (text for text in SECTIONS if f'kind = "{kind}"' in text and not text.startswith("The operator"))
    return found


def row(key: str, about: Key) -> str:
    return f"| `{key}` | {'yes' if about.is_needed else ''} | {SORTS[about.sort]} | {about.help} |"


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_key_of_every_kind_is_documented_and_no_other(kind) -> None:
    rows = [line for line in section(kind.name).splitlines() if line.startswith("| `")]

    assert rows == [row(key, about) for key, about in kind.keys.items()]


def test_the_keys_of_every_channel_are_documented() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \|", SECTIONS[0])

    assert rows == list(COMMON)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_can_be_loaded(example: str) -> None:
    assert load(example, "subscriptions.toml").channels


def test_every_kind_has_an_example() -> None:
    shown = {channel.kind for example in EXAMPLES for channel in load(example, "subscriptions.toml").channels}

    assert shown == KINDS.keys()


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", TEXT))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (Path(__file__).parents[2] / "docs" / target).exists()


def test_the_figures_of_trouble_are_those_of_the_code() -> None:
    told = " ".join(section_of_the_operator().split())

    assert f"not reached for {UNREACHABLE_S // 3600} h or not believed for {REJECTED_S // 3600} h" in told
    bounds = f"{LEAST_FREE_BYTES // 1_000_000} MB at least, {MOST_WANTED_BYTES // 1_000_000_000} GB at most"
    assert f"less than {LEAST_FREE_SHARE * 100:g} % of the disk free ({bounds})" in told
    assert CALM_S == 3_600 and "well for an hour before it is over" in told
    assert FAILING_TRIES == 4 and "fails four times in a row" in told


def section_of_the_operator() -> str:
    (found,) = (text for text in SECTIONS if text.startswith("The operator"))
    return found
