"""Covers alertd/leaders.py: a scripted exchange, and the simulator over loopback."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from alertd.clock import Clock
from alertd.domain.copy_digest import CopiedFigures, CopyFigures, LedFigures
from alertd.domain.coverage import BlindSpot, Unseen
from alertd.domain.events import Event, LeaderChange, LeaderState, LeadTradeFailed
from alertd.domain.presence import OpenPosition
from alertd.exchanges.okx import answer_rows, wire
from alertd.exchanges.okx.lead_rest import LeadRest
from alertd.exchanges.okx.lead_wire import CurrencyEquityRow, EquityRow
from alertd.exchanges.okx.requests import Credentials
from alertd.exchanges.okx.rest import AccountConfig, OkxRest
from alertd.leaders import LeaderWatch
from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.simulator import OkxSimulator
from tests.lead_exchange import (
    ANNA,
    BTC,
    BUSY,
    DOWN,
    NO_LEADER,
    NOW,
    REFUSED,
    Exchange,
    closed,
    copied,
    held,
    ms,
)


class Doors(dict[str, str]):
    """The store's facts, and what was delivered; `is_killed`: nothing more is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Event] = []
        self.is_killed = False

    @property
    def facts(self) -> Doors:
        return self

    async def deliver(self, events: Sequence[Event]) -> None:
        self.told += events

    async def handled(self) -> None:
        return None

    async def read_fact(self, key: str) -> str | None:
        return self.get(key)

    async def write_fact(self, key: str, value: str) -> None:
        if not self.is_killed:
            self[key] = value

    def changes(self) -> list[tuple[str, str | None]]:
        """What is told of changes since the last time."""
        return [(str(one.change), one.order_id) for one in self._taken() if isinstance(one, LeaderChange)]

    def states(self) -> list[LeaderState]:
        return [one for one in self._taken() if isinstance(one, LeaderState)]

    def _taken(self) -> list[Event]:
        told, self.told = self.told, []
        return told


def account(role: Any) -> AccountConfig:
    return AccountConfig("90210", role, "futures", "net_mode", frozenset({"read_only"}), "3", ())


def following(exchange: Any, doors: Doors, role: str = "auto", found: str | None = "copier") -> LeaderWatch:
    config = None if found is None else account(found)
    return LeaderWatch("main", role, exchange, doors, Clock(), lambda: config, 60.0)


@pytest.fixture
def exchange() -> Exchange:
    made = Exchange()
    made.pages["copied"] = [copied()]
    return made


@pytest.mark.parametrize(
    ("role", "found", "asked"),
    [
        ("auto", "copier", ["copied", "public_orders", "public_records"]),
        ("auto", "trader", []),
        ("auto", None, []),
        ("copier", None, ["copied", "public_orders", "public_records"]),
        ("auto", "lead", ["followers", "own_orders", "own_records", "equity"]),
        ("lead", "copier", ["followers", "own_orders", "own_records", "equity"]),
    ],
)
async def test_what_is_asked_goes_by_the_role(
    exchange: Exchange, role: str, found: str | None, asked: list[str]
) -> None:
    await following(exchange, Doors(), role, found).look()
    assert exchange.asked == asked


async def test_changes_of_a_copied_trader_are_told_each_once_also_over_a_restart(exchange: Exchange) -> None:
    doors = Doors()
    exchange.pages["public_orders"] = [held("1")]
    await following(exchange, doors).look()
    assert doors.changes() == []
    exchange.pages["public_orders"] = [held("1", subPos="6"), held("2", lever="20")]
    await following(exchange, doors).look()
    assert doors.changes() == [("order_grown", "1"), ("order_opened", "2")]
    exchange.pages["public_orders"] = [held("2", lever="20")]
    exchange.pages["public_records"] = [closed("1")]
    await following(exchange, doors).look()
    assert doors.changes() == [("order_closed", "1")]
    await following(exchange, doors).look()
    assert doors.changes() == []


async def test_what_was_told_but_not_stored_is_told_again_by_the_same_name(exchange: Exchange) -> None:
    doors = Doors()
    await following(exchange, doors).look()
    exchange.pages["public_orders"] = [held("1")]
    doors.is_killed = True
    await following(exchange, doors).look()
    first = [one.event_id for one in doors.told if isinstance(one, LeaderChange)]
    doors.is_killed, doors.told = False, []
    await following(exchange, doors).look()
    assert [one.event_id for one in doors.told if isinstance(one, LeaderChange)] == first
    assert len(first) == 1


async def test_how_a_trader_stands_is_told_at_each_look(exchange: Exchange) -> None:
    doors = Doors()
    one = following(exchange, doors)
    exchange.pages["public_orders"] = [held("1")]
    await one.look()
    exchange.pages["copied"] = [copied(copyTotalAmt="2000", upl="-100")]
    await one.look()
    first, second = doors.states()
    assert (first.unit_value, first.equity, first.orders_open) == (1, 1000, 1)
    # What was added is no gain, so the loss of 100 is one of 2000.
    assert (second.unit_value, second.equity, second.is_certain) == (Decimal("0.95"), 1900, False)
    assert (second.worst_profit_rate, second.trader, second.trader_name) == (Decimal("-0.5"), ANNA, "anna")


