"""Standard Webhooks 1.0 signatures: HMAC-SHA256 over `id.timestamp.body`, scheme `v1`. Pure.

Ours and not the library's: its `sign` reads an aware time as if it were UTC. The library is the oracle of our tests.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

PREFIX = "whsec_"
MIN_TEXT_BYTES = 16
MIN_KEY_BYTES, MAX_KEY_BYTES = 24, 64  # Standard Webhooks, "Signature scheme"


def key_of(secret: str) -> bytes:
    """The key that a secret stands for: base64 of 24 to 64 bytes, with or without `whsec_` before it, as receivers
    read it who use a Standard Webhooks library; without it also any other text of 16 bytes or more, as it is.

    Raises ValueError, which does not say what the secret is.
    """
    text = secret.strip()
    encoded = text.removeprefix(PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES:
        return key
    if text.startswith(PREFIX):
        raise ValueError(f"what follows whsec_ is not base64 of {MIN_KEY_BYTES} to {MAX_KEY_BYTES} bytes")
    if len(text.encode()) < MIN_TEXT_BYTES:
        raise ValueError(f"a signing secret has {MIN_TEXT_BYTES} bytes at least (openssl rand -base64 32 makes one)")
    return text.encode()


def signature(key: bytes, id: str, timestamp_s: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = hmac.new(key, f"{id}.{timestamp_s}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def headers(id: str, body: bytes, key: bytes | None, *, now: datetime) -> dict[str, str]:
    """The headers of one try: the id stays, time and signature are new. key: None sends it unsigned."""
    timestamp_s = int(now.timestamp())
    told = {"webhook-id": id, "webhook-timestamp": str(timestamp_s)}
    return told if key is None else told | {"webhook-signature": signature(key, id, timestamp_s, body)}
