"""Changes of how a leader is copied, checked against every rule before they are sent. Pure.

A read-modify-write cannot be whole here: `real_invested_usdt` is demanded and told nowhere, so whoever
changes anything names it. Source: Toobit API, "Copy trading: follower".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from alertd.domain.errors import ChangeRefused
from alertd.domain.events import Direction
from alertd.exchanges.toobit.leader_config import places, shown
from alertd.exchanges.toobit.models import AmountMode, FollowConfig, FollowOrder, MarginModes
from alertd.exchanges.toobit.requests import BodyValue, body_bytes

Value = TypeVar("Value")

_MOST_PLACES = 8
_LEAST_STOP = Decimal("0.01")
_MODE_NUMBERS = {MarginModes.ALL: 0, MarginModes.CROSS: 1, MarginModes.ISOLATED: 2}
_AMOUNT_NUMBERS = {AmountMode.FIXED_AMOUNT: 0, AmountMode.FIXED_RATE: 1}
_EVERY_PAIR = "all"
_AMOUNTS = (
    "invested_usdt", "per_order_usdt", "daily_most_usdt", "leverage", "most_invested_ratio",
    "take_profit_ratio", "stop_loss_ratio", "reserved_usdt",
)  # fmt: skip
_OTHERS = ("instruments", "amount_mode", "stop_loss_delay_s", "margin_modes", "zero_slippage")


class FollowChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different; None stays as it is. `real_invested_usdt` must be named.

    `daily_most_usdt` 0 = unlimited; `take_profit_ratio`, `stop_loss_ratio` 0 = none.
    """

    real_invested_usdt: Decimal
    invested_usdt: Decimal | None = None
    per_order_usdt: Decimal | None = None
    daily_most_usdt: Decimal | None = None
    leverage: Decimal | None = None
    most_invested_ratio: Decimal | None = None
    take_profit_ratio: Decimal | None = None
    stop_loss_ratio: Decimal | None = None
    reserved_usdt: Decimal | None = None
    instruments: str | None = None
    amount_mode: AmountMode | None = None
    stop_loss_delay_s: int | None = None
    margin_modes: MarginModes | None = None
    zero_slippage: bool | None = None


class Stops(msgspec.Struct, frozen=True, kw_only=True):
    """Take profit and stop loss of one copied position, as fractions of its margin; None stays as it is."""

    leader_id: str
    instrument: str
    direction: Direction
    take_profit_ratio: Decimal | None = None
    stop_loss_ratio: Decimal | None = None
    stop_loss_delay_s: int | None = None


class PlannedFollow(msgspec.Struct, frozen=True):
    """`differences`: what changes, by field: before and after. `body`: the bytes to be signed and sent."""

    after: FollowConfig
    differences: Mapping[str, tuple[str, str]]
    body: bytes


def plan_follow(now: FollowConfig, orders: Sequence[FollowOrder], change: FollowChange) -> PlannedFollow:
    """The change laid over what was read. Raises: ChangeRefused with one line for each rule it breaks."""
    wanted = {name: value for name in (*_AMOUNTS, *_OTHERS) if (value := getattr(change, name)) is not None}
    after = msgspec.structs.replace(now, **wanted)
    problems = [
        f"{name}: the exchange does not tell it: name it"
        for name in (*_AMOUNTS, *_OTHERS)
        if getattr(after, name) is None
    ]
    problems = problems or [
        *_amount_problems(after, change),
        *_pairs_problems(_given(after.instruments)),
        *_leverage_problems(now, orders, change),
    ]
    if problems:
        raise ChangeRefused(problems)
    before = msgspec.structs.asdict(now)
    differences = {
        name: (shown(before[name]), shown(value))
        for name, value in msgspec.structs.asdict(after).items()
        if before[name] != value
    }
    return PlannedFollow(after, differences, body_bytes(_body(after, change)))


