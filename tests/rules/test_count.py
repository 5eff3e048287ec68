from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.errors import ConfigError
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import Event
from alertd.rules.count import FEWEST_KEPT, CountMemory, CountRule
from tests.rules.conftest import AT

Make = Callable[..., Any]


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def count(rule: CountRule, events: Sequence[Event]) -> tuple[CountMemory | None, list[Evaluation | None]]:
    """The memory after them all, and what was said of each. It passes through the store each time."""
    memory, said = None, []
    for event in events:
        step = rule.evaluate(memory, event, is_open=False)
        memory, evaluation = (memory, None) if step is None else step[:2]
        if memory is not None:
            assert rule.decode(rule.encode(memory)) == memory
        said.append(evaluation)
    return memory, said


def firing(rule: CountRule, events: Sequence[Event]) -> list[int]:
    return [index for index, said in enumerate(count(rule, events)[1]) if said is not None]


# Seconds at which events come, and which of them fires: 3 within 600 s.
TIMES: list[tuple[list[float], list[int]]] = [
    ([0, 1], []),
    ([0, 1, 2], [2]),
    ([0, 300, 600], [2]),
    ([0, 300, 600.1], []),
    ([0, 1, 2, 3], [2, 3]),
    ([0, 1, 2, 700, 701], [2]),
    ([0, 1, 2, 700, 701, 702], [2, 5]),
    ([0, 500, 700, 1000], [3]),
]


@pytest.mark.parametrize(("times", "fires"), TIMES)
def test_so_many_within_so_long(
    make_event: Make, make_back: Make, times: list[float], fires: list[int]
) -> None:
    events = [
        make_event("lead_trade_failed", received_at=at(time), trader=f"T{index}", info_type="3")
        for index, time in enumerate(times)
    ]
    assert firing(make_back("count"), events) == fires


def test_what_is_told(make_event: Make, make_back: Make) -> None:
    events = [make_event("lead_trade_failed", received_at=at(n), trader=f"T{n}") for n in (0, 10, 20)]
    memory, (*_, said) = count(make_back("count"), events)
    assert memory is not None
    assert said is not None
    assert said.fingerprint == ("main", "lead_trade_failed", "mine", "account")
    assert (said.event, said.severity, said.timing.resolve_after_s) == (events[-1], "warning", 3600)
    found = said.recollection
    assert found is not None
    assert not found.tells_state
    assert (found.count, found.count_wanted, found.span_s) == (3, 3, 600)
    assert (found.since, found.known_since) == (at(0), at(0))


SAME: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("the same without a time, soon", {}, {"received_at": at(59), "event_id": "e2"}, True),
    ("the same without a time, later", {}, {"received_at": at(60)}, False),
    ("the same from another source", {}, {"received_at": at(1), "source": "reconcile"}, True),
    ("another trader", {}, {"received_at": at(1), "trader": "Y"}, False),
    ("another instrument", {}, {"received_at": at(1), "instrument": "ETH-USDT-SWAP"}, False),
    ("the same time of the exchange", {"observed_at": at(-5)}, {"received_at": at(500)}, True),
    ("told more fully later", {"observed_at": at(-5)}, {"received_at": at(500), "side": "buy"}, True),
    ("another time of the exchange", {"observed_at": at(-5)}, {"observed_at": at(-4)}, False),
]


@pytest.mark.parametrize(("case", "both", "second", "is_one"), SAME, ids=[case[0] for case in SAME])
def test_a_fact_told_twice_is_one(
    make_event: Make, make_back: Make, case: str, both: dict[str, Any], second: dict[str, Any], is_one: bool
) -> None:
    events = [make_event("lead_trade_failed", **{"trader": "X", **both, **more}) for more in ({}, second)]
    assert firing(make_back("count", count=2), events) == ([] if is_one else [1])


def test_what_is_learned_late_counts_when_it_happened(make_event: Make, make_back: Make) -> None:
    """A gap of hours is closed at once: what happened hours apart is no burst, and what was one is."""
    learned = at(10_000)

    def found(*seconds: float) -> list[Event]:
        return [
            make_event("liquidation", received_at=learned, observed_at=at(second), position_id=str(second))
            for second in seconds
        ]

    rule = make_back("count", event="liquidation")
    assert firing(rule, found(0, 3000, 6000)) == []
    assert firing(rule, found(50, 3000, 10, 30)) == [3]
    pushed = make_event("liquidation", received_at=learned, observed_at=learned, position_id="now")
    assert firing(rule, [pushed, *found(0, 10, 20)]) == [3]


def test_a_time_in_our_future_counts_as_now(make_event: Make, make_back: Make) -> None:
    ahead = [
        make_event("liquidation", received_at=at(n), observed_at=at(5000 + 900 * n), position_id=str(n))
        for n in range(3)
    ]
    assert firing(make_back("count", event="liquidation"), ahead) == [2]


def test_only_what_meets_the_conditions_counts(make_event: Make, make_back: Make) -> None:
    types = ["3", "1", "3", "1", "3"]
    events = [
        make_event("lead_trade_failed", received_at=at(n), info_type=kind, trader=str(n))
        for n, kind in enumerate(types)
    ]
    assert firing(make_back("count", match={"info_type": "3"}), events) == [4]
    assert firing(make_back("count", when='info_type == "3"'), events) == [4]


def test_a_condition_that_fails_is_told_and_counts_nothing(make_event: Make, make_back: Make) -> None:
    rule = make_back("count", event="margin_state", when="margin_ratio < 3.0")
    memory, (said,) = count(rule, [make_event("margin_state")])
    assert memory is None
    assert said is not None
    assert "margin_ratio" in (said.error or "")
    with pytest.raises(ConfigError):
        make_back("count", when="x < 3.0")


def test_the_memory_is_bounded_and_grows_stale(make_event: Make, make_back: Make) -> None:
    rule = make_back("count")
    events = [make_event("lead_trade_failed", received_at=at(n / 10), trader=str(n)) for n in range(400)]
    memory, said = count(rule, events)
    assert memory is not None
    assert len(memory.counted) == FEWEST_KEPT
    assert all(said[2:])
    assert not rule.is_stale(memory, make_event("tick", received_at=at(600)))
    assert rule.is_stale(memory, make_event("tick", received_at=at(640)))


def test_after_the_clock_was_set_back_the_future_does_not_count(make_event: Make, make_back: Make) -> None:
    events = [make_event("lead_trade_failed", received_at=at(n), trader=str(n)) for n in (5000, 5001, 0, 1)]
    assert firing(make_back("count"), events) == []


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 3)), max_size=30), st.integers(2, 5))
def test_like_a_count_of_everything(
    make_event: Make, make_back: Make, steps: list[tuple[int, int]], wanted: int
) -> None:
    """Against a list that forgets nothing: events come in order, some of them twice."""
    seconds, told, known = 0, [], []
    for number, (pause, facts) in enumerate(steps):
        seconds += pause
        for fact in range(max(facts, 1)):
            told.append((seconds, number if fact < 2 else f"{number}/{fact}"))
    rule = make_back("count", count=wanted)
    events = [make_event("lead_trade_failed", received_at=at(when), trader=str(fact)) for when, fact in told]
    _, said = count(rule, events)
    for (when, fact), evaluation in zip(told, said, strict=True):
        if (when, fact) in known:
            assert evaluation is None
            continue
        known.append((when, fact))
        number = sum(1 for earlier, _ in known if when - earlier <= 600)
        assert (evaluation is not None) == (number >= wanted)
        if evaluation is not None and evaluation.recollection is not None:
            assert evaluation.recollection.count == number
