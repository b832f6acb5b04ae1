"""A whole profile, served as text and as HTML, edited the way that its publisher edits: told exactly, and once.

Ruritania everywhere; the real profile too where this machine has it (tests/extract/profiles.py says how it is found).
"""

import re
from html import escape
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.extract.profiles import Profile, profiles
from tests.journeys.house import SECRET, House
from tests.publisher import HTML, Publisher, Receiver
from tracker.document.model import Prose, walk_blocks

FORMS = ("text", "html")
NOTE = "Zenda Gazette, “A note that was not there before,” 1 April 2026, p. 3."


@pytest.mark.parametrize("profile", profiles(), ids=lambda profile: profile.name)
def test_an_edited_sentence_and_an_inserted_note_of_a_whole_profile_are_one_verified_webhook_each(
    tmp_path: Path, profile: Profile
) -> None:
    served = {"text": profile.text, "html": profile.html}
    old = sentence_with_a_year(profile)
    new = re.sub(r"\b(19|20)\d\d\b", "2026", old, count=1)
    with Publisher() as site, Receiver() as desk:
        house = House(tmp_path)
        house.tell_desk(desk.url())
        for form in FORMS:
            publish(site, served, form)
            house.tracker("add", site.url(f"/{form}"), "--profile", form)
        house.tracker("check")
        assert house.json("deliver")["sent"] == 0

        for form in FORMS:
            served[form] = once(served[form], printed(old, form), printed(new, form))
            publish(site, served, form)
        told = told_next(house, desk)

        assert sorted(told) == [f"{form}/{profile.document.chapters[0].slug}" for form in sorted(FORMS)]
        for change in told.values():
            assert [(e["kind"], e["old"], e["new"]) for e in change["edits"]] == [("replaced", old, new)]
            assert change["neutral"] == []

        for form in FORMS:
            served[form] = with_a_note_in_front(profile, form, served[form], new)
            publish(site, served, form)
        told = told_next(house, desk)

        assert sorted(told) == [f"{form}/{profile.document.chapters[0].slug}" for form in sorted(FORMS)]
        for change in told.values():
            assert [(e["kind"], e["new"]) for e in change["edits"]] == [("note_added", NOTE)]
            assert {e["kind"] for e in change["neutral"]} == {"renumbered"}
        assert house.json("verify")["ok"]


def publish(site: Publisher, served: dict[str, str], form: str) -> None:
    site.page(f"/{form}", served[form], media_type=HTML if form == "html" else "text/plain; charset=utf-8")


def told_next(house: House, desk: Receiver) -> dict[str, Any]:
    """What the desk hears after one more round: the verified changes, by what each is about; never two about one."""
    heard = len(desk.received)
    house.tracker("check")
    house.tracker("deliver")
    events = [Webhook(SECRET).verify(request.body, dict(request.headers)) for request in desk.received[heard:]]
    assert len({event["subject"] for event in events}) == len(events)
    return {event["subject"]: event["data"] for event in events}


# ---------------------------------------------------------------- how a profile is edited


def sentence_with_a_year(profile: Profile) -> str:
    """A paragraph before the first reference of the first chapter that prints a year, and stands there once."""
    chapter = profile.document.chapters[0]
    for _, block in walk_blocks(chapter):
        assert isinstance(block, Prose)
        assert not block.text.refs
        found = block.text.plain
        if re.search(r"\b(19|20)\d\d\b", found) and profile.text.count(found) == 1:
            return found
    raise AssertionError(f"{profile.name} has no such paragraph")


def printed(text: str, form: str) -> str:
    return escape(text) if form == "html" else text


def once(text: str, old: str, new: str) -> str:
    """The text with other words in the only place that has the old ones."""
    assert text.count(old) == 1
    return text.replace(old, new)


def with_a_note_in_front(profile: Profile, form: str, served: str, paragraph: str) -> str:
    """The page with a reference [1] behind a paragraph, its note, and all later labels of the chapter one higher."""
    date = profile.document.chapters[1].date_text
    end = served.index(f"Last updated:{'&nbsp;' if form == 'html' else ' '}{date}")
    chapter = re.sub(r"(_ftnref|_ftn|\[)(\d+)(?=[\]\"])", one_more, served[:end])
    if form == "html":
        chapter = once(
            chapter,
            printed(paragraph, form),
            f'{printed(paragraph, form)}<a href="#_ftn1" name="_ftnref1" title=""><sup>[1]</sup></a>',
        )
        second = '<p class="MsoFootnoteText"><a href="#_ftnref2"'
        first = f'<p class="MsoFootnoteText"><a href="#_ftnref1" name="_ftn1" title="">[1]</a> {escape(NOTE)}</p>\n'
    else:
        chapter = once(chapter, paragraph, f"{paragraph}[1]")
        second, first = "\n[2] ", f"\n[1] {NOTE}\n"
    return once(chapter, second, first + second) + served[end:]


def one_more(label: "re.Match[str]") -> str:
    """The same label, one higher."""
    return f"{label[1]}{int(label[2]) + 1}"
