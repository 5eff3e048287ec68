"""alertd/outbox/health.py"""

from __future__ import annotations

import pytest

from alertd.domain.notification import Comeback, DeliveryState, Outcome, SendResult
from alertd.outbox.health import (
    FAILING_AFTER,
    FAILING_TOLD_S,
    LONGEST_PROBE_S,
    OUTAGE_S,
    PROBE_EVERY_S,
    SinkHealth,
)

SENT = (Outcome.SENT, DeliveryState.SENT)
REFUSED = (Outcome.PERMANENT, DeliveryState.DEAD)
FAILED = (Outcome.TRANSIENT, DeliveryState.QUEUED)
GIVEN_UP = (Outcome.TRANSIENT, DeliveryState.DEAD)
LOST = (Outcome.UNKNOWN, DeliveryState.UNKNOWN)


@pytest.mark.parametrize(
    ("outcomes", "reports"),
    [
        # The first success is told: it ends what a process before this one may have reported.
        ([SENT, SENT], [True, None]),
        ([FAILED, LOST, SENT], [None, None, True]),
        ([REFUSED, REFUSED, SENT, SENT], [False, None, True, None]),
        ([SENT, GIVEN_UP, GIVEN_UP, FAILED, SENT], [True, False, None, None, True]),
    ],
)
def test_only_changes_are_reported(
    outcomes: list[tuple[Outcome, DeliveryState]], reports: list[bool | None]
) -> None:
    health = SinkHealth()
    assert [health.observe(SendResult(outcome), state, 0.0) for outcome, state in outcomes] == reports


def observe(health: SinkHealth, outcome: Outcome, now_s: float, wish_s: float | None = None) -> None:
    state = DeliveryState.DEAD if outcome is Outcome.PERMANENT else DeliveryState.QUEUED
    health.observe(SendResult(outcome, "", wish_s), state, now_s)


def test_after_one_refusal_the_next_is_tried_at_once_but_alone() -> None:
    health = SinkHealth()
    assert health.slots(in_flight=1, concurrency=4) == 3
    observe(health, Outcome.PERMANENT, 10.0)
    assert health.wait_s(10.0) == 0.0
    assert health.slots(in_flight=0, concurrency=4) == 1
    assert health.slots(in_flight=1, concurrency=4) == 0
    assert health.slots(in_flight=3, concurrency=4) == 0


def test_while_refused_again_one_a_minute_is_tried() -> None:
    health = SinkHealth()
    for at_s in (10.0, 11.0):
        observe(health, Outcome.PERMANENT, at_s)
    assert health.wait_s(11.0) == PROBE_EVERY_S
    assert health.wait_s(11.0 + PROBE_EVERY_S) == 0.0
    assert health.slots(in_flight=0, concurrency=4) == 1
    observe(health, Outcome.SENT, 75.0)
    assert health.wait_s(75.0) == 0.0
    assert health.slots(in_flight=0, concurrency=4) == 4


@pytest.mark.parametrize(
    ("wish_s", "wait_s"), [(20.0, 20.0), (500.0, PROBE_EVERY_S), (None, 0.0), (0.0, 0.0)]
)
def test_a_provider_that_asks_to_wait_is_left_in_peace(wish_s: float | None, wait_s: float) -> None:
    health = SinkHealth()
    observe(health, Outcome.TRANSIENT, 5.0, wish_s)
    assert health.wait_s(5.0) == wait_s
    observe(health, Outcome.SENT, 6.0)  # one that was on its way
    assert health.wait_s(5.0) == wait_s


@pytest.mark.parametrize("outcome", [Outcome.TRANSIENT, Outcome.UNKNOWN])
def test_a_sink_that_only_fails_is_sick_long_before_anything_is_given_up(outcome: Outcome) -> None:
    health = SinkHealth()
    told = [
        health.observe(SendResult(outcome), DeliveryState.QUEUED, at_s)
        for at_s in (100.0, 160.0, 100.0 + FAILING_TOLD_S - 1, 100.0 + FAILING_TOLD_S, 2000.0)
    ]
    assert told == [None, None, None, False, None]
    assert health.is_sick
    assert health.observe(SendResult(Outcome.SENT), DeliveryState.SENT, 2060.0) is True
    assert not health.is_sick


