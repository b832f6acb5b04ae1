"""What of a publisher's word is believed: 304s, 404s, redirects, counters."""

from datetime import timedelta

import pytest

from tests.publisher import page, redirect, status
from tests.watch.looking import looking

DAY = timedelta(days=1)
WORDS = "The border of Ruritania was cleared of ducks by the army, which counted them twice and wrote it down. "


def profile(said: str = "No ducks were seen.", *, seen: str = "1") -> str:
    return (
        f"<html><body><main><h1>Ruritania</h1><p>{WORDS * 6}</p><h2>Ducks</h2><p>{said} {WORDS}</p><p>{WORDS * 3}</p>"
        f"<h2>This page</h2><p>This page was viewed by {seen} readers.</p></main></body></html>"
    )


# ---------------------------------------------------------------- validators


def test_of_twenty_looks_one_asks_as_if_for_the_first_time(tmp_path):
    with looking(tmp_path) as eye:
        eye.site.page("/ruritania", profile())
        for _ in range(61):
            eye.look()
        asked = [("if-none-match" in r.headers) for r in eye.site.asked("/ruritania")]

    assert [n for n, is_conditional in enumerate(asked) if not is_conditional] == [0, 20, 40, 60]


def test_where_the_answer_hangs_on_cookies_every_seventh_look_does(tmp_path):
    with looking(tmp_path) as eye:
        eye.site.page("/ruritania", profile(), headers={"Vary": "Accept-Encoding, Cookie"})
        for _ in range(15):
            eye.look()
        asked = [("if-none-match" in r.headers) for r in eye.site.asked("/ruritania")]

    assert [n for n, is_conditional in enumerate(asked) if not is_conditional] == [0, 7, 14]


def test_an_edit_under_a_lying_validator_is_told_with_an_honest_interval_and_the_host_is_no_longer_believed(tmp_path):
    with looking(tmp_path) as eye:
        eye.site.page("/ruritania", profile(), etag='"always"')
        eye.look()
        first_read = eye.store.last_seen("ruritania").at
        eye.site.page("/ruritania", profile("Five ducks were seen."), etag='"always"')
        for _ in range(20):
            eye.look()
        (change,) = [c for c in eye.store.changes() if c.cause == "content"]
        before = len(eye.site.requests)
        eye.site.page("/ruritania", profile("Six ducks were seen."), etag='"always"')
        eye.look()

        assert eye.told == [("content", "ruritania"), ("content", "ruritania")]
        assert change.happened_after == first_read
        assert eye.store.last_seen("ruritania").liar
        assert all("if-none-match" not in r.headers for r in eye.site.requests[before:])


# ---------------------------------------------------------------- removal


@pytest.mark.parametrize(
    ("answers", "is_removed"),
    [
        ([(410, 6)], False),
        ([(410, 6), (410, 6)], True),
        ([(404, 6), (404, 6), (404, 6)], False),
        ([(404, 6), (404, 6), (404, 19)], True),
        ([(404, 6), (503, 12), (404, 6), (404, 12)], True),
        ([(404, 6), (410, 6), (404, 6)], False),
    ],
)
def test_a_page_is_removed_when_the_publisher_says_so_again_and_again(tmp_path, answers, is_removed):
    with looking(tmp_path) as eye:
        eye.site.page("/", "<h1>Welcome</h1>")
        eye.site.page("/ruritania", profile())
        eye.look()
        for code, hours in answers:
            eye.site.put("/ruritania", status(code))
            eye.look(after=timedelta(hours=hours))

        assert eye.told == ([("removed", "ruritania")] if is_removed else [])
        assert (eye.store.watch("ruritania").gone_at is not None) == is_removed


def test_a_page_is_not_removed_while_its_host_is_not_well(tmp_path):
    with looking(tmp_path) as eye:
        eye.site.page("/ruritania", profile())
        eye.look()
        eye.site.put("/", status(404))
        eye.site.put("/ruritania", status(410))
        for _ in range(5):
            assert eye.look().entry.outcome == "failed"
        assert eye.told == []

        eye.site.page("/", "<h1>Welcome</h1>")
        eye.look()

        assert eye.told == [("removed", "ruritania")]


