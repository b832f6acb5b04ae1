import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.builders import CELL, CHANGE, RENUMBERED, SENTENCE, change, edit
from tracker.document.edit import LEVELS, Comparison, Salience
from tracker.notify import words
from tracker.notify.match import Matched, Row, explain, match_words, matches, rule_words
from tracker.notify.rules import CAUSES, Match, Send, Subscription, TextMatch
from tracker.notify.words import compiled

GROUPS = {"balkans": ("rur*", "syldavia"), "none": ("graustark",)}
BOTH = frozenset({SENTENCE.id, CELL.id})


def asked(**other) -> frozenset[str] | None:
    """The edits of Ruritania's change that a rule asks for."""
    found = matches(Match(**other), CHANGE, GROUPS)
    return found.edits if found is not None else None


def looked(needle: str, old: str, new: str, **other) -> bool:
    """Whether a needle is found in an edit from one text to another."""
    one = edit(old=old, new=new, spans=other.pop("spans", ()))
    return matches(Match(text=TextMatch(any_=(needle,), **other)), change(edits=(one,))) is not None


# ---------------------------------------------------------------- keys of a change


def test_a_rule_that_asks_nothing_asks_for_all_edits_of_every_news():
    assert asked() == BOTH


@pytest.mark.parametrize(("groups", "is_told"), [(("balkans",), True), (("none",), False), (("none", "balkans"), True)])
def test_a_group_stands_for_the_profiles_of_its_globs(groups, is_told):
    assert (asked(groups=groups) is not None) is is_told


def test_profile_and_group_must_both_hold_and_a_group_without_profiles_holds_for_none():
    assert asked(profiles=("ruritania",), groups=("balkans",)) == BOTH
    assert asked(profiles=("syldavia",), groups=("balkans",)) is None
    assert asked(groups=("unknown",)) is None


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("least", LEVELS)
def test_salience_is_asked_of_the_change_where_no_edit_is_asked_for(level, least):
    found = matches(Match(salience=least), change(level=level))

    assert (found is not None) is (LEVELS.index(level) >= LEVELS.index(least))


# ---------------------------------------------------------------- keys of one edit


@pytest.mark.parametrize(
    ("other", "edits"),
    [
        ({"kinds": ("replaced",)}, {SENTENCE.id}),
        ({"kinds": ("cell_*",)}, {CELL.id}),
        ({"kinds": ("*",)}, BOTH),
        ({"kinds": ("added", "removed")}, None),
        ({"sections": ("Use",)}, {SENTENCE.id}),
        ({"sections": ("use",)}, {SENTENCE.id}),
        ({"sections": ("treaty-status",)}, {CELL.id}),
        ({"sections": ("Treaty *",)}, {CELL.id}),
        ({"sections": ("u*", "t*")}, BOTH),
        ({"sections": ("sources",)}, None),
        # All of them of one and the same edit: the cell is no replaced sentence, the sentence not in the table.
        ({"kinds": ("replaced",), "sections": ("treaty-status",)}, None),
        ({"kinds": ("replaced",), "text": TextMatch(any_=("minefields",))}, {SENTENCE.id}),
        ({"sections": ("use",), "text": TextMatch(any_=("State Party",))}, None),
        # Salience too: the change is critical by its cell alone.
        ({"sections": ("use",), "salience": "critical"}, None),
        ({"sections": ("use",), "salience": "high"}, {SENTENCE.id}),
        ({"kinds": ("*",), "salience": "critical"}, {CELL.id}),
    ],
)
def test_what_is_asked_of_edits_must_hold_of_one_and_the_same(other, edits):
    assert asked(**other) == (frozenset(edits) if edits is not None else None)


def test_a_section_is_any_on_the_way_or_the_whole_way_and_of_a_move_both_ways():
    deep = edit(id="e_deep", section=("Treaty status", "Use"))
    moved = edit(id="e_moved", kind="moved", section=("Impact",), old_section=("Victim Assistance",))
    found = change(edits=(deep, moved))

    def told(*sections):
        matched = matches(Match(sections=sections), found)
        return set(matched.edits) if matched else set()

    assert told("treaty-status") == told("use") == told("treaty-status/use") == told("Treaty status/*") == {"e_deep"}
    assert told("impact") == told("victim-assistance") == {"e_moved"}
    assert told("use/treaty-status") == set()


