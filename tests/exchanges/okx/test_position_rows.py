"""A row of the positions channel -> what the book holds."""

from __future__ import annotations

import msgspec
import pytest

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, MarginMode
from alertd.exchanges.okx.position_rows import read_position, read_rows
from alertd.exchanges.okx.push_rows import PositionRow
from alertd.exchanges.okx.wire import BadRow
from tests.exchanges.okx.frames import NOW, D, row_of


def wire_row(name: str, index: int = 0, **changes) -> PositionRow:
    return msgspec.convert(row_of(name, index, **changes), PositionRow)


def test_every_figure_is_read():
    position = read_position(wire_row("positions_isolated_short"))
    assert position.key == "711000000000000001"
    assert position.subject.name == "SOL-USDT-SWAP/short/isolated"
    assert (position.direction, position.margin_mode) == (Direction.SHORT, MarginMode.ISOLATED)
    assert (position.size, position.leverage, position.margin) == (D(25), D(20), D(250))
    assert (position.margin_ratio, position.maintenance_margin) == (D("4.2"), D(26))
    assert (position.mark_price, position.liquidation_price, position.entry_price) == (
        D(204),
        D("208.5"),
        D(200),
    )
    assert (position.unrealised_pnl, position.notional_usd, position.adl_priority) == (
        D(-100),
        D("5100.4"),
        3,
    )
    assert (NOW - position.opened_at).days == 1
    assert (NOW - position.observed_at).total_seconds() == 5
    assert position.linear


@pytest.mark.parametrize(
    "field", ["lever", "markPx", "mgnRatio", "mmr", "liqPx", "avgPx", "upl", "notionalUsd", "margin"]
)
@pytest.mark.parametrize("absent", ["", None])
def test_an_empty_figure_is_none_never_zero(field, absent):
    names = {
        "lever": "leverage", "markPx": "mark_price", "mgnRatio": "margin_ratio", "mmr": "maintenance_margin",
        "liqPx": "liquidation_price", "avgPx": "entry_price", "upl": "unrealised_pnl",
        "notionalUsd": "notional_usd", "margin": "margin",
    }  # fmt: skip
    position = read_position(wire_row("positions_isolated_short", **{field: absent}))
    assert getattr(position, names[field]) is None


@pytest.mark.parametrize(
    ("name", "index", "linear"),
    [
        ("positions_isolated_short", 0, True),
        ("positions_cross_two_currencies", 2, False),
        ("positions_margin_both_sides", 0, False),
        ("positions_option_family", 0, False),
    ],
)
def test_linear_is_a_contract_margined_in_its_quote(name, index, linear):
    assert read_position(wire_row(name, index)).linear is linear


def test_margin_positions_take_their_direction_from_the_currency():
    assert read_position(wire_row("positions_margin_both_sides", 0)).direction is Direction.LONG
    assert read_position(wire_row("positions_margin_both_sides", 1)).direction is Direction.SHORT


def test_a_zero_size_is_a_position_that_ended():
    assert read_position(wire_row("positions_isolated_short", pos="0")) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"pos": ""}, {"pos": "many"}, {"instId": ""}, {"mgnMode": "portfolio"}, {"posSide": "both"},
        {"mgnRatio": "NaN"}, {"cTime": "5"}, {"mgnMode": "cross", "ccy": ""}, {"instId": "", "posId": ""},
    ],
    ids=str,
)  # fmt: skip
def test_a_row_without_identity_or_with_unknown_state_is_refused(changes):
    with pytest.raises(DecodeError):
        read_position(wire_row("positions_isolated_short", **changes))


@pytest.mark.parametrize("adl", ["", None, "9", "x", "12"])
def test_an_unknown_priority_costs_no_row(adl):
    assert read_position(wire_row("positions_isolated_short", adl=adl)).adl_priority is None


def test_an_unreadable_row_counts_as_open_if_it_can_be_named():
    good, bad = wire_row("positions_isolated_short"), wire_row("positions_isolated_short", posId="9", pos="?")
    rows, unreadable = read_rows([bad, good], [BadRow(b'{"posId":"8","pos":1}', "wrong type")])
    assert list(rows.entries) == ["711000000000000001"]
    assert (rows.kept, rows.whole) == ({"8", "9"}, True)
    assert len(unreadable) == 2


def test_an_unreadable_row_without_a_name_puts_the_whole_in_doubt():
    rows, unreadable = read_rows([], [BadRow(b"7", "wrong type")])
    assert (rows.whole, len(unreadable)) == (False, 1)
