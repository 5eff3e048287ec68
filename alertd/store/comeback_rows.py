"""What waits because its sink failed is due once the sink works again, unless it is held back on purpose."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from alertd.domain.notification import Comeback, DeliveryState
from alertd.store.delivery_rows import CRITICAL, HELD_STAND_IN_US, OTHER
from alertd.store.moments import to_us
from alertd.store.tables import deliveries

_row = deliveries.c


class Held:
    """The times until which rows are held back: whoever waits for just one of them waits for no sink."""

    def __init__(self) -> None:
        self._times_us: set[int] = set()

    def until(self, at: datetime, now: datetime) -> None:
        """Rows wait for this time, what stands in for them a while longer. Times before `now` are over."""
        at_us, now_us = to_us(at), to_us(now)
        self._times_us = {one for one in self._times_us if one >= now_us} | {at_us, at_us + HELD_STAND_IN_US}

    @property
    def times_us(self) -> list[int]:
        """Microseconds since 1970."""
        return sorted(self._times_us)


def end_wait(connection: Connection, sink: str, comeback: Comeback, now: datetime, held: Held) -> int:
    """Make due what was tried and waits for its next attempt, the oldest first. Returns how many rows.

    What was never tried waits for something else: the end of quiet hours, a fallback's turn.
    """
    waits = [
        _row.sink == sink,
        _row.urgency.in_((CRITICAL, OTHER)),
        _row.next_attempt_us > to_us(now),
        _row.next_attempt_us.not_in(held.times_us),
        _row.attempts > 0,
    ]
    if comeback.tried_below is not None:
        waits.append(_row.attempts < comeback.tried_below)
    if not comeback.unknown:
        waits.append(_row.state == DeliveryState.QUEUED.value)
    made_due = update(deliveries).where(*waits).values(next_attempt_us=_row.created_us)
    return connection.execute(made_due).rowcount
