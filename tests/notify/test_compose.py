"""What becomes of alerts: told at once, later, together, or not at all. A real store, and a clock of ours."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.notify.builders import CHANGE
from tests.notify.lands import EVERYTHING, HOST, WORDS, rules, see, watch
from tracker.document.edit import CellPlace, Edit
from tracker.events.deliveries import Mute
from tracker.notify.compose import Composer
from tracker.notify.hunks import hunk_of
from tracker.notify.rules import Subscriptions
from tracker.store import Store, create, open_store

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class World:
    """A store on a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        create(folder / "log.db")
        self.store: Store = open_store(folder / "log.db", write=True, now=lambda: self.now)

    def after(self, **time: float) -> datetime:
        self.now += timedelta(**time)
        return self.now

    def begin(self, subscriptions: Subscriptions, *profiles: str, **how: object) -> None:
        watch(self.store, profiles)
        for profile in profiles:
            see(self.store, profile, [WORDS], self.now, subscriptions, **how)
        self.after(days=2)

    def compose(self, subscriptions: Subscriptions, *, is_live: bool = False, is_busy: bool = False) -> int:
        composer = Composer(self.store, subscriptions, is_live=is_live, is_busy=lambda: is_busy)
        return composer.compose(self.now)

    @property
    def told(self) -> list[tuple[str, int, str]]:
        """Form, number of alerts and profile of each message, oldest first."""
        return [(d.form, d.alerts, d.profile) for d in reversed(self.store.deliveries())]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    assert made.store.verify().findings == ()
    made.store.close()


# ---------------------------------------------------------------- at once


def test_an_alert_becomes_a_message_of_its_own_once(world):
    told = rules(EVERYTHING)
    world.begin(told, "ruritania")
    (change,) = see(world.store, "ruritania", [WORDS, "Few ducks were seen there."], world.now, told)

    assert world.compose(told) == 1
    assert world.compose(told) == 0

    (delivery,) = world.store.deliveries()
    (alert,) = world.store.alerts_of(delivery.id)
    assert (delivery.form, delivery.change, delivery.id) == ("single", change.id, alert.id)
    assert (alert.state, alert.subscription, alert.host) == ("told", "all", HOST)


def test_two_subscriptions_that_want_the_same_on_one_channel_make_one_message(world):
    told = rules(EVERYTHING + EVERYTHING.replace('"all"', '"again"'))
    world.begin(told, "ruritania")
    see(world.store, "ruritania", [WORDS, "Few ducks were seen there."], world.now, told)

    world.compose(told)

    assert world.told == [("single", 2, "ruritania")]


def test_while_looks_are_under_way_what_is_normal_waits_half_a_minute_at_most_and_what_is_critical_does_not(world):
    told = rules(EVERYTHING)
    world.begin(told, "ruritania", "strelsau")
    see(world.store, "ruritania", [WORDS, "Few ducks were seen there."], world.now, told)
    see(world.store, "strelsau", [WORDS, "Strelsau used 40 cluster munitions in May 2026."], world.now, told)

    assert world.compose(told, is_live=True, is_busy=True) == 1
    assert world.told == [("single", 1, "strelsau")]
    world.after(seconds=29)
    assert world.compose(told, is_live=True, is_busy=True) == 0
    assert world.compose(told, is_live=True, is_busy=False) == 0  # it is looked at again within a second
    world.after(seconds=1)
    assert world.compose(told, is_live=True, is_busy=True) == 1


def test_an_alert_whose_rule_is_gone_is_told_all_the_same(world):
    told = rules(EVERYTHING)
    world.begin(told, "ruritania")
    see(world.store, "ruritania", [WORDS, "Few ducks were seen there."], world.now, told)

    assert world.compose(rules("")) == 1


# ---------------------------------------------------------------- groups, digests, quiet hours


def _send(more: str) -> Subscriptions:
    return rules(f'[[subscriptions]]\nid = "all"\nsend = [{{ to = "desk", {more} }}]\n')


def test_a_group_waits_is_told_once_and_the_next_not_before_its_interval(world):
    told = _send('group_by = ["profile"], wait = "2m", interval = "30m"')
    world.begin(told, "ruritania", "strelsau")
    for n in range(3):
        see(world.store, "ruritania", [WORDS, f"Ducks of sort {'abc'[n]} were seen."], world.now, told)
        assert world.compose(told) == 0
        world.after(seconds=40)
    assert world.compose(told) == 1
    assert world.told == [("group", 3, "ruritania")]

    see(world.store, "ruritania", [WORDS, "Geese were seen."], world.after(minutes=1), told)
    see(world.store, "strelsau", [WORDS, "Geese were heard."], world.now, told)
    world.compose(told)
    world.after(minutes=5)
    world.compose(told)
    assert world.told[1:] == [("single", 1, "strelsau")]
    world.after(minutes=24, seconds=1)
    world.compose(told)
    assert world.told[2:] == [("single", 1, "ruritania")]


