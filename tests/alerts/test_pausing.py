"""Covers alertd/alerts/pausing.py."""

from __future__ import annotations

import pytest

from alertd.alerts.pausing import AT_ONCE, at_once, each


@pytest.mark.parametrize(
    ("items", "pauses"), [(0, 0), (AT_ONCE - 1, 0), (AT_ONCE, 1), (AT_ONCE + 1, 1), (3 * AT_ONCE, 3)]
)
def test_each_in_its_order_with_a_pause_after_so_many(items: int, pauses: int) -> None:
    seen: list[int] = []
    assert len(list(each(range(items), seen.append))) == pauses
    assert seen == list(range(items))


def test_how_many_are_between_two_pauses_may_be_told() -> None:
    assert len(list(each(range(10), str, 3))) == 3


def test_nothing_is_done_beyond_a_pause_that_nobody_ends() -> None:
    seen: list[int] = []
    work = each(range(10 * AT_ONCE), seen.append)
    next(work)
    next(work)
    assert seen == list(range(2 * AT_ONCE))


def test_at_once_gives_the_result() -> None:
    assert at_once(each(range(2 * AT_ONCE), str)) == [str(number) for number in range(2 * AT_ONCE)]