def test_it_is_told_once_that_a_page_went_and_once_that_it_is_back_whatever_it_says_then(tmp_path):
    with looking(tmp_path) as eye:
        eye.site.page("/", "<h1>Welcome</h1>")
        eye.site.page("/ruritania", profile())
        eye.look()
        eye.site.put("/ruritania", status(410))
        outcomes = [eye.look().entry.outcome for _ in range(6)]
        gone = eye.store.versions("ruritania", "ruritania")[-1]
        eye.site.page("/ruritania", profile())
        back = [eye.look().entry.outcome for _ in range(3)]
        eye.site.page("/ruritania", profile("Five ducks were seen."))
        eye.look()

        assert outcomes == ["failed", "changed", "unchanged", "unchanged", "unchanged", "unchanged"]
        assert gone.document_sha256 is None
        assert back == ["changed", "unchanged", "unchanged"]
        assert eye.told == [("removed", "ruritania"), ("restored", "ruritania"), ("content", "ruritania")]
        restored = next(c for c in eye.store.changes() if c.cause == "restored")
        assert any(flag.startswith("reverts:") for flag in restored.flags)
        assert [e.type for e in eye.store.events(types=("page.removed", "page.restored"))] == [
            "page.removed",
            "page.restored",
        ]


# ---------------------------------------------------------------- redirects


def test_redirects_for_good_are_counted_and_history_goes_on(tmp_path):
    with looking(tmp_path) as eye:
        eye.site.page("/ruritania", profile())
        eye.look()
        eye.site.page("/en/ruritania", profile())
        eye.site.put("/ruritania", redirect("/en/ruritania", 301))
        seen = []
        for _ in range(3):
            assert eye.look().entry.outcome == "unchanged"
            seen.append(eye.store.watch("ruritania").moved_seen)
        moved_to = eye.store.watch("ruritania").moved_to
        eye.site.put("/ruritania", redirect("/en/ruritania", 302))
        eye.look()

        assert seen == [1, 2, 3]
        assert moved_to == eye.site.url("/en/ruritania")
        assert eye.store.watch("ruritania").moved_seen == 0
        assert eye.told == []


# ---------------------------------------------------------------- what changes of itself


def counting(said: str = "No ducks were seen.", *, first: int = 1000):
    """A page that counts its readers."""
    served = iter(range(first, first + 10_000))

    def answer(request, wire):
        page(profile(said, seen=f"{next(served):,}"), etag=None)(request, wire)

    return answer


def test_a_counter_is_learned_at_the_first_look_and_never_told(tmp_path):
    with looking(tmp_path, look_twice=True) as eye:
        eye.site.put("/ruritania", counting())
        for _ in range(10):
            eye.look()

        assert eye.told == []
        assert {c.cause for c in eye.store.changes()} == {"first_record", "furniture"}


def test_beside_a_counter_an_edit_is_told_without_it_and_so_is_its_undoing(tmp_path):
    with looking(tmp_path, look_twice=True) as eye:
        eye.site.put("/ruritania", counting())
        eye.look()
        eye.site.put("/ruritania", counting("Five ducks were seen."))
        eye.look()
        eye.site.put("/ruritania", counting(first=5000))
        eye.look(after=2 * DAY)
        told = [c for c in eye.store.changes(newest_first=False) if c.cause == "content"]

        assert eye.told == [("content", "ruritania")] * 2
        for change in told:
            by_level = {edit.salience.level: edit.new for edit in change.edits}
            assert "viewed by" in by_level["none"]
            assert change.salience.level in ("high", "normal")


