"""alertd/outbox/outcomes.py"""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from alertd.domain.alert import Severity
from alertd.domain.events import DeliveryHealth
from alertd.domain.notification import Delivery, DeliveryState, DeliveryUpdate, SendResult
from alertd.outbox.health import FAILING_AFTER, SinkHealth
from alertd.outbox.meter import Meter
from alertd.outbox.outcomes import Outcomes
from alertd.outbox.retry import RetryPolicy
from alertd.telemetry import Counters
from tests.outbox.scripted import FAILED, LOST, REFUSED, SENT
from tests.store.samples import NOW, make_alert, told


class Desk:
    def __init__(self) -> None:
        self.counters = Counters()
        self.reports: list[DeliveryHealth] = []
        self.outcomes = Outcomes(
            "phone", RetryPolicy(), SinkHealth(), Meter(self.counters, "phone"), self.reports.append
        )

    def after(self, result: SendResult, *bundle: Delivery, judged: bool = True) -> list[DeliveryUpdate]:
        return self.outcomes.of(bundle, result, NOW, 1000.0, is_judged=judged)

    def counted(self, name: str) -> float:
        return sum(cell.value for cell in self.counters.cells(name).values())


def delivery(n: int, **more: bool) -> Delivery:
    return Delivery(
        delivery_id=n,
        notification=told(make_alert(n)),
        sink="phone",
        state=DeliveryState.SENDING,
        created_at=NOW,
        next_attempt_at=NOW,
        **more,
    )


def critical(n: int) -> Delivery:
    return structs.replace(delivery(n), notification=told(make_alert(n, severity=Severity.CRITICAL)))


THREE = [delivery(n) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("result", "state", "in_doubt"),
    [
        (SENT, DeliveryState.SENT, False),
        (FAILED, DeliveryState.QUEUED, False),
        (LOST, DeliveryState.UNKNOWN, True),
    ],
)
def test_the_outcome_of_a_message_is_that_of_each(
    result: SendResult, state: DeliveryState, in_doubt: bool
) -> None:
    desk = Desk()
    changes = desk.after(result, *THREE)
    assert [change.delivery_id for change in changes] == [1, 2, 3]
    assert {(change.state, change.attempts, change.possible_duplicate) for change in changes} == {
        (state, 1, in_doubt)
    }
    assert len({change.next_attempt_at for change in changes}) == 1  # due together again
    assert desk.counted("deliveries_total") == 3


def test_what_was_refused_together_is_tried_alone_and_only_then_given_up() -> None:
    desk = Desk()
    first, second, _ = THREE
    changes = desk.after(REFUSED, first, second)
    assert [(change.state, change.next_attempt_at) for change in changes] == [(DeliveryState.QUEUED, NOW)] * 2
    assert desk.outcomes.alone == {1, 2}
    assert desk.after(SENT, first)[0].state is DeliveryState.SENT
    assert desk.after(REFUSED, second)[0].state is DeliveryState.DEAD
    assert desk.outcomes.alone == set()
    assert desk.counted("deliveries_dead_total") == 1


def test_what_got_no_answer_together_is_given_up_save_what_is_critical() -> None:
    desk = Desk()
    often = [structs.replace(one, attempts=3, unknowns=3) for one in (*THREE[:2], critical(4))]
    changes = desk.after(LOST, *often)
    assert [change.state for change in changes] == [
        DeliveryState.DEAD,
        DeliveryState.DEAD,
        DeliveryState.UNKNOWN,
    ]
    assert desk.counted("deliveries_dead_total") == 2
    last = structs.replace(often[2], attempts=4, unknowns=4)
    assert desk.after(LOST, last)[0].state is DeliveryState.DEAD


def test_what_may_have_arrived_before_stays_in_doubt_when_it_is_refused_with_others() -> None:
    changes = Desk().after(REFUSED, delivery(1, possible_duplicate=True), delivery(2))
    assert [(change.state, change.possible_duplicate) for change in changes] == [
        (DeliveryState.UNKNOWN, True),
        (DeliveryState.QUEUED, False),
    ]


def test_a_refusal_that_gives_up_something_is_told_and_one_that_does_not_is_not() -> None:
    desk = Desk()
    desk.after(REFUSED, *THREE)
    assert desk.reports == []
    desk.after(REFUSED, THREE[0])
    assert [report.healthy for report in desk.reports] == [False]
    desk.after(SENT, THREE[1], judged=False)
    assert len(desk.reports) == 1


def test_messages_for_several_are_counted_once_they_arrived() -> None:
    desk = Desk()
    desk.after(FAILED, *THREE)
    desk.after(SENT, THREE[0])
    assert desk.counted("deliveries_merged_total") == 0
    desk.after(SENT, *THREE)
    desk.after(SENT, *THREE[:2])
    assert desk.counted("bundles_total") == 2
    assert desk.counted("deliveries_merged_total") == 5
    assert desk.counted("bundle_size_last") == 2


def test_what_fails_for_ten_minutes_is_told_though_nothing_is_given_up() -> None:
    desk = Desk()
    for minute in range(11):
        at = NOW + timedelta(minutes=minute)
        desk.outcomes.of(THREE[:1], FAILED, at, 1000.0 + 60 * minute, is_judged=True)
    assert [(report.sink, report.healthy, report.detail) for report in desk.reports] == [
        ("phone", False, "503")
    ]


@pytest.mark.parametrize(("attempts", "alone"), [(FAILING_AFTER - 1, set()), (FAILING_AFTER, {1, 2})])
def test_what_fails_together_so_often_is_tried_alone_while_the_sink_takes_others(
    attempts: int, alone: set[int]
) -> None:
    desk = Desk()
    often = [structs.replace(delivery(n), attempts=attempts) for n in (1, 2)]
    desk.after(SENT, delivery(3))
    desk.after(FAILED, *often)
    assert desk.outcomes.alone == alone
    desk.after(SENT, often[0])
    assert desk.outcomes.alone == alone - {1}


def test_what_fails_together_with_everything_else_is_not_to_blame() -> None:
    desk = Desk()
    for _ in range(FAILING_AFTER):
        desk.after(FAILED, delivery(3))
    desk.after(FAILED, *(structs.replace(delivery(n), attempts=99) for n in (1, 2)))
    assert desk.outcomes.alone == set()
