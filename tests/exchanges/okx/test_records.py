"""Covers alertd/exchanges/okx/records.py, and what the book of positions makes of records."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alertd.domain.events import MarginState, PositionSnapshot, Source
from alertd.exchanges.okx import push_rows, wire
from alertd.exchanges.okx.observed import Observed
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.records import SETTLED_S, Shown, is_newer, read_records
from alertd.exchanges.okx.requests import subscriptions
from alertd.exchanges.okx.settings import Instrument
from tests.exchanges.okx.frames import NOW, Line, compact, load, new_exchange, push_of, row_of

ISOLATED = "positions_isolated_short"
SHORT = "SOL-USDT-SWAP/short/isolated"
EVERYTHING = (Instrument(),)
LONG_AGO = timedelta(seconds=SETTLED_S)


@pytest.mark.parametrize(
    ("pushed_s", "known", "updated", "counts"),
    [
        (None, None, None, True),
        (None, None, 5, True),
        (None, 5, 4, False),  # the records tell of an earlier change
        (0.1, 5, 5, False),  # pushed after they were asked
        (0.1, 5, 6, True),
        (0.0, 5, None, False),
        (0.0, None, 6, False),
        (-1, 5, 6, True),  # a later change, though the push is young
        (-1, 5, 5, False),
        (-1, 5, None, False),  # absent from a copy that lags
        (-1, None, 6, False),
        (-SETTLED_S, 5, 5, True),
        (-SETTLED_S, 5, None, True),
        (-SETTLED_S, 5, 4, False),
        (-SETTLED_S, None, 4, True),
    ],
)
def test_which_of_the_two_is_newer(pushed_s, known, updated, counts):
    at = None if pushed_s is None else NOW + timedelta(seconds=pushed_s)
    assert is_newer(Shown(at, known), updated, NOW) is counts


@pytest.mark.parametrize(
    ("narrowing", "kept"),
    [
        (EVERYTHING, ["SWAP", "FUTURES", "MARGIN"]),
        ((Instrument(inst_type="SWAP"),), ["SWAP"]),
        ((Instrument(inst_family="BTC-USD"),), ["FUTURES"]),
        ((Instrument(inst_type="SWAP"), Instrument(inst_id="BTC-USDT")), ["SWAP", "MARGIN"]),
    ],
)
def test_records_are_narrowed_as_the_channel_is(narrowing, kept):
    rows = [
        push_rows.PositionRow(instType=kind, instId=name, posId=kind, pos="0")
        for kind, name in (("SWAP", "SOL-USDT-SWAP"), ("FUTURES", "BTC-USD-271231"), ("MARGIN", "BTC-USDT"))
    ]
    read, _ = read_records(rows, (), narrowing, NOW)
    assert list(read.entries) == kept


class Account:
    """A book, the connection that feeds it, and what its events leave open."""

    def __init__(self) -> None:
        self.book = PositionBook()
        self.line = Line(new_exchange(book=self.book))
        self.open: dict[str, MarginState] = {}
        self.told: list[object] = []

    def push(self, frame: bytes, at: datetime = NOW) -> None:
        self._take(self.line.reader.read(frame, at).events)

    def ask(self, *rows: dict, asked_at: datetime = NOW, bad=()) -> None:
        decoded = [wire.read_one(compact(row), push_rows.PositionRow) for row in rows]
        read, _ = read_records(decoded, bad, EVERYTHING, asked_at)
        self._take(self.book.compare(read, Observed("main", "records", None, asked_at, b"[]", asked_at)))

    def _take(self, events) -> None:
        self.told = list(events)
        for event in events:
            if isinstance(event, MarginState) and event.open:
                self.open[event.subject] = event
            elif isinstance(event, MarginState):
                del self.open[event.subject]
            elif isinstance(event, PositionSnapshot):
                assert event.subjects == self.open.keys()


def record(**changes) -> dict:
    return {key: value for key, value in row_of(ISOLATED, **changes).items() if key != "pTime"}


def snapshot(*rows) -> bytes:
    return compact({**load("positions_empty_snapshot"), "data": list(rows)})


def test_what_was_opened_while_nobody_watched_is_found():
    account = Account()
    account.ask(record())
    [state, everything] = account.told
    assert (state.subject, state.source, state.observed_at) == (SHORT, Source.RECONCILE, NOW)
    assert (everything.source, everything.subjects) == (Source.RECONCILE, {SHORT})
    # Old as it is, it must not look as if it had just been opened.
    assert state.opening_margin_ratio != state.margin_ratio


def test_what_ended_while_nobody_watched_is_found():
    account = Account()
    account.push(snapshot(row_of(ISOLATED)))
    account.line.reader.closed()
    account.ask(asked_at=NOW + LONG_AGO)
    assert account.open == {}
    assert [event.source for event in account.told] == [Source.RECONCILE] * 2


def test_records_that_change_nothing_say_what_is_open_and_no_more():
    account = Account()
    account.push(snapshot(row_of(ISOLATED)))
    account.ask(record(), asked_at=NOW + timedelta(seconds=1))
    [everything] = account.told
    assert (everything.subjects, everything.after_gap) == ({SHORT}, False)


def test_what_only_the_records_showed_ends_when_a_connection_shows_everything_without_it():
    account = Account()
    account.ask(record())
    account.push(snapshot(), NOW)  # on its way when they were asked
    assert list(account.open) == [SHORT]
    account.push(snapshot(), NOW + timedelta(seconds=1))
    assert account.open == {}


def test_what_a_push_has_shown_since_belongs_to_the_pushes():
    account = Account()
    account.ask(record())
    account.push(snapshot(row_of(ISOLATED)), NOW + timedelta(seconds=1))
    assert account.open[SHORT].source is Source.PUSH
    account.push(snapshot(), NOW + timedelta(seconds=6))
    assert account.open == {}


def test_a_push_after_a_record_is_told_as_a_push():
    account = Account()
    account.push(snapshot(row_of(ISOLATED)))
    account.ask(record(markPx="203"), asked_at=NOW + LONG_AGO)
    assert account.open[SHORT].source is Source.RECONCILE
    account.push(
        push_of(ISOLATED, row_of(ISOLATED, markPx="202"), eventType="event_update"), NOW + 2 * LONG_AGO
    )
    assert account.open[SHORT].source is Source.PUSH


def test_a_lagging_copy_does_not_open_again_what_a_snapshot_showed_gone():
    account = Account()
    account.push(snapshot(row_of(ISOLATED)))
    account.push(snapshot(), NOW + timedelta(seconds=1))
    changed_since = record(uTime=str(int(row_of(ISOLATED)["uTime"]) + 500))
    account.ask(changed_since, asked_at=NOW + timedelta(seconds=2))
    assert account.open == {}


def test_an_answer_from_before_a_snapshot_opens_nothing_though_the_connection_is_gone():
    account = Account()
    account.push(snapshot(), NOW + timedelta(seconds=1))
    account.line.reader.closed()
    account.ask(record(), asked_at=NOW)
    assert account.open == {}


def test_an_answer_from_before_a_snapshot_does_not_open_again_what_had_ended_long_before():
    account = Account()
    account.push(snapshot(row_of(ISOLATED)))
    account.push(snapshot(), NOW + timedelta(seconds=1))
    account.line.reader.closed()
    account.line.reader = account.line.stream.opened()
    account.push(snapshot(), NOW + 2 * LONG_AGO)
    account.ask(record(), asked_at=NOW + 2 * LONG_AGO - timedelta(milliseconds=1))
    assert account.open == {}


def test_a_row_that_cannot_be_read_ends_nothing():
    account = Account()
    account.push(snapshot(row_of(ISOLATED)))
    account.ask(asked_at=NOW + LONG_AGO, bad=[wire.BadRow(b"{", "garbage")])
    assert list(account.open) == [SHORT]
    assert account.told == []


@pytest.mark.parametrize("is_first", [True, False])
def test_the_first_snapshot_after_a_gap_says_so(is_first):
    account = Account()
    if not is_first:
        account.push(snapshot(row_of(ISOLATED)))
        account.line.opened()
    account.push(snapshot())
    assert [event.after_gap for event in account.told] == [True] if is_first else [True, True]
    account.push(snapshot(row_of(ISOLATED)))
    account.push(snapshot())
    assert not any(event.after_gap for event in account.told)


def test_a_connection_that_shows_no_positions_watches_none():
    account = Account()
    account.push(snapshot(row_of(ISOLATED)))
    account.line.reader.closed()
    lead = new_exchange(subscriptions("business", ()), account.book, "business")
    lead.opened()
    account.line.reader = account.line.stream.opened()
    account.push(snapshot())
    assert [event.after_gap for event in account.told] == [True, True]


def test_a_replaced_connection_is_no_gap():
    account = Account()
    account.push(snapshot(row_of(ISOLATED)))
    account.line.reader = account.line.stream.opened()  # the old one is still there
    account.push(snapshot())
    assert [event.after_gap for event in account.told] == [False, False]


# --- any order of changes, pushes and answers ---------------------------------------------------------

NAMES = ("SOL-USDT-SWAP", "ETH-USDT-SWAP", "BTC-USDT-SWAP")
GONE = 0


class Exchange(RuleBasedStateMachine):
    """A stream that may be cut, and records read from a copy that lags by less than `SETTLED_S`.

    Each change of a position has a number, which is its size; odd numbers are open, even ones gone.
    """

    @initialize()
    def begin(self) -> None:
        self.account = Account()
        self.now_ms = int(NOW.timestamp() * 1000)
        self.history: dict[str, list[tuple[int, int]]] = {name: [] for name in NAMES}
        self.under_way: deque[tuple[bytes, dict[str, int]]] = deque()
        self.pushed = dict.fromkeys(NAMES, GONE)
        self.asked: tuple[datetime, dict[str, tuple[int, int]]] | None = None
        self.asked_ms = 0
        self.is_up = False
        self.connect()

    def at(self, ms: int) -> datetime:
        return NOW + timedelta(milliseconds=ms - int(NOW.timestamp() * 1000))

    def as_of(self, ms: int) -> dict[str, tuple[int, int]]:
        """Version and time of the last change of each position, up to a moment."""
        return {
            name: max((change for change in changes if change[1] <= ms), default=(GONE, 0))
            for name, changes in self.history.items()
        }

    def row(self, name: str, version: int, updated: int) -> dict:
        open_size = version if version % 2 else 0
        number = NAMES.index(name) + 1
        return row_of(
            ISOLATED,
            instId=name,
            posId=str(number),
            pos=str(-open_size),
            uTime=str(updated),
            pTime=str(self.now_ms),
        )

    def rows(self, state: dict[str, tuple[int, int]]) -> list[dict]:
        return [self.row(name, *change) for name, change in state.items() if change[0] % 2]

    def _send_snapshot(self) -> None:
        now = self.as_of(self.now_ms)
        self.under_way.append((snapshot(*self.rows(now)), {name: one[0] for name, one in now.items()}))

    @rule(ms=st.sampled_from([1, 400, 3_000, 9_000, 30_000]))
    def pass_time(self, ms: int) -> None:
        self.now_ms += ms

    @rule(name=st.sampled_from(NAMES))
    def change(self, name: str) -> None:
        self.now_ms += 1
        version = len(self.history[name]) + 1
        self.history[name].append((version, self.now_ms))
        if self.is_up:
            row = self.row(name, version, self.now_ms)
            update = push_of(ISOLATED, row, eventType="event_update", curPage=None, lastPage=None)
            self.under_way.append((update, {name: version}))

    @precondition(lambda self: self.is_up)
    @rule()
    def regular(self) -> None:
        self._send_snapshot()

    @precondition(lambda self: self.under_way)
    @rule()
    def arrive(self) -> None:
        self.now_ms += 1
        while self.under_way:
            frame, versions = self.under_way.popleft()
            self.account.push(frame, self.at(self.now_ms))
            self.pushed |= versions

    @precondition(lambda self: self.is_up)
    @rule()
    def cut(self) -> None:
        self.is_up = False
        self.under_way.clear()
        self.account.line.reader.closed()

    @precondition(lambda self: not self.is_up)
    @rule()
    def connect(self) -> None:
        self.is_up = True
        self.account.line.reader = self.account.line.stream.opened()
        self._send_snapshot()

    @precondition(lambda self: self.asked is None)
    @rule(lag_ms=st.integers(0, int(SETTLED_S * 1000) - 1))
    def ask(self, lag_ms: int) -> None:
        # Asked again only when a copy cannot be older than the one read before.
        self.now_ms = max(self.now_ms, self.asked_ms + int(SETTLED_S * 1000))
        self.asked_ms = self.now_ms
        self.asked = self.at(self.now_ms), self.as_of(self.now_ms - lag_ms)

    @precondition(lambda self: self.asked is not None)
    @rule()
    def answer(self) -> None:
        asked_at, state = self.asked
        self.asked = None
        self.account.ask(*self.rows(state), asked_at=asked_at)
        for name in NAMES:
            assert self.could_be(name, self.pushed[name]), f"{name} is older than what a push has told"

    def could_be(self, name: str, least: int) -> bool:
        """Whether what is told of the position was so at or after that change."""
        told = self.account.open.get(f"{name}/short/isolated")
        if told is not None:
            return int(told.position_size) >= least
        return any(version % 2 == 0 for version in range(least, len(self.history[name]) + 1))

    @precondition(lambda self: self.is_up)
    @rule()
    def come_to_rest(self) -> None:
        """Whatever the records made of it: a moment later everything is as it is."""
        self.now_ms += 1
        self._send_snapshot()
        self.arrive()
        truth = {f"{name}/short/isolated": v for name, (v, _) in self.as_of(self.now_ms).items() if v % 2}
        assert {name: int(event.position_size) for name, event in self.account.open.items()} == truth

    @precondition(lambda self: not self.is_up)
    @rule()
    def rest_without_a_stream(self) -> None:
        """Where nothing is pushed the records tell it all."""
        self.asked = None
        self.now_ms += 30_000
        self.ask(0)
        self.answer()
        truth = {f"{name}/short/isolated": v for name, (v, _) in self.as_of(self.now_ms).items() if v % 2}
        assert {name: int(event.position_size) for name, event in self.account.open.items()} == truth

    @invariant()
    def find_agrees(self) -> None:
        for event in self.account.open.values():
            assert self.account.book.find(event.position_id) is not None


TestAnyOrder = Exchange.TestCase
TestAnyOrder.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


@given(st.lists(st.tuples(st.sampled_from(["push", "ask"]), st.booleans()), max_size=20))
def test_records_and_pushes_never_leave_a_position_nobody_can_end(steps):
    account, now = Account(), NOW
    for how, is_open in steps:
        now += timedelta(seconds=11)
        if how == "push":
            account.push(snapshot(*([row_of(ISOLATED)] if is_open else [])), now)
        else:
            account.ask(*([record()] if is_open else []), asked_at=now)
    account.push(snapshot(), now + timedelta(seconds=1))
    assert account.open == {}