async def test_of_a_private_trader_what_the_account_holds_by_copying_is_followed(exchange: Exchange) -> None:
    doors = Doors()
    one = following(exchange, doors)
    exchange.pages["copied"] = [copied(leadMode="private"), copied("BEN", leadMode="private")]
    exchange.pages["own_orders"] = [held("1"), held("2", "BEN")]
    await one.look()
    exchange.pages["own_orders"] = [held("1", subPos="9"), held("2", "BEN")]
    exchange.asked.clear()
    await one.look()
    assert doors.changes() == [("order_grown", "1")]
    assert exchange.asked == ["copied", "own_orders", "own_records"]
    assert one.unseen() == ()


async def test_where_the_public_lists_are_refused_that_is_named_and_the_own_ones_stand_in(
    exchange: Exchange,
) -> None:
    doors = Doors()
    one = following(exchange, doors)
    exchange.failing["public_orders"] = REFUSED
    exchange.pages["own_orders"] = [held("1")]
    await one.look()
    assert one.unseen() == (BlindSpot(Unseen.LEADER_ORDERS, "50051"),)
    exchange.pages["own_orders"] = [held("1", lever="50")]
    await one.look()
    assert doors.changes() == [("leverage_changed", "1")]
    del exchange.failing["public_orders"]
    exchange.pages["public_orders"] = [held("77")]
    await one.look()
    assert one.unseen() == ()
    assert doors.changes() == []


@pytest.mark.parametrize(("failure", "code"), [(DOWN, "no answer"), (BUSY, "50011")])
async def test_what_is_not_answered_for_a_moment_ends_and_begins_nothing(
    exchange: Exchange, failure: Exception, code: str
) -> None:
    doors = Doors()
    one = following(exchange, doors)
    exchange.pages["public_orders"] = [held("1")]
    await one.look()
    for page in ("public_orders", "public_records", "copied"):
        exchange.failing = {page: failure}
        for _ in range(3):
            await one.look()
        assert one.unseen() == (BlindSpot(Unseen.LEADER_ORDERS, code),)
    assert exchange.asked.count("own_orders") == 0
    exchange.failing = {}
    await one.look()
    assert doors.changes() == []
    assert one.unseen() == ()


async def test_who_leads_no_more_is_told_after_two_answers(exchange: Exchange) -> None:
    doors = Doors()
    exchange.failing["public_orders"] = NO_LEADER
    await following(exchange, doors).look()
    assert doors.changes() == []
    await following(exchange, doors).look()
    assert doors.changes() == [("inactive", None)]
    await following(exchange, doors).look()
    assert doors.changes() == []
    exchange.failing = {}
    await following(exchange, doors).look()
    assert doors.changes() == [("active_again", None)]


async def test_who_is_copied_no_more_is_told_as_such_after_two_answers(exchange: Exchange) -> None:
    doors = Doors()
    one = following(exchange, doors)
    await one.look()
    exchange.pages["copied"] = []
    doors.told = []
    await one.look()
    assert doors.told == []
    await following(exchange, doors, found="trader").look()
    assert doors.told == []  # a restart: one answer again
    await one.look()
    (last,) = doors.states()
    assert (last.trader, last.followed) == (ANNA, False)
    exchange.asked.clear()
    await following(exchange, doors, found="trader").look()
    assert exchange.asked == []


async def test_a_list_with_a_row_that_cannot_be_read_ends_nothing(exchange: Exchange) -> None:
    doors = Doors()
    one = following(exchange, doors)
    exchange.pages["public_orders"] = [held("1"), held("2")]
    await one.look()
    exchange.pages["public_orders"] = [held("1"), held("2", lever="ten")]
    exchange.bad["copied"] = [wire.BadRow(b"{}", "no row")]
    exchange.pages["copied"] = [copied()]
    for _ in range(3):
        await one.look()
    assert doors.changes() == []


def config_row(followers: str = "12") -> answer_rows.CopyConfigRow:
    role = answer_rows.CopyRoleRow(instType="SWAP", roleType="1", copyTraderNum=followers)
    return answer_rows.CopyConfigRow(uniqueCode="OWN1", details=[role])


async def test_an_account_that_leads_is_held_against_the_limits_it_was_told() -> None:
    exchange, doors = Exchange(), Doors()
    exchange.pages["followers"] = [config_row()]
    exchange.pages["equity"] = [EquityRow([CurrencyEquityRow("USDT", "550")])]
    exchange.pages["own_orders"] = [held("1", "OWN1", openTime=ms(Clock().now()))]
    one = following(exchange, doors, found="lead")
    await one.look()
    (before,) = doors.states()
    assert (before.trader, before.equity, before.equity_share, before.followers) == ("OWN1", 550, None, 12)
    assert (before.orders_today, before.day_share) == (1, None)
    assert before.is_own
    limits = {"min_lead_equity": Decimal(500), "max_lead_trades": Decimal(2)}
    usual = {"event_id": "e", "exchange": "okx", "account": "main", "received_at": NOW}
    one.notice([LeadTradeFailed(**usual, **limits)])
    await one.look()
    await following(exchange, doors, found="lead").look()
    for after in doors.states():
        assert (after.equity_share, after.day_share) == (Decimal("1.1"), Decimal("0.5"))


