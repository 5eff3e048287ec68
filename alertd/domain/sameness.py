"""When two observations are one fact: what has neither id nor time of its own is known by its content."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from alertd.domain.events import Event, Source

SAME_FACT_S = 60.0  # equal within this time: one fact, seen twice

_NO_TIME = datetime.fromtimestamp(0, UTC)


def bare(event: Event) -> Event:
    """The event without the names and the time we gave it: copies of one observation are equal so."""
    return replace(event, event_id="", received_at=_NO_TIME, source=Source.PUSH)
