import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from tracker.notify.channels.signature import headers, key_of, signature


def test_the_published_vector_of_standard_webhooks_is_met():
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    made = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(min_size=24, max_size=64), st.text())
def test_the_reference_library_accepts_every_message(key, text):
    secret = "whsec_" + base64.b64encode(key).decode()
    body = text.encode("utf-8", "replace")

    made = headers("d_0123456789abcdef", body, key_of(secret), now=datetime.now(UTC))

    Webhook(secret).verify(body, made, json_parse=False)


def test_a_raw_secret_is_its_own_bytes():
    made = headers("d_1", b"{}", key_of("pässword of the desk"), now=datetime.now(UTC))

    Webhook("pässword of the desk".encode()).verify(b"{}", made)


def test_the_time_is_the_instant_whatever_its_zone():
    here = datetime(2026, 8, 14, 12, 0, tzinfo=timezone(timedelta(hours=2)))

    assert headers("d_1", b"", None, now=here) == {"webhook-id": "d_1", "webhook-timestamp": "1786701600"}
    assert headers("d_1", b"", b"k", now=here) == headers("d_1", b"", b"k", now=here.astimezone(UTC))


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
    made = headers("d_1", body, key_of(secret), now=datetime.now(UTC))

    assert Webhook(secret).verify(body, made) == {"a": 1}


def test_a_secret_that_can_be_guessed_is_refused_without_saying_it():
    with pytest.raises(ValueError, match="16 bytes at least") as caught:
        key_of("CANARY")

    assert "CANARY" not in repr(caught.value)