async def test_an_account_that_leads_and_is_not_answered_is_named() -> None:
    exchange, doors = Exchange(), Doors()
    exchange.failing["own_orders"] = REFUSED
    exchange.pages["followers"] = [config_row()]
    one = following(exchange, doors, found="lead")
    await one.look()
    assert one.unseen() == (BlindSpot(Unseen.LEADER_ORDERS, "50051"),)
    assert doors.told == []


async def test_against_the_simulator() -> None:
    """The real calls: what a lead trader does, and what copying it is worth."""
    async with OkxSimulator() as okx, aiohttp.ClientSession() as session:
        who = {"name": "leader", "api_key": "lead-key", "uid": "7" * 18, "unique_code": ANNA}
        okx.add_account(Account(role_type="1", followers=7, **who))
        mine = okx.add_account(Account(role_type="2", lead_traders=(LeadTrader(ANNA, "anna"),)))
        credentials = Credentials(mine.api_key, mine.api_secret, mine.passphrase)
        rest = LeadRest(OkxRest(session, okx.rest_url, credentials, False, Clock(), pause_s=0))
        doors = Doors()
        one = following(rest, doors)
        okx.open_position(BTC, size=1, lever=5, account="leader")
        await one.look()
        assert doors.changes() == []
        okx.open_position(BTC, size=1, lever=5, account="leader")
        okx.open_position("ETH-USDT-SWAP", "short", lever=50, account="leader")
        okx.open_position(BTC, size=1, lever=10, px=100_000, account="main", lead_trader=ANNA)
        okx.set_price(BTC, 98_000)
        await one.look()
        told = [one for one in doors.told if isinstance(one, LeaderChange)]
        assert [str(one.change) for one in told] == ["order_opened", "order_grown"]
        assert [one.instrument for one in told] == ["ETH-USDT-SWAP", BTC]
        (state,) = doors.states()
        assert (state.unit_value, state.orders_open) == (Decimal("0.96"), 2)
        okx.close_position(BTC, account="leader")
        await one.look()
        (last,) = [one for one in doors.told if isinstance(one, LeaderChange)]
        assert (str(last.change), last.size) == ("order_closed", 0)
        assert last.profit is not None
        assert one.unseen() == ()


NEAR = OpenPosition(account="main", instrument=BTC, distance_to_liquidation=Decimal("0.04"))


async def test_the_figures_of_a_copier(exchange: Exchange) -> None:
    one = following(exchange, Doors())
    assert one.figures((NEAR,)) == CopyFigures(copied=CopiedFigures(positions=1, nearest=(NEAR,)))
    exchange.pages["copied"] = [copied(upl="-100"), copied("BEN", copyTotalAmt=None)]
    await one.look()
    figures = one.figures(None)
    assert figures is not None
    assert figures.copied is not None
    assert figures.copied.positions is None
    anna, ben = figures.copied.leaders or ()
    assert (anna.name, anna.equity, anna.net_profit) == ("anna", 900, -100)
    assert (ben.trader, ben.equity, ben.net_profit) == ("BEN", None, None)


async def test_copied_traders_that_cannot_all_be_read_are_not_known(exchange: Exchange) -> None:
    one = following(exchange, Doors())
    exchange.bad["copied"] = [wire.BadRow(b"{}", "no")]
    await one.look()
    figures = one.figures(())
    assert figures is not None
    assert figures.copied == CopiedFigures(positions=0)


@pytest.mark.parametrize("found", ["trader", None])
async def test_who_neither_copies_nor_leads_has_no_figures(exchange: Exchange, found: str | None) -> None:
    one = following(exchange, Doors(), found=found)
    await one.look()
    assert one.figures(()) is None


async def test_the_figures_of_who_leads(exchange: Exchange) -> None:
    exchange.pages["followers"] = [config_row()]
    exchange.pages["own_orders"] = [held("1", "OWN1", uplRatio="-0.5"), held("9", ANNA)]
    exchange.pages["own_records"] = [
        closed("2", trader="OWN1"),
        closed("3", trader="OWN1", type="1", pnl="9"),
        closed("4", trader=ANNA, pnl="7"),
    ]
    one = following(exchange, Doors(), "lead")
    unknown = one.figures((NEAR,))
    assert unknown == CopyFigures(led=LedFigures(unasked=("shared", "week"), nearest=(NEAR,)))
    await one.look()
    figures = one.figures(())
    assert figures is not None
    assert figures.copied is None
    led = figures.led
    assert led is not None
    assert (led.leads, led.followers, led.closed_from) == (True, 12, None)
    assert [(order.instrument, order.profit_rate) for order in led.orders or ()] == [(BTC, Decimal("-0.5"))]
    assert [(result.profit, result.is_won) for result in led.closed or ()] == [(-2, False)]
