"""What a page says of itself: whole titles, addresses, headers; and what only looks so."""

import pytest

from tests.extract.stand_ins import FRENCH, HEADINGS
from tracker.extract.language import language
from tracker.extract.signals import by_address, by_headers, by_sender, by_title, is_same_place

URL = "https://r.example/profiles/ruritania"


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("404", "soft404"),
        ("Error 404 (Not Found)!!1", "soft404"),
        ("HTTP Status 404 – Not Found", "soft404"),
        ("410 Gone", "soft404"),
        ("Oops! We couldn’t find that page.", "soft404"),
        ("Sorry, the page you are looking for does not exist.", "soft404"),
        ("Profiles | Page not found", "soft404"),
        ("الصفحة غير موجودة | الموقع", "soft404"),
        ("找不到页面", "soft404"),
        ("403 Forbidden", "challenge"),
        ("403 - Forbidden: Access is denied.", "challenge"),
        ("Access Denied", "challenge"),
        ("401", "login"),
        ("Log in to your account - Profiles", "login"),
        ("500 Internal Server Error", "error_page"),
        ("Application error: a client-side exception has occurred", None),
        ("504 Gateway Time-out", "error_page"),
        ("503", "error_page"),
    ],
)
def test_a_title_that_is_nothing_else_names_what_the_page_is(title, reason):
    found = by_title([title], [])

    assert (found[0] if found else None) == reason
    assert found is None or title in found[1]


@pytest.mark.parametrize(
    "title",
    [
        *(f"{h} in Ruritania" for h in HEADINGS),
        "404 mines found",
        "500 landmines",
        "Page 404",
        "Removed mines",
        "The missing",
        "Maintenance of minefields",
        "Signing in Ottawa",
        "Ruritania",
        "",
        "Service",
        "Contact",
        "Errors of judgement",
        "404 Plant Road Clearance Project",
        "Profile available",
        "Document found in Strelsau",
    ],
)
def test_a_title_that_says_more_names_nothing(title):
    assert by_title([title], [title]) is None


def test_of_two_names_the_plainer_counts():
    assert by_title(["Page not found"], ["Oops"]) == ("soft404", "its title says 'Page not found'")


@pytest.mark.parametrize(
    ("final", "reason"),
    [
        (URL, None),
        ("http://www.r.example/profiles/Ruritania/", None),
        ("https://r.example/countries/ruritania", None),
        ("https://r.example/login?next=/profiles/ruritania", "login"),
        ("https://r.example/user/sign-in", "login"),
        ("https://login.house.example/x", "login"),
        ("https://r.example/oauth2/authorize?client=1", "login"),
        ("https://r.example/errors/404.html", "soft404"),
        ("https://r.example/Error.aspx?aspxerrorpath=/x", "soft404"),
        ("https://r.example/consent?from=x", "challenge"),
        ("https://r.example/", "other_page"),
        ("https://r.example/index.php", "other_page"),
        ("https://r.example/en/", "other_page"),
        ("https://r.example/blog/login-lessons-from-ruritania", None),
        ("https://r.example/national-accounts/ruritania", None),
        ("https://r.example/authors/ruritania", None),
        ("http://[broken", None),
    ],
)
def test_the_address_that_a_page_was_led_to_tells(final, reason):
    found = by_address(URL, final)

    assert (found[0] if found else None) == reason


def test_an_address_that_was_asked_for_as_it_is_tells_nothing():
    for url in ("https://r.example/login", "https://r.example/", "https://r.example/404"):
        assert by_address(url, url) is None


def test_the_headers_of_services_tell_only_what_they_say():
    assert by_headers((("cf-mitigated", "challenge"),)) is not None
    assert by_headers((("server", "cloudflare"), ("cf-ray", "1"), ("x-datadome", "protected"))) is None
    assert by_sender((("server", "AkamaiGHost"),), 300) is not None
    assert by_sender((("server", "AkamaiGHost"),), 30_000) is None
    assert by_sender((("server", "AkamaiGHost"), ("etag", '"1"')), 300) is None
    assert by_sender((("server", "nginx"), ("server-timing", "edge; dur=1, origin; dur=0")), 300) is None


def test_addresses_of_one_page_are_known_for_it():
    assert is_same_place("http://www.r.example/a/index.html", "https://r.example/A/")
    assert not is_same_place("https://r.example/a", "https://r.example/a?page=2")
    assert not is_same_place("https://r.example/a", "https://s.example/a")


SAMPLES = {
    "fr": " ".join(FRENCH),
    "en": (
        "The council of Strelsau has not acceded to the treaty, and it is not known which of the parties were "
        "told. It was said by the ministry that the hills have been cleared for the people of the valley."
    ),
    "es": (
        "El gobierno no ha firmado el tratado que los otros estados han ratificado en la capital, y las víctimas "
        "son numerosas. Se espera una ley para ayudar a las personas del país, según el ministerio."
    ),
    "de": (
        "Die Regierung hat den Vertrag nicht unterschrieben, und die Opfer sind zahlreich. Das Gesetz für die "
        "Hilfe wird von dem Ministerium erwartet, aber es ist noch nicht im Parlament."
    ),
    "ru": (
        "Правительство не подписало договор, который другие государства ратифицировали в столице, и жертвы как и "
        "раньше ждут закона. По словам министра, это было не в его власти, что и было сказано на встрече."
    ),
    "ar": (
        "لم توقع الحكومة على المعاهدة التي صدقت عليها الدول في العاصمة، وقد كان عدد الضحايا كبيرا في هذه المناطق "
        "من البلاد. وقال الوزير إن القانون لا يزال بين يدي المجلس، أو هذا ما قيل في بيان بعد الاجتماع مع الوفد من"
        " الخارج إلى الآن."
    ),
    "zh": "政府没有签署其他国家在首都批准的条约，受害者人数众多。根据该部的说法，预计将出台一项法律来帮助该国人民。"
    * 3,
    "ja": "政府は他の国々が首都で批准した条約に署名していません。被害者の数は多く、支援のための法律が待たれています。"
    * 3,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_text_tells_its_language_by_its_small_words_or_its_script(name):
    assert language(SAMPLES[name]) == name


def test_a_text_that_is_short_or_mixed_tells_none():
    for text in ("", "The hills", "12 404 " * 200, " ".join(SAMPLES[n] for n in ("en", "fr"))[:LONG], "x" * 5000):
        assert language(text) in (None, "en")


LONG = 400