def test_what_was_changed_back_within_the_wait_is_not_told_and_that_is_recorded(world):
    told = _send('wait = "10m"')
    world.begin(told, "ruritania")
    see(world.store, "ruritania", [WORDS, "Few ducks were seen there."], world.now, told)
    see(world.store, "ruritania", [WORDS], world.after(minutes=5), told)
    world.after(minutes=6)

    assert world.compose(told) == 0

    (event,) = world.store.events(types=("alerts.dropped",))
    assert event.payload["reason"] == "cancelled"
    assert len(event.payload["alerts"]) == 2
    assert world.store.held() == ()


def test_of_three_edits_two_of_which_cancel_the_third_is_told(world):
    told = _send('wait = "10m"')
    world.begin(told, "ruritania")
    for said in ([WORDS, "Few ducks."], [WORDS], [WORDS, "Many geese."]):
        see(world.store, "ruritania", said, world.after(minutes=1), told)
    world.after(minutes=11)
    world.compose(told)

    assert world.told == [("single", 1, "ruritania")]
    (alert,) = world.store.alerts_of(world.store.deliveries()[0].id)
    assert alert.change == world.store.changes()[0].id


def test_a_digest_is_told_at_its_time_with_all_of_its_period(world):
    told = _send('when = "daily 07:30"')
    world.begin(told, "ruritania", "strelsau")
    world.now = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
    see(world.store, "ruritania", [WORDS, "Few ducks were seen there."], world.now, told)
    see(world.store, "strelsau", [WORDS, "Many ducks were seen there."], world.after(hours=2), told)
    assert world.compose(told) == 0

    world.now = datetime(2026, 3, 29, 5, 29, 59, tzinfo=UTC)  # 07:30 in Prague, where summer time began at night
    assert world.compose(told) == 0
    world.after(seconds=1)
    assert world.compose(told) == 1
    assert world.told == [("digest", 2, "")]
    world.after(days=3)
    assert world.compose(told) == 0  # an empty digest is not sent


def test_a_digest_due_in_the_hour_that_comes_twice_is_sent_once(world):
    told = _send('when = "daily 02:30"')
    world.begin(told, "ruritania")
    world.now = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    see(world.store, "ruritania", [WORDS, "Few ducks were seen there."], world.now, told)
    sent = []
    world.now = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    for _ in range(16):
        if world.compose(told):
            sent.append(world.now)
        if world.now == datetime(2026, 10, 25, 0, 45, tzinfo=UTC):
            see(world.store, "ruritania", [WORDS, "Fewer ducks were seen there."], world.now, told)
        world.after(minutes=15)

    assert sent == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_in_quiet_hours_what_is_not_critical_waits_and_is_told_in_one_message_at_their_end(world):
    quiet = '[intervals.nights]\ndays = ["mon-sun"]\nfrom = "20:00"\nto = "07:00"\n'
    told = rules(quiet + '[[subscriptions]]\nid = "all"\nsend = [{ to = "desk", quiet = "nights" }]\n')
    world.begin(told, "ruritania", "strelsau", "zenda")
    world.now = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)  # 21:00 in Prague
    see(world.store, "ruritania", [WORDS, "Few ducks were seen there."], world.now, told)
    see(world.store, "strelsau", [WORDS, "Some swans were seen there."], world.after(hours=1), told)
    see(world.store, "zenda", [WORDS, "Zenda used cluster munitions."], world.now, told)
    world.compose(told)
    assert world.told == [("single", 1, "zenda")]

    world.now = datetime(2026, 3, 5, 5, 59, 59, tzinfo=UTC)
    assert world.compose(told) == 0
    world.after(seconds=1)
    assert world.compose(told) == 1
    assert world.told[1:] == [("group", 2, "")]


def test_a_muted_subscription_is_told_nothing_and_that_is_recorded(world):
    told = rules(EVERYTHING)
    world.begin(told, "ruritania")
    world.store.mute(Mute(subscription="all", since=world.now, until=world.now + timedelta(days=1)))
    see(world.store, "ruritania", [WORDS, "Few ducks were seen there."], world.now, told)
    assert world.compose(told) == 0
    assert [e.payload["reason"] for e in world.store.events(types=("alerts.dropped",))] == ["muted"]

    see(world.store, "ruritania", [WORDS, "Geese were seen."], world.after(days=1), told)
    assert world.compose(told) == 1


