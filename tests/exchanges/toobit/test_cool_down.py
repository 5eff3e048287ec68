"""Covers alertd/exchanges/toobit/cool_down.py: nothing but the cool-down ever changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.errors import ChangeRefused
from alertd.exchanges.toobit import cool_down, decode
from alertd.exchanges.toobit.cool_down import FIELDS
from alertd.exchanges.toobit.leader_config import LeaderState
from alertd.exchanges.toobit.models import LeaderSymbol
from tests.exchanges.toobit.documented import LEAD_ORDER, LEADER_CONFIG, raw
from tests.exchanges.toobit.test_leader_config import BTC, ETH, PUBLIC, config, state

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=1)
WINDOW = ("unLeadType", "unLeadStartTime", "unLeadEndTime")


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def ms(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))


def window(begins: float, ends: float) -> dict[str, Any]:
    return {"unLeadType": 1, "unLeadStartTime": ms(at(begins)), "unLeadEndTime": ms(at(ends))}


amounts = st.decimals(0, 10**6, places=4).map(lambda value: f"{value:f}")
pairs = st.lists(
    st.text("ABCXYZ", min_size=2, max_size=4).map(lambda coin: f"{coin}-SWAP-USDT"), unique=True, max_size=30
)


@st.composite
def states(draw: st.DrawFn) -> tuple[dict[str, Any], LeaderState]:
    """Settings as the exchange may tell them, and the state that is read."""
    led, others = draw(pairs.filter(bool)), draw(pairs)
    shares = draw(st.booleans())
    begins = draw(st.integers(-(10**5), 10**5))
    row = {
        **draw(st.sampled_from([PUBLIC, window(begins, begins + draw(st.integers(0, 10**5)))])),
        "leadPositionType": draw(st.sampled_from([-1, 0, 1])),
        "tradeProtect": draw(st.sampled_from([0, 1])),
        "profitPeriod": draw(st.sampled_from([1, 7])),
        "profitRate": draw(amounts),
        "followAssetLowerLimit": draw(amounts),
        "fixedAmountFollowMin": draw(amounts),
        "fixedRateFollowMin": draw(amounts),
        "isNeedInvite": draw(st.sampled_from([0, 1])),
        "inviteScope": draw(st.integers(0, 5)),
        "symbolIds": led,
        "recommendShare": int(shares),
        "recommendShareRate": "0.25" if shares else "",
        "inviteCode": draw(st.sampled_from(["", "LEADER2026"])),
    }
    symbols = [LeaderSymbol(instrument=name, leverage=None, is_led=name in led) for name in {*led, *others}]
    orders = [LEAD_ORDER | {"symbolId": name} for name in draw(st.lists(st.sampled_from(led), max_size=3))]
    read = decode.leader_config(raw(row))
    return row, LeaderState(read, symbols, decode.lead_orders(raw(orders)).items)


@given(given_state=states(), minutes=st.integers(1, 50_000))
def test_only_the_cool_down_changes_whatever_the_settings_are(
    given_state: tuple[dict[str, Any], LeaderState], minutes: int
) -> None:
    row, before = given_state
    until = at(minutes)
    if cool_down.is_paused(before.config, NOW, until):
        return
    planned = cool_down.pausing(before, NOW, until)
    body = json.loads(planned.body)
    assert body["symbolIds"] == row["symbolIds"]
    assert "inviteCode" not in body
    assert "recommendShare" not in body
    for name, value in body.items():
        if name in WINDOW or name == "symbolIds":
            continue
        assert Decimal(str(value)) == Decimal(str(row[name])), name
    assert set(body) == {*WINDOW, "leadPositionType", "tradeProtect", "profitPeriod", "profitRate",
        "followAssetLowerLimit", "fixedAmountFollowMin", "fixedRateFollowMin", "isNeedInvite", "inviteScope",
        "symbolIds"}  # fmt: skip
    assert planned.differences.keys() <= FIELDS
    assert cool_down.is_paused(planned.after, NOW, until)
    assert body["unLeadType"] == 1
    assert body["unLeadStartTime"] <= int(ms(NOW))
    assert body["unLeadEndTime"] >= int(ms(until))


@pytest.mark.parametrize(
    ("there", "begins", "ends"),
    [
        (PUBLIC, 0, 60),
        (window(-10, 30), -10, 60),  # it runs: it goes on
        (window(30, 90), 0, 90),  # it was to come: it comes sooner, and ends as it would
        (window(90, 120), 0, 60),  # there can be but one
        (window(-20, -10), 0, 60),
    ],
)
def test_a_window_that_is_there(there: dict[str, Any], begins: float, ends: float) -> None:
    before = state(**there)
    planned = cool_down.pausing(before, NOW, UNTIL)
    assert (planned.after.cool_down_from, planned.after.cool_down_until) == (at(begins), at(ends))
    lost = cool_down.replaced(before, planned, NOW)
    assert bool(lost) == (there == window(90, 120))


@pytest.mark.parametrize(
    ("there", "is_met"),
    [
        (PUBLIC, False),
        (window(0, 60), True),
        (window(-600, 600), True),
        (window(0.02, 60), True),  # two clocks are never quite the same
        (window(1, 60), False),
        (window(0, 59.9), False),
        (window(0, 60) | {"unLeadType": 0}, False),
    ],
)
def test_whether_it_is_paused(there: dict[str, Any], is_met: bool) -> None:
    assert cool_down.is_paused(config(**there), NOW, UNTIL) is is_met
    assert cool_down.is_told(config(**there))


@pytest.mark.parametrize("lost", [{"unLeadType": None}, {"unLeadEndTime": ""}, {"unLeadStartTime": None}])
def test_what_is_not_told_is_not_seen(lost: dict[str, Any]) -> None:
    untold = config(**(window(0, 60) | lost))
    assert not cool_down.is_told(untold)
    assert not cool_down.is_paused(untold, NOW, UNTIL)


def test_pairs_the_exchange_is_not_sure_of_are_left_alone() -> None:
    symbols = [LeaderSymbol(instrument=BTC, leverage=None, is_led=True)]
    with pytest.raises(ChangeRefused, match=ETH):
        cool_down.pausing(LeaderState(config(), symbols, ()), NOW, UNTIL)
    with pytest.raises(ChangeRefused, match="profit_share"):
        cool_down.pausing(state(profitRate=""), NOW, UNTIL)


def test_the_documented_settings() -> None:
    before = LeaderState(decode.leader_config(raw(LEADER_CONFIG)), state().symbols, ())
    assert cool_down.pausing(before, NOW, UNTIL).differences.keys() <= FIELDS