def test_an_edit_between_the_two_looks_is_not_taken_for_a_counter_where_it_says_a_date_or_a_status(tmp_path):
    for n, said in enumerate(("It acceded to the convention.", "Cleared on 5 March 2024.")):
        (tmp_path / str(n)).mkdir()
        with looking(tmp_path / str(n), look_twice=True) as eye:
            eye.site.put("/ruritania", page(profile(), etag=None), page(profile(said), etag=None))
            eye.look()

            assert eye.told == [("content", "ruritania")]


def test_a_counter_that_keeps_still_for_a_month_is_believed_again(tmp_path):
    with looking(tmp_path, look_twice=True) as eye:
        eye.site.put("/ruritania", counting())
        eye.look()
        eye.site.page("/ruritania", profile(seen="9,000"))
        eye.look()
        eye.look(after=31 * DAY)
        eye.site.page("/ruritania", profile(seen="9,500"))
        eye.look()

        assert eye.told == [("content", "ruritania")]


def test_a_page_is_read_twice_when_it_is_new_and_each_month(tmp_path):
    with looking(tmp_path, look_twice=True) as eye:
        eye.site.page("/ruritania", profile())
        days = []
        for day in range(70):
            before = len(eye.site.requests)
            eye.look(after=DAY)
            if len([r for r in eye.site.requests[before:] if r.path == "/ruritania"]) == 2:
                days.append(day)

    assert days == [0, 30, 60]


# ---------------------------------------------------------------- what is edited all over the site

LANDS = ("ruritania", "strelsau", "zenda", "hentzau", "tarlenheim")


def with_menu(land: str, menu: str, said: str = "No ducks were seen.") -> str:
    text = f"{land.title()} was cleared of ducks. " + WORDS
    return f"<html><body><div><p>{menu}</p><h1>{land.title()}</h1><p>{text * 6}</p><p>{said}</p></div></body></html>"


def test_the_same_edit_all_over_a_site_is_told_of_two_profiles_and_then_in_one_note_a_day(tmp_path):
    with looking(tmp_path) as eye:
        for menu in ("Home, countries, reports and our newsletter", "Start, countries, reports and our shop"):
            for land in LANDS:
                eye.site.page(f"/{land}", with_menu(land, menu))
                eye.look(land, after=timedelta(minutes=10))
        eye.site.page("/zenda", with_menu("zenda", "Start, countries, reports and our shop", "Five ducks were seen."))
        eye.look("zenda")

        assert eye.told == [("content", "ruritania"), ("content", "strelsau"), ("content", "zenda")]
        assert eye.notes == [("site_wide", 1)]
        assert [a.profile for a in eye.store.held()] == ["hentzau", "tarlenheim"]
        eye.look("zenda", after=timedelta(days=1))
        assert eye.notes == [("site_wide", 1), ("site_wide", 2)]
        assert {c.cause for c in eye.store.changes()} == {"first_record", "content"}


def test_a_status_that_changes_all_over_a_site_is_told_of_each_profile(tmp_path):
    with looking(tmp_path) as eye:
        for said in ("It has not acceded to the convention.", "It acceded to the convention."):
            for land in LANDS:
                eye.site.page(f"/{land}", with_menu(land, "Home", said))
                eye.look(land, after=timedelta(minutes=10))

        assert [chapter for _, chapter in eye.told] == list(LANDS)


# ---------------------------------------------------------------- doubts on a page that never stands still


def test_a_page_that_lost_most_of_its_text_is_told_though_it_counts_its_readers(tmp_path):
    with looking(tmp_path, look_twice=True) as eye:
        eye.site.put("/ruritania", counting())
        eye.look()
        served = iter(range(10_000))

        def cut(request, wire):
            left = f"<h1>Ruritania</h1><p>{WORDS}</p><p>This page was viewed by {next(served)} readers.</p>"
            page(f"<html><body><main>{left}</main></body></html>", etag=None)(request, wire)

        eye.site.put("/ruritania", cut)
        outcomes = [eye.look(after=timedelta(minutes=m)).entry.outcome for m in (360, 11, 110)]

        assert outcomes == ["suspect", "suspect", "changed"]
        assert [cause for cause, _ in eye.told] == ["content"]


