"""What a page says that it is, where that is no profile: in its headers, its address, its title, its few words. Pure.

Lives here: how the phrases (phrases.py) are laid over a page, and headers and addresses. Not here: whether the page is
believed (judge.py). Every signal is a reason of the judge's with a line of evidence, for a person.

Titles and headings are taken whole: "Page not found" is one, "404 mines were found" and "Access denied to deminers"
are none. Source of the headers: the scheme by which EDGI's web-monitoring tells captures that were blocked.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final
from urllib.parse import unquote, urlsplit

from tracker.extract.phrases import SENTENCES, SHELL, TITLES

Signal = tuple[str, str]  # reason, evidence

MAX_TITLE = 160  # characters of a title that can say what a page is and little else
MAX_READ = 20_000  # characters of a page that are searched for sentences
MAX_SHOWN = 200  # characters of an address or header in a line of evidence
SHORT_ANSWER = 2000  # bytes of a page that a cache or gate wrote itself

_CODE: Final = r"(?:(?:http )?(?:error|erreur|fehler|ошибка|خطأ|status|code)? ?(?:code |status )?[#(\[]?"
_LEAD: Final = re.compile(
    r"^(?:(?:oops|whoops|ooops|sorry|uh[- ]oh|hmm+|désolé|lo sentimos|entschuldigung|ups|извините|عذرا|error|erreur|"
    r"fehler|ошибка)[\s,!.:–—-]+)+(?=\S)"
)
_STATUS: Final = re.compile(_CODE + r"([45]\d\d)[)\]]?)(?:[\s:.,–—-]+|$)", re.IGNORECASE)
_PARTS: Final = re.compile(r"\s+[-–—‹›]\s+|\s*[|·•»«]\s*")
_SHOUTED: Final = re.compile(r"!+1+!*$")
_PLAINNESS: Final = ("challenge", "soft404", "login", "error_page")
_EDGES: Final = " \t\r\n.!?…:;,*-–—_«»\"'()[]،؟😞😕🙁☹️"

_LOGIN_PATH: Final = re.compile(
    r"(?:^|/)(?:(?:user|member|wp|admin|my)[-_.])?(?:log[-_]?in|log[-_]?on|sign[-_]?in|sso|auth|oauth2?|saml2?|adfs|cas|"
    r"openid(?:-connect)?|authorize|authenticate|accounts?|session|connexion|anmelden|iniciar-sesion)(?=$|[/.?])",
    re.IGNORECASE,
)
_ERROR_PATH: Final = re.compile(
    r"(?:^|/)(?:error|errors|404|500|not[-_]?found|page[-_]?not[-_]?found|pagenotfound|oops|maintenance|unavailable|"
    r"file[-_]?not[-_]?found|introuvable|no-encontrada|fehler)(?:\.\w{2,5})?(?:$|[/?])",
    re.IGNORECASE,
)
_GATE_PATH: Final = re.compile(
    r"(?:^|/)(?:consent|captcha|challenge|blocked|human|sorry|denied)(?=$|[/.?])", re.IGNORECASE
)
_HOME_PATH: Final = re.compile(
    r"/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|default|home|main|welcome|start)(?:\.\w{2,5})?)?/?", re.I
)
_STATUSES: Final = {"404": "soft404", "410": "soft404", "401": "login", "403": "challenge"}
_HEADERS: Final = (
    ("cf-mitigated", re.compile(r"challenge", re.IGNORECASE)),
    ("x-amzn-waf-action", re.compile(r"challenge|captcha", re.IGNORECASE)),
    ("rimon", re.compile(r"RWC_BLOCK", re.IGNORECASE)),
    ("x-sucuri-block", re.compile(r"\S")),
)
_GATES: Final = re.compile(r"^(?:akamaighost|awselb/|cloudfront|ddos-guard|imperva|big-?ip|sucuri)", re.IGNORECASE)
# What a gate's page loads and a profile does not: the script or form of the check itself.
MARKS: Final = (
    b"/cdn-cgi/challenge-platform/", b"cf-challenge", b"cf_chl_opt", b"cf-turnstile", b"_incapsula_resource",
    b"captcha-delivery.com", b"awswafintegration", b"token.awswaf.com", b"px-captcha", b"distil_r_captcha",
    b"sec-if-cpt-container", b"g-recaptcha", b"h-captcha", b"blocked.aspx?catid",
)  # fmt: skip


def by_headers(headers: Iterable[tuple[str, str]]) -> Signal | None:
    """What the response's headers say outright: that a known service challenged or blocked us."""
    told = dict(headers)
    for name, says in _HEADERS:
        if name in told and says.search(told[name]):
            return "challenge", f"the response says {name}: {told[name][:MAX_SHOWN]}"
    return None


def by_sender(headers: Iterable[tuple[str, str]], body_bytes: int) -> Signal | None:
    """What the headers of a short answer say: that a cache or gate wrote it itself, and not the publisher."""
    if body_bytes > SHORT_ANSWER:
        return None
    told = dict(headers)
    server = told.get("server", "")
    if "error" in told.get("x-cache", "").lower():
        return "error_page", f"{body_bytes} bytes, and the response says x-cache: {told['x-cache'][:MAX_SHOWN]}"
    if _GATES.match(server) and not told.get("etag") and not told.get("last-modified"):
        return "challenge", f"{body_bytes} bytes without a validator, from {server[:MAX_SHOWN]}"
    timing = re.sub(r"\s", "", told.get("server-timing", "").lower())
    if re.search(r"origin;(?:[^,]*;)?dur=0(?:\.0+)?(?:[;,]|$)", timing) and "edge" in timing and _GATES.match(server):
        return "challenge", f"{body_bytes} bytes that the cache wrote without asking its publisher (server-timing)"
    return None


