"""What one push or answer was, and what reading it gave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

import msgspec

from alertd.domain.events import Event, Source
from alertd.exchanges.okx.wire import BadRow

Row = TypeVar("Row")

EXCHANGE = "okx"
# A frame of garbage can hold a million bad rows; the first few tell what is wrong.
MOST_REASONS = 20


class Observed(msgspec.Struct, frozen=True, gc=False):
    """A push or an answer, as its events repeat it. `received_at`: our time, aware UTC.

    `asked_at`: when an answer was asked for. What it shows was so then or later; None: nobody asked.
    """

    account: str
    channel: str
    uid: str | None
    received_at: datetime
    frame: bytes
    asked_at: datetime | None = None

    @property
    def source(self) -> Source:
        """How it came."""
        return Source.PUSH if self.asked_at is None else Source.RECONCILE

    def event_id(self, subject: str, stamp: str | None, index: int | None = None) -> str:
        """Names this observation: channel, subject, the exchange's time (else ours), and the row if given."""
        when = stamp or f"r{int(self.received_at.timestamp() * 1000)}"
        row = "" if index is None else f":{index}"
        return f"{EXCHANGE}:{self.channel}:{subject}:{when}{row}"


class Answered(NamedTuple, Generic[Row]):
    """What a call gave: its rows, those that are none, when it was sent by our clock, and all of its body."""

    rows: Sequence[Row]
    bad: Sequence[BadRow]
    asked_at: datetime
    body: bytes


class Reading(msgspec.Struct, frozen=True, gc=False):
    """Events, and one reason per row that could not be read."""

    events: Sequence[Event] = ()
    unreadable: Sequence[str] = ()


def few(reasons: Sequence[str]) -> tuple[str, ...]:
    """The first reasons, and how many more there were."""
    if len(reasons) <= MOST_REASONS:
        return tuple(reasons)
    return (*reasons[:MOST_REASONS], f"and {len(reasons) - MOST_REASONS} more rows")
