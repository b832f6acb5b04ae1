"""Payloads as bytes: canonical JSON, the form that is hashed; and upcasters, by which old payloads are read. Pure.

Canonical JSON is RFC 8785 on everything that it accepts: UTF-8, keys sorted, no white space. So that this is true of
orjson's output it accepts no floats, no integers of 2^53 or more, no keys outside ASCII, no lone surrogates.
"""

from collections.abc import Callable, Mapping

import orjson

from tracker.events.types import NewEvent

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER

Payload = Mapping[str, object]
Upcast = Callable[[Payload], Payload]


def canonical(data: object) -> bytes:
    """The data as canonical JSON. Accepts dict, list, tuple, str, int, bool, None; ValueError for anything else."""
    _check(data)
    try:
        return orjson.dumps(data, option=_OPTIONS)
    except TypeError as wrong:  # an integer too large, a lone surrogate, nesting beyond 254
        raise ValueError(f"not canonical JSON: {wrong}") from wrong


def parse(data: bytes) -> object:
    """The data that canonical JSON holds. Raises ValueError (orjson's own) for bytes that are no JSON."""
    found: object = orjson.loads(data)
    return found


def payload_bytes(event: NewEvent) -> bytes:
    """The canonical JSON of an event's payload. Raises ValueError where it holds what may not stand there."""
    try:
        return canonical(event.payload)
    except ValueError as wrong:
        raise ValueError(f"payload of {event.type}: {wrong}") from wrong


_PLAIN = frozenset({str, int, bool, type(None)})


def _check(data: object) -> None:
    """Refuse what orjson would take and RFC 8785 would write otherwise. Exact types only: subclasses are refused."""
    containers = [data]  # grows while it is walked: what is plain is never put on it
    for value in containers:
        kind = type(value)
        if kind is list or kind is tuple:
            for member in value:  # type: ignore[attr-defined]  # kind is list or tuple
                if type(member) not in _PLAIN:
                    containers.append(member)
        elif kind is dict:
            for key, member in value.items():  # type: ignore[attr-defined]  # kind is dict
                if type(key) is not str or not key.isascii():
                    raise ValueError(f"not canonical JSON: key {key!r} is not an ASCII text")
                if type(member) not in _PLAIN:
                    containers.append(member)
        elif kind not in _PLAIN:
            raise ValueError(f"not canonical JSON: a {kind.__name__} ({value!r:.80})")


class Upcasters:
    """How a payload of an older schema version is read as the newest one; stored bytes are never rewritten.

    Each step is pure and goes one version up. A version that no step knows, a newer one too, is given as it is.
    """

    def __init__(self) -> None:
        self._steps: dict[tuple[str, int], Upcast] = {}

    def step(self, type_: str, schema: int) -> Callable[[Upcast], Upcast]:
        """Register a function from payloads of version `schema` to payloads of version `schema + 1`."""

        def register(upcast: Upcast) -> Upcast:
            if (type_, schema) in self._steps:
                raise ValueError(f"{type_} {schema} has an upcaster already")
            self._steps[type_, schema] = upcast
            return upcast

        return register

    def newest(self, type_: str, schema: int, payload: Payload) -> tuple[int, Payload]:
        """The payload in the newest version that steps lead to, and which version that is."""
        while (step := self._steps.get((type_, schema))) is not None:
            payload = step(payload)
            schema += 1
        return schema, payload


UPCASTERS = Upcasters()
