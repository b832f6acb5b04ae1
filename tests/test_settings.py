"""What can be set, how, and what is said of a mistake."""

import ipaddress
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tracker import settings
from tracker.errors import ConfigError, NoStore, UsageError
from tracker.settings import FILE, TEMPLATE, VERSION, find_root, honest_user_agent, init, load
from tracker.settings_file import load_table, rewrite, table_list, text

HERE = Path(__file__).parent.parent


@pytest.fixture
def root(tmp_path):
    init(tmp_path)
    return tmp_path


def written(root: Path, toml: str) -> Path:
    (root / FILE).write_text(toml, encoding="utf-8")
    return root


def mistake(root: Path, toml: str = "", environ=None, overrides=None) -> ConfigError:
    with pytest.raises(ConfigError) as error:
        load(written(root, toml), environ or {}, overrides)
    assert error.value.exit_code == 2
    return error.value


# ---------------------------------------------------------------- file, environment, flag


def test_a_new_folder_has_the_defaults(root):
    found = load(root, {})

    assert found.fetch.host_delay_s == 1
    assert found.fetch.confirm_after_s == (600, 7200)
    assert found.watch.every_s == 6 * 3600
    assert found.store.url == f"sqlite:///{root}/snapshots/log.db"
    assert {origin for _, origin in found.shown().values()} == {"default"}


def test_the_environment_wins_over_the_file_and_a_flag_over_both_and_each_origin_is_told(root):
    written(root, "[fetch]\ntotal_s = 10\nconnect_s = 3\nredirects = 1\n")

    found = load(root, {"TRACKER__FETCH__TOTAL_S": "20", "TRACKER__FETCH__CONNECT_S": "4"}, {"fetch.total_s": "30"})

    assert (found.fetch.total_s, found.fetch.connect_s, found.fetch.redirects) == (30, 4, 1)
    shown = found.shown()
    assert shown["fetch.total_s"] == (30, "flag")
    assert shown["fetch.connect_s"] == (4, "TRACKER__FETCH__CONNECT_S")
    assert shown["fetch.redirects"] == (1, str(root / FILE))
    assert shown["fetch.max_ratio"] == (200, "default")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("FETCH__ALLOW_ADDRESSES", "127.0.0.0/8", (ipaddress.ip_network("127.0.0.0/8"),)),
        (
            "FETCH__ALLOW_ADDRESSES",
            "10.0.0.0/8, fd00::/8",
            (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")),
        ),
        ("FETCH__ALLOW_ADDRESSES", '["10.0.0.7"]', (ipaddress.ip_network("10.0.0.7/32"),)),
        ("FETCH__ALLOW_ADDRESSES", "10.0.0.7/8", (ipaddress.ip_network("10.0.0.0/8"),)),
        ("FETCH__ALLOW_ADDRESSES", "", ()),
        ("FETCH__CONFIRM_AFTER_S", "[0]", (0,)),
        ("FETCH__CONFIRM_AFTER_S", "10m,2h", (600, 7200)),
        ("FETCH__RETRY_S", "[]", ()),
        ("FETCH__RETRY_S", "", ()),
        ("FETCH__RETRY_S", "2s,1m", (2, 60)),
        ("FETCH__IGNORE_ROBOTS", "Pages.Example.org, 127.0.0.1", ("pages.example.org", "127.0.0.1")),
        ("FETCH__HOST_DELAY_S", "0", 0),
        ("FETCH__HOST_DELAY_S", "0.25", 0.25),
        ("FETCH__CONTACT", "", ""),
        ("FETCH__CONTACT", "2026", "2026"),
        ("NOTIFY__TIMEOUT_S", "30s", 30),
        ("WATCH__EVERY_S", "1d", 86400),
        ("STORE__URL", "sqlite:////srv/log.db", "sqlite:////srv/log.db"),
    ],
)
def test_a_variable_sets_any_setting(root, name, value, expected):
    section, _, key = name.lower().partition("__")

    found = load(root, {f"TRACKER__{name}": value, "TRACKER_TEST_PROFILES": "/somewhere", "PATH": "/bin"})

    assert getattr(found.section(section), key) == expected


def test_a_relative_store_is_meant_from_the_root_wherever_one_stands(root, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))

    found = load(root, {"TRACKER__STORE__URL": "sqlite:///data/my.db"})

    assert found.store.url == f"sqlite:///{root}/data/my.db"


