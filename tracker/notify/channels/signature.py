"""Standard Webhooks 1.0 signatures over `id.timestamp.body`: `v1` (HMAC-SHA256) and `v1a` (ed25519), and what a
receiver does with them. Pure.

Ours and not the library's: its `sign` reads an aware time as if it were UTC, and it knows no `v1a`. The library is the
oracle of our tests. cryptography is loaded only where a channel has a signing key.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PREFIX = "whsec_"
SIGNING_PREFIX, PUBLIC_PREFIX = "whsk_", "whpk_"
MIN_TEXT_BYTES = 16
MIN_KEY_BYTES, MAX_KEY_BYTES = 24, 64  # Standard Webhooks, "Signature scheme"
SEED_BYTES = 32  # RFC 8032: of an ed25519 private key, and of a public one
TOLERANCE_S = 300.0  # how old, or how far ahead, a message may be


# ---------------------------------------------------------------- keys


def key_of(secret: str) -> bytes:
    """The key that a secret stands for: base64 of 24 to 64 bytes, with or without `whsec_` before it, as receivers
    read it who use a Standard Webhooks library; without it also a text of 16 bytes or more that is no base64, as it is.

    Raises ValueError, which does not say what the secret is.
    """
    text = secret.strip()
    key = _bytes_of(text.removeprefix(PREFIX))
    if MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES:
        return key
    if text.startswith(PREFIX):
        raise ValueError(f"what follows whsec_ is not base64 of {MIN_KEY_BYTES} to {MAX_KEY_BYTES} bytes")
    if len(text.encode()) < MIN_TEXT_BYTES:
        raise ValueError(f"a signing secret has {MIN_TEXT_BYTES} bytes at least (openssl rand -base64 32 makes one)")
    if key:  # receivers would decode it, and verify with other bytes than we sign with
        told = f"it reads as base64 of {len(key)} bytes, and a signing secret is of {MIN_KEY_BYTES} to {MAX_KEY_BYTES}"
        raise ValueError(f"{told} (openssl rand -base64 32 makes one)")
    return text.encode()


def signing_key_of(secret: str) -> "Ed25519PrivateKey":
    """The ed25519 key that a secret stands for: `whsk_` and base64 of its seed of 32 bytes, or of seed and public key.

    Raises ValueError, which does not say what the secret is.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    text = secret.strip()
    found = _bytes_of(text.removeprefix(SIGNING_PREFIX)) if text.startswith(SIGNING_PREFIX) else b""
    if len(found) not in (SEED_BYTES, 2 * SEED_BYTES):
        raise ValueError(f"a signing key is {SIGNING_PREFIX} and base64 of 32 or 64 bytes")
    key = Ed25519PrivateKey.from_private_bytes(found[:SEED_BYTES])
    if found[SEED_BYTES:] and found[SEED_BYTES:] != key.public_key().public_bytes_raw():
        raise ValueError("the two halves of the signing key do not belong together")
    return key


def public_key_of(text: str) -> "Ed25519PublicKey":
    """The ed25519 key to verify with: `whpk_` and base64 of 32 bytes. Raises ValueError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    found = _bytes_of(text.strip().removeprefix(PUBLIC_PREFIX))
    if len(found) != SEED_BYTES:
        raise ValueError(f"a public key is {PUBLIC_PREFIX} and base64 of {SEED_BYTES} bytes")
    return Ed25519PublicKey.from_public_bytes(found)


def public_text(key: "Ed25519PrivateKey") -> str:
    """What receivers are given to verify with: `whpk_…`."""
    return PUBLIC_PREFIX + base64.b64encode(key.public_key().public_bytes_raw()).decode()


def _bytes_of(text: str) -> bytes:
    """What base64 text holds, with or without its padding; nothing where it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


# ---------------------------------------------------------------- signing


def signature(key: bytes, id: str, timestamp_s: int, body: bytes) -> str:
    """The signature of scheme `v1`, as in `webhook-signature`."""
    return f"v1,{base64.b64encode(_mac(key, _signed(id, timestamp_s, body))).decode()}"


