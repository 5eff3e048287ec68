"""alertd/presence/schedule.py"""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from alertd.presence.schedule import Appointment, last_due

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY_8 = Appointment(time(8, 0), day=0)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-23T06:59:59", "2026-11-16T07:00:00"),  # a Monday, winter: 08:00 is 07:00 UTC
        ("2026-11-23T07:00:00", "2026-11-23T07:00:00"),
        ("2026-11-29T23:00:00", "2026-11-23T07:00:00"),
        ("2026-03-30T05:59:59", "2026-03-23T07:00:00"),  # the first Monday of summer time
        ("2026-03-30T06:00:00", "2026-03-30T06:00:00"),
    ],
)
def test_a_report_is_due_once_a_week_at_local_time(now: str, due: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert last_due(MONDAY_8, BERLIN, at) == datetime.fromisoformat(due).replace(tzinfo=UTC)
