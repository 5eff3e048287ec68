"""Covers alertd/exchanges/okx/budget.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.exchanges.okx.budget import LIMITS, Budget

POSITIONS = "/api/v5/account/positions"
STATUS = "/api/v5/system/status"


def times_of(endpoint: str, asked_s: list[float]) -> list[float]:
    """When each request is made that is wanted at these times."""
    budget = Budget()
    return [at_s + budget.wait_s(endpoint, at_s) for at_s in asked_s]


@pytest.mark.parametrize(
    ("endpoint", "asked_s", "made_s"),
    [
        (POSITIONS, [0.0] * 9, [0.0] * 8 + [2.0]),
        (POSITIONS, [0.0] * 8 + [1.5, 5.0], [0.0] * 8 + [2.0, 5.0]),
        (STATUS, [0.0, 1.0, 7.0], [0.0, 5.0, 10.0]),
        ("/api/v5/not/known", [0.0] * 5, [0.0] * 4 + [2.0]),
    ],
)
def test_who_has_to_wait(endpoint, asked_s, made_s):
    assert times_of(endpoint, asked_s) == made_s


def test_endpoints_do_not_wait_for_each_other():
    budget = Budget()
    for _ in range(8):
        budget.wait_s(POSITIONS, 0.0)
    assert budget.wait_s("/api/v5/account/balance", 0.0) == 0.0


def test_after_a_refusal_a_whole_period_passes():
    budget = Budget()
    budget.refused(POSITIONS, 10.0)
    assert [budget.wait_s(POSITIONS, now_s) for now_s in (10.5, 12.5)] == [1.5, 0.0]


@given(
    st.sampled_from(sorted(LIMITS)),
    st.lists(st.tuples(st.floats(0, 3), st.booleans()), min_size=1, max_size=60),
)
def test_no_period_ever_sees_more_than_the_limit(endpoint, steps):
    budget, limit = Budget(), LIMITS[endpoint]
    made_s: list[float] = []
    now_s = 0.0
    for pause_s, is_refused in steps:
        now_s += pause_s
        if is_refused:
            budget.refused(endpoint, now_s)
        made_s.append(now_s + budget.wait_s(endpoint, now_s))
    assert made_s == sorted(made_s)
    for first_s in made_s:
        assert sum(first_s <= at_s < first_s + limit.period_s - 1e-6 for at_s in made_s) <= limit.most
