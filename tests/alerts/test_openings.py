"""Covers alertd/alerts/openings.py."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from alertd.alerts.openings import Openings
from alertd.domain.alert import Alert, AlertState, Fingerprint, Severity
from alertd.domain.events import Direction, MarginMode, MarginState, Tick
from tests.alerts.nouns import START, at, cross, isolated, margin, warning

D = Decimal
# Opened at 10 %, of which a fifth is left; its margin was taken out since, so the entry price tells nothing.
TOLD = margin(
    position_id="p",
    opened_at=START - timedelta(seconds=20),
    distance_to_liquidation=D("0.02"),
    buffer_used=D("0.8"),
    entry_price=D(80),
    mark_price=D(100),
    liquidation_price=D(98),
    position_size=D(7),
    leverage=D(10),
)
# As who began anew measures it: from first sight.
ANEW = replace(TOLD, received_at=at(30), buffer_used=D(0))


def alert(event: Any, rule: str = "buffer_used") -> Alert:
    return Alert(
        fingerprint=Fingerprint(event.account, event.kind, rule, event.subject),
        episode=1,
        state=AlertState.FIRING,
        severity=Severity.CRITICAL,
        event=event,
        since=START,
        updated_at=START,
    )


def used(openings: Openings, event: MarginState) -> Decimal | None:
    [measured] = openings.measured([event])
    assert isinstance(measured, MarginState)
    assert replace(measured, buffer_used=None) == replace(event, buffer_used=None)
    return measured.buffer_used


def test_an_unchanged_position_has_no_more_room_after_a_restart() -> None:
    openings = Openings([alert(TOLD)])
    assert used(openings, ANEW) == D("0.8")
    assert used(openings, replace(ANEW, distance_to_liquidation=D("0.03"))) == D("0.7")
    assert used(openings, replace(ANEW, distance_to_liquidation=D("0.12"))) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"position_size": D(8)},
        {"leverage": D(20)},
        {"entry_price": D(81)},
        {"liquidation_price": D(97)},
        {"direction": Direction.SHORT},
        {"opened_at": START},
    ],
    ids=str,
)
def test_who_changes_what_it_stands_on_begins_anew(change: dict[str, Any]) -> None:
    openings = Openings([alert(TOLD)])
    assert used(openings, replace(ANEW, **change)) == 0
    assert not openings


@pytest.mark.parametrize(
    "change",
    [
        {"liquidation_price": D("98.1")},  # funding
        {"opened_at": None},
        {"margin_mode": MarginMode.CROSS, "liquidation_price": D(95)},  # it drifts with the other positions
    ],
    ids=str,
)
def test_what_drifts_is_no_change(change: dict[str, Any]) -> None:
    told = replace(TOLD, margin_mode=change.get("margin_mode", TOLD.margin_mode))
    assert used(Openings([alert(told)]), replace(ANEW, **change)) == D("0.8")


def test_another_position_is_left_as_it_is_and_an_end_forgets() -> None:
    openings = Openings([alert(TOLD)])
    assert used(openings, replace(ANEW, position_id="q")) == 0
    assert used(openings, replace(ANEW, account="other")) == 0
    assert used(openings, replace(ANEW, distance_to_liquidation=None)) == 0
    assert openings
    openings.measured([margin(open=False)])
    assert not openings
    assert used(openings, ANEW) == 0


def test_the_end_of_a_currency_forgets_its_nearest_position() -> None:
    own = {**isolated(), "margin_mode": MarginMode.CROSS}
    told = margin(position=own, position_id="p", distance_to_liquidation=D("0.02"), buffer_used=D("0.8"))
    openings = Openings([alert(told)])
    openings.measured([margin(position=cross(), open=False)])
    assert not openings


@pytest.mark.parametrize(
    "change",
    [
        {"buffer_used": None},
        {"buffer_used": D(0)},
        {"buffer_used": D(1), "distance_to_liquidation": D(0)},
        {"stale": ("buffer_used",)},
        {"open": False},
    ],
    ids=str,
)
def test_figures_that_tell_no_opening_are_not_taken(change: dict[str, Any]) -> None:
    assert not Openings([alert(replace(TOLD, **change))])


def test_the_newest_figures_of_several_alerts_count() -> None:
    older = replace(TOLD, received_at=at(-50), buffer_used=D("0.5"))
    openings = Openings([alert(TOLD), alert(older, "margin_ratio"), alert(warning(), "exchange_warning")])
    assert used(openings, ANEW) == D("0.8")


def test_other_events_pass() -> None:
    tick = Tick(event_id="t", exchange="", account="", received_at=START)
    assert list(Openings([alert(TOLD)]).measured([tick])) == [tick]
