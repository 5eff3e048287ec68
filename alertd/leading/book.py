"""What is known of a lead trader from one look to the next, as a value that can be stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from statistics import median

import msgspec

from alertd.leading.orders import ClosedOrder, Order

SAMPLES_AT_MOST = 50  # what is usual for a trader is what it did lately
SAMPLES_AT_LEAST = 5  # fewer say nothing of what is usual
TOLD_AT_MOST = 300


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """An order that was told as closed, so that a late record or list does not tell it again."""

    key: str
    closed_at: datetime | None = None


class Book(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`missing`: keys that the last list did not name. `closed`: those told, the newest last; what was
    closed up to `closed_up_to` was told, or is too old to be news. `revision` counts the events.
    """

    orders: dict[str, Order] = {}
    missing: tuple[str, ...] = ()
    closed: tuple[Told, ...] = ()
    closed_up_to: datetime | None = None
    leverages: tuple[Decimal, ...] = ()
    holds_s: tuple[Decimal, ...] = ()
    moved_at: datetime | None = None  # when it last did something
    revision: int = 0

    def encoded(self) -> str:
        """For the store."""
        return msgspec.json.encode(self).decode()

    @property
    def median_leverage(self) -> Decimal | None:
        """Of the orders so far; None where too few are known."""
        return usual(self.leverages)

    @property
    def median_hold_s(self) -> Decimal | None:
        """Of the closed orders so far; None where too few are known."""
        return usual(self.holds_s)


def book_of(text: str | None) -> Book | None:
    """As it was stored; None where nothing is known, or another version wrote it."""
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Book)
    except msgspec.MsgspecError:
        return None


def resumed(book: Book, former: Book) -> Book:
    """A book that began anew: what is usual for the trader is known still, and its changes are counted on."""
    return msgspec.structs.replace(
        book,
        leverages=former.leverages or book.leverages,
        holds_s=former.holds_s or book.holds_s,
        revision=former.revision,
    )


def usual(samples: Sequence[Decimal]) -> Decimal | None:
    """The median of enough samples."""
    return median(samples) if len(samples) >= SAMPLES_AT_LEAST else None


def with_samples(known: Sequence[Decimal], more: Iterable[Decimal | None]) -> tuple[Decimal, ...]:
    """The newest ones that can be used; what is not above zero is no sample."""
    usable = [sample for sample in more if sample is not None and sample.is_finite() and sample > 0]
    return (*known, *usable)[-SAMPLES_AT_MOST:]


def with_closed(book: Book, told: Iterable[Told]) -> Book:
    """These are told. Where they become too many, the oldest are known by their time only."""
    closed = (*book.closed, *told)
    dropped, kept = closed[:-TOLD_AT_MOST], closed[-TOLD_AT_MOST:]
    times = [one.closed_at for one in dropped if one.closed_at is not None]
    up_to = max([*times, *([book.closed_up_to] if book.closed_up_to else [])], default=None)
    return msgspec.structs.replace(book, closed=kept, closed_up_to=up_to)


def held_s(record: ClosedOrder | Order, until: datetime | None) -> Decimal | None:
    """How long it was held; None where that is not known."""
    if record.opened_at is None or until is None:
        return None
    return Decimal(max(0, round((until - record.opened_at).total_seconds())))
