"""Every rule of a change of settings, and that no pair is switched off by leaving it out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.errors import ChangeRefused
from alertd.exchanges.toobit import decode
from alertd.exchanges.toobit.leader_config import ConfigChange, LeaderState, plan
from alertd.exchanges.toobit.models import LeaderConfig, LeaderSymbol, MarginModes, ProfitPeriod
from tests.exchanges.toobit.documented import LEAD_ORDER, LEADER_CONFIG, raw

BTC, ETH, SOL, XRP = (f"{coin}-SWAP-USDT" for coin in ("BTC", "ETH", "SOL", "XRP"))
FROM, UNTIL = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
PUBLIC = {"unLeadType": 0, "unLeadStartTime": "0", "unLeadEndTime": "0", "isNeedInvite": 0, "inviteCode": ""}


def config(**changes: Any) -> LeaderConfig:
    return decode.leader_config(raw(LEADER_CONFIG | PUBLIC | changes))


def symbol(name: str, *, is_led: bool | None) -> LeaderSymbol:
    return LeaderSymbol(instrument=name, leverage=Decimal(20), is_led=is_led)


def state(*, orders: tuple[dict[str, Any], ...] = (), **changes: Any) -> LeaderState:
    """BTC and ETH are led, SOL is not."""
    symbols = [symbol(BTC, is_led=True), symbol(ETH, is_led=True), symbol(SOL, is_led=False)]
    rows = [LEAD_ORDER | row for row in orders]
    return LeaderState(config(**changes), symbols, decode.lead_orders(raw(rows)).items)


def body(before: LeaderState, change: ConfigChange) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(plan(before, change).body)
    return found


def problems(before: LeaderState, change: ConfigChange) -> list[str]:
    with pytest.raises(ChangeRefused) as caught:
        plan(before, change)
    return caught.value.problems


def test_everything_is_sent_back_and_one_thing_is_different() -> None:
    planned = plan(state(), ConfigChange(least_fixed_amount_usdt=Decimal(25)))
    assert planned.differences == {"least_fixed_amount_usdt": ("10", "25")}
    assert json.loads(planned.body) == {
        "unLeadType": 0, "leadPositionType": 0, "tradeProtect": 1, "profitPeriod": 7, "profitRate": "0.1",
        "followAssetLowerLimit": "100", "fixedAmountFollowMin": "25", "fixedRateFollowMin": "1",
        "isNeedInvite": 0, "inviteScope": 2, "symbolIds": [BTC, ETH],
    }  # fmt: skip


def test_optional_fields_are_sent_only_where_they_change() -> None:
    private = state(isNeedInvite=1, inviteCode="LEADER26")
    assert "inviteCode" not in body(private, ConfigChange(trade_protection=0))
    assert body(private, ConfigChange(invite_code="NEWCODE1"))["inviteCode"] == "NEWCODE1"
    sent = body(state(), ConfigChange(referrer_share=Decimal("0.3")))
    assert (sent["recommendShare"], sent["recommendShareRate"]) == (1, "0.3")


def test_times_of_a_cool_down_are_whole_numbers() -> None:
    sent = body(state(), ConfigChange(has_cool_down=True, cool_down_from=FROM, cool_down_until=UNTIL))
    assert (sent["unLeadType"], sent["unLeadStartTime"], sent["unLeadEndTime"]) == (
        1, 1764547200000 + 365 * 86400000, 1764633600000 + 365 * 86400000,
    )  # fmt: skip
    resting = state(unLeadType=1, unLeadStartTime="1763700000123", unLeadEndTime="1763786400000")
    assert body(resting, ConfigChange(trade_protection=0))["unLeadStartTime"] == 1763700000123
    over = plan(resting, ConfigChange(has_cool_down=False))
    assert set(over.differences) == {"has_cool_down", "cool_down_from", "cool_down_until"}
    assert b"unLeadStartTime" not in over.body


def test_pairs_are_switched_by_name_alone() -> None:
    planned = plan(state(), ConfigChange(enable=(SOL,), disable=(BTC,)))
    assert planned.differences == {BTC: ("on", "off"), SOL: ("off", "on")}
    assert json.loads(planned.body)["symbolIds"] == [ETH, SOL]


NAMES = st.sampled_from([BTC, ETH, SOL])


@given(
    listed=st.lists(NAMES, unique=True), led=st.frozensets(NAMES), disable=st.lists(NAMES, unique=True),
    enable=st.lists(NAMES, unique=True), amount=st.none() | st.integers(0, 50).map(Decimal),
)  # fmt: skip
def test_no_pair_is_ever_switched_without_being_named(
    listed: list[str], led: frozenset[str], disable: list[str], enable: list[str], amount: Decimal | None
) -> None:
    """Whatever the exchange's two lists say: a pair that either has on is sent, unless it is named."""
    symbols = [symbol(name, is_led=name in led) for name in (BTC, ETH, SOL)]
    before = LeaderState(config(symbolIds=listed), symbols, ())
    change = ConfigChange(enable=tuple(enable), disable=tuple(disable), least_fixed_amount_usdt=amount)
    try:
        planned = plan(before, change)
    except ChangeRefused as refused:
        assert refused.problems  # noqa: PT017 - it need not be refused
        return
    sent = set(json.loads(planned.body)["symbolIds"])
    named = set(enable) | set(disable)
    assert sent - named == (set(listed) | led) - named
    assert not sent & set(disable)
    assert set(enable) <= sent


