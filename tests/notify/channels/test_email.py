"""Mail: the message read back by the standard library and an HTML parser; all ways in which a server may answer."""

import base64
import email
import email.policy
import re
import time
from dataclasses import replace
from email.message import EmailMessage
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from selectolax.lexbor import LexborHTMLParser

from tests.notify.builders import CHANGE, SEEN
from tests.notify.channels.mail_server import CERTIFICATES, Liar, MailServer, secured
from tests.notify.channels.reading import FRAGMENT, holds_only_ours, links_in
from tests.notify.hostile import ATTACKS, LONG, hostile_telling, hostile_text
from tests.notify.tellings import TELLINGS, crowd, single, telling
from tests.publisher import closed_port
from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.notify.channels import KINDS, ChannelConfig, Message, Surroundings
from tracker.notify.render.disarm import JOINER, unlinked
from tracker.notify.render.html import legal
from tracker.notify.render.letter import subject
from tracker.notify.render.notice import notice_of
from tracker.notify.render.redline import marked
from tracker.notify.secret import Ref
from tracker.notify.telling import Reason, Telling

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

KIND = KINDS["email"]
LOOPBACK = (ip_network("127.0.0.0/8"),)
FROM = "Tracker <watch@tracker.example>"
TO = ("amina@desk.example", "Björn Ø <bjorn@desk.example>")
PASSWORD = "canary-påsswörd-9f3c"
OURS = {
    "https://tracker.example/",
    "https://monitor.example/profiles/ruritania",
    "https://tracker.example/c/c_0000000000000000",
}
ELEMENTS = FRAGMENT | {"html", "head", "meta", "title", "body"}
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id", "Auto-Submitted"]
HEADERS += ["MIME-Version", "Content-Type"]


def config(**values: object) -> ChannelConfig:
    told = {"server": "mail.example.org:587", "from": FROM, "to": TO, **{k.rstrip("_"): v for k, v in values.items()}}
    return ChannelConfig(name="desk", kind="email", values={k: v for k, v in told.items() if v is not None})  # type: ignore[misc]


def mail_of(of: Telling, **values: object) -> bytes:
    return KIND.render(of, config(**values))


def read(mail: bytes) -> EmailMessage:
    found = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def parts(mail: bytes) -> tuple[str, str]:
    found = read(mail)
    told = [found.get_body((sort,)) for sort in ("plain", "html")]
    assert all(part is not None and not part.defects for part in told)
    assert not any(re.search(rb"(?<!\r)\n", part.get_payload(decode=True)) for part in told), "RFC 2045 §6.8: CR LF"
    return tuple(part.get_content().replace("\r\n", "\n") for part in told)  # type: ignore[union-attr, return-value]


# ---------------------------------------------------------------- the message


@pytest.mark.parametrize("name", TELLINGS)
def test_every_form_is_a_mail_that_the_standard_library_reads_back_without_a_complaint(name):
    mail = mail_of(TELLINGS[name])

    found = read(mail)
    plain, page = parts(mail)

    assert mail == mail_of(TELLINGS[name]), "the same bytes each time"
    assert mail.isascii() and max(map(len, mail.split(b"\r\n"))) <= 998 and not re.search(rb"(?<!\r)\n", mail)
    assert found.keys() == HEADERS and not found.defects
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    assert found["Subject"] == notice_of(TELLINGS[name]).title and len(found["Subject"]) <= 150
    assert found["Date"].datetime == TELLINGS[name].at.replace(microsecond=0)
    assert found["Auto-Submitted"] == "auto-generated"
    assert [(box.display_name, box.addr_spec) for box in found["To"].addresses] == [
        ("", "amina@desk.example"),
        ("Björn Ø", "bjorn@desk.example"),
    ]
    assert len(mail.partition(b"text/html")[2]) < 102_000 and page.count("<html") == 1 and plain


