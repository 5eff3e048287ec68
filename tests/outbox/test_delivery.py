"""alertd/outbox/delivery.py"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from alertd.domain.alert import Severity
from alertd.domain.errors import StoreError
from alertd.domain.notification import Address, Delivery, Outcome, SendResult
from alertd.outbox.delivery import SinkWorker
from alertd.outbox.flight import BEGUN_AT_ONCE
from alertd.outbox.health import FAILING_AFTER
from alertd.outbox.pacing import TokenBucket
from alertd.store.engine import make_engine
from tests.outbox.rig import Rig
from tests.outbox.scripted import FAILED, LOST, REFUSED, SENT, FrozenClock, ScriptedSink, eventually, running
from tests.store.samples import NOW, make_alert, to, told


async def test_what_is_queued_before_the_start_and_after_a_wake_is_sent_once(rig: Rig) -> None:
    sink = ScriptedSink()
    worker = rig.worker(sink)
    await rig.queue(1, 2)
    async with running(worker):
        await rig.reach(sent=2)
        await rig.queue(3)
        worker.wake()
        await rig.reach(sent=3)
        assert await worker.drain(5)
    assert sorted(sink.instruments) == ["event-1", "event-2", "event-3"]
    assert not any(delivery.possible_duplicate for delivery in sink.asked)


async def test_a_delivery_is_durably_sending_before_its_send(lite: Rig, tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'alertd.db'}")
    states: list[str] = []

    def look(delivery: Delivery) -> None:
        with engine.connect() as connection:
            query = text("SELECT state FROM deliveries WHERE delivery_id = :id")
            cursor = connection.connection.cursor()
            cursor.execute(str(query), {"id": delivery.delivery_id})
            states.append(cursor.fetchone()[0])  # type: ignore[index]

    sink = ScriptedSink()
    sink.before_answer = look
    await lite.queue(1)
    async with running(lite.worker(sink)):
        await lite.reach(sent=1)
    engine.dispose()
    assert states == ["sending"]


async def test_concurrency_is_used_and_kept(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=3)
    gates = [asyncio.Event() for _ in range(7)]
    sink.answers.extend(gates)
    await lite.queue(*range(7))
    async with running(lite.worker(sink)):
        await eventually(lambda: sink.in_flight == 3)
        gates[1].set()  # a slot that becomes free is used; the slow ones hold up nobody
        await eventually(lambda: len(sink.asked) == 4)
        for gate in gates:
            gate.set()
        await lite.reach(sent=7)
    assert sink.most_in_flight == 3


async def test_critical_ones_go_first(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=1)
    await lite.queue(1, 2, severity=Severity.INFO)
    await lite.queue(3, severity=Severity.CRITICAL)
    async with running(lite.worker(sink)):
        await lite.reach(sent=3)
    assert sink.instruments == ["event-3", "event-1", "event-2"]


async def test_a_transient_failure_is_tried_again_when_due(rig: Rig) -> None:
    sink = ScriptedSink()
    sink.answers.extend([FAILED, FAILED])
    worker = rig.worker(sink)
    await rig.queue(1)
    async with running(worker):
        for attempts, wait_s in ((1, 1), (2, 2)):
            await eventually(lambda n=attempts: len(sink.asked) == n)  # type: ignore[misc]
            assert await worker.drain(5)  # nothing is due: what waits does not hold up a stop
            assert (await rig.counts()) == {"queued": 1}
            assert len(sink.asked) == attempts
            rig.clock.forward(wait_s)
            worker.wake()
        await rig.reach(sent=1)
    assert [delivery.attempts for delivery in sink.asked] == [0, 1, 2]
    assert not sink.asked[-1].possible_duplicate


async def test_an_unknown_outcome_is_repeated_marked(rig: Rig) -> None:
    sink = ScriptedSink()
    sink.answers.append(LOST)
    worker = rig.worker(sink)
    await rig.queue(1)
    async with running(worker):
        await rig.reach(unknown=1)
        rig.clock.forward(5)
        worker.wake()
        await rig.reach(sent=1)
    assert [delivery.possible_duplicate for delivery in sink.asked] == [False, True]


async def test_before_a_message_without_answer_is_given_up_what_is_critical_is_tried_alone(rig: Rig) -> None:
    """Once each, also where a restart lies between the last message for all and the one for each."""
    alerts = [make_alert(n, severity=Severity.CRITICAL if n < 3 else Severity.WARNING) for n in (1, 2, 3)]
    later = rig.clock.now() + timedelta(hours=9)
    addresses = [
        Address(sink="phone", batched=True),
        Address(sink="boss", not_before=later, stands_in_for=(("phone",),)),
    ]
    await rig.database.commit(alerts, [(told(alert), addresses) for alert in alerts], rig.clock.now())
    sink = ScriptedSink(concurrency=1)
    sink.names_at_most = 9
    sink.answers.extend([*[LOST] * 4, asyncio.Event()])
    worker = rig.worker(sink, landing_s=0.01)
    async with running(worker):
        for told_before, repeat_s in enumerate((5, 20, 80), start=1):
            await eventually(lambda n=told_before: len(sink.messages) == n)  # type: ignore[misc]
            await rig.reach(unknown=3, queued=3)
            rig.clock.forward(repeat_s)
            worker.wake()
        await eventually(lambda: len(sink.messages) == 5)
    await rig.database.load()  # what hung is found again
    sink.answers.extend([LOST, SENT])
    async with running(rig.worker(sink)):
        await rig.reach(dead=2, sent=1, queued=3)
    assert [len(message) for message in sink.messages] == [3, 3, 3, 3, 1, 1, 1]
    alone = [message[0] for message in sink.messages[4:]]
    assert {delivery.notification.alert.severity for delivery in alone} == {Severity.CRITICAL}
    assert all(delivery.possible_duplicate for delivery in alone)
    # Those that stand in for what was given up are due now; the third is not needed, and waits for its turn.
    boss = ScriptedSink("boss")
    async with running(rig.worker(boss)):
        await rig.reach(dead=2, sent=3, queued=1)


async def test_an_exception_of_a_sink_is_unknown_and_named(lite: Rig) -> None:
    sink = ScriptedSink()
    sink.answers.extend([ZeroDivisionError("a bug"), asyncio.CancelledError()])
    worker = lite.worker(sink)
    await lite.queue(1)
    async with running(worker):
        for detail in ("ZeroDivisionError", "cancelled within the sink"):
            await lite.reach(unknown=1)
            lite.clock.forward(3600)
            batch = await lite.database.lease("phone", lite.clock.now(), 0)
            assert batch == []
            worker.wake()
            await eventually(lambda text=detail: sink.asked[-1].detail == text)  # type: ignore[misc]
        await lite.reach(sent=1)


async def test_a_hung_sink_delays_no_other(lite: Rig) -> None:
    hung, quick = ScriptedSink("hung", concurrency=2), ScriptedSink("quick")
    never = asyncio.Event()
    hung.answers.extend([never] * 50)
    await lite.queue(*range(50), sinks=("hung", "quick"))
    async with running(lite.worker(hung), lite.worker(quick)):
        await lite.reach(sent=50, sending=2, queued=48)
        never.set()
        await lite.reach(sent=100)


async def test_a_send_without_end_gives_its_slot_back(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=1)
    sink.answers.append(asyncio.Event())
    await lite.queue(1, 2)
    async with running(lite.worker(sink, longest_send_s=0.05)):
        await lite.reach(sent=1, unknown=1)


async def test_pace_holds_and_leaves_room_for_critical_ones(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=8)
    worker = lite.worker(sink, TokenBucket(per_minute=60, burst=4))
    await lite.queue(*range(10))
    async with running(worker):
        await lite.reach(sent=3, queued=7)
        await lite.queue(77, severity=Severity.CRITICAL)
        worker.wake()
        await lite.reach(sent=4, queued=7)
        assert sink.instruments[-1] == "event-77"
        lite.clock.forward(2)  # two tokens: one fills the share again, one is for the others
        worker.wake()
        await lite.reach(sent=5, queued=6)


async def test_a_refusing_sink_is_told_once_and_probed_once_a_minute(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=4)
    sink.answers.extend([REFUSED] * 3)
    worker = lite.worker(sink)
    await lite.queue(1)
    async with running(worker):
        await lite.reach(dead=1)
        await lite.queue(2, 3, 4, 5)
        worker.wake()  # the next is tried at once: the first may have been refused for itself
        await lite.reach(dead=2, queued=3)
        lite.clock.forward(59)
        worker.wake()
        assert not await worker.drain(0.05)  # due, but left in peace
        assert await lite.counts() == {"dead": 2, "queued": 3}
        lite.clock.forward(1)
        worker.wake()
        await lite.reach(dead=3, queued=2)
        assert [report.healthy for report in lite.reports] == [False]
        lite.clock.forward(60)
        worker.wake()
        await lite.reach(dead=3, sent=2)
    assert [(report.sink, report.healthy) for report in lite.reports] == [("phone", False), ("phone", True)]
    assert lite.reports[0].detail == "401"
    assert lite.reports[0].account == ""
    assert lite.counters.value("deliveries_dead_total", sink="phone") == 3


async def test_a_delivery_given_up_is_reported(lite: Rig) -> None:
    sink = ScriptedSink()
    sink.answers.extend([FAILED] * 5)
    worker = lite.worker(sink)
    await lite.queue(1)
    async with running(worker):
        for attempts in range(1, 6):
            await eventually(lambda n=attempts: len(sink.asked) == n)  # type: ignore[misc]
            await worker.drain(5)
            lite.clock.forward(100 if attempts < 4 else 6 * 3600)
            worker.wake()
        await lite.reach(dead=1)
    assert [report.healthy for report in lite.reports] == [False]


@pytest.mark.parametrize(("refused_before", "in_flight"), [(0, 2), (1, 1)])
async def test_a_worker_with_no_free_slot_sleeps(lite: Rig, refused_before: int, in_flight: int) -> None:
    sink = ScriptedSink(concurrency=2)
    sink.answers.extend([REFUSED] * refused_before)
    worker = lite.worker(sink, landing_s=0)
    await lite.queue(*range(refused_before))
    async with running(worker):
        await eventually(lambda: len(lite.reports) == refused_before)
        sink.answers.extend([asyncio.Event(), asyncio.Event()])
        await lite.queue(7, 8, 9)
        worker.wake()
        await eventually(lambda: sink.in_flight == in_flight)
        await lite.database.counts()  # the turn that follows the start of the sends is over
        reads = lite.clock.reads
        await asyncio.sleep(0.05)
        assert (
            lite.clock.reads - reads <= 6
        )  # one last turn may fall into this time; a busy loop reads hundreds
    assert sink.most_in_flight == in_flight


async def test_a_wish_to_wait_holds_for_the_whole_sink(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=1)
    sink.answers.append(SendResult(Outcome.TRANSIENT, "429", 30.0))
    worker = lite.worker(sink)
    await lite.queue(1, 2)
    async with running(worker):
        await eventually(lambda: len(sink.asked) == 1)
        assert not await worker.drain(0.05)
        assert len(sink.asked) == 1
        lite.clock.forward(30)
        worker.wake()
        await lite.reach(sent=2)


async def test_a_stop_awaits_what_is_in_flight(rig: Rig) -> None:
    sink = ScriptedSink(concurrency=2)
    gate = asyncio.Event()
    sink.answers.append(gate)
    await rig.queue(1)
    async with running(rig.worker(sink)) as (task,):
        await eventually(lambda: sink.in_flight == 1)
        task.cancel()
        await asyncio.sleep(0)
        gate.set()
    assert await rig.counts() == {"sent": 1}


async def test_what_does_not_land_in_time_is_unknown_at_the_next_start(
    rig: Rig,
) -> None:
    sink = ScriptedSink(concurrency=2)
    sink.answers.append(asyncio.Event())
    await rig.queue(1, 2, 3)
    async with running(rig.worker(sink, landing_s=0.05)):
        await rig.reach(sending=1, sent=2)
    assert await rig.counts() == {"sending": 1, "sent": 2}
    await rig.database.load()
    again = ScriptedSink()
    async with running(rig.worker(again)):
        await rig.reach(sent=3)
    assert [delivery.possible_duplicate for delivery in again.asked] == [True]


async def test_a_stop_at_any_moment_loses_and_doubles_nothing(lite: Rig) -> None:
    """Cancelled after each number of loop turns: mid-lease, mid-send, mid-record."""
    sink = ScriptedSink(concurrency=3)
    for turns in range(40):
        await lite.queue(turns)
        async with running(lite.worker(sink)):
            for _ in range(turns):
                await asyncio.sleep(0)
        assert set(await lite.counts()) <= {"sent", "queued"}
    async with running(lite.worker(sink)):
        await lite.reach(sent=40)
    assert sorted(sink.instruments) == sorted(f"event-{n}" for n in range(40))


async def test_a_drain_that_cannot_end_says_so(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=1)
    gate = asyncio.Event()
    sink.answers.append(gate)
    worker = lite.worker(sink)
    await lite.queue(1, 2)
    async with running(worker):
        await eventually(lambda: sink.in_flight == 1)
        assert not await worker.drain(0.05)
        gate.set()
        assert await worker.drain(5)
        assert await lite.counts() == {"sent": 2}


async def test_a_broken_store_ends_the_worker(lite: Rig) -> None:
    worker = lite.worker(ScriptedSink())
    await lite.database.close()
    with pytest.raises(ExceptionGroup) as caught:
        await worker.run()
    assert caught.group_contains(StoreError)


async def test_numbers(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=1)
    sink.answers.extend([SENT, LOST])
    lite.clock.forward(1.5)
    worker = lite.worker(sink)
    await lite.queue(1, 2)
    async with running(worker):
        await lite.reach(sent=1, unknown=1)
        assert await worker.drain(5)
    value = lite.counters.value
    assert value("deliveries_total", sink="phone", outcome="sent") == 1
    assert value("deliveries_total", sink="phone", outcome="unknown") == 1
    assert value("delivery_latency_seconds_count", sink="phone") == 1
    assert value("delivery_latency_seconds_sum", sink="phone") == 1.5
    assert value("delivery_latency_seconds_last", sink="phone") == 1.5
    assert value("deliveries_waiting", sink="phone", urgency="other") == 1
    assert value("deliveries_waiting", sink="phone", urgency="critical") == 0


class LoopClock(FrozenClock):
    """The loop's own time, which looptime lets pass without waiting."""

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.monotonic_s())


