"""All settings, parsed once into frozen values: file, then environment, then flags. Nothing reads them again later.

Lives here: what can be set, its default, its unit (in its name) and where its value came from; finding and making the
folder of a tracker. Not here: watches, subscriptions and publishers, which rooms above read from their own files.
`config/tracker.toml` has a line on each setting; a test compares the two.
"""

import ipaddress
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any  # TOML data, checked key by key as it is read

from tracker import clock
from tracker.errors import ConfigError, NoStore, UsageError
from tracker.settings_file import only, parse_toml, read_toml, unknown

VERSION = "0.1.0"  # a test compares it with pyproject.toml; reading the installed metadata costs every command 20 ms
FILE = Path("config") / "tracker.toml"
PREFIX = "TRACKER__"
TEMPLATE = Path(__file__).parent / "config_template"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


# ---------------------------------------------------------------- what a value may be


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a value is checked. wanted: what it must be, for errors. is_list: written as an array, or a comma list.

    check: gives the value as the settings hold it; raises ValueError or TypeError for a wrong one.
    """

    wanted: str
    check: Callable[[Any], object]
    is_list: bool = False


def _line(value: Any) -> str:
    if not isinstance(value, str) or not value.isascii() or not (value.isprintable() or value == ""):
        raise ValueError
    return value.strip()


def _url(value: Any) -> str:
    if "://" not in _line(value):
        raise ValueError
    return _line(value)


def _web(value: Any) -> str:
    """An address of web pages, or nothing."""
    line = _line(value)
    if line and not line.startswith(("https://", "http://")):
        raise ValueError
    return line.rstrip("/")


def _number(value: Any, least: float) -> float:
    if isinstance(value, str):
        value = clock.seconds(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < least:
        raise ValueError
    return float(value)


def _whole(value: Any, least: int, most: int = 2**53) -> int:
    if isinstance(value, str):
        value = clock.seconds(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError
    return value


def _flag(value: Any) -> bool:
    found = {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise ValueError
    return found


def _items(value: Any, check: Callable[[Any], object], least: int = 0) -> tuple[object, ...]:
    if not isinstance(value, list) or len(value) < least:
        raise ValueError
    return tuple(check(item) for item in value)


def _host(value: Any) -> str:
    """A bare name: an address would silently match nothing."""
    name = _line(value).lower()
    if not name or any(c in "/:@* " for c in name):
        raise ValueError
    return name


def _network(value: Any) -> Network:
    if not isinstance(value, str):
        raise TypeError
    return ipaddress.ip_network(value.strip(), strict=False)


_LINE = _Kind("a text of printable ASCII", _line)
_URL = _Kind("an address such as sqlite:///snapshots/log.db", _url)
_WEB = _Kind("an address such as https://tracker.example.org, or nothing", _web)
_SECONDS = _Kind("a number of seconds above 0, or a duration such as 30s", lambda v: _number(v, 0.001))
_WAIT = _Kind("a number of seconds, or a duration such as 2s", lambda v: _number(v, 0))
_INTERVAL = _Kind("whole seconds, 60 to 31622400, or a duration such as 6h", lambda v: _whole(v, 60, 366 * 86_400))
_SOME = _Kind("a whole number above 0", lambda v: _whole(v, 1))
_ANY_COUNT = _Kind("a whole number, 0 or above", lambda v: _whole(v, 0))
_FLAG = _Kind("true or false", _flag)
_COUNT = _Kind("a whole number", lambda v: _whole(v, 0, 100))
_WAITS = _Kind("a list of whole seconds, such as [600, 7200]", lambda v: _items(v, lambda i: _whole(i, 0), 1), True)
_RETRIES = _Kind("a list of whole seconds, such as [2, 8], or []", lambda v: _items(v, lambda i: _whole(i, 0)), True)
_HOSTS = _Kind('a list of host names, such as ["pages.example.org"]', lambda v: _items(v, _host), True)
_PORTS = _Kind("a list of ports, such as [80, 443]", lambda v: _items(v, lambda i: _whole(i, 1, 65535)), True)
_NETWORKS = _Kind('a list of networks, such as ["10.0.0.0/8"]', lambda v: _items(v, _network), True)


def _setting(default: Any, kind: _Kind) -> Any:  # Any: what a dataclass field declares for itself
    return field(default=default, metadata={"kind": kind})


# ---------------------------------------------------------------- what can be set


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where the record is. url: absolute once loaded; written relative to the folder that holds `config/`."""

    url: str = _setting("sqlite:///snapshots/log.db", _URL)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How pages are asked for.

    user_agent: what we call ourselves; made of product, version and contact unless set. contact: of the operator, an
    address of web or mail. allow_addresses: networks spoken to although private, on any port. allow_ports: on all
    other addresses. host_delay_s: between two requests to one host. retry_s: pauses before asking again in the same
    look, after a failure that may pass. ignore_robots: hosts whose robots.txt is not asked for, for one's own machines.
    confirm_after_s: when a doubt is looked at again. look_twice: whether a page is read twice at once when it is new
    and each month, to learn what of it changes of itself. max_body_bytes: inflated. max_ratio: of inflated to sent.
    total_s: for one page, redirects included.
    """

    user_agent: str = _setting("", _LINE)
    contact: str = _setting("", _LINE)
    allow_addresses: tuple[Network, ...] = _setting((), _NETWORKS)
    allow_ports: tuple[int, ...] = _setting((80, 443), _PORTS)
    host_delay_s: float = _setting(1.0, _WAIT)
    retry_s: tuple[int, ...] = _setting((2, 8), _RETRIES)
    ignore_robots: tuple[str, ...] = _setting((), _HOSTS)
    confirm_after_s: tuple[int, ...] = _setting((600, 7200), _WAITS)
    look_twice: bool = _setting(True, _FLAG)
    max_body_bytes: int = _setting(8_000_000, _SOME)
    max_ratio: int = _setting(200, _SOME)
    total_s: float = _setting(60.0, _SECONDS)
    connect_s: float = _setting(10.0, _SECONDS)
    redirects: int = _setting(5, _COUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """How alerts are sent.

    allow_addresses: networks of receivers inside the house. timeout_s: for one try. link_base: the address of our own
    pages, for links in messages; empty: messages link to the publisher's page.
    """

    allow_addresses: tuple[Network, ...] = _setting((), _NETWORKS)
    timeout_s: float = _setting(15.0, _SECONDS)
    link_base: str = _setting("", _WEB)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """When pages are looked at that have no `every` of their own.

    every_s: between looks at a page until its pace is learned, and on average over all. most_s, least_s: the shortest
    and the longest time between looks that are learned. checks_per_day: of all these pages; 0: what every_s makes.
    tick_s: of the clock of `tracker run`: how soon it sees that something is due or was edited.
    """

    every_s: int = _setting(21_600, _INTERVAL)
    most_s: int = _setting(3_600, _INTERVAL)
    least_s: int = _setting(1_209_600, _INTERVAL)
    checks_per_day: int = _setting(0, _ANY_COUNT)
    tick_s: float = _setting(1.0, _SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSettings:
    """Where captures of others are had from. wayback_url: a web archive with a CDX index and raw replay."""

    wayback_url: str = _setting("https://web.archive.org", _URL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is set, and where each value came from: a file, a variable, a flag, or the default."""

    store: StoreSettings = StoreSettings()
    fetch: FetchSettings = FetchSettings()
    notify: NotifySettings = NotifySettings()
    watch: WatchSettings = WatchSettings()
    import_: ImportSettings = ImportSettings()
    origins: Mapping[str, str] = field(default_factory=dict)

    def section(self, name: str) -> Any:  # Any: one of the classes above
        """The settings of a section, by its name in the file."""
        return self.import_ if name == "import" else getattr(self, name)

    def shown(self) -> dict[str, tuple[object, str]]:
        """Dotted key → (value as JSON data, origin), in the order in which they are declared."""
        return {
            f"{section}.{key}": (
                _plain(getattr(self.section(section), key)),
                self.origins.get(f"{section}.{key}", "default"),
            )
            for section, key, _ in _declared()
        }