@pytest.mark.parametrize("part", [0, 1])
def test_a_mail_says_what_changed_where_when_why_and_where_to_see_it(part):
    told = parts(mail_of(single(reasons=(Reason("mine-action", "chapter mine-*"),))))[part].replace(JOINER, "")

    for fact in ("Ruritania › Mine Ban Policy", "silent edit", "critical: treaty status", "Treaty status overview"):
        assert fact in told
    for fact in ("between 14 Aug 2026 03:30", "09:30 UTC", "document date 28 Sep 2025", "subscription mine-action"):
        assert fact in told
    assert f"https://tracker.example/c/{CHANGE.id}" in told
    assert told.index("cell changed") < told.index("replaced"), "the most salient first"


def test_the_text_part_marks_what_went_and_came():
    plain, _ = parts(mail_of(single()))

    assert "[-Not a party-]{+State Party+}" in plain and "In June [-2021-]{+2026+} the government" in plain


def test_the_page_strikes_and_underlines_and_says_removed_and_added_in_words():
    _, page = parts(mail_of(single()))
    body = LexborHTMLParser(page).body

    assert [node.text() for node in body.css("del")] == ["Not a party", "2021", "40"]
    assert [node.text() for node in body.css("ins")] == ["State Party", "2026", "41"]
    assert "In June [removed: 2021][added: 2026] the government" in body.text()
    assert all("line-through" in node.attributes["style"] for node in body.css("del"))
    assert all("underline" in node.attributes["style"] for node in body.css("ins"))


def test_colours_come_in_pairs_so_that_a_dark_screen_stays_legible():
    _, page = parts(mail_of(TELLINGS["group"]))

    for style in re.findall(r'style="([^"]*)"', page):
        keys = {rule.partition(":")[0] for rule in style.split(";")}
        assert ("color" in keys) == ("background-color" in keys)


def test_a_page_loads_nothing_and_runs_nothing():
    for of in (*TELLINGS.values(), hostile_telling(ATTACKS["html"]), hostile_telling(ATTACKS["script"])):
        tree = LexborHTMLParser(parts(mail_of(of))[1])
        for node in tree.css("*"):
            assert node.tag in ELEMENTS
            assert set(node.attributes) <= {"style", "dir", "href", "lang", "charset", "name", "content"}
            assert "url(" not in (node.attributes.get("style") or "")


def test_a_digest_is_led_by_a_list_of_what_is_in_it():
    of = TELLINGS["digest"]
    tree = LexborHTMLParser(parts(mail_of(of))[1])

    heads = [item.text() for item in tree.css("ol > li")]

    assert heads == [
        f"{t.head}: {len(t.pieces)} edit{'s' if len(t.pieces) > 1 else ''}, {t.level}" for t in notice_of(of).told
    ]
    assert f"+{len(of.changes) - len(heads)} more changes" in tree.body.text()


def test_a_site_wide_edit_lists_every_profile():
    plain, page = parts(mail_of(TELLINGS["site wide"]))

    for profile in notice_of(TELLINGS["site wide"]).also:
        assert profile in plain and f"<bdi>{profile.replace(chr(39), '&#x27;')}</bdi>" in page


def test_what_does_not_fit_is_cut_by_edits_and_counted():
    plain, page = parts(mail_of(TELLINGS["400 edits"]))
    shown = page.count("<del")

    assert 50 < shown < 400
    assert f"+{400 - shown} more edits" in page and f"+{400 - shown} more" in plain
    assert plain.count("[-2025-]") == shown


def test_a_mail_that_was_refused_as_too_large_is_rendered_smaller():
    of = TELLINGS["400 edits"]

    assert len(mail_of(replace(of, small=1))) < 45_000 < len(mail_of(of))


# ---------------------------------------------------------------- its header