# ---------------------------------------------------------------- storms


LANDS = tuple(f"land-{n:03}" for n in range(60))


def test_more_than_25_changes_at_once_are_one_message_and_what_is_high_is_told_by_itself(world):
    told = rules(EVERYTHING.replace('["desk"]', '["desk", "file"]'))
    world.begin(told, *LANDS)
    for n, land in enumerate(LANDS[:30]):
        see(world.store, land, [WORDS, f"Ducks of {'abcdefghij'[n % 10] * (n // 10 + 1)} sort."], world.now, told)
    see(world.store, LANDS[40], [WORDS, "The army cleared 41 minefields near Strelsau."], world.now, told)

    world.compose(told)

    desk = [(d.form, d.alerts) for d in world.store.deliveries(channel="desk")]
    assert sorted(desk) == [("single", 1), ("storm", 30)]
    assert {(d.form, d.alerts) for d in world.store.deliveries(channel="file")} == {("single", 1)}
    assert len(world.store.deliveries(channel="file")) == 31


def test_25_changes_at_once_are_told_one_by_one(world):
    told = rules(EVERYTHING + '[storm]\nover = 25\nshare = "50%"\n')
    world.begin(told, *LANDS)
    for n, land in enumerate(LANDS[:25]):
        see(world.store, land, [WORDS, f"Ducks of {'abcdefghij'[n % 10] * (n // 10 + 1)} sort."], world.now, told)

    world.compose(told)

    assert {form for form, _, _ in world.told} == {"single"}
    assert len(world.told) == 25


def test_while_a_storm_lasts_what_follows_is_told_at_its_end(world):
    told = rules(EVERYTHING)
    world.begin(told, *LANDS)
    for batch in range(2):
        for n, land in enumerate(LANDS[batch * 28 : batch * 28 + 28]):
            said = f"Ducks of {'abcdefghij'[n % 10] * (n // 10 + 1)} sort {'xy'[batch]}."
            see(world.store, land, [WORDS, said], world.now, told)
        world.compose(told, is_live=True)
        world.after(minutes=5)
    assert [(form, count) for form, count, _ in world.told] == [("storm", 28)]

    world.after(minutes=25)
    world.compose(told, is_live=True)
    assert [(form, count) for form, count, _ in world.told] == [("storm", 28), ("storm", 28)]


TEMPLATE = "about us and our partners"


@pytest.mark.parametrize("is_live", [False, True])
def test_one_edit_on_every_page_of_a_host_is_one_note_and_true_edits_are_told(world, is_live):
    told = rules(EVERYTHING)
    world.begin(told, *LANDS, frame=TEMPLATE)
    edited = {LANDS[3]: "Few ducks.", LANDS[30]: "Many geese came.", LANDS[59]: "No swans were heard."}
    for land in LANDS:
        said = [WORDS, edited[land]] if land in edited else [WORDS]
        see(world.store, land, said, world.after(seconds=1), told, frame="about us, our partners and friends")
        if is_live:
            world.compose(told, is_live=True, is_busy=True)
    for _ in range(120):
        world.compose(told, is_live=is_live)
        world.after(seconds=30)

    assert sorted(told for told in world.told if told[0] == "single") == [
        ("single", 1, land) for land in sorted(edited)
    ]
    ((form, count, _),) = [told for told in world.told if told[0] != "single"]
    assert (form, count) == ("site_wide", 57)
    (note,) = [d for d in world.store.deliveries() if d.form == "site_wide"]
    assert note.about == {"profiles": list(LANDS)}


def test_one_true_sentence_on_forty_profiles_is_told_forty_times(world):
    told = rules(EVERYTHING)
    world.begin(told, *LANDS)
    for land in LANDS[:40]:
        see(world.store, land, [WORDS, "It used cluster munitions in May 2026."], world.now, told)

    world.compose(told)

    assert {form for form, _, _ in world.told} == {"single"}
    assert len(world.told) == 40


def test_inside_chapters_the_same_wording_on_nine_profiles_is_told_and_on_ten_it_is_one_note(tmp_path):
    for count, forms in ((9, {"single": 9}), (10, {"site_wide": 1})):
        folder = tmp_path / str(count)
        folder.mkdir()
        world, told = World(folder), rules(EVERYTHING + '[storm]\nshare = "50%"\n')
        world.begin(told, *LANDS)
        for land in LANDS[:count]:
            see(world.store, land, [WORDS, "ducks are birds that swim on ponds and lakes."], world.now, told)
        world.compose(told)
        found = [form for form, _, _ in world.told]
        assert {form: found.count(form) for form in found} == forms
        world.store.close()