def test_where_the_two_lists_differ_the_pair_has_to_be_named() -> None:
    drifted = state(symbolIds=[BTC])
    assert problems(drifted, ConfigChange(trade_protection=0)) == [
        f"{ETH}: the exchange's list of pairs have it switched on, its settings do not: "
        "name it with --enable or --disable, so that no pair is switched by accident"
    ]
    assert body(drifted, ConfigChange(trade_protection=0, enable=(ETH,)))["symbolIds"] == [BTC, ETH]
    assert body(drifted, ConfigChange(trade_protection=0, disable=(ETH,)))["symbolIds"] == [BTC]


OPEN = ({"symbolId": BTC, "positionType": 0},)
REFUSED: dict[str, tuple[LeaderState, ConfigChange, str]] = {
    "nothing": (state(), ConfigChange(), "nothing would change"),
    "the same": (state(), ConfigChange(trade_protection=1), "nothing would change"),
    "every pair off": (state(), ConfigChange(disable=(BTC, ETH)), "every pair would be switched off"),
    "an unknown pair": (state(), ConfigChange(enable=(XRP,)), f"{XRP}: is no pair that can be led"),
    "on and off": (state(), ConfigChange(enable=(SOL,), disable=(SOL,)), "is to be switched on and off"),
    "a pair in use": (state(orders=OPEN), ConfigChange(disable=(BTC,)), "has open lead orders"),
    "a mode in use": (
        state(orders=OPEN), ConfigChange(margin_modes=MarginModes.ISOLATED), f"while {BTC} is open",
    ),
    "no times": (state(), ConfigChange(has_cool_down=True), "needs its beginning and its end"),
    "backwards": (
        state(), ConfigChange(has_cool_down=True, cool_down_from=UNTIL, cool_down_until=FROM),
        "ends before it begins",
    ),
    "times without a rest": (state(), ConfigChange(cool_down_from=FROM), "only with the cool-down"),
    "protection 2": (state(), ConfigChange(trade_protection=2), "must be 0 or 1"),
    "scope -1": (state(), ConfigChange(invite_scope=-1), "invite_scope: must not be below 0"),
    "a share in percent": (state(), ConfigChange(profit_share=Decimal(10)), "0.1 is 10 %"),
    "a share of unknown unit": (
        state(profitRate="10"), ConfigChange(profit_share=Decimal("0.1")), "the unit it wants is not known",
    ),
    "below 0": (state(), ConfigChange(least_fixed_rate=Decimal(-1)), "least_fixed_rate: must not be below 0"),
    "nine places": (
        state(), ConfigChange(least_fixed_rate=Decimal("0.123456789")), "more than 8 decimal places",
    ),
    "referrers for nothing": (
        state(), ConfigChange(referrer_share=Decimal(0)), "must be above 0 and at most 1",
    ),
    "a public code": (state(), ConfigChange(invite_code="ABCDEF"), "is used only by private leaders"),
    "a short code": (state(isNeedInvite=1), ConfigChange(invite_code="ABC"), "6 to 10 characters"),
    "a Chinese code": (state(isNeedInvite=1), ConfigChange(invite_code="跟单带单员好"), "none Chinese"),
    "settings without pairs": (
        state(symbolIds=None), ConfigChange(trade_protection=0), "instruments: the exchange does not tell it",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "change", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_before_it_is_sent(before: LeaderState, change: ConfigChange, said: str) -> None:
    assert any(said in problem for problem in problems(before, change)), problems(before, change)


MANDATORY = (
    "unLeadType", "leadPositionType", "tradeProtect", "profitPeriod", "profitRate", "followAssetLowerLimit",
    "fixedAmountFollowMin", "fixedRateFollowMin", "isNeedInvite", "inviteScope",
)  # fmt: skip


@pytest.mark.parametrize("name", MANDATORY)
def test_what_is_not_told_cannot_be_sent_back(name: str) -> None:
    [problem] = problems(state(**{name: ""}), ConfigChange(enable=(SOL,)))
    assert "the exchange does not tell it" in problem


def test_a_pair_of_which_nobody_knows_whether_it_is_led() -> None:
    before = LeaderState(config(), [symbol(BTC, is_led=None)], ())
    assert "whether it is led" in problems(before, ConfigChange(trade_protection=0))[0]


def test_a_share_of_unknown_unit_is_sent_back_as_it_came() -> None:
    assert body(state(profitRate="10.50"), ConfigChange(trade_protection=0))["profitRate"] == "10.50"


def test_a_mode_may_change_where_what_is_open_fits() -> None:
    fits = state(orders=OPEN, leadPositionType=-1)
    assert body(fits, ConfigChange(margin_modes=MarginModes.CROSS))["leadPositionType"] == 0
    assert body(state(orders=OPEN), ConfigChange(margin_modes=MarginModes.ALL))["leadPositionType"] == -1
    assert body(state(), ConfigChange(profit_period=ProfitPeriod.DAILY))["profitPeriod"] == 1


def test_every_field_of_a_change_is_a_setting() -> None:
    """A field that is misspelt would be dropped without a word."""
    settings = set(LeaderConfig.__struct_fields__) - {"instruments"}
    assert set(ConfigChange.__struct_fields__) == settings | {"enable", "disable"}
    assert msgspec.structs.asdict(ConfigChange(enable=("x",)))["enable"] == ("x",)
