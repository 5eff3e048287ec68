"""The orders of a lead trader against those last known -> one event for each change. Pure.

An order that a list does not name is told as closed once a record says so, else once a second list misses
it too: one answer may come from a copy that lags. A record may also be the only trace of an order that was
opened and closed between two looks. Records of a part say nothing here: the size told that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec.structs import replace

from alertd.domain.leader_events import LeaderChange, LeaderMove
from alertd.leading.book import Book, Told, held_s, with_closed, with_samples
from alertd.leading.orders import ClosedOrder, Look, Order, by_key, price_move

_INSTANT = timedelta(microseconds=1)  # what ends in the moment of the first look is news
_REMEMBERED = ("size", "leverage", "entry_price", "mark_price", "profit_rate")


class Compared(NamedTuple):
    """`book` is to be stored once the events are. None: nothing can be said yet."""

    events: Sequence[LeaderChange]
    book: Book | None


def compare(
    book: Book | None,
    orders: Iterable[Order],
    records: Iterable[ClosedOrder],
    look: Look,
    *,
    is_complete: bool = True,
) -> Compared:
    """What differs from the book. What is known for the first time is nobody's news.

    `is_complete` False: the list may lack orders (unreadable rows, a page that changed), so none is missing.
    """
    named = by_key(orders)
    whole = {record.key: record for record in records if record.is_whole}
    if book is None:
        return Compared((), _first(named, whole, look) if is_complete else None)
    told = {one.key for one in book.closed}
    news = [record for record in whole.values() if _is_news(record, book, told)]
    named = {key: order for key, order in named.items() if key not in told and key not in whole}
    teller = _Teller(book, look)
    for record in sorted(news, key=lambda one: (one.closed_at or look.at, one.key)):
        teller.close(record)
    absent = [key for key in teller.orders if key not in named] if is_complete else []
    for key in [key for key in absent if key in book.missing]:
        teller.vanish(key)
    for order in named.values():
        teller.see(order)
    missed = absent if is_complete else [key for key in book.missing if key not in named]
    after = replace(teller.done(), missing=tuple(key for key in missed if key in teller.orders))
    return Compared(teller.events, after)


def _first(named: Mapping[str, Order], whole: Mapping[str, ClosedOrder], look: Look) -> Book:
    records = sorted(whole.values(), key=lambda one: (one.closed_at or look.at, one.key))
    open_ones = {key: order for key, order in named.items() if key not in whole}
    times = [one.opened_at for one in open_ones.values()] + [one.closed_at for one in records]
    book = Book(
        orders=open_ones,
        leverages=with_samples(
            with_samples((), [one.leverage for one in records]), [one.leverage for one in open_ones.values()]
        ),
        holds_s=with_samples((), [held_s(one, one.closed_at) for one in records]),
        moved_at=max((at for at in times if at is not None), default=look.at),
        closed_up_to=look.at - _INSTANT,
    )
    return with_closed(book, [Told(one.key, one.closed_at) for one in records])


def _is_news(record: ClosedOrder, book: Book, told: set[str]) -> bool:
    if record.key in told:
        return False
    if record.key in book.orders:
        return True
    up_to, at = book.closed_up_to, record.closed_at
    return at is not None and (up_to is None or at > up_to)


class _Teller:
    """Makes the events of one look, and the book after them."""

    def __init__(self, book: Book, look: Look) -> None:
        self._book = book
        self._look = look
        self.orders = dict(book.orders)
        self.events: list[LeaderChange] = []
        self._told: list[Told] = []

    def done(self) -> Book:
        return with_closed(replace(self._book, orders=self.orders), self._told)

    def close(self, record: ClosedOrder) -> None:
        """A record of a whole order: what was never seen open was opened, too."""
        order = self.orders.pop(record.key, None)
        if order is None:
            order = Order(
                key=record.key, instrument=record.instrument, direction=record.direction,
                margin_mode=record.margin_mode, opened_at=record.opened_at, size=record.size,
                leverage=record.leverage, entry_price=record.entry_price,
            )  # fmt: skip
            self._open(order)
        self._closed(
            order,
            record.closed_at,
            close_price=record.close_price,
            profit=record.profit,
            entry_price=record.entry_price or order.entry_price,
        )

    def vanish(self, key: str) -> None:
        """No record, and no list names it any more: closed, with a result nobody knows."""
        self._closed(self.orders.pop(key), None)

    def see(self, order: Order) -> None:
        before = self.orders.get(order.key)
        if before is None:
            self.orders[order.key] = order
            self._open(order)
            return
        now = _with_what_was_known(order, before)
        self.orders[order.key] = now
        if now.leverage != before.leverage and before.leverage is not None:
            more = {"leverage_before": before.leverage, **self._against_usual(now)}
            self._tell(LeaderMove.LEVERAGE_CHANGED, now, None, more)
            self._learn_leverage(now)
        if now.size is None or before.size is None or now.size == before.size:
            return
        move = LeaderMove.ORDER_GROWN if now.size > before.size else LeaderMove.ORDER_REDUCED
        self._tell(move, now, None, {"size_before": before.size, **self._against_usual(now)})

    def _open(self, order: Order) -> None:
        self._tell(LeaderMove.ORDER_OPENED, order, order.opened_at, self._against_usual(order))
        self._learn_leverage(order)

    def _closed(self, order: Order, closed_at: datetime | None, **more: Any) -> None:
        held = held_s(order, closed_at or self._look.at)
        fields = {"size": Decimal(0), "size_before": order.size, "held_for_s": held, **more}
        self._tell(LeaderMove.ORDER_CLOSED, order, closed_at, fields)
        self._told.append(Told(order.key, closed_at))
        self._book = replace(self._book, holds_s=with_samples(self._book.holds_s, [held]))

    def _learn_leverage(self, order: Order) -> None:
        self._book = replace(self._book, leverages=with_samples(self._book.leverages, [order.leverage]))

    def _against_usual(self, order: Order) -> dict[str, Decimal | None]:
        """Against what was usual before this order."""
        usual = self._book.median_leverage
        jump = order.leverage / usual if order.leverage is not None and usual is not None else None
        return {"median_leverage": usual, "leverage_jump": jump}

    def _tell(self, move: LeaderMove, order: Order, at: datetime | None, more: Mapping[str, Any]) -> None:
        look, book = self._look, self._book
        revision = book.revision + 1
        moved_at = max(at or look.at, book.moved_at or at or look.at)
        self._book = replace(book, revision=revision, moved_at=moved_at)
        fields: dict[str, Any] = {
            "size": order.size,
            "entry_price": order.entry_price,
            "held_for_s": held_s(order, look.at) if move is not LeaderMove.ORDER_OPENED else None,
            **more,
        }
        self.events.append(
            LeaderChange(
                event_id=f"{look.exchange}:{look.account}:leader/{look.trader}:{move}:{order.key}:{revision}",
                exchange=look.exchange,
                account=look.account,
                received_at=look.at,
                source=look.source,
                uid=look.uid,
                observed_at=at,
                instrument=order.instrument,
                direction=order.direction,
                margin_mode=order.margin_mode,
                margin_currency=look.currency,
                change=move,
                trader=look.trader,
                trader_name=look.trader_name,
                is_own=look.is_own,
                order_id=order.key,
                opened_at=order.opened_at,
                mark_price=order.mark_price,
                price_move=price_move(order.direction, order.entry_price, order.mark_price),
                profit_rate=order.profit_rate,
                leverage=order.leverage,
                revision=revision,
                **fields,
            )
        )


def _with_what_was_known(now: Order, before: Order) -> Order:
    """A figure that this list leaves empty is the one that was known."""
    return replace(
        now,
        opened_at=now.opened_at or before.opened_at,
        **{name: getattr(before, name) for name in _REMEMBERED if getattr(now, name) is None},
    )
