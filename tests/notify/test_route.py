import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.builders import CHANGE, change
from tracker.document.edit import LEVELS
from tracker.notify.route import alert_id, route, wants
from tracker.notify.rules import CAUSES, Match, Send, Subscription, Subscriptions
from tracker.notify.when import When

DAILY, WEEKLY = When("daily", 7, 30), When("weekly", 7, 30, 0)


def subscribed(id: str, *to: str | Send, **asked) -> Subscription:
    """A subscription to these channels, by name or as they are sent to."""
    sends = tuple(Send(to=one) if isinstance(one, str) else one for one in to)
    return Subscription(id=id, sends=sends, match=Match(**asked))


def told(change, **asked) -> bool:
    return bool(route([change], Subscriptions(subscriptions=(subscribed("s", "desk", **asked),))))


@pytest.mark.parametrize(
    ("cause", "is_told"),
    [
        ("content", True),
        ("reversion", True),
        ("first_record", False),
        ("date_only", False),
        ("format_only", False),
        ("extractor_upgrade", False),
    ],
)
def test_by_default_words_that_changed_are_told_and_nothing_else(cause, is_told):
    assert told(change(cause=cause)) is is_told


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_is_told_to_those_who_ask_for_it(cause):
    assert told(change(cause=cause), causes=(cause,))


@pytest.mark.parametrize("cause", ["content", "reversion"])
def test_a_change_without_an_edit_is_no_news(cause):
    assert not told(change(cause=cause, edits=()), causes=CAUSES)


def test_a_change_of_format_only_has_no_edits_and_is_told_to_those_who_name_it():
    assert told(change(cause="format_only", edits=()), causes=("format_only",))


@pytest.mark.parametrize(
    ("glob", "is_told"), [("*", True), ("ruritania", True), ("rur*", True), ("ruri", False), ("[a-q]*", False)]
)
def test_profiles_are_matched_whole_by_globs(glob, is_told):
    assert told(CHANGE, profiles=(glob,)) is is_told


def test_one_of_several_globs_is_enough_and_profile_and_chapter_must_both_match():
    assert told(CHANGE, chapters=("impact", "mine-*"))
    assert not told(CHANGE, profiles=("ruritania",), chapters=("impact",))
    assert not told(CHANGE, profiles=("syldavia",), chapters=("mine-*",))


@pytest.mark.parametrize("least", LEVELS)
@pytest.mark.parametrize("level", LEVELS)
def test_a_minimum_of_salience_tells_that_level_and_all_above_it(level, least):
    assert told(change(level=level), salience=least) is (LEVELS.index(level) >= LEVELS.index(least))


def test_each_channel_of_each_subscription_is_owed_one_alert():
    subscriptions = Subscriptions(subscriptions=(subscribed("a", "desk", "log"), subscribed("b", "desk")))

    alerts = route([CHANGE, change(id="c_other")], subscriptions)

    assert [(a.change, a.subscription, a.channel) for a in alerts] == [
        (CHANGE.id, "a", "desk"),
        (CHANGE.id, "a", "log"),
        (CHANGE.id, "b", "desk"),
        ("c_other", "a", "desk"),
        ("c_other", "a", "log"),
        ("c_other", "b", "desk"),
    ]
    assert len({a.id for a in alerts}) == 6
    assert {a.when for a in alerts} == {"instant"}
    assert route([CHANGE, change(id="c_other")], subscriptions) == alerts


def test_nobody_subscribed_means_nothing_owed():
    assert route([CHANGE], Subscriptions()) == ()


def test_two_sends_to_one_channel_at_different_times_are_two_alerts():
    sends = (Send(to="desk"), Send(to="desk", when=DAILY), Send(to="desk", when=WEEKLY))

    alerts = route([CHANGE], Subscriptions(subscriptions=(subscribed("a", *sends),)))

    assert [a.when for a in alerts] == ["instant", "daily 07:30", "weekly mon 07:30"]
    assert len({a.id for a in alerts}) == 3


def test_how_a_send_waits_or_keeps_quiet_does_not_change_which_alert_it_is():
    plain = route([CHANGE], Subscriptions(subscriptions=(subscribed("a", Send(to="desk")),)))
    other = Send(to="desk", group_by=("profile",), wait_s=60, quiet="nights", max_items=3)

    assert route([CHANGE], Subscriptions(subscriptions=(subscribed("a", other),))) == plain


@pytest.mark.parametrize("cause", ["removed", "restored"])
def test_a_page_is_told_once_as_a_whole_to_each_subscription_channel_and_time(cause):
    chapters = [change(id=f"c_{n}", chapter=f"chapter-{n}", cause=cause) for n in range(3)]
    of_another = change(id="c_other", cause=cause, watch="syldavia", profile="syldavia")
    subscriptions = Subscriptions(
        subscriptions=(
            subscribed("a", "desk", Send(to="desk", when=DAILY), "log"),
            subscribed("b", "desk", chapters=("chapter-2",)),
        )
    )

    alerts = route([*chapters, of_another], subscriptions)

    assert [(a.change, a.subscription, a.channel, a.when) for a in alerts] == [
        ("c_0", "a", "desk", "instant"),
        ("c_0", "a", "desk", "daily 07:30"),
        ("c_0", "a", "log", "instant"),
        ("c_2", "b", "desk", "instant"),
        ("c_other", "a", "desk", "instant"),
        ("c_other", "a", "desk", "daily 07:30"),
        ("c_other", "a", "log", "instant"),
    ]


def test_groups_are_those_of_the_file():
    subscription = subscribed("a", "desk", groups=("balkans",))

    for globs, is_told in ((("rur*",), True), (("mali",), False), ((), False)):
        among = Subscriptions(subscriptions=(subscription,), groups={"balkans": globs})
        assert bool(route([CHANGE], among)) is is_told
        assert (wants(subscription, CHANGE, among.groups) is not None) is is_told


def test_a_rule_that_cannot_be_decided_is_told():
    from tracker.notify.rules import TextMatch

    assert told(CHANGE, text=TextMatch(any_=("/(/",)))


@given(st.text(), st.text(), st.text(), st.sampled_from([When(), DAILY, WEEKLY]))
def test_an_id_names_one_alert_and_never_holds_a_dot(change, subscription, channel, when):
    made = alert_id(change, subscription, channel, str(when))

    assert made == alert_id(change, subscription, channel, str(when))
    assert made.isascii() and "." not in made and len(made) == 18
    assert (made == alert_id(change, subscription, channel)) is (when == When())
