"""Covers alertd/own_margin.py, against the simulator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from alertd.domain.coverage import Unseen
from alertd.domain.errors import Disposition, RequestRefused, RequestUnavailable
from alertd.domain.events import Liquidation, MarginState, PositionScope, PositionSnapshot
from alertd.exchanges.toobit.futures import FuturesCalls
from alertd.following import FollowingDoors
from alertd.own_margin import PROBED_EVERY_S, OwnMargin
from alertd.sources.polling import Unasked
from tests.doubles.set_clock import SetClock
from tests.exchanges.toobit.conftest import House, house
from tests.test_leads import Kept

__all__ = ["house"]
BTC, ETH = "BTC-SWAP-USDT", "ETH-SWAP-USDT"
CROSS, ISOLATED = "cross/USDT", f"{ETH}/short/isolated"
FUTURES = "/api/v1/futures"


class Rig:
    """The margin of the house's leader. `leads`: what its orders would tell."""

    def __init__(self, house: House) -> None:
        self.house, self.kept = house, Kept()
        house.toobit.leader("leader").balance = Decimal(1000)  # with more no price liquidates it
        self.clock = SetClock(datetime.now(UTC))
        self.leads: bool | None = True
        self.one = self.anew()

    def anew(self) -> OwnMargin:
        kept = self.kept
        doors = FollowingDoors(kept.deliver, kept.handled, kept, kept.note)
        calls = FuturesCalls(self.house.rest(self.house.toobit.account("leader")))
        self.one = OwnMargin("leader", calls, self.house.leader, doors, self.clock, lambda: self.leads)
        return self.one

    def asked(self) -> int:
        return sum(FUTURES in call for call in self.house.toobit.calls)

    def states(self) -> dict[str, bool]:
        """Since this was asked last: by subject, whether it is open."""
        found = {one.subject: one.open for one in self.kept.events if isinstance(one, MarginState)}
        self.kept.events.clear()
        return found

    def snapshots(self) -> list[PositionSnapshot]:
        return [one for one in self.kept.events if isinstance(one, PositionSnapshot)]


@pytest.fixture
def rig(house: House) -> Rig:
    return Rig(house)


async def test_what_a_leader_holds_is_told_with_its_distance(rig: Rig) -> None:
    assert not rig.one.is_seen
    assert await rig.one.look(True) is None
    assert rig.one.is_seen
    found = {one.subject: one for one in rig.kept.events if isinstance(one, MarginState)}
    assert set(found) == {CROSS, ISOLATED}
    assert all(one.distance_to_liquidation and one.trader is None for one in found.values())
    [snapshot] = rig.snapshots()
    assert (snapshot.subjects, snapshot.scope) == (frozenset(found), PositionScope.OWN)
    assert (snapshot.after_gap, rig.one.unseen(), rig.one.book.count) == (True, (), 2)


async def test_its_money_is_read_seldom_and_follows_the_positions(rig: Rig) -> None:
    for _ in range(12):
        await rig.one.look(False)
    assert rig.asked() == 13
    mark = rig.house.toobit.market.marks
    leader = rig.house.toobit.leader("leader")
    wanted = leader.balance + sum(one.profit(mark[one.symbol]) for one in leader.positions)
    assert rig.one.equity == wanted
    rig.house.toobit.fail(status=500, path=f"{FUTURES}/positions")
    with pytest.raises(RequestRefused):
        await rig.one.look(False)
    assert rig.one.equity is None  # an old figure is none


async def test_where_only_the_balance_is_refused_the_margin_is_seen_all_the_same(rig: Rig) -> None:
    rig.house.toobit.fail(status=400, code=-1002, path=f"{FUTURES}/balance")
    assert await rig.one.look(True) is None
    assert (rig.one.is_seen, rig.one.equity) == (True, None)


@pytest.mark.parametrize("code", [-1002, -1005, -1020, -1204, -2015])
async def test_a_refused_probe_is_said_and_asked_again_after_hours_or_on_request(rig: Rig, code: int) -> None:
    rig.house.toobit.fail(status=400, code=code, path=f"{FUTURES}/positions")
    for _ in range(3):
        assert await rig.one.look(True) is Unasked.UNASKED
    assert rig.asked() == 1
    assert [(spot.what, spot.where) for spot in rig.one.unseen()] == [(Unseen.MARGIN, str(code))]
    assert (rig.one.is_seen, rig.kept.events) == (False, [])
    rig.house.toobit.heal()
    rig.clock.at += timedelta(seconds=PROBED_EVERY_S - 1)
    await rig.one.look(False)
    assert rig.asked() == 1
    rig.clock.at += timedelta(seconds=2)
    await rig.one.look(False)
    assert (rig.one.is_seen, rig.one.unseen()) == (True, ())
    [snapshot] = rig.snapshots()
    assert snapshot.after_gap  # whatever the poller says: it has asked, and this has not


