import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.document.edit import LEVELS
from tracker.errors import ConfigError
from tracker.notify.channels import KINDS, ChannelConfig
from tracker.notify.lint import lint
from tracker.notify.rules import CAUSES, GROUP_KEYS
from tracker.notify.secret import Ref
from tracker.notify.subscription_table import KINDS as KIND_NAMES
from tracker.notify.subscription_table import MATCH_KEYS, SEND_KEYS
from tracker.notify.subscriptions import (
    DEFAULT_CAUSES,
    Interval,
    Match,
    Send,
    Storm,
    Subscription,
    Subscriptions,
    TextMatch,
    When,
    load,
    load_all,
    parse,
    read,
)
from tracker.notify.toml_lines import lines_of

SLUGS = ("a", "b", "ab", "ba", "a-b", "b-a-b", "aa-bb", "a-a-a")
DESK = '[channels.desk]\nkind = "webhook"\nurl = "https://hooks.example.org/in"\n'
FILE = "config/subscriptions.toml"


def refusal(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(text, FILE)
    assert str(caught.value).count("\n") == 2, "what, where, remedy"
    assert FILE in caught.value.where
    return caught.value


def test_channels_and_subscriptions_are_read_as_frozen_values():
    found = load(
        """
        [channels.desk]
        kind = "webhook"
        url = "https://hooks.example.org/in"
        secret = "env:DESK_SECRET"
        tz = "Europe/Prague"
        per_minute = 30
        [channels.chat]
        kind = "webhook"
        url = "file:/run/secrets/chat"
        [channels.log]
        kind = "jsonl"
        path = "alerts.jsonl"

        [groups]
        balkans = ["rur*", "syldavia"]
        [intervals.nights]
        days = ["mon-wed", "fri"]
        from = "20:00"
        to = "07:00"
        tz = "Asia/Kathmandu"
        [intervals.weekends]
        days = "sat-mon"
        from = "00:00"
        to = "24:00"
        [storm]
        over = 40
        share = "2.5 %"
        [operator]
        to = "log"

        [[subscriptions]]
        id = "everything"
        to = "desk"
        [[subscriptions]]
        id = "mines"
        owner = "amina"
        [subscriptions.match]
        profile = "rur*"
        group = "balkans"
        chapter = ["mine-*", "impact"]
        section = "Treaty status"
        kind = ["added", "section_*"]
        cause = ["content", "date_only"]
        salience = ">= high"
        text = { any = ["police", "/detain(ed|ion)/"], all = "army", side = ["added", "removed"] }
        not = { section = ["sources"], salience = "critical" }
        [[subscriptions.send]]
        to = ["desk", "log"]
        [[subscriptions.send]]
        to = "chat"
        when = "instant"
        group_by = ["profile", "chapter"]
        wait = "2m"
        interval = "30m"
        quiet = "nights"
        bypass = ">=high"
        max_items = 5
        [[subscriptions.send]]
        to = "chat"
        when = "weekly mon 07:30"
        """,
        FILE,
    )

    assert found == Subscriptions(
        channels=(
            ChannelConfig(
                name="desk",
                kind="webhook",
                values={"url": "https://hooks.example.org/in", "secret": Ref("env", "DESK_SECRET")},
                tz="Europe/Prague",
                per_minute=30,
            ),
            ChannelConfig(name="chat", kind="webhook", values={"url": Ref("file", "/run/secrets/chat")}),
            ChannelConfig(name="log", kind="jsonl", values={"path": "alerts.jsonl"}),
        ),
        subscriptions=(
            Subscription(id="everything", sends=(Send(to="desk"),)),
            Subscription(
                id="mines",
                owner="amina",
                sends=(
                    Send(to="desk"),
                    Send(to="log"),
                    Send(
                        to="chat",
                        group_by=("profile", "chapter"),
                        wait_s=120,
                        interval_s=1800,
                        quiet="nights",
                        bypass="high",
                        max_items=5,
                    ),
                    Send(to="chat", when=When("weekly", 7, 30, 0)),
                ),
                match=Match(
                    profiles=("rur*",),
                    groups=("balkans",),
                    chapters=("mine-*", "impact"),
                    sections=("Treaty status",),
                    kinds=("added", "section_*"),
                    causes=("content", "date_only"),
                    salience="high",
                    text=TextMatch(any_=("police", "/detain(ed|ion)/"), all_=("army",), sides=("added", "removed")),
                    not_=Match(sections=("sources",), salience="critical"),
                ),
            ),
        ),
        intervals={
            "nights": Interval(frozenset({0, 1, 2, 4}), 1200, 420, "Asia/Kathmandu"),
            "weekends": Interval(frozenset({5, 6, 0}), 0, 1440),
        },
        groups={"balkans": ("rur*", "syldavia")},
        storm=Storm(over=40, share=0.025),
        operator=("log",),
    )
    assert found.subscription("mines").to == ("desk", "log", "chat")
    assert found.subscription("mine") is None and found.channel("desks") is None


def test_who_says_no_more_hears_of_all_news_of_every_chapter_at_once():
    (subscription,) = load(DESK + '[[subscriptions]]\nid = "all"\nto = "desk"', FILE).subscriptions

    assert subscription == Subscription(id="all", sends=(Send(to="desk"),), match=Match())
    assert str(subscription.sends[0].when) == "instant"
    assert DEFAULT_CAUSES == ("content", "reversion", "removed", "restored")


def test_text_alone_is_short_for_any_of_it():
    rule = '[[subscriptions]]\nid = "a"\nto = "desk"\nmatch = { text = ["police", "army"] }'

    assert load(DESK + rule, FILE).subscriptions[0].match.text == TextMatch(any_=("police", "army"))


@pytest.mark.parametrize(
    ("days", "found"),
    [('"sun"', {6}), ('"sat-sun"', {5, 6}), ('["fri-mon", "wed"]', {4, 5, 6, 0, 2}), ('"MON - FRI"', None)],
)
def test_days_are_named_or_from_one_to_another_over_the_end_of_the_week(days, found):
    text = f'[intervals.x]\ndays = {days}\nfrom = "20:00"\nto = "7:00"\n'
    if found is None:
        assert "Unknown day 'mon '" in refusal(text).what
    else:
        assert load(text, FILE).intervals["x"] == Interval(frozenset(found), 1200, 420)


def test_an_interval_without_days_is_every_day_and_its_clock_is_the_channels():
    text = '[intervals.x]\nfrom = "20:00"\nto = "07:00"\ntz = "channel"'

    assert load(text, FILE).intervals["x"] == Interval(frozenset(range(7)), 1200, 420, None)


def test_no_file_means_no_subscriptions(tmp_path: Path):
    assert read(tmp_path / "subscriptions.toml") == Subscriptions()


@pytest.mark.parametrize(
    ("text", "what", "where", "remedy"),
    [
        ("[chanels.desk]\n", "'chanels'", FILE, "'channels'"),
        (DESK + 'secert = "env:X"', "'secert'", "[channels.desk]", "Did you mean 'secret'?"),
        ('[channels.desk]\nkind = "webhok"', "channel kind 'webhok'", "[channels.desk]", "'webhook'"),
        ('[channels.desk]\nkind = "webhook"', "needs `url`", "[channels.desk]", "url ="),
        ('[channels.log]\nkind = "jsonl"\npath = "a"\nurl = "b"', "'url'", "[channels.log]", "path"),
        ('[channels."a.b"]\nkind = "jsonl"\npath = "a"', "Not a name", "[channels.a.b]", "letters"),
        ("channels = 3", "Channels are tables", "channels", "[channels.NAME]"),
        ("[channels]\ndesk = 3", "A table is wanted", "[channels.desk]", "key = value"),
        (
            '[channels.desk]\nkind = "webhook"\nurl = "ftp://x/y"',
            "Not an address",
            "[channels.desk] url",
            "https",
        ),
        ('[channels.desk]\nkind = "webhook"\nurl = "https://"', "Not an address", "[channels.desk] url", "https"),
        ('[channels.desk]\nkind = "webhook"\nurl = 5', "`url` is a text", "[channels.desk]", "url ="),
        ("subscriptions = 3", "list of tables", "subscriptions", "[[subscriptions]]"),
        ('[[subscriptions]]\nto = "desk"', "`id` is missing", "subscription 1", "id ="),
        (DESK + '[[subscriptions]]\nid = "a"', "`to` is missing", "subscription 1 (a)", "to ="),
        (DESK + '[[subscriptions]]\nid = "a"\nto = []', "`to` is a text", "subscription 1 (a)", "to ="),
        (DESK + '[[subscriptions]]\nid = "a"\nto = "dekk"', "channel 'dekk'", "subscription 1 (a) to", "'desk'"),
        ('[[subscriptions]]\nid = "a"\nto = "desk"', "channel 'desk'", "subscription 1 (a) to", "tracker channels add"),
        (DESK + '[[subscriptions]]\nid = "a"\nto = "desk"\nwen = "now"', "'wen'", "subscription 1 (a)", "Known: id"),
        (
            DESK + '[[subscriptions]]\nid = "a"\nto = "desk"\nchapter = "x"',
            "`chapter` stands under `match`",
            "(a)",
            "match = { chapter",
        ),
        (
            DESK + '[[subscriptions]]\nid = "a"\nto = "desk"\nmatch = { chaptr = "x" }',
            "'chaptr'",
            "(a) match",
            "'chapter'",
        ),
        (
            DESK + '[[subscriptions]]\nid = "a"\nto = "desk"\nmatch = { cause = "contents" }',
            "cause 'contents'",
            "(a) match cause",
            "'content'",
        ),
        (
            DESK + '[[subscriptions]]\nid = "a"\nto = "desk"\nmatch = { salience = "hihg" }',
            "salience 'hihg'",
            "(a) match salience",
            "'high'",
        ),
        (
            DESK + '[[subscriptions]]\nid = "a"\nto = "desk"\nmatch = { profile = "Côte d’Ivoire" }',
            "No profile can be named",
            "(a) match profile",
            "'cote-d-ivoire'",
        ),
        (
            DESK + '[[subscriptions]]\nid = "a"\nto = "desk"\n[[subscriptions]]\nid = "a"\nto = "desk"',
            "Two subscriptions are named 'a'",
            "subscription 2",
            "Rename",
        ),
        (DESK + DESK, "[channels.desk] stands twice", f"{FILE}, line 4", "another name"),
        (DESK + "kind = 5", "A key stands twice", f"{FILE}, line 4", "once"),
        ("[storm]\nover = 1\n[storm]\n", "[storm] stands twice", f"{FILE}, line 3", "one heading"),
        ("[channels", "Not TOML", FILE, "end of document"),
    ],
)
def test_what_cannot_be_meant_is_named_with_its_place_and_the_nearest_known_word(text, what, where, remedy):
    error = refusal(text)

    assert what in error.what
    assert where in error.where
    assert remedy in error.remedy


@pytest.mark.parametrize(
    "line",
    [
        'secret = "whsec_CANARYCANARYCANARY"',
        'secret = "CANARY"',
        'secret = "env:"',
        "secret = 5",
        'secrets = "CANARY"',
        'url = "https://user:CANARY@hooks.example.org/"',
        'url = "hooks.example.org/CANARY"',
        'url = "https://hooks.example.org/ CANARY"',
        'url = "https://[CANARY/"',
        "url = https://CANARY",
    ],
)
def test_a_secret_written_out_is_refused_and_not_repeated(line):
    kept = "" if line.startswith("url") else 'url = "https://hooks.example.org/in"\n'

    error = refusal(f'[channels.desk]\nkind = "webhook"\n{kept}{line}\n')

    assert "CANARY" not in str(error)
    assert error.__cause__ is None


def test_a_file_that_is_not_text_is_an_error_that_names_it(tmp_path: Path):
    (tmp_path / "subscriptions.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError) as caught:
        read(tmp_path / "subscriptions.toml")

    assert str(tmp_path / "subscriptions.toml") in caught.value.where


@pytest.mark.parametrize("host", ["hooks.slack.com", "discord.com", "tenant.webhook.office.com", "x.logic.azure.com"])
def test_an_address_that_is_itself_a_secret_is_refused_and_not_repeated(host):
    with pytest.raises(ConfigError, match="itself a secret") as error:
        load(f'[channels.desk]\nkind = "webhook"\nurl = "https://{host}/services/CANARY"\n', "subscriptions.toml")

    assert "CANARY" not in str(error.value)
    assert "env:NAME" in error.value.remedy


SUB = DESK + '[[subscriptions]]\nid = "a"\n'
NIGHTS = '[intervals.nights]\nfrom = "20:00"\nto = "07:00"\n'
ALWAYS = '[intervals.always]\nfrom = "00:00"\nto = "24:00"\n'
BALKANS = '[groups]\nbalkans = ["rur*", "syldavia"]\n'


def sending(send: str) -> str:
    return f"{NIGHTS}{ALWAYS}{SUB}send = [{{ {send} }}]\n"


def asking(match: str) -> str:
    return f'{BALKANS}{SUB}to = "desk"\nmatch = {{ {match} }}\n'


@pytest.mark.parametrize(
    ("text", "what", "where", "remedy"),
    [
        (DESK + 'tz = "Europe/Prage"', "time zone 'Europe/Prage'", "line 4, [channels.desk] tz", "'Europe/Prague'"),
        (DESK + 'tz = "../etc/passwd"', "time zone", "line 4, [channels.desk] tz", "IANA"),
        (DESK + 'tz = "America"', "time zone", "line 4, [channels.desk] tz", "IANA"),
        (DESK + "tz = 5", "`tz` is a text", "line 4, [channels.desk] tz", "tz ="),
        (DESK + "per_minute = 0", "`per_minute` is a number", "line 4, [channels.desk] per_minute", "30"),
        (DESK + "per_minute = true", "`per_minute` is a number", "line 4, [channels.desk] per_minute", "30"),
        ("[groups]\nx = []", "`x` is a text or a list", "line 2, [groups] x", "x ="),
        ('[groups]\nx = "Mali"', "No profile can be named 'Mali'", "line 2, [groups] x", "'mali'"),
        ('[groups]\n"x y" = "mali"', "Not a name", "line 2, [groups] x y", "letters"),
        ('[intervals.x]\nfrom = "20:00"', "`to` is missing", "line 1, [intervals.x]", "to ="),
        ('[intervals.x]\nfrom = "24:00"\nto = "07:00"', "Not a time of a day", "line 2, [intervals.x] from", "20:00"),
        ('[intervals.x]\nfrom = "20:00"\nto = "7"', "Not a time of a day", "line 3, [intervals.x] to", "20:00"),
        ('[intervals.x]\nday = "mon"', "Unknown key 'day'", "line 2, [intervals.x] day", "'days'"),
        ('[intervals.x]\ndays = "mo"\n', "Unknown day 'mo'", "line 2, [intervals.x] days", "'mon'"),
        ("intervals = 3", "A table is wanted", "line 1", "key = value"),
        ("[storm]\nover = 0", "`over` is a whole number", "line 2, [storm] over", "25"),
        ('[storm]\nshare = "10"', "`share` is a part", "line 2, [storm] share", "10%"),
        ("[storm]\nshare = 10", "`share` is a part", "line 2, [storm] share", "10%"),
        ('[operator]\nto = "dekk"\n' + DESK, "channel 'dekk'", "line 2, [operator] to", "'desk'"),
        ("[operator]\nat = 1", "Unknown key 'at'", "line 2, [operator]", "'to'"),
        # where and when
        (SUB + 'to = "desk"\nsend = [{ to = "desk" }]', "both say where", "line 6, subscription 1 (a) to", "within"),
        (SUB + "send = []", "list of tables", "line 6, subscription 1 (a) send", "send = ["),
        (SUB + "send = [3]", "A table is wanted", "line 6, subscription 1 (a) send 1", "key = value"),
        (SUB + 'to = "desk"\nwhen = "daily 07:30"', "stands under `send`", "line 7, subscription 1 (a)", "send = ["),
        (sending('to = "dekk"'), "channel 'dekk'", "subscription 1 (a) send 1 to", "'desk'"),
        (sending('when = "instant"'), "`to` is missing", "subscription 1 (a) send 1", "to ="),
        (sending('to = "desk", when = "daily"'), "Not a time to tell at", "send 1 when", "daily 07:30"),
        (sending('to = "desk", when = "dayly 07:30"'), "Not a time to tell at", "send 1 when", "daily 07:30"),
        (sending('to = "desk", wen = "instant"'), "Unknown key 'wen'", "send 1 wen", "'when'"),
        (sending('to = "desk", quiet = "night"'), "interval 'night'", "send 1 quiet", "'nights'"),
        (SUB + 'send = [{ to = "desk", quiet = "nights" }]', "interval 'nights'", "send 1 quiet", "[intervals.nights]"),
        (sending('to = "desk", group_by = "chaptr"'), "group key 'chaptr'", "send 1 group_by", "'chapter'"),
        (sending('to = "desk", wait = "soon"'), "`wait` is a duration", "send 1 wait", "2m"),
        (sending('to = "desk", wait = 120'), "`wait` is a text", "send 1 wait", "wait ="),
        (sending('to = "desk", bypass = "urgent"'), "salience 'urgent'", "send 1 bypass", "critical"),
        (sending('to = "desk", max_items = 0'), "`max_items` is a whole number", "send 1 max_items", "20"),
        (sending('to = "desk", max_items = 5000'), "at most 1000", "send 1 max_items", "20"),
        (sending('to = ["desk", "desk"] }, { to = "desk"'), "told twice, instant", "(a) send 2", "one send"),
        # what could never be told, or never so
        (sending('to = "desk", quiet = "always"'), "all day, every day", "send 1 quiet", "Leave out"),
        (sending('to = "desk", wait = "1h", interval = "30m"'), "`wait` (1h) is longer", "send 1 wait", "'30m' or"),
        (sending('to = "desk", when = "daily 07:30", wait = "1h"'), "A digest is one message", "send 1 wait", "Leave"),
        (sending('to = "desk", when = "daily 07:30", group_by = "profile"'), "`group_by`", "send 1 group_by", "Leave"),
        (asking('kind = ["format", "renum*"], salience = "low"'), "renumbered have no salience", "salience", ""),
        (asking('kind = "added", not = { kind = "added" }'), "nothing is left", "line 9, subscription 1 (a) match", ""),
        (asking('kind = "section_added", not = { kind = "section_*" }'), "nothing is left", "match not", "narrower"),
        (asking('not = { profile = "*" }'), "nothing is left", "match not", "narrower"),
        (asking('not = { cause = ["content", "reversion", "removed", "restored"] }'), "nothing is left", "match", ""),
        (asking('chapter = "mine-ban", not = { chapter = "mine-*" }'), "nothing is left", "match not", "narrower"),
        (asking('salience = "high", not = { salience = "normal" }'), "nothing is left", "match not", "narrower"),
        (asking('text = "x", not = { text = "x" }'), "nothing is left", "match not", "narrower"),
        (asking('group = "balkans", profile = ["mali"]'), "both of `profile` and of `group`", "match group", "one of"),
        (asking('kind = "removed", text = { any = "x", side = "added" }'), "no text that was", "match text", "side"),
        # what is asked
        (asking('group = "balkan"'), "group 'balkan'", "match group", "'balkans'"),
        (SUB + 'to = "desk"\nmatch = { group = "x" }', "group 'x'", "line 7, subscription 1 (a) match", "[groups]"),
        (asking('kind = "section-*"'), "kind of edit 'section-*'", "match kind", "section_"),
        (asking('kind = "add"'), "kind of edit 'add'", "match kind", "'added'"),
        (asking('chapter = "-mine"'), "No chapter can be named '-mine'", "match chapter", "'mine'"),
        (asking('chapter = "mine--ban"'), "No chapter can be named", "match chapter", "'mine-ban'"),
        (asking('chapter = "[a"'), "No chapter can be named '[a'", "match chapter", "ends with a bracket"),
        (asking('chapter = "mine-[z-a]*"'), "No chapter can be named", "match chapter", "[z-a] holds no letter"),
        (asking('chapter = "mine-[-]*"'), "No chapter can be named", "match chapter", "With * for any"),
        (asking('chapter = "[!a-z0-9]*"'), "No chapter can be named", "match chapter", "With * for any"),
        (asking('profile = "mali[*"'), "No profile can be named", "match profile", "ends with a bracket"),
        (asking('section = "use [9-0]"'), "No section can be named", "match section", "[9-0] holds no letter"),
        (asking('not = { section = "[z-a]" }'), "No section can be named", "not section", "holds no letter"),
        (sending('to = "desk", wait = "32d"'), "`wait` is at most 31d", "(a) send 1", "weekly mon"),
        (sending('to = "desk", wait = "9999999999999999d"'), "`wait` is at most 31d", "(a) send 1", 'wait = "2m"'),
        (sending('to = "desk", wait = "1s", interval = "99999999d"'), "`interval` is at most 31d", "(a) send 1", "2m"),
        (sending('to = "desk", max_items = 99999999999999999999'), "`max_items` is at most 1000", "(a) send 1", "20"),
        (DESK + "[storm]\nover = 99999999999999999999", "`over` is at most 100000", "[storm] over", "over = 25"),
        (asking('chapter = "Mine Ban*"'), "No chapter can be named", "match chapter", "'mine-ban'"),
        (asking('salience = ">high"'), "salience '>high'", "match salience", "'high'"),
        (asking('text = { any = "/(/" }'), "looked for: '/(/'", "match text any", "cannot be read"),
        (asking('text = "/home"'), "looked for: '/home'", "match text", "two slashes"),
        (asking('text = { all = "/x*/" }'), "looked for", "match text all", "every text"),
        (asking('text = { side = "added" }'), "says no words", "match text", "any ="),
        (asking('text = { any = "x", sides = "added" }'), "Unknown key 'sides'", "match text sides", "'side'"),
        (asking('text = { any = "x", side = "both" }'), "side 'both'", "match text side", "added"),
        (asking('text = ["x", " "]'), "list of texts", "match text", "text ="),
        (asking("not = {}"), "`not` says nothing", "match not", "must not hold"),
        (asking('not = { not = { kind = "added" } }'), "Unknown key 'not'", "match not not", "Known"),
        (asking('not = { seciton = "x" }'), "Unknown key 'seciton'", "match not seciton", "'section'"),
    ],
)  # fmt: skip
def test_a_mistake_or_an_impossible_rule_is_named_with_its_line_and_what_to_do(text, what, where, remedy):
    error = refusal(text)

    assert what in error.what
    assert where in error.where
    assert remedy in error.remedy
    assert f"{FILE}, line " in error.where


@pytest.mark.parametrize(
    "match",
    [
        'kind = "added", not = { kind = "removed" }',
        'kind = ["added", "removed"], not = { kind = "removed" }',
        'kind = "section_*", not = { kind = "section_added" }',
        'profile = "*ria", group = "balkans"',
        'kind = "added", not = { kind = "added", section = "sources" }',
        'chapter = "mine-*", not = { chapter = "mine-ban" }',
        'profile = "rur*", group = "balkans"',
        'profile = "ruritania", group = "balkans"',
        'salience = "normal", not = { salience = "high" }',
        'kind = ["format", "added"], salience = "high"',
        'kind = ["removed", "replaced"], text = { any = "x", side = "added" }',
        'not = { cause = "reversion" }',
        'not = { group = "balkans" }',
        'text = "x", not = { text = { any = "x", side = "added" } }',
    ],
)
def test_what_can_hold_is_not_refused(match):
    assert len(load(asking(match), FILE).subscriptions) == 1


@pytest.mark.parametrize("glob", ["*", "?", "mine-*", "*-ban", "[a-z]*", "[]m]ine", "[!-]*", "m*-*-p?l[hi]cy", "[!a]?"])
def test_a_glob_that_some_slug_matches_is_not_refused(glob):
    assert load(asking(f'chapter = "{glob}"'), FILE).subscriptions[0].match.chapters == (glob,)


@given(st.text(alphabet="ab-*?[]!", min_size=1, max_size=6), st.sampled_from(SLUGS))
def test_law_no_glob_is_refused_that_matches_a_slug(glob, slug):
    if fnmatchcase(slug, glob):
        assert load(asking(f'chapter = "{glob}"'), FILE).subscriptions[0].match.chapters == (glob,)


@pytest.mark.parametrize(
    "send",
    ['to = "desk", wait = "31d"', 'to = "desk", wait = "2m"',
     'to = "desk", wait = "30m", interval = "30m"', 'to = "desk", interval = "30m"',
     'to = "desk", quiet = "nights"', 'to = "desk", when = "daily 07:30", quiet = "nights"'],
)  # fmt: skip
def test_a_send_that_can_be_kept_to_is_not_refused(send):
    assert len(load(sending(send), FILE).subscriptions) == 1


def test_all_mistakes_are_found_and_the_rest_is_read():
    text = DESK + '[channels.bad]\nkind = "webhok"\n[[subscriptions]]\nid = "a"\nto = "bad"\n'
    text += '[[subscriptions]]\nid = "b"\nto = "dekk"\n[storm]\novr = 3\n'

    found, errors = load_all(text, FILE)

    assert [c.name for c in found.channels] == ["desk"]
    assert [s.id for s in found.subscriptions] == ["a"], "a channel that is written wrong is there, and known"
    assert [e.where.split(", ")[1] for e in errors] == ["line 5", "line 13", "line 11"]
    with pytest.raises(ConfigError, match="webhok"):
        load(text, FILE)


def test_data_without_its_text_is_refused_without_a_line():
    with pytest.raises(ConfigError) as caught:
        parse({"storm": {"over": 0}}, FILE)

    assert caught.value.where == f"{FILE}, [storm] over"


def test_lines_are_found_in_every_way_of_writing_toml():
    text = """# a comment with [brackets] = and "quotes"
    a.b = 1
    "quo\\"ted" = 'x # no comment'
    long = \"\"\"
    [not.a.table]
    x = 1 \\\\\"\"\"
    [one.'two three']
    list = [ # why
        { x = 1, y = [1,
          "]"] },
        { x = '''
}''' },
    ]
    [[many]]
    z = 1979-05-27T07:32:00Z
    [many.sub]
    z = 1
    [[many]]
    [[many.deep]]
    z = { inner.most = true }
    """
    import tomllib

    tomllib.loads(text)

    assert lines_of(text) == {
        ("a",): 2, ("a", "b"): 2, ('quo"ted',): 3, ("long",): 4,
        ("one", "two three"): 7, ("one", "two three", "list"): 8,
        ("one", "two three", "list", 0): 9, ("one", "two three", "list", 0, "x"): 9,
        ("one", "two three", "list", 0, "y"): 9, ("one", "two three", "list", 0, "y", 0): 9,
        ("one", "two three", "list", 0, "y", 1): 10,
        ("one", "two three", "list", 1): 11, ("one", "two three", "list", 1, "x"): 11,
        ("many",): 14, ("many", 0): 14, ("many", 0, "z"): 15, ("many", 0, "sub"): 16, ("many", 0, "sub", "z"): 17,
        ("many", 1): 18, ("many", 1, "deep"): 19, ("many", 1, "deep", 0): 19, ("many", 1, "deep", 0, "z"): 20,
        ("many", 1, "deep", 0, "z", "inner"): 20, ("many", 1, "deep", 0, "z", "inner", "most"): 20,
    }  # fmt: skip


@given(st.text(alphabet="[]{}=\"'#.,\n \\ab1"))
def test_lines_of_any_text_never_fail(text):
    assert all(line >= 1 for line in lines_of(text).values())


@pytest.mark.parametrize(
    "kind",
    [kind for kind in KINDS.values() if any(k.sort == "secret address" for k in kind.keys.values())],
    ids=lambda k: k.name,
)
def test_where_an_address_is_a_secret_only_a_loopback_one_may_stand_in_the_file(kind):
    key = next(name for name, about in kind.keys.items() if about.sort == "secret address")
    head = f'[channels.c]\nkind = "{kind.name}"\n{key} = '

    error = refusal(head + '"https://chat.example.org/hooks/CANARY"\n')

    assert "itself a secret" in error.what and "CANARY" not in str(error)
    assert f'{key} = "env:NAME"' in error.remedy
    with pytest.raises(ConfigError, match="itself a secret"):
        load(head + '"https://127.0.0.1.example.org/"\n', FILE)


# ---------------------------------------------------------------- what people are given to begin with

ROOT = Path(__file__).parents[2]


def uncommented(text: str) -> str:
    """The examples of the shipped file: lines that begin with # and no blank after it."""
    return re.sub(r"(?m)^#(?=[^ \n])", "", text)


def test_the_shipped_file_says_nothing_and_its_examples_are_a_configuration_without_a_fault():
    shipped = ROOT / "config" / "subscriptions.toml"
    text = shipped.read_text(encoding="utf-8")

    assert read(shipped) == Subscriptions()
    assert text == (ROOT / "tracker/config_template/config/subscriptions.toml").read_text(encoding="utf-8")
    assert lint(uncommented(text), FILE) == ()
    found = load(uncommented(text), FILE)
    assert found.operator and found.groups and found.intervals


def test_the_examples_of_the_shipped_file_have_every_key_of_the_language():
    text = uncommented((ROOT / "config" / "subscriptions.toml").read_text(encoding="utf-8"))

    for key in (*MATCH_KEYS, *SEND_KEYS, "owner", "tz", "per_minute", "over", "share", "days", "from", "any", "side"):
        assert re.search(rf"(?m)^\s*(?:text = {{ )?.*\b{key} = ", text), key


PAGE = (ROOT / "docs" / "subscriptions.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"(?ms)^```toml\n(.*?)^```$", PAGE)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_of_the_manual_is_a_configuration_without_a_fault(number):
    assert [f for f in lint(EXAMPLES[number], FILE) if "Nobody is told when" not in f.what] == []


def test_the_manual_names_every_key_kind_cause_and_level():
    for word in (*MATCH_KEYS, *SEND_KEYS, *KIND_NAMES, *CAUSES, *LEVELS, *GROUP_KEYS, "over", "share", "any", "all"):
        assert f"`{word}`" in PAGE, word
