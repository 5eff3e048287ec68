"""Covers alertd/exchanges/okx/cross.py; how the book uses it stands in test_positions.py."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import structs

from alertd.domain.exposure import Exposure
from alertd.exchanges.okx import push_rows
from alertd.exchanges.okx.cross import CrossGroups
from alertd.exchanges.okx.held import Held
from alertd.exchanges.okx.margin_events import MOVING, RATIO
from alertd.exchanges.okx.observed import Observed
from alertd.exchanges.okx.position_rows import read_position
from tests.exchanges.okx.frames import NOW, row_of

LATER = NOW + timedelta(seconds=60)
SEEN = Observed("main", "positions", None, LATER, b"{}")


def held(
    key: str, distance: str | None, ratio: str | None = "2", push: int = 1, at: datetime = LATER
) -> Held:
    names = push_rows.PositionRow.__struct_fields__
    row = {name: text for name, text in row_of("positions_cross_two_currencies").items() if name in names}
    position = read_position(push_rows.PositionRow(**row))
    assert position is not None
    one = Held(
        structs.replace(
            position, key=key, instrument=key, margin_ratio=None if ratio is None else Decimal(ratio)
        ),
        at,
    )
    one.exposure = Exposure(distance_to_liquidation=None if distance is None else Decimal(distance))
    one.push = push
    return one


def groups(*positions: Held) -> CrossGroups:
    found = CrossGroups()
    for one in positions:
        found.put("USDT", one)
    return found


def test_the_nearest_is_told_and_one_without_a_liquidation_price_is_far() -> None:
    state = groups(held("far", None), held("near", "0.1"), held("next", "0.2")).state(SEEN, "USDT", 1)
    assert (state.instrument, state.position_count, state.margin_ratio) == ("near", 3, Decimal(2))
    assert (state.stale, state.stale_since) == ((), None)


def test_the_ratio_is_the_lowest_of_this_push() -> None:
    both = groups(held("old", "0.1", "1.5", push=1), held("new", "0.2", "3", push=2))
    assert both.state(SEEN, "USDT", 2).margin_ratio == Decimal(3)
    assert both.state(SEEN, "USDT", 3).margin_ratio == Decimal("1.5")


def test_a_ratio_of_0_is_one() -> None:
    assert groups(held("one", "0.1", "0")).state(SEEN, "USDT", 1).margin_ratio == 0


def test_what_is_older_is_named_with_the_time_of_the_oldest() -> None:
    both = groups(held("near", "0.1", None, push=1, at=NOW), held("far", "0.2", "3", push=1, at=NOW))
    both.put("USDT", held("new", "0.3", None, push=2))
    state = both.state(SEEN, "USDT", 2)
    assert (state.stale, state.stale_since) == ((*MOVING, *RATIO), NOW)


def test_the_last_one_to_leave_takes_the_group_with_it() -> None:
    one, other = held("one", "0.1"), held("other", "0.2")
    both = groups(one, other)
    assert not both.leave("USDT", one.position)
    assert both.leave("USDT", other.position)
    assert both.leave("BTC", other.position)
    assert ("USDT" in both, len(both), both.nearest(None), both.nearest("USDT")) == (False, 0, None, None)


def test_nearest_of_a_currency_and_of_all() -> None:
    both = groups(held("usdt", "0.2"))
    both.put("BTC", held("btc", "0.1"))
    of_one, of_all = both.nearest("USDT"), both.nearest(None)
    assert of_one is not None
    assert of_all is not None
    assert (of_one.position.key, of_one.of, of_all.position.key, of_all.of) == ("usdt", 1, "btc", 2)
