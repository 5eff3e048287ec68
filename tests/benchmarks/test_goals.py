from __future__ import annotations

import pytest

from benchmarks.goals import ROWS, Goal, Row, row


@pytest.mark.parametrize("one", ROWS, ids=lambda one: one.key)
def test_what_is_measured_elsewhere_has_no_goals_here(one: Row) -> None:
    assert not (one.elsewhere and one.goals)


@pytest.mark.parametrize("goal", [goal for one in ROWS for goal in one.goals], ids=lambda goal: goal.words)
def test_a_moonshot_asks_for_more_than_the_goal(goal: Goal) -> None:
    further = -1 if goal.at_least else 1
    assert goal.moonshot is None or further * goal.moonshot < further * goal.bound
    assert bool(goal.moonshot_words) == (goal.moonshot is not None)


def test_a_row_is_found_by_its_key() -> None:
    assert row("burst").title == "Burst of 200 to one webhook through Apprise"
    with pytest.raises(KeyError):
        row("brust")
