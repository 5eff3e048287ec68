"""An absence rule: no such event of an account for so many seconds in which the account was watched.

Only proven time counts. That a stream is dead shows half a minute late, so the newest minute of watched time
waits: it counts once the account was still watched a minute later, and is forgotten where it was not. An
absence is therefore told up to a minute late, and never because alertd itself was down, asleep or blind.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from alertd.domain.alert import Fingerprint
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import Event
from alertd.domain.recollection import LooksBack, Recollection
from alertd.rules.conditions import Conditions
from alertd.rules.judging import RULE_FAILED, fingerprint_of
from alertd.rules.looking_back_settings import AbsenceSettings
from alertd.rules.remembering import ACCOUNT, Step

# Watched time is believed when so much more of it has followed: longer than a dead stream goes unnoticed.
PROVEN_AFTER_S = 60.0
# Ticks come every second: after a longer pause this process slept or stood still, and saw nothing.
LONGEST_PAUSE_S = 10.0
# A crash may lose what was seen in the seconds before it. If that would bring back more absence than this,
# it is stored at once; the proof above is longer.
BELATED_S = 30.0

# Events that come all the time need not be noted each.
_SEEN_BEFORE = timedelta(seconds=1)

_LONGEST_PAUSE = timedelta(seconds=LONGEST_PAUSE_S)


class AbsenceMemory(NamedTuple):
    """How long nothing was seen. `began_at`: nothing before it is known; `seen_at` None: never since then.

    `absent_s` is proven, `unproven_s` (at most `PROVEN_AFTER_S`) is not yet. `counted_to` None: not watched.
    """

    began_at: datetime
    seen_at: datetime | None = None
    absent_s: float = 0.0
    unproven_s: float = 0.0
    counted_to: datetime | None = None


def watched(memory: AbsenceMemory | None, at: datetime) -> AbsenceMemory:
    """The account was watched up to now, or is from now on."""
    if memory is None:
        return AbsenceMemory(at, counted_to=at)
    began_at, seen_at, absent_s, unproven_s, counted_to = memory
    if counted_to is not None and timedelta(0) < at - counted_to <= _LONGEST_PAUSE:
        unproven_s += (at - counted_to).total_seconds()
        absent_s += max(unproven_s - PROVEN_AFTER_S, 0.0)
        unproven_s = min(unproven_s, PROVEN_AFTER_S)
    elif counted_to is not None and at != counted_to:  # asleep, stalled, or the clock was set
        unproven_s = 0.0
    return AbsenceMemory(began_at, seen_at, absent_s, unproven_s, at)


def unwatched(memory: AbsenceMemory, at: datetime) -> AbsenceMemory:
    """The account is not watched any more, and may not have been for a while."""
    counted = memory if memory.counted_to is None else watched(memory, at)
    return AbsenceMemory(counted.began_at, counted.seen_at, counted.absent_s)


def seen(memory: AbsenceMemory | None, at: datetime) -> AbsenceMemory:
    """There it is."""
    if memory is None:
        return AbsenceMemory(at, at)
    counted_to = memory.counted_to
    return AbsenceMemory(memory.began_at, at, 0.0, 0.0, None if counted_to is None else max(at, counted_to))


def _was_just_seen(memory: AbsenceMemory, at: datetime) -> bool:
    return memory.seen_at is not None and timedelta(0) <= at - memory.seen_at < _SEEN_BEFORE


class AbsenceRule:
    """One compiled `type = "absence"` rule. Raises: ConfigError where its conditions cannot be compiled."""

    def __init__(self, name: str, settings: AbsenceSettings) -> None:
        self.name = name
        self.kind = settings.event
        self.definition = settings.definition
        self._severity = settings.severity
        self._timing = settings.timing
        self._conditions = Conditions(name, settings)
        self.figures = self._conditions.names
        self.may_concern = self._conditions.may_hold
        self._absent_for_s = settings.absent_for_s

    def covers(self, account: str, exchange: str, labels: Mapping[str, str]) -> bool:
        """Whether events of this account concern the rule at all."""
        return self._conditions.covers(account, exchange, labels)

    def subject(self, event: Event) -> str:  # noqa: ARG002
        """One for the account."""
        return ACCOUNT

    def evaluate(self, memory: AbsenceMemory | None, event: Event, *, is_open: bool) -> Step | None:
        """The event ends an absence."""
        verdict = self._conditions.judge(event)
        if verdict.error is not None:
            return Step(memory, self._failed(event, verdict.error))
        if not verdict.holds:
            return None
        at = event.received_at
        if not is_open and memory is not None and _was_just_seen(memory, at):
            return None
        now_seen = seen(memory, at)
        is_belated = memory is not None and memory.absent_s > BELATED_S
        return Step(now_seen, self._say(event, now_seen, None) if is_open else None, is_urgent=is_belated)

    def tick(self, memory: AbsenceMemory | None, tick: Event) -> Step:
        """The account that the tick names is watched."""
        memory = watched(memory, tick.received_at)
        if memory.absent_s < self._absent_for_s:
            return Step(memory)
        return Step(memory, self._say(tick, memory, memory.absent_s + memory.unproven_s))

    def stand_down(self, event: Event) -> Evaluation:
        """It does not wait for events of this account any more."""
        return self._say(event, AbsenceMemory(event.received_at), None)

    def encode(self, memory: AbsenceMemory) -> str:
        """The memory as text: what is not proven is not stored."""
        return msgspec.json.encode(memory[:3]).decode()

    def decode(self, body: str) -> AbsenceMemory:
        """The inverse of `encode`. Raises: ValueError."""
        return AbsenceMemory(*msgspec.json.decode(body, type=tuple[datetime, datetime | None, float]))

    def is_stale(self, memory: AbsenceMemory, event: Event) -> bool:  # noqa: ARG002
        """Never: nothing seen is what it is about."""
        return False

    def _say(self, event: Event, memory: AbsenceMemory, absent_s: float | None) -> Evaluation:
        """`absent_s` None: it is over."""
        severity = None if absent_s is None else self._severity
        return Evaluation(
            Fingerprint(event.account, self.kind, self.name, ACCOUNT),
            event,
            self._timing,
            severity=severity,
            held=severity,
            recollection=Recollection(
                rule_type=LooksBack.ABSENCE,
                span_s=self._absent_for_s,
                known_since=memory.began_at,
                since=memory.seen_at,
                absent_s=absent_s,
            ),
        )

    def _failed(self, event: Event, error: str) -> Evaluation:
        return Evaluation(
            fingerprint_of(event, self.name),
            event,
            self._timing,
            severity=self._severity,
            held=self._severity,
            fact=None if event.tells_state else RULE_FAILED,
            error=error,
        )