_SECTIONS = {
    "store": StoreSettings,
    "fetch": FetchSettings,
    "notify": NotifySettings,
    "watch": WatchSettings,
    "import": ImportSettings,
}


def _declared() -> Iterator[tuple[str, str, _Kind]]:
    for section, kind in _SECTIONS.items():
        for one in fields(kind):
            yield section, one.name, one.metadata["kind"]


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float) else str(value)


# ---------------------------------------------------------------- loading


def load(root: Path, environ: Mapping[str, str], overrides: Mapping[str, str] | None = None) -> Settings:
    """The settings in force at a root: its config/tracker.toml, then `TRACKER__SECTION__KEY`, then flags.

    overrides: dotted key → text, from flags. Raises ConfigError for whatever is unknown or of the wrong kind.
    """
    found: dict[str, tuple[object, str]] = {}
    kinds = {f"{section}.{key}": kind for section, key, kind in _declared()}
    for key, value, where in _from_file(root / FILE):
        found[key] = (_checked(kinds[key], value, f"{where}, {key}"), where)
    for key, text, name in _from_environment(environ, kinds):
        found[key] = (_checked(kinds[key], _of_text(kinds[key], text, name), name), name)
    for key, text in (overrides or {}).items():
        if key not in kinds:
            raise unknown(key, kinds, "a flag")
        found[key] = (_checked(kinds[key], _of_text(kinds[key], text, key), key), "flag")

    def section(name: str) -> dict[str, Any]:
        return {key.partition(".")[2]: value for key, (value, _) in found.items() if key.startswith(f"{name}.")}

    fetch = FetchSettings(**section("fetch"))
    if not fetch.user_agent:
        fetch = FetchSettings(**section("fetch") | {"user_agent": honest_user_agent(fetch.contact)})
    return Settings(
        store=StoreSettings(url=_at(root, StoreSettings(**section("store")).url)),
        fetch=fetch,
        notify=NotifySettings(**section("notify")),
        watch=WatchSettings(**section("watch")),
        import_=ImportSettings(**section("import")),
        origins={key: origin for key, (_, origin) in found.items()},
    )


