"""The profiles that the same assertions run on: Ruritania everywhere, a real one where this machine has it.

The real profile is found by TRACKER_TEST_PROFILES, a folder that holds azerbaijan.txt. Of it stand here only
headings, labels and counts, never a sentence.
"""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tracker.cli.demo.rendered import as_text, html_of
from tracker.cli.demo.ruritania import edition
from tracker.document.model import Document
from tracker.extract import extract


@dataclass(frozen=True)
class Table:
    """What a table must read as. size: rows × columns, the header not counted; header: its column titles."""

    caption: str
    shape: str
    size: tuple[int, int]
    refs: str = ""
    header: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    legend: int = 0
    firsts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """A profile's plain text and what must be read of it. sections: per chapter, each by its path of titles."""

    name: str
    text: str
    title: str
    dates: tuple[tuple[str, str], ...]
    notes: tuple[int, ...]
    missing: tuple[tuple[str, str], ...]
    sections: tuple[tuple[str, ...], ...]
    tables: tuple[Table, ...]

    @property
    def document(self) -> Document:
        """What the text reads as."""
        return _read(self.text)

    @property
    def html(self) -> str:
        """The same content as a page: real tables, notes as a word processor marks them."""
        return f"<!DOCTYPE html><html><body><main><h1>{self.title}</h1>{html_of(self.document)}</main></body></html>"


@cache
def _read(text: str) -> Document:
    return extract(text.encode(), media_type="text/plain", publisher="monitor")


_MANAGED = ("Country Summary", "Treaty status", "Management and coordination")
_MA, _RE, _VA = (
    f"{kind} management and coordination" for kind in ("Mine Action", "Risk Education", "Victim assistance")
)
_TYPES = ("Type of organization", "Name of organization", "Type of activity")
_SUMS = ("Year", "National contributions ($)", "International contributions ($)")
_DONORS = ("Donor Country", "Sector", "National currency", "Amount ($)")
_PEOPLE = ("Operator", "Men", "Boys", "Women", "Girls")
_ADDRESSED = "Addressing the impact"
_OPERATORS = "Operators and service providers"
_TREATIES = (
    "Mine Ban Treaty",
    "Convention on Cluster Munitions",
    "Convention on the Rights of Persons with Disabilities (CRPD)",
)


def _ruritania() -> Profile:
    return Profile(
        name="ruritania",
        text=as_text(edition(1)),
        title="Ruritania",
        dates=(
            ("Cluster Munition Ban Policy", "2024-05-13"),
            ("Impact", "2023-02-09"),
            ("Mine Ban Policy", "2024-09-28"),
            ("Support for Mine Action", "2015-12-16"),
        ),
        notes=(4, 10, 3, 2),
        missing=(("cluster-munition-ban-policy", "4"), ("impact", "9")),
        sections=(
            ("Summary", "Policy", "Production, transfer, and stockpiling", "Use"),
            (
                *_MANAGED,
                f"Management and coordination/{_MA}",
                f"Management and coordination/{_MA}/Coordination",
                f"Management and coordination/{_MA}/Legislation and standards",
                f"Management and coordination/{_RE}",
                f"Management and coordination/{_RE}/Coordination",
                f"Management and coordination/{_VA}",
                "Impact",
                "Impact/Contamination",
                "Impact/Contamination/Landmine contamination",
                "Impact/Contamination/ERW contamination",
                "Impact/Casualties",
                "Impact/Casualties/Casualties in 2022—details",
                _ADDRESSED,
                f"{_ADDRESSED}/Mine Action",
                f"{_ADDRESSED}/Mine Action/{_OPERATORS}",
                f"{_ADDRESSED}/Mine Action/Clearance",
                f"{_ADDRESSED}/Mine Action/Clearance/Land release: landmines",
                f"{_ADDRESSED}/Risk Education",
                f"{_ADDRESSED}/Risk Education/{_OPERATORS}",
                f"{_ADDRESSED}/Risk Education/Beneficiary numbers",
                f"{_ADDRESSED}/Risk Education/Target groups",
                f"{_ADDRESSED}/Victim Assistance",
                f"{_ADDRESSED}/Victim Assistance/Victim assistance providers and activities",
            ),
            ("Policy", "Production, transfer, and stockpiling", "Use"),
            (),
        ),
        tables=(
            Table("Treaty status overview", "key_value", (3, 2), firsts=_TREATIES),
            Table("Mine action management and coordination", "key_value", (5, 2), refs="2"),
            Table("Risk education management and coordination", "key_value", (4, 2), refs="4"),
            Table("Victim assistance management and coordination", "key_value", (4, 2)),
            Table("Contamination overview (as of December 2022)", "key_value", (3, 2), refs="5", legend=3),
            Table("Casualties overview", "key_value", (8, 2), refs="6", bands=("Casualties", "Casualties in 2022")),
            Table("Clearance operators", "column", (2, 1), bands=("National",), firsts=("National", "RMAO")),
            Table("Land release overview", "key_value", (3, 2), refs="8", legend=2),
            Table("Risk education operators", "grouped", (3, 3), header=_TYPES),
            Table("Beneficiary numbers", "grid", (2, 5), refs="10", header=_PEOPLE, legend=1),
            Table("Victim assistance providers and activities overview", "grouped", (4, 3), header=_TYPES),
            Table("International contributions in 2014", "grid", (3, 4), refs="1", header=_DONORS),
            Table("Summary of contributions in 2012–2014", "grid", (4, 3), refs="2", header=_SUMS),
        ),
    )