@pytest.mark.looptime
async def test_the_worker_wakes_by_itself_when_something_is_due(lite: Rig) -> None:
    lite.clock = LoopClock()
    sink = ScriptedSink()
    sink.answers.extend([FAILED] * 4)
    asked_at_s: list[float] = []
    done = asyncio.Event()  # a timer of our own would let time jump while the store works

    def note(_: Delivery) -> None:
        asked_at_s.append(lite.clock.monotonic_s())
        if len(asked_at_s) == 5:
            done.set()

    sink.before_answer = note
    await lite.queue(1)
    async with running(lite.worker(sink)):
        await done.wait()
    gaps_s = [later - sooner for sooner, later in pairwise(asked_at_s)]
    for gap_s, longest_s in zip(gaps_s, (1, 2, 4, 8), strict=True):
        assert longest_s / 2 <= gap_s <= longest_s + 0.01


async def test_a_retired_worker_lands_what_is_in_flight_and_its_successor_sends_the_rest_once(
    rig: Rig,
) -> None:
    old_sink, new_sink = ScriptedSink(concurrency=1), ScriptedSink()
    hangs = asyncio.Event()
    old_sink.answers.append(hangs)
    old, new = rig.worker(old_sink), rig.worker(new_sink)
    await rig.queue(1, 2, 3)
    async with running(old) as tasks:
        await eventually(lambda: len(old_sink.asked) == 1)
        await rig.reach(sending=1, queued=2)
        old.retire(new.wake)
        async with running(new):
            await rig.queue(4)
            new.wake()
            await rig.reach(sending=1, sent=3)
            assert not tasks[0].done()
            hangs.set()
            await rig.reach(sent=4)
            await eventually(tasks[0].done)
    assert len(old_sink.asked) == 1
    asked = [*old_sink.instruments, *new_sink.instruments]
    assert sorted(asked) == [f"event-{n}" for n in (1, 2, 3, 4)]


