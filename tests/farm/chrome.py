"""What stands around a page's text and moves of itself: menus, counters, clocks, advertisements, related links.

A part that is in the page's skin moves at every request, from the first one on; the others stand still. Nothing here
is ever an edit. Pure.
"""

import random
import re
from collections.abc import Callable
from datetime import datetime
from typing import Literal

Moving = Literal[
    "nonce", "counter", "counter_in_text", "readers_now", "clock", "ads", "ads_in_text", "related", "menu"
]  # fmt: skip

Chance = Callable[[Moving], random.Random]

MENU = ("Countries", "Reports", "Maps", "About us", "Newsroom", "Contact", "Support our work")
ADS = (
    "Ferries to Graustark from 19 crowns. Book now!",
    "Wool of the northern valleys, straight from the weaver.",
    "Learn Ruritanian in thirty evenings.",
    "The Strelsau Gazette: four weeks free.",
    "Sleep well at the Golden Lion.",
)
RELATED = (
    "How the harvest is counted",
    "Five bridges that were never built",
    "A letter from the archivist",
    "What the surveyors found",
    "Ten years of the river council",
    "The winter road, explained",
    "Who keeps the lighthouses?",
    "An evening with the chancellor",
)


def dressed(text: str, form: str, *, seed: int, skin: frozenset[Moving], n: int, at: datetime) -> str:
    """A page as served the n-th time, at an instant."""
    if form != "html":
        return _counted(text, form, seed, n) if "counter_in_text" in skin else text
    still = random.Random(f"chrome/{seed}")
    moving = random.Random(f"chrome/{seed}/{n}")

    def chance(part: Moving) -> random.Random:
        return moving if part in skin else still

    text = _in_text(text, seed, skin, n, chance("ads_in_text"))
    top, bottom = _top(seed, skin, chance, at), _bottom(seed, n, skin, chance)
    # A function: the text may hold what a template of re.sub would take for a group.
    text = re.sub(r"<body[^>]*>", lambda m: m[0] + top, text, count=1)
    return text.replace("</body>", bottom + "</body>", 1)


def _top(seed: int, skin: frozenset[Moving], chance: Chance, at: datetime) -> str:
    rng = chance("menu")
    items = rng.sample(MENU, len(MENU))
    menu = "".join(f'<li><a href="/{i.lower().replace(" ", "-")}">{i}</a></li>' for i in items)
    told = f"{at:%A} {at.day} {at:%B} {at:%Y}, {at:%H:%M}" if "clock" in skin else "Open Monday to Friday"
    token = chance("nonce").randrange(16**12)
    return (
        f'\n<header class="site-header"><a href="/">Observatory {seed % 40}</a> <span class="clock">{told}</span>'
        f'<form action="/search"><input type="hidden" name="csrf_token" value="{token:x}"><input name="q"></form>'
        f'</header>\n<nav><ul>{menu}</ul></nav>\n<script nonce="{token:x}">window.started = {token};</script>\n'
    )


def _bottom(seed: int, n: int, skin: frozenset[Moving], chance: Chance) -> str:
    ad = chance("ads").choice(ADS)
    titles = chance("related").sample(RELATED, 3)
    related = "".join(f'<li><a href="/r/{len(t)}">{t}</a></li>' for t in titles)
    views = 1_000 + seed * 7 + (n * 3 if "counter" in skin else 0)
    now = 2 + (n * 5 + seed) % 9 if "readers_now" in skin else 4
    return (
        f'\n<aside class="sidebar"><div class="ad">{ad}</div><div class="live">{now} people are reading this now</div>'
        f"<h3>Related</h3><ul>{related}</ul></aside>\n"
        f'<footer><p class="views">Viewed {views:,} times</p><p>Imprint · Privacy · Terms of use</p></footer>\n'
    )


def _in_text(text: str, seed: int, skin: frozenset[Moving], n: int, rng: random.Random) -> str:
    """What stands among the paragraphs, under the first heading that is no chapter's."""
    put = ""
    if "counter_in_text" in skin:
        put += f"\n<p>This page was read {2_000 + seed * 3 + n * 2:,} times.</p>"
    if "ads_in_text" in skin:
        put += f'\n<div class="advert"><p>{rng.choice(ADS)}</p></div>'
    if not put:
        return text
    tag = "</h3>" if "</h3>" in text else "</h2>"
    return text.replace(tag, tag + put, 1)


def _counted(text: str, form: str, seed: int, n: int) -> str:
    views = 2_000 + seed * 3 + n * 2
    if form == "json":
        return text.replace("{", f'{{\n  "views": {views},', 1)
    first, gap, rest = text.partition("\n\n")
    if form == "markdown" and not first.startswith("# "):
        return text
    return f"{first}{gap}This page was read {views:,} times.\n\n{rest}"
