"""What all tables are made of: column types, and the base with a registry of its own.

Every position, version, count and clock is a 64-bit integer with an assigned value; clocks are microseconds since
1970 UTC. Hashes, salts, payloads and bodies are bytes.
"""

from sqlalchemy import BigInteger, Integer, LargeBinary, MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

INT = BigInteger().with_variant(Integer, "sqlite")  # 64 bits on both; STRICT tables know INTEGER only
BYTES = LargeBinary
STRICT = {"sqlite_strict": True}
LOG = 1  # the only log so far; in every key, so that one log can become several


class Rows(SQLModel, registry=registry(metadata=MetaData())):
    """Base of all tables, with a registry of its own."""