def test_a_renamed_section_has_both_names():
    renamed = edit(kind="section_renamed", section=("Stockpiles",), old="Stockpiling", new="Stockpiles", spans=())

    for name in ("stockpiling", "stockpiles"):
        assert matches(Match(sections=(name,)), change(edits=(renamed,)))


@pytest.mark.parametrize("cause", ["content", "reversion", "removed", "restored"])
@pytest.mark.parametrize(
    "rule", [Match(), Match(causes=CAUSES), Match(kinds=("*",)), Match(text=TextMatch(any_=("x",)))]
)
def test_a_change_without_an_edit_is_no_news(cause, rule):
    assert matches(rule, change(cause=cause, edits=())) is None


def test_neutral_edits_are_asked_for_by_name_alone():
    assert asked(kinds=("renumbered",)) == {RENUMBERED.id}
    assert asked(kinds=("renumbered", "replaced")) == {RENUMBERED.id, SENTENCE.id}
    assert asked(kinds=("re*",)) == {SENTENCE.id}


def test_a_change_of_form_only_is_asked_for_by_its_cause_and_its_neutral_edits():
    formed = replace(change(cause="format_only"), comparison=Comparison(neutral=(RENUMBERED,)))

    assert matches(Match(causes=("format_only",)), formed) == Matched(frozenset())
    assert matches(Match(causes=("format_only",), kinds=("renum*",)), formed) == Matched(frozenset({RENUMBERED.id}))
    assert matches(Match(causes=("format_only",), kinds=("added",)), formed) is None
    assert matches(Match(kinds=("renum*",)), formed) is None


# ---------------------------------------------------------------- not


@pytest.mark.parametrize(
    ("inner", "edits"),
    [
        (Match(profiles=("ruritania",)), None),
        (Match(profiles=("syldavia",)), BOTH),
        (Match(groups=("balkans",)), None),
        (Match(sections=("use",)), {CELL.id}),
        (Match(kinds=("replaced", "cell_*")), None),
        (Match(text=TextMatch(any_=("State Party",))), {SENTENCE.id}),
        # All that stands in it is negated together.
        (Match(profiles=("syldavia",), sections=("use",)), BOTH),
        (Match(profiles=("ruritania",), sections=("use",)), {CELL.id}),
        (Match(kinds=("replaced",), sections=("treaty-status",)), BOTH),
        (Match(salience="critical"), None),
        (Match(sections=("*",), salience="critical"), {SENTENCE.id}),
        (Match(causes=("content",)), None),
        (Match(causes=("reversion",)), BOTH),
        (Match(causes=("content",), kinds=("cell_*",)), {SENTENCE.id}),
    ],
)
def test_not_takes_away_what_holds_all_that_stands_in_it(inner, edits):
    assert asked(not_=inner) == (frozenset(edits) if edits is not None else None)


def test_an_edit_must_hold_the_rule_and_not_what_it_negates():
    assert asked(kinds=("*",), salience="high", not_=Match(kinds=("cell_*",))) == {SENTENCE.id}
    assert asked(kinds=("cell_*",), not_=Match(sections=("treaty-status",))) is None


def rules() -> st.SearchStrategy[Match]:
    globs = st.sampled_from(((), ("ruritania",), ("rur*", "x"), ("syldavia",)))
    return st.builds(
        Match,
        profiles=globs,
        chapters=st.sampled_from(((), ("mine-*",), ("impact",))),
        sections=st.sampled_from(((), ("use",), ("treaty*",), ("nowhere",))),
        kinds=st.sampled_from(((), ("replaced",), ("cell_*",), ("added",))),
        salience=st.sampled_from(LEVELS),
        text=st.sampled_from((None, TextMatch(any_=("minefields",)), TextMatch(all_=("State", "/party/")))),
    )