def by_address(url: str, final_url: str) -> Signal | None:
    """What the address says that the page was led to: a login, an error page, the front page of a site."""
    try:
        asked, final = urlsplit(url), urlsplit(final_url)
    except ValueError:
        return None
    if "aspxerrorpath=" in final.query.lower():
        return "soft404", "its address says aspxerrorpath"
    if is_same_place(url, final_url):
        return None
    path, was = unquote(final.path), unquote(asked.path)
    if _ERROR_PATH.search(path) and not _ERROR_PATH.search(was):
        return "soft404", f"it was redirected to {final_url[:MAX_SHOWN]}"
    if _GATE_PATH.search(path) and not _GATE_PATH.search(was):
        return "challenge", f"it was redirected to {final_url[:MAX_SHOWN]}"
    first = (final.hostname or "").partition(".")[0]
    is_login_host = asked.hostname != final.hostname and _LOGIN_PATH.fullmatch(first) is not None
    if is_login_host or (_LOGIN_PATH.search(path) and not _LOGIN_PATH.search(was)):
        return "login", f"it was redirected to {final_url[:MAX_SHOWN]}"
    if _HOME_PATH.fullmatch(path) and not _HOME_PATH.fullmatch(was) and not final.query:
        return "other_page", f"it was redirected to a front page, {final_url[:MAX_SHOWN]}"
    return None


def is_same_place(url: str, other: str) -> bool:
    """Whether two addresses are of one page, as far as they tell: scheme, `www.`, case and a last slash say nothing."""
    return _place(url) == _place(other)


def _place(url: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return "", url, ""
    path = re.sub(r"/(?:index|default)\.\w{2,5}$|\.html?$", "", unquote(parts.path).casefold()).rstrip("/")
    return host, path, parts.query


def by_title(titles: Iterable[str], headings: Iterable[str]) -> Signal | None:
    """What the page's titles or first headings say that it is; the plainest of them, where several do.

    A title may hold the site's name beside it; a heading may not.
    """
    heads = [" ".join(head.split()) for head in headings]
    found = [(reason, f"its heading says {head[:MAX_TITLE]!r}") for head in heads if (reason := _says(head))]
    for title in titles:
        short = " ".join(title.split())
        if reason := _says(short):
            found.append((reason, f"its title says {short!r}"))
            continue
        for part in _PARTS.split(short) if len(short) <= MAX_TITLE else ():
            # "Access denied - deminers turned away" is a heading of its own, not a title beside a site's name.
            if not any(_goes_on(head, part) for head in heads) and (reason := _says(part)):
                found.append((reason, f"its title says {short!r}"))
    return min(found, key=lambda signal: _PLAINNESS.index(signal[0]), default=None)


def _goes_on(head: str, part: str) -> bool:
    return len(head) > len(part) + 3 and head.casefold().startswith(part.casefold())


def _says(title: str) -> str | None:
    """The reason that a whole title or heading names."""
    if not title or len(title) > MAX_TITLE:
        return None
    told = " ".join(title.casefold().replace("’", "'").replace("‘", "'").split())
    told = _SHOUTED.sub("", told).strip(_EDGES)
    status = _STATUS.match(told)
    rest = told
    if status is not None:
        rest = told[status.end() :].strip(_EDGES)
        if not rest:
            return _by_status(status[1], "error_page")
    for text in dict.fromkeys((told, rest, _LEAD.sub("", told), _LEAD.sub("", rest))):
        for reason in TITLES:
            if _whole(reason).fullmatch(text.strip(_EDGES)):
                return _by_status(status[1], reason) if status is not None else reason
    return None


def _by_status(code: str, reason: str) -> str:
    """What a title says that names a status: "403 Error" is a refusal, "404 Error" a missing page."""
    return _STATUSES.get(code, reason) if reason == "error_page" or code in ("404", "410") else reason


@cache
def _whole(reason: str) -> re.Pattern[str]:
    """What a title is, from end to end, that names this reason. Made when first needed: it takes a while."""
    return re.compile(r"(?:{})(?: ?[\[(]?(?:error )?[45]\d\d[\])]?)?".format("|".join(TITLES[reason])))


@cache
def _within(reason: str) -> re.Pattern[str]:
    return re.compile("|".join(SENTENCES[reason]))


def by_sentence(text: str) -> Signal | None:
    """What a page with little text says in it: sentences that gates, walls and error pages write."""
    told = text[:MAX_READ].replace("’", "'").lower()
    for reason in SENTENCES:
        if found := _within(reason).search(told):
            return reason, f"it says {' '.join(found[0].split())[:MAX_TITLE]!r}"
    return None


def asks_for_scripts(text: str) -> bool:
    """Whether a page says that it shows nothing without scripts."""
    return re.search(SHELL, text[:MAX_READ].lower()) is not None
