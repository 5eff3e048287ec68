"""The exchange's answers about one account -> events for what its streams have not told. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from alertd.domain.events import Event, MarginState, PositionSnapshot
from alertd.exchanges.okx import answer_rows, decode, push_rows, wire
from alertd.exchanges.okx.bills import Span, find_in_bills, holdings_of
from alertd.exchanges.okx.history import Mark, find_liquidations, sizes_of
from alertd.exchanges.okx.observed import Answered, Observed
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.records import read_records
from alertd.exchanges.okx.requests import InstrumentFilter


class Answers(NamedTuple):
    """What was asked, in this order: what was open, then what had been closed by then, then (now and then)
    what stands in the bills.
    """

    positions: Answered[push_rows.PositionRow]
    balance: Answered[push_rows.AccountRow]
    closed: Answered[answer_rows.HistoryRow]
    bills: Answered[answer_rows.BillRow] | None = None


class Outcome(NamedTuple):
    """`missed`: how many liquidations and ends only the records told. `unreadable`: reasons, one per row."""

    events: Sequence[Event]
    missed: int
    unreadable: Sequence[str]
    mark: Mark


class Asked(NamedTuple):
    """Whom it concerns. `offset`: the exchange's clock minus ours; `received_at`: when all was answered."""

    account: str
    uid: str | None
    narrowing: Sequence[InstrumentFilter]
    offset: timedelta
    received_at: datetime


def reconcile(asked: Asked, answers: Answers, book: PositionBook, mark: Mark) -> Outcome:
    """Liquidations come first, the set of what is open last: so the end of a position finds its reason."""
    sizes = None if answers.positions.bad else sizes_of(answers.positions.rows)
    found = find_liquidations(
        answers.closed.rows,
        answers.closed.bad,
        _seen(asked, answers.closed),
        mark,
        book,
        answers.closed.asked_at + asked.offset,
        sizes,
    )
    after, liquidations, unreadable = found.mark, list(found.liquidations), list(found.unreadable)
    if answers.bills is not None:
        billed_at, told_ms = answers.bills.asked_at + asked.offset, found.told_ms
        billed = find_in_bills(
            answers.bills.rows,
            answers.bills.bad,
            _seen(asked, answers.bills),
            told_ms,
            holdings_of(answers.positions.rows, answers.closed.rows, sizes),
            Span.of(mark.bills_from, billed_at),
        )
        after = after.after_bills(billed_at, told_ms)
        liquidations += billed.liquidations
        unreadable += billed.unreadable
    events: list[Event] = [*liquidations]
    if book.takes_balance(answers.balance.asked_at):
        seen = _seen(asked, answers.balance)
        if answers.balance.rows and not answers.balance.bad:
            book.copy_equity.take(answers.balance.rows, names_all=True)
        reading = decode.decode_account(answers.balance.rows, answers.balance.bad, seen, book)
        events += reading.events
        unreadable += reading.unreadable
    observed_at = answers.positions.asked_at + asked.offset
    rows, reasons = read_records(answers.positions.rows, answers.positions.bad, asked.narrowing, observed_at)
    events += book.compare(rows, _seen(asked, answers.positions))
    events.sort(key=lambda event: isinstance(event, PositionSnapshot))
    missed = len(liquidations) + sum(isinstance(one, MarginState) and not one.open for one in events)
    return Outcome(events, missed, [*unreadable, *reasons], after)


def _seen(asked: Asked, answered: Answered[wire.Row]) -> Observed:
    return Observed(
        asked.account, "records", asked.uid, asked.received_at, answered.body, asked_at=answered.asked_at
    )