class LateSink(ScriptedSink):
    """Answers once it may."""

    def __init__(self, answer: SendResult) -> None:
        super().__init__()
        self.answer, self.may = answer, asyncio.Event()

    async def send(self, deliveries: Sequence[Delivery], now: datetime) -> SendResult:
        self.asked.extend(deliveries)
        await self.may.wait()
        return self.answer


async def test_what_a_retired_worker_could_not_send_is_sent_by_its_successor(lite: Rig) -> None:
    late, successor = LateSink(FAILED), ScriptedSink()
    old, new = lite.worker(late), lite.worker(successor)
    await lite.queue(1)
    async with running(old):
        await eventually(lambda: len(late.asked) == 1)
        async with running(new):
            old.retire(new.wake)
            late.may.set()
            await lite.reach(queued=1)
            lite.clock.forward(120)
            new.wake()
            await lite.reach(sent=1)
    assert len(successor.asked) == 1


async def test_the_last_failures_of_a_retired_worker_say_nothing_about_the_sink(lite: Rig) -> None:
    late = LateSink(REFUSED)
    worker = lite.worker(late)
    told: list[int] = []
    await lite.queue(1)
    async with running(worker) as tasks:
        await eventually(lambda: len(late.asked) == 1)
        worker.retire(lambda: told.append(1))
        late.may.set()
        await lite.reach(dead=1)
        await eventually(tasks[0].done)
    assert lite.reports == []
    assert told