# ---------------------------------------------------------------- teasers in turn


def teasing(said: str = "No ducks were seen."):
    """A page with another teaser at each look, between two paragraphs that stay."""
    teasers = iter([f"Visit {land} and its many {n} sights." for n in range(50) for land in ("Zenda", "Hentzau")])

    def answer(request, wire):
        body = (
            f"<main><h1>Ruritania</h1><p>{WORDS * 6}</p><h2>Ducks</h2><p>First of all. {WORDS}</p>"
            f"<p>{next(teasers)}</p>{said}<p>Last of all. {WORDS * 2}</p></main>"
        )
        page(body, etag=None)(request, wire)

    return answer


def test_a_teaser_in_turn_is_furniture_and_a_paragraph_that_comes_beside_it_is_told(tmp_path):
    with looking(tmp_path, look_twice=True) as eye:
        eye.site.put("/ruritania", teasing(""))
        for _ in range(5):
            eye.look()
        assert eye.told == []

        eye.site.put("/ruritania", teasing("<p>Opposition papers claimed that geese were seen at the border.</p>"))
        eye.look()
        eye.site.put("/ruritania", teasing(""))
        eye.look(after=2 * DAY)

        assert len(eye.told) == 2


# ---------------------------------------------------------------- texts that come back


@pytest.mark.parametrize("restless", [False, True])
def test_a_stale_copy_is_no_undoing_and_an_undoing_is_told_once_it_is_seen_again(tmp_path, restless):
    served = iter(range(10_000))

    def show(said: str) -> None:
        def answer(request, wire):
            page(profile(said, seen=str(next(served) if restless else 7)), etag=None)(request, wire)

        eye.site.put("/ruritania", answer)

    with looking(tmp_path, look_twice=True) as eye:
        show("No ducks were seen.")
        eye.look()
        show("Five ducks were seen.")
        eye.look()
        for _ in range(3):
            show("No ducks were seen.")
            assert eye.look(after=timedelta(minutes=20)).entry.outcome == "suspect"
            show("Five ducks were seen.")
            assert eye.look(after=timedelta(minutes=20)).entry.outcome in ("unchanged", "changed")
        assert [cause for cause, _ in eye.told] == ["content"]

        show("No ducks were seen.")
        outcomes = [eye.look(after=timedelta(minutes=m)).entry.outcome for m in (60, 11, 110, 60)]

    assert outcomes[:3] == ["suspect", "suspect", "changed"]
    assert len(eye.told) == 2


def test_an_undoing_a_day_later_is_told_at_once(tmp_path):
    with looking(tmp_path) as eye:
        for said in ("No ducks were seen.", "Five ducks were seen.", "No ducks were seen."):
            eye.site.page("/ruritania", profile(said))
            eye.look(after=DAY)

        assert [cause for cause, _ in eye.told] == ["content", "reversion"]


def test_a_page_that_is_back_is_learned_anew(tmp_path):
    with looking(tmp_path, look_twice=True) as eye:
        eye.site.page("/", "<h1>Welcome</h1>")
        eye.site.put("/ruritania", counting())
        eye.look()
        eye.site.put("/ruritania", status(410))
        eye.look()
        eye.look()
        eye.site.put("/ruritania", counting(first=2000))
        for _ in range(4):
            eye.look()

        assert [cause for cause, _ in eye.told] == ["removed", "restored"]


# ---------------------------------------------------------------- pages that look like a publisher's


def test_dated_chapters_of_a_site_of_its_own_are_read_and_believed(tmp_path):
    def dated(said: str) -> str:
        chapters = "".join(
            f"<h2>{title}</h2><p>Last updated: 3 May 2024</p><p>{said} {WORDS * 4}</p>" for title in ("Rivers", "Roads")
        )
        return f"<html><body><main><h1>Ruritania</h1>{chapters}</main></body></html>"

    with looking(tmp_path) as eye:
        for said in ("No floods.", "No floods.", "Two floods."):
            eye.site.page("/ruritania", dated(said))
            eye.look()

        assert [c.chapter for c in eye.store.chapters()] == ["rivers", "roads"]
        assert sorted(eye.told) == [("content", "rivers"), ("content", "roads")]


