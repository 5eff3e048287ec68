"""Covers alertd/alerts/plans.py."""

from __future__ import annotations

from itertools import accumulate, chain, islice, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.alerts.plans import (
    NO_PLANS,
    Plan,
    Plans,
    after_this,
    due_now,
    from_now,
    from_the_first,
    grouped,
    place_of,
)
from tests.alerts.nouns import alert_of, at, margin

STEPS = (120.0, 300.0)
ONE = grouped({"phone": STEPS})
TWO = grouped({"phone": STEPS, "log": (), "bo": (60.0,), "mail": STEPS})
WAITS = st.lists(st.floats(0.1, 90_000).map(lambda wait: round(wait, 3)), min_size=1, max_size=5)


def waiting_for(place_s: float, **more: object) -> object:
    return alert_of(margin(), remind_s=place_s, **more)


def test_sinks_with_equal_waits_share_a_plan_and_those_without_have_none() -> None:
    assert Plans((Plan(STEPS, ("phone", "mail")), Plan((60.0,), ("bo",)))) == TWO
    assert not grouped({"log": ()})


@pytest.mark.parametrize(
    ("place_s", "due", "now", "expected"),
    [
        (0, 0, 0, (120, 120)),
        (120, 120, 120, (420, 420)),
        (420, 420, 420, (720, 720)),  # the last one repeats
        (2220, 1000, 1000, (1300, 2520)),
        (120, 120, 125, (420, 420)),  # a late tick adds no drift
        (120, 120, 9000, (9300, 420)),  # after a downtime the missed ones are not made up for
    ],
)
def test_when_the_next_reminder_is_due(
    place_s: float, due: float, now: float, expected: tuple[float, float]
) -> None:
    if place_s:
        found = after_this(ONE, waiting_for(place_s, remind_at=at(due)), at(now))
    else:
        found = from_the_first(ONE, at(due), at(now))
    assert (found["remind_at"], found["remind_s"]) == (at(expected[0]), expected[1])


def test_where_the_first_has_passed_it_counts_from_now() -> None:
    assert from_the_first(ONE, at(0), at(120))["remind_at"] == at(240)


def test_without_plans_there_is_none() -> None:
    for found in (
        from_the_first(NO_PLANS, at(0), at(0)),
        after_this(NO_PLANS, waiting_for(120), at(0)),
        from_now(NO_PLANS, waiting_for(120), at(0)),
    ):
        assert found == {"remind_at": None, "remind_s": 0.0}


def test_each_sink_in_its_own_time() -> None:
    place_s, found = 0.0, []
    for _ in range(9):
        place_s = TWO.after(place_s)
        found.append((place_s, TWO.due(place_s).sinks))
    phones = ("phone", "mail")
    assert found == [
        (60, ("bo",)),
        (120, (*phones, "bo")),
        *((place, ("bo",)) for place in (180, 240, 300, 360)),
        (420, (*phones, "bo")),
        (480, ("bo",)),
        (540, ("bo",)),
    ]


def test_what_was_held_up_waits_its_whole_time_again() -> None:
    assert from_now(ONE, waiting_for(420), at(1000)) == {"remind_at": at(1300), "remind_s": 420}


def test_where_the_plans_have_changed_nobody_misses_what_was_due() -> None:
    changed = grouped({"phone": (100.0,), "log": (70.0,)})
    assert changed.due(120) == (("phone", "log"), 120)
    assert after_this(changed, waiting_for(120), at(120)) == {"remind_at": at(140), "remind_s": 140}


@pytest.mark.parametrize(
    ("now", "sinks", "expected"),
    [
        (60, ("bo",), (120, 120)),
        (119, ("bo",), (120, 120)),
        (120, ("phone", "mail", "bo"), (180, 180)),
        (9000, ("phone", "mail", "bo"), (9060, 180)),
    ],
)
def test_after_a_downtime_each_sink_has_one(
    now: float, sinks: tuple[str, ...], expected: tuple[float, float]
) -> None:
    waiting = waiting_for(60, remind_at=at(60))
    assert due_now(TWO, waiting, at(now)).sinks == sinks
    found = after_this(TWO, waiting, at(now))
    assert (found["remind_at"], found["remind_s"]) == (at(expected[0]), expected[1])


def test_a_row_of_an_earlier_version_goes_on_where_it_was() -> None:
    assert place_of(waiting_for(0.0, reminders=2), ONE) == 720
    assert after_this(ONE, waiting_for(0.0, reminders=1), at(420))["remind_s"] == 720


@given(WAITS, st.integers(0, 60))
def test_places_follow_each_other_and_none_is_left_out(waits: list[float], number: int) -> None:
    plan = Plan(tuple(waits), ("phone",))
    place_s, found = 0.0, []
    for _ in range(number + 1):
        place_s = plan.after(place_s)
        found.append(place_s)
    expected = list(islice(accumulate(chain(waits, repeat(waits[-1]))), number + 1))
    assert found == pytest.approx(expected)
    assert [plan.before(later) for later in found] == [0.0, *found[:-1]]
    assert all(Plans((plan,)).due(place) == (("phone",), place) for place in found)