async def test_a_worker_retired_while_it_leases_gives_back_what_it_got(lite: Rig) -> None:
    sink = ScriptedSink()
    worker = lite.worker(sink)
    await lite.queue(1, 2)
    async with running(worker) as tasks:
        await asyncio.sleep(0)  # its turn is with the store
        worker.retire(lambda: None)
        await eventually(tasks[0].done)
    assert sink.asked == []
    assert await lite.counts() == {"queued": 2}


@asynccontextmanager
async def idle(rig: Rig, sink: ScriptedSink, pace: TokenBucket | None = None) -> AsyncIterator[SinkWorker]:
    """A worker that has looked and found nothing."""
    worker = rig.worker(sink, pace, landing_s=0)
    async with running(worker):
        assert await worker.drain(5)
        yield worker


async def test_an_outcome_waits_for_others_but_a_moment(rig: Rig) -> None:
    sink, hangs = ScriptedSink(), asyncio.Event()
    async with idle(rig, sink) as worker:
        sink.answers.extend([SENT, hangs, SENT])
        assert await rig.queue_at_once(worker, 1, 2, 3, severity=Severity.WARNING) == 3
        await rig.reach(sent=2, sending=1)
        hangs.set()
        await rig.reach(sent=3)


async def test_an_idle_worker_sends_without_a_transaction_of_its_own(rig: Rig) -> None:
    sink = ScriptedSink()
    turns: list[str] = []
    turn = rig.database.turn
    rig.database.turn = lambda *a, **k: (turns.append("turn"), turn(*a, **k))[1]  # type: ignore[method-assign]
    async with idle(rig, sink) as worker:
        turns.clear()
        assert await rig.queue_at_once(worker, 1, 2, severity=Severity.WARNING) == 2
        await rig.reach(sent=2)
        assert turns == []
    assert sink.instruments == ["event-1", "event-2"]
    assert not any(delivery.possible_duplicate for delivery in sink.asked)