def _azerbaijan(text: str) -> Profile:
    cluster = ("12", "13", "15", "16", "17")
    impact = ("4", "9", "24", "25", "37", "47")
    mines = ("3", "8", "9", "14")
    return Profile(
        name="azerbaijan",
        text=text,
        title="Azerbaijan",
        dates=(
            ("Cluster Munition Ban Policy", "2022-08-13"),
            ("Impact", "2021-02-09"),
            ("Mine Ban Policy", "2022-09-28"),
            ("Support for Mine Action", "2013-12-16"),
        ),
        notes=(17, 45, 14, 2),
        missing=(
            *(("cluster-munition-ban-policy", label) for label in cluster),
            *(("impact", label) for label in impact),
            *(("mine-ban-policy", label) for label in mines),
        ),
        sections=(
            ("Summary", "Policy", "Production, transfer, and stockpiling", "Use"),
            (
                *_MANAGED,
                f"Management and coordination/{_MA}",
                *(
                    f"Management and coordination/{_MA}/{title}"
                    for title in (
                        "Coordination",
                        "Strategies and policies",
                        "Legislation and standards",
                        "Information management",
                        "Gender and diversity",
                    )
                ),
                f"Management and coordination/{_RE}",
                f"Management and coordination/{_RE}/Coordination",
                f"Management and coordination/{_VA}",
                "Impact",
                "Impact/Contamination",
                "Impact/Contamination/Landmine contamination",
                "Impact/Contamination/Cluster munition remnant contamination",
                "Impact/Contamination/ERW contamination",
                "Impact/Casualties",
                "Impact/Casualties/Casualties in 2019—details",
                _ADDRESSED,
                f"{_ADDRESSED}/Mine Action",
                f"{_ADDRESSED}/Mine Action/{_OPERATORS}",
                f"{_ADDRESSED}/Mine Action/Clearance",
                f"{_ADDRESSED}/Mine Action/Clearance/Land release: landmines",
                f"{_ADDRESSED}/Risk Education",
                f"{_ADDRESSED}/Risk Education/{_OPERATORS}",
                f"{_ADDRESSED}/Risk Education/Beneficiary numbers",
                f"{_ADDRESSED}/Risk Education/Implementation",
                f"{_ADDRESSED}/Risk Education/Target groups",
                f"{_ADDRESSED}/Victim Assistance",
                f"{_ADDRESSED}/Victim Assistance/Victim assistance providers and activities",
            ),
            ("Policy", "Production, transfer, and stockpiling", "Use"),
            (),
        ),
        tables=(
            Table("Treaty status overview", "key_value", (3, 2), firsts=_TREATIES),
            Table("Mine action management and coordination", "key_value", (5, 2), refs="8"),
            Table("Risk education management and coordination", "key_value", (4, 2), refs="18"),
            Table("Victim assistance management and coordination", "key_value", (4, 2), refs="20"),
            Table("Contamination overview (as of December 2019)", "key_value", (3, 2), refs="21", legend=3),
            Table("Casualties overview", "key_value", (8, 2), refs="26", bands=("Casualties", "Casualties in 2019")),
            Table("Clearance operators", "column", (2, 1), bands=("National",), firsts=("National", "ANAMA")),
            Table("Land release overview", "key_value", (3, 2), refs="29", legend=2),
            Table("Risk education operators", "grouped", (5, 3), refs="32", header=_TYPES),
            Table("Beneficiary numbers", "grid", (2, 5), refs="33", header=_PEOPLE, legend=1),
            Table("Victim assistance providers and activities overview", "grouped", (5, 3), refs="50", header=_TYPES),
            Table("International contributions in 2012", "grid", (6, 4), refs="1", header=_DONORS),
            Table("Summary of contributions in 2008–2012", "grid", (6, 3), refs="2", header=_SUMS),
        ),
    )


def profiles() -> tuple[Profile, ...]:
    """All profiles that this machine has."""
    folder = os.environ.get("TRACKER_TEST_PROFILES")
    path = Path(folder) / "azerbaijan.txt" if folder else None
    real = (_azerbaijan(path.read_text("utf-8")),) if path and path.is_file() else ()
    return (_ruritania(), *real)
