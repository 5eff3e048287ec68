"""alertd/outbox/retry.py"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace

from alertd.domain.alert import Severity
from alertd.domain.canary import CANARY
from alertd.domain.notification import Delivery, DeliveryState, DeliveryUpdate, Outcome, SendResult
from alertd.outbox.retry import RetryPolicy, not_tried
from tests.store.samples import NOW, make_alert, told

POLICY = RetryPolicy()


def delivery(**changes: object) -> Delivery:
    values: dict[str, object] = {
        "delivery_id": 7,
        "notification": told(make_alert()),
        "sink": "phone",
        "state": DeliveryState.SENDING,
        "created_at": NOW,
        "next_attempt_at": NOW,
    }
    return Delivery(**(values | changes))  # type: ignore[arg-type]


def decide(
    outcome: Outcome, wish_s: float | None = None, after_s: float = 0, **changes: object
) -> DeliveryUpdate:
    result = SendResult(outcome, "said", wish_s)
    return POLICY.decide(delivery(**changes), result, NOW + timedelta(seconds=after_s), 0.0)


def test_sent() -> None:
    assert decide(Outcome.SENT, after_s=2, attempts=1, unknowns=1, possible_duplicate=True) == DeliveryUpdate(
        delivery_id=7,
        state=DeliveryState.SENT,
        attempts=2,
        unknowns=1,
        sent_at=NOW + timedelta(seconds=2),
        possible_duplicate=True,
        detail="said",
    )


def test_a_permanent_failure_is_dead_at_once() -> None:
    assert decide(Outcome.PERMANENT) == DeliveryUpdate(
        delivery_id=7, state=DeliveryState.DEAD, attempts=1, detail="said"
    )


def test_an_unknown_outcome_of_a_canary_is_not_repeated() -> None:
    alert = make_alert()
    event = structs.replace(alert.event, account=CANARY)
    change = decide(Outcome.UNKNOWN, notification=told(replace(alert, event=event)))
    assert (change.state, change.next_attempt_at) == (DeliveryState.UNKNOWN, None)
    assert decide(Outcome.UNKNOWN).next_attempt_at is not None


@pytest.mark.parametrize(
    ("attempts", "delay_s"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 60), (7, 60), (90, 60)]
)
def test_a_transient_failure_doubles_the_wait(attempts: int, delay_s: float) -> None:
    change = decide(Outcome.TRANSIENT, attempts=attempts)
    assert change.state is DeliveryState.QUEUED
    assert change.next_attempt_at == NOW + timedelta(seconds=delay_s)
    assert change.attempts == attempts + 1
    assert not change.possible_duplicate


@pytest.mark.parametrize(("unknowns", "delay_s"), [(0, 5), (1, 20), (2, 80)])
def test_an_unknown_outcome_is_repeated_and_marked(unknowns: int, delay_s: float) -> None:
    change = decide(Outcome.UNKNOWN, unknowns=unknowns, attempts=9)
    assert change.state is DeliveryState.UNKNOWN
    assert change.next_attempt_at == NOW + timedelta(seconds=delay_s)
    assert (change.unknowns, change.attempts, change.possible_duplicate) == (unknowns + 1, 10, True)


def test_unknown_outcomes_are_repeated_three_times() -> None:
    change = decide(Outcome.UNKNOWN, unknowns=3, attempts=3)
    assert (change.state, change.next_attempt_at) == (DeliveryState.DEAD, None)
    assert change.possible_duplicate


@pytest.mark.parametrize(
    ("severity", "unknowns", "attempts", "state"),
    [
        (Severity.CRITICAL, 3, 3, DeliveryState.UNKNOWN),
        (Severity.CRITICAL, 4, 4, DeliveryState.DEAD),
        (Severity.CRITICAL, 3, 999, DeliveryState.DEAD),
        (Severity.WARNING, 3, 3, DeliveryState.DEAD),
    ],
)
def test_what_is_critical_and_was_merged_is_tried_once_more_at_once(
    severity: Severity, unknowns: int, attempts: int, state: DeliveryState
) -> None:
    one = delivery(notification=told(make_alert(severity=severity)), unknowns=unknowns, attempts=attempts)
    change = POLICY.decide(one, SendResult(Outcome.UNKNOWN, "said"), NOW, 0.0, is_merged=True)
    assert change.state is state
    assert change.next_attempt_at == (NOW if state is DeliveryState.UNKNOWN else None)
    assert (change.unknowns, change.possible_duplicate) == (unknowns + 1, True)
    alone = POLICY.decide(one, SendResult(Outcome.UNKNOWN, "said"), NOW, 0.0)
    assert alone.state is DeliveryState.DEAD


def test_a_mark_stays_through_later_failures() -> None:
    change = decide(Outcome.TRANSIENT, possible_duplicate=True, unknowns=1, attempts=1)
    assert (change.state, change.possible_duplicate, change.unknowns) == (DeliveryState.QUEUED, True, 1)


@pytest.mark.parametrize(
    ("wish_s", "delay_s"), [(None, 1), (0.0, 1), (0.5, 1), (30.0, 30), (90_000.0, 3600), (-5.0, 1)]
)
def test_the_providers_wish_counts_where_it_is_longer(wish_s: float | None, delay_s: float) -> None:
    assert decide(Outcome.TRANSIENT, wish_s).next_attempt_at == NOW + timedelta(seconds=delay_s)


@pytest.mark.parametrize(
    ("attempts_before", "after_s", "state"),
    [
        (3, 6 * 3600, DeliveryState.QUEUED),  # it waited while the daemon was down: five attempts it gets
        (4, 6 * 3600, DeliveryState.DEAD),
        (600, 6 * 3600 - 0.1, DeliveryState.QUEUED),
        (999, 10, DeliveryState.DEAD),
    ],
)
def test_a_transient_failure_is_given_up_by_age_or_number(
    attempts_before: int, after_s: float, state: DeliveryState
) -> None:
    change = decide(Outcome.TRANSIENT, after_s=after_s, attempts=attempts_before)
    assert change.state is state
    assert (change.next_attempt_at is None) == (state is DeliveryState.DEAD)


@pytest.mark.parametrize(
    ("attempts", "wish_s", "delay_s"),
    [(0, None, 0), (50, None, 0), (5, 40.0, 40), (199, None, 0), (200, None, 60)],
)
def test_what_waits_for_a_sink_that_fails_stays_due(
    attempts: int, wish_s: float | None, delay_s: float
) -> None:
    result = SendResult(Outcome.TRANSIENT, "said", wish_s)
    change = POLICY.decide(delivery(attempts=attempts), result, NOW, 0.5, is_sinks_fault=True)
    waited_s = delay_s if wish_s else delay_s * 0.75
    assert change.next_attempt_at == NOW + timedelta(seconds=waited_s)


def test_a_canary_is_given_up_after_an_hour() -> None:
    event = structs.replace(make_alert().event, account=CANARY)
    canary, other = told(make_alert(event=event)), told(make_alert())
    for notification, state in ((canary, DeliveryState.DEAD), (other, DeliveryState.QUEUED)):
        change = decide(Outcome.TRANSIENT, notification=notification, after_s=3600, attempts=9)
        assert change.state is state


RESULTS = st.builds(
    SendResult,
    st.sampled_from([Outcome.TRANSIENT, Outcome.UNKNOWN]),
    st.just("down"),
    st.none() | st.floats(-1e9, 1e9),
)


@given(st.data())
def test_a_sink_that_never_takes_it_ends_dead_within_bounds(data: st.DataObject) -> None:
    at: datetime = NOW
    current = delivery()
    policy = RetryPolicy(most_attempts=100)
    for attempt in range(1, policy.most_attempts + 1):
        result = data.draw(RESULTS)
        jitter = data.draw(st.floats(0, 1, exclude_max=True))
        change = policy.decide(current, result, at, jitter)
        assert change.attempts == attempt
        if change.state is DeliveryState.DEAD:
            assert change.next_attempt_at is None
            return
        assert change.next_attempt_at is not None
        delay_s = (change.next_attempt_at - at).total_seconds()
        assert 0.5 <= delay_s <= POLICY.longest_wish_s
        if result.retry_after_s is not None:
            assert delay_s >= min(result.retry_after_s, POLICY.longest_wish_s) - 1e-3
        at = change.next_attempt_at
        current = replace(
            current,
            attempts=change.attempts,
            unknowns=change.unknowns,
            possible_duplicate=change.possible_duplicate,
        )
    pytest.fail("never ended")


@pytest.mark.parametrize("possible_duplicate", [False, True])
def test_what_was_not_tried_is_as_it_was(possible_duplicate: bool) -> None:
    leased = delivery(attempts=3, unknowns=1, possible_duplicate=possible_duplicate, detail="503")
    update = not_tried(leased)
    assert update.state is (DeliveryState.UNKNOWN if possible_duplicate else DeliveryState.QUEUED)
    assert (update.attempts, update.unknowns, update.next_attempt_at) == (3, 1, NOW)
    assert (update.possible_duplicate, update.detail) == (possible_duplicate, "503")
