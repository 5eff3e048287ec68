"""Weights in a window, pauses after 429, and bans that grow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.exchanges.toobit import budget
from alertd.exchanges.toobit.budget import (
    LOOKS_PER_BALANCE,
    MARGIN_SHARE,
    MOST_WEIGHT,
    SHARE,
    WINDOW_S,
    HostBudget,
    margin_interval_s,
    weight_of,
)


def test_what_calls_cost() -> None:
    assert weight_of("/api/v2/copy-trading/leader/orders/current") == 1
    assert weight_of("/api/v1/futures/positions") == 5


def test_the_first_calls_do_not_wait_and_the_next_wait_for_the_first_to_leave() -> None:
    host = HostBudget(most_weight=10, share=0.5)
    assert [host.wait_s(1, float(at)) for at in range(5)] == [0.0] * 5
    assert host.wait_s(1, 5.0) == 55.0
    assert host.wait_s(1, 5.0) == 56.0


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 80)), max_size=60))
def test_no_window_ever_holds_more(calls: list[tuple[int, int]]) -> None:
    host, now_s, granted = HostBudget(most_weight=20, share=0.5), 0.0, []
    for weight, quarters in calls:
        now_s += quarters / 4
        granted.append((now_s + host.wait_s(weight, now_s), weight))
    assert [at_s for at_s, _ in granted] == sorted(at_s for at_s, _ in granted)
    for at_s, _ in granted:
        within = [weight for one_s, weight in granted if at_s - budget.WINDOW_S < one_s <= at_s]
        assert sum(within) <= 10


def test_a_place_that_is_too_far_away_is_not_taken() -> None:
    host = HostBudget(most_weight=1, share=1.0)
    assert host.wait_s(1, 0.0) == 0.0
    assert [host.wait_s(1, 1.0, longest_s=30.0) for _ in range(50)] == [59.0] * 50
    assert host.wait_s(1, 40.0, longest_s=30.0) == 20.0


def test_after_429_nobody_asks_until_the_reset_and_then_half_as_much() -> None:
    host = HostBudget(most_weight=8, share=1.0)
    assert host.limited(100.0, 12.0) == 12.0
    assert [host.wait_s(1, 100.0) for _ in range(5)] == [12.0, 12.0, 12.0, 12.0, 72.0]


def test_without_a_reset_a_whole_window_is_waited_for() -> None:
    assert HostBudget().limited(0.0, None) == budget.WINDOW_S


def test_a_ban_doubles_each_time_up_to_three_days() -> None:
    host, now_s, bans = HostBudget(), 0.0, []
    for _ in range(14):
        bans.append(host.banned(now_s, None))
        assert host.blocked_s(now_s + 1) > 0
        now_s += bans[-1]
        assert host.blocked_s(now_s) == 0
    assert bans[:4] == [120.0, 240.0, 480.0, 960.0]
    assert bans[-1] == budget.LONGEST_BAN_S


def test_a_ban_is_forgiven_after_an_hour_without_one() -> None:
    host = HostBudget()
    host.banned(0.0, None)
    assert host.banned(120.0 + budget.FORGIVEN_AFTER_S + 1, None) == 120.0


def test_answers_to_calls_that_were_under_way_do_not_lengthen_a_ban() -> None:
    host = HostBudget()
    assert host.banned(0.0, None) == 120.0
    assert host.banned(1.0, None) == 119.0
    assert host.banned(2.0, 500.0) == 500.0  # but what the exchange states counts


def test_the_firewall_is_avoided_for_a_minute_then_longer() -> None:
    host = HostBudget()
    assert host.barred(0.0) == 60.0
    assert host.barred(60.0) == 120.0


@pytest.mark.parametrize(("readers", "interval_s"), [(0, 5.0), (1, 5.0), (11, 5.0), (50, 22.6), (200, 90.3)])
def test_the_more_read_their_positions_the_seldomer_each_of_them(readers: int, interval_s: float) -> None:
    found = margin_interval_s(readers, 5.0)
    assert found == pytest.approx(interval_s, abs=0.05)
    weight = readers * (5 + 5 / LOOKS_PER_BALANCE) * WINDOW_S / found
    assert weight <= MARGIN_SHARE * SHARE * MOST_WEIGHT + 0.001
