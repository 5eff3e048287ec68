"""alertd/outbox/leasing.py: what a worker asks of the store, and what it keeps there"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from alertd.domain.alert import AlertState, Severity
from alertd.domain.notification import Address, Delivery, Reason, SendResult
from alertd.outbox.delivery import SinkWorker
from alertd.outbox.health import FAILING_AFTER, LONGEST_PROBE_S
from alertd.outbox.leasing import COALESCED_EVERY_S
from alertd.outbox.pacing import TokenBucket
from alertd.outbox.retry import not_tried
from alertd.store.lease_rows import LOOKED_AT
from tests.outbox.rig import Rig
from tests.outbox.scripted import FAILED, LOST, REFUSED, SENT, ScriptedSink, eventually, running
from tests.store.samples import make_alert, to, told

CRITICAL = Severity.CRITICAL


def names_many(concurrency: int = 4) -> ScriptedSink:
    sink = ScriptedSink(concurrency=concurrency)
    sink.names_at_most = 45
    return sink


def sizes(sink: ScriptedSink) -> list[int]:
    return [len(message) for message in sink.messages]


async def queue_batched(rig: Rig, *numbers: int) -> None:
    routed = [(told(make_alert(n)), [Address(sink="phone", batched=True)]) for n in numbers]
    await rig.database.commit([], routed, rig.clock.now())


async def test_what_is_due_together_leaves_in_one_message(rig: Rig) -> None:
    sink = names_many()
    await queue_batched(rig, 1, 2, 3)
    await rig.queue(4)
    async with running(rig.worker(sink)):
        await rig.reach(sent=4)
    assert sorted(sizes(sink)) == [1, 3]


async def test_a_paced_sink_gets_the_criticals_in_one_message_and_others_once_they_left(rig: Rig) -> None:
    sink = names_many()
    await rig.queue(*range(40), severity=CRITICAL)
    await rig.queue(*range(100, 110))
    async with running(rig.worker(sink, TokenBucket(per_minute=20, burst=2))):
        await rig.reach(sent=40, queued=10)
        assert sizes(sink) == [40]
        rig.clock.forward(6.0)
        await rig.queue(50, severity=CRITICAL)
    assert {delivery.notification.alert.severity for delivery in sink.asked} == {CRITICAL}


async def test_what_was_refused_in_a_message_with_others_is_sent_by_itself(rig: Rig) -> None:
    sink = names_many()
    sink.answers.append(REFUSED)
    await queue_batched(rig, 1, 2, 3)
    async with running(rig.worker(sink)):
        await rig.reach(sent=3)
    assert sizes(sink) == [3, 1, 1, 1]


async def test_an_unknown_outcome_puts_all_members_in_doubt_and_the_repeat_may_regroup(rig: Rig) -> None:
    sink = names_many()
    sink.answers.append(LOST)
    worker = rig.worker(sink)
    await queue_batched(rig, 1, 2, 3)
    async with running(worker):
        await rig.reach(unknown=3)
        rig.clock.forward(30)
        await queue_batched(rig, 4)
        worker.wake()
        await rig.reach(sent=4)
    assert sizes(sink) == [3, 4]
    doubts = {delivery.delivery_id: delivery.possible_duplicate for delivery in sink.messages[1]}
    assert [doubts[key] for key in sorted(doubts)] == [True, True, True, False]


async def test_a_process_that_dies_in_a_message_leaves_all_its_members_in_doubt(rig: Rig) -> None:
    sink = names_many()
    sink.answers.append(asyncio.Event())  # it never answers
    await queue_batched(rig, 1, 2, 3)
    async with running(rig.worker(sink, landing_s=0)) as tasks:
        await eventually(lambda: len(sink.messages) == 1)
        assert await rig.counts() == {"sending": 3}
        tasks[0].cancel()
    await rig.database.load()
    assert await rig.counts() == {"unknown": 3}
    after = names_many()
    async with running(rig.worker(after)):
        await rig.reach(sent=3)
    assert sizes(after) == [3]
    assert all(delivery.possible_duplicate for delivery in after.asked)


async def test_a_message_takes_one_slot_and_one_token(rig: Rig) -> None:
    sink = names_many(concurrency=1)
    pace = TokenBucket(per_minute=60, burst=4)
    await queue_batched(rig, *range(60))
    worker = rig.worker(sink, pace)
    async with running(worker):
        await rig.reach(sent=45, queued=15)
        rig.clock.forward(COALESCED_EVERY_S)
        worker.wake()
        await rig.reach(sent=60)
    assert sizes(sink) == [45, 15]
    assert pace.available(rig.clock.monotonic_s(), critical=True) == 3  # of which one came in meanwhile


@pytest.mark.parametrize(("away_s", "more"), [(0, 0), (3, 1), (60, 5)])
async def test_the_pace_goes_on_after_a_restart(rig: Rig, away_s: float, more: int) -> None:
    await rig.queue(*range(20), severity=CRITICAL)
    before = ScriptedSink()
    async with running(rig.worker(before, TokenBucket(20))):
        await rig.reach(sent=5, queued=15)
    rig.clock.forward(away_s)
    after = ScriptedSink()
    worker = rig.worker(after, TokenBucket(20))
    async with running(worker):
        await eventually(lambda: worker._leasing._next_due is not None)
        await rig.reach(**({"sent": 5 + more} | ({"queued": 15 - more})))
    assert len(after.asked) == more


async def test_what_left_with_its_transaction_counts_after_a_restart_too(lite: Rig) -> None:
    worker = lite.worker(ScriptedSink(concurrency=9), TokenBucket(20))
    async with running(worker):
        assert await worker.drain(5)
        assert await lite.queue_at_once(worker, *range(5), severity=CRITICAL) == 5
        await lite.reach(sent=5)
        assert await worker.drain(5)
    again = lite.worker(ScriptedSink(), TokenBucket(20))
    async with running(again):
        await eventually(lambda: again._leasing._next_due is not None)
        assert again.reserve(5, 0) == (0, 0)


async def test_a_pace_that_was_kept_in_memory_is_not_read_again(lite: Rig) -> None:
    pace = TokenBucket(20)
    pace.take(lite.clock.monotonic_s(), critical=True)
    await lite.database.write_fact("pace:phone", '{"tokens":0,"at":"2026-03-01T12:00:00Z"}')
    sink = ScriptedSink()
    await lite.queue(*range(9), severity=CRITICAL)
    async with running(lite.worker(sink, pace)):
        await lite.reach(sent=4, queued=5)


async def test_an_unpaced_sink_keeps_no_fact(lite: Rig) -> None:
    await lite.queue(1)
    async with running(lite.worker(ScriptedSink())):
        await lite.reach(sent=1)
    assert await lite.database.read_fact("pace:phone") is None


async def test_a_stand_in_leaves_as_soon_as_the_others_are_dead(lite: Rig) -> None:
    phone, mail = ScriptedSink(), ScriptedSink("mail")
    phone.answers.append(REFUSED)
    backup = lite.worker(mail)
    woken: list[str] = []

    def wake(sinks: Iterable[str]) -> None:
        woken.extend(sinks)
        if woken:
            backup.wake()

    in_an_hour = lite.clock.now() + timedelta(hours=1)
    stand_in = Address(sink="mail", not_before=in_an_hour, stands_in_for=(("phone",),))
    await lite.database.commit([], [(told(make_alert()), [*to("phone"), stand_in])], lite.clock.now())
    async with running(backup, lite.worker(phone, elsewhere=wake)):
        await lite.reach(dead=1, sent=1)
    assert woken == ["mail"]
    assert len(mail.asked) == 1


async def test_stand_ins_that_nobody_needs_are_dropped_and_counted(lite: Rig) -> None:
    phone, mail = ScriptedSink(), ScriptedSink("mail")
    stand_in = Address(sink="mail", not_before=lite.clock.now(), stands_in_for=(("phone",),))
    await lite.database.commit(
        [], [(told(make_alert()), [Address(sink="phone"), stand_in])], lite.clock.now()
    )
    async with running(lite.worker(phone)):
        await lite.reach(sent=1, queued=1)
    async with running(lite.worker(mail)):
        await lite.reach(sent=1)
        await eventually(lambda: lite.counters.value("deliveries_spared_total", sink="mail") == 1)
    assert mail.asked == []


async def test_how_much_waits_is_told_by_urgency(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=1)
    sink.answers.append(FAILED)
    await lite.queue(1, severity=CRITICAL)
    await lite.queue(2, 3)
    async with running(lite.worker(sink, TokenBucket(per_minute=1, burst=1))):
        await lite.reach(queued=3)
        await eventually(
            lambda: lite.counters.value("deliveries_waiting", sink="phone", urgency="other") == 2
        )


class Picky(ScriptedSink):
    """Fails at those whose number it cannot take; one at a time."""

    def __init__(self, *numbers: int) -> None:
        super().__init__(concurrency=1)
        self.fails_at = set(numbers)

    async def send(self, deliveries: Sequence[Delivery], now: datetime) -> SendResult:
        numbers = {int(one.notification.alert.event.event_id.partition("-")[2]) for one in deliveries}
        self.answers.append(FAILED if numbers & self.fails_at else SENT)
        return await super().send(deliveries, now)

    @property
    def numbers(self) -> list[int]:
        """What it was asked to take, in order."""
        return [int(name.partition("-")[2]) for name in self.instruments]


async def next_try(rig: Rig, worker: SinkWorker, sink: Picky, after_s: float) -> None:
    await rig.settled()  # else the time between tries of what is under way would begin after the leap
    so_far = len(sink.asked)
    rig.clock.forward(after_s)
    worker.wake()
    await eventually(lambda: len(sink.asked) > so_far)


async def until_it_is_probed(rig: Rig, worker: SinkWorker, sink: Picky) -> None:
    """What was tried last was a probe, so that it stays due."""
    while len(sink.asked) <= FAILING_AFTER:
        await next_try(rig, worker, sink, 61.0)


async def test_a_critical_one_that_a_sink_always_fails_at_holds_up_no_others(rig: Rig) -> None:
    sink = Picky(1)
    worker = rig.worker(sink)
    await rig.queue(1, severity=CRITICAL)
    async with running(worker):
        await until_it_is_probed(rig, worker, sink)
        await rig.queue(2, 3)
        del sink.asked[:]
        await next_try(rig, worker, sink, LONGEST_PROBE_S)
        await rig.reach(sent=2, queued=1)
        assert sink.numbers == [2, 1, 3]  # the second try was due, and by urgency again the first
        await rig.queue(4, 5)
        worker.wake()
        await rig.reach(sent=4, queued=1)
        assert sink.numbers == [2, 1, 3, 4, 5]  # it waits by itself now
        await next_try(rig, worker, sink, 61.0)
        sink.fails_at.clear()
        await next_try(rig, worker, sink, 61.0)
        await rig.reach(sent=5)


async def test_more_that_a_sink_fails_at_than_it_takes_to_call_it_failing_hold_up_no_others(
    rig: Rig,
) -> None:
    bad = range(2 * FAILING_AFTER)
    sink = Picky(*bad)
    worker = rig.worker(sink)
    await rig.queue(*bad, severity=CRITICAL)
    await rig.queue(100, 101, 102)
    async with running(worker):
        while not {100, 101, 102} <= set(sink.numbers):
            await next_try(rig, worker, sink, LONGEST_PROBE_S)
        await rig.reach(sent=3, queued=len(bad))
    assert sink.numbers.index(102) < 4 * len(bad)


async def test_one_that_a_sink_always_fails_at_holds_up_none_of_those_it_shares_a_message_with(
    rig: Rig,
) -> None:
    sink = Picky(1)
    sink.names_at_most = 45
    worker = rig.worker(sink, TokenBucket(20))
    await rig.queue(*range(1, 41), severity=CRITICAL)
    async with running(worker):
        while 39 not in sizes(sink):  # one of the others was the probe that arrived
            await next_try(rig, worker, sink, 61.0)
        while (await rig.counts()).get("sent") != 39:
            assert sizes(sink).count(39) == 1
            await next_try(rig, worker, sink, 61.0)
        await rig.reach(sent=39, queued=1)


async def test_more_critical_ones_than_are_looked_at_hide_no_others(lite: Rig) -> None:
    bad = range(LOOKED_AT + 1)
    sink = Picky(*bad)
    await lite.queue(*bad, severity=CRITICAL)
    often_tried = [
        structs.replace(not_tried(one), attempts=9)
        for one in await lite.database.lease("phone", lite.clock.now(), len(bad))
    ]
    await lite.database.record(often_tried)
    await lite.queue(1000)
    worker = lite.worker(sink)
    async with running(worker):
        await until_it_is_probed(lite, worker, sink)
        await next_try(lite, worker, sink, LONGEST_PROBE_S)
    assert sink.numbers.index(1000) == FAILING_AFTER


async def test_what_waits_for_a_sink_that_fails_stays_due_so_that_critical_ones_are_next_when_it_is_back(
    rig: Rig,
) -> None:
    sink = Picky(*range(1, 7))
    worker = rig.worker(sink)
    await rig.queue(1, 2, 3, severity=CRITICAL)
    await rig.queue(4, 5, 6)
    async with running(worker):
        await until_it_is_probed(rig, worker, sink)
        tries = len(sink.asked)
        while len(sink.asked) < tries + 30 or set(sink.numbers[-3:]) != {1, 2, 3}:
            await next_try(rig, worker, sink, LONGEST_PROBE_S)
        *others, first, second, third = sink.numbers[-6:]  # whose turn it was, in that order
        del sink.asked[:]
        sink.fails_at.clear()
        await next_try(rig, worker, sink, LONGEST_PROBE_S)
        await rig.reach(sent=6)
    assert sink.numbers == [others[0], first, second, third, *others[1:]]


async def test_a_telephone_does_not_ring_for_a_call_that_was_answered_while_it_waited(rig: Rig) -> None:
    alert = make_alert(severity=CRITICAL)
    call = structs.replace(told(alert), reason=Reason.ESCALATED, only_to=("phone",))
    sink = ScriptedSink()
    sink.answers.append(FAILED)
    await rig.database.commit([alert], [(call, to("phone"))], rig.clock.now())
    async with running(rig.worker(sink, wakes=True)):
        await eventually(lambda: len(sink.asked) == 1)
        taken = structs.replace(
            alert, version=2, state=AlertState.ACKNOWLEDGED, acknowledged_at=rig.clock.now()
        )
        await rig.database.commit([taken], [], rig.clock.now())
        rig.clock.forward(60.0)
        await rig.queue(2)
        await rig.reach(not_needed=1, sent=1)
    assert [one.notification.reason for one in sink.asked] == [Reason.ESCALATED, Reason.NEW]
    assert rig.counters.value("deliveries_spared_total", sink="phone") == 1
