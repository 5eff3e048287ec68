"""alertd/coverage/settings.py"""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from pydantic import ValidationError

from alertd.coverage.settings import CoverageSettings


def test_the_defaults_are_those_of_the_contract() -> None:
    given = CoverageSettings()
    assert (given.info_after_s, given.warning_after_s, given.critical_after_s) == (60, 60, 180)
    assert given.bounds(None).sink_proven_within_s == 26 * 3600
    assert given.bounds(900).reconciled_within_s == 900
    assert given.weekly == (0, time(8, 0))


def test_a_report_can_be_moved_or_left_out() -> None:
    assert CoverageSettings(weekly_report="sun 23:59").weekly == (6, time(23, 59))
    assert CoverageSettings(weekly_report="").weekly is None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"critical_after_s": 30}, "must not be below warning_after_s"),
        ({"weekly_report": "monday 08:00"}, 'write "mon 08:00"'),
        ({"weekly_report": "mon 24:00"}, 'write "mon 08:00"'),
        ({"info_after_s": -1}, "info_after_s"),
        ({"clock_offset_max_s": 0}, "clock_offset_max_s"),
        ({"grace_s": 1}, "grace_s"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        CoverageSettings(**given)