def test_an_edit_on_another_page_too_waits_ten_minutes_at_a_live_tracker_and_is_told(world):
    told = rules(EVERYTHING)
    world.begin(told, *LANDS[:20])
    for land in LANDS[:2]:
        see(world.store, land, [WORDS, "ducks are birds that swim on ponds and lakes."], world.after(seconds=5), told)
        world.compose(told, is_live=True)
    assert world.told == [("single", 1, LANDS[0])]
    world.after(minutes=9, seconds=59)
    assert world.compose(told, is_live=True) == 0
    world.after(seconds=2)
    assert world.compose(told, is_live=True) == 1


# ---------------------------------------------------------------- laws

_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("see"), st.sampled_from(LANDS[:4]), st.sampled_from(["", "Few ducks.", "Many geese came."])),
        st.tuples(st.just("compose"), st.booleans(), st.booleans()),
        st.tuples(st.just("wait"), st.sampled_from([1, 60, 3600, 90_000]), st.none()),
        st.tuples(st.just("crash"), st.none(), st.none()),
    ),
    max_size=25,
)
_RULES = """
[[subscriptions]]
id = "now"
to = ["desk", "file"]
[[subscriptions]]
id = "grouped"
send = [{ to = "desk", group_by = ["profile"], wait = "5m", interval = "1h" }, { to = "desk", when = "daily 07:30" }]
"""


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=_STEPS)
def test_whatever_happens_every_alert_is_told_once_or_let_go_with_a_reason(tmp_path_factory, steps):
    folder, told = tmp_path_factory.mktemp("law"), rules(_RULES)
    world = World(folder)
    world.begin(told, *LANDS[:4])
    for what, one, other in steps:
        if what == "see":
            see(world.store, one, [WORDS, *([other] if other else [])], world.after(seconds=1), told)
        elif what == "compose":
            world.compose(told, is_live=one, is_busy=other)
        elif what == "wait":
            world.after(seconds=one)
        else:
            world.store.close()
            world.store = open_store(folder / "log.db", write=True, now=lambda: world.now)
    for _ in range(4):
        world.after(days=2)
        world.compose(told)

    alerts = [a for change in world.store.changes() for a in world.store.alerts_for(change.id)]
    assert world.store.held() == ()
    assert {a.state for a in alerts} <= {"told", "cancelled"}
    told_by = [a.id for d in world.store.deliveries() for a in world.store.alerts_of(d.id)]
    assert sorted(told_by) == sorted(a.id for a in alerts if a.state == "told")
    assert world.store.verify().findings == ()
    world.store.close()


# ---------------------------------------------------------------- found by strangers


def test_a_digest_to_a_file_tells_each_change_by_itself(world):
    told = rules('[[subscriptions]]\nid = "all"\nsend = [{ to = "file", when = "daily 07:30" }]\n')
    world.begin(told, "ruritania", "strelsau")
    for land in ("ruritania", "strelsau"):
        see(world.store, land, [WORDS, "Few ducks were seen there."], world.now, told)

    world.after(days=1)
    world.compose(told)

    assert sorted(world.told) == [("single", 1, "ruritania"), ("single", 1, "strelsau")]


def test_many_changes_one_a_second_while_looks_go_on_are_a_storm(world):
    told = rules(EVERYTHING)
    world.begin(told, *LANDS)
    composer = Composer(world.store, told, is_live=True, is_busy=lambda: True)
    for n, land in enumerate(LANDS):
        said = f"Ducks of {'abcdefghij'[n % 10] * (n // 10 + 1)} sort."
        see(world.store, land, [WORDS, said], world.after(seconds=1), told)
        composer.compose(world.now)

    assert {form for form, _, _ in world.told} == {"storm"}


def test_what_was_muted_is_in_no_group_either(world):
    told = _send('group_by = ["profile"], wait = "5m"')
    world.begin(told, "ruritania")
    until = world.now + timedelta(hours=1)
    see(world.store, "ruritania", [WORDS, "Few ducks."], world.now, told)
    world.store.mute(Mute(subscription="all", since=world.after(seconds=1), until=until))
    see(world.store, "ruritania", [WORDS, "Fewer ducks."], world.after(minutes=1), told)
    world.after(hours=2)

    world.compose(told)

    assert world.told == [("single", 1, "ruritania")]
    assert [e.payload["reason"] for e in world.store.events(types=("alerts.dropped",))] == ["muted"]


