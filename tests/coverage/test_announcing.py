"""alertd/coverage/announcing.py"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from alertd.coverage.announcing import MOST_AT_RISK, announcement
from alertd.coverage.maintenance import Known
from alertd.domain.events import MaintenanceStage as Stage
from alertd.domain.maintenance import Service, Window
from alertd.domain.presence import OpenPosition
from tests.coverage.evidence import at

OPEN = (OpenPosition(account="main", instrument="BTC-USDT-SWAP"),)
HOUR_S = 3600.0


def known(**changes: Any) -> Known:
    window = Window(title="Upgrade", begin=at(0), end=at(HOUR_S), services=(Service.TRADING,))
    return Known(**{"name": "w", "begin": at(0), "window": window, **changes})


@pytest.mark.parametrize(
    ("stage", "ahead_s", "opened", "urgency", "positions"),
    [
        (Stage.DAY, 2 * HOUR_S, {"main": OPEN}, 1, 1),
        (Stage.CHANGED, 2 * HOUR_S, {"main": OPEN}, 1, 1),
        (Stage.CHANGED, HOUR_S, {"main": OPEN}, 2, 1),
        (Stage.HOUR, HOUR_S, {"main": OPEN, "desk": ()}, 2, 1),
        (Stage.HOUR, HOUR_S, {"main": ()}, 1, 0),
        (Stage.HOUR, HOUR_S, {"main": None}, 2, None),
        (Stage.HOUR, HOUR_S, {"main": (), "desk": None}, 2, None),
        (Stage.RUNNING, -1, {"main": OPEN}, 2, 1),
        (Stage.OVERRUN, -2 * HOUR_S, {"main": ()}, 1, 0),
        (Stage.OVER, -HOUR_S, {"main": OPEN}, 0, 1),
        (Stage.CANCELLED, HOUR_S, {}, 0, 0),
    ],
)
def test_how_urgent_it_is(
    stage: Stage, ahead_s: float, opened: dict[str, Any], urgency: int, positions: int | None
) -> None:
    event = announcement(known(), stage, opened, "okx", at(-ahead_s))
    assert (event.urgency, event.positions, event.accounts) == (urgency, positions, tuple(opened))
    assert (event.subject, event.stage) == ("maintenance/okx/w", stage.value)


def test_a_change_says_what_was_told_before() -> None:
    moved = known(former=(at(-9), None), revision=3)
    event = announcement(moved, Stage.CHANGED, {}, "okx", at(-60))
    assert (event.former_begin, event.former_end, event.revision) == (at(-9), None, 3)
    assert announcement(moved, Stage.OVERRUN, {}, "okx", at(-60)).former_begin is None


def test_of_very_many_positions_all_are_counted() -> None:
    event = announcement(known(), Stage.HOUR, {"main": OPEN * 1000}, "okx", at(0))
    assert (event.positions, len(event.at_risk)) == (1000, MOST_AT_RISK)


def test_the_nearest_to_its_liquidation_stands_first() -> None:
    def near(instrument: str, distance: str | None) -> OpenPosition:
        value = None if distance is None else Decimal(distance)
        return OpenPosition(account="main", instrument=instrument, distance_to_liquidation=value)

    opened = {"a": (near("A", None), near("B", "0.2")), "b": (near("C", "0.1"),)}
    event = announcement(known(), Stage.HOUR, opened, "okx", at(0))
    assert [one.instrument for one in event.at_risk] == ["C", "B", "A"]
