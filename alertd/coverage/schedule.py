"""When the weekly report is due."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_WEEK_DAYS = 7


def last_due(weekly: tuple[int, time], timezone: ZoneInfo, now: datetime) -> datetime:
    """The newest moment, not after `now`, at which one was due. `weekly`: day (0 = Monday), local time."""
    day, at = weekly
    local = now.astimezone(timezone)
    back_days = (local.weekday() - day) % _WEEK_DAYS
    due = datetime.combine(local.date() - timedelta(days=back_days), at, timezone)
    if due > local:
        due = datetime.combine(due.date() - timedelta(days=_WEEK_DAYS), at, timezone)
    return due.astimezone(now.tzinfo)
