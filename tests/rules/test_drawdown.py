from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.evaluation import Evaluation
from alertd.domain.events import Event, MarginMode
from alertd.rules.drawdown import PARTS, DrawdownMemory, DrawdownRule
from tests.rules.conftest import AT

Make = Callable[..., Any]


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def follow(
    rule: DrawdownRule, events: Sequence[Event], *, is_open: bool = False
) -> tuple[DrawdownMemory | None, list[Evaluation | None]]:
    """The memory after them all, and what was said of each. It passes through the store each time."""
    memory, said = None, []
    for event in events:
        step = rule.evaluate(memory, event, is_open=is_open)
        memory, evaluation = (memory, None) if step is None else step[:2]
        if evaluation is not None and evaluation.error is None:
            assert rule.may_concern(event) or is_open
        if memory is not None:
            assert rule.decode(rule.encode(memory)) == memory
        said.append(evaluation)
    return memory, said


def margins(make_event: Make, *points: tuple[float, float | None], **more: Any) -> list[Event]:
    return [
        make_event("margin_state", received_at=at(seconds), margin_ratio=value, **more)
        for seconds, value in points
    ]


# (second, margin ratio): a fall of 20 % within 600 s; which of them fires.
PATHS: list[tuple[str, list[tuple[float, float | None]], list[int]]] = [
    ("from the first on", [(0, 10.0), (1, 8.0)], [1]),
    ("not far enough", [(0, 10.0), (1, 8.01)], []),
    ("in small steps", [(0, 10.0), (100, 9.5), (200, 9.0), (300, 8.5), (400, 8.0)], [4]),
    ("too slowly", [(0, 10.0), (300, 9.0), (900, 8.0)], []),
    ("from a peak in the middle", [(0, 8.0), (10, 10.0), (20, 8.5), (30, 7.9)], [3]),
    ("risen in between", [(0, 10.0), (10, 8.0), (20, 12.0), (30, 9.7), (40, 9.6)], [1, 4]),
    ("an absent figure says nothing", [(0, 10.0), (10, None), (20, 8.0)], [2]),
    ("below nothing", [(0, 1.0), (10, -1.0)], [1]),
    ("from nothing", [(0, 0.0), (10, -5.0)], []),
    ("from a loss", [(0, -1.0), (10, -5.0)], []),
]


@pytest.mark.parametrize(("case", "points", "fires"), PATHS, ids=[case[0] for case in PATHS])
def test_a_fall_from_the_peak(
    make_event: Make,
    make_back: Make,
    case: str,
    points: list[tuple[float, float | None]],
    fires: list[int],
) -> None:
    _, said = follow(make_back("drawdown"), margins(make_event, *points))
    assert [index for index, evaluation in enumerate(said) if evaluation is not None] == fires


def test_what_is_told(make_event: Make, make_back: Make) -> None:
    _, (*_, said) = follow(make_back("drawdown"), margins(make_event, (0, 9.0), (5, 10.0), (9, 7.5)))
    assert said is not None
    assert said.fingerprint == ("main", "margin_state", "mine", "BTC-USDT-SWAP/long/isolated")
    assert (said.figure, said.value, said.threshold) == ("margin_ratio", Decimal("7.5"), Decimal(8))
    found = said.recollection
    assert found is not None
    assert found.tells_state
    assert (found.peak, found.since, found.known_since) == (Decimal(10), at(5), at(0))
    assert (found.fall, found.fall_wanted, found.span_s) == (Decimal("0.25"), Decimal("0.2"), 600)


def test_an_open_alert_is_held_by_hysteresis_and_let_go(make_event: Make, make_back: Make) -> None:
    points = margins(make_event, (0, 10.0), (1, 8.0), (2, 8.125), (3, 8.25), (4, 8.5))
    _, said = follow(make_back("drawdown"), points, is_open=True)
    levels = [(one.severity, one.held) for one in said if one is not None]
    held = (None, "warning")
    assert levels == [(None, None), ("warning", "warning"), held, (None, None), (None, None)]


def test_a_peak_that_leaves_the_window_ends_it(make_event: Make, make_back: Make) -> None:
    _, (*_, last) = follow(
        make_back("drawdown"), margins(make_event, (0, 10.0), (1, 8.0), (620, 8.0)), is_open=True
    )
    assert last is not None
    assert (last.severity, last.held) == (None, None)


def test_another_position_has_a_peak_of_its_own(make_event: Make, make_back: Make) -> None:
    first = margins(make_event, (0, 10.0), opened_at=at(-100))
    second = margins(make_event, (10, 5.0), opened_at=at(5))
    assert follow(make_back("drawdown"), [*first, *second])[1] == [None, None]
    assert follow(make_back("drawdown"), [*first, *margins(make_event, (10, 5.0))])[1][1] is not None


