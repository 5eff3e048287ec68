"""Finds the delivery in the store that a message at the receiver was. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from alertd.cli.demo.receiver import Received
from alertd.domain.notification import Delivery
from alertd.sinks.render import render
from alertd.sinks.texts import Language


def delivery_of(
    received: Received, deliveries: Iterable[Delivery], language: Language, timezone: ZoneInfo
) -> Delivery | None:
    """The first of `deliveries` that reads like the message: title, first line, and the rule it names."""
    for delivery in deliveries:
        message = render(delivery, language=language, timezone=timezone, now=received.arrived_at)
        if (
            message.title == received.title
            and _first_line(message.body) == _first_line(received.body)
            and delivery.notification.alert.fingerprint.rule in received.body
        ):
            return delivery
    return None


def _first_line(text: str) -> str:
    return text.partition("\n")[0].strip()
