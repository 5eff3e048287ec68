"""What one push was, and what reading it gave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from alertd.domain.events import Event

EXCHANGE = "okx"
# A frame of garbage can hold a million bad rows; the first few tell what is wrong.
MOST_REASONS = 20


class Observed(msgspec.Struct, frozen=True, gc=False):
    """A push, as its events repeat it. `received_at`: our time, aware UTC."""

    account: str
    channel: str
    uid: str | None
    received_at: datetime
    frame: bytes

    def event_id(self, subject: str, stamp: str | None, index: int | None = None) -> str:
        """Names this observation: channel, subject, the exchange's time (else ours), and the row if given."""
        when = stamp or f"r{int(self.received_at.timestamp() * 1000)}"
        row = "" if index is None else f":{index}"
        return f"{EXCHANGE}:{self.channel}:{subject}:{when}{row}"


class Reading(msgspec.Struct, frozen=True, gc=False):
    """Events, and one reason per row that could not be read."""

    events: Sequence[Event] = ()
    unreadable: Sequence[str] = ()


def few(reasons: Sequence[str]) -> tuple[str, ...]:
    """The first reasons, and how many more there were."""
    if len(reasons) <= MOST_REASONS:
        return tuple(reasons)
    return (*reasons[:MOST_REASONS], f"and {len(reasons) - MOST_REASONS} more rows")