# ---------------------------------------------------------------- furniture in other guises


def moving_page(part):
    """A page one part of which is made anew for each request: part is given its number."""
    served = iter(range(10, 10_000))

    def answer(request, wire):
        said = f"<p>{WORDS * 6}</p><h2>Ducks</h2><p>Of ducks: {WORDS * 2}</p>"
        body = f"<main><h1>Ruritania</h1>{said}{part(next(served))}</main>"
        page(f"<html><body>{body}</body></html>", etag=None)(request, wire)

    return answer


def _turning_list(n: int) -> str:
    return "<ul>" + "".join(f"<li>{'ABCDE'[(n * 2 + k) % 5]} is for a land of ours</li>" for k in range(3)) + "</ul>"


@pytest.mark.parametrize(
    "part",
    [
        lambda n: f"<p><b>Views: {n}</b></p>",
        lambda n: f"<h3>{n} readers like this</h3><p>Tell your friends of it.</p>",
        lambda n: "".join(f"<p>Read on: number {(n + k) % 7} of our stories</p>" for k in range(3)),
        _turning_list,
        lambda n: f"<p>Page generated on 2026-11-03 at 10:{n % 60:02}</p>",
    ],
)
def test_what_moves_at_each_request_is_never_told(tmp_path, part):
    with looking(tmp_path, look_twice=True) as eye:
        eye.site.put("/ruritania", moving_page(part))
        for _ in range(12):
            eye.look()

        assert eye.told == []


def test_a_counter_that_comes_after_enrolment_is_told_once_as_it_comes_and_not_when_it_counts(tmp_path):
    with looking(tmp_path, look_twice=True) as eye:
        eye.site.put("/ruritania", moving_page(lambda n: ""))
        eye.look()
        eye.site.put("/ruritania", moving_page(lambda n: f"<p>This page was viewed by {n} readers.</p>"))
        for _ in range(8):
            eye.look()

        assert len(eye.told) <= 1


def test_an_edit_beside_the_figure_of_a_counter_is_told(tmp_path):
    with looking(tmp_path, look_twice=True) as eye:
        for mines in ("12 mines were found.", "340 mines were found.", "No mines were found, and 5 were laid."):
            counted = moving_page(lambda n, mines=mines: f"<p>{mines} This page was read {n} times.</p>")
            eye.site.put("/ruritania", counted)
            eye.look()
            eye.look()

        assert [cause for cause, _ in eye.told] == ["content", "content"]


def test_an_edit_between_the_first_two_looks_is_told_and_so_are_those_that_follow(tmp_path):
    with looking(tmp_path, look_twice=True) as eye:
        eye.site.put("/ruritania", page(profile(), etag=None), page(profile("Four fields were cleared."), etag=None))
        eye.look()
        for said in ("Five fields were cleared.", "Six fields were cleared."):
            eye.site.page("/ruritania", profile(said), etag=None)
            eye.look(after=2 * DAY)

        assert [cause for cause, _ in eye.told] == ["content"] * 3


def test_a_page_whose_language_changed_for_good_is_believed_after_a_fortnight(tmp_path):
    french = (
        "La frontière de la Ruritanie a été nettoyée par l'armée, qui a compté les canards et les a notés deux fois. "
    )
    with looking(tmp_path) as eye:
        eye.site.page("/ruritania", profile())
        eye.look()
        eye.site.page("/ruritania", f"<html><body><main><h1>Ruritanie</h1><p>{french * 12}</p></main></body></html>")
        for _ in range(13):
            eye.look(after=DAY)
        told_early = list(eye.told)
        for after in (DAY, DAY, timedelta(minutes=11), timedelta(minutes=130)):
            eye.look(after=after)

        assert told_early == []
        assert eye.told
