"""What a message says to people, whatever its medium."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.builders import CHANGE, SEEN, SENTENCE, change
from tests.notify.hostile import ATTACKS, hostile_telling, hostile_text
from tests.notify.tellings import (
    EDITS,
    FORMS,
    LINK_BASE,
    OTHER_REASON,
    REASON,
    TELLINGS,
    crowd,
    single,
    telling,
    trouble,
)
from tracker.document.edit import Comparison
from tracker.events.types import Change
from tracker.notify.render.notice import TITLE_CHARS, Notice, Told, notice_of
from tracker.notify.render.redline import safe
from tracker.notify.render.wording import name_of


def told(of: Change = CHANGE, **other: object) -> Told:
    """The only change of a message."""
    (found,) = notice_of(single(of, **other)).told
    return found


# ---------------------------------------------------------------- the head


def test_the_title_names_the_profile_the_chapter_and_what_matters_most():
    title = notice_of(single(CHANGE)).title

    assert title == "Ruritania › Mine Ban Policy: 2 silent edits, critical: treaty status, date, number"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("single", "Ruritania › Mine Ban Policy: 1 edit, high: date, number"),
        ("added", "Ruritania › Mine Ban Policy: 1 silent edit"),
        ("first record", "Ruritania › Mine Ban Policy: first record"),
        ("page removed", "Ruritania › Mine Ban Policy: the page was removed"),
        ("page restored", "Ruritania › Mine Ban Policy: the page was restored"),
        ("format only", "Ruritania › Mine Ban Policy: format only"),
        ("reversion", "Ruritania › Mine Ban Policy: reversion, 1 silent edit, high: date, number"),
        ("group", "3 profiles: 3 changes, 1 high, 1 silent edit"),
        ("group of one profile", "Ruritania: 2 changes, 2 critical, 2 silent edits"),
        ("digest", "30 profiles: 30 changes, 10 high, 10 silent edits"),
        ("storm", "800 profiles at once: 800 changes, 266 high, 267 silent edits"),
        ("site wide", "The same edit on 80 profiles of monitor.example"),
        ("trouble", "Trouble: ruritania has not been reached for 24 h"),
        ("trouble over", "Over: ruritania has not been reached for 24 h"),
        ("test", "[TEST] A test of the channel desk"),
    ],
)
def test_each_form_has_a_title_that_tells_most_of_it(name, title):
    assert notice_of(TELLINGS[name]).title == title


def test_a_message_in_brief_still_tells_of_which_chapter_how_salient_and_when():
    brief = single(change(comparison=Comparison()), max_items=0)

    notice = notice_of(brief)

    assert notice.title == "Ruritania › Mine Ban Policy: silent edit, critical: treaty status, date, number"
    assert [(one.head, one.pieces) for one in notice.told] == [("Ruritania › Mine Ban Policy", ())]


def test_a_test_is_marked_as_one_and_nothing_else_is():
    assert [name for name, made in TELLINGS.items() if notice_of(made).is_test] == ["test"]
    assert [name for name, made in TELLINGS.items() if "[TEST]" in notice_of(made).title] == ["test"]


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("ruritania", "Ruritania"),
        ("cote-d-ivoire", "Cote d'Ivoire"),
        ("bosnia-and-herzegovina", "Bosnia and Herzegovina"),
        ("the-gambia", "The Gambia"),
        ("d", "D"),
        ("vitamin-d-report", "Vitamin D Report"),
        ("x-1a2b3c4d", "X 1a2b3c4d"),
        ("", ""),
    ],
)
def test_a_profile_without_a_title_is_called_by_its_slug(slug, name):
    assert name_of(slug, {}) == name


def test_a_profile_is_called_by_its_title_where_that_is_known():
    notice = notice_of(single(change(profile="cote-d-ivoire"), names={"cote-d-ivoire": "Côte d’Ivoire"}))

    assert notice.title.startswith("Côte d’Ivoire › Mine Ban Policy: ")
    assert notice.told[0].head == "Côte d’Ivoire › Mine Ban Policy"


def test_a_chapter_that_is_called_like_its_profile_is_named_once():
    assert told(change(chapter="ruritania", chapter_title="Ruritania")).head == "Ruritania"


def test_why_one_is_told_names_each_subscription_and_its_rule():
    notice = notice_of(single(CHANGE, reasons=(REASON, OTHER_REASON)))

    assert notice.reasons == (
        "subscription mine-action (chapter mine-*, salience normal or above)",
        "subscription everything (all changes)",
    )


def test_a_link_leads_to_our_page_or_if_there_is_none_to_the_page_itself():
    assert notice_of(single(CHANGE)).link == told(CHANGE).link == f"{LINK_BASE}c/{CHANGE.id}"
    assert notice_of(single(CHANGE, link_base="")).link == told(CHANGE, link_base="").link == CHANGE.source_url
    assert notice_of(TELLINGS["digest"]).link == LINK_BASE
    assert notice_of(telling(*crowd(2), form="group", link_base="")).link == ""


def test_a_test_leads_to_no_page_of_a_change_that_is_recorded_nowhere():
    notice = notice_of(TELLINGS["test"])

    assert notice.link == notice.told[0].link == LINK_BASE


def test_messages_about_one_profile_share_a_thread():
    threads = {name: notice_of(made).thread for name, made in TELLINGS.items()}

    assert threads["single"] == threads["group of one profile"] == "ruritania"
    assert threads["digest"] == "digest" and threads["trouble"] == "trouble"


# ---------------------------------------------------------------- messages of many changes


def test_a_message_of_many_counts_salience_kinds_and_profiles():
    assert notice_of(TELLINGS["group"]).lines == (
        "Salience: 1 high, 1 normal, 1 low",
        "Edits: 3 replaced, 1 added",
        "Profiles: Ruritania (1), Graustark (1), Cote d'Azure (1)",
    )


def test_a_message_of_one_change_counts_nothing():
    assert notice_of(TELLINGS["every kind"]).lines == ()


def test_a_storm_shows_the_ten_most_salient_and_counts_the_rest():
    notice = notice_of(TELLINGS["storm"])

    assert len(notice.told) == 10 and notice.more == 790
    assert {one.level for one in notice.told} == {"high"}
    assert notice.told[0].change == "c_0000000000000002"  # the first of the most salient ones
    assert notice.lines[2].endswith(", and 788 more")


def test_a_message_has_no_more_changes_than_were_asked_for():
    notice = notice_of(telling(*crowd(12), form="digest", max_items=5))

    assert len(notice.told) == 5 and notice.more == 7
    assert [one.level for one in notice.told] == ["high"] * 4 + ["normal"]


def test_a_site_wide_edit_is_one_redline_and_a_list_of_every_profile():
    notice = notice_of(TELLINGS["site wide"])

    (one,) = notice.told
    assert one.head == "Ruritania › Mine Ban Policy, and on 79 other profiles"
    assert [p.spans for p in one.pieces] == [(("-", "* estimate"), ("+", "* estimate of the council"))]
    assert len(notice.also) == 80 and notice.also == tuple(sorted(notice.also)) and notice.more == 0


def test_site_wide_edits_of_several_kinds_each_have_a_redline_and_a_count():
    both = crowd(10, edits=(EDITS["legend_changed"], EDITS["caption_changed"]))
    one = tuple(
        replace(c, profile=f"{c.profile}-x", comparison=Comparison(edits=(EDITS["added"], SENTENCE)[:1]))
        for c in crowd(4)
    )

    notice = notice_of(telling(*both, *one, form="site_wide"))

    assert notice.title == "The same 2 edits on 14 profiles of monitor.example"
    assert [(t.head.partition(", ")[2], len(t.pieces)) for t in notice.told] == [
        ("and on 9 other profiles", 2),
        ("and on 3 other profiles", 1),
    ]


def test_a_site_wide_edit_tells_the_interval_that_holds_all_of_it():
    early, late = crowd(2, edits=(EDITS["legend_changed"],))
    early = replace(early, happened_after=SEEN - timedelta(days=2))
    late = replace(late, not_later_than=SEEN + timedelta(hours=1))

    (one,) = notice_of(telling(early, late, form="site_wide")).told

    assert one.when == "between 12 Aug 2026 09:30 UTC and 14 Aug 2026 10:30 UTC"
    (one,) = notice_of(telling(early, replace(late, happened_after=None), form="site_wide")).told
    assert one.when == "at some time up to 14 Aug 2026 10:30 UTC"


def test_a_site_wide_edit_is_shown_whatever_else_was_asked_for():
    both = crowd(3, edits=(EDITS["legend_changed"], EDITS["caption_changed"]))
    asked = {one.id: frozenset({EDITS["caption_changed"].id}) for one in both}

    (one,) = notice_of(telling(*both, form="site_wide", matched=asked)).told

    assert len(one.pieces) == 2


def test_trouble_tells_what_is_wrong_since_when_and_what_to_do():
    about = {**(trouble().about or {}), "since": "2026-08-13T09:30:00Z", "detail": "the last answer was HTTP 503"}

    assert notice_of(replace(trouble(), about=about)).lines == (
        "the last answer was HTTP 503",
        "since 13 Aug 2026 09:30 UTC",
        "See what it says: tracker checks ruritania",
    )


def test_since_when_is_told_once():
    about = {"what": "x", "began": False, "detail": "it was so since 2026-08-13", "since": "2026-08-13"}

    assert notice_of(replace(trouble(), about=about)).lines == ("it was so since 2026-08-13",)


@pytest.mark.parametrize("about", [None, {}, {"kind": "disk"}, {"what": 3, "since": "long ago", "detail": None}])
def test_trouble_that_is_told_badly_is_told(about):
    notice = notice_of(replace(trouble(), about=about))

    assert notice.title.startswith("Trouble: ") or notice.title == "Trouble:"


# ---------------------------------------------------------------- always


def _texts(notice: Notice) -> list[str]:
    """All lines of a notice; redlines are not among them."""
    found = [notice.title, notice.thread, *notice.lines, *notice.also, *notice.reasons]
    for one in notice.told:
        found += [one.profile, one.chapter, one.head, *one.said, one.when, one.dated, one.neutral]
        for p in one.pieces:
            found += [p.words, p.place, p.pointer]
    return found


@given(hostile_text(), st.sampled_from(FORMS))
def test_what_is_told_is_safe_and_single_lines_of_bounded_length(text, form):
    made = hostile_telling(text, form=form, changes=2)
    notice = notice_of(replace(made, about={"what": text, "detail": text, "since": text, "advice": text}))

    for line in _texts(notice):
        assert line == safe(line) and "\n" not in line and len(line) <= 1_000
    assert len(notice.title) <= TITLE_CHARS
    for one in notice.told:
        for p in one.pieces:
            assert p.spans == tuple((mark, safe(told)) for mark, told in p.spans if told)


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_a_short_text_of_a_page_is_told_as_it_is(text):
    notice = notice_of(hostile_telling(text))

    added = [p for p in notice.told[0].pieces if p.words.startswith("added")]
    if text.strip():
        assert added[0].spans == (("+", safe(text)),)
        assert notice.told[0].head.count(" ".join(safe(text).split())) == (2 if len(text) <= 80 else 0)


def test_the_same_message_reads_the_same_in_every_process_and_language():
    code = """
import locale, json
locale.setlocale(locale.LC_ALL, "")
from tests.notify.tellings import TELLINGS
from tracker.notify.render.notice import notice_of
from tracker.notify.render.text import text
print(json.dumps({name: text(notice_of(made)) for name, made in TELLINGS.items()}))
"""
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone, language in (("1", "UTC", "C.UTF-8"), ("2", "Asia/Kathmandu", "C"))
    ]

    assert said[0] == said[1]
    assert set(json.loads(said[0])) == set(TELLINGS)