@given(rules(), rules())
def test_law_what_a_rule_asks_for_and_what_its_negation_leaves_are_all_the_edits(rule, other):
    every = Match(kinds=("*",), not_=rule)
    held = matches(replace(rule, kinds=rule.kinds or ("*",)), CHANGE)
    left = matches(every, CHANGE)

    inside = held.edits if held else frozenset()
    outside = left.edits if left else frozenset()
    assert inside | outside == BOTH and not inside & outside
    # And a rule without what another asks for is the one less the other.
    less = matches(replace(rule, kinds=rule.kinds or ("*",), not_=replace(other, kinds=other.kinds or ("*",))), CHANGE)
    taken = matches(replace(other, kinds=other.kinds or ("*",)), CHANGE)
    assert (less.edits if less else frozenset()) == inside - (taken.edits if taken else frozenset())


@given(rules(), st.sampled_from((None, Match(sections=("use",)), Match(profiles=("ruritania",)))))
def test_law_the_last_row_of_an_explanation_says_whether_the_rule_matches(rule, inner):
    rule = replace(rule, not_=inner)

    rows = explain(rule, CHANGE)

    assert rows[-1].key == "all"
    assert rows[-1].holds is (matches(rule, CHANGE) is not None)
    if rows[-1].holds:
        assert all(row.holds for row in rows)


# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("needle", "text", "is_found"),
    [
        ("police", "The Police said", True),
        ("police", "a policeman said", False),
        ("police*", "a policeman said", True),
        ("ban", "an urban area", False),
        ("*police", "the counterpolice", True),
        ("detain*s", "he detains; she", True),
        ("mine ban", "the Mine\n  Ban Treaty", True),
        ("mine ban", "the mine\u00a0ban treaty", True),
        ("mine ban", "the mine-ban treaty", False),
        ("mine-ban", "the mine\u2011ban treaty", True),
        ("people's", "the people\u2019s army", True),
        ("C++ (new)", "uses C++ (new) now", True),
        ("cluster", "clus\u00adter munitions", True),
        ("STRASSE", "in der Straße", True),
        ("café", "the cafe\u0301 there", True),
        ("警察", "東京の警察官は", True),
        ("ตำรวจ", "เจ้าหน้าที่ตำรวจไทย", True),
        ("경찰", "경찰은 말했다", True),
        ("полиция", "Полиция сказала", True),
        ("5 %", "about 5 % of", True),
        ("41", "cleared 415 minefields", False),
        ("/detain(ed|ion)/", "were Detained there", True),
        ("/detain(ed|ion)/", "he detains", False),
        (r"/\b\d{3,}\b/", "cleared 415 minefields", True),
        (r"/^in june/", "In June 2026", True),
        ("/a/b/", "the a/b road", True),
    ],
)
def test_words_are_found_whole_and_expressions_anywhere_and_case_never_matters(needle, text, is_found):
    assert looked(needle, "", text) is is_found
    assert looked(needle, text, "") is is_found


@pytest.mark.parametrize(
    ("needle", "sides", "is_found"),
    [
        ("minefields", (), True),
        ("minefields", ("added",), False),
        ("minefields", ("added", "removed"), False),
        ("2026", ("added",), True),
        ("2026", ("removed",), False),
        ("2021", ("removed",), True),
        ("2021", ("added",), False),
        ("2021", ("added", "removed"), True),
        # A phrase of which one word was added was not there before.
        ("41 minefields", ("added",), True),
        ("40 minefields", ("removed",), True),
        ("in June 2026", ("added",), True),
        (r"/\d+ minefields/", ("added",), True),
        ("Ruritania said", ("added", "removed"), False),
        ("/ the government/", ("added", "removed"), False),  # right beside it touches nothing
    ],
)
def test_a_side_asks_that_the_find_touches_what_was_added_or_removed(needle, sides, is_found):
    found = matches(Match(text=TextMatch(any_=(needle,), sides=sides)), change(edits=(SENTENCE,)))

    assert (found is not None) is is_found


