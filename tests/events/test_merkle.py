"""The log's tree against RFC 6962 §2.1, written down a second time as the RFC writes it."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.events.merkle import EMPTY_ROOT, Frontier, leaf, node, payload_sha256


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962: split at the largest power of two smaller than n. Leaves are hashed already."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def leaves(count: int) -> list[bytes]:
    return [hashlib.sha256(b"\x00" + bytes([n % 256, n // 256])).digest() for n in range(count)]


def test_the_root_is_that_of_the_rfc_for_every_size_up_to_two_hundred():
    frontier = Frontier()
    for size, added in enumerate(leaves(200), start=1):
        frontier = frontier.grown((added,))

        assert frontier.size == size
        assert frontier.root() == naive_root(leaves(size))


@settings(max_examples=40)
@given(st.integers(0, 300), st.integers(0, 300))
def test_it_does_not_matter_how_many_leaves_come_at_a_time(first, second):
    together = Frontier().grown(leaves(first + second))

    apart = Frontier().grown(leaves(first + second)[:first]).grown(leaves(first + second)[first:])

    assert apart == together


@settings(max_examples=40)
@given(st.integers(0, 2000))
def test_a_frontier_survives_its_bytes_and_its_json(size):
    frontier = Frontier().grown(leaves(size))

    assert Frontier.from_bytes(frontier.to_bytes()) == frontier
    assert Frontier.from_json(frontier.to_json()) == frontier
    assert len(frontier.nodes) == size.bit_count()


def test_the_vectors_of_the_rfcs_reference_implementation():
    """Certificate Transparency's own test: eight inputs, the root after each."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    frontier = Frontier()
    for data, root in zip(inputs, roots, strict=True):
        frontier = frontier.grown((hashlib.sha256(b"\x00" + bytes.fromhex(data)).digest(),))

        assert frontier.root().hex() == root


def test_the_empty_tree_has_the_hash_of_nothing():
    assert Frontier().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_leaf_node_and_payload_are_told_apart_by_their_prefix():
    assert payload_sha256(b"s" * 16, b"{}") == hashlib.sha256(b"s" * 16 + b"{}").digest()
    assert leaf(b"{}", b"h" * 32) == hashlib.sha256(b"\x00{}" + b"h" * 32).digest()
    assert node(b"l" * 32, b"r" * 32) == hashlib.sha256(b"\x01" + b"l" * 32 + b"r" * 32).digest()


@pytest.mark.parametrize("data", [b"", b"\x00" * 7, b"\x00" * 9, b"\x00" * 7 + b"\x01", b"\x00" * 8 + b"h" * 32])
def test_bytes_that_are_no_frontier_are_refused(data):
    with pytest.raises(ValueError, match="frontier"):
        Frontier.from_bytes(data)


@pytest.mark.parametrize(
    "data", [None, {}, {"size": 1, "nodes": []}, {"size": 1, "nodes": [1]}, {"size": -1, "nodes": []}]
)
def test_json_that_is_no_frontier_is_refused(data):
    with pytest.raises(ValueError, match="frontier"):
        Frontier.from_json(data)
