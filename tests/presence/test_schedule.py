"""alertd/presence/schedule.py"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.presence.schedule import Appointment, due_now, last_due

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY_8 = Appointment(time(8, 0), day=0)
DAILY_8 = Appointment(time(8, 0))
DAILY_0230 = Appointment(time(2, 30))  # what the clocks leave out in March, and show twice in October
SIX_HOURS = timedelta(hours=6)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("appointment", "now", "due"),
    [
        (MONDAY_8, "2026-11-23T06:59:59", "2026-11-16T07:00:00"),  # a Monday, winter: 08:00 is 07:00 UTC
        (MONDAY_8, "2026-11-23T07:00:00", "2026-11-23T07:00:00"),
        (MONDAY_8, "2026-11-29T23:00:00", "2026-11-23T07:00:00"),
        (MONDAY_8, "2026-03-30T05:59:59", "2026-03-23T07:00:00"),  # the first Monday of summer time
        (MONDAY_8, "2026-03-30T06:00:00", "2026-03-30T06:00:00"),
        (DAILY_8, "2026-03-29T05:59:59", "2026-03-28T07:00:00"),
        (DAILY_8, "2026-03-29T06:00:00", "2026-03-29T06:00:00"),  # 23 h later
        (DAILY_8, "2026-10-25T06:59:59", "2026-10-24T06:00:00"),
        (DAILY_8, "2026-10-25T07:00:00", "2026-10-25T07:00:00"),  # 25 h later
        (DAILY_0230, "2026-03-29T01:10:00", "2026-03-28T01:30:00"),  # 03:10: there was no 02:30 yet
        (DAILY_0230, "2026-03-29T01:30:00", "2026-03-29T01:30:00"),
        (DAILY_0230, "2026-10-25T00:30:00", "2026-10-25T00:30:00"),  # the first 02:30
        (DAILY_0230, "2026-10-25T01:10:00", "2026-10-25T00:30:00"),  # 02:10 for the second time
        (DAILY_0230, "2026-10-25T01:30:00", "2026-10-25T00:30:00"),
    ],
)
def test_the_newest_one_at_local_time(appointment: Appointment, now: str, due: str) -> None:
    assert last_due(appointment, BERLIN, utc(now)) == utc(due)


@pytest.mark.parametrize(
    ("now", "noted", "expected"),
    [
        ("2026-11-21T07:00:10", None, (10, False)),  # the first start: nothing to tell of yet
        ("2026-11-21T07:00:10", "2026-11-20T07:00:00", (10, True)),
        ("2026-11-21T07:00:10", "2026-11-21T07:00:00", None),
        ("2026-11-21T12:59:59", "2026-11-20T07:00:00", (21599, True)),
        ("2026-11-21T13:00:00", "2026-11-20T07:00:00", (21600, False)),  # too late
        ("2026-11-21T07:00:10", "2026-11-02T07:00:00", (10, True)),
        ("2026-11-21T12:00:00", "2026-11-21T05:00:00", None),  # the time was changed: not twice a day
        ("2026-11-21T12:00:00", "2026-11-21T18:00:00", None),  # the clock was set back
        ("2026-11-21T12:00:00", "2027-11-21T07:00:00", (18000, False)),  # it had been a year ahead
    ],
)
def test_it_is_told_once_a_day_and_not_too_late(
    now: str, noted: str | None, expected: tuple[int, bool] | None
) -> None:
    due = due_now(DAILY_8, BERLIN, utc(now), utc(noted) if noted else None, SIX_HOURS)
    assert (due and (due.late_s, due.is_wanted)) == expected


ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour
    "Asia/Beirut",  # at midnight
    "America/Sao_Paulo",
    "Asia/Shanghai",
    "Pacific/Chatham",
    "UTC",
]
TIMES = st.times(min_value=time(0), max_value=time(23, 59)).map(
    lambda at: at.replace(second=0, microsecond=0)
)
MOMENTS = st.integers(1_325_376_000, 2_051_222_400).map(lambda unix_s: datetime.fromtimestamp(unix_s, UTC))


@given(TIMES, st.none() | st.integers(0, 6), st.sampled_from(ZONES), MOMENTS)
def test_it_is_past_and_the_next_one_is_not(at: time, day: int | None, zone: str, now: datetime) -> None:
    appointment, timezone = Appointment(at, day), ZoneInfo(zone)
    due = last_due(appointment, timezone, now)
    assert due <= now
    assert last_due(appointment, timezone, due) == due
    assert now - due <= appointment.period + timedelta(hours=1)
    local = due.astimezone(timezone)
    assert day is None or local.weekday() == day
    if local.time() != at:  # the clocks leave it out that day
        assert (due - timedelta(hours=2)).astimezone(timezone).utcoffset() != local.utcoffset()


@given(
    TIMES,
    st.sampled_from(ZONES),
    MOMENTS,
    st.lists(st.tuples(st.integers(1, 30 * 3600), st.booleans()), min_size=1, max_size=60),
)
def test_whenever_it_is_looked_at_each_day_is_told_at_most_once_and_none_that_was_seen_is_left_out(
    at: time, zone: str, began: datetime, looks: list[tuple[int, bool]]
) -> None:
    """Looks at any distance, with restarts between them: only what is noted survives."""
    timezone, appointment = ZoneInfo(zone), Appointment(at)
    noted: datetime | None = None
    told: list[datetime] = []
    now = began
    for step_s, _ in looks:
        due = due_now(appointment, timezone, now, noted, SIX_HOURS)
        if due is not None:
            noted = due.at
            if due.is_wanted:
                told.append(due.at)
                assert now - due.at < SIX_HOURS
        newest = last_due(appointment, timezone, now)
        if newest > began + timedelta(days=1) and now - newest < SIX_HOURS:
            assert newest in told
        now += timedelta(seconds=step_s)
    dates = [moment.astimezone(timezone).date() for moment in told]
    assert len(dates) == len(set(dates))
