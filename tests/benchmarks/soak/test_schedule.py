from __future__ import annotations

from itertools import pairwise

import pytest

from benchmarks.soak.schedule import HOURS, of_hour


@pytest.mark.parametrize("hour", range(HOURS))
def test_an_hour_is_in_order_and_ends_quietly(hour: int) -> None:
    minutes = [one.minute for one in of_hour(hour)]
    assert all(earlier <= later for earlier, later in pairwise(minutes))
    assert minutes[-1] <= 47


@pytest.mark.parametrize("hour", range(HOURS))
def test_every_hour_has_a_reload_a_fall_a_warning_and_a_fault(hour: int) -> None:
    names = [one.name for one in of_hour(hour)]
    assert {"reloads", "falls", "warned", "whale_dives"} < set(names)
    assert len(names) == len(set(names))


def test_a_day_has_all_there_is_and_two_hours_of_each_sink_that_is_down() -> None:
    names = [one.name for hour in range(HOURS) for one in of_hour(hour)]
    for name in ("upgrade", "cut", "half_open", "reset", "muted", "garbage", "refused", "banned",
                 "maintained", "records_fail", "liquidated", "silenced", "lead_fails", "ben_leaves",
                 "shark_leaves"):  # fmt: skip
        assert names.count(name) >= 3
    assert (names.count("phone_is_down"), names.count("mail_is_gone")) == (2, 2)


def test_who_is_down_is_down_beside_the_rest() -> None:
    assert [one.name for one in of_hour(1) if one.beside] == ["phone_is_down"]
    assert not any(one.beside for one in of_hour(4))
