"""Signatures, against people who are not we: standardwebhooks verifies v1 (svix's own verifier is that library), PyNaCl
(libsodium) verifies v1a, which cryptography (OpenSSL) signs."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from tracker.notify.channels.signature import (
    headers,
    key_of,
    public_key_of,
    public_text,
    signature,
    signature_a,
    signing_key_of,
    verify,
)

NOW = datetime(2026, 8, 14, 9, 30, tzinfo=UTC)
ID = "d_0123456789abcdef"
BODY = '{"text":"Mine — clearance"}'.encode()
SECRETS = ["whsec_" + base64.b64encode(bytes([n]) * 32).decode() for n in range(3)]
SEEDS = [bytes([n]) * 32 for n in range(1, 4)]
SIGNING = ["whsk_" + base64.b64encode(seed).decode() for seed in SEEDS]
PUBLIC = ["whpk_" + base64.b64encode(SigningKey(seed).verify_key.encode()).decode() for seed in SEEDS]


def signed(secrets=(), signing=(), *, body=BODY, now=NOW) -> dict[str, str]:
    return headers(ID, body, [key_of(s) for s in secrets], [signing_key_of(s) for s in signing], now=now)


# ---------------------------------------------------------------- v1


def test_the_published_vector_of_standard_webhooks_is_met():
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    made = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(min_size=24, max_size=64), st.text())
def test_the_reference_library_accepts_every_message(key, text):
    secret = "whsec_" + base64.b64encode(key).decode()
    body = text.encode("utf-8", "replace")

    made = headers(ID, body, [key_of(secret)], now=datetime.now(UTC))

    Webhook(secret).verify(body, made, json_parse=False)


def test_a_raw_secret_is_its_own_bytes():
    made = headers("d_1", b"{}", [key_of("pässword of the desk")], now=datetime.now(UTC))

    Webhook("pässword of the desk".encode()).verify(b"{}", made)


def test_the_time_is_the_instant_whatever_its_zone():
    here = datetime(2026, 8, 14, 12, 0, tzinfo=timezone(timedelta(hours=2)))

    assert headers("d_1", b"", now=here) == {"webhook-id": "d_1", "webhook-timestamp": "1786701600"}
    assert headers("d_1", b"", [b"k"], now=here) == headers("d_1", b"", [b"k"], now=here.astimezone(UTC))


@pytest.mark.parametrize("size", [0, 23, 65])
def test_a_whsec_secret_of_another_size_is_refused(size):
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        key_of("whsec_" + base64.b64encode(b"x" * size).decode())


def test_a_whsec_secret_that_is_not_base64_is_refused_without_saying_it():
    with pytest.raises(ValueError) as caught:
        key_of("whsec_CANARY!CANARY")

    assert "CANARY" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_base64_alone_is_read_as_the_reference_library_reads_it():
    secret = base64.b64encode(b"k" * 32).decode()
    body = b'{"a": 1}'
    made = headers("d_1", body, [key_of(secret)], now=datetime.now(UTC))

    assert Webhook(secret).verify(body, made) == {"a": 1}


@pytest.mark.parametrize("bytes_", [12, 20, 96])
def test_base64_that_a_library_would_decode_to_another_key_is_refused(bytes_):
    with pytest.raises(ValueError, match=f"base64 of {bytes_} bytes"):
        key_of(base64.b64encode(b"k" * bytes_).decode())


def test_a_secret_that_can_be_guessed_is_refused_without_saying_it():
    with pytest.raises(ValueError, match="16 bytes at least") as caught:
        key_of("CANARY")

    assert "CANARY" not in repr(caught.value)


# ---------------------------------------------------------------- v1a


def test_the_first_vector_of_rfc_8032_is_met():
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

    key = signing_key_of("whsk_" + base64.b64encode(seed).decode())

    assert public_text(key) == "whpk_" + base64.b64encode(public).decode()
    assert key.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_what_one_library_signs_another_verifies_and_the_other_way_round(seed, body):
    secret = "whsk_" + base64.b64encode(seed).decode()
    theirs = SigningKey(seed)
    message = f"{ID}.1786701600.".encode() + body

    made = signature_a(signing_key_of(secret), ID, 1786701600, body)

    VerifyKey(theirs.verify_key.encode()).verify(message, base64.b64decode(made.removeprefix("v1a,")))
    public_key_of("whpk_" + base64.b64encode(theirs.verify_key.encode()).decode()).verify(
        theirs.sign(message).signature, message
    )


def test_a_signing_key_of_64_bytes_is_its_seed_and_its_public_key():
    whole = SEEDS[0] + SigningKey(SEEDS[0]).verify_key.encode()

    key = signing_key_of("whsk_" + base64.b64encode(whole).decode())

    assert public_text(key) == PUBLIC[0]
    with pytest.raises(ValueError, match="do not belong together"):
        signing_key_of("whsk_" + base64.b64encode(SEEDS[0] + SEEDS[1]).decode())


@pytest.mark.parametrize(
    "secret", ["CANARY", "whsk_CANARY!", "whsk_" + base64.b64encode(b"CANARY").decode(), SECRETS[0], SIGNING[0][5:]]
)
def test_what_is_no_signing_key_is_refused_without_saying_it(secret):
    with pytest.raises(ValueError, match="whsk_ and base64 of 32 or 64 bytes") as caught:
        signing_key_of(secret)

    assert secret not in repr(caught.value)


# ---------------------------------------------------------------- two keys during a rotation


@pytest.mark.parametrize("known", [0, 1])
def test_a_receiver_that_knows_either_secret_accepts_a_message_signed_with_both(known):
    made = signed(SECRETS[:2], now=datetime.now(UTC))

    assert [one.partition(",")[0] for one in made["webhook-signature"].split(" ")] == ["v1", "v1"]
    Webhook(SECRETS[known]).verify(BODY, made)


def test_a_receiver_with_a_third_secret_refuses_it_and_after_the_rotation_so_does_one_with_the_old_one():
    both, new = signed(SECRETS[:2], now=datetime.now(UTC)), signed(SECRETS[:1], now=datetime.now(UTC))

    for secret, made in ((SECRETS[2], both), (SECRETS[1], new)):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(BODY, made)


def test_of_two_signing_keys_either_public_key_verifies_and_v1_stands_beside_them():
    made = signed(SECRETS[:1], SIGNING[:2], now=datetime.now(UTC))

    schemes, signatures = zip(*(one.split(",") for one in made["webhook-signature"].split(" ")), strict=True)
    message = f"{ID}.{made['webhook-timestamp']}.".encode() + BODY
    assert schemes == ("v1", "v1a", "v1a")
    Webhook(SECRETS[0]).verify(BODY, made)
    for seed, one in zip(SEEDS, signatures[1:], strict=False):
        SigningKey(seed).verify_key.verify(message, base64.b64decode(one))
    with pytest.raises(BadSignatureError):
        SigningKey(SEEDS[2]).verify_key.verify(message, base64.b64decode(signatures[1]))


# ---------------------------------------------------------------- the receiver's side


@pytest.mark.parametrize(
    ("made", "secrets", "publics", "scheme"),
    [
        (signed(SECRETS[:1]), SECRETS[:1], (), "v1"),
        (signed(SECRETS[:2]), SECRETS[1:2], (), "v1"),
        (signed(SECRETS[:1]), [*SECRETS[1:], SECRETS[0]], (), "v1"),
        (signed((), SIGNING[:1]), (), PUBLIC[:1], "v1a"),
        (signed(SECRETS[:1], SIGNING[:2]), (), PUBLIC[1:2], "v1a"),
        (signed(SECRETS[:1], SIGNING[:1]), SECRETS[2:], PUBLIC, "v1a"),
        (signed(SECRETS[:1], SIGNING[:1]), SECRETS, PUBLIC, "v1"),
        ({name.title(): value for name, value in signed(SECRETS[:1]).items()}, SECRETS, (), "v1"),
    ],
)
def test_a_message_is_verified_by_any_key_that_signed_it(made, secrets, publics, scheme):
    checked = verify(made, BODY, secrets, publics, now=NOW)

    assert (checked.ok, checked.scheme, checked.why) == (True, scheme, "")


def test_what_the_reference_library_signs_is_verified():
    timestamp = datetime(2026, 8, 14, 9, 30)  # without a zone: the library takes any time for UTC
    made = {
        "webhook-id": ID,
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": Webhook(SECRETS[0]).sign(ID, timestamp, BODY.decode()),
    }

    assert verify(made, BODY, SECRETS[:1], now=NOW).ok


GOOD = signed(SECRETS[:1], SIGNING[:1])


@pytest.mark.parametrize(
    ("change", "body", "secrets", "publics", "why"),
    [
        ({}, BODY + b" ", SECRETS, PUBLIC, "no signature is of our secret"),
        ({"webhook-id": "d_1"}, BODY, SECRETS, PUBLIC, "no signature is of our secret"),
        ({}, BODY, SECRETS[1:], (), "no signature is of our secret"),
        ({}, BODY, (), PUBLIC[1:], "no signature is of our secret"),
        ({}, BODY, (), (), "we can check nothing"),
        ({"webhook-signature": "v1,"}, BODY, SECRETS, PUBLIC, "no signature is of our secret"),
        ({"webhook-signature": "v1"}, BODY, SECRETS, PUBLIC, "no signature is of our secret"),
        ({"webhook-signature": "v1,é§ v1a,!!"}, BODY, SECRETS, PUBLIC, "no signature is of our secret"),
        (
            {"webhook-signature": signed(SECRETS)["webhook-signature"].replace("v1,", "v2,")},
            BODY,
            SECRETS,
            (),
            "with v2",
        ),
        ({"webhook-signature": "v2," + "A" * 44}, BODY, SECRETS, PUBLIC, "signed with v2; we can check v1 and v1a"),
        ({"webhook-signature": "\x1b[2J,x"}, BODY, SECRETS, (), "it is signed with ?; we can check v1"),
        ({"webhook-signature": GOOD["webhook-signature"].split()[1]}, BODY, SECRETS, (), "signed with v1a; we can"),
        ({"webhook-signature": ""}, BODY, SECRETS, PUBLIC, "no webhook-signature"),
        ({"webhook-id": "", "webhook-timestamp": ""}, BODY, SECRETS, (), "no webhook-id and no webhook-timestamp"),
        ({"webhook-timestamp": "soon"}, BODY, SECRETS, PUBLIC, "not a number of seconds"),
        ({"webhook-timestamp": "-1"}, BODY, SECRETS, PUBLIC, "not a number of seconds"),
        ({"webhook-timestamp": "٣"}, BODY, SECRETS, PUBLIC, "not a number of seconds"),
        ({"webhook-timestamp": "9" * 400}, BODY, SECRETS, PUBLIC, "not a number of seconds"),
        ({"webhook-timestamp": str(int(NOW.timestamp()) + 1)}, BODY, SECRETS, PUBLIC, "no signature is of our secret"),
    ],
)
def test_what_was_altered_or_is_of_somebody_else_is_not_verified_and_it_says_why(change, body, secrets, publics, why):
    checked = verify(GOOD | change, body, secrets, publics, now=NOW)

    assert not checked.ok and why in checked.why
    assert checked.why.isprintable()


@pytest.mark.parametrize(
    ("seconds", "is_ok", "why"),
    [
        (0, True, ""),
        (300, True, ""),
        (301, False, "it is 301 s old; 300 s are allowed"),
        (-300, True, ""),
        (-301, False, "it is 301 s ahead of our clock; 300 s are allowed"),
    ],
)
def test_a_message_that_was_kept_back_is_not_verified(seconds, is_ok, why):
    checked = verify(GOOD, BODY, SECRETS, PUBLIC, now=NOW + timedelta(seconds=seconds))

    assert (checked.ok, checked.why) == (is_ok, why)


@pytest.mark.parametrize(("secrets", "publics"), [(["short"], ()), ((), ["whpk_CANARY"]), ((), [SIGNING[0]])])
def test_a_key_that_is_none_is_said_to_be_none(secrets, publics):
    with pytest.raises(ValueError, match=r"a signing secret has|a public key is whpk_"):
        verify(GOOD, BODY, secrets, publics, now=NOW)


@given(st.binary(max_size=64), st.dictionaries(st.sampled_from(list(GOOD)), st.text(max_size=60)))
def test_no_headers_however_odd_break_the_check(body, odd):
    checked = verify(GOOD | odd, body, SECRETS, PUBLIC, now=NOW)

    assert not checked.ok or (body == BODY and odd.items() <= GOOD.items())
