from __future__ import annotations

import pytest

from benchmarks.goals import ROWS
from benchmarks.plan import STEPS, UnknownRow, chosen


def test_every_row_is_measured_by_one_step_or_says_by_what_else() -> None:
    measured = [key for step in STEPS for key in step.rows]
    assert len(measured) == len(set(measured))
    elsewhere = {one.key for one in ROWS if one.elsewhere}
    assert elsewhere.isdisjoint(measured)
    assert elsewhere | set(measured) == {one.key for one in ROWS}


def test_without_a_choice_everything_is_measured() -> None:
    assert chosen([]) == list(STEPS)


def test_a_chosen_row_brings_what_is_measured_with_it_and_no_more() -> None:
    assert [step.rows for step in chosen(["burst_slow", "quiet"])] == [("quiet",), ("burst", "burst_slow")]


@pytest.mark.parametrize(
    ("key", "because"), [("brust", "no such row; there are quiet, "), ("a_day", "`make soak` measures it")]
)
def test_a_row_that_is_not_measured_here_is_refused(key: str, because: str) -> None:
    with pytest.raises(UnknownRow, match=because):
        chosen(["quiet", key])