def test_mails_about_one_profile_hang_together_and_each_has_an_id_that_stays():
    first, second = (read(mail_of(single(delivery=id))) for id in ("d_01", "d_02"))
    other = read(mail_of(single(replace(CHANGE, profile="graustark"))))

    assert (first["Message-ID"], second["Message-ID"]) == ("<d_01@tracker.example>", "<d_02@tracker.example>")
    assert first["References"] == second["References"] == first["In-Reply-To"] == "<ruritania.desk@tracker.example>"
    assert other["References"] == "<graustark.desk@tracker.example>"
    assert first["List-Id"] == "desk <desk.tracker.example>"


def test_one_click_is_promised_only_with_an_https_address():
    both = read(mail_of(single(), list_unsubscribe=("https://lists.example/u?t=1", "mailto:stop@lists.example")))
    by_mail = read(mail_of(single(), list_unsubscribe="mailto:stop@lists.example"))

    assert re.sub(r"\s+", " ", both["List-Unsubscribe"]) == "<https://lists.example/u?t=1>, <mailto:stop@lists.example>"
    assert both["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert by_mail["List-Unsubscribe"] == "<mailto:stop@lists.example>" and by_mail["List-Unsubscribe-Post"] is None


def test_answers_and_names_of_any_letters_are_written_as_headers_write_them():
    mail = read(mail_of(single(), reply_to="Übersicht, Tafel 1 <board@desk.example>", list="Straße & Weg"))

    assert mail["Reply-To"].addresses[0].display_name == "Übersicht, Tafel 1"
    assert mail["Reply-To"].addresses[0].addr_spec == "board@desk.example"
    assert str(mail["List-Id"]) == "Straße & Weg <strasse-and-weg.tracker.example>"


@pytest.mark.parametrize(
    ("title", "subject_"),
    [
        ("Stockpile " * 40, "Stockpile " * 13 + "Stockpile…"),
        ("x" * 200, "x" * 149 + "…"),
        ("Treaty " + "x" * 200, "Treaty " + "x" * 142 + "…"),
        ("x" * 150, "x" * 150),
        ("two\nlines\r\n  three", "two lines three"),
    ],
)
def test_a_long_title_is_cut_between_words(title, subject_):
    assert subject(title) == subject_


def one_line(text: str) -> str:
    return " ".join(legal(text).split())


@pytest.mark.parametrize("name", [*ATTACKS, "a megabyte of entities"])
def test_no_title_makes_a_header(name):
    of = hostile_telling({**ATTACKS, **LONG}[name])

    data = mail_of(of)
    mail = read(data)

    assert mail.keys() == HEADERS
    assert max(map(len, data.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78, "RFC 2047 §2, RFC 5322 §2.1.1"
    title = one_line(notice_of(of).title)
    assert mail["Subject"] == title or (len(title) > 150 >= len(mail["Subject"]))
    assert title.startswith(mail["Subject"].removesuffix("…"))


@settings(deadline=None, max_examples=60)
@given(hostile_text(max_size=5))
def test_a_subject_is_read_back_as_it_was_whatever_stands_in_it(text):
    of = hostile_telling(text)

    mail = read(mail_of(of))

    assert mail.keys() == HEADERS and one_line(notice_of(of).title).startswith(mail["Subject"].removesuffix("…"))


# ---------------------------------------------------------------- page text has no effect


def holds_as_text(of: Telling, mail: bytes) -> None:
    plain, page = parts(mail)
    pieces = [piece for told in notice_of(of).told for piece in told.pieces]

    holds_only_ours(page, notice_of(of), links=OURS, elements=ELEMENTS)
    for piece in pieces:
        for line in legal(marked(piece.spans)).replace(JOINER, "").split("\n"):
            assert not line.strip() or f"    {line}" in plain.replace(JOINER, "").split("\n")
    assert links_in(plain) <= OURS


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_text_and_nothing_else(name):
    of = hostile_telling(ATTACKS[name])

    holds_as_text(of, mail_of(of))


@settings(deadline=None, max_examples=25)
@given(hostile_text(max_size=5))
def test_any_text_is_text_and_nothing_else(text):
    of = hostile_telling(text)

    holds_as_text(of, mail_of(of))


@pytest.mark.proof
@settings(deadline=None, max_examples=500)
@given(hostile_text(max_size=5))
def test_much_of_any_text_is_text_and_nothing_else(text):
    of = hostile_telling(text)

    holds_as_text(of, mail_of(of))


@pytest.mark.parametrize("name", LONG)
def test_a_text_of_any_length_goes_into_a_mail(name):
    mail = mail_of(hostile_telling(LONG[name]))

    assert all(len(part) < 102_000 for part in mail.split(b"\r\n--=_"))
    assert all(parts(mail))


def test_an_address_of_a_page_that_is_none_of_the_web_is_not_linked():
    for url in (
        "javascript:alert(1)",
        "javascript://x.example/%0aalert(1)",
        "ftp://x.example/",
        "https://",
        "//x",
    ):
        of = single(replace(CHANGE, source_url=url), link_base="")

        assert "<a " not in parts(mail_of(of))[1]


@pytest.mark.parametrize("text", ["desk@office", "a.b", "http://x", "mailto:x", "//x", "10.0.0.1", "пример.рф", "a。b"])
def test_what_looks_like_an_address_has_a_joiner_in_it(text):
    assert unlinked(text) != text and unlinked(text).replace(JOINER, "") == text


@pytest.mark.parametrize(
    "text", ["In June 2026, 3.5 % of 1.000.000.", "09:30 UTC", "Note: see § 4. The", "and/or", "e. g."]
)
def test_what_does_not_stays_as_it_is(text):
    assert unlinked(text) == text


# ---------------------------------------------------------------- on its way


@pytest.fixture(autouse=True)
def trust(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "loopback.pem"))


def send(
    port: int,
    *,
    allow=LOOPBACK,
    timeout_s: float = 5.0,
    now=SEEN,
    mail: bytes | None = None,
    taken=frozenset(),
    **values,
) -> Attempt:
    values = {"server": f"localhost:{port}", "security": "none", **values}
    environ = {"PASSWORD": PASSWORD, "DESK_USER": "desk"}
    world = Surroundings(environ=environ, base=CERTIFICATES, allow=allow, timeout_s=timeout_s)
    channel = KIND.make(config(**values), world)
    body = mail if mail is not None else mail_of(single(), **values)
    try:
        return channel.send(Message(id="d_0123456789abcdef", body=body, taken=taken), now=now)
    finally:
        channel.close()


LOGIN = {"username": "desk", "password": Ref("env", "PASSWORD")}


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_a_mail_arrives_byte_for_byte_at_all_addresses(security):
    mail = mail_of(hostile_telling(ATTACKS["smtp"]))
    with MailServer(tls=None if security == "none" else security) as server:
        attempt = send(server.port, security=security, mail=mail)

    (came,) = server.mails
    assert attempt.ok and attempt.status == 250 and attempt.answer == "taken as 1" and attempt.note == ""
    assert (came.sender, came.to) == ("watch@tracker.example", ("amina@desk.example", "bjorn@desk.example"))
    assert came.content == mail and came.tls == (security != "none")


@pytest.mark.parametrize("without", [(), ("PLAIN",)])
@pytest.mark.parametrize("user", ["desk", "env:DESK_USER", Ref("env", "DESK_USER")])
def test_a_login_is_said_over_tls_in_any_letters(without, user):
    with MailServer(tls="starttls", login=("desk", PASSWORD), without=without) as server:
        attempt = send(server.port, security="starttls", **{**LOGIN, "username": user})

    assert attempt.ok and server.mails[0].user == b"desk"
    assert server.commands[0] == f"AUTH {'LOGIN' if without else 'PLAIN'}"


def test_a_wrong_login_is_about_us_and_no_message_is_given_up_for_it():
    with MailServer(tls="tls", login=("desk", "another")) as server:
        attempt = send(server.port, security="tls", **LOGIN)

    assert not attempt.ok and attempt.refuses_us and not attempt.permanent and attempt.status == 535
    assert attempt.error == "mail, login: 535: user name or password refused"


def test_a_secret_that_is_not_there_is_named():
    with MailServer(tls="tls") as server:
        attempt = send(server.port, security="tls", username="desk", password=Ref("env", "NOWHERE"))

    assert attempt.error == "No secret there: env:NOWHERE. Set the environment variable NOWHERE"
    assert server.connections == 0


@pytest.mark.parametrize("offer", [b"250 here\r\n", b"250-here\r\n250 AUTH CRAM-MD5 XOAUTH2\r\n"])
def test_no_password_is_said_to_a_server_that_takes_none(offer):
    with Liar(b"220 here\r\n", offer, b"221 bye\r\n") as server:
        attempt = send(server.port, **LOGIN)

    assert "no login by PLAIN or LOGIN" in attempt.error and b"AUTH" not in server.heard


# ---------------------------------------------------------------- secured


def test_nothing_is_said_in_clear_to_a_server_without_starttls():
    with MailServer(login=("desk", PASSWORD)) as server:
        attempt = send(server.port, security="starttls", **LOGIN)

    assert "no STARTTLS" in attempt.error and not attempt.permanent
    assert server.commands == [] and server.mails == []


@pytest.mark.parametrize("certificate", ["elsewhere", "expired"])
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_name_or_time_is_not_trusted(monkeypatch, certificate, security):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / f"{certificate}.pem"))
    with MailServer(tls=security, login=("desk", PASSWORD), certificate=certificate) as server:
        attempt = send(server.port, security=security, **LOGIN)

    assert "certificate is not trusted" in attempt.error
    assert server.commands == [] and server.mails == []


