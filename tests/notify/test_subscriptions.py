from pathlib import Path

import pytest

from tracker.errors import ConfigError
from tracker.notify.channels import ChannelConfig
from tracker.notify.secret import Ref
from tracker.notify.subscriptions import Subscription, Subscriptions, load, read

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
        [channels.chat]
        kind = "webhook"
        url = "file:/run/secrets/chat"
        [channels.log]
        kind = "jsonl"
        path = "alerts.jsonl"

        [[subscriptions]]
        id = "everything"
        to = "desk"
        [[subscriptions]]
        id = "mines"
        to = ["desk", "log"]
        [subscriptions.match]
        profile = "rur*"
        chapter = ["mine-*", "impact"]
        cause = ["content", "date_only"]
        salience = "high"
        """,
        FILE,
    )

    assert found == Subscriptions(
        channels=(
            ChannelConfig(
                name="desk", kind="webhook", url="https://hooks.example.org/in", secret=Ref("env", "DESK_SECRET")
            ),
            ChannelConfig(name="chat", kind="webhook", url=Ref("file", "/run/secrets/chat")),
            ChannelConfig(name="log", kind="jsonl", path="alerts.jsonl"),
        ),
        subscriptions=(
            Subscription(id="everything", to=("desk",)),
            Subscription(
                id="mines",
                to=("desk", "log"),
                profiles=("rur*",),
                chapters=("mine-*", "impact"),
                causes=("content", "date_only"),
                salience="high",
            ),
        ),
    )


def test_who_says_no_more_hears_of_all_news_of_every_chapter():
    (subscription,) = load(DESK + '[[subscriptions]]\nid = "all"\nto = "desk"', FILE).subscriptions

    assert subscription.causes == ("content", "reversion", "removed", "restored")
    assert (subscription.profiles, subscription.chapters, subscription.salience) == (("*",), ("*",), "none")


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
            "address of a webhook",
            "[channels.desk] url",
            "https",
        ),
        ('[channels.desk]\nkind = "webhook"\nurl = "https://"', "address of a webhook", "[channels.desk] url", "https"),
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
        (DESK + DESK, "Not TOML", FILE, "line 4"),
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
