"""Answers of the routes for the tests of this folder."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alertd.alerts.chain import Chain, Step
from alertd.cli.route.found import Found
from alertd.domain.notification import Address, Notification, Reason
from tests.alerts.nouns import START, alert_of, margin


def found(*addresses: Address, held: dict[str, datetime] | None = None, **more: Any) -> Found:
    fields: dict[str, Any] = {
        "notification": Notification(alert=alert_of(margin()), reason=Reason.NEW, created_at=START),
        "at": START,
        "timezone": ZoneInfo("Europe/Berlin"),
        "asked": [],
        "addresses": addresses,
        "held": held or {},
        "remind_s": {"phone": (120.0, 300.5), "mail": ()},
        "chain": Chain((Step(60.0, ("call", "beep")), Step(300.0, ("desk",)))),
        "wakes_at_once": (),
    }
    return Found(**(fields | more))
