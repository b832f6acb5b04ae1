"""`tracker watches`: when each page is next due, and why then."""

from pathlib import Path

from tests.journeys.house import House
from tests.publisher import Publisher, page, status
from tracker.cli.demo.rendered import as_html
from tracker.cli.demo.ruritania import edition


def test_each_page_says_when_it_is_next_due_and_why_then(tmp_path: Path) -> None:
    with Publisher() as site:
        for name in ("learns", "kept", "fails", "shut", "later"):
            site.page(f"/{name}", as_html(edition(1)))
        site.put("/fails", status(503, retry_after=5400))
        site.put("/shut", status(403))
        site.put("/fresh", page(as_html(edition(1)), headers={"Cache-Control": "max-age=86400"}))
        house = House(tmp_path / "house")
        for name, *more in (("learns",), ("kept", "--every", "2h"), ("shut",), ("fresh",), ("later",), ("fails",)):
            house.tracker("add", site.url(f"/{name}"), "--profile", f"{name}-profile", "--name", name, *more)
        for row in house.json("watches"):
            assert (row["next_at"], row["next_why"]) == (None, None)
        house.tracker("check", "learns", "kept", "shut", "fresh", "fails", code=3)
        rows = {row["name"]: row for row in house.json("watches")}

        assert {name: row["next_why"] for name, row in rows.items()} == {
            "learns": "every 6h until its pace is learned: 1 of 3 looks",
            "kept": "every 2h as configured",
            "fails": "failed once: http_status 503; asked to wait 2 h",
            "shut": "failed once: http_status 403",
            "fresh": "fresh for 24 h by the publisher",
            "later": "its host is left alone until then: it asked for that, with HTTP 503 and Retry-After",
        }
        assert rows["kept"]["next_at"] > rows["kept"]["last_check_at"]
        told = house.tracker("watches")
        assert "why then" in told
        assert "every 2h as configured" in told
