"""A change of a leader's settings: checked against every rule before it is sent, and written out whole. Pure.

The exchange replaces all settings with what is sent: pairs that are left out are switched off. So a change is
laid over what was read just before, and only what is named is switched. Source: Toobit API, "Copy trading:
leader", "Update leader config".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from alertd.domain.errors import ChangeRefused
from alertd.domain.events import MarginMode
from alertd.exchanges.toobit.models import LeaderConfig, LeaderSymbol, LeadOrder, MarginModes, ProfitPeriod
from alertd.exchanges.toobit.requests import BodyValue, body_bytes, decimal_text

Value = TypeVar("Value")

_MOST_PLACES = 8
_INVITE_CODE = re.compile(r"[^\u2e80-\u9fff\uf900-\ufaff\s]{6,10}")
_MODE_NUMBERS = {MarginModes.ALL: -1, MarginModes.CROSS: 0, MarginModes.ISOLATED: 1}
_PERIOD_NUMBERS = {ProfitPeriod.DAILY: 1, ProfitPeriod.WEEKLY: 7}
_MANDATORY = (
    "has_cool_down", "margin_modes", "trade_protection", "profit_period", "profit_share",
    "least_follower_assets_usdt", "least_fixed_amount_usdt", "least_fixed_rate", "is_private", "invite_scope",
    "instruments",
)  # fmt: skip


class LeaderState(msgspec.Struct, frozen=True):
    """What a change is judged by, read at one time."""

    config: LeaderConfig
    symbols: Sequence[LeaderSymbol]
    orders: Sequence[LeadOrder]

    def led(self) -> frozenset[str]:
        """The pairs that are switched on, as the list of pairs says."""
        return frozenset(one.instrument for one in self.symbols if one.is_led)


class ConfigChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be different; None stays as it is. `enable`, `disable`: pairs, each by its name.

    `profit_share`, `referrer_share`: fractions, 0.1 = 10 %.
    """

    has_cool_down: bool | None = None
    cool_down_from: datetime | None = None
    cool_down_until: datetime | None = None
    margin_modes: MarginModes | None = None
    trade_protection: int | None = None
    profit_period: ProfitPeriod | None = None
    profit_share: Decimal | None = None
    least_follower_assets_usdt: Decimal | None = None
    least_fixed_amount_usdt: Decimal | None = None
    least_fixed_rate: Decimal | None = None
    is_private: bool | None = None
    invite_scope: int | None = None
    shares_with_referrers: bool | None = None
    referrer_share: Decimal | None = None
    invite_code: str | None = None
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()


class PlannedConfig(msgspec.Struct, frozen=True):
    """`differences`: what changes, by field: before and after. `body`: the bytes to be signed and sent."""

    after: LeaderConfig
    differences: Mapping[str, tuple[str, str]]
    body: bytes


def plan(state: LeaderState, change: ConfigChange) -> PlannedConfig:
    """The change laid over what was read.

    Raises: ChangeRefused with one line for each rule that it breaks, or where nothing would change.
    """
    problems = [*_unreadable(state), *_pairs_problems(state, change)]
    if problems:
        raise ChangeRefused(problems)
    after = _after(state, change)
    problems = [*_value_problems(state, change, after), *_position_problems(state, change)]
    differences = _differences(state.config, after)
    if not problems and not differences:
        problems = ["nothing would change"]
    if problems:
        raise ChangeRefused(problems)
    return PlannedConfig(after, differences, body_bytes(_body(after, change)))


def _unreadable(state: LeaderState) -> Iterator[str]:
    """What was not told cannot be sent back, and everything has to be."""
    for name in _MANDATORY:
        if getattr(state.config, name) is None:
            yield f"{name}: the exchange does not tell it, so it cannot be sent back: change it in the app"
    if any(one.is_led is None for one in state.symbols):
        yield "symbols: the exchange does not tell of each pair whether it is led: change it in the app"


def _pairs_problems(state: LeaderState, change: ConfigChange) -> Iterator[str]:
    known = {one.instrument for one in state.symbols}
    listed = frozenset(state.config.instruments or ())
    named = {*change.enable, *change.disable}
    for pair in sorted(named - known - listed):
        yield f"{pair}: is no pair that can be led"
    for pair in sorted(set(change.enable) & set(change.disable)):
        yield f"{pair}: is to be switched on and off"
    for pair in sorted((listed ^ state.led()) - named):
        one, other = ("settings", "list of pairs") if pair in listed else ("list of pairs", "settings")
        yield (
            f"{pair}: the exchange's {one} have it switched on, its {other} do not: "
            "name it with --enable or --disable, so that no pair is switched by accident"
        )
    busy = {order.instrument for order in state.orders}
    for pair in sorted(set(change.disable) & busy):
        yield f"{pair}: has open lead orders, so it cannot be switched off"


def _after(state: LeaderState, change: ConfigChange) -> LeaderConfig:
    """In the order of the settings, what is new at the end."""
    now = state.config
    pairs = [*dict.fromkeys((*(now.instruments or ()), *change.enable))]
    wanted = {
        name: value
        for name in msgspec.structs.asdict(now)
        if name != "instruments" and (value := getattr(change, name, None)) is not None
    }
    after = msgspec.structs.replace(
        now, **wanted, instruments=tuple(pair for pair in pairs if pair not in change.disable)
    )
    if not after.has_cool_down:  # the exchange empties the times by itself
        after = msgspec.structs.replace(after, cool_down_from=None, cool_down_until=None)
    return after