def test_what_was_recorded_before_a_mute_waits_until_its_end(world):
    told = rules(EVERYTHING)
    world.begin(told, "ruritania")
    see(world.store, "ruritania", [WORDS, "Few ducks."], world.now, told)
    world.store.mute(Mute(subscription="all", since=world.after(seconds=1), until=world.now + timedelta(hours=1)))

    assert world.compose(told) == 0
    world.after(hours=1)
    assert world.compose(told) == 1


def test_a_mute_that_is_made_longer_goes_on(world):
    told = rules(EVERYTHING)
    world.begin(told, "ruritania")
    world.store.mute(Mute(subscription="all", since=world.now, until=world.now + timedelta(hours=2)))
    see(world.store, "ruritania", [WORDS, "Few ducks."], world.after(minutes=1), told)
    world.store.mute(Mute(subscription="all", since=world.after(minutes=1), until=world.now + timedelta(hours=4)))
    world.after(days=1)

    assert world.compose(told) == 0
    assert [e.payload["reason"] for e in world.store.events(types=("alerts.dropped",))] == ["muted"]


def test_a_digest_whose_hour_was_edited_is_one_digest_with_all_it_held(world):
    world.begin(_send('when = "daily 07:30"'), "ruritania", "strelsau")
    for land, hour in (("ruritania", "07:30"), ("strelsau", "08:00")):
        told = _send(f'when = "daily {hour}"')
        see(world.store, land, [WORDS, "Few ducks were seen there."], world.now, told)
    world.after(days=1)

    world.compose(told)

    assert world.told == [("digest", 2, "")]


def test_what_a_rule_that_was_taken_out_held_for_a_digest_is_one_message(world):
    told = _send('when = "daily 07:30"')
    world.begin(told, "ruritania", "strelsau")
    for land in ("ruritania", "strelsau"):
        see(world.store, land, [WORDS, "Few ducks were seen there."], world.now, told)

    world.compose(rules(""))

    assert world.told == [("group", 2, "")]


def test_what_came_and_went_in_quiet_hours_is_not_told_however_salient(world):
    quiet = '[intervals.nights]\ndays = ["mon-sun"]\nfrom = "20:00"\nto = "07:00"\n'
    told = rules(quiet + '[[subscriptions]]\nid = "all"\nsend = [{ to = "desk", quiet = "nights" }]\n')
    world.begin(told, "ruritania")
    world.now = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)
    see(world.store, "ruritania", [WORDS, "The army cleared 41 minefields near Strelsau."], world.now, told)
    see(world.store, "ruritania", [WORDS], world.after(hours=1), told)
    world.now = datetime(2026, 3, 5, 6, 0, tzinfo=UTC)

    assert world.compose(told) == 0
    assert [e.payload["reason"] for e in world.store.events(types=("alerts.dropped",))] == ["cancelled"]


def test_what_a_group_let_go_of_is_not_let_go_of_twice(world):
    text = '[[subscriptions]]\nid = "grouped"\nsend = [{ to = "desk", wait = "1m" }]\n'
    told = rules(EVERYTHING + text)
    world.begin(told, "ruritania", "strelsau")
    for said in ([WORDS, "Few ducks."], [WORDS]):
        see(world.store, "ruritania", said, world.after(seconds=1), told)
    see(world.store, "strelsau", [WORDS, "Few geese."], world.now, told)
    world.after(minutes=2)

    world.compose(told)

    assert sorted(profile for _, _, profile in world.told) == ["strelsau", "strelsau"]
    assert world.store.held() == ()


def test_what_is_critical_waits_for_no_group(world):
    told = _send('group_by = ["profile"], wait = "1h"')
    world.begin(told, "ruritania")
    see(world.store, "ruritania", [WORDS, "Few ducks were seen there."], world.now, told)
    see(world.store, "ruritania", [WORDS, "Ruritania used cluster munitions."], world.after(seconds=1), told)

    world.compose(told)

    assert world.told == [("single", 1, "ruritania")]
    (alert,) = world.store.alerts_of(world.store.deliveries()[0].id)
    assert alert.level == "critical"


def test_links_to_different_places_are_different_edits_and_so_are_other_cells():
    one = Edit(kind="link_changed", chapter="a", chapter_title="A", old="here", new="here", detail="x → y")
    other = replace(one, detail="x → z")
    cell = Edit(kind="cell_changed", chapter="a", chapter_title="A", old="5", new="6", cell=CellPlace("t", "r", "c"))

    assert hunk_of(one, CHANGE) != hunk_of(other, CHANGE)
    assert hunk_of(cell, CHANGE) != hunk_of(replace(cell, cell=CellPlace("t", "r", "d")), CHANGE)
    assert hunk_of(one, CHANGE) == hunk_of(replace(one, id="e_other"), replace(CHANGE, id="c_other"))
