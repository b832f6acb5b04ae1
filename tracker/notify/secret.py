"""Secrets by name: configuration and record hold `env:NAME` or `file:PATH`, never what stands there.

A secret is read at the moment it is used, lives in a local variable, and is in no value that is printed or kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tracker.errors import ConfigError

MAX_SECRET_BYTES = 64 * 1024  # a secret file is a line, not an archive


@dataclass(frozen=True, slots=True)
class Ref:
    """Where a secret stands: an environment variable, or a file whose first line it is."""

    scheme: Literal["env", "file"]
    name: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.name}"


def parse_ref(text: str) -> Ref | None:
    """The reference that `env:NAME` or `file:PATH` is; None for any other text."""
    scheme, colon, name = text.partition(":")
    if not colon or not name.strip() or "\0" in name:
        return None
    if scheme == "env":
        return Ref("env", name)
    return Ref("file", name) if scheme == "file" else None


def resolve(ref: Ref, environ: Mapping[str, str], base: Path) -> str:
    """The secret itself. base: the folder that a relative `file:` path starts from.

    Raises ConfigError, naming the reference and never a byte of what stands there.
    """
    if ref.scheme == "env":
        found = environ.get(ref.name, "").strip()
        if not found:
            raise ConfigError("No secret there", where=str(ref), remedy=f"Set the environment variable {ref.name}")
        return found
    try:
        with (base / ref.name).open("rb") as file:
            text = file.read(MAX_SECRET_BYTES).decode("utf-8")
    except OSError as wrong:
        raise ConfigError(
            "No secret there", where=str(ref), remedy=f"Make the file readable ({wrong.strerror})"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError("No secret there", where=str(ref), remedy="Make the file UTF-8 text") from None
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if not first:
        raise ConfigError("No secret there", where=str(ref), remedy="Put the secret in the file's first line")
    return first
