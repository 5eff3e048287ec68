from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from alertd.alerts.quiet_hours import DAYS, QuietHours, end_of_quiet

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
WEEK = 7 * 24 * 60


def quiet(begin: str, to: str, days: Any = "mon-sun", timezone: str | None = None) -> QuietHours:
    return QuietHours.model_validate({"from": begin, "to": to, "days": days, "timezone": timezone})


def end(hours: QuietHours, local: str, zone: str, fold: int = 0) -> str | None:
    """When it is over, as a clock there shows it, with its offset."""
    timezone = ZoneInfo(zone)
    now = datetime.fromisoformat(local).replace(tzinfo=timezone, fold=fold).astimezone(UTC)
    found = end_of_quiet(hours, now, timezone)
    return found and found.astimezone(timezone).isoformat(" ", "minutes")


NIGHT = quiet("23:00", "07:00")
NOON = quiet("12:00", "13:30")
WEEKEND = quiet("22:00", "10:00", "fri, sat")

ORDINARY: list[tuple[QuietHours, str, str | None]] = [
    (NIGHT, "2026-11-21 22:59:59.999", None),
    (NIGHT, "2026-11-21 23:00", "2026-11-22 07:00+01:00"),
    (NIGHT, "2026-11-22 00:00", "2026-11-22 07:00+01:00"),
    (NIGHT, "2026-11-22 06:59:59.999", "2026-11-22 07:00+01:00"),
    (NIGHT, "2026-11-22 07:00", None),
    (NOON, "2026-11-22 12:00", "2026-11-22 13:30+01:00"),
    (NOON, "2026-11-22 13:30", None),
    # It belongs to the day it begins on: a Friday's lasts into Saturday, no Thursday's into Friday.
    (WEEKEND, "2026-11-20 09:00", None),
    (WEEKEND, "2026-11-20 22:00", "2026-11-21 10:00+01:00"),
    (WEEKEND, "2026-11-21 09:00", "2026-11-21 10:00+01:00"),
    (WEEKEND, "2026-11-22 09:00", "2026-11-22 10:00+01:00"),
    (WEEKEND, "2026-11-22 22:00", None),
]


@pytest.mark.parametrize(("hours", "local", "expected"), ORDINARY)
def test_an_ordinary_day(hours: QuietHours, local: str, expected: str | None) -> None:
    assert end(hours, local, "Europe/Berlin") == expected


# In Berlin 2026-03-29 lacks 02:00 to 02:59 and 2026-10-25 has it twice; Lord Howe's clocks move by half an
# hour; Santiago's lack the first hour of a day; Havana's show the first hour of a day twice.
CHANGES: list[tuple[QuietHours, str, str, int, str | None]] = [
    (NIGHT, "Europe/Berlin", "2026-03-28 23:30", 0, "2026-03-29 07:00+02:00"),
    (NIGHT, "Europe/Berlin", "2026-10-24 23:30", 0, "2026-10-25 07:00+01:00"),
    # ends in the gap: at once when the clocks jump
    (quiet("01:00", "02:30"), "Europe/Berlin", "2026-03-29 01:15", 0, "2026-03-29 03:00+02:00"),
    # begins in the gap: from the jump on
    (quiet("02:30", "04:00"), "Europe/Berlin", "2026-03-29 01:59", 0, None),
    (quiet("02:30", "04:00"), "Europe/Berlin", "2026-03-29 03:00", 0, "2026-03-29 04:00+02:00"),
    # within the gap: that day there is none
    (quiet("02:10", "02:50"), "Europe/Berlin", "2026-03-29 03:00", 0, None),
    # ends in the hour that comes twice: at its first end, and the second time it is quiet again
    (quiet("01:00", "02:30"), "Europe/Berlin", "2026-10-25 01:15", 0, "2026-10-25 02:30+02:00"),
    (quiet("01:00", "02:30"), "Europe/Berlin", "2026-10-25 02:45", 0, None),
    (quiet("01:00", "02:30"), "Europe/Berlin", "2026-10-25 02:15", 1, "2026-10-25 02:30+01:00"),
    # begins in it: from its first time until the clocks are put back, and again from its second time on
    (quiet("02:30", "04:00"), "Europe/Berlin", "2026-10-25 02:45", 0, "2026-10-25 02:00+01:00"),
    (quiet("02:30", "04:00"), "Europe/Berlin", "2026-10-25 02:15", 1, None),
    (quiet("02:30", "04:00"), "Europe/Berlin", "2026-10-25 02:45", 1, "2026-10-25 04:00+01:00"),
    (quiet("01:50", "02:10"), "Australia/Lord_Howe", "2026-10-04 01:55", 0, "2026-10-04 02:30+11:00"),
    (quiet("01:00", "01:45"), "Australia/Lord_Howe", "2026-04-05 01:40", 0, "2026-04-05 01:45+11:00"),
    (quiet("01:00", "01:45"), "Australia/Lord_Howe", "2026-04-05 01:40", 1, "2026-04-05 01:45+10:30"),
    (quiet("00:30", "06:00", "sun"), "America/Santiago", "2026-09-06 01:00", 0, "2026-09-06 06:00-03:00"),
    (quiet("22:00", "00:30", "sat"), "America/Santiago", "2026-09-05 23:30", 0, "2026-09-06 01:00-03:00"),
    (quiet("00:00", "00:30", "sun"), "America/Havana", "2026-11-01 00:10", 1, "2026-11-01 00:30-05:00"),
]


@pytest.mark.parametrize(("hours", "zone", "local", "fold", "expected"), CHANGES)
def test_a_day_on_which_the_clocks_change(
    hours: QuietHours, zone: str, local: str, fold: int, expected: str | None
) -> None:
    assert end(hours, local, zone, fold) == expected