async def test_a_worker_that_has_not_looked_yet_or_is_retired_reserves_nothing(lite: Rig) -> None:
    worker = lite.worker(ScriptedSink())
    assert worker.reserve(1, 1) == (0, 0)
    async with idle(lite, ScriptedSink()) as retired:
        retired.retire(lambda: None)
        assert retired.reserve(1, 1) == (0, 0)


async def test_no_more_is_reserved_than_there_are_slots(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=3)
    gates = [asyncio.Event() for _ in range(3)]
    sink.answers.extend(gates)
    async with idle(lite, sink) as worker:
        assert await lite.queue_at_once(worker, *range(5), severity=Severity.WARNING) == 3
        assert worker.reserve(1, 1) == (0, 0)
        assert await lite.counts() == {"sending": 3, "queued": 2}
        for gate in gates:
            gate.set()
        await lite.reach(sent=5)
    assert sink.most_in_flight == 3


async def test_a_reservation_counts_as_in_flight_until_it_begins(lite: Rig) -> None:
    async with idle(lite, ScriptedSink(concurrency=3)) as worker:
        assert worker.reserve(1, 1) == (1, 1)
        assert worker.reserve(0, 4) == (0, 1)
        assert not await worker.drain(0.05)
        worker.begin([], 2)  # all were stored before
        await eventually(lambda: worker.reserve(0, 4) == (0, 2))


