"""What publishers serve in a page's place: challenges, login forms, soft 404s, parked domains, shells, walls.

Every text is ours; the marks by which services can be known (header names, script paths, short titles) are theirs. Each
gives a media type's worth of HTML as text; none of them is the page. Pure.
"""

import random
from collections.abc import Mapping

from tests.farm.chrome import RELATED

FILLER = (
    "Our correspondents write from the valleys of the north, where the first snow fell on Tuesday.",
    "The choir of the old chapel sings again, after eleven years of silence.",
    "Readers sent us four hundred photographs of bridges; we show the best of them.",
    "A baker tells how her bread came to be served at the chancellor's table.",
    "The museum of clocks opens its doors on Sunday, and entry is free.",
    "Why the ferries are late: a short history of wind.",
)


def shell(title: str, body: str, *, head: str = "", lang: str = "en") -> str:
    """A whole HTML page."""
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{body}</body></html>\n"
    )


def soft404_english(rng: random.Random) -> str:
    """Our sort of words."""
    return shell(
        "Page not found",
        "<h1>Page not found</h1><p>The page that you are looking for does not exist or has been moved.</p>"
        f'<p>Try the <a href="/">home page</a> or search again. Reference {rng.randrange(10**6)}.</p>',
    )


def soft404_french(rng: random.Random) -> str:
    """The same in French."""
    return shell(
        "Page introuvable",
        "<h1>Page introuvable</h1><p>La page que vous cherchez n’existe pas ou a été déplacée.</p>"
        '<p>Revenez à <a href="/">l’accueil</a> ou lancez une recherche.</p>',
        lang="fr",
    )


def soft404_spanish(rng: random.Random) -> str:
    """The same in Spanish."""
    return shell(
        "Página no encontrada",
        "<h1>No encontramos esta página</h1><p>La dirección que escribió no existe o ha cambiado.</p>"
        '<p>Vuelva a la <a href="/">portada</a>.</p>',
        lang="es",
    )


def soft404_wordless(rng: random.Random) -> str:
    """None of the words that say so."""
    return shell(
        "Oops! | Observatory",
        "<h1>Well, this is awkward</h1><p>The trail ends here. Perhaps a fox took it.</p>"
        f"<ul>{''.join(f'<li>{t}</li>' for t in rng.sample(RELATED, 4))}</ul>",
    )


def soft404_long(rng: random.Random) -> str:
    """A front page's worth of stories, and a word of regret."""
    stories = "".join(
        f"<h2>{rng.choice(RELATED)}</h2><p>{rng.choice(FILLER)} {rng.choice(FILLER)}</p>" for _ in range(30)
    )
    return shell(
        "Observatory", f"<main><h1>Nothing at this address</h1><p>But there is much to read:</p>{stories}</main>"
    )


def soft404_of_site(seed: int, path: str) -> str:
    """What one site shows for whatever does not exist, in words of its own; the address is repeated in it."""
    rng = random.Random(f"soft404/{seed}")
    said = "".join(f"<p>{t}</p>" for t in rng.sample(FILLER, 4))
    return shell(
        f"Observatory {seed % 40}",
        f"<main><h1>{rng.choice(RELATED)}</h1><p>You asked for {path[:80]}.</p>{said}</main>",
    )


def parking(rng: random.Random) -> str:
    """A domain for sale."""
    links = "".join(f'<li><a href="/c?{rng.randrange(999)}">{w}</a></li>' for w in ("Insurance", "Loans", "Hotels"))
    return shell(
        "observatory.example is for sale",
        "<h1>This domain may be for sale</h1><p>Buy this domain. The owner has parked it free of charge.</p>"
        f"<p>Related searches</p><ul>{links}</ul>",
    )


def error_page(rng: random.Random) -> str:
    """A fault that the site tells at status 200."""
    return shell(
        "Internal Server Error",
        f"<h1>Server Error</h1><p>Something went wrong on our side. Incident {rng.randrange(16**8):x}.</p>",
    )


def stack_trace(rng: random.Random) -> str:
    """A framework's fault page, long, at status 200."""
    frames = "".join(f"<pre>at Pages.Render(Int32 row) in Pages.cs:line {rng.randrange(900)}</pre>" for _ in range(80))
    return shell("Runtime Error", f"<h1>Server Error in '/' Application.</h1><h2>Object reference not set</h2>{frames}")


def database_down(rng: random.Random) -> str:
    """A content system without its database, at status 200."""
    return shell("Database Error", "<h1>Error establishing a database connection</h1>")


def maintenance(rng: random.Random) -> str:
    """Works, at status 200."""
    return shell("We'll be right back", "<h1>Down for maintenance</h1><p>We are back before noon. Thank you.</p>")


def blank_shell(rng: random.Random) -> str:
    """Chrome, and nothing in it."""
    return shell("Observatory", '<header><a href="/">Home</a></header><main></main><footer>Imprint</footer>')


def js_shell(rng: random.Random) -> str:
    """An application that a browser would have to run."""
    return shell(
        "Observatory",
        '<noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div>'
        f'<script src="/static/main.{rng.randrange(16**6):06x}.js"></script>',
    )


def login_form(rng: random.Random) -> str:
    """Who are you?"""
    token = rng.randrange(10**9)
    return shell(
        "Sign in",
        '<h1>Sign in to continue</h1><form method="post"><label>Mail <input name="user"></label>'
        f'<label>Password <input type="password" name="pass"></label><input type="hidden" value="{token}">'
        "<button>Sign in</button></form><p>Forgot your password?</p>",
    )


