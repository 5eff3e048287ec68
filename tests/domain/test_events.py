"""Subjects, which make the fingerprint of an alert, and the fields rules can name."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.events import (
    EVENT_TYPES,
    RULE_KINDS,
    ConfigurationState,
    Coverage,
    Direction,
    Event,
    EventKind,
    LeadTradeFailed,
    Liquidation,
    MarginMode,
    MarginState,
    PositionScope,
    PositionSnapshot,
    field_types,
)
from alertd.domain.position_events import scope_of

AT = datetime(2026, 11, 3, tzinfo=UTC)


def event(cls: type[Event], **fields) -> Event:
    return cls(event_id="e", exchange="okx", account="main", received_at=AT, **fields)


@pytest.mark.parametrize(
    ("fields", "subject"),
    [
        (
            {"instrument": "A-B", "direction": Direction.LONG, "margin_mode": MarginMode.ISOLATED},
            "A-B/long/isolated",
        ),
        ({"instrument": "A-B", "margin_mode": MarginMode.CROSS, "margin_currency": "B"}, "cross/B"),
        ({"margin_mode": MarginMode.CROSS}, "cross/*"),
        ({"instrument": "A-B"}, "A-B/*/*"),
        ({}, "*/*/*"),
    ],
)
@pytest.mark.parametrize("cls", [MarginState, Liquidation])
def test_a_danger_and_its_end_have_the_same_subject(cls, fields, subject):
    assert event(cls, **fields).subject == subject


@given(
    instrument=st.from_regex(r"[A-Z0-9]{1,8}(-[A-Z0-9/]{1,6}){0,2}", fullmatch=True),
    direction=st.sampled_from(Direction),
    mode=st.sampled_from(MarginMode),
    trader=st.none() | st.from_regex(r"[0-9]{1,19}", fullmatch=True),
)
def test_a_position_s_scope_can_be_read_off_its_subject(
    instrument: str, direction: Direction, mode: MarginMode, trader: str | None
) -> None:
    currency = instrument.rpartition("-")[2].replace("/", "")
    position = {"instrument": instrument, "direction": direction, "margin_mode": mode}
    one = event(MarginState, **position, margin_currency=currency, trader=trader)
    assert scope_of(one.subject) is (PositionScope.COPIED if trader else PositionScope.OWN)


OWN, COPIED = ("A-B/long/isolated", "cross/B"), ("A-B/long/isolated/77", "cross/B/77")


@pytest.mark.parametrize(
    ("scope", "ended"),
    [
        (None, {*OWN, *COPIED} - {"cross/B", "cross/B/77"}),
        (PositionScope.OWN, {"A-B/long/isolated"}),
        (PositionScope.COPIED, {"A-B/long/isolated/77"}),
    ],
)
def test_a_snapshot_ends_what_it_lacks_of_what_it_speaks_of(scope: PositionScope | None, ended: set[str]):
    one = event(PositionSnapshot, subjects=frozenset({"cross/B", "cross/B/77"}), scope=scope)
    assert {subject for subject in (*OWN, *COPIED) if one.tells_gone(subject)} == ended


def test_a_lead_trade_is_about_the_trader():
    assert event(LeadTradeFailed, trader="T1", instrument="A-B").subject == "trader/T1"
    assert event(LeadTradeFailed).subject == "trader/*"


def test_coverage_is_about_an_account_or_about_a_cause_of_several():
    assert event(Coverage, stream="private").subject == "account"
    several = Coverage(event_id="e", exchange="okx", account="", received_at=AT, cause="connection")
    assert several.subject == "accounts/okx/connection"


def test_there_is_one_configuration():
    refused = event(ConfigurationState, accepted=False, problems=("a", "b"))
    assert refused.subject == event(ConfigurationState).subject == "configuration"


def test_the_raw_frame_is_neither_shown_nor_compared():
    assert event(MarginState, raw=b"a") == event(MarginState, raw=b"b")
    assert "raw" not in repr(event(MarginState, raw=b"secret"))


def test_every_kind_has_its_type():
    assert set(EVENT_TYPES) == set(EventKind)
    assert all(cls.kind is kind for kind, cls in EVENT_TYPES.items())
    assert all(cls.__struct_config__.tag == kind for kind, cls in EVENT_TYPES.items())
    assert {EventKind.TICK, EventKind.POSITION_SNAPSHOT} & set(RULE_KINDS) == set()


def test_rules_see_plain_types():
    found = field_types(EventKind.MARGIN_STATE)
    assert found["margin_ratio"] is Decimal
    assert found["direction"] is Direction
    assert found["position_count"] is int
    assert "raw" not in found


def test_a_copied_position_is_named_with_its_trader():
    isolated = {
        "instrument": "BTC-SWAP-USDT",
        "direction": Direction.LONG,
        "margin_mode": MarginMode.ISOLATED,
    }
    cross = {"margin_mode": MarginMode.CROSS, "margin_currency": "USDT"}
    for kind in (MarginState, Liquidation):
        assert event(kind, **isolated, trader="77").subject == "BTC-SWAP-USDT/long/isolated/77"
        assert event(kind, **cross, trader="77").subject == "cross/USDT/77"
        assert event(kind, **isolated).subject == "BTC-SWAP-USDT/long/isolated"
