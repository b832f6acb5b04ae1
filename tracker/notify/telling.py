"""What a message has to tell, before it is put into any medium: changes, why one gets it, where the rest is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tracker.events.deliveries import Form
from tracker.events.types import Change


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one is told: the subscription, and its rule in words (`chapter mine-*, salience high or above`)."""

    subscription: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The makings of one message.

    delivery: its id, the same over all tries. at: when it was composed. position: orders messages. changes: all that it
    tells, in the order in which they were recorded. matched: change → ids of the edits that a rule asked for, where it
    asked for some and not for others. link_base: where our pages are, "" for nowhere. max_items: the most changes that
    are told with their redline. small: how often the channel refused it as too large. about: what a message without
    changes tells (`kind`, `subject`, `began` and `detail` of a trouble). names: profile → its title as the page has it;
    one that is not in it is called by its slug.
    """

    delivery: str
    form: Form
    channel: str
    at: datetime
    position: int
    changes: tuple[Change, ...] = ()
    matched: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    about: Mapping[str, object] | None = None
    link_base: str = ""
    max_items: int = 20
    small: int = 0
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_test(self) -> bool:
        """Whether it is a trial of the channel."""
        return self.form == "test"
