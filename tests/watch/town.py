"""A loopback site that lists its profiles, its publisher's file, a list of watches, and a clock of ours."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from tests.watch.looking import Eye, looking
from tracker.events import bodies
from tracker.extract.publishers import Publishers
from tracker.fetch.address import AddressGuard
from tracker.pipeline import check
from tracker.store import Operational
from tracker.store.record import Looked
from tracker.watch import configured
from tracker.watch.discover import Scout, Survey, survey
from tracker.watch.proposals import Proposal, accept, chosen, proposals, refused_before

DAY = timedelta(days=1)
WORDS = "The border of Ruritania was cleared of ducks by the army, which counted them twice and wrote it down. "
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
COUNTRIES = ("ruritania", "zembla", "graustark", "syldavia", "borduria")


def profile(name: str, said: str = "No ducks were seen.") -> str:
    return (
        f"<html><body><main><h1>{name.title()}</h1><p>{WORDS * 6}</p><h2>Ducks</h2><p>{said} {WORDS}</p>"
        f"<p>{WORDS * 3}</p></main></body></html>"
    )


class Town:
    """A site that lists its profiles, a publisher's file that says where, a list of watches, and a clock."""

    def __init__(self, eye: Eye, folder: Path, rules: str) -> None:
        self.eye, self.site, self.store, self.clock = eye, eye.site, eye.store, eye.clock
        self.watches_file = folder / "watches.toml"
        self.watches_file.write_text("# what is watched\n")
        self.told: list[str] = []
        text = f"[discovery]\n{rules}\n".replace("SITE", self.site.url("").rstrip("/"))
        self.publishers = Publishers({"town": text})
        eye.tools = replace(eye.tools, publishers=self.publishers)
        self.guard = AddressGuard((ip_network("127.0.0.0/8"),))
        for name in COUNTRIES:
            self.site.page(f"/profiles/{name}", profile(name))

    @property
    def scout(self) -> Scout:
        return Scout(
            store=self.store,
            fetcher=self.eye.tools.fetcher,
            publishers=self.publishers,
            watches_file=self.watches_file,
            guard=self.guard,
            now=self.clock,
            tell=self.told.append,
        )

    def lists(self, *names: str, lastmod: Mapping[str, str] | None = None) -> None:
        """What the sitemap says from now on."""
        dates = lastmod or {}
        told = "".join(
            f"<url><loc>{self.site.url(f'/profiles/{n}')}</loc>"
            + (f"<lastmod>{dates[n]}</lastmod>" if n in dates else "")
            + "</url>"
            for n in names
        )
        self.site.page("/sitemap.xml", f"<urlset {NS}>{told}</urlset>", media_type="application/xml")

    def survey(self, *, after: timedelta = DAY) -> Survey:
        """Survey the publisher, so much later; what is configured by then is taken up."""
        self.clock.now += after
        self.take_up()
        publisher = self.publishers.named("town")
        assert publisher.discovery is not None
        return survey(publisher, publisher.discovery, self.scout)

    def take_up(self) -> None:
        configured.reconcile(self.store, configured.read(self.watches_file))

    def watch(self, *names: str) -> None:
        """Watch these profiles, and look at each once."""
        wanted = [f"[[watches]]\nname = '{n}'\nurl = '{self.site.url(f'/profiles/{n}')}'\n" for n in names]
        self.watches_file.write_text("\n".join(wanted))
        for name in names:
            self.look(name)

    def look(self, name: str, *, after: timedelta = timedelta(minutes=1)) -> Looked:
        """Look at a watch; then it is not due for a year."""
        self.clock.now += after
        self.take_up()
        watch = next(w for w in configured.read(self.watches_file) if w.name == name)
        looked = check(watch, self.eye.tools)
        self.store.append(
            (bodies.round_completed(looked.entry.at, self.clock(), (looked.entry,)),),
            key=f"round/{self.clock.now}",
            operational=Operational(
                seen={name: looked.sighting} if looked.sighting else {}, due={name: self.clock.now + 365 * DAY}
            ),
        )
        return looked

    @property
    def due(self) -> list[str]:
        return sorted(d.watch for d in self.store.due(self.clock()))

    @property
    def proposed(self) -> list[Proposal]:
        return list(proposals(self.store, configured.read(self.watches_file)))

    @property
    def events(self) -> list[str]:
        """What was told of pages, in order."""
        return [e.type for e in self.store.events() if e.type.startswith("page.")]

    def say_yes(self, *words: str) -> None:
        watches = configured.read(self.watches_file)
        found = (*self.proposed, *refused_before(self.store, watches, words))
        accept(self.watches_file, chosen(found, words), self.publishers)


PATTERN = r"pages = ['/profiles/[a-z-]+$']"
SITEMAP = f"sitemaps = ['SITE/sitemap.xml']\n{PATTERN}"


@contextmanager
def town(folder: Path, rules: str = SITEMAP) -> Iterator[Town]:
    with looking(folder, confirm_after_s=(0,)) as eye:
        yield Town(eye, folder, rules)
