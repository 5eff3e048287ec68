"""Covers alertd/threshold.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from alertd.domain.alert import Severity
from alertd.domain.coverage import Sight
from alertd.domain.errors import StoreError
from alertd.domain.events import Coverage, CoverageState, Event, Tick
from alertd.domain.finding import Finding, Grade
from alertd.domain.stream import KeptFrame
from alertd.reconciling import ReconcileDoors
from alertd.sites import Concerned, Site
from alertd.telemetry import Counters
from alertd.threshold import KEPT_FRAMES_WAITING, Inside, Threshold

AT = datetime(2026, 11, 3, tzinfo=UTC)
BLIND = Coverage(
    event_id="c", exchange="okx", account="main", received_at=AT, stream="private", state=CoverageState.BLIND
)
FOUND = [Finding(code="clock_fine", severity=Grade.OK, account="main")]


def tick(name: str) -> Event:
    return Tick(event_id=name, exchange="", account="", received_at=AT)


def look() -> Sight:
    return Sight(positions=2)


async def ask(_: str) -> None:
    raise AssertionError("nobody asks")


CONCERNED = Concerned(site=Site("https://rest", False), ask=ask, positions=list, copies=lambda: False)  # type: ignore[arg-type]


class Household:
    """Everything behind the threshold: it writes down what comes in."""

    def __init__(self) -> None:
        self.seen: list[tuple[object, ...]] = []

    async def deliver(self, events: Sequence[Event]) -> None:
        self.seen += [("event", event.event_id) for event in events]

    async def take(self, events: Sequence[Event]) -> None:
        self.seen += [("missed", event.event_id) for event in events]

    async def handled(self) -> None:
        self.seen.append(("handled",))

    async def read_fact(self, key: str) -> str | None:
        return f"{key}, as stored"

    async def write_fact(self, key: str, value: str) -> None:
        self.seen.append(("fact", key, value))

    def watch(self, account: str, exchange: str, look: Callable[[], Sight]) -> None:
        self.seen.append(("watch", account, exchange, look()))

    def leave(self, account: str) -> None:
        self.seen.append(("leave", account))

    def began(self, account: str, stream: str) -> None:
        self.seen.append(("began", account, stream))

    def noticed(self, account: str, stream: str) -> None:
        self.seen.append(("noticed", account, stream))

    async def tell(self, coverage: Coverage) -> None:
        self.seen.append(("tell", coverage))

    async def reconciled(self, account: str, at: datetime, missed: int) -> None:
        self.seen.append(("reconciled", account, at, missed))

    async def reconcile_failed(self, account: str, at: datetime, reason: str) -> None:
        self.seen.append(("not reconciled", account, at, reason))

    def joins(self, account: str, concerned: Concerned) -> None:
        self.seen.append(("joins", account, concerned))

    def leaves(self, account: str) -> None:
        self.seen.append(("leaves", account))

    async def hold_back(self, account: str) -> None:
        self.seen.append(("hold back", account))

    async def let_go(self, account: str) -> None:
        self.seen.append(("let go", account))

    def report(self, account: str, part: str, found: Sequence[Finding]) -> None:
        self.seen.append(("found", account, part, found))

    def inside(self) -> Inside:
        return Inside(
            deliver=self.deliver,
            take=self.take,
            handled=self.handled,
            facts=self,
            desk=self,
            reconciles=self,
            maintenance=self,
            holding=self,
            report=self.report,
            worst_danger=lambda _: Severity.CRITICAL,
        )


async def test_what_two_streams_hand_over_waits_with_them_and_enters_in_order() -> None:
    threshold, household = Threshold(Counters()), Household()
    async with asyncio.TaskGroup() as tasks:
        handing = [tasks.create_task(_hand_over(threshold, name)) for name in ("a", "b")]
        await asyncio.sleep(0)
        assert not household.seen
        assert not any(task.done() for task in handing)
        threshold.open(household.inside())
    assert sorted(household.seen) == [("event", name) for name in ("a1", "a2", "b1", "b2")]
    for name in "ab":
        assert household.seen.index(("event", f"{name}1")) < household.seen.index(("event", f"{name}2"))


async def _hand_over(threshold: Threshold, name: str) -> None:
    await threshold.deliver([tick(f"{name}1")])
    await threshold.deliver([tick(f"{name}2")])


async def test_one_stream_that_ends_while_it_waits_takes_nobody_elses_news_with_it() -> None:
    threshold, household = Threshold(Counters()), Household()
    async with asyncio.TaskGroup() as tasks:
        ending, other = (tasks.create_task(_hand_over(threshold, name)) for name in ("a", "b"))
        await asyncio.sleep(0)
        ending.cancel()
        await asyncio.wait([ending])
        threshold.open(household.inside())
        await other
    assert household.seen == [("event", "b1"), ("event", "b2")]


async def test_at_the_opening_the_desk_asks_how_each_account_stands_now() -> None:
    threshold, household = Threshold(Counters()), Household()
    threshold.watch("main", "okx", look)
    threshold.began("main", "private")
    threshold.noticed("main", "private")
    await threshold.tell(BLIND)
    threshold.joins("main", CONCERNED)
    threshold.watch("gone", "okx", look)
    threshold.joins("gone", CONCERNED)
    threshold.leaves("gone")
    threshold.leave("gone")
    threshold.report("main", "clock", [])
    threshold.report("main", "clock", FOUND)
    assert threshold.worst_danger("main") is None
    threshold.open(household.inside())
    assert household.seen == [
        ("joins", "main", CONCERNED),
        ("watch", "main", "okx", Sight(positions=2)),
        ("found", "main", "clock", FOUND),
    ]
    assert threshold.worst_danger("main") is Severity.CRITICAL


async def test_once_open_everything_goes_on_at_once() -> None:
    threshold, household = Threshold(Counters()), Household()
    threshold.open(household.inside())
    threshold.watch("main", "okx", look)
    threshold.began("main", "private")
    threshold.noticed("main", "private")
    await threshold.tell(BLIND)
    threshold.joins("main", CONCERNED)
    threshold.report("main", "clock", FOUND)
    await threshold.deliver([tick("a")])
    threshold.leaves("main")
    threshold.leave("main")
    assert household.seen == [
        ("watch", "main", "okx", Sight(positions=2)),
        ("began", "main", "private"),
        ("noticed", "main", "private"),
        ("tell", BLIND),
        ("joins", "main", CONCERNED),
        ("found", "main", "clock", FOUND),
        ("event", "a"),
        ("leaves", "main"),
        ("leave", "main"),
    ]


async def _compare(doors: ReconcileDoors) -> None:
    assert doors.holding is not None
    await doors.holding.hold_back("main")
    assert await doors.facts.read_fact("mark") == "mark, as stored"
    await doors.deliver([tick("a")])
    await doors.handled()
    await doors.facts.write_fact("mark", "1")
    await doors.desk.reconciled("main", AT, 1)
    await doors.desk.reconcile_failed("main", AT, "why")
    await doors.holding.let_go("main")


COMPARED = [
    ("hold back", "main"),
    ("missed", "a"),
    ("handled",),
    ("fact", "mark", "1"),
    ("reconciled", "main", AT, 1),
    ("not reconciled", "main", AT, "why"),
    ("let go", "main"),
]


async def test_a_comparison_of_records_waits_for_the_store() -> None:
    threshold, household = Threshold(Counters()), Household()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_compare(threshold.records))
        await asyncio.sleep(0)
        assert not household.seen
        threshold.open(household.inside())
    assert household.seen == COMPARED


@pytest.mark.parametrize("is_open", [False, True])
async def test_frames_are_kept_up_to_a_number_and_the_rest_is_counted(is_open: bool) -> None:
    counters = Counters()
    threshold = Threshold(counters)
    if is_open:
        threshold.open(Household().inside())
    for _ in range(KEPT_FRAMES_WAITING + 2):
        threshold.keep_frame(KeptFrame("main", "private", None, "why", AT, b""))
    assert threshold.kept.qsize() == KEPT_FRAMES_WAITING
    assert counters.value("frames_not_kept_total", account="main") == 2


async def test_once_it_is_shut_nobody_reaches_a_store_that_is_closed() -> None:
    threshold, household = Threshold(Counters()), Household()
    threshold.open(household.inside())
    await threshold.deliver([tick("before")])
    threshold.shut()
    async with asyncio.TaskGroup() as tasks:
        late = [
            tasks.create_task(threshold.records.facts.write_fact("mark", "later")),
            tasks.create_task(threshold.deliver([tick("after")])),  # type: ignore[arg-type]
        ]
        await asyncio.sleep(0)
        await threshold.tell(BLIND)
        assert threshold.worst_danger("main") is None
        assert not any(task.done() for task in late)
        for task in late:
            task.cancel()
    assert household.seen == [("event", "before")]


async def test_who_was_inside_when_it_was_shut_waits_until_cancelled() -> None:
    """What the closed store refuses is no error of an account."""
    threshold, reached, closed = Threshold(Counters()), asyncio.Event(), asyncio.Event()

    class Closing(Household):
        async def write_fact(self, key: str, value: str) -> None:
            reached.set()
            await closed.wait()
            raise StoreError("the store is closed")

    threshold.open(Closing().inside())
    writing = asyncio.ensure_future(threshold.records.facts.write_fact("mark", "now"))
    await reached.wait()
    threshold.shut()
    closed.set()
    done, _ = await asyncio.wait([writing], timeout=0.05)
    assert not done
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing


async def test_while_it_is_open_a_store_that_fails_is_told() -> None:
    class Failing(Household):
        async def write_fact(self, key: str, value: str) -> None:
            raise StoreError("no space left")

    threshold = Threshold(Counters())
    threshold.open(Failing().inside())
    with pytest.raises(StoreError, match="no space left"):
        await threshold.records.facts.write_fact("mark", "now")
