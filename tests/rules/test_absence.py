from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.rules.absence import (
    LONGEST_PAUSE_S,
    PROVEN_AFTER_S,
    AbsenceMemory,
    AbsenceRule,
    seen,
    unwatched,
    watched,
)
from tests.rules.conftest import AT

Make = Callable[..., Any]


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def watch(memory: AbsenceMemory | None, first: int, last: int) -> AbsenceMemory:
    """A tick every second."""
    for second in range(first, last + 1):
        memory = watched(memory, at(second))
    assert memory is not None
    return memory


def absent(memory: AbsenceMemory) -> float:
    return memory.absent_s + memory.unproven_s


def test_watched_time_is_believed_a_minute_later() -> None:
    memory = watch(None, 0, 100)
    assert (memory.absent_s, memory.unproven_s, memory.began_at) == (40, PROVEN_AFTER_S, at(0))


def test_the_minute_before_it_went_dark_does_not_count() -> None:
    memory = unwatched(watch(None, 0, 100), at(101))
    assert (memory.absent_s, memory.unproven_s, memory.counted_to) == (41, 0, None)
    memory = watch(memory, 5000, 5060)
    assert absent(memory) == 101
    assert unwatched(unwatched(memory, at(5061)), at(9000)).absent_s == 42


@pytest.mark.parametrize("pause_s", [LONGEST_PAUSE_S + 0.1, 7200, -7200])
def test_a_pause_of_the_process_does_not_count(pause_s: float) -> None:
    """It slept, it stood still, or the clock was set: nobody watched, and nothing before it is proven."""
    memory = watched(watch(None, 0, 100), at(100 + pause_s))
    assert (memory.absent_s, memory.unproven_s, memory.counted_to) == (40, 0, at(100 + pause_s))


def test_a_short_pause_counts() -> None:
    assert absent(watched(watch(None, 0, 100), at(100 + LONGEST_PAUSE_S))) == 100 + LONGEST_PAUSE_S


def test_what_is_seen_begins_anew() -> None:
    memory = seen(watch(None, 0, 100), at(101))
    assert (memory.seen_at, absent(memory), memory.began_at) == (at(101), 0, at(0))
    assert absent(watched(memory, at(103))) == 2
    assert seen(None, at(5)).counted_to is None
    assert seen(unwatched(memory, at(110)), at(111)).counted_to is None


def run(rule: AbsenceRule, make_event: Make, seconds: int) -> list[int]:
    """The seconds at which it fires while watched without a break."""
    memory, fires = None, []
    for second in range(seconds):
        step = rule.tick(memory, make_event("tick", received_at=at(second)))
        memory = step.memory
        if step.evaluation is not None:
            fires.append(second)
    return fires


def test_it_fires_when_the_time_is_proven_and_as_long_as_it_lasts(make_event: Make, make_back: Make) -> None:
    assert run(make_back("absence"), make_event, 663) == [660, 661, 662]


def test_what_is_told(make_event: Make, make_back: Make) -> None:
    rule = make_back("absence")
    memory = watch(seen(None, at(0)), 1, 700)
    said = rule.tick(memory, make_event("tick", received_at=at(701))).evaluation
    assert said is not None
    assert said.fingerprint == ("main", "lead_trade_failed", "mine", "account")
    assert (said.severity, said.held) == ("warning", "warning")
    assert said.recollection.tells_state
    assert (said.recollection.since, said.recollection.absent_s, said.recollection.span_s) == (
        at(0),
        700,
        600,
    )


def test_the_event_ends_it(make_event: Make, make_back: Make) -> None:
    rule = make_back("absence", match={"info_type": "3"})
    memory = watch(None, 0, 700)
    other = make_event("lead_trade_failed", received_at=at(701), info_type="1")
    assert rule.evaluate(memory, other, is_open=True) is None
    assert (rule.may_concern(other), rule.subject(other)) == (False, "account")
    event = make_event("lead_trade_failed", received_at=at(701), info_type="3")
    step = rule.evaluate(memory, event, is_open=True)
    assert step.memory.seen_at == at(701)
    assert step.evaluation is not None
    assert (step.evaluation.severity, step.evaluation.held) == (None, None)
    assert step.evaluation.recollection.since == at(701)
    assert rule.evaluate(memory, event, is_open=False).evaluation is None


