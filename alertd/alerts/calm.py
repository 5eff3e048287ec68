"""What would ring waits while an alert is better, and only for that to last. Pure.

Better must hold before an alert is over, which may be minutes. Reminders, steps of a chain and calls at once
that fall due meanwhile would tell of a danger over figures that show none. They wait, and lose nothing by
it: what is worse again finds them due. Only figures that say so keep them waiting, and only while these are
young: silence is no news of safety.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from alertd.alerts.judgement import TOLD_ON_CHANGE
from alertd.domain.alert import Alert, Severity
from alertd.domain.events import Event, Source

# Six regular pushes; a poll comes every minute at least. It may be half as long, see `calm_until`.
PUSHED_LASTS_S = 30.0
POLLED_LASTS_S = 90.0

# A pace is told from five samples of 20 s on; before that, as where no price approaches, there is none.
KNOWN_AFTER_S = 30.0
FORGOTTEN_AFTER_S = 240.0  # so much later there are no five samples left

# The facts of an alert that is no better, or whose better state is settled.
NOT_BETTER: Mapping[str, Any] = {"better_since": None, "clear_since": None, "calm_until": None}


def is_calm(alert: Alert, now: datetime) -> bool:
    """Whether nothing rings for it now."""
    return alert.calm_until is not None and alert.calm_until > now


def when_not_calm(alert: Alert, due: datetime) -> datetime:
    """When what was due then may ring, if nothing newer comes."""
    return due if alert.calm_until is None else max(due, alert.calm_until)


def calm_until(
    alert: Alert, event: Event, held: Severity | None, hold_s: float, now: datetime
) -> datetime | None:
    """What its row is to say after an event by which it is better. None: a level still counts, and is told.

    Moved on once half of the time is over, because each move is a row. What is told when it changes has no
    figures that could grow old: by it nothing is heard until the hold is over.
    """
    if held is not None:
        return None
    if alert.fingerprint.kind in TOLD_ON_CHANGE:
        return (alert.better_since or now) + timedelta(seconds=hold_s)
    lasts = timedelta(seconds=POLLED_LASTS_S if event.source is Source.POLL else PUSHED_LASTS_S)
    known = alert.calm_until
    if known is not None and known - now >= lasts / 2:
        return known
    return min(event.received_at, now) + lasts