async def test_a_reload_asks_a_refused_page_at_once(rig: Rig) -> None:
    rig.house.toobit.change_account("leader", reads_futures=False)
    await rig.one.look(True)
    rig.house.toobit.change_account("leader", reads_futures=True)
    rig.one.probe_again()
    await rig.one.look(False)
    assert rig.one.is_seen


async def test_what_was_seen_and_is_refused_is_a_loss_that_ends_no_account(rig: Rig) -> None:
    await rig.one.look(True)
    rig.house.toobit.change_account("leader", reads_futures=False)
    with pytest.raises(RequestRefused) as refused:
        await rig.one.look(False)
    assert refused.value.wanted is Disposition.CONFIG
    assert rig.one.is_seen  # or nobody would miss it


@pytest.mark.parametrize("failure", [{"status": 503}, {"status": 400, "code": -1000}])
async def test_no_answer_says_nothing_about_the_key(rig: Rig, failure: dict[str, int]) -> None:
    rig.house.toobit.fail(path=f"{FUTURES}/positions", **failure)
    with pytest.raises((RequestUnavailable, RequestRefused)):
        await rig.one.look(True)
    assert [spot.where for spot in rig.one.unseen()] == ["led orders"]
    rig.house.toobit.heal()
    await rig.one.look(True)
    assert rig.one.is_seen


async def test_who_does_not_lead_is_not_asked(rig: Rig) -> None:
    for leads in (None, False, False):
        rig.leads = leads
        assert await rig.one.look(True) is Unasked.UNASKED
    assert (rig.asked(), rig.one.unseen()) == (0, ())
    # What stood under a leader's alerts before is told as over, once: nobody will say how.
    [snapshot] = rig.snapshots()
    assert (snapshot.subjects, snapshot.after_gap, snapshot.scope) == (frozenset(), True, PositionScope.OWN)


async def test_who_leads_no_more_is_watched_until_all_is_closed(rig: Rig) -> None:
    await rig.one.look(True)
    rig.leads = False
    await rig.one.look(False)
    assert rig.states() == {CROSS: True, ISOLATED: True}
    rig.house.toobit.close_position("leader", BTC)
    rig.house.toobit.close_position("leader", ETH, "short")
    for _ in range(3):
        await rig.one.look(False)
    assert rig.states() == {CROSS: False, ISOLATED: False}
    asked = rig.asked()
    await rig.one.look(False)
    assert (rig.asked(), rig.one.is_seen) == (asked, False)
    rig.leads = True
    rig.house.toobit.open_position("leader", BTC)
    await rig.one.look(False)
    assert rig.states() == {CROSS: True}


@pytest.mark.parametrize(("past_the_edge", "liquidations"), [("-1", 1), ("100", 0)])
async def test_how_it_ended_is_told_by_the_price_of_its_record(
    rig: Rig, past_the_edge: str, liquidations: int
) -> None:
    await rig.one.look(True)
    [edge] = [
        e.liquidation_price for e in rig.kept.events if isinstance(e, MarginState) and e.instrument == BTC
    ]
    assert edge is not None
    rig.house.toobit.set_price(BTC, (edge + Decimal(past_the_edge)).quantize(Decimal("0.1")))
    rig.house.toobit.close_position("leader", BTC)
    await rig.one.look(False)
    rig.kept.events.clear()
    await rig.one.look(False)
    told = [event for event in rig.kept.events if isinstance(event, Liquidation)]
    assert [event.subject for event in told] == [CROSS] * liquidations
    [ended] = [event for event in rig.kept.events if isinstance(event, MarginState) and not event.open]
    assert (ended.subject, ended.after_gap) == (CROSS, False)


async def test_where_records_cannot_be_read_the_end_is_unknown(rig: Rig) -> None:
    await rig.one.look(True)
    rig.house.toobit.close_position("leader", BTC)
    await rig.one.look(False)
    rig.house.toobit.fail(status=500, path="/leader/orders/history")
    rig.kept.events.clear()
    await rig.one.look(False)
    [ended] = [event for event in rig.kept.events if isinstance(event, MarginState) and not event.open]
    assert ended.after_gap


async def test_null_where_a_list_is_documented_ends_nothing(rig: Rig) -> None:
    await rig.one.look(True)
    rig.house.toobit.null_lists()
    for _ in range(3):
        assert await rig.one.look(False) == "null stands where a list is documented"
    assert all(rig.states().values())


async def test_after_a_restart_the_first_list_ends_what_is_gone(rig: Rig) -> None:
    await rig.one.look(True)
    rig.kept.events.clear()
    rig.house.toobit.close_position("leader", BTC)
    await rig.anew().look(True)
    [snapshot] = rig.snapshots()
    assert (snapshot.tells_gone(CROSS), snapshot.tells_gone(ISOLATED)) == (True, False)
    assert not snapshot.tells_gone(f"{CROSS}/77")
    assert snapshot.after_gap  # nobody saw how