def honest_user_agent(contact: str = "") -> str:
    """What we call ourselves: product, version, and whom to ask."""
    return f"tracker/{VERSION} (+{contact})" if contact else f"tracker/{VERSION} (change tracker; no contact given)"


def _from_file(path: Path) -> Iterator[tuple[str, object, str]]:
    data = read_toml(path)
    only(data, _SECTIONS, str(path))
    for section, table in data.items():
        if not isinstance(table, dict):
            raise ConfigError(f"`{section}` is a table", where=str(path), remedy=f"Write [{section}] above its keys")
        only(table, [f.name for f in fields(_SECTIONS[section])], f"{path}, [{section}]")
        for key, value in table.items():
            yield f"{section}.{key}", value, str(path)


def _from_environment(environ: Mapping[str, str], keys: Mapping[str, _Kind]) -> Iterator[tuple[str, str, str]]:
    names = {PREFIX + key.upper().replace(".", "__"): key for key in keys}
    for name in sorted(environ):
        if not name.startswith(PREFIX):
            continue
        if name not in names:
            raise unknown(name, names, "the environment")
        yield names[name], environ[name], name


def _of_text(kind: _Kind, text: str, where: str) -> object:
    """What a text from the environment or a flag says: a list is a TOML array or a comma list; numbers are numbers."""
    if not kind.is_list:
        return text if kind in (_LINE, _URL, _WEB) else _scalar(text)
    if text.strip().startswith("["):
        try:
            return parse_toml(f"value = {text}", where)["value"]
        except ConfigError:
            raise _wrong(kind, text, where) from None
    return [_scalar(item) for item in text.split(",") if item.strip()]


def _scalar(text: str) -> str | int | float:
    for number in (int, float):
        try:
            return number(text.strip())
        except ValueError:
            continue
    return text.strip()


def _checked(kind: _Kind, value: object, where: str) -> object:
    try:
        return kind.check(value)
    except (ValueError, TypeError, OverflowError):
        raise _wrong(kind, value, where) from None


def _wrong(kind: _Kind, value: object, where: str) -> ConfigError:
    return ConfigError(f"Not a value for this setting: {str(value)[:80]!r}", where=where, remedy=f"Give {kind.wanted}")


def _at(root: Path, url: str) -> str:
    """A relative SQLite address, made absolute: it is meant from the root, wherever the command was started."""
    prefix = "sqlite:///"
    return prefix + str(root.absolute() / url.removeprefix(prefix)) if url.startswith(prefix) else url


# ---------------------------------------------------------------- the folder


def find_root(start: Path) -> Path:
    """The nearest folder, this one or above, that holds config/tracker.toml. Raises NoStore; makes nothing."""
    here = start.absolute()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return folder
    raise NoStore(
        "No tracker here",
        where=f"looked for {FILE} in {here} and the folders above it",
        remedy="Make one: tracker init",
    )


def init(folder: Path) -> tuple[Path, ...]:
    """Write a working configuration and the data folder's README; what was made, in order. Overwrites nothing."""
    root = folder.absolute()
    made: list[Path] = []
    try:
        for source in sorted(p for p in TEMPLATE.rglob("*") if p.is_file()):
            target = root / source.relative_to(TEMPLATE)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                target.write_bytes(source.read_bytes())
                made.append(target)
    except OSError as error:
        raise UsageError(
            "No configuration could be written", where=str(error.filename or root), remedy=f"{error.strerror}"
        ) from error
    return tuple(made)
