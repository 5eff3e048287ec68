"""alertd/outbox/flight.py: what a worker does with it stands in test_delivery.py"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from alertd.domain.notification import Delivery, DeliveryState, Outcome, SendResult
from alertd.outbox.flight import BEGUN_AT_ONCE, Flight
from tests.outbox.scripted import SENT, FrozenClock, ScriptedSink
from tests.store.samples import NOW, make_alert, told


def bundle(n: int) -> list[Delivery]:
    return [
        Delivery(
            delivery_id=number,
            notification=told(make_alert(number)),
            sink="phone",
            state=DeliveryState.SENDING,
            created_at=NOW,
            next_attempt_at=NOW,
        )
        for number in range(n)
    ]


async def test_messages_begin_a_few_deliveries_at_a_time() -> None:
    sink = ScriptedSink()
    landed: list[tuple[int, SendResult]] = []

    def note(of: Sequence[Delivery], result: SendResult) -> None:
        landed.append((len(of), result))

    flight = Flight(sink, FrozenClock(), 10.0, note)
    half = BEGUN_AT_ONCE // 2
    sizes = [half, half, half, 1, 3 * BEGUN_AT_ONCE, 1]
    begun_by_turn: list[int] = []
    async with asyncio.TaskGroup() as sends:
        flight.open(sends)
        flight.begin([bundle(size) for size in sizes])
        assert flight.under_way == len(sizes)
        while flight.under_way:
            await asyncio.sleep(0)
            begun_by_turn.append(len(sink.messages))
    assert begun_by_turn[:3] == [
        2,
        5,
        6,
    ]  # full with two; with the next two not full, so a large one; the rest
    assert landed == [(size, SENT) for size in sizes]


async def test_what_is_not_begun_is_given_back() -> None:
    sink = ScriptedSink()
    flight = Flight(sink, FrozenClock(), 10.0, lambda *_: None)
    assert not flight.is_open
    async with asyncio.TaskGroup() as sends:
        flight.open(sends)
        assert flight.is_open
        flight.begin([bundle(BEGUN_AT_ONCE), bundle(2), bundle(3)])
        assert [len(one) for one in flight.close()] == [2, 3]
        assert not flight.is_open
    assert [len(one) for one in sink.messages] == [BEGUN_AT_ONCE]


@pytest.mark.looptime
async def test_each_send_has_its_own_time() -> None:
    sink, clock, loop = ScriptedSink(), FrozenClock(), asyncio.get_running_loop()
    never = asyncio.Event()
    sink.answers.extend([never, SENT, never])
    landed: dict[int, tuple[Outcome, float]] = {}
    began_s = loop.time()

    def note(of: Sequence[Delivery], result: SendResult) -> None:
        landed[len(of)] = (result.outcome, round(loop.time() - began_s, 3))

    flight = Flight(sink, clock, 10.0, note)
    async with asyncio.TaskGroup() as sends:
        flight.open(sends)
        flight.begin([bundle(1), bundle(2)])
        await asyncio.sleep(4)
        flight.begin([bundle(3)])
    assert landed == {1: (Outcome.UNKNOWN, 10.0), 2: (Outcome.SENT, 0.0), 3: (Outcome.UNKNOWN, 14.0)}
