"""Yes and no: pages that were found, and pages that moved for good."""

import pytest

from tests.publisher import redirect
from tests.watch.town import profile, town
from tracker.errors import UsageError
from tracker.events.looks import Watch
from tracker.watch import configured
from tracker.watch.proposals import refuse


def test_what_is_refused_stays_refused_until_somebody_says_yes_after_all(tmp_path):
    with town(tmp_path) as place:
        place.lists("ruritania", "zembla")
        place.survey()

        refuse(place.store, [place.site.url("/profiles/zembla")], place.clock())
        place.survey()
        assert [p.name for p in place.proposed] == ["ruritania"]

        place.say_yes("zembla", "ruritania")
        place.survey()
        assert sorted(w.name for w in configured.read(place.watches_file)) == ["ruritania", "zembla"]
        assert place.proposed == []
        assert place.events == ["page.discovered", "page.discovered", "page.refused"]
        assert place.watches_file.read_text().startswith("# what is watched\n")


def test_what_was_refused_before_anything_listed_it_is_never_proposed(tmp_path):
    with town(tmp_path) as place:
        refuse(place.store, [place.site.url("/profiles/zembla#x")], place.clock())
        place.lists("zembla")
        place.survey()

        assert place.proposed == []
        assert place.events == ["page.refused"]


def test_a_page_that_moved_for_good_is_proposed_and_its_history_goes_on(tmp_path):
    with town(tmp_path) as place:
        place.watch("ruritania", "zembla")
        text = place.watches_file.read_text()
        place.watches_file.write_text(text.replace("url =", "# where it is\nurl =", 1))
        place.site.put("/profiles/ruritania", redirect("/profiles/new-ruritania", 301))
        place.site.page("/profiles/new-ruritania", profile("ruritania"))
        for _ in range(2):
            place.look("ruritania")
        assert place.proposed == []
        place.look("ruritania")
        before = place.store.versions("ruritania", "ruritania")
        (moved,) = place.proposed
        assert (moved.kind, moved.name, moved.was) == ("moved", "ruritania", place.site.url("/profiles/ruritania"))

        place.say_yes("ruritania")
        assert place.proposed == []
        looked = place.look("ruritania")

        assert configured.read(place.watches_file)[0].url == place.site.url("/profiles/new-ruritania")
        assert "# where it is" in place.watches_file.read_text()
        assert looked.entry.outcome == "unchanged" and looked.entry.moved_to is None
        assert place.store.versions("ruritania", "ruritania") == before
        assert place.eye.told == []

        place.site.page("/profiles/new-ruritania", profile("ruritania", "Five ducks were seen."))
        place.look("ruritania")
        assert [v.change for v in place.store.versions("ruritania", "ruritania")][:-1] == [v.change for v in before]
        assert [cause for cause, _ in place.eye.told] == ["content"]

        place.lists("ruritania", "new-ruritania", "zembla")
        assert place.survey().new == ()  # neither address is a new page


def test_a_move_can_be_refused_and_accepted_after_all(tmp_path):
    with town(tmp_path) as place:
        place.watch("ruritania")
        place.site.put("/profiles/ruritania", redirect("/profiles/zembla", 308))
        place.site.page("/profiles/zembla", profile("ruritania"))
        for _ in range(3):
            place.look("ruritania")

        refuse(place.store, [place.proposed[0].url], place.clock())
        assert place.proposed == []

        place.say_yes(place.site.url("/profiles/zembla"))
        assert [(w.name, w.url) for w in configured.read(place.watches_file)] == [
            ("ruritania", place.site.url("/profiles/zembla"))
        ]


def test_a_passing_redirect_is_no_move(tmp_path):
    with town(tmp_path) as place:
        place.watch("ruritania")
        place.site.put("/profiles/ruritania", redirect("/profiles/zembla", 302))
        place.site.page("/profiles/zembla", profile("ruritania"))
        for _ in range(5):
            place.look("ruritania")

        assert place.proposed == []


def test_a_page_that_moved_to_where_another_watch_looks_is_a_choice_that_we_do_not_make(tmp_path):
    with town(tmp_path) as place:
        place.watch("ruritania")
        place.site.put("/profiles/ruritania", redirect("/profiles/new", 301))
        place.site.page("/profiles/new", profile("ruritania"))
        for _ in range(3):
            place.look("ruritania")
        configured.add(place.watches_file, Watch(name="copy", url=place.site.url("/profiles/new")), every=None)
        before = place.watches_file.read_text()

        assert [p.watched_as for p in place.proposed] == ["copy"]
        with pytest.raises(UsageError, match=r"watched already.*\n.*copy.*\n.*tracker rm"):
            place.say_yes("ruritania")

        assert place.watches_file.read_text() == before
