"""The farm's publisher: one listening socket that is every host of 127.0.0.0/8, each with the page that is its alone.

Lives here: which answer a host gives to a request, by the phase that its page is in. Not here: the phases (modes*.py).
"""

import random
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from tests.farm import modes_instead, standins
from tests.farm.modes import Asked, Phase
from tests.farm.pages import Edition, Page
from tests.publisher import Answer, Publisher, Request, page, status


@dataclass(slots=True)
class Host:
    """A host and what it answers now. n: requests for its page in this phase; total: ever."""

    page: Page
    phase: Phase
    edition: Edition
    n: int = 0
    total: int = 0
    others: int = field(default=0)

    def turn(self, phase: Phase) -> None:
        """From now on it is in this phase."""
        self.phase, self.n = phase, 0
        self.edition = phase.edition or self.edition


class Farm(Publisher):
    """Hosts by address. now: the clock that the tracker lives by."""

    def __init__(self, pages: tuple[Page, ...], now: Callable[[], datetime]) -> None:
        super().__init__("0.0.0.0")
        self._now = now
        self._inner = ExitStack()
        self._elsewhere = Publisher("0.0.0.0", tls="elsewhere")
        self.hosts = {p.host: Host(p, Phase(), p.first) for p in pages}
        self._answering = threading.Lock()

    def __enter__(self) -> Self:
        modes_instead.TLS_PORT[0] = self._inner.enter_context(self._elsewhere).port
        return super().__enter__()

    def close(self) -> None:
        """Stop both servers."""
        self._inner.close()
        super().close()

    def url_of(self, one: Page) -> str:
        """The address that is watched."""
        return self.url(one.path, host=one.host)

    def answer_to(self, request: Request) -> Answer:
        host = self.hosts.get(request.host.partition(":")[0])
        return self._of(host, request) if host else status(404, "No such host.")

    def _of(self, host: Host, request: Request) -> Answer:
        path = request.path.partition("?")[0]
        with self._answering:
            is_page = path.rstrip("x") == host.page.path
            host.n += is_page
            host.total += is_page
            host.others += not is_page
            asked = Asked(
                page=host.page,
                edition=host.edition,
                n=host.n,
                total=host.total,
                at=self._now(),
                request=request,
                rng=random.Random(f"{host.page.number}/{host.total}/{host.others}/{path}"),
            )
        if is_page:
            return host.phase.serve(asked)
        if path == "/robots.txt":
            return host.phase.robots(asked) if host.phase.robots else status(404, "No rules.")
        if host.phase.elsewhere:
            return host.phase.elsewhere(asked)
        if path == "/":
            return page(standins.front_page(asked.rng), etag=None)
        if host.page.soft404:
            return page(standins.soft404_of_site(host.page.number, path), etag=None)
        return status(404, "Not here.")
