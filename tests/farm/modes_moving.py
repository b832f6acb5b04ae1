"""The ways in which the text stays and all else changes: what moves of itself, other markup, other bytes. No alert."""

import random
import re
from collections.abc import Callable

from tests.exam.noise import noisy
from tests.farm.chrome import ADS, RELATED
from tests.farm.modes import Asked, Life, Phase, Serve, Tag, fleeting, honest, mode, passing, send
from tests.farm.pages import SKINS, Page
from tests.publisher import Answer, status

Words = Callable[[str, random.Random], str]


# ---------------------------------------------------------------- what moves of itself


def _moving(part: str) -> Callable[[Page, random.Random], Life | None]:
    def make(page: Page, rng: random.Random) -> Life | None:
        return (Phase(looks=(0.0, 3.0, 20.0, 61.0, 130.0, 150.0)),) if part in page.skin else None

    return make


for _part in SKINS:
    mode(f"moves_{_part}", "silent", _moving(_part))


# ---------------------------------------------------------------- the same text in other bytes


def _on_text(words: Words) -> Serve:
    return lambda asked: send(asked, words(asked.body(), asked.rng))


def _outside_tags(text: str, change: Callable[[str], str]) -> str:
    head, mark, rest = text.partition("<body")
    parts = re.split(r"(<script\b.*?</script>|<[^<>]*>)", rest, flags=re.DOTALL)
    return head + mark + "".join(p if p.startswith("<") else change(p) for p in parts)


def _whitespace(text: str, rng: random.Random) -> str:
    told = _outside_tags(text, lambda p: re.sub(r"(?<=\w) (?=\w)", lambda m: "\n   " if rng.random() < 0.2 else " ", p))
    return told.replace("</p>", "</p>\r\n\t  ").replace("<tr>", "\n  <tr>")


def _entities(text: str, rng: random.Random) -> str:
    def change(part: str) -> str:
        for mark, name in (("’", "&rsquo;"), ("–", "&#8211;"), ("“", "&ldquo;"), ("”", "&#x201d;"), ("é", "&eacute;")):
            part = part.replace(mark, name)
        return part

    return _outside_tags(text, change)


def _quotes(text: str, rng: random.Random) -> str:
    return _outside_tags(text, lambda p: p.replace("’", "'").replace("“", '"').replace("”", '"').replace("–", "-"))


def _attributes(text: str, rng: random.Random) -> str:
    def turned(m: re.Match[str]) -> str:
        names = " ".join(reversed(re.findall(r'[\w-]+="[^"]*"', m[2])))
        return f"<{m[1]} {names} data-v='{rng.randrange(99)}'>"

    return re.sub(r"<(a|td|p|div|table)((?:\s[\w-]+=\"[^\"]*\")+)>", turned, text)


def _classes(text: str, rng: random.Random) -> str:
    text = re.sub(r"<(p|td|h[2-6]|tr)>", lambda m: f'<{m[1]} class="css-{rng.randrange(16**5):x}">', text)
    return text.replace('class="MsoNormal"', f'class="body-{rng.randrange(99)}"')


def _wrapped(text: str, rng: random.Random) -> str:
    text = text.replace("<table", '<div class="table-responsive"><table').replace("</table>", "</table></div>")
    return re.sub(r"<p>([^<]{20,})</p>", r'<p><span lang="en">\1</span></p>', text)


def _redesigned(text: str, rng: random.Random) -> str:
    for old, new in (
        (r'<header class="site-header">.*?</header>', '<header class="top"><a href="/">Obs</a></header>'),
        (r"<nav>.*?</nav>", f'<nav class="mega"><a href="/a">{RELATED[0]}</a><a href="/b">Atlas</a></nav>'),
        (r'<aside class="sidebar">.*?</aside>', ""),
        (r"<footer>.*?</footer>", f"<footer><p>New house, old friends.</p><p>{ADS[0]}</p></footer>"),
    ):
        text = re.sub(old, new, text, flags=re.DOTALL)
    return text


def _cookie_bar(text: str, rng: random.Random) -> str:
    bar = rng.choice(
        (
            '<div id="cookie-banner" class="cookie-consent" role="dialog"><p>We use cookies to give you the best '
            "experience. By using this site you agree.</p><button>Accept</button><button>Settings</button></div>",
            '<div class="cc-window cc-bottom" role="dialog" aria-label="cookieconsent"><span>This website uses cookies.'
            "</span><a>Learn more</a><a>Got it!</a></div>",
            '<section class="gdpr-notice"><h2>Your privacy</h2><p>We and our partners use cookies.</p></section>',
        )
    )
    if rng.random() < 0.5:
        return re.sub(r"<body[^>]*>", lambda m: m[0] + bar, text, count=1)
    return text.replace("</body>", bar + "</body>", 1)


def _notice(text: str, rng: random.Random) -> str:
    told = '<div class="site-notice" role="banner"><p>Our offices are closed on Friday.</p></div>'
    return re.sub(r"<body[^>]*>", lambda m: m[0] + told, text, count=1)


for _name, _words in (
    ("whitespace", _whitespace),
    ("entities", _entities),
    ("quotes", _quotes),
    ("attributes", _attributes),
    ("class_renames", _classes),
    ("wrappers", _wrapped),
    ("redesign", _redesigned),
    ("cookie_bar", _cookie_bar),
    ("site_notice", _notice),
):
    fleeting(_name, _on_text(_words), html=True)


def _typist(asked: Asked) -> Answer:
    return send(asked, noisy(asked.body().encode(), asked.page.form, random.Random(asked.page.number)))


def _latin1(asked: Asked) -> Answer:
    text = asked.body().replace('charset="utf-8"', 'charset="windows-1252"')
    errors = "xmlcharrefreplace" if asked.page.is_html else "strict"
    media_type = asked.page.media_type.replace("utf-8", "windows-1252")
    try:
        return send(asked, text.encode("windows-1252", errors), media_type=media_type)
    except UnicodeEncodeError:  # a format without references cannot say it
        return send(asked)


def _meta_only(asked: Asked) -> Answer:
    return send(asked, media_type="text/html" if asked.page.is_html else None)


fleeting("typist", _typist)
fleeting("charset_1252", _latin1)
fleeting("charset_bom", lambda asked: send(asked, asked.body().encode("utf-8-sig")))
fleeting("charset_by_meta", _meta_only, html=True)
fleeting("gzip_flip", lambda asked: send(asked, is_compressed=not asked.page.is_compressed))
fleeting("new_etag_same_body", lambda asked: send(asked, tag=Tag(f'"{asked.rng.randrange(16**12):x}"')))
fleeting("etag_goes", lambda asked: send(asked, tag=Tag(None)))


def _tag_flip(asked: Asked) -> Answer:
    return send(asked, tag=Tag(f'{"W/" if asked.n % 2 else ""}"edition-{asked.edition.modified:%Y%m%d%H%M}"'))


fleeting("etag_strength_flips", _tag_flip)


def _storm(asked: Asked) -> Answer:
    known = asked.request.headers
    return status(304) if "if-none-match" in known or "if-modified-since" in known else honest(asked)


def _make_storm(page: Page, rng: random.Random) -> Life | None:
    return passing(_storm, looks=26, gap=10.0) if page.validator != "none" else None


mode("storm_of_304", "silent", _make_storm)
fleeting("always_304", lambda asked: status(304))


# ---------------------------------------------------------------- variants


def _other_chrome(asked: Asked) -> Answer:
    text = asked.body()
    return send(asked, _redesigned(text, asked.rng) if asked.n % 2 else text)


fleeting("ab_of_furniture", _other_chrome, html=True, looks=(6,))