def stops_body(stops: Stops) -> bytes:
    """The body of a change of stops. Raises: ChangeRefused."""
    rates = {"stopProfitRate": stops.take_profit_ratio, "stopLossRate": stops.stop_loss_ratio}
    problems = [problem for name, rate in rates.items() for problem in _plain_problems(name, rate)]
    if all(rate is None for rate in rates.values()) and stops.stop_loss_delay_s is None:
        problems.append("nothing would change: name a take profit, a stop loss or its delay")
    if (stops.stop_loss_delay_s or 0) < 0:
        problems.append("stopLossDelay: must not be below 0")
    if problems:
        raise ChangeRefused(problems)
    body: dict[str, BodyValue] = {
        "leaderUserId": int(stops.leader_id),
        "symbolId": stops.instrument,
        "isLong": int(stops.direction is Direction.LONG),
    }
    body |= {name: rate for name, rate in rates.items() if rate is not None}
    if stops.stop_loss_delay_s is not None:
        body["stopLossDelay"] = stops.stop_loss_delay_s
    return body_bytes(body)


def _amount_problems(after: FollowConfig, change: FollowChange) -> Iterator[str]:
    real = change.real_invested_usdt
    amounts = {name: getattr(after, name) for name in _AMOUNTS} | {"real_invested_usdt": real}
    plain = [problem for name, value in amounts.items() for problem in _plain_problems(name, value)]
    if plain:  # what is no number cannot be compared
        yield from plain
        return
    if after.leverage == 0:
        yield "leverage: must be above 0"
    if not 0 <= _given(after.most_invested_ratio) <= 1:
        yield "most_invested_ratio: must lie between 0 and 1: 0.5 is 50 %"
    for name in ("take_profit_ratio", "stop_loss_ratio"):
        if 0 < getattr(after, name) < _LEAST_STOP:
            yield f"{name}: must be 0 (none) or at least {_LEAST_STOP}"
    if _given(after.stop_loss_delay_s) < 0:
        yield "stop_loss_delay_s: must not be below 0"
    if after.amount_mode is AmountMode.FIXED_AMOUNT:
        least, per_order = _given(after.reserved_usdt), _given(after.per_order_usdt)
        if real < least + per_order:
            yield f"real_invested_usdt: must be at least reserved_usdt + per_order_usdt = {least + per_order}"
        if 0 < _given(after.daily_most_usdt) < per_order:
            yield "daily_most_usdt: must be 0 (unlimited) or at least per_order_usdt"
    elif real <= _given(after.reserved_usdt):
        yield "real_invested_usdt: must be above reserved_usdt"


def _plain_problems(name: str, value: Decimal | None) -> Iterator[str]:
    if value is None:
        return
    if not value.is_finite() or value < 0:
        yield f"{name}: must not be below 0"
    elif places(value) > _MOST_PLACES:
        yield f"{name}: has more than {_MOST_PLACES} decimal places"


def _pairs_problems(instruments: str) -> Iterator[str]:
    pairs = instruments.split(",")
    if any(not pair or pair != pair.strip() for pair in pairs):
        yield "instruments: `all`, or ids with commas and no blanks between them"
    elif _EVERY_PAIR in pairs and len(pairs) > 1:
        yield "instruments: `all` cannot stand beside single pairs"


def _leverage_problems(
    now: FollowConfig, orders: Sequence[FollowOrder], change: FollowChange
) -> Iterator[str]:
    is_open = any(one.leader_id == now.leader_id for one in orders)
    if is_open and change.leverage is not None and change.leverage != now.leverage:
        yield "leverage: cannot change while copied positions are open"


def _body(after: FollowConfig, change: FollowChange) -> dict[str, BodyValue]:
    return {
        "leaderUserId": int(after.leader_id),
        "investAmount": _given(after.invested_usdt),
        "singlePlaceAmount": _given(after.per_order_usdt),
        "dailyMaxInvestAmount": _given(after.daily_most_usdt),
        "leverage": _given(after.leverage),
        "maxInvestRate": _given(after.most_invested_ratio),
        "stopProfitRate": _given(after.take_profit_ratio),
        "stopLossRate": _given(after.stop_loss_ratio),
        "realInvestAmount": change.real_invested_usdt,
        "followAmountMode": _AMOUNT_NUMBERS[_given(after.amount_mode)],
        "stopLossDelay": _given(after.stop_loss_delay_s),
        "isolatedReservedAmount": _given(after.reserved_usdt),
        "followMarginType": _MODE_NUMBERS[_given(after.margin_modes)],
        "followSymbolIds": _given(after.instruments),
        "zeroSlippageSwitch": _given(after.zero_slippage),
    }


def _given(value: Value | None) -> Value:
    if value is None:
        raise AssertionError("checked before: what is not told is not sent")
    return value