async def test_what_waits_longer_goes_first_unless_the_new_one_is_critical(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=1)
    gate = asyncio.Event()
    sink.answers.append(gate)
    bucket = TokenBucket(per_minute=60, burst=4)
    async with idle(lite, sink, bucket) as worker:
        await lite.queue(*range(5), severity=Severity.INFO)
        worker.wake()
        gate.set()
        await lite.reach(sent=3, queued=2)  # two wait for the pace
        assert await worker.drain(0.05) is False
        assert await lite.queue_at_once(worker, 10, severity=Severity.WARNING) == 0
        await eventually(lambda: worker._leasing._next_due is not None)
        assert await lite.queue_at_once(worker, 11, severity=Severity.CRITICAL) == 1
        await lite.reach(sent=4, queued=3)
    assert sink.instruments[-1] == "event-11"


async def test_the_pace_holds_for_what_is_sent_at_once(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=9)
    async with idle(lite, sink, TokenBucket(per_minute=60, burst=4)) as worker:
        assert worker.reserve(0, 9) == (0, 3)  # the share of the critical ones is left
        assert worker.reserve(9, 0) == (1, 0)
        worker.begin([], 4)  # the slots are free again, the pace is not
        assert await worker.drain(5)
        assert worker.reserve(1, 1) == (0, 0)
        lite.clock.forward(1)
        assert worker.reserve(1, 1) == (1, 0)


async def test_a_sink_that_is_left_in_peace_is_sent_nothing_at_once(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=1)
    sink.answers.append(SendResult(Outcome.TRANSIENT, "429", 30.0))
    async with idle(lite, sink) as worker:
        assert await lite.queue_at_once(worker, 1, severity=Severity.CRITICAL) == 1
        await lite.reach(queued=1)
        assert await lite.queue_at_once(worker, 2, severity=Severity.CRITICAL) == 0
        lite.clock.forward(30)
        worker.wake()
        await lite.reach(sent=2)
    assert sorted(sink.instruments[1:]) == ["event-1", "event-2"]


