"""What keeps an alert quiet now: silences of people, and other alerts. Pure.

Nobody is left without a word for good: what never was told is told when the last mute ends, and what gets
worse breaks every mute of its alert.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import datetime

import msgspec

from alertd.alerts.inhibition import LIQUIDATION, Inhibition, Inhibitions
from alertd.alerts.silences import MAX_S, Silences
from alertd.domain.alert import Alert, AlertState, Fingerprint
from alertd.domain.canary import is_canary
from alertd.domain.events import EventKind
from alertd.domain.notification import Reason
from alertd.domain.silence import Silence

SILENCE = "silence:"

# Told whatever mutes the alert; UNKNOWN, because a liquidation is not ruled out.
BREAKING = frozenset({Reason.WORSENED, Reason.LIQUIDATED, Reason.REDUCED, Reason.UNKNOWN})
_ENDS_WELL = frozenset({Reason.RECOVERED, Reason.CLOSED})
# What shows that messages arrive, and what tells of muting and of people themselves.
_NEVER_MUTED = frozenset(
    {EventKind.SUMMARY, EventKind.COPY_DIGEST, EventKind.DRILL, EventKind.SILENCE, EventKind.AWAY}
)
_NOT_EXPLAINED = Reason.UNKNOWN


class Mute(msgspec.Struct, frozen=True):
    """`by`: names as in `Alert.muted_by`, () = nothing mutes. `until`: when it must be looked at again."""

    by: tuple[str, ...] = ()
    until: datetime | None = None


_NOTHING = Mute()


class MutingRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a configuration says about muting. `audience`: what is equal for alerts may be told together."""

    inhibitions: tuple[Inhibition, ...] = ()
    longest_silence_s: float = MAX_S
    audience: Callable[[Alert], Hashable] = lambda _: None


NO_MUTING = MutingRules()


class Mutes:
    """Silences and inhibitions, and the alerts that one of them keeps quiet."""

    def __init__(self, silences: Silences, inhibitions: Inhibitions) -> None:
        self.silences = silences
        self.inhibitions = inhibitions
        self._muted: dict[Fingerprint, tuple[str, ...]] = {}
        self._to_review: dict[Fingerprint, None] = {}

    def see(self, alert: Alert) -> None:
        """Take the newest version of an alert."""
        if alert.muted_by and alert.is_open:
            self._muted[alert.fingerprint] = alert.muted_by
            self._to_review[alert.fingerprint] = None
        else:
            self._muted.pop(alert.fingerprint, None)
            if is_in_need(alert):
                self._to_review[alert.fingerprint] = None
        self._to_review |= dict.fromkeys(self.inhibitions.see(alert))

    def keep(self, silences: Iterable[Silence]) -> list[Silence]:
        """Take their next versions, which are to be stored."""
        newer = [msgspec.structs.replace(silence, version=silence.version + 1) for silence in silences]
        for silence in newer:
            self.silences.put(silence)
        return newer

    def muted_by(self, name: str) -> list[Fingerprint]:
        """The open alerts that a mute of this name keeps quiet, be it alone or with others."""
        return [fingerprint for fingerprint, by in self._muted.items() if name in by]

    def take_to_review(self) -> list[Fingerprint]:
        """The alerts that may have to be told now, by what was seen since the last call."""
        taken = list(self._to_review)
        self._to_review.clear()
        return taken

    def of(self, alert: Alert, now: datetime) -> Mute:
        """What keeps this alert quiet at this moment, mutes that it broke apart."""
        if not (self.silences or self.inhibitions):
            return _NOTHING
        if alert.fingerprint.kind in _NEVER_MUTED or is_canary(alert.event):
            return _NOTHING
        silences = [SILENCE + name for name in self.silences.covering(alert, now)]
        inhibited = [
            (name, until)
            for name, until in self.inhibitions.inhibiting(alert, now)
            if name not in alert.broke
        ]
        by = (*(name for name in silences if name not in alert.broke), *(name for name, _ in inhibited))
        if not by:
            return _NOTHING
        return Mute(by, min((until for _, until in inhibited if until is not None), default=None))

    def hears_end(self, alert: Alert, reason: Reason, now: datetime) -> bool:
        """Whether people hear of this end of an alert that fired.

        Its own liquidation tells the end of what it kept quiet from the beginning. A good end is told to
        those who heard of the danger, unless they asked for silence.
        """
        mute = self.of(alert, now)
        if reason not in _ENDS_WELL:
            is_said_already = LIQUIDATION in mute.by and reason is not _NOT_EXPLAINED
            return alert.is_told or not is_said_already
        return alert.is_told and not any(map(is_silence, mute.by))

    def reconfigure(
        self, rules: MutingRules, labels: Mapping[str, Mapping[str, str]], open_alerts: Iterable[Alert]
    ) -> None:
        """Go on by other rules: every alert that is muted is looked at again."""
        self.silences.labels, self.silences.max_s = labels, rules.longest_silence_s
        self.inhibitions = Inhibitions(rules.inhibitions, labels)
        for alert in open_alerts:
            self.see(alert)


def is_silence(name: str) -> bool:
    """Whether a name in `Alert.muted_by` is that of a silence, and not of an inhibition."""
    return name.startswith(SILENCE)


def name_of(silence: Silence) -> str:
    """What it is called in `Alert.muted_by`."""
    return SILENCE + silence.silence_id


def is_in_need(alert: Alert) -> bool:
    """Whether people must hear of it as soon as nothing mutes it any more: it fires, and nobody was told."""
    return alert.state is AlertState.FIRING and alert.vanished_at is None and not alert.is_told
