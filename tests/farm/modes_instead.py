"""The ways in which something else is served in the page's place, or a part of it, or nothing. No alert."""

import random
from collections.abc import Callable

from tests import publisher
from tests.exam.making import made
from tests.exam.model import Para, Profile, holders, size
from tests.farm import standins
from tests.farm.foreign import LANGUAGES, translated
from tests.farm.modes import (
    GAP,
    ONE_TO_FOUR,
    Asked,
    Life,
    Phase,
    Serve,
    fleeting,
    for_a_week,
    honest,
    lasting,
    mode,
    passing,
    send,
)
from tests.farm.pages import SEED, Edition, Page
from tests.publisher import HTML, Answer, redirect, status

# ---------------------------------------------------------------- nothing, or something else in its place


def instead(make: Callable[[random.Random], str], code: int = 200) -> Serve:
    def serve(asked: Asked) -> Answer:
        if code != 200:
            return status(code, make(asked.rng), headers={"Content-Type": HTML})
        return publisher.page(make(asked.rng), etag=None)

    return serve


fleeting("empty_200", lambda asked: publisher.page(b"", etag=None))
fleeting("blank_lines_200", lambda asked: publisher.page(b"\n \n\n", etag=None))
fleeting("no_content_204", lambda asked: status(204))
for _name, _text in (
    ("blank_shell", standins.blank_shell),
    ("js_shell", standins.js_shell),
    ("soft404_english", standins.soft404_english),
    ("soft404_french", standins.soft404_french),
    ("soft404_spanish", standins.soft404_spanish),
    ("soft404_wordless", standins.soft404_wordless),
    ("soft404_long", standins.soft404_long),
    ("parking", standins.parking),
    ("error_page_200", standins.error_page),
    ("stack_trace_200", standins.stack_trace),
    ("database_down_200", standins.database_down),
    ("maintenance_200", standins.maintenance),
    ("login_form", standins.login_form),
    ("login_long", standins.login_long),
    ("consent_wall", standins.consent_wall),
    ("front_page_in_place", standins.front_page),
):
    fleeting(_name, instead(_text))
for_a_week("soft404_english", instead(standins.soft404_english))
for_a_week("soft404_french", instead(standins.soft404_french))
for_a_week("login_form", instead(standins.login_form))


def _of_site(asked: Asked) -> Answer:
    return publisher.page(standins.soft404_of_site(asked.page.number, asked.request.path), etag=None)


def _make_site_soft404(page: Page, rng: random.Random) -> Life | None:
    return passing(_of_site, looks=rng.choice(ONE_TO_FOUR)) if page.soft404 else None


mode("soft404_of_site", "silent", _make_site_soft404)
mode(
    "soft404_of_site_for_a_week",
    "silent",
    lambda page, rng: lasting(_of_site) if page.soft404 else None,
    "long",
)


def challenge(name: str) -> Serve:
    def serve(asked: Asked) -> Answer:
        code = (403, 200, 503, 200)[asked.page.number % 4]
        code, headers, body = standins.CHALLENGES[name](asked.rng, code)
        fields = {"Content-Type": HTML, **headers}
        return publisher.page(body, etag=None, headers=headers) if code == 200 else status(code, body, headers=fields)

    return serve


for _name in standins.CHALLENGES:
    fleeting(f"challenge_{_name}", challenge(_name))
for_a_week("challenge_cloud", challenge("cloud"))
for_a_week("challenge_frame", challenge("frame"))


def _off_to(path: str, make: Callable[[random.Random], str], code: int = 302) -> Callable[[Page, random.Random], Life]:
    """A redirect to another path of the host, which answers with this."""

    def serve(asked: Asked) -> Answer:
        return redirect(f"{path}?from={asked.page.number}", code)

    def make_(page: Page, rng: random.Random) -> Life:
        looks = tuple(GAP * i for i in range(rng.choice(ONE_TO_FOUR)))
        return Phase(serve=serve, looks=looks, elsewhere=instead(make)), Phase(looks=(0.0, GAP))

    return make_


mode("login_redirect", "silent", _off_to("/account/login", standins.login_form))
mode("login_redirect_long", "silent", _off_to("/sso/authorize", standins.login_long))
mode("front_page_by_redirect", "silent", _off_to("/", standins.front_page))
mode("front_page_by_301", "silent", _off_to("/", standins.front_page, 301))
mode("consent_by_redirect", "silent", _off_to("/consent/collect", standins.consent_wall))
mode("error_by_redirect", "silent", _off_to("/error.aspx?aspxerrorpath=/reports", standins.soft404_wordless))
mode(
    "login_redirect_for_a_week",
    "silent",
    lambda page, rng: lasting(lambda asked: redirect("/login"), elsewhere=instead(standins.login_form)),
    "long",
)


# ---------------------------------------------------------------- the page, but not all of it, or another


def _cut(asked: Asked) -> Answer:
    """Up to the middle of a tag, always the same one."""
    text = asked.body()
    rng = random.Random(asked.page.number)
    at = int(len(text) * rng.uniform(0.15, 0.95))
    at = text.index("<", at) if "<" in text[at:] else at
    return send(asked, text[: at + rng.choice((1, 2))])


def _make_cut(page: Page, rng: random.Random) -> Life | None:
    return passing(_cut, looks=rng.choice(ONE_TO_FOUR)) if page.form in ("html", "json") else None


mode("cut_in_a_tag", "silent", _make_cut)
for_a_week("cut_in_a_tag", _cut, html=True)