@pytest.mark.parametrize(
    ("later_s", "is_open", "noted"), [(0.9, False, False), (1, False, True), (0.9, True, True)]
)
def test_events_that_come_all_the_time_are_noted_once_a_second(
    make_event: Make, make_back: Make, later_s: float, is_open: bool, noted: bool
) -> None:
    event = make_event("lead_trade_failed", received_at=at(later_s))
    step = make_back("absence").evaluate(seen(None, at(0)), event, is_open=is_open)
    assert (step is not None) is noted


@pytest.mark.parametrize(("absent_s", "is_urgent"), [(0, False), (90, False), (92, True)])
def test_only_the_end_of_a_long_silence_is_stored_at_once(
    make_event: Make, make_back: Make, absent_s: int, is_urgent: bool
) -> None:
    memory = watch(None, 0, absent_s)
    event = make_event("lead_trade_failed", received_at=at(absent_s))
    assert make_back("absence").evaluate(memory, event, is_open=False).is_urgent is is_urgent


def test_a_condition_that_fails_is_told_and_is_not_the_event(make_event: Make, make_back: Make) -> None:
    rule = make_back("absence", event="margin_state", when="margin_ratio < 3.0")
    step = rule.evaluate(None, make_event("margin_state"), is_open=False)
    assert step.memory is None
    assert step.evaluation is not None
    assert step.evaluation.error is not None


def test_what_is_not_proven_is_not_stored(make_back: Make, make_event: Make) -> None:
    rule = make_back("absence")
    memory = watch(seen(None, at(0)), 1, 100)
    stored = rule.decode(rule.encode(memory))
    assert stored == AbsenceMemory(at(0), at(0), 39.0)
    assert not rule.is_stale(stored, make_event("tick", received_at=at(10**6)))
    with pytest.raises(ValueError, match="Expected"):
        rule.decode("{}")


def test_an_account_it_looks_at_no_more(make_event: Make, make_back: Make) -> None:
    said = make_back("absence").stand_down(make_event("tick"))
    assert (said.severity, said.recollection.absent_s, said.recollection.since) == (None, None, None)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("watch"), st.integers(1, 200)),
        st.tuples(st.just("blind"), st.integers(1, 200)),
        st.tuples(st.just("down"), st.integers(1, 5000)),
        st.tuples(st.just("seen"), st.just(1)),
        st.tuples(st.just("restart"), st.integers(1, 500)),
    ),
    max_size=25,
)


@given(STEPS)
def test_never_more_than_was_watched_and_little_less(
    make_event: Make, make_back: Make, steps: list[tuple[str, int]]
) -> None:
    """Against a list of every second and whether it was watched."""
    rule, now, memory = make_back("absence"), 0, None
    unbroken: list[int] = []  # the watched seconds of each stretch since the event was last seen
    for kind, length in steps:
        if kind == "seen":
            now += 1
            memory, unbroken = seen(memory, at(now)), [0]
        elif kind == "watch":
            for _ in range(length):
                now += 1
                memory = watched(memory, at(now))
            unbroken.append(length)
        else:
            if kind == "blind" and memory is not None:
                memory = unwatched(memory, at(now))
            if kind == "restart" and memory is not None:
                memory = rule.decode(rule.encode(memory))
            now += length + 10
            unbroken.append(0)
        if memory is None:
            continue
        most = sum(unbroken)
        least = sum(max(stretch - PROVEN_AFTER_S - 2, 0) for stretch in unbroken)
        assert least <= memory.absent_s <= most
        assert memory.unproven_s <= PROVEN_AFTER_S
