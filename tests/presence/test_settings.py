"""alertd/presence/settings.py"""

from __future__ import annotations

from datetime import time

import pytest
from pydantic import ValidationError

from alertd.presence.schedule import Appointment
from alertd.presence.settings import SummarySettings


def test_it_is_on_unless_it_is_switched_off() -> None:
    assert SummarySettings().daily == Appointment(time(8, 0))
    assert SummarySettings(at="23:59").daily == Appointment(time(23, 59))
    assert SummarySettings(at="").daily is None


@pytest.mark.parametrize("text", ["8:00", "24:00", "08:60", "08:00:00", "mon 08:00", "noon"])
def test_what_is_no_time_is_refused_with_the_cure(text: str) -> None:
    with pytest.raises(ValidationError, match='write "08:00", or "" for no summary'):
        SummarySettings(at=text)