def _fewer(asked: Asked) -> Profile:
    profile = asked.edition.profile.copy()
    keep = max(1, len(profile.chapters) // 2)
    if len(profile.chapters) > 1:
        profile.chapters = profile.chapters[:keep]
    else:
        chapter = profile.chapters[0]
        chapter.sections = chapter.sections[: max(1, len(chapter.sections) // 3)]
    return profile


def _cut_at_chapter(asked: Asked) -> Answer:
    edition = Edition(profile=_fewer(asked), modified=asked.edition.modified)
    return send(asked, asked.page.body(edition, n=asked.total, at=asked.at))


fleeting("cut_at_a_chapter", _cut_at_chapter)
fleeting("truncated", lambda asked: publisher.truncated(asked.body().encode()[:4000]))
fleeting("chunked_without_end", lambda asked: publisher.chunked_without_end(asked.body().encode()[:4000]))
fleeting("gzip_damaged", lambda asked: publisher.gzip_damaged(asked.body().encode()))
fleeting("gzip_without_trailer", lambda asked: publisher.gzip_without_trailer(asked.body().encode()))


def _abroad(asked: Asked) -> Answer:
    rng = random.Random(asked.page.number)
    language = rng.choice(LANGUAGES)
    edition = Edition(profile=translated(asked.edition.profile, language, rng), modified=asked.edition.modified)
    text = asked.page.body(edition, n=asked.total, at=asked.at)
    if asked.page.number % 2:
        text = text.replace('<html lang="en">', f'<html lang="{language}">')
    return send(asked, text, headers={"Content-Language": language} if asked.page.number % 3 == 0 else None)


def _make_abroad(page: Page, rng: random.Random) -> Life | None:
    return passing(_abroad, looks=rng.choice(ONE_TO_FOUR)) if _has_prose(page) else None


def _has_prose(page: Page) -> bool:
    """Whether there is enough to translate: a sheet of facts is numbers and names in any language."""
    profile = page.first.profile
    blocks = [b for c in profile.chapters for holder, _ in holders(c) for b in holder.blocks]
    return sum(size(b) for b in blocks if isinstance(b, Para)) >= 100


mode("wrong_language", "silent", _make_abroad)
mode(
    "wrong_language_for_a_week",
    "silent",
    lambda page, rng: lasting(_abroad) if _has_prose(page) else None,
    "long",
)


def _neighbour(asked: Asked) -> Answer:
    other, _ = made(asked.page.layout, SEED + 500_000 + asked.page.number)
    other.title = "Lower Zubrowka"
    if len(other.chapters) == 1 and other.chapters[0].date is None:
        other.chapters[0].title = other.title
    edition = Edition(profile=other, modified=asked.edition.modified)
    return send(asked, asked.page.body(edition, n=asked.total, at=asked.at))


fleeting("another_country", _neighbour)


def _mojibake(asked: Asked) -> Answer:
    if asked.n > 1:
        return send(asked)
    text = asked.body()
    return send(asked, text.encode().decode("windows-1252", "replace").replace("\ufffd", "?"))


fleeting("mojibake_once", _mojibake, looks=(1,))


# ---------------------------------------------------------------- statuses and wires


def _once(answer: Answer) -> Serve:
    return lambda asked: answer if asked.n == 1 else honest(asked)


for _code in (400, 401, 403, 405, 451, 500, 502, 504):
    fleeting(f"status_{_code}", instead(standins.error_page, _code))
fleeting("maintenance_503", instead(standins.maintenance, 503))
fleeting("maintenance_503_retry_after", lambda asked: status(503, "Back soon.", retry_after=1_800))
fleeting("too_many_429", lambda asked: status(429, "Slow down."))
fleeting("too_many_429_retry_after", lambda asked: status(429, "Slow down.", retry_after=3_600))
fleeting("not_found_404_once", _once(status(404, "Not here.")), looks=(1,))
fleeting("not_found_404_for_an_hour", lambda asked: status(404, "Not here."))
fleeting("gone_410_once", _once(status(410, "Gone.")), looks=(1,))
fleeting("connection_closed", lambda asked: publisher.hang_up())
fleeting("connection_reset", lambda asked: publisher.reset(asked.body().encode()[:2000]))
fleeting("slow_drip", lambda asked: publisher.body_drip(), looks=(1,))
fleeting("redirect_loop", lambda asked: redirect(asked.request.path + ("x" if asked.request.path[-1] != "x" else "")))
fleeting("redirect_to_itself", lambda asked: redirect(asked.page.path))


def _make_redirect_chain(page: Page, rng: random.Random) -> Life:
    def on(asked: Asked) -> Answer:
        return redirect(f"/hop/{asked.rng.randrange(10**9)}")

    return Phase(serve=on, elsewhere=on, looks=(0.0, GAP)), Phase(looks=(0.0, GAP))


mode("redirect_chain", "silent", _make_redirect_chain)
fleeting("redirect_inward", lambda asked: redirect("http://169.254.169.254/latest/meta-data/"))
fleeting("redirect_to_file", lambda asked: redirect("file:///etc/hostname"))


def _make_tls(page: Page, rng: random.Random) -> Life:
    return passing(lambda asked: redirect(f"https://{page.host}:{TLS_PORT[0]}{page.path}"), looks=rng.choice((1, 2)))


TLS_PORT = [1]  # of a server with another host's certificate, put here by site.py
mode("tls_of_another_host", "silent", _make_tls)


def _make_robots(page: Page, rng: random.Random) -> Life:
    day = 25 * 60.0
    down = Phase(robots=instead(standins.error_page, 503), looks=(0.0, day, 2 * day), lasts=3 * day)
    return down, Phase(looks=(0.0, day, 2 * day))


mode("robots_5xx", "silent", _make_robots, "long")
