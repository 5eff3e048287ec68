"""Which positions are a lead trader's, from two pages of which neither tells all."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.actions.okx_exposure import Held, Shown, left_positions, read_pages
from alertd.domain.action import Exposure, LeftPosition
from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction
from alertd.exchanges.okx import push_rows, wire
from alertd.exchanges.okx.lead_wire import SubPositionRow
from alertd.exchanges.okx.observed import Answered

AT = datetime(2026, 11, 21, 17, tzinfo=UTC)
ANN, BEN = "25CD5A80241D6FE6", "2" * 18
BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
LONG, SHORT = Direction.LONG, Direction.SHORT


def sub(trader: str = ANN, **changes: Any) -> SubPositionRow:
    row = {"subPosId": "1", "instId": BTC, "posSide": "net", "subPos": "3", "uniqueCode": trader}
    return SubPositionRow(**(row | changes))


def held(**changes: Any) -> push_rows.PositionRow:
    row = {"posId": "7", "instType": "SWAP", "instId": BTC, "mgnMode": "isolated", "posSide": "net"}
    return push_rows.PositionRow(**(row | {"pos": "3", "ccy": "USDT", "notionalUsd": "900"} | changes))


def answered(rows: list[Any], *bad: str) -> Answered[Any]:
    return Answered(rows, [wire.BadRow(b"{}", reason) for reason in bad], AT, b"")


def shown(subs: list[SubPositionRow], account: list[push_rows.PositionRow], trader: str = ANN) -> Shown:
    return read_pages(answered(subs), answered(account), trader)


def before(*left: LeftPosition) -> Exposure:
    return Exposure(at=AT, positions=left)


def position(size: str = "3", beside: str = "0", instrument: str = BTC) -> LeftPosition:
    return LeftPosition(
        instrument=instrument, direction=LONG, size=Decimal(size), currency="USD", beside=Decimal(beside)
    )


def test_what_names_the_trader_is_his_and_what_is_beside_it_is_not() -> None:
    pages = shown([sub(), sub(BEN, subPos="2")], [held(pos="6"), held(posId="8", instId=ETH)])
    (one,) = left_positions(pages, None, Decimal(5)) or ()
    assert (one.instrument, one.direction, one.size, one.beside) == (BTC, LONG, 3, 3)
    assert (one.notional, one.currency) == (450, "USD")


def test_several_positions_in_one_place_are_one_and_directions_are_two() -> None:
    rows = [sub(), sub(subPosId="2", subPos="1"), sub(subPosId="3", subPos="-2")]
    found = left_positions(shown(rows, []), None, None) or ()
    assert {(one.direction, one.size, one.notional) for one in found} == {(LONG, 4, None), (SHORT, 2, None)}


def test_long_short_mode_tells_the_direction_by_its_own_field() -> None:
    (one,) = left_positions(shown([sub(posSide="short")], [held(posSide="short")]), None, None) or ()
    assert (one.direction, one.notional) == (SHORT, 900)


@pytest.mark.parametrize(
    ("last", "account", "others", "wanted"),
    [
        (position(), [], [], []),  # gone there too
        (position(), [held()], [], ["3"]),  # no more named, still open
        (position(), [held(pos="1")], [], ["1"]),  # in part
        (position(), [held(pos="9")], [], ["3"]),  # more was bought meanwhile: at most what was his
        (position(beside="2"), [held(pos="2")], [], []),  # what is left is the owner's
        (position(beside="2"), [held(pos="4")], [], ["2"]),
        (position(), [held(pos="2")], [sub(BEN, subPos="2")], []),  # what is left is another trader's
        (position(), [held(pos="-3")], [], []),  # the other direction
        (position(instrument=ETH), [held()], [], []),  # another instrument
    ],
)
def test_what_was_named_once_is_looked_for_in_the_account(
    last: LeftPosition, account: list[push_rows.PositionRow], others: list[SubPositionRow], wanted: list[str]
) -> None:
    found = left_positions(shown(others, account), before(last), None)
    assert found is not None
    assert [one.size for one in found] == [Decimal(size) for size in wanted]


def test_it_is_found_again_by_what_was_told_of_it_last() -> None:
    first = left_positions(shown([sub()], [held(pos="5")]), None, Decimal(1))
    assert first is not None
    again = left_positions(shown([], [held(pos="5")]), before(*first), None)
    assert again is not None
    assert [(one.size, one.beside) for one in again] == [(3, 2)]
    assert left_positions(shown([], [held(pos="2")]), before(*again), None) == ()


@pytest.mark.parametrize(
    ("pages", "last", "margin", "wanted"),
    [
        (shown([], [held()]), None, Decimal(0), ()),  # the list says that he uses nothing
        (shown([], [held()]), None, Decimal(5), None),  # he uses something that no page shows
        (shown([], [held()]), None, None, None),  # not listed, and nobody's name stands on it
        (shown([], [held()]), Exposure(at=AT), None, None),
        (shown([], []), None, None, ()),
        (shown([sub(BEN)], [held()]), None, None, ()),  # all of it is another's
        (shown([], [held(instId="BTC-USDT", instType="MARGIN", posCcy="BTC")]), None, None, ()),  # no swap
        (shown([], [held()]), before(), None, ()),  # he had nothing when it was last seen
        (shown([], []), before(), Decimal(5), None),
    ],
)
def test_nothing_named_is_nothing_only_where_it_can_be_told(
    pages: Shown, last: Exposure | None, margin: Decimal | None, wanted: Any
) -> None:
    assert left_positions(pages, last, margin) == wanted


@pytest.mark.parametrize(
    "row", [sub(subPos=""), sub(subPos="many"), sub(posSide="up"), sub(instId=""), sub(BEN, subPos=None)]
)
def test_a_row_that_cannot_be_read_is_not_nothing(row: SubPositionRow) -> None:
    assert left_positions(shown([row], []), None, Decimal(0)) is None
    (one,) = left_positions(shown([sub(subPosId="2"), row], []), None, None) or ()
    assert one.size == 3


def test_nor_is_one_that_is_none_at_all() -> None:
    pages = read_pages(answered([], "no row"), answered([]), ANN)
    assert left_positions(pages, None, Decimal(0)) is None
    for account in (answered([], "no row"), answered([held(pos="?")])):
        with pytest.raises(DecodeError):
            read_pages(answered([]), account, ANN)


def test_a_position_of_size_0_is_none() -> None:
    assert left_positions(shown([sub(subPos="0")], [held(pos="0")]), None, Decimal(0)) == ()


PLACES = st.tuples(st.sampled_from([BTC, ETH]), st.sampled_from([LONG, SHORT]))
SIZES = st.integers(0, 5).map(Decimal)


@given(
    st.dictionaries(PLACES, SIZES),
    st.dictionaries(PLACES, SIZES),
    st.dictionaries(PLACES, SIZES),
    st.booleans(),
)
def test_nothing_is_left_only_where_the_account_holds_no_more_than_others_do(
    mine: dict[Any, Decimal], others: dict[Any, Decimal], own: dict[Any, Decimal], is_named: bool
) -> None:
    """Of what was the trader's before, whether the page still names it or not."""
    mine = {place: size for place, size in mine.items() if size}
    everything = {
        place: Held(sum((part.get(place, Decimal(0)) for part in (mine, others, own)), Decimal(0)), None)
        for place in mine | others | own
    }
    first = left_positions(Shown(mine, others, everything), None, Decimal(0))
    assert first is not None
    again = left_positions(Shown(mine if is_named else {}, others, everything), before(*first), None)
    assert again is not None
    assert {(one.instrument, one.direction): one.size for one in again} == mine