async def test_what_was_leased_for_a_worker_that_was_retired_meanwhile_goes_back(lite: Rig) -> None:
    sink, successor = ScriptedSink(), ScriptedSink()
    alert = make_alert(1)
    async with running(old := lite.worker(sink)) as tasks:
        assert await old.drain(5)
        assert old.reserve(0, 1) == (0, 1)
        async with running(new := lite.worker(successor)):
            old.retire(new.wake)
            leased = await lite.database.commit([], [(told(alert), to("phone"))], NOW, begun={(0, "phone")})
            assert not tasks[0].done()  # it knows that something is to come
            old.begin(leased, 1)
            await lite.reach(sent=1)
            await eventually(tasks[0].done)
    assert sink.asked == []
    assert [delivery.possible_duplicate for delivery in successor.asked] == [False]


async def test_a_failure_of_what_was_sent_at_once_is_repeated_when_due(rig: Rig) -> None:
    sink = ScriptedSink()
    sink.answers.append(LOST)
    async with idle(rig, sink) as worker:
        assert await rig.queue_at_once(worker, 1, severity=Severity.WARNING) == 1
        await rig.reach(unknown=1)
        rig.clock.forward(5)
        worker.wake()
        await rig.reach(sent=1)
    assert [delivery.possible_duplicate for delivery in sink.asked] == [False, True]


async def test_no_more_are_in_doubt_than_there_are_slots(lite: Rig, tmp_path: Path) -> None:
    """What the store holds as `sending` at any moment is what a crash would repeat."""
    engine = make_engine(f"sqlite:///{tmp_path / 'alertd.db'}")
    in_doubt: list[int] = []

    def look(_: Delivery) -> None:
        with engine.connect() as connection:
            query = "SELECT count(*) FROM deliveries WHERE state = 'sending'"
            cursor = connection.connection.cursor()
            cursor.execute(query)
            in_doubt.append(cursor.fetchone()[0])  # type: ignore[index]

    sink = ScriptedSink(concurrency=3)
    sink.before_answer = look
    async with idle(lite, sink) as worker:
        for first in range(0, 60, 4):
            await lite.queue_at_once(worker, *range(first, first + 4), severity=Severity.WARNING)
        await lite.reach(sent=60)
    engine.dispose()
    assert max(in_doubt) <= 3
    assert len(in_doubt) == 60


async def test_nothing_waits_any_more_once_it_was_sent(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=1)
    worker = lite.worker(sink)
    await lite.queue(*range(5))
    async with running(worker):
        await lite.reach(sent=5)
        assert await worker.drain(5)
    assert {cell.value for cell in lite.counters.cells("deliveries_waiting").values()} == {0}


async def test_many_are_begun_a_few_at_a_time(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=40)
    async with idle(lite, sink) as worker:
        assert await lite.queue_at_once(worker, *range(40), severity=Severity.WARNING) == 40
        await asyncio.sleep(0)  # the others on the loop had a turn
        assert len(sink.asked) == BEGUN_AT_ONCE
        assert not await worker.drain(0)
        await lite.reach(sent=40)
        assert await worker.drain(5)
    assert sink.instruments == [f"event-{number}" for number in range(40)]


async def test_what_was_leased_and_not_begun_when_it_is_cancelled_goes_back(lite: Rig) -> None:
    sink = ScriptedSink(concurrency=60)
    sink.answers.extend(asyncio.Event() for _ in range(60))
    worker = lite.worker(sink, landing_s=0)
    async with running(worker) as (task,):
        assert await worker.drain(5)
        assert await lite.queue_at_once(worker, *range(60), severity=Severity.WARNING) == 60
        task.cancel()
    begun = len(sink.asked)
    assert 0 < begun < 60
    assert await lite.counts() == {"sending": begun, "queued": 60 - begun}
    assert sink.is_closed


async def turns_of_the_loop(number: int = 20) -> None:
    """For what a worker that was woken does at once."""
    for _ in range(number):
        await asyncio.sleep(0)


