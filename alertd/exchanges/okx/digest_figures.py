"""What OKX last told of leading and copying, as the daily digest holds it. Pure."""

from __future__ import annotations

from alertd.domain.copy_digest import CopiedLeader, LedFigures
from alertd.domain.errors import DecodeError
from alertd.exchanges.okx.lead_wire import RECORDS, CopyAccountRow, SubPositionRow
from alertd.exchanges.okx.observed import Answered
from alertd.exchanges.okx.sub_positions import copy_equity, read_records
from alertd.leading.book import Book
from alertd.leading.digest import led_orders, led_results

UNASKED = ("shared", "week")
_LONGEST_NAME = 128


def copied_leader(row: CopyAccountRow) -> CopiedLeader:
    """What was won or lost with it, open positions included, is what it is worth beyond what was put in."""
    try:
        equity, put_in = copy_equity(row)
    except DecodeError:
        equity = put_in = None
    net = None if equity is None or put_in is None else equity - put_in
    name = row.nickName[:_LONGEST_NAME] or None
    return CopiedLeader(trader=row.uniqueCode, name=name, equity=equity, net_profit=net)


def led_figures(
    book: Book | None, records: Answered[SubPositionRow], trader: str, followers: int | None
) -> LedFigures:
    """Of an account that leads as `trader`."""
    keys = {order.key for order in book.orders.values()} if book is not None else set[str]()
    read = read_records(records, keys, trader)
    times = [one.closed_at for one in read.records if one.closed_at is not None]
    return LedFigures(
        leads=True,
        orders=led_orders(book),
        closed=None if read.unreadable else led_results(read.records),
        closed_from=None if len(records.rows) < RECORDS else min(times, default=None),
        followers=followers,
        unasked=UNASKED,
    )