def signature_a(key: "Ed25519PrivateKey", id: str, timestamp_s: int, body: bytes) -> str:
    """The signature of scheme `v1a`."""
    return f"v1a,{base64.b64encode(key.sign(_signed(id, timestamp_s, body))).decode()}"


def headers(
    id: str,
    body: bytes,
    keys: Sequence[bytes] = (),
    signing_keys: Sequence["Ed25519PrivateKey"] = (),
    *,
    now: datetime,
) -> dict[str, str]:
    """The headers of one try: the id stays, time and signatures are new. One signature a key, the current one first;
    without any key it is sent unsigned.
    """
    timestamp_s = int(now.timestamp())
    told = {"webhook-id": id, "webhook-timestamp": str(timestamp_s)}
    signatures = [signature(key, id, timestamp_s, body) for key in keys]
    signatures += [signature_a(key, id, timestamp_s, body) for key in signing_keys]
    return told | {"webhook-signature": " ".join(signatures)} if signatures else told


def _signed(id: str, timestamp_s: int | str, body: bytes) -> bytes:
    return f"{id}.{timestamp_s}.".encode("utf-8", "surrogateescape") + body


def _mac(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()


# ---------------------------------------------------------------- verifying


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a message is from whom it says. scheme: `v1` or `v1a`, by which it is. why: it is not, for a person."""

    ok: bool
    scheme: str = ""
    why: str = ""


def verify(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    public_keys: Sequence[str] = (),
    *,
    now: datetime,
    tolerance_s: float = TOLERANCE_S,
) -> Checked:
    """Check a message the way a receiver has to: id, time and body are signed with one of these secrets or keys.

    headers: of any case. body: the bytes as they came. Every signature is compared with every key, in constant time.
    Raises ValueError for a secret or key that is none.
    Source: Standard Webhooks 1.0, "Verifying webhooks".
    """
    keys = [key_of(secret) for secret in secrets]
    publics = [public_key_of(text) for text in public_keys]
    told = {name.lower(): value for name, value in headers.items()}
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    id, timestamp, signatures = (told.get(name, "").strip() for name in names)
    missing = [name for name, value in zip(names, (id, timestamp, signatures), strict=True) if not value]
    if missing:
        return Checked(False, why=f"no {' and no '.join(missing)}")
    if not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII):
        return Checked(False, why="webhook-timestamp is not a number of seconds")
    age_s = now.timestamp() - int(timestamp)
    if abs(age_s) > tolerance_s:
        side = "old" if age_s > 0 else "ahead of our clock"
        return Checked(False, why=f"it is {abs(age_s):.0f} s {side}; {tolerance_s:.0f} s are allowed")
    signed = _signed(id, timestamp, body)
    macs = [_mac(key, signed) for key in keys]
    schemes: list[str] = []
    found: list[str] = []
    for one in signatures.split():
        scheme, _, value = one.partition(",")
        given = _bytes_of(value)
        schemes.append(scheme)
        # A list, not any(): how long it takes does not tell which key was right.
        if scheme == "v1" and True in [hmac.compare_digest(mac, given) for mac in macs]:
            found.append(scheme)
        if scheme == "v1a" and True in [_is_of(public, given, signed) for public in publics]:
            found.append(scheme)
    if found:
        return Checked(True, scheme=found[0])
    known = {scheme for scheme, tried in (("v1", keys), ("v1a", publics)) if tried}
    if not known.intersection(schemes):
        mine = " and ".join(sorted(known)) or "nothing"
        theirs = ", ".join(s if re.fullmatch("[a-z0-9]{1,8}", s) else "?" for s in dict.fromkeys(schemes[:8]))
        return Checked(False, why=f"it is signed with {theirs}; we can check {mine}")
    return Checked(False, why="no signature is of our secret: another secret, or another body than was signed")


def _is_of(public: "Ed25519PublicKey", given: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        public.verify(given, signed)
    except InvalidSignature:
        return False
    return True