def test_what_was_said_before_tls_is_forgotten():
    forged = b"220 go on\r\n250-forged\r\n250 SIZE 1\r\n"
    with Liar(b"220 here\r\n", b"250-here\r\n250 STARTTLS\r\n", lambda s: s.sendall(forged) or secured(s)) as server:
        attempt = send(server.port, security="starttls")

    assert not attempt.ok and not attempt.too_large


def test_without_tls_mail_stays_in_the_house():
    attempt = send(25, server="1.1.1.1:25", security="none", allow=())  # refused before a packet is sent

    assert "none of the networks of notify.allow_addresses" in attempt.error and "starttls" in attempt.error


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_loopback_is_asked_only_where_it_is_allowed(security):
    with MailServer(tls=security if security != "none" else None) as server:
        attempt = send(server.port, security=security, allow=(ip_network("10.0.0.0/8"),))

    assert not attempt.ok and server.connections == 0


def test_only_ports_of_mail_are_asked():
    attempt = send(22, server="1.1.1.1:22", security="tls", allow=())

    assert "only ports 25, 465, 587, 2525 are asked" in attempt.error


# ---------------------------------------------------------------- what a server answers


@pytest.mark.parametrize(
    ("stage", "reply", "means"),
    [
        ("MAIL", "421 4.3.2 shutting down", {}),
        ("MAIL", "450 4.2.1 later", {}),
        ("MAIL", "451 4.3.0 trouble here", {}),
        ("MAIL", "452 4.3.1 no room", {}),
        ("MAIL", "530 5.7.0 log in first", {"refuses_us": True}),
        ("MAIL", "550 5.7.1 not you", {"permanent": True, "reason": "refused"}),
        ("MAIL", "552 5.3.4 too big", {"too_large": True}),
        ("bjorn@desk.example", "250 OK", {"ok": True}),
        ("DATA", "421 4.3.2 shutting down", {}),
        ("DATA", "450 4.7.1 greylisted, come back", {}),
        ("DATA", "452 4.3.1 no room", {}),
        ("DATA", "550 5.7.1 content refused", {"permanent": True, "reason": "refused"}),
        ("DATA", "552 5.2.3 too big for the mailbox", {"too_large": True}),
        ("DATA", "554 5.6.0 no", {"permanent": True, "reason": "refused"}),
        ("DATA", "523 5.3.4 too big", {"too_large": True}),
    ],
)
def test_what_an_answer_means(stage, reply, means):
    with MailServer(replies={stage: [reply]}) as server:
        attempt = send(server.port)

    keys = ("ok", "permanent", "reason", "too_large", "refuses_us")
    assert {key: getattr(attempt, key) for key in keys} == {
        **dict(zip(keys, (False, False, None, False, False), strict=True)),
        **means,
    }
    assert attempt.ok or (reply in attempt.error and attempt.status == int(reply[:3]))
    assert attempt.elapsed_ms is not None and attempt.spends


