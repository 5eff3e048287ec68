"""What comes back soon after it was over goes on with its episode, and is called over more slowly. Pure.

An alert that flutters around a level would be told as new and as recovered again and again. Within the
damping time it is the same episode: told when it is back, and from then on over only once it was better for
that time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from alertd.alerts.judgement import TOLD_ON_CHANGE
from alertd.domain.alert import Alert, Fingerprint, Resolution
from alertd.domain.evaluation import LONGEST_DAMPING_S

_LONGEST = timedelta(seconds=LONGEST_DAMPING_S)
_INSTANT = timedelta(microseconds=1)


class Recovered:
    """The alerts that recovered within the longest damping time.

    What is told when it changes is not damped: who reports it decides what is worth telling.
    """

    def __init__(self) -> None:
        self._found: dict[Fingerprint, Alert] = {}  # the longest ago first

    def restore(self, ended: Iterable[Alert]) -> None:
        """Take what the store has of the last hour, in any order."""
        for alert in sorted(ended, key=lambda alert: alert.resolved_at or alert.updated_at):
            self.see(alert)

    def see(self, ended: Alert) -> None:
        """Keep an alert that ended, if it recovered."""
        self._found.pop(ended.fingerprint, None)
        if ended.resolution is not Resolution.RECOVERED or ended.fingerprint.kind in TOLD_ON_CHANGE:
            return
        self._found[ended.fingerprint] = ended
        self._forget_before(ended.updated_at)

    def take(self, name: Fingerprint, now: datetime, damping_s: float) -> Alert | None:
        """The alert that goes on if it fires again now, so long after it recovered at most; asked once."""
        if not self._found:
            return None
        self._forget_before(now)
        ended = self._found.pop(name, None)
        if ended is None or ended.resolved_at is None:
            return None
        return ended if now - ended.resolved_at < timedelta(seconds=damping_s) else None

    def _forget_before(self, now: datetime) -> None:
        for name, alert in list(self._found.items()):
            if alert.resolved_at is not None and now - alert.resolved_at < _LONGEST:
                return
            del self._found[name]


def continued(ended: Alert, anew: Alert, damping_s: float) -> Alert:
    """The next version of the episode of `ended`, which fires again as `anew` says."""
    told_before = None if ended.told_at is None else min(ended.told_at, anew.since - _INSTANT)
    return replace(
        anew,
        episode=ended.episode,
        version=ended.version,
        sequence=ended.sequence,
        occurrences=ended.occurrences + 1,
        damped_s=damping_s,
        told_at=told_before,  # nobody has heard that it is back
        facts=tuple(dict.fromkeys((*ended.facts, *anew.facts))),
        broke=ended.broke,
    )


def hold_s(alert: Alert, usual_s: float, damping_s: float) -> float:
    """How long a better state must last before the alert is over, in seconds."""
    came_back = alert.occurrences > 1 and alert.fingerprint.kind not in TOLD_ON_CHANGE
    return max(usual_s, damping_s) if came_back else usual_s
