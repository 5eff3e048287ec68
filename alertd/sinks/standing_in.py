"""Why a fallback hears of what is meant for others: its reader would take it for a mistake. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alertd.domain.notification import Delivery
from alertd.sinks.figures import clean
from alertd.sinks.speech import Speech

_LONGEST_NAMES = 120


def stand_in_notes(speech: Speech, deliveries: Sequence[Delivery]) -> list[str]:
    """One line that names the sinks it was meant for; none where nothing stands in for others."""
    meant = dict.fromkeys(sink for one in deliveries for group in one.stands_in_for for sink in group)
    return [speech.say("stands_in", sinks=clean(", ".join(meant), _LONGEST_NAMES))] if meant else []
