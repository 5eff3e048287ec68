"""Covers alertd/domain/leader_events.py"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from alertd.domain.event import Direction, Event
from alertd.domain.events import EVENT_TYPES, RULE_KINDS, EventKind, field_types
from alertd.domain.leader_events import DURATIONS, SHARES, LeaderChange, LeaderMove, LeaderState
from alertd.store.codec import decode_event, encode_event

AT = datetime(2026, 11, 3, tzinfo=UTC)


def event(cls: type[Event], **fields: object) -> Event:
    return cls(event_id="e", exchange="okx", account="main", received_at=AT, **fields)


@pytest.mark.parametrize("cls", [LeaderState, LeaderChange])
def test_both_are_about_the_trader_whatever_the_instrument(cls: type[Event]) -> None:
    assert event(cls, trader="T1", instrument="A-B", direction=Direction.LONG).subject == "trader/T1"
    assert event(cls).subject == "trader/*"


def test_how_a_trader_stands_is_a_state_and_what_it_does_an_occurrence() -> None:
    assert event(LeaderState).tells_state
    assert not event(LeaderChange).tells_state


def test_rules_may_name_both() -> None:
    assert {EventKind.LEADER_STATE, EventKind.LEADER_CHANGE} <= set(RULE_KINDS)
    assert field_types(EventKind.LEADER_CHANGE)["change"] is LeaderMove
    assert field_types(EventKind.LEADER_STATE)["equity_share"] is Decimal


def test_what_is_shown_as_a_share_or_a_length_of_time_is_a_figure_of_one_of_them() -> None:
    figures = {**field_types(EventKind.LEADER_STATE), **field_types(EventKind.LEADER_CHANGE)}
    assert {figures[name] for name in SHARES | DURATIONS} == {Decimal}


@pytest.mark.parametrize("cls", [LeaderState, LeaderChange])
def test_the_store_gives_back_what_it_was_given(cls: type[Event]) -> None:
    figures = {name: Decimal("1.50") for name, kept in field_types(cls.kind).items() if kept is Decimal}
    told = event(cls, trader="T1", trader_name="ä", **figures)
    assert decode_event(encode_event(told)) == told
    assert EVENT_TYPES[cls.kind] is cls