def test_a_later_find_counts_where_the_first_touches_nothing():
    spans = (("=", "ban ban "), ("+", "ban"))

    assert looked("ban ban", "ban ban ", "ban ban ban", sides=("added",), spans=spans)


def test_of_any_one_must_be_there_and_each_of_all_in_the_same_edit():
    def told(**text):
        found = matches(Match(text=TextMatch(**text)), CHANGE)
        return set(found.edits) if found else set()

    assert told(any_=("nowhere", "minefields")) == {SENTENCE.id}
    assert told(all_=("minefields", "Strelsau")) == {SENTENCE.id}
    assert told(all_=("minefields", "State Party")) == set()
    assert told(any_=("nowhere",), all_=("minefields",)) == set()
    assert told(any_=("minefields", "State Party")) == BOTH


def test_a_text_that_only_moved_was_neither_added_nor_removed():
    moved = edit(kind="moved", old="The same words.", new="The same words.", spans=())

    assert matches(Match(text=TextMatch(any_=("same",))), change(edits=(moved,)))
    assert not matches(Match(text=TextMatch(any_=("same",), sides=("added", "removed"))), change(edits=(moved,)))


@pytest.mark.parametrize(
    ("needle", "says"),
    [
        ("/detain(/", "cannot be read"),
        ("/[/", "cannot be read"),
        ("/x*/", "finds something in every text"),
        ("/(a|)/", "finds something in every text"),
        ("//", "between two slashes"),
        ("/home", "between two slashes"),
        ("/x/i", "between two slashes"),
        ("*", "Write a word"),
        ("—", "Write a word"),
        ("x" * 501, "at most 500"),
    ],
)
def test_what_cannot_be_looked_for_says_why(needle, says):
    with pytest.raises(ValueError, match=says):
        compiled(needle)


ENDLESS = r"/(\w|x)+\d/"
BAIT = "x" * 60 + " Strelsau"


def test_an_expression_without_end_is_stopped_and_counts_as_matched_with_the_reason():
    began = time.monotonic()

    found = matches(Match(text=TextMatch(any_=(ENDLESS,))), change(edits=(edit(old="", new=BAIT, spans=()), CELL)))

    assert time.monotonic() - began < 10 * words.LIMIT_S, "without a limit it takes longer than anyone lives"
    assert found is not None and SENTENCE.id in found.edits
    assert "longer than 1 s" in found.trouble and ENDLESS in found.trouble


@pytest.fixture
def hasty(monkeypatch):
    """An expression without end is given up at once, so that there can be many."""
    monkeypatch.setattr(words, "LIMIT_S", 0.02)


def baited(**other):
    made = edit(id="e_bait", old="", new=BAIT, spans=())
    return matches(Match(text=TextMatch(any_=(ENDLESS,)), **other), change(edits=(made,), level="high"))


def test_a_rule_that_does_not_hold_anyway_is_not_matched_for_its_expression(hasty):
    assert baited(profiles=("syldavia",)) is None
    assert baited(sections=("nowhere",)) is None
    assert baited(not_=Match(sections=("use",))) is None
    assert baited(not_=Match(text=TextMatch(any_=("Strelsau",)))) is None
    assert baited(sections=("use",)) is not None


def test_what_a_negation_cannot_decide_is_not_taken_away(hasty):
    made = edit(id="e_bait", old="", new=BAIT, spans=())
    rule = Match(not_=Match(text=TextMatch(any_=(ENDLESS,))))

    found = matches(rule, change(edits=(made,)))

    assert found is not None and found.edits == {"e_bait"} and found.trouble
    *_, not_, all_ = explain(rule, change(edits=(made,)))
    assert not_.holds is None and "longer than" in not_.found
    assert all_.holds is True


def test_another_word_that_is_found_decides_and_there_is_no_trouble(hasty):
    made = edit(id="e_bait", old="", new=BAIT, spans=())

    either = matches(Match(text=TextMatch(any_=(ENDLESS, "Strelsau"))), change(edits=(made,)))
    neither = matches(Match(text=TextMatch(any_=(ENDLESS,), all_=("nowhere",))), change(edits=(made,)))

    assert either == Matched(frozenset({"e_bait"}))
    assert neither is None


