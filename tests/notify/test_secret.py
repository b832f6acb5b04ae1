from pathlib import Path

import pytest

from tracker.errors import ConfigError
from tracker.notify.secret import Ref, parse_ref, resolve


@pytest.mark.parametrize("text", ["", "env:", "file:", "file: ", "DESK", "https://x/", "Env:X", "file:a\0b"])
def test_only_env_and_file_name_a_secret(text):
    assert parse_ref(text) is None


def test_a_secret_is_read_where_the_reference_points(tmp_path: Path):
    (tmp_path / "secret").write_text("\n  from-file \nsecond line\n")

    assert resolve(Ref("env", "DESK"), {"DESK": " from-env\n"}, tmp_path) == "from-env"
    assert resolve(Ref("file", "secret"), {}, tmp_path) == "from-file"
    assert resolve(Ref("file", str(tmp_path / "secret")), {}, Path("/")) == "from-file"


def test_a_missing_secret_is_named_by_its_reference(tmp_path: Path):
    (tmp_path / "empty").write_text("\n\n")
    (tmp_path / "binary").write_bytes(b"CANARY\xff")

    for ref in (Ref("env", "DESK"), *(Ref("file", name) for name in ("none", "empty", "binary", "."))):
        with pytest.raises(ConfigError) as caught:
            resolve(ref, {"DESK": ""}, tmp_path)
        assert caught.value.where == str(ref)
        assert "CANARY" not in str(caught.value)
        assert caught.value.__cause__ is None
