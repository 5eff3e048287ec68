"""What else there is for the sink of a canary: its words must be true there."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from alertd.domain.canary import CANARY
from alertd.domain.notification import Beside, DeliveryState
from alertd.store.canary_rows import of_canary
from alertd.store.delivery_rows import CRITICAL, OTHER
from alertd.store.moments import to_us
from alertd.store.tables import deliveries

CALM = timedelta(hours=6)  # a canary says that for hours there was nothing
LATELY = timedelta(hours=24)
_OF_CANARY = f"{CANARY}|"


def read_beside(connection: Connection, fingerprint: str, sink: str, now: datetime) -> Beside | None:
    """What else there is for the sink of a canary, so that its words are true; None for anything else.

    What may stand in for another sink, and was never tried, does not wait for this one.
    """
    if not fingerprint.startswith(_OF_CANARY):
        return None
    row, since_us = deliveries.c, to_us(now - LATELY)
    others = [row.sink == sink, ~of_canary(connection, row.fingerprint)]
    query = select(func.count()).where(*others)
    queued = query.where(
        row.urgency.in_((CRITICAL, OTHER)),
        row.next_attempt_us.is_not(None),
        row.stands_in_for.is_(None) | (row.attempts > 0),
    )
    sending = query.where(row.state == DeliveryState.SENDING.value)
    dead = query.where(row.state == DeliveryState.DEAD.value, row.created_us >= since_us)
    # What was held for a night is sent long after it was made.
    sent = query.where(
        row.state == DeliveryState.SENT.value,
        row.created_us >= since_us,
        row.sent_us >= to_us(now - CALM),
    )
    counts = [connection.execute(one).scalar_one() for one in (queued, sending, dead, sent)]
    return Beside(waiting=counts[0] + counts[1], dead=counts[2], delivered=counts[3] > 0)