async def test_more_of_a_kind_that_waits_already_asks_the_store_nothing(lite: Rig) -> None:
    sink = ScriptedSink()
    turns: list[str] = []
    turn = lite.database.turn
    lite.database.turn = lambda *a, **k: (turns.append("turn"), turn(*a, **k))[1]  # type: ignore[method-assign]
    async with idle(lite, sink, TokenBucket(per_minute=60, burst=4)) as worker:
        await lite.queue(*range(10))
        worker.queued(critical=False, other=True)
        await lite.reach(sent=3, queued=7)  # the share of the critical ones is left
        asked = len(turns)
        await lite.queue(10)
        worker.queued(critical=False, other=True)
        await turns_of_the_loop()
        assert len(turns) == asked
        await lite.queue(11, severity=Severity.CRITICAL)
        worker.queued(critical=True, other=False)
        await eventually(lambda: len(sink.asked) == 4)
        assert sink.asked[-1].notification.alert.severity is Severity.CRITICAL


async def test_the_store_is_not_asked_in_vain_while_the_pace_holds_up(lite: Rig) -> None:
    sink = ScriptedSink()
    turns: list[str] = []
    turn = lite.database.turn
    lite.database.turn = lambda *a, **k: (turns.append("turn"), turn(*a, **k))[1]  # type: ignore[method-assign]
    async with idle(lite, sink, TokenBucket(per_minute=60, burst=1)) as worker:
        await lite.queue(1, 2)
        worker.wake()
        await lite.reach(sent=1, queued=1)
        assert not await worker.drain(0.05)
        asked = len(turns)
        for number in range(3, 8):
            await lite.queue(number)
            worker.wake()
            assert not await worker.drain(0.01)
        assert len(turns) == asked
        for sent in range(2, 8):
            lite.clock.forward(1)
            worker.wake()
            await eventually(lambda sent=sent: len(sink.asked) == sent)
        assert await worker.drain(5)


async def test_what_is_critical_comes_first_whichever_wait_it_sat_in(lite: Rig) -> None:
    """Also where an earlier process has seen the outage."""
    sink = ScriptedSink(concurrency=1)
    sink.answers.extend([FAILED] * 5)
    worker = lite.worker(sink)
    await lite.queue(1, severity=Severity.CRITICAL)
    async with running(worker):
        for attempts in range(1, 6):
            await eventually(lambda n=attempts: len(sink.asked) == n)  # type: ignore[misc]
            await lite.reach(queued=1)
            if attempts < 5:
                lite.clock.forward(60)
                worker.wake()
    sink.answers.append(SENT)
    await lite.queue(2, 3, 4)
    async with running(lite.worker(sink)):
        await lite.reach(sent=4)
    assert sink.instruments[5:] == ["event-2", "event-1", "event-3", "event-4"]


@pytest.mark.parametrize(("failures", "is_due"), [(4, True), (8, True), (1, False)])
async def test_what_waits_is_told_once_the_sink_takes_something_after_an_outage(
    lite: Rig, failures: int, is_due: bool
) -> None:
    sink = ScriptedSink(concurrency=1)
    worker = lite.worker(sink)
    await lite.queue(1)
    async with running(worker):
        await lite.reach(sent=1)
        sink.answers.extend([FAILED] * failures)
        await lite.queue(2, severity=Severity.CRITICAL)
        for attempts in range(1, failures + 1):
            worker.wake()
            await eventually(lambda n=attempts: len(sink.asked) == 1 + n)  # type: ignore[misc]
            await lite.reach(sent=1, queued=1)
            if attempts < failures:
                lite.clock.forward(60)
        if failures >= FAILING_AFTER:
            lite.clock.forward(60)  # until the next probe
        sink.answers.clear()
        await lite.queue(3)
        worker.wake()
        await lite.reach(**({"sent": 3} if is_due else {"sent": 2, "queued": 1}))
        assert await worker.drain(5)
        await lite.reach(**({"sent": 3} if is_due else {"sent": 2, "queued": 1}))