def test_what_is_shown_is_plain_data(root):
    import json

    found = load(root, {"TRACKER__FETCH__ALLOW_ADDRESSES": "127.0.0.0/8"})

    assert found.shown()["fetch.allow_addresses"][0] == ["127.0.0.0/8"]
    json.dumps(found.shown())


# ---------------------------------------------------------------- mistakes


def test_an_unknown_key_is_named_with_its_file_and_the_nearest_known_one(root):
    error = mistake(root, "[fetch]\nhost_delay = 2\n")

    assert "host_delay" in error.what
    assert str(root / FILE) in error.where
    assert "host_delay_s" in error.remedy


def test_an_unknown_section_is_named_with_the_nearest_known_one(root):
    assert "'fetch'" in mistake(root, "[fetsch]\ntotal_s = 2\n").remedy


def test_an_unknown_variable_is_named_with_the_nearest_known_one(root):
    error = mistake(root, environ={"TRACKER__FETCH__ALLOW_ADRESSES": "127.0.0.0/8"})

    assert "TRACKER__FETCH__ALLOW_ADRESSES" in error.what
    assert "TRACKER__FETCH__ALLOW_ADDRESSES" in error.remedy


def test_an_unknown_flag_is_a_mistake_too(root):
    assert "fetch.total_s" in mistake(root, overrides={"fetch.total": "1"}).remedy


@pytest.mark.parametrize(
    "toml",
    [
        "[fetch]\ntotal_s = 'soon'\n",
        "[fetch]\ntotal_s = 0\n",
        "[fetch]\ntotal_s = nan\n",
        "[fetch]\ntotal_s = true\n",
        "[fetch]\nredirects = 1.5\n",
        "[fetch]\nredirects = -1\n",
        "[fetch]\nmax_body_bytes = [8]\n",
        "[fetch]\nallow_addresses = '127.0.0.0/8'\n",
        "[fetch]\nallow_addresses = ['somewhere']\n",
        "[fetch]\nallow_addresses = [10]\n",
        "[fetch]\nallow_ports = [70000]\n",
        "[fetch]\nconfirm_after_s = []\n",
        "[fetch]\nretry_s = [-1]\n",
        "[fetch]\nignore_robots = true\n",
        "[fetch]\nignore_robots = ['https://example.org/']\n",
        "[fetch]\nignore_robots = ['example.org:8080']\n",
        "[fetch]\nignore_robots = ['*']\n",
        '[fetch]\nuser_agent = "a\\r\\nX-Evil: 1"\n',
        "[fetch]\ncontact = 'ünicode'\n",
        "[store]\nurl = 'log.db'\n",
        "[watch]\nevery_s = 5\n",
        "fetch = 1\n",
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_what_is_wanted(root, toml):
    error = mistake(root, toml)

    assert str(root / FILE) in error.where
    assert error.remedy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRACKER__FETCH__TOTAL_S", ""),
        ("TRACKER__FETCH__TOTAL_S", "inf"),
        ("TRACKER__FETCH__REDIRECTS", "many"),
        ("TRACKER__FETCH__ALLOW_ADDRESSES", "[127.0.0.0/8]"),
        ("TRACKER__FETCH__CONFIRM_AFTER_S", ""),
        ("TRACKER__WATCH__EVERY_S", "now"),
    ],
)
def test_a_variable_of_the_wrong_kind_is_named(root, name, value):
    assert name in mistake(root, environ={name: value}).where


def test_a_file_that_is_not_toml_is_a_mistake_and_no_traceback(root):
    assert mistake(root, "[fetch\n").what == "Not TOML"
    (root / FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="Cannot be read"):
        load(root, {})


# ---------------------------------------------------------------- the folder


def test_the_root_is_found_from_below_like_git(root):
    below = root / "a" / "b"
    below.mkdir(parents=True)

    assert find_root(below) == root
    assert find_root(root) == root


def test_without_a_root_the_folder_looked_in_and_the_remedy_are_named_and_nothing_is_made(tmp_path):
    with pytest.raises(NoStore) as error:
        find_root(tmp_path)

    assert str(tmp_path) in error.value.where
    assert "tracker init" in error.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_init_makes_a_configuration_that_loads_and_tells_what_it_made(tmp_path):
    made = init(tmp_path / "new")

    assert {str(p.relative_to(tmp_path / "new")) for p in made} == {
        "config/tracker.toml",
        "config/watches.toml",
        "config/subscriptions.toml",
        "config/publishers/README.md",
        "snapshots/README.md",
    }
    load(tmp_path / "new", {})


