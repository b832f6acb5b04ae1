import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.builders import CHANGE, change
from tracker.document.edit import LEVELS
from tracker.notify.route import delivery_id, route
from tracker.notify.subscriptions import CAUSES, Subscription, Subscriptions

EVERYTHING = Subscription(id="everything", to=("desk",))


def told(change, **other) -> bool:
    subscription = Subscription(id="s", to=("desk",), **other)
    return bool(route([change], Subscriptions(subscriptions=(subscription,))))


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


def test_each_channel_of_each_subscription_is_owed_one_delivery():
    subscriptions = Subscriptions(
        subscriptions=(Subscription(id="a", to=("desk", "log")), Subscription(id="b", to=("desk",)))
    )

    alerts = route([CHANGE, change(id="c_other")], subscriptions)

    assert [(a.change, a.subscription, a.channel) for a in alerts] == [
        (CHANGE.id, "a", "desk"),
        (CHANGE.id, "a", "log"),
        (CHANGE.id, "b", "desk"),
        ("c_other", "a", "desk"),
        ("c_other", "a", "log"),
        ("c_other", "b", "desk"),
    ]
    assert len({a.delivery for a in alerts}) == 6
    assert route([CHANGE, change(id="c_other")], subscriptions) == alerts


def test_nobody_subscribed_means_nothing_owed():
    assert route([CHANGE], Subscriptions()) == ()


@given(st.text(), st.text(), st.text())
def test_an_id_names_one_message_and_never_holds_a_dot(change, subscription, channel):
    made = delivery_id(change, subscription, channel)

    assert made == delivery_id(change, subscription, channel)
    assert made.isascii() and "." not in made and len(made) == 18