def login_long(rng: random.Random) -> str:
    """Who are you, and much else to read."""
    said = "".join(f"<p>{rng.choice(FILLER)}</p>" for _ in range(40))
    form = '<form><input name="u"><input type="password" name="p"><button>Log in</button></form>'
    return shell("Members’ area", f"<h1>Members’ area</h1>{form}<h2>Why join?</h2>{said}")


def consent_wall(rng: random.Random) -> str:
    """Agree first."""
    return shell(
        "Before you continue",
        "<h1>We value your privacy</h1><p>We and our 812 partners store and access information on a device.</p>"
        "<p>With your permission we may use precise data. You may click to consent to our processing.</p>"
        "<button>Accept all</button><button>Reject all</button><button>More options</button>",
    )


def front_page(rng: random.Random) -> str:
    """The site's own front page, long."""
    stories = "".join(f"<h2>{t}</h2><p>{rng.choice(FILLER)} {rng.choice(FILLER)}</p>" for t in rng.sample(RELATED, 8))
    return shell("Observatory", f"<main><h1>Observatory</h1>{stories * 3}</main>")


# ---------------------------------------------------------------- challenges, each as (status, headers, page)

Challenge = tuple[int, Mapping[str, str], str]


def challenge_cloud(rng: random.Random, status: int) -> Challenge:
    """A moment, please."""
    ray = f"{rng.randrange(16**16):016x}"
    body = shell(
        "Just a moment...",
        '<div class="main-wrapper"><h1>observatory.example</h1><p>Checking your browser before accessing the site.</p>'
        f'<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1?ray={ray}"></script>'
        f'<noscript>Enable JavaScript and cookies to continue</noscript><div class="ray-id">Ray ID: {ray}</div></div>',
    )
    return status, {"cf-mitigated": "challenge", "Server": "cloudflare", "CF-RAY": ray}, body


def challenge_cloud_headless(rng: random.Random, status: int) -> Challenge:
    """The same page, by a proxy that drops the header."""
    return status, {}, challenge_cloud(rng, status)[2]


def challenge_waf(rng: random.Random, status: int) -> Challenge:
    """A script that must be run; no word of text."""
    body = shell(
        "",
        f'<div id="challenge-container"></div><script src="https://{rng.randrange(16**8):x}.example/challenge.js">'
        "</script><noscript><h1>JavaScript is disabled</h1>In order to continue, we need to verify that you're not a "
        "robot.</noscript>",
    )
    return status, {"x-amzn-waf-action": "challenge", "Server": "CloudFront"}, body


def challenge_denied(rng: random.Random, status: int) -> Challenge:
    """Access denied, with a reference."""
    body = shell(
        "Access Denied",
        "<h1>Access Denied</h1><p>You don't have permission to access this page on this server.</p>"
        f"<p>Reference #18.{rng.randrange(16**8):x}.{rng.randrange(10**9)}</p>",
    )
    return status, {"Server": "AkamaiGHost", "Mime-Version": "1.0"}, body


def challenge_frame(rng: random.Random, status: int) -> Challenge:
    """A frame with the challenge, and nothing else."""
    key = rng.randrange(10**12)
    body = (
        '<html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW"><meta name="viewport" '
        'content="initial-scale=1.0"></head><body style="margin:0px;height:100%"><iframe id="main-iframe" '
        f'src="/_Incapsula_Resource?CWUDNSAI={key % 97}&xinfo={key}" frameborder=0 width="100%" height="100%">'
        f"Request unsuccessful. Incapsula incident ID: {key}</iframe></body></html>"
    )
    return status, {"X-Iinfo": str(key), "X-CDN": "Imperva"}, body


def challenge_press(rng: random.Random, status: int) -> Challenge:
    """Press and hold."""
    body = shell(
        "Access to this page has been denied",
        "<h1>Please verify you are a human</h1><p>Press &amp; Hold to confirm you are a human (and not a bot).</p>"
        f'<div id="px-captcha"></div><p>Reference ID {rng.randrange(16**12):x}</p>',
    )
    return status, {"X-PX-Authorization": "3"}, body


def challenge_firewall(rng: random.Random, status: int) -> Challenge:
    """A website firewall."""
    body = shell(
        "Website Firewall - Access Denied",
        "<h1>Access Denied - Website Firewall</h1><p>If you are the site owner, please whitelist your IP.</p>"
        f"<p>Block reason: bot. Block ID: BOT{rng.randrange(999)}</p>",
    )
    return status, {"Server": "Sucuri/Cloudproxy", "X-Sucuri-ID": "11005"}, body


def challenge_captcha(rng: random.Random, status: int) -> Challenge:
    """A site's own riddle."""
    body = shell(
        "Security check",
        "<h1>One more step</h1><p>Please complete the security check to access observatory.example.</p>"
        f'<div class="g-recaptcha" data-sitekey="{rng.randrange(16**10):x}"></div>',
    )
    return status, {}, body


CHALLENGES = {
    "cloud": challenge_cloud,
    "cloud_headless": challenge_cloud_headless,
    "waf": challenge_waf,
    "denied": challenge_denied,
    "frame": challenge_frame,
    "press": challenge_press,
    "firewall": challenge_firewall,
    "captcha": challenge_captcha,
}