def test_a_rule_made_wrong_in_code_counts_as_matched_too():
    found = matches(Match(text=TextMatch(any_=("/(/",))), CHANGE)

    assert found is not None and found.edits == BOTH and "cannot be looked for" in found.trouble


@given(st.text(), st.text(), st.text(min_size=1))
def test_no_text_of_a_page_and_no_needle_breaks_the_matching(old, new, needle):
    one = edit(old=old, new=new, spans=())
    for sides in ((), ("added",), ("removed",)):
        matches(Match(text=TextMatch(any_=(needle,), sides=sides)), change(edits=(one,)))


# ---------------------------------------------------------------- why


def test_an_explanation_has_every_key_with_what_is_asked_and_found():
    rule = Match(
        profiles=("rur*",),
        groups=("balkans",),
        chapters=("impact",),
        sections=("use", "sources"),
        kinds=("cell_*",),
        salience="high",
        text=TextMatch(any_=("minefields", "/part(y|ies)/"), sides=("added",)),
        not_=Match(sections=("treaty-status",)),
    )

    assert explain(rule, CHANGE, GROUPS) == (
        Row("profile", "rur*", "ruritania", True),
        Row("group", "balkans", "ruritania", True),
        Row("chapter", "impact", "mine-ban-policy", False),
        Row("cause", "content, reversion, removed, restored", "content", True),
        Row("section", "use, sources", "Use, Treaty status", True),
        Row("kind", "cell_*", "replaced, cell_changed", True),
        Row("text", "“minefields” or /part(y|ies)/ in what was added", "in 1 of 2 edits", True),
        Row("salience", "high or above, of the matching edit", "high, critical", True),
        Row("not", "section treaty-status", "takes away 1 of 2 edits", True),
        Row("all", "each key, of one edit", "0 of 2 edits", False),
    )


def test_an_explanation_says_of_what_salience_is_asked():
    rows = {row.key: row for row in explain(Match(salience="high"), CHANGE)}

    assert rows["salience"] == Row("salience", "high or above, of the change", "critical", True)
    assert rows["profile"] == Row("profile", "any", "ruritania", True)
    assert rows["all"] == Row("all", "each key", "the change", True)


def test_an_explanation_of_no_news_says_that_there_is_none():
    assert explain(Match(), change(edits=()))[-1] == Row("all", "an edit that is news", "none", False)


def test_an_explanation_says_what_could_not_be_decided(hasty):
    made = edit(id="e_bait", old="", new=BAIT, spans=())
    rows = explain(Match(text=TextMatch(any_=(ENDLESS,))), change(edits=(made,)))

    text = next(row for row in rows if row.key == "text")
    assert text.holds is None and "longer than" in text.found
    assert rows[-1].holds is True and "counts as matched" in rows[-1].found


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Match(), "everything"),
        (Match(chapters=("mine-*",), salience="high"), "chapter mine-*, salience high or above"),
        (Match(chapters=("mine-*", "impact"), salience="critical"), "chapter mine-* or impact, salience critical"),
        (Match(groups=("balkans",), kinds=("added", "section_*")), "group balkans, kind added or section_*"),
        (Match(causes=("date_only",)), "cause date_only"),
        (
            Match(text=TextMatch(any_=("police", "/x+/"), all_=("army", "navy"), sides=("added",))),
            "text “police” or /x+/ and “army” and “navy” in what was added",
        ),
        (Match(profiles=("a*",), not_=Match(sections=("notes",))), "profile a*, not (section notes)"),
    ],
)
def test_a_rule_is_told_in_words(rule, said):
    assert rule_words(Subscription(id="s", sends=(Send(to="desk"),), match=rule)) == said
    assert match_words(rule) == ("" if said == "everything" else said)


def test_salience_of_an_edit_is_no_substitute_for_that_of_the_change():
    low = edit(id="e_low", salience=Salience("low", ("words",)))

    assert matches(Match(salience="high"), change(edits=(low,), level="high"))
    assert not matches(Match(salience="high", kinds=("*",)), change(edits=(low,), level="high"))
