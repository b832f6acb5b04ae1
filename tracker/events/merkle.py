"""The log's Merkle tree: leaves and nodes hashed as RFC 6962 §2.1, grown one leaf at a time. Pure.

A frontier is all that an append needs of the tree: the roots of the perfect subtrees that the leaves so far fall
into, largest first, one for each bit that is set in their number.
"""

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass

EMPTY_ROOT = hashlib.sha256(b"").digest()
SALT_BYTES = 16
_SIZE = struct.Struct(">Q")
_HASH_BYTES = 32


def payload_sha256(salt: bytes, payload: bytes) -> bytes:
    """SHA-256(salt ‖ payload). Salted, so that an erased payload cannot be guessed from its hash."""
    return hashlib.sha256(salt + payload).digest()


def leaf(columns: bytes, payload_hash: bytes) -> bytes:
    """SHA-256(0x00 ‖ columns ‖ payload_hash): columns in canonical JSON, payload_hash as `payload_sha256` gives it."""
    return hashlib.sha256(b"\x00" + columns + payload_hash).digest()


def node(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of the tree over `size` leaves. nodes: roots of its perfect subtrees, largest first."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.nodes) != self.size.bit_count():
            raise ValueError(f"a frontier of {self.size} leaves has not {len(self.nodes)} nodes")
        if any(len(n) != _HASH_BYTES for n in self.nodes):
            raise ValueError("a node of a frontier is not 32 bytes")

    def grown(self, leaves: Iterable[bytes]) -> "Frontier":
        """The frontier with these leaves added, in this order."""
        size, nodes = self.size, list(self.nodes)
        for added in leaves:
            carried, bits = added, size
            while bits & 1:
                carried = node(nodes.pop(), carried)
                bits >>= 1
            nodes.append(carried)
            size += 1
        return Frontier(size, tuple(nodes))

    def root(self) -> bytes:
        """The root over all leaves so far; of none, SHA-256 of nothing (RFC 6962)."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            root = node(left, root)
        return root

    def to_bytes(self) -> bytes:
        """Size as eight bytes, most significant first, then the nodes."""
        return _SIZE.pack(self.size) + b"".join(self.nodes)

    @staticmethod
    def from_bytes(data: bytes) -> "Frontier":
        """The frontier that `to_bytes` gave. Raises ValueError where the bytes are none."""
        if len(data) < _SIZE.size or (len(data) - _SIZE.size) % _HASH_BYTES:
            raise ValueError(f"{len(data)} bytes are no frontier")
        nodes = tuple(data[at : at + _HASH_BYTES] for at in range(_SIZE.size, len(data), _HASH_BYTES))
        return Frontier(_SIZE.unpack_from(data)[0], nodes)

    def to_json(self) -> dict[str, object]:
        """The frontier as JSON data, nodes in hex."""
        return {"size": self.size, "nodes": [n.hex() for n in self.nodes]}

    @staticmethod
    def from_json(data: object) -> "Frontier":
        """The frontier that `to_json` gave. Raises ValueError where the data is none."""
        match data:
            case {"size": int(size), "nodes": list(nodes)} if all(isinstance(n, str) for n in nodes):
                return Frontier(size, tuple(map(bytes.fromhex, nodes)))
        raise ValueError("not a frontier")
