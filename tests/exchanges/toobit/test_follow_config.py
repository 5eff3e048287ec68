"""Every rule of a change of how a leader is copied."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.errors import ChangeRefused
from alertd.domain.events import Direction
from alertd.exchanges.toobit import decode
from alertd.exchanges.toobit.follow_config import FollowChange, Stops, plan_follow, stops_body
from alertd.exchanges.toobit.models import AmountMode, MarginModes
from tests.exchanges.toobit.documented import FOLLOW_CONFIG, FOLLOW_ORDER, raw

REAL = Decimal(100)


def planned(change: FollowChange, *, open_: bool = False, **config: Any) -> Any:
    orders = [FOLLOW_ORDER | {"leaderUserId": FOLLOW_CONFIG["leaderUserId"]}] if open_ else []
    now = decode.follow_config(raw(FOLLOW_CONFIG | config))
    return plan_follow(now, decode.follow_orders(raw(orders)).items, change)


def test_all_fields_are_sent() -> None:
    found = planned(FollowChange(real_invested_usdt=REAL, per_order_usdt=Decimal("12.5")))
    assert found.differences == {"per_order_usdt": ("10", "12.5")}
    assert json.loads(found.body) == {
        "leaderUserId": 123456789, "investAmount": "100", "singlePlaceAmount": "12.5",
        "dailyMaxInvestAmount": "50", "leverage": "20", "maxInvestRate": "0.5", "stopProfitRate": "0.1",
        "stopLossRate": "0.2", "realInvestAmount": "100", "followAmountMode": 1, "stopLossDelay": 30,
        "isolatedReservedAmount": "5", "followMarginType": 2,
        "followSymbolIds": "BTC-SWAP-USDT,ETH-SWAP-USDT", "zeroSlippageSwitch": True,
    }  # fmt: skip


FIXED = {"followAmountMode": 0}
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "below 0": ({"invested_usdt": Decimal(-1)}, {}, "invested_usdt: must not be below 0"),
    "nine places": ({"leverage": Decimal("1.123456789")}, {}, "more than 8 decimal places"),
    "more than all": ({"most_invested_ratio": Decimal("1.1")}, {}, "between 0 and 1"),
    "a tiny stop": ({"stop_loss_ratio": Decimal("0.001")}, {}, "at least 0.01"),
    "a delay backwards": ({"stop_loss_delay_s": -1}, {}, "stop_loss_delay_s"),
    "no number": ({"real_invested_usdt": Decimal("NaN")}, {}, "real_invested_usdt: must not be below 0"),
    "no leverage": ({"leverage": Decimal(0)}, {}, "leverage: must be above 0"),
    "a tiny profit": ({"take_profit_ratio": Decimal("0.009")}, {}, "take_profit_ratio: must be 0 (none)"),
    "nine places of money": ({"real_invested_usdt": Decimal("100.123456789")}, {}, "more than 8 decimal"),
    "money below 0": ({"reserved_usdt": Decimal("-0.1")}, {}, "reserved_usdt: must not be below 0"),
    "no pair": ({"instruments": ""}, {}, "no blanks"),
    "blank pairs": ({"instruments": "BTC-SWAP-USDT, ETH-SWAP-USDT"}, {}, "no blanks"),
    "an empty pair": ({"instruments": "BTC-SWAP-USDT,"}, {}, "no blanks"),
    "all and one": ({"instruments": "all,BTC-SWAP-USDT"}, {}, "beside single pairs"),
    "too little": ({"real_invested_usdt": Decimal(14)}, FIXED, "reserved_usdt + per_order_usdt = 15"),
    "less than reserved": ({"real_invested_usdt": Decimal(5)}, {}, "must be above reserved_usdt"),
    "a day below an order": ({"daily_most_usdt": Decimal(5)}, FIXED, "0 (unlimited) or at least"),
    "leverage while open": ({"leverage": Decimal(5)}, {"open_": True}, "while copied positions are open"),
    "not told": ({}, {"leverage": ""}, "leverage: the exchange does not tell it"),
}


@pytest.mark.parametrize(("change", "now", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_before_it_is_sent(change: dict[str, Any], now: dict[str, Any], said: str) -> None:
    with pytest.raises(ChangeRefused) as caught:
        planned(FollowChange(**({"real_invested_usdt": REAL} | change)), **now)
    assert any(said in problem for problem in caught.value.problems), caught.value.problems


def test_the_side_has_its_own_numbers_for_modes() -> None:
    change = FollowChange(
        real_invested_usdt=REAL, margin_modes=MarginModes.CROSS, amount_mode=AmountMode.FIXED_AMOUNT,
        instruments="all", zero_slippage=False, stop_loss_ratio=Decimal(0),
    )  # fmt: skip
    sent = json.loads(planned(change).body)
    assert (sent["followMarginType"], sent["followAmountMode"], sent["stopLossRate"]) == (1, 0, "0")
    assert (sent["followSymbolIds"], sent["zeroSlippageSwitch"]) == ("all", False)


def test_leverage_may_change_while_somebody_else_s_copies_are_open() -> None:
    now = decode.follow_config(raw(FOLLOW_CONFIG))
    others = decode.follow_orders(raw([FOLLOW_ORDER])).items
    assert plan_follow(now, others, FollowChange(real_invested_usdt=REAL, leverage=Decimal(5))).differences


def stops(**more: Any) -> Stops:
    return Stops(leader_id="123456789", instrument="BTC-SWAP-USDT", direction=Direction.LONG, **more)


def test_stops() -> None:
    whole = stops(take_profit_ratio=Decimal("0.1"), stop_loss_ratio=Decimal("0.2"), stop_loss_delay_s=30)
    assert stops_body(whole) == (
        b'{"leaderUserId":123456789,"symbolId":"BTC-SWAP-USDT","isLong":1,"stopProfitRate":"0.1",'
        b'"stopLossRate":"0.2","stopLossDelay":30}'
    )
    assert b"stopProfitRate" not in stops_body(stops(stop_loss_ratio=Decimal("0.2")))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "nothing would change"),
        ({"stop_loss_ratio": Decimal(-1)}, "stopLossRate: must not be below 0"),
        ({"stop_loss_delay_s": -1}, "stopLossDelay"),
    ],
)
def test_stops_that_are_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ChangeRefused, match=said):
        stops_body(stops(**more))
