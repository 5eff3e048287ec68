"""When people are asked to try whether an alert reaches somebody who answers. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alertd.domain.presence import DRILL_COUNTS_FOR

FIRST_AFTER = timedelta(days=7)  # who has just begun has other things to do
AGAIN_AFTER = timedelta(days=30)
# It can wait for the day.
_FROM, _TO = time(9), time(20)


def is_due(
    now: datetime,
    timezone: ZoneInfo,
    *,
    first_start: datetime,
    answered_at: datetime | None,
    reminded_at: datetime | None,
) -> bool:
    """Whether a person is to be reminded now. `answered_at`: the newest drill that somebody acknowledged.

    A clock that was set back delays it by no more than it was set back.
    """
    if not _FROM <= now.astimezone(timezone).time() < _TO:
        return False
    earliest = [first_start + FIRST_AFTER]
    if answered_at is not None:
        earliest.append(answered_at + DRILL_COUNTS_FOR)
    if reminded_at is not None:
        earliest.append(reminded_at + AGAIN_AFTER)
    return now >= max(earliest)
