from dataclasses import replace

import pytest
from hypothesis import given

from tests.notify.channels.retold import links_in
from tests.notify.hostile import hostile_telling, hostile_text
from tests.notify.tellings import TELLINGS
from tracker.notify.render.disarm import JOINER, disarmed, link, unlinked
from tracker.notify.render.notice import notice_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@room", "@·room"),
        ("#tag and $USD", "#·tag and $·USD"),
        ("https://attacker.example/x", "https:·/·/·attacker.·example/x"),
        ("//attacker.example", "/·/·attacker.·example"),
        ("mallory@attacker.example", "mallory@·attacker.·example"),
        ("mailto:m@evil.example", "mailto:·m@·evil.·example"),
        ("tg://user?id=1", "tg:·/·/·user?id=1"),
        ("t.me/mallory", "t.·me/mallory"),
        ("/start@bot", "/·start@·bot"),
        ("203.0.113.7", "203.·0.113.7"),
    ],
)
def test_what_a_medium_would_make_something_of_gets_a_joiner(text, shown):
    assert unlinked(text) == shown.replace("·", JOINER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "In June 2026, at 12:30, 3.5 million (1,200.75) and/or 41 mines.",
        "He said: no. 5 % of 4/5 @ 3 # $ 7",
        "a // b",
    ],
)
def test_prose_stays_as_it_is(text):
    assert unlinked(text).replace(f"/{JOINER}/", "//") == text


@given(hostile_text())
def test_whatever_it_is_only_joiners_are_added_and_nothing_is_left_to_link(text):
    shown = unlinked(text)

    assert shown.replace(JOINER, "") == text.replace(JOINER, "")
    assert links_in(shown) == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://tracker.example/c/c_1?x=1&y=2#z", "https://tracker.example/c/c_1?x=1&y=2#z"),
        ('https://monitor.example/a"b<c>d e', "https://monitor.example/a%22b%3Cc%3Ed%20e"),
        ("https://monitor.example/é%C3%A9", "https://monitor.example/%C3%A9%C3%A9"),
        ("https://monitor.example/\ud800", "https://monitor.example/?"),
        ("javascript:alert(1)", ""),
        ("//attacker.example", ""),
        ("", ""),
        ("http://[", ""),
        (f"https://monitor.example/{'x' * 1000}", ""),
    ],
)
def test_a_link_is_of_the_web_and_ascii_or_none(url, shown):
    assert link(url) == shown


def test_names_and_lines_are_one_line_of_bounded_length():
    notice = disarmed(notice_of(hostile_telling("word @room\n" * 1000)))
    (told,) = notice.told

    for text in (notice.title, told.head, *told.said, *(x for p in told.pieces for x in (p.words, p.place, p.pointer))):
        assert "\n" not in text and len(text.replace(JOINER, "")) <= 303


def test_what_lies_across_two_runs_of_one_mark_is_seen():
    notice = notice_of(TELLINGS["silent"])
    (told,) = notice.told
    torn = replace(told.pieces[0], spans=(("=", "see attacker."), ("=", "example")))

    shown = disarmed(replace(notice, told=(replace(told, pieces=(torn,)),)))

    assert shown.told[0].pieces[0].spans == (("=", f"see attacker.{JOINER}example"),)