@pytest.mark.parametrize(
    ("replies", "permanent"),
    [(("550 no", "551 no"), True), (("550 no", "450 later"), False), (("452 full", "450 greylisted"), False)],
)
def test_a_mail_that_nobody_takes_is_given_up_only_where_nobody_ever_will(replies, permanent):
    told = dict(zip(("amina@desk.example", "bjorn@desk.example"), ([r] for r in replies), strict=True))
    with MailServer(replies=told) as server:
        attempt = send(server.port)

    assert not attempt.ok and attempt.permanent == permanent and not server.mails


def test_one_address_that_is_refused_for_good_takes_it_from_nobody_else():
    reply = "550 5.1.1 no such person"
    with MailServer(replies={"amina@desk.example": [reply]}) as server:
        attempt = send(server.port)

    assert attempt.ok and server.mails[0].to == ("bjorn@desk.example",)
    assert attempt.note == f"1 of 2 recipients refused: amina@desk.example: {reply}"


def test_of_many_refused_addresses_the_note_names_the_first_and_counts_the_rest():
    to = tuple(f"p{n}@desk.example" for n in range(6))
    with MailServer(replies={a: ["550 no"] for a in to[1:]}) as server:
        attempt = send(server.port, to=to)

    assert attempt.ok and attempt.note.startswith("5 of 6 recipients refused: p1@desk.example: 550 no; ")
    assert attempt.note.endswith("; and 2 more")