def _value_problems(state: LeaderState, change: ConfigChange, after: LeaderConfig) -> Iterator[str]:
    if not after.instruments:
        yield "instruments: every pair would be switched off; stop leading in the app if that is meant"
    if after.has_cool_down and not (after.cool_down_from and after.cool_down_until):
        yield "cool_down: needs its beginning and its end"
    elif after.cool_down_from and after.cool_down_until and after.cool_down_until < after.cool_down_from:
        yield "cool_down: ends before it begins"
    if not after.has_cool_down and (change.cool_down_from or change.cool_down_until):
        yield "cool_down: times are used only with the cool-down switched on"
    if after.trade_protection not in (0, 1):
        yield f"trade_protection: must be 0 or 1, not {after.trade_protection}"
    if (after.invite_scope or 0) < 0:
        yield "invite_scope: must not be below 0"
    yield from _share_problems(state.config, change)
    for name in ("least_follower_assets_usdt", "least_fixed_amount_usdt", "least_fixed_rate"):
        yield from _amount_problems(name, getattr(change, name))
    yield from _referrer_problems(after)
    yield from _invite_problems(change, after)


def _share_problems(now: LeaderConfig, change: ConfigChange) -> Iterator[str]:
    """A share is a fraction; where the exchange shows more than 1 its unit is not known."""
    share = change.profit_share
    if share is None:
        return
    if now.profit_share is not None and now.profit_share > 1:
        yield (
            f"profit_share: the exchange shows {decimal_text(now.profit_share)}, which is no fraction: the "
            "unit it wants is not known: change it in the app"
        )
    if not 0 <= share <= 1:
        yield "profit_share: must lie between 0 and 1: 0.1 is 10 %"
    yield from _amount_problems("profit_share", share)


def _amount_problems(name: str, value: Decimal | None) -> Iterator[str]:
    if value is None:
        return
    if not value.is_finite() or value < 0:
        yield f"{name}: must not be below 0"
    elif places(value) > _MOST_PLACES:
        yield f"{name}: has more than {_MOST_PLACES} decimal places"


def _referrer_problems(after: LeaderConfig) -> Iterator[str]:
    share = after.referrer_share
    if after.shares_with_referrers:
        if share is None or not 0 < share <= 1:
            yield "referrer_share: must be above 0 and at most 1 while profit is shared with referrers"
        else:
            yield from _amount_problems("referrer_share", share)


def _invite_problems(change: ConfigChange, after: LeaderConfig) -> Iterator[str]:
    if change.invite_code is None:
        return
    if not after.is_private:
        yield "invite_code: is used only by private leaders (is_private)"
    if not _INVITE_CODE.fullmatch(change.invite_code):
        yield "invite_code: must be 6 to 10 characters, none Chinese"


def _position_problems(state: LeaderState, change: ConfigChange) -> Iterator[str]:
    """The exchange does not switch away from a margin mode that has positions."""
    wanted = change.margin_modes
    if wanted is None or wanted is state.config.margin_modes or wanted is MarginModes.ALL:
        return
    allowed = MarginMode.CROSS if wanted is MarginModes.CROSS else MarginMode.ISOLATED
    held = sorted({one.instrument for one in state.orders if one.margin_mode is not allowed})
    if held:
        yield f"margin_modes: cannot become {wanted} while {', '.join(held)} is open in another mode"


def _differences(now: LeaderConfig, after: LeaderConfig) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    was_on, is_on = now.instruments or (), after.instruments or ()
    for name, before in msgspec.structs.asdict(now).items():
        value = getattr(after, name)
        if name == "instruments":
            found |= {pair: ("on", "off") for pair in was_on if pair not in is_on}
            found |= {pair: ("off", "on") for pair in is_on if pair not in was_on}
        elif before != value:
            found[name] = (shown(before), shown(value))
    return found


def _body(after: LeaderConfig, change: ConfigChange) -> dict[str, BodyValue]:
    """In the documented order. Optional fields only where they change: left out they stay as they are."""
    body: dict[str, BodyValue] = {"unLeadType": int(_given(after.has_cool_down))}
    if after.has_cool_down:
        body["unLeadStartTime"] = _ms(_given(after.cool_down_from))
        body["unLeadEndTime"] = _ms(_given(after.cool_down_until))
    body |= {
        "leadPositionType": _MODE_NUMBERS[_given(after.margin_modes)],
        "tradeProtect": _given(after.trade_protection),
        "profitPeriod": _PERIOD_NUMBERS[_given(after.profit_period)],
        "profitRate": _given(after.profit_share),
        "followAssetLowerLimit": _given(after.least_follower_assets_usdt),
        "fixedAmountFollowMin": _given(after.least_fixed_amount_usdt),
        "fixedRateFollowMin": _given(after.least_fixed_rate),
        "isNeedInvite": int(_given(after.is_private)),
        "inviteScope": _given(after.invite_scope),
        "symbolIds": _given(after.instruments),
    }
    if change.shares_with_referrers is not None or change.referrer_share is not None:
        body["recommendShare"] = int(bool(after.shares_with_referrers))
        if after.referrer_share is not None:
            body["recommendShareRate"] = after.referrer_share
    if change.invite_code is not None:
        body["inviteCode"] = change.invite_code
    return body


def places(value: Decimal) -> int:
    """How many decimal places are written."""
    exponent = value.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _given(value: Value | None) -> Value:
    if value is None:
        raise AssertionError("checked before: what is not told is not sent")
    return value


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def shown(value: object) -> str:
    """A setting as people read it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return decimal_text(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)
