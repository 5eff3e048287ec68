"""Covers alertd/leader_notes.py"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from alertd.clock import Clock
from alertd.domain.events import LeadTradeFailed
from alertd.leader_notes import KEPT_EVERY_S, LeaderNotes
from alertd.leading.book import Book
from alertd.leading.followed import Followed
from alertd.leading.limits import Limits
from alertd.leading.units import Units

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Store(dict[str, str]):
    """Facts; `order` says what came first: what was told, or what is known of it."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []

    async def read_fact(self, key: str) -> str | None:
        return self.get(key)

    async def write_fact(self, key: str, value: str) -> None:
        self.order.append(key)
        self[key] = value

    async def handled(self) -> None:
        self.order.append("handled")


class Hand(Clock):
    """Monotonic time as the test sets it."""

    def __init__(self) -> None:
        self.at_s = 1000.0

    def monotonic_s(self) -> float:
        return self.at_s


@pytest.fixture
def store() -> Store:
    return Store()


def notes(store: Store, clock: Clock | None = None) -> LeaderNotes:
    return LeaderNotes("main", store, store.handled, clock or Hand())


async def test_what_was_told_stands_in_the_store_before_what_is_known_of_it(store: Store) -> None:
    await notes(store).put("T1", Followed(book=Book(revision=1)))
    assert store.order == ["handled", "leader:main:T1"]
    assert (await notes(store).of("T1")).book == Book(revision=1)
    assert await notes(store).of("T2") == Followed()


async def test_without_news_it_is_written_from_time_to_time(store: Store) -> None:
    clock = Hand()
    one = notes(store, clock)
    await one.put("T1", Followed(book=Book(revision=1)))
    store.order.clear()
    later = Followed(book=Book(revision=1), units=Units(value=Decimal(2)))
    await one.put("T1", later)
    assert store.order == []
    assert await one.of("T1") == later
    clock.at_s += KEPT_EVERY_S
    await one.put("T1", later)
    assert store.order == ["handled", "leader:main:T1"]


@pytest.mark.parametrize(
    "news", [Followed(missed=1), Followed(is_gone=True), Followed(view="own"), Followed(revision=1)]
)
async def test_what_must_not_be_forgotten_is_written_at_once(store: Store, news: Followed) -> None:
    one = notes(store)
    await one.put("T1", Followed())
    store.order.clear()
    await one.put("T1", news)
    assert store.order == ["handled", "leader:main:T1"]


async def test_who_is_followed_and_who_is_not_any_more(store: Store) -> None:
    one = notes(store)
    await one.put("T1", Followed(revision=3))
    await one.name(frozenset({"T2", "T1"}))
    assert await notes(store).named() == ("T1", "T2")
    await one.drop("T1")
    assert await one.of("T1") == await notes(store).of("T1") == Followed()


async def test_limits_are_the_last_ones_named(store: Store) -> None:
    usual = {"event_id": "e", "exchange": "okx", "account": "main", "received_at": NOW}
    one = notes(store)
    assert await one.limits([]) == Limits()
    assert store.order == []
    notices = [LeadTradeFailed(**usual, min_lead_equity=Decimal(least)) for least in (400, 500)]
    assert await one.limits(notices) == Limits(Decimal(500))
    assert await notes(store).limits([]) == Limits(Decimal(500))