@pytest.mark.parametrize(("field", "fires"), [("margin_ratio", True), ("mark_price", False)])
def test_of_cross_margin_only_what_is_common_is_followed(
    make_event: Make, make_back: Make, field: str, fires: bool
) -> None:
    """The nearest position may be another one with each event: its price fell from nowhere."""
    cross = {"margin_mode": MarginMode.CROSS, "margin_currency": "USDT"}
    events = [make_event("margin_state", received_at=at(n), **{field: 9.0 - 5 * n}, **cross) for n in (0, 1)]
    memory, (*_, said) = follow(make_back("drawdown", field=field), events)
    assert (said is not None, memory is not None) == (fires, fires)


def test_conditions_choose_what_is_followed(make_event: Make, make_back: Make) -> None:
    rule = make_back("drawdown", match={"leverage": ">= 10"})
    events = [
        make_event("margin_state", received_at=at(n), margin_ratio=ratio, leverage=leverage)
        for n, (ratio, leverage) in enumerate([(20.0, 5.0), (10.0, 10.0), (8.0, 10.0), (1.0, 5.0)])
    ]
    assert [one is not None for one in follow(rule, events)[1]] == [False, False, True, False]
    _, (*_, last) = follow(rule, events, is_open=True)
    assert last is not None
    assert last.severity is None
    failing = make_back("drawdown", when="leverage > 3.0")
    _, (said,) = follow(failing, margins(make_event, (0, 10.0)))
    assert said is not None
    assert said.error is not None


def test_a_quiet_push_changes_nothing(make_event: Make, make_back: Make) -> None:
    rule = make_back("drawdown")
    first, *quiet = margins(make_event, (0, 10.0), (1, 9.9), (2, 9.95))
    memory = rule.evaluate(None, first, is_open=False).memory
    assert [rule.evaluate(memory, event, is_open=False) for event in quiet] == [None, None]


@pytest.mark.parametrize(
    ("fields", "concerns"),
    [
        ({"mark_price": 9.0, "leverage": 10.0}, True),
        ({"leverage": 10.0}, False),
        ({"mark_price": 9.0, "leverage": 9.0}, False),
        ({"mark_price": 9.0, "leverage": 10.0, "margin_mode": MarginMode.CROSS}, False),
    ],
)
def test_what_may_concern_it(
    make_event: Make, make_back: Make, fields: dict[str, Any], concerns: bool
) -> None:
    rule = make_back("drawdown", field="mark_price", match={"leverage": ">= 10"})
    event = make_event("margin_state", **fields)
    assert rule.may_concern(event) is concerns
    assert (rule.evaluate(None, event, is_open=False) is not None) is concerns


@pytest.mark.parametrize(("back_s", "anew"), [(5, False), (3600, True)])
def test_the_clock_is_set_back(make_event: Make, make_back: Make, back_s: float, anew: bool) -> None:
    memory, _ = follow(make_back("drawdown"), margins(make_event, (0, 10.0), (-back_s, 9.0)))
    assert memory is not None
    assert memory.peaks[0].value == (9 if anew else 10)


def test_a_memory_grows_stale(make_event: Make, make_back: Make) -> None:
    rule = make_back("drawdown")
    memory, _ = follow(rule, margins(make_event, (0, 10.0)))
    assert memory is not None
    assert not rule.is_stale(memory, make_event("tick", received_at=at(600)))
    assert rule.is_stale(memory, make_event("tick", received_at=at(606)))


@pytest.mark.parametrize("body", ["", "{}", '["2026-01-01T00:00:00Z",null,[]]', "[1,2,3]"])
def test_a_body_that_is_none_is_refused(make_back: Make, body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several kinds
        make_back("drawdown").decode(body)


POINTS = st.lists(st.tuples(st.integers(0, 250), st.integers(-20, 200)), min_size=1, max_size=80)


@given(POINTS)
def test_like_the_highest_of_all_in_the_window(
    make_event: Make, make_back: Make, steps: list[tuple[int, int]]
) -> None:
    """The peak is the highest of the last 600 s, or of the 6 s before them; so is the fall."""
    rule = make_back("drawdown")
    seconds, known, memory = 0.0, [], None
    for pause, value in steps:
        seconds += pause / 10 if pause < 200 else pause
        known.append((seconds, Decimal(value)))
        event = make_event("margin_state", received_at=at(seconds), margin_ratio=Decimal(value))
        memory, said, _ = rule.evaluate(memory, event, is_open=True)
        least = max(value for when, value in known if seconds - when <= 600)
        most = max(value for when, value in known if seconds - when <= 600 * (1 + 1 / PARTS))
        assert said.recollection.peak in {value for _, value in known}
        assert least <= said.recollection.peak <= most
        assert len(memory.peaks) <= PARTS + 2
        if least == most and least > 0:
            assert (said.severity is not None) == (known[-1][1] <= least * Decimal("0.8"))
        if most <= 0:
            assert said.severity is None
