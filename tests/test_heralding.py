"""alertd/heralding.py"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from alertd.domain.alert import Severity
from alertd.domain.canary import CANARY
from alertd.domain.notification import Address, Notification
from alertd.heralding import LINES_AT_MOST, record_told
from alertd.telemetry import Counters
from tests.store.samples import make_alert, to, told

Told = tuple[Notification, Sequence[Address]]


def numbered(numbers: range, sink: str = "phone", **changes: Any) -> list[Told]:
    return [(told(make_alert(number, **changes)), to(sink)) for number in numbers]


def said(routed: list[Told]) -> tuple[list[dict[str, Any]], Counters]:
    counters = Counters()
    with capture_logs() as lines:
        record_told(counters, routed)
    return [dict(line) for line in lines], counters


@pytest.mark.parametrize("number", [1, LINES_AT_MOST])
def test_a_few_have_a_line_each(number: int) -> None:
    lines, counters = said(numbered(range(number)))
    assert [(line["event"], line["rule"], line["sinks"]) for line in lines] == [
        ("notification queued", "margin_ratio", ["phone"])
    ] * number
    assert len({line["subject"] for line in lines}) == number
    assert counters.value("notifications_total", reason="new", severity="warning") == number


def test_many_share_a_line_with_those_of_their_kind() -> None:
    routed = numbered(range(20)) + numbered(range(20, 25), "mail", severity=Severity.CRITICAL)
    lines, counters = said(routed)
    assert [(one["event"], one["severity"], one["notifications"], one["sinks"]) for one in lines] == [
        ("notifications queued", "warning", 20, ["phone"]),
        ("notifications queued", "critical", 5, ["mail"]),
    ]
    assert lines[0]["subjects"] == [one.alert.fingerprint.subject for one, _ in routed[:3]]
    assert counters.value("notifications_total", reason="new", severity="warning") == 20
    assert counters.value("notifications_total", reason="new", severity="critical") == 5


def test_the_canary_is_no_news() -> None:
    event = make_alert().event
    alert = make_alert(
        event=type(event)(event_id="c", exchange="", account=CANARY, received_at=event.received_at)
    )
    lines, counters = said([(told(alert), to("phone"))])
    assert lines == []
    assert counters.cells("notifications_total") == {}