def test_init_overwrites_nothing(root):
    mine = root / FILE
    mine.write_text("[fetch]\nredirects = 1\n")
    (root / "config" / "watches.toml").unlink()

    made = init(root)

    assert made == (root / "config" / "watches.toml",)
    assert mine.read_text() == "[fetch]\nredirects = 1\n"
    assert init(root) == ()


def test_init_where_nothing_can_be_written_is_three_lines(tmp_path):
    (tmp_path / "config").write_text("a file stands where a folder is needed")

    with pytest.raises(UsageError):
        init(tmp_path)


def test_the_example_in_the_source_is_what_init_writes():
    for source in (p for p in TEMPLATE.rglob("*") if p.is_file()):
        assert (HERE / source.relative_to(TEMPLATE)).read_bytes() == source.read_bytes()


def test_the_example_names_every_setting_with_its_default():
    """Its commented-out settings, with the mark taken away, are the defaults and nothing else."""
    lines = (TEMPLATE / FILE).read_text().splitlines()
    uncommented = "\n".join(line.removeprefix("# ") if " = " in line[:30] else line for line in lines)

    told = {
        f"{section}.{key}": value
        for section, table in tomllib.loads(uncommented).items()
        for key, value in table.items()
    }

    assert told == {key: value for key, (value, _) in settings.Settings().shown().items()}


def test_the_other_examples_say_nothing_until_they_are_edited():
    for name in ("watches.toml", "subscriptions.toml"):
        assert tomllib.loads((TEMPLATE / "config" / name).read_text()) == {}


# ---------------------------------------------------------------- who we are


def test_the_version_is_that_of_the_package():
    assert tomllib.loads((HERE / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_we_name_ourselves_and_our_contact(root):
    found = load(root, {"TRACKER__FETCH__CONTACT": "https://example.org/bot"})

    assert found.fetch.user_agent == f"tracker/{VERSION} (+https://example.org/bot)"
    assert load(root, {}).fetch.user_agent == honest_user_agent()
    assert load(root, {"TRACKER__FETCH__USER_AGENT": "mine/1"}).fetch.user_agent == "mine/1"


def test_settings_load_no_library():
    """Every command starts here, and `tracker compare` is to start at once."""
    heavy = "httpx httpcore sqlmodel sqlalchemy apscheduler tomlkit ssl importlib.metadata"
    code = f"import sys, tracker.settings; print([m for m in {heavy.split()!r} if m in sys.modules])"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE)

    assert found.stdout.strip() == "[]"


# ---------------------------------------------------------------- the other files


def test_every_file_gives_the_same_kind_of_error(tmp_path):
    file = tmp_path / "watches.toml"
    file.write_text("wachtes = 1\n")

    with pytest.raises(ConfigError) as error:
        load_table(file, known=("watches",))

    assert (error.value.where, error.value.remedy) == (str(file), "Did you mean 'watches'? Known: watches")


def test_a_missing_file_says_nothing(tmp_path):
    assert load_table(tmp_path / "none.toml", known=()) == {}


@pytest.mark.parametrize("value", ["", "  ", 1, None, ["a"]])
def test_a_text_is_a_text(value):
    with pytest.raises(ConfigError):
        text({"url": value}, "url", "here")


@pytest.mark.parametrize("value", [1, ["a"], {"a": 1}])
def test_a_list_of_tables_is_one(value):
    with pytest.raises(ConfigError, match="list of tables"):
        table_list({"watches": value}, "watches", "here")


def test_a_file_is_written_back_with_its_comments_and_mode(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text("# mine\nb = 1  # one\na = 2\n")
    file.chmod(0o600)

    rewrite(file, lambda document: document.update(c=3), check=lambda data: None)

    assert file.read_text() == "# mine\nb = 1  # one\na = 2\nc = 3\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["a.toml"]


def test_what_must_not_be_written_is_not(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text("a = 1\n")

    def refuse(data):
        raise ConfigError("No")

    with pytest.raises(ConfigError):
        rewrite(file, lambda document: document.update(c=3), check=refuse)

    assert file.read_text() == "a = 1\n"
