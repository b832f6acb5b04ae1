"""Whatever is imported, in whatever order, between whatever looks: the history is that of looks in time."""

from datetime import datetime, timedelta
from itertools import count, groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.watch.looking import START, looking
from tracker.compare import apply_chapter
from tracker.events.looks import Source
from tracker.extract.publishers import Publishers
from tracker.fetch.archive import Exchange
from tracker.watch.importing import Copy, Importer

TEXTS = "ABC"
MOST = 10  # sights of a page
SPACE = timedelta(days=9)  # between two sights: a page that goes to and fro sooner is doubted


CHAPTERS = {1: ("ruritania",), 2: ("mine-ban-policy", "cluster-munition-ban-policy")}


def page(number: int, said: str) -> str:
    """The page of that number with a chapter for each letter of what it says; chapters differ in one paragraph."""
    same = "<p>Ruritania has not acceded to the treaty, and its council says that it will not do so soon.</p>" * 3
    texts = [f"{same}<p>In {2010 + ord(text)} the ministry reported {text * 9}.</p>" for text in said]
    if len(said) == 1:
        return f"<html><h1>Ruritania</h1>{texts[0]}</html>"
    titles = ("Mine Ban Policy", "Cluster Munition Ban Policy")
    dated = "<p>Last updated: 13 August 2022</p>"
    chapters = "".join(f"<h2>{title}</h2>{dated}{text}" for title, text in zip(titles, texts, strict=True))
    return f"<html><h1>Ruritania {number}</h1>{chapters}</html>"


def copy_of(url: str, at: datetime, html: str) -> Copy:
    """A copy of that instant."""
    body = html.encode()
    return Copy(
        url=url,
        captured_at=at,
        source=Source(kind="folder", origin=f"{at:%Y%m%d}.html"),
        load=lambda: Exchange(body=body, media_type="text/html", charset="utf-8"),
    )


@st.composite
def plans(draw, chapters=1):
    """What a page said on some days; which of these are looks (the last one is); in which order the others come."""
    days = range(draw(st.integers(2, MOST - 1)))
    said = {day: "".join(draw(st.sampled_from(TEXTS)) for _ in range(chapters)) for day in days}
    looks = [day for day in days[:-1] if draw(st.booleans())] + [days[-1]]
    others = draw(st.permutations([day for day in days if day not in looks]))
    steps = [("look", day) for day in looks]
    for day in others:
        steps.insert(draw(st.integers(0, len(steps))), ("import", day))
    return said, steps


def runs(sights, n):
    """Each text of the n-th chapter with the instant at which its stretch begins."""
    stretches = groupby(sorted((at, said[n]) for at, said in sights.items()), key=lambda one: one[1])
    return [(text, next(stretch)[0]) for text, stretch in stretches]


def history_of(store, profile, chapter):
    """(text, begin) of each version."""
    found = []
    for version in store.versions(profile, chapter):
        words = " ".join(b.text.plain for b in store.chapter_document(version.document_sha256).blocks)
        found.append((next(t for t in TEXTS if t * 9 in words), version.captured_at))
    return found


def check_links(store, profile, chapter):
    """Versions follow each other, and each is led to by one change that is exact and not superseded."""
    versions = store.versions(profile, chapter)
    changes = {c.after.address: c for c in store.changes(profile, chapter) if c.cause != "format_only"}
    assert [v.ended_at for v in versions] == [v.captured_at for v in versions[1:]] + [None]
    assert sorted(changes) == sorted(v.address for v in versions)
    assert len({v.address for v in versions}) == len(versions)
    (record,) = [c for c in store.chapters(profile) if c.chapter == chapter]
    assert (record.versions, record.address, record.state) == (len(versions), versions[-1].address, "present")
    for before, version in zip((None, *versions), versions, strict=False):
        change = changes[version.address]
        assert change.id == version.change
        assert (change.before.address if change.before else None) == (before.address if before else None)
        assert change.not_later_than == version.captured_at
        if before is not None:
            assert change.happened_after == before.seen_at
            old, new = (store.chapter_document(m.document_sha256) for m in (change.before, change.after))
            assert apply_chapter(change.comparison, old) == new
            assert change.edits


@pytest.fixture(scope="module")
def eye(tmp_path_factory):
    """One store for all pages: what is folded anew at the end is what was folded as it came."""
    with looking(tmp_path_factory.mktemp("house")) as eye:
        yield eye
        chapters = [(c.profile, c.chapter) for c in eye.store.chapters()]
        versions = [eye.store.versions(*chapter) for chapter in chapters]
        changes = eye.store.changes(superseded=True)
        assert eye.store.verify().findings == ()
        eye.store.rebuild()
        assert versions == [eye.store.versions(*chapter) for chapter in chapters]
        assert changes == eye.store.changes(superseded=True)


NUMBERS = count(1)


def carried_out(eye, said, steps):
    """Carry a plan out on a page of its own; what could not be taken in at first is imported at the end."""
    store, name, start = eye.store, f"page-{(number := next(NUMBERS))}", START + SPACE * MOST * number
    watch = eye._add(name)
    importer = Importer(store=store, publishers=Publishers(), confirm_after_s=(0,), now=lambda: eye.clock.now)
    many = len(next(iter(said.values())))
    profile = name if many == 1 else f"ruritania-{number}"
    instants = {day: start + SPACE * day for day in said}
    sights = {}

    def take(days):
        copies = [copy_of(watch.url, instants[day], page(number, said[day])) for day in days]
        found = importer.take_in(watch, copies)
        days_of = {at: day for day, at in instants.items()}
        sights.update({t.captured_at: said[days_of[t.captured_at]] for t in found if t.fate in ("version", "seen")})
        return found

    for kind, day in steps:
        if kind == "import":
            (taken,) = take([day])
            assert taken.fate in ("version", "seen", "held") or "future" in taken.detail, taken
        else:
            eye.site.page(f"/{name}", page(number, said[day]))
            eye.clock.now = instants[day]
            looked = eye.look(name, after=timedelta(0))
            stands = [history_of(store, profile, chapter) for chapter in CHAPTERS[many]]
            assert looked.entry.outcome == ("changed" if looked.changes else "unchanged"), looked
            sights[looked.entry.at] = said[day]
            assert stands == [runs(sights, n) for n in range(many)], (kind, day)
    imports = [day for kind, day in steps if kind == "import"]
    eye.clock.now += timedelta(days=1)

    found = take(imports)

    assert all(taken.fate in ("version", "seen", "known") for taken in found)
    assert len(sights) == len(said)
    for n, chapter in enumerate(CHAPTERS[many]):
        assert history_of(store, profile, chapter) == runs(sights, n)
        check_links(store, profile, chapter)
    before = store.head()
    assert {taken.fate for taken in take(imports)} <= {"known"}
    assert store.head() == before
    told = [c for c in store.changes(profile, superseded=True) if "imported" in c.flags]
    assert not {c.id for c in told} & {d.change for d in store.deliveries()}


@given(plan=plans())
@settings(max_examples=8, deadline=None)
def test_any_order_of_imports_between_looks_gives_the_history_of_looks_in_time(eye, plan):
    carried_out(eye, *plan)


@given(plan=plans(chapters=2))
@settings(max_examples=5, deadline=None)
def test_and_each_chapter_of_a_page_has_the_history_of_its_own(eye, plan):
    carried_out(eye, *plan)


@pytest.mark.proof
@given(plan=plans() | plans(chapters=2))
@settings(max_examples=500, deadline=None)
def test_and_so_it_does_in_many_more_cases(eye, plan):
    carried_out(eye, *plan)
