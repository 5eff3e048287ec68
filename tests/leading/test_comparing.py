"""Covers alertd/leading/comparing.py"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from msgspec.structs import replace

from alertd.domain.event import Direction
from alertd.domain.leader_events import LeaderChange, LeaderMove
from alertd.leading.book import TOLD_AT_MOST, Book, book_of
from alertd.leading.comparing import compare
from alertd.leading.orders import ClosedOrder, Look, Order

AT = datetime(2026, 11, 3, 12, tzinfo=UTC)
OPENED, GROWN, REDUCED, CLOSED, LEVERED = (
    LeaderMove.ORDER_OPENED, LeaderMove.ORDER_GROWN, LeaderMove.ORDER_REDUCED,
    LeaderMove.ORDER_CLOSED, LeaderMove.LEVERAGE_CHANGED,
)  # fmt: skip


def look(minutes: float = 0) -> Look:
    return Look(
        exchange="okx", account="main", trader="T1", at=AT + timedelta(minutes=minutes), currency="USDT"
    )


def order(key: str = "a", size: str | None = "1", leverage: str | None = "5", **given: object) -> Order:
    usual = {
        "instrument": "BTC-USDT-SWAP",
        "direction": Direction.LONG,
        "opened_at": AT - timedelta(hours=1),
        "size": None if size is None else Decimal(size),
        "leverage": None if leverage is None else Decimal(leverage),
        "entry_price": Decimal(100),
    }
    return Order(key=key, **{**usual, **given})


def record(key: str = "a", minutes: float = 1, **given: object) -> ClosedOrder:
    usual = {
        "opened_at": AT - timedelta(hours=1),
        "closed_at": AT + timedelta(minutes=minutes),
        "leverage": Decimal(5),
        "entry_price": Decimal(100),
        "close_price": Decimal(90),
        "profit": Decimal(-10),
    }
    return ClosedOrder(key=key, **{**usual, **given})


def first(*orders: Order, records: Sequence[ClosedOrder] = ()) -> Book:
    events, book = compare(None, orders, records, look())
    assert events == ()
    assert book is not None
    return book


def moves(events: Sequence[LeaderChange]) -> list[tuple[LeaderMove, str | None]]:
    return [(event.change, event.order_id) for event in events]


def test_what_is_known_for_the_first_time_is_nobodys_news() -> None:
    book = first(order("a"), records=[record("z", -5)])
    assert moves(compare(book, [order("a")], [record("z", -5)], look(1)).events) == []


def test_a_list_that_may_lack_orders_is_no_beginning() -> None:
    assert compare(None, [order()], [], look(), is_complete=False) == ((), None)


CHANGES = [
    ([order("a"), order("b")], [(OPENED, "b")]),
    ([order("a", "2")], [(GROWN, "a")]),
    ([order("a", "0.5")], [(REDUCED, "a")]),
    ([order("a", leverage="20")], [(LEVERED, "a")]),
    ([order("a", "2", "20")], [(LEVERED, "a"), (GROWN, "a")]),
    ([order("a", None, None)], []),
    ([order("a", profit_rate=Decimal(-3), mark_price=Decimal(70))], []),
    # Two rows of one key are one order.
    ([order("a", "0.4"), order("a", "0.6")], []),
    ([order("a", "1"), order("a", "1")], [(GROWN, "a")]),
]


@pytest.mark.parametrize(("orders", "wanted"), CHANGES)
def test_each_change_is_one_event(orders: list[Order], wanted: list[tuple[LeaderMove, str]]) -> None:
    events, book = compare(first(order("a")), orders, [], look(1))
    assert moves(events) == wanted
    assert moves(compare(book, orders, [], look(2)).events) == []


def test_a_change_says_what_was_before_and_how_it_stands() -> None:
    now = order("a", "3", mark_price=Decimal(90), profit_rate=Decimal("-0.5"))
    (event,) = compare(first(order("a")), [now], [], look(1)).events
    assert (event.size, event.size_before, event.price_move) == (Decimal(3), Decimal(1), Decimal("-0.1"))
    assert (event.profit_rate, event.trader, event.margin_currency) == (Decimal("-0.5"), "T1", "USDT")
    assert event.held_for_s == 3660


def test_a_figure_the_list_leaves_empty_is_as_it_was() -> None:
    _, book = compare(first(order("a", "1")), [order("a", None)], [], look(1))
    (event,) = compare(book, [order("a", "4")], [], look(2)).events
    assert event.size_before == 1


def test_a_record_tells_the_end_with_its_result_at_once_and_once() -> None:
    events, book = compare(first(order("a")), [], [record("a")], look(2))
    assert moves(events) == [(CLOSED, "a")]
    (event,) = events
    assert (event.profit, event.close_price, event.size, event.size_before) == (-10, 90, 0, 1)
    assert event.observed_at == AT + timedelta(minutes=1)
    assert event.held_for_s == 3660
    assert moves(compare(book, [order("a")], [record("a")], look(3)).events) == []


def test_without_a_record_one_answer_that_misses_it_is_not_enough() -> None:
    events, book = compare(first(order("a")), [], [], look(1))
    assert moves(events) == []
    assert moves(compare(book, [order("a", "2")], [], look(2)).events) == [(GROWN, "a")]
    events, book = compare(book, [], [], look(2))
    assert moves(events) == [(CLOSED, "a")]
    assert events[0].profit is None
    # A record that comes later tells nothing new.
    assert moves(compare(book, [], [record("a")], look(3)).events) == []


def test_a_list_that_may_lack_orders_ends_none() -> None:
    book = first(order("a"))
    for minutes in (1, 2, 3):
        events, book = compare(book, [], [], look(minutes), is_complete=False)
        assert moves(events) == []
    # One complete list that misses it is the first that counts.
    events, book = compare(book, [], [], look(4))
    assert moves(events) == []
    _, seen = compare(book, [order("a")], [], look(5), is_complete=False)
    assert moves(compare(seen, [], [], look(6)).events) == []


def test_the_next_order_of_the_same_instrument_is_another() -> None:
    events, _ = compare(first(order("a/1")), [order("a/2")], [record("a/1")], look(1))
    assert sorted(moves(events)) == [(CLOSED, "a/1"), (OPENED, "a/2")]


def test_what_was_opened_and_closed_between_two_looks_is_told_from_its_record() -> None:
    events, book = compare(first(), [], [record("b", opened_at=AT + timedelta(seconds=10))], look(2))
    assert moves(events) == [(OPENED, "b"), (CLOSED, "b")]
    assert moves(compare(book, [], [record("b")], look(3)).events) == []


def test_a_record_of_a_part_says_nothing() -> None:
    part = record("a", is_whole=False)
    assert moves(compare(first(order("a")), [order("a", "0.5")], [part], look(1)).events) == [(REDUCED, "a")]
    assert moves(compare(first(), [], [record("c", is_whole=False)], look(1)).events) == []


def test_records_from_before_the_first_look_are_no_news_whenever_they_can_be_read() -> None:
    assert moves(compare(first(), [], [record("z", -1)], look(5)).events) == []


def test_leverage_is_told_against_what_was_usual_before() -> None:
    book = first(records=[record(f"r{count}", -count - 1) for count in range(5)])
    (event,) = compare(book, [order("a", leverage="20")], [], look(1)).events
    assert (event.median_leverage, event.leverage_jump) == (5, 4)
    few = first(records=[record(f"r{count}", -count - 1) for count in range(4)])
    (event,) = compare(few, [order("a", leverage="20")], [], look(1)).events
    assert (event.median_leverage, event.leverage_jump) == (None, None)


def test_what_was_told_is_remembered_within_bounds() -> None:
    book: Book | None = first()
    many = [record(f"r{count}", 1 + count / 60) for count in range(TOLD_AT_MOST + 50)]
    events, book = compare(book, [], many, look(10))
    assert len(events) == 2 * len(many)
    assert book is not None
    assert len(book.closed) == TOLD_AT_MOST
    assert moves(compare(book, [], many, look(11)).events) == []


def test_a_book_of_another_version_is_none() -> None:
    assert book_of(None) is None
    assert book_of('{"orders": 3}') is None
    assert book_of("no json") is None


class Market(RuleBasedStateMachine):
    """A trader trades, somebody looks now and then, and the process is killed at any time.

    What is looked at is the truth, save that records may come late and single answers may lack an order.
    Told must be what differs between the looks, each once, in whatever order the looks and kills come.
    """

    def __init__(self) -> None:
        super().__init__()
        self.minutes = 0.0
        self.open: dict[str, Order] = {}
        self.records: list[ClosedOrder] = []
        self.late: list[ClosedOrder] = []
        self.count = 0
        self.stored: str | None = None
        self.told: set[str] = set()
        self.seen: dict[str, Order] = {}  # what must be known of the trader by what was told alone
        self.closed: set[str] = set()

    @rule(size=st.integers(1, 3), leverage=st.integers(1, 4))
    def opens(self, size: int, leverage: int) -> None:
        self.count += 1
        key = f"o{self.count}"
        at = AT + timedelta(minutes=self.minutes)
        self.open[key] = order(key, str(size), str(leverage), opened_at=at)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), size=st.integers(1, 4), leverage=st.integers(1, 4))
    def changes(self, data: st.DataObject, size: int, leverage: int) -> None:
        key = data.draw(st.sampled_from(sorted(self.open)))
        self.open[key] = replace(self.open[key], size=Decimal(size), leverage=Decimal(leverage))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), is_late=st.booleans())
    def closes(self, data: st.DataObject, is_late: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.open)))
        gone = self.open.pop(key)
        done = record(key, self.minutes, opened_at=gone.opened_at, leverage=gone.leverage, size=gone.size)
        (self.late if is_late else self.records).append(done)

    @rule()
    def records_arrive(self) -> None:
        self.records += self.late
        self.late = []

    @rule(is_killed=st.booleans())
    def looks(self, is_killed: bool) -> None:
        """Killed: told, but not stored; the next look begins where the last one did."""
        self.look(list(self.open.values()), is_killed=is_killed)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def looks_at_a_list_that_lags(self, data: st.DataObject) -> None:
        """One answer lacks orders; the next one is whole again, as one that lags is."""
        lacking = data.draw(st.sets(st.sampled_from(sorted(self.open))))
        partly = [one for key, one in self.open.items() if key not in lacking]
        for listed in (list(self.open.values()), partly, list(self.open.values())):
            self.look(listed, is_killed=False)

    def look(self, listed: list[Order], *, is_killed: bool) -> None:
        self.minutes += 1
        events, book = compare(book_of(self.stored), listed, self.records, look(self.minutes))
        assert len({event.event_id for event in events}) == len(events)
        if is_killed:
            return  # of no consequence: the next look tells what is the case then
        assert book is not None
        if self.stored is None:
            self.seen = dict(self.open)
            self.closed = {one.key for one in (*self.records, *self.late)}
        self.stored = book.encoded()
        assert not self.told & {event.event_id for event in events}, "one name for two events"
        self.told |= {event.event_id for event in events}
        self.note(events)

    def note(self, events: Sequence[LeaderChange]) -> None:
        for event in events:
            key = event.order_id or ""
            if event.change is OPENED:
                assert key not in self.seen, "opened twice"
                assert key not in self.closed, "opened after its end"
            else:
                assert key in self.seen, "told of an order nobody opened"
            if event.change is CLOSED:
                self.closed.add(key)
                del self.seen[key]
                continue
            before = self.seen.get(key)
            now = order(key, str(event.size), str(event.leverage), opened_at=event.opened_at)
            if event.change in (GROWN, REDUCED):
                assert before is not None
                assert before.size != now.size, "told a change of size that was none"
            if event.change is LEVERED:
                assert before is not None
                assert before.leverage != now.leverage, "told a change of leverage that was none"
                now = replace(now, size=before.size)  # its own event tells the size
            self.seen[key] = now

    @rule()
    def after_two_quiet_looks_all_is_told(self) -> None:
        for _ in range(2):
            self.look(list(self.open.values()), is_killed=False)
        assert {key: (one.size, one.leverage) for key, one in self.seen.items()} == {
            key: (one.size, one.leverage) for key, one in self.open.items()
        }
        assert {one.key for one in self.records} <= self.closed
        told = len(self.told)
        self.look(list(self.open.values()), is_killed=False)
        assert len(self.told) == told, "told again"

    def teardown(self) -> None:
        self.after_two_quiet_looks_all_is_told()


Market.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestMarket = Market.TestCase
