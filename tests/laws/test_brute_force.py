"""What the aligner says costs at most a tenth more than the cheapest thing that could be said."""

import random

import pytest

from tests.laws.brute_force import cheapest, script_cost
from tracker.compare import compare
from tracker.document.model import Chapter, Document, Prose, Text

WORDS = (
    *("river", "valley", "treaty", "council", "mines", "spring", "hill", "army", "letter", "office", "dog", "bridge"),
    *("tax", "road", "song", "envoy", "harvest", "market"),
    *("north", "winter", "border", "school", "doctor", "list", "village", "rain", "summit", "herd", "mill"),
    *("forest", "clock", "salt", "ship", "wall", "garden", "coal"),
)
ABOVE = 1.1


def document(paragraphs: list[str]) -> Document:
    blocks = tuple(Prose(Text(words)) for words in paragraphs)
    return Document("Ruritania", (Chapter("use", "Use", None, None, blocks),))


def pair(seed: int, most: int) -> tuple[list[str], list[str]]:
    """Paragraphs and what an editor made of them by up to four edits; both of at most `most` paragraphs."""
    made = random.Random(seed)
    old = [said(made) for _ in range(made.randint(1, most - 1))]
    new = list(old)
    for _ in range(made.randint(1, 4)):
        at = made.randrange(len(new)) if new else 0
        act = made.choice(("edit", "edit", "put", "take", "move", "split", "merge"))
        words = new[at].split() if new else []
        if act == "put" and len(new) < most:
            new.insert(at, said(made))
        elif act == "take" and new:
            del new[at]
        elif act == "move" and new:
            new.insert(made.randrange(len(new)), new.pop(at))
        elif act == "split" and len(new) < most and len(words) > 7:
            new[at : at + 1] = [" ".join(words[:4]), " ".join(words[4:])]
        elif act == "merge" and at + 1 < len(new):
            new[at : at + 2] = [f"{new[at]} {new[at + 1]}"]
        elif words:
            words[made.randrange(len(words))] = made.choice(WORDS)
            new[at] = " ".join(words)
    return old, new


def said(made: random.Random) -> str:
    return " ".join(made.choice(WORDS) for _ in range(made.randint(4, 14)))


def check(seeds: range, most: int) -> None:
    for seed in seeds:
        old, new = pair(seed, most)
        cost, least = script_cost(compare(document(old), document(new))), cheapest(old, new)
        assert cost <= ABOVE * least, (seed, old, new, cost, least)


def test_no_script_from_one_to_another_of_few_paragraphs_is_cheaper_by_more_than_a_tenth():
    check(range(60), 5)


@pytest.mark.proof
def test_no_script_from_one_to_another_of_eight_paragraphs_is_cheaper_by_more_than_a_tenth():
    check(range(1_000, 1_400), 8)


def test_the_oracle_counts_words_edits_and_moves():
    assert cheapest(["a b c d"], ["a b c d"]) == 0
    assert cheapest(["a b c d"], ["a b c e"]) == 1 + 2
    assert cheapest(["a b c d", "e f g h i"], ["e f g h i", "a b c d"]) == 1
    assert cheapest(["a b c d", "e f g h i"], ["e f g h i", "a b c x"]) == 1 + 1 + 2
    assert cheapest(["a b c d e f"], ["a b c", "d e f"]) == 1
    assert cheapest(["a b c d"], []) == 1 + 4
    assert cheapest([], ["a b"]) == 1 + 2
