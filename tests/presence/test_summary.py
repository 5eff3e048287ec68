"""alertd/presence/summary.py"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from alertd.domain.alert import AlertState
from alertd.domain.events import Findings, Summary
from alertd.domain.finding import Finding, Grade
from alertd.domain.notification import DeliveryState
from alertd.domain.presence import OpenPosition, SinkQueue
from alertd.presence.summary import (
    MOST_POSITIONS,
    nearest,
    open_alerts,
    open_positions,
    queues,
    to_remember,
)
from tests.alerts.nouns import CRITICAL, START, WARNING, alert_of, lead, margin


def position(instrument: str, distance: str | None, ratio: str | None = None) -> OpenPosition:
    return OpenPosition(
        account="main",
        instrument=instrument,
        distance_to_liquidation=None if distance is None else Decimal(distance),
        margin_ratio=None if ratio is None else Decimal(ratio),
    )


def test_the_nearest_to_liquidation_come_first() -> None:
    held = [
        position("A", None, "9"),
        position("B", "0.2"),
        position("C", "0.03"),
        position("D", None, "1.2"),
        position("E", "NaN"),
        position("F", "0.03", "2"),
    ]
    assert [one.instrument for one in nearest(held)] == ["F", "C", "B", "D", "A"]
    assert len(nearest(held)) == MOST_POSITIONS


def test_one_account_that_is_not_known_makes_the_sum_unknown() -> None:
    assert open_positions([]) == 0
    assert open_positions([2, 0, 3]) == 5
    assert open_positions([2, None, 3]) is None


def test_what_is_open_the_worst_first_and_without_reports() -> None:
    plain: dict[str, Any] = {"event_id": "1", "exchange": "", "account": "", "received_at": START}
    alerts = [
        alert_of(lead(), severity=WARNING),
        alert_of(margin(), since=START + timedelta(seconds=1)),
        replace(alert_of(margin(account="desk")), severity=CRITICAL),
        alert_of(margin(account="third"), state=AlertState.PENDING),
        alert_of(Findings(**plain)),
        alert_of(Summary(**plain)),
    ]
    found = open_alerts(alerts)
    assert [(one.severity, one.account) for one in found] == [
        ("critical", "desk"),
        ("critical", "main"),
        ("warning", "main"),
    ]
    assert (found[1].instrument, found[1].direction) == (margin().instrument, "long")


def test_the_queue_of_each_sink() -> None:
    counts = {
        ("phone", DeliveryState.QUEUED): 2,
        ("phone", DeliveryState.SENDING): 1,
        ("phone", DeliveryState.UNKNOWN): 4,
        ("mail", DeliveryState.DEAD): 5,
        ("gone", DeliveryState.DEAD): 6,
    }
    assert queues(counts, ["mail", "phone", "log"]) == [
        SinkQueue(sink="mail", dead=5),
        SinkQueue(sink="phone", queued=3, unknown=4),
        SinkQueue(sink="log"),
    ]


def test_what_must_be_mended_and_what_must_not_be_forgotten() -> None:
    found = [
        Finding(code="key_unbound", severity=Grade.INFO),
        Finding(code="no_watcher", severity=Grade.INFO),
        Finding(code="key_unbound_expires", severity=Grade.INFO),
        Finding(code="clock_off", severity=Grade.WARNING),
        Finding(code="clock_fine", severity=Grade.OK),
    ]
    assert [one.code for one in to_remember(found)] == ["clock_off", "no_watcher", "key_unbound_expires"]