def test_a_zone_of_its_own_goes_before_the_daemons() -> None:
    now = datetime(2026, 11, 21, 15, tzinfo=UTC)
    assert end_of_quiet(NIGHT, now, BERLIN) is None
    tokyo = quiet("23:00", "07:00", timezone="Asia/Tokyo")
    assert end_of_quiet(tokyo, now, BERLIN) == datetime(2026, 11, 21, 22, tzinfo=UTC)
    assert end_of_quiet(tokyo, now.astimezone(BERLIN), BERLIN) == datetime(2026, 11, 21, 22, tzinfo=UTC)


ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "America/Asuncion", "America/Havana", "America/New_York",
    "America/Nuuk", "America/Santiago", "America/St_Johns", "Antarctica/Troll", "Asia/Beirut", "Asia/Gaza",
    "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Shanghai", "Atlantic/Azores", "Australia/Adelaide",
    "Australia/Lord_Howe", "Australia/Sydney", "Europe/Berlin", "Europe/Chisinau", "Europe/Dublin",
    "Pacific/Auckland", "Pacific/Chatham", "Pacific/Easter", "Pacific/Norfolk", "UTC",
)  # fmt: skip


@cache
def weeks(zone: str) -> list[list[tuple[datetime, int]]]:
    """Every minute of two days before and after each change of clocks in 2026, with the minute of the week
    that a clock on the wall shows; one January where nothing changes.
    """
    timezone = ZoneInfo(zone)
    year = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(365 * 24)]
    offsets = [moment.astimezone(timezone).utcoffset() for moment in year]
    changes = [at for at, old, new in zip(year[1:], offsets, offsets[1:], strict=False) if old != new]
    return [
        [(moment, _minute_of_week(moment.astimezone(timezone))) for moment in _minutes(at)]
        for at in changes or [year[48]]
    ]


def _minutes(around: datetime) -> list[datetime]:
    return [around + n * MINUTE for n in range(-48 * 60, 48 * 60)]


def _minute_of_week(local: datetime) -> int:
    return (local.weekday() * 24 + local.hour) * 60 + local.minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


# Clocks change in the first hours of a day, so most windows begin or end there.
_MINUTES = st.integers(0, 4 * 60) | st.integers(0, 24 * 60 - 1)


@settings(max_examples=120, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    which=st.integers(0, 3),
    begin=_MINUTES,
    to=_MINUTES,
    days=st.sets(st.sampled_from(DAYS), min_size=1),
    into=st.timedeltas(timedelta(0), MINUTE - timedelta(microseconds=1)),
)
def test_it_is_quiet_while_a_clock_shows_a_time_in_the_window(
    zone: str, which: int, begin: int, to: int, days: set[str], into: timedelta
) -> None:
    if begin == to:
        return
    hours = quiet(_clock(begin), _clock(to), sorted(days))
    window = {
        (DAYS.index(day) * 24 * 60 + begin + step) % WEEK
        for day in days
        for step in range((to - begin) % (24 * 60))
    }
    found = weeks(zone)
    walked = found[which % len(found)]
    expected: datetime | None = None
    timezone = ZoneInfo(zone)
    for moment, shown in reversed(walked):
        if shown not in window:
            expected = moment
            assert end_of_quiet(hours, moment + into, timezone) is None
        elif expected is not None:  # else it ends after the last minute that was walked
            assert end_of_quiet(hours, moment + into, timezone) == expected


REFUSED: list[tuple[Any, str, str]] = [
    ("23:00", "quiet_hours", 'write quiet_hours = { from = "23:00", to = "07:00" }'),
    ({"from": "25:00", "to": "07:00"}, "from", "'25:00' is no time of the day; write"),
    ({"from": "23:00", "to": "7:00"}, "to", "'7:00' is no time of the day; write"),
    ({"from": "23:00", "to": "24:00"}, "to", 'from "00:00" to "23:59"'),
    ({"from": "23:00", "to": 7}, "to", "'7' is no time of the day; write"),
    ({"from": "07:00", "to": "07:00"}, "quiet_hours", "from and to are the same time"),
    ({"from": "23:00", "to": "07:00", "days": "weekend"}, "days", "'weekend' is no day; use mon, tue,"),
    ({"from": "23:00", "to": "07:00", "days": "mon-"}, "days", "'mon-' is no day"),
    ({"from": "23:00", "to": "07:00", "days": "mon,,tue"}, "days", "'' is no day"),
    ({"from": "23:00", "to": "07:00", "days": []}, "days", "names no day; write"),
    ({"from": "23:00", "to": "07:00", "days": [1]}, "days", "names no day; write"),
]


@pytest.mark.parametrize(("given_as", "key", "text"), REFUSED, ids=[str(case[0]) for case in REFUSED])
def test_what_makes_no_sense_is_refused_with_the_cure(given_as: Any, key: str, text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        QuietHours.model_validate(given_as)
    (problem,) = caught.value.errors()
    assert (str(problem["loc"][-1]) if problem["loc"] else "quiet_hours") == key
    assert text in problem["msg"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("mon-sun", DAYS),
        ("Mon-Fri", DAYS[:5]),
        ("fri-mon", ("mon", "fri", "sat", "sun")),
        ("sun", ("sun",)),
        ("sun-sun", ("sun",)),
        ("sat,sun , wed", ("wed", "sat", "sun")),
        (["sat", "mon-tue,sat"], ("mon", "tue", "sat")),
    ],
)
def test_days_are_names_ranges_and_lists_of_them(days: Any, expected: tuple[str, ...]) -> None:
    assert quiet("23:00", "07:00", days).days == expected
