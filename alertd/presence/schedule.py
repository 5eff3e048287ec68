"""When a report is due that comes once a day or once a week, and whether it is still to be told. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

# A clock that was wrong for a while must not silence what it told of then.
_AHEAD_AT_MOST = timedelta(days=1)


class Appointment(NamedTuple):
    """Local time; `day` of the week (0 = Monday), None = every day."""

    at: time
    day: int | None = None

    @property
    def period(self) -> timedelta:
        """From one to the next on the calendar."""
        return timedelta(days=1 if self.day is None else 7)


class Due(NamedTuple):
    """One that is due and not noted yet. `is_wanted` False: it is only to be noted."""

    at: datetime
    late_s: int
    is_wanted: bool


def last_due(appointment: Appointment, timezone: ZoneInfo, now: datetime) -> datetime:
    """The newest moment, not after `now`, at which one was due.

    A time that the clocks leave out is taken as if they had not been put forward; of one that comes twice
    the first counts.
    """
    day = now.astimezone(timezone).date()
    if appointment.day is not None:
        day -= timedelta(days=(day.weekday() - appointment.day) % 7)
    while (due := _moment(day, appointment.at, timezone)) > now:
        day -= appointment.period
    return due.astimezone(now.tzinfo)


def due_now(
    appointment: Appointment,
    timezone: ZoneInfo,
    now: datetime,
    noted: datetime | None,
    within: timedelta | None = None,
) -> Due | None:
    """What is to be told or noted at `now`; None: nothing. `noted`: the one that was told or noted last.

    At most one for each local date. What is later than `within` is not told any more, and neither is
    what was due before there was anything to tell of (`noted` None).
    """
    due = last_due(appointment, timezone, now)
    if noted is not None and noted - now > _AHEAD_AT_MOST:
        noted = None
    if noted is not None and (due <= noted or _date(due, timezone) == _date(noted, timezone)):
        return None
    late = now - due
    is_wanted = noted is not None and (within is None or late < within)
    return Due(due, round(late.total_seconds()), is_wanted)


def _moment(day: date, at: time, timezone: ZoneInfo) -> datetime:
    # In UTC: moments of one zone are compared by what its clocks show, and these are put back once a year.
    return datetime.combine(day, at, timezone).astimezone(UTC)


def _date(moment: datetime, timezone: ZoneInfo) -> date:
    return moment.astimezone(timezone).date()
