"""Covers alertd/relating.py: a scripted exchange."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alertd.clock import Clock
from alertd.domain.coverage import BlindSpot, Unseen
from alertd.domain.errors import Disposition, RequestRefused, RequestUnavailable
from alertd.domain.events import CopyRelation
from alertd.exchanges.okx import answer_rows, wire
from alertd.exchanges.okx.observed import Answered
from alertd.exchanges.okx.rest import AccountConfig
from alertd.relating import Relations

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Exchange:
    """Answers by what it is told to, and says what it was asked."""

    def __init__(self) -> None:
        self.copied: list[answer_rows.LeadTraderRow] = []
        self.bad: list[wire.BadRow] = []
        self.followers = ""
        self.failure: Exception | None = None
        self.asked: list[str] = []

    async def copied_traders(self) -> Answered[Any]:
        return self._answer("traders", self.copied)

    async def copy_config(self) -> Answered[Any]:
        role = answer_rows.CopyRoleRow(instType="SWAP", roleType="1", copyTraderNum=self.followers)
        return self._answer("followers", [answer_rows.CopyConfigRow(details=[role])])

    def _answer(self, what: str, rows: list[Any]) -> Answered[Any]:
        self.asked.append(what)
        if self.failure is not None:
            raise self.failure
        return Answered(tuple(rows), tuple(self.bad), NOW, b"{}")


class Facts(dict[str, str]):
    async def read_fact(self, key: str) -> str | None:
        return self.get(key)

    async def write_fact(self, key: str, value: str) -> None:
        self[key] = value


def account(role: Any) -> AccountConfig:
    return AccountConfig("90210", role, "futures", "net_mode", frozenset({"read_only"}), "3", ())


def relations(exchange: Exchange, facts: Facts, role: str = "auto") -> Relations:
    return Relations("main", role, exchange, facts, Clock())  # type: ignore[arg-type]


async def told(one: Relations, role: str = "copier") -> list[tuple[str, str | None]]:
    events = await one.compare(account(role))
    assert all(isinstance(event, CopyRelation) for event in events)
    return [(str(event.change), event.trader) for event in events if isinstance(event, CopyRelation)]


@pytest.mark.parametrize(
    ("role", "configured", "asked"),
    [
        ("copier", "auto", ["traders"]),
        ("lead", "auto", ["followers"]),
        ("trader", "auto", []),
        ("trader", "copier", ["traders"]),
        ("copier", "lead", ["followers"]),
        ("copier", "trader", []),
    ],
)
async def test_what_is_asked_goes_by_the_role(role: str, configured: str, asked: list[str]) -> None:
    exchange = Exchange()
    await relations(exchange, Facts(), configured).compare(account(role))
    assert exchange.asked == asked


async def test_over_a_restart_it_goes_on_from_what_was_kept() -> None:
    exchange, facts = Exchange(), Facts()
    first = relations(exchange, facts)
    exchange.copied = [answer_rows.LeadTraderRow("ANNA")]
    assert await told(first) == []
    assert first.has_news
    await first.keep()
    assert not first.has_news
    exchange.copied = [answer_rows.LeadTraderRow("BEN")]
    assert await told(relations(exchange, facts)) == [("appeared", "BEN")]  # and was not kept: a crash
    second = relations(exchange, facts)
    assert await told(second) == [("appeared", "BEN")]
    assert await told(second) == [("left", "ANNA")]


async def test_the_last_one_that_is_copied_no_more_is_told_although_the_role_says_trader_then() -> None:
    exchange, facts = Exchange(), Facts()
    one = relations(exchange, facts)
    exchange.copied = [answer_rows.LeadTraderRow("ANNA")]
    await told(one)
    exchange.copied = []
    assert await told(one, "trader") == []
    assert await told(one, "trader") == [("left", "ANNA")]
    exchange.asked.clear()
    assert await told(one, "trader") == []
    assert exchange.asked == []


async def test_who_is_copied_first_is_told_where_nobody_was_before() -> None:
    exchange, facts = Exchange(), Facts()
    one = relations(exchange, facts)
    await told(one, "trader")
    await one.keep()
    exchange.copied = [answer_rows.LeadTraderRow("ANNA")]
    assert await told(relations(exchange, facts)) == [("appeared", "ANNA")]


@pytest.mark.parametrize(
    ("failure", "where"),
    [
        (RequestUnavailable("timeout"), "no answer"),
        (RequestRefused("50030", "no permission", Disposition.CREDENTIALS), "50030"),
        (RequestRefused("50038", "demo", Disposition.CONFIG), "50038"),
    ],
)
async def test_while_it_is_not_answered_that_is_not_seen(failure: Exception, where: str) -> None:
    exchange = Exchange()
    exchange.copied = [answer_rows.LeadTraderRow("ANNA")]
    one = relations(exchange, Facts())
    await told(one)
    exchange.failure = failure
    assert await told(one) == await told(one) == []
    assert one.unseen() == (BlindSpot(Unseen.COPIED_TRADERS, where),)
    exchange.failure = None
    assert await told(one) == []
    assert one.unseen() == ()


async def test_an_answer_that_cannot_be_read_is_none() -> None:
    exchange = Exchange()
    one = relations(exchange, Facts())
    exchange.bad = [wire.BadRow(b"{}", "garbage")]
    assert await told(one) == []
    assert one.unseen() == (BlindSpot(Unseen.COPIED_TRADERS, "unreadable"),)


async def test_followers_who_cannot_be_counted_hide_nothing() -> None:
    exchange = Exchange()
    one = relations(exchange, Facts())
    exchange.followers = "5"
    await told(one, "lead")
    exchange.failure = RequestUnavailable("timeout")
    assert await told(one, "lead") == []
    assert one.unseen() == ()
    exchange.failure, exchange.followers = None, "4"
    assert await told(one, "lead") == [("left", None)]