@pytest.mark.parametrize("reply", ["450 4.7.1 Greylisted", "452 4.2.2 mailbox full", "451 lookup failed"])
def test_one_address_that_is_refused_for_a_while_is_tried_again_alone_and_each_gets_one_mail(reply):
    with MailServer(replies={"amina@desk.example": [reply]}) as server:
        first = send(server.port)
        second = send(server.port, taken=frozenset(first.taken))

    assert not first.ok and not first.permanent and reply in first.error and first.spends
    assert second.ok
    assert [mail.to for mail in server.mails] == [("bjorn@desk.example",), ("amina@desk.example",)]
    assert len({mail.content for mail in server.mails}) == 1
    assert len(first.taken) == 1 and "@" not in first.taken[0]


def test_a_mail_above_the_servers_size_is_not_sent_and_asked_for_smaller():
    mail = mail_of(TELLINGS["400 edits"])
    with MailServer(size=50_000) as server:
        attempt = send(server.port, mail=mail)
        again = send(server.port, mail=mail_of(replace(TELLINGS["400 edits"], small=1)))

    assert attempt.too_large and not attempt.ok and "at most 50000 bytes" in attempt.error
    assert again.ok and server.commands.count("MAIL") == 1


@pytest.mark.parametrize("size", ["0", "²", "9" * 5000, "x", ""])
def test_a_size_that_says_nothing_is_no_limit(size):
    ehlo = b"250-here\r\n250 SIZE " + size.encode("latin-1") + b"\r\n"
    with Liar(
        b"220 here\r\n", ehlo, b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 ok\r\n"
    ) as server:
        assert send(server.port).ok


# ---------------------------------------------------------------- servers that lie


