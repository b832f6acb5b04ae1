"""Standard Webhooks 1.0 signatures: HMAC-SHA256 over `id.timestamp.body`, scheme `v1`. Pure.

Ours and not the library's: its `sign` reads an aware time as if it were UTC. The library is the oracle of our tests.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

PREFIX = "whsec_"
MIN_KEY_BYTES, MAX_KEY_BYTES = 24, 64  # Standard Webhooks, "Signature scheme"


def key_of(secret: str) -> bytes:
    """The key that a secret stands for: `whsec_` and base64 of 24 to 64 bytes, else its own UTF-8 bytes.

    Raises ValueError, which does not say what the secret is.
    """
    if not secret.startswith(PREFIX):
        return secret.encode()
    encoded = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("what follows whsec_ is not base64") from None
    if not MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES:
        raise ValueError(f"a whsec_ secret has {MIN_KEY_BYTES} to {MAX_KEY_BYTES} bytes, not {len(key)}")
    return key


def signature(key: bytes, id: str, timestamp_s: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = hmac.new(key, f"{id}.{timestamp_s}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def headers(id: str, body: bytes, key: bytes | None, *, now: datetime) -> dict[str, str]:
    """The headers of one try: the id stays, time and signature are new. key: None sends it unsigned."""
    timestamp_s = int(now.timestamp())
    told = {"webhook-id": id, "webhook-timestamp": str(timestamp_s)}
    return told if key is None else told | {"webhook-signature": signature(key, id, timestamp_s, body)}
