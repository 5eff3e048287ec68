"""Covers alertd/leading/book.py"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from alertd.leading.book import (
    SAMPLES_AT_MOST,
    TOLD_AT_MOST,
    Book,
    Told,
    book_of,
    held_s,
    resumed,
    usual,
    with_closed,
    with_samples,
)
from alertd.leading.orders import Order

AT = datetime(2026, 11, 3, 12, tzinfo=UTC)
FIVE = tuple(Decimal(value) for value in (1, 2, 3, 40, 50))


def test_a_book_is_stored_without_loss() -> None:
    book = Book(
        orders={"a": Order(key="a", size=Decimal("1.50"), opened_at=AT)},
        missing=("a",),
        closed=(Told("b", AT), Told("c")),
        closed_up_to=AT,
        leverages=FIVE,
        holds_s=FIVE,
        moved_at=AT,
        revision=7,
    )
    assert book_of(book.encoded()) == book
    assert (book.median_leverage, book.median_hold_s) == (3, 3)


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"revision": "x"}'])
def test_what_cannot_be_read_is_no_book(text: str | None) -> None:
    assert book_of(text) is None


def test_few_samples_say_nothing_of_what_is_usual() -> None:
    assert usual(FIVE[:4]) is None
    assert usual(FIVE) == 3


def test_the_newest_samples_are_kept_and_none_that_is_no_figure() -> None:
    odd = [None, Decimal(0), Decimal(-1), Decimal("NaN")]
    assert with_samples((), odd) == ()
    many = [Decimal(value) for value in range(1, SAMPLES_AT_MOST + 11)]
    assert with_samples((), many)[0] == 11


def test_the_oldest_that_were_told_are_known_by_their_time_only() -> None:
    told = [Told(str(count), AT + timedelta(seconds=count)) for count in range(TOLD_AT_MOST + 2)]
    book = with_closed(Book(), told)
    assert len(book.closed) == TOLD_AT_MOST
    assert book.closed_up_to == AT + timedelta(seconds=1)
    assert with_closed(book, []).closed_up_to == book.closed_up_to


def test_how_long_it_was_held_is_never_below_zero() -> None:
    assert held_s(Order(key="a", opened_at=AT), AT + timedelta(minutes=1)) == 60
    assert held_s(Order(key="a", opened_at=AT), AT - timedelta(minutes=1)) == 0
    assert held_s(Order(key="a"), AT) is None


def test_a_book_that_begins_anew_knows_what_is_usual_and_counts_on() -> None:
    anew = resumed(Book(leverages=(Decimal(9),)), Book(leverages=FIVE, revision=4))
    assert (anew.leverages, anew.revision, anew.orders) == (FIVE, 4, {})
    assert resumed(Book(leverages=(Decimal(9),)), Book()).leverages == (9,)
