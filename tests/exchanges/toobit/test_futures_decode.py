"""Covers alertd/exchanges/toobit/futures_decode.py; what holds of every endpoint stands in test_decode.py."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from alertd.domain.events import Direction, MarginMode
from alertd.exchanges.toobit import futures_decode, models
from tests.exchanges.toobit.documented import FUTURES_BALANCE, FUTURES_POSITION, raw


def position(**more: Any) -> models.FuturesPosition:
    [found] = futures_decode.positions(raw([FUTURES_POSITION | more])).items
    return found


def test_an_own_position() -> None:
    assert position() == models.FuturesPosition(
        instrument="BTC-SWAP-USDT",
        direction=Direction.SHORT,
        size=Decimal(12),
        margin_mode=MarginMode.ISOLATED,
        leverage=Decimal(20),
        entry_price=Decimal(6895),
        mark_price=Decimal(7000),
        last_price=Decimal("7000.1"),
        liquidation_price=Decimal("7210.5"),
        notional=Decimal("84.01"),
        margin=Decimal("4.1999"),
        unrealised_pnl=Decimal("-1.26"),
    )


@pytest.mark.parametrize("edge", ["", "0", None, 0, "-1"])
def test_an_unknown_liquidation_price_is_none_and_never_0(edge: Any) -> None:
    assert position(flp=edge).liquidation_price is None


@pytest.mark.parametrize(
    ("text", "mode"),
    [("CROSS", "cross"), ("CROSSED", "cross"), ("ISOLATED", "isolated"), ("", None), (None, None)],
)
def test_the_margin_mode_is_a_text_that_may_be_missing(text: str | None, mode: str | None) -> None:
    assert position(marginType=text).margin_mode == mode


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"position": ""}, "position is missing"),
        ({"side": "BOTH"}, "side is not known: 'BOTH'"),
        ({"marginType": "PORTFOLIO"}, "marginType is not known: 'PORTFOLIO'"),
        ({"symbol": "A/B-SWAP-USDT"}, "symbol is no contract: 'A/B-SWAP-USDT'"),
    ],
)
def test_what_would_be_taken_for_something_else_costs_the_row_alone(
    more: dict[str, Any], reason: str
) -> None:
    found = futures_decode.positions(raw([FUTURES_POSITION, FUTURES_POSITION | more]))
    assert ([bad.reason for bad in found.bad], len(found.items)) == ([reason], 1)


def test_a_short_may_be_counted_below_0() -> None:
    assert position(position="-12").size == 12


def test_bare_null_is_no_empty_list() -> None:
    assert futures_decode.positions(msgspec.Raw(b" null ")).is_null
    assert futures_decode.balances(msgspec.Raw(b"null")).is_null


def test_older_answers_name_the_currency_otherwise() -> None:
    older = {key: value for key, value in FUTURES_BALANCE.items() if key != "coin"} | {"asset": "USDC"}
    [now], [then] = (futures_decode.balances(raw([row])).items for row in (FUTURES_BALANCE, older))
    assert (now.currency, then.currency) == ("USDT", "USDC")
    assert (now.total, now.available, now.unrealised_cross) == (
        Decimal("999999.5"), Decimal("1899978.4"), Decimal("-3.25"),
    )  # fmt: skip