def test_one_success_between_failures_is_enough() -> None:
    health = SinkHealth()
    assert not health.is_sick
    for at_s in range(0, 10_000, 500):
        assert health.observe(SendResult(Outcome.TRANSIENT), DeliveryState.QUEUED, at_s) is None
        health.observe(SendResult(Outcome.SENT), DeliveryState.SENT, at_s + 1)
    assert not health.is_sick


def test_a_sink_that_gave_up_something_is_sick_at_once() -> None:
    health = SinkHealth()
    health.observe(SendResult(Outcome.PERMANENT), DeliveryState.DEAD, 1.0)
    assert health.is_sick


@pytest.mark.parametrize("outcome", [Outcome.TRANSIENT, Outcome.UNKNOWN])
def test_a_sink_that_fails_whatever_it_is_given_is_tried_with_one_at_a_time(outcome: Outcome) -> None:
    health = SinkHealth()
    for _ in range(FAILING_AFTER - 1):
        observe(health, outcome, 10.0)
    assert not health.is_failing
    assert (health.wait_s(10.0), health.slots(in_flight=0, concurrency=4)) == (0.0, 4)
    observe(health, outcome, 10.0)
    assert health.is_failing
    assert (health.wait_s(10.0), health.slots(in_flight=0, concurrency=4)) == (1.0, 1)
    observe(health, outcome, 10.5)  # one that was under way
    assert health.wait_s(10.0) == 1.0
    gaps = []
    at_s = 11.0
    for _ in range(7):
        observe(health, outcome, at_s)
        gaps.append(health.wait_s(at_s))
        at_s += gaps[-1]
    assert gaps == [2.0, 4.0, 8.0, 16.0, LONGEST_PROBE_S, LONGEST_PROBE_S, LONGEST_PROBE_S]
    observe(health, Outcome.SENT, at_s)
    assert not health.is_failing
    assert (health.wait_s(at_s), health.slots(in_flight=0, concurrency=4)) == (0.0, 4)


@pytest.mark.parametrize(
    ("failures", "lasted_s", "comeback"),
    [
        (0, 0.0, None),
        (1, OUTAGE_S - 1, None),
        (1, OUTAGE_S, Comeback(tried_below=FAILING_AFTER)),
        (FAILING_AFTER - 1, 60.0, Comeback(tried_below=FAILING_AFTER)),
        (FAILING_AFTER, 0.0, Comeback(unknown=True)),
    ],
)
def test_a_success_after_an_outage_is_a_comeback(
    failures: int, lasted_s: float, comeback: Comeback | None
) -> None:
    health = SinkHealth()
    observe(health, Outcome.SENT, 0.0)
    for _ in range(failures):
        observe(health, Outcome.TRANSIENT, 10.0)
    for outcome in (Outcome.TRANSIENT, Outcome.UNKNOWN, Outcome.PERMANENT):
        assert health.comeback(SendResult(outcome), 10.0 + lasted_s) is None
    assert health.comeback(SendResult(Outcome.SENT), 10.0 + lasted_s) == comeback
    observe(health, Outcome.SENT, 10.0 + lasted_s)
    assert health.comeback(SendResult(Outcome.SENT), 90.0) is None


@pytest.mark.parametrize(
    ("before", "unknown"),
    [([], False), ([Outcome.UNKNOWN], False), ([Outcome.SENT, Outcome.PERMANENT], True)],
)
def test_the_first_success_and_the_end_of_a_sickness_are_comebacks(
    before: list[Outcome], unknown: bool
) -> None:
    health = SinkHealth()
    for outcome in before:
        observe(health, outcome, 0.0)
    assert health.comeback(SendResult(Outcome.SENT), 0.0) == Comeback(unknown=unknown)
