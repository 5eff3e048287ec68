"""alertd/outbox/health.py"""

from __future__ import annotations

import pytest

from alertd.domain.notification import DeliveryState, Outcome, SendResult
from alertd.outbox.health import PROBE_EVERY_S, SinkHealth

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