HELLO = (b"220 here\r\n", b"250 here\r\n")
OPEN = (*HELLO, b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n")


@pytest.mark.parametrize("how", ["drip", "stall", "flood"])
@pytest.mark.parametrize("said", [(), HELLO[:1], HELLO, OPEN])
def test_a_server_that_drips_stalls_or_floods_is_cut(how, said):
    server = Liar(*said, lambda sock: getattr(server, how)(sock))
    with server:
        begun = time.monotonic()
        attempt = send(server.port, timeout_s=0.15)
        took = time.monotonic() - begun

    assert not attempt.ok and not attempt.permanent and took < 1.5
    assert "in time" in attempt.error or (how == "flood" and "more than any answer" in attempt.error)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_never_shakes_hands_is_cut(security):
    server = Liar(b"220 here\r\n", b"250-x\r\n250 STARTTLS\r\n", b"220 go\r\n", lambda sock: server.stall(sock))
    silent = Liar(lambda sock: silent.stall(sock))
    with server, silent:
        attempt = send((server if security == "starttls" else silent).port, security=security, timeout_s=0.15)

    assert not attempt.ok and attempt.error.startswith("mail, tls: ")


@pytest.mark.parametrize("said", [(), HELLO[:1], HELLO, OPEN])
def test_a_server_that_hangs_up_is_asked_again(said):
    with Liar(*said, b"") as server:
        attempt = send(server.port)

    assert not attempt.ok and not attempt.permanent and "ended the connection" in attempt.error


@pytest.mark.parametrize("words", [b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"\xff\xfe\r\n", b"\r\n"])
def test_what_is_no_mail_server_is_told_as_such(words):
    with Liar(words, b"") as server:
        attempt = send(server.port)

    assert not attempt.ok and not attempt.permanent and attempt.status is None
    assert attempt.error == "mail, greeting: an answer that is not SMTP"


def test_what_is_no_answer_to_one_address_ends_the_try():
    with Liar(*HELLO, b"250 ok\r\n", b"250 ok\r\n", b"what?\r\n", b"221 bye\r\n") as server:
        attempt = send(server.port)

    assert attempt.error == "mail, recipients: an answer that is not SMTP" and b"data" not in server.heard.lower()


def test_a_server_that_turns_us_away_at_the_door_does_not_lose_the_message():
    with Liar(b"554 5.7.1 no service for you\r\n", b"") as server:
        attempt = send(server.port)

    assert attempt.refuses_us and not attempt.permanent and "554 5.7.1 no service for you" in attempt.error


def test_nobody_there():
    attempt = send(closed_port())

    assert not attempt.ok and not attempt.permanent and attempt.error == "mail, connect: Connection refused"


@pytest.mark.parametrize("goodbye", ["drip", "stall", "flood"])
def test_what_comes_after_a_mail_was_taken_does_not_untake_it_nor_hold_us(goodbye, monkeypatch):
    monkeypatch.setattr("tracker.notify.channels.smtp.GOODBYE_S", 0.1)
    server = Liar(*OPEN, b"250 taken\r\n", lambda sock: getattr(server, goodbye)(sock))
    with server:
        begun = time.monotonic()
        attempt = send(server.port, timeout_s=4.0)
        took = time.monotonic() - begun

    assert attempt.ok and attempt.answer == "taken" and took < 3.0


def test_an_echo_of_the_login_in_any_form_is_struck():
    plain = base64.b64encode(f"\0desk\0{PASSWORD}".encode())
    forms = [PASSWORD.encode(), base64.b64encode(PASSWORD.encode()), plain, plain.rstrip(b"=")]
    echo = b" ".join(forms)
    ok = (b"220 x\r\n", b"250-x\r\n250 AUTH PLAIN\r\n", b"235 ok\r\n")
    answers = [
        (*ok[:2], b"535 " + echo + b"\r\n"),
        (*ok, b"550 " + echo + b"\r\n"),
        (*ok, b"250 ok\r\n", b"550 " + echo + b"\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 " + echo + b"\r\n"),
        (
            *ok,
            b"250 ok\r\n",
            b"250 ok\r\n",
            b"250 ok\r\n",
            b"354 go\r\n",
            b"554-" + echo + b"\r\n554 " + echo + b"\r\n",
        ),
    ]
    for steps in answers:
        with Liar(*steps, b"") as server:
            attempt = send(server.port, **LOGIN)

        assert plain in server.heard
        assert not any(form.decode() in repr(attempt) for form in forms)
        assert attempt.ok or attempt.status


# ---------------------------------------------------------------- what the configuration may say


GOOD = [
    {},
    {"server": "mail.example.org", "security": "tls"},
    {"server": "[::1]:2525", "security": "none"},
    {"server": "127.0.0.1:25", "security": "none"},
    {"server": "mail.example.org:465", "security": "tls", **LOGIN},
    {"from": "watch@localhost"},
    {"from": '"Desk, Rights" <o\'neil+x@a.b-c.example>'},
    {"to": "one@desk.example"},
    {"list_unsubscribe": "https://lists.example/u?x=1&y=2"},
]


@pytest.mark.parametrize("values", GOOD)
def test_a_configuration_that_works(values):
    KIND.check(config(**values), "channel desk")


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"server": ""}, "Not a mail server"),
        ({"server": "mail.example.org:0"}, "Not a mail server"),
        ({"server": "mail.example.org:66000"}, "Not a mail server"),
        ({"server": "smtps://mail.example.org"}, "Not a mail server"),
        ({"server": "user@mail.example.org:25"}, "Not a mail server"),
        ({"security": "ssl"}, "Unknown security 'ssl'"),
        ({"server": "mail.example.org:465", "security": "starttls"}, "Port 465 speaks TLS from the first byte"),
        ({"server": "1.1.1.1:25", "security": "none"}, "Mail would go over the Internet in clear"),
        ({"username": "desk"}, "A login is a user name and a password"),
        ({"password": Ref("env", "PASSWORD")}, "A login is a user name and a password"),
        ({"to": ()}, "Nobody to write to"),
        ({"to": tuple(f"p{n}@desk.example" for n in range(101))}, "101 addresses in one channel"),
        ({"list_unsubscribe": "http://lists.example/u"}, "Not an address to unsubscribe at"),
        ({"list_unsubscribe": "https://lists.example/a b"}, "Not an address to unsubscribe at"),
        ({"list_unsubscribe": "https://lists.example/>\r\nBcc: x@evil.example"}, "Not an address to unsubscribe at"),
        ({"list": "a\nBcc: x@evil.example"}, "A control character in a name"),
        *(
            ({key: bad}, "Not an e-mail address")
            for key in ("from", "to", "reply_to")
            for bad in (
                *(
                    "nobody",
                    "a@b@c.example",
                    "a@b.example\r\nBcc: x@evil.example",
                    "a b@c.example",
                    "<>",
                    "a@-b.example",
                ),
                *("a@b..example", ".a@b.example", "a@büro.example", "x <a@b.example> y", "a@b.example, c@d.example"),
                *("a@" + "b" * 260, "a@b.example>", "<a@b.example"),
            )
        ),
        ({"from": "A\nB <a@b.example>"}, "A control character in a name"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused_with_advice(values, what):
    with pytest.raises(ConfigError) as raised:
        KIND.check(config(**values), "channel desk")

    assert raised.value.what == what and raised.value.where.startswith("channel desk") and raised.value.remedy


def test_an_address_that_is_named_twice_gets_one_mail():
    with MailServer() as server:
        send(server.port, to=("a@desk.example", "A <A@desk.example>"))

    assert len(server.mails[0].to) == 1


def test_reading_the_configuration_loads_no_mail_client():
    import subprocess
    import sys

    code = "import sys, tracker.notify.channels; print('smtplib' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"


def test_a_storm_of_800_is_one_mail():
    mail = mail_of(telling(*crowd(800), form="storm"))

    assert "800 changes" in read(mail)["Subject"] and "+790 more changes" in parts(mail)[1]
