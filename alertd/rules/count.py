"""A count rule: so many distinct events of an account within so many seconds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from alertd.domain.alert import Fingerprint
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import Coverage, Event
from alertd.domain.recollection import LooksBack, Recollection
from alertd.domain.sameness import SAME_FACT_S, bare
from alertd.rules.conditions import Conditions
from alertd.rules.judging import RULE_FAILED, fact_of, fingerprint_of
from alertd.rules.looking_back_settings import CountSettings
from alertd.rules.remembering import ACCOUNT, Step

# Kept beyond the number that fires, so that a fact told twice is still known in a burst.
FEWEST_KEPT = 100

_SAME_FACT = timedelta(seconds=SAME_FACT_S)


class Counted(NamedTuple):
    """One event: when it happened, when we learned of it, and what tells it from others."""

    at: datetime
    seen_at: datetime
    fact: str


class CountMemory(NamedTuple):
    """The newest events counted, by the time they happened. `began_at`: nothing before it is known."""

    began_at: datetime
    counted: tuple[Counted, ...] = ()


class CountRule:
    """One compiled `type = "count"` rule. Raises: ConfigError where its conditions cannot be compiled."""

    def __init__(self, name: str, settings: CountSettings) -> None:
        self.name = name
        self.kind = settings.event
        self.definition = settings.definition
        self._severity = settings.severity
        self._timing = settings.timing
        self._conditions = Conditions(name, settings)
        self.figures = self._conditions.names
        self.may_concern = self._conditions.may_hold
        self._wanted = settings.count
        self._within = timedelta(seconds=settings.within_s)
        self._kept = max(2 * settings.count, FEWEST_KEPT)

    def covers(self, account: str, exchange: str, labels: Mapping[str, str]) -> bool:
        """Whether events of this account concern the rule at all."""
        return self._conditions.covers(account, exchange, labels)

    def subject(self, event: Event) -> str:  # noqa: ARG002
        """One for the account."""
        return ACCOUNT

    def evaluate(self, memory: CountMemory | None, event: Event, *, is_open: bool) -> Step | None:  # noqa: ARG002
        """Counts the event, unless it was counted before; fires while enough of them lie together."""
        verdict = self._conditions.judge(event)
        if verdict.error is not None:
            return Step(memory, self._failed(event, verdict.error))
        if not verdict.holds:
            return None
        now = event.received_at
        known = [] if memory is None else [one for one in memory.counted if self._is_recent(one, now)]
        new = Counted(_happened_at(event), now, fact_name(event))
        if any(_is_same(one, new, event) for one in known):
            return None
        insort(known, new)
        began_at = now if memory is None else min(memory.began_at, now)
        evaluation = self._fired(event, known, new, began_at)
        return Step(CountMemory(began_at, tuple(known[-self._kept :])), evaluation, is_urgent=True)

    def stand_down(self, event: Event) -> None:  # noqa: ARG002
        """An occurrence is never taken back."""
        return

    def encode(self, memory: CountMemory) -> str:
        """The memory as text."""
        return msgspec.json.encode(memory).decode()

    def decode(self, body: str) -> CountMemory:
        """The inverse of `encode`. Raises: ValueError."""
        return msgspec.json.decode(body, type=CountMemory)

    def is_stale(self, memory: CountMemory, event: Event) -> bool:
        """Whether every event counted is too old to be counted with another."""
        return not any(self._is_recent(one, event.received_at) for one in memory.counted)

    def _is_recent(self, one: Counted, now: datetime) -> bool:
        """By when we learned of it: what is learned late together is counted together.

        After the clock was set back far, what lies in the future is worth nothing.
        """
        return now - max(self._within, _SAME_FACT) <= one.seen_at <= now + _SAME_FACT

    def _fired(
        self, event: Event, known: Sequence[Counted], new: Counted, began_at: datetime
    ) -> Evaluation | None:
        first_at, count = fullest(known, new, self._within)
        if count < self._wanted:
            return None
        return Evaluation(
            Fingerprint(event.account, self.kind, self.name, ACCOUNT),
            event,
            self._timing,
            severity=self._severity,
            held=self._severity,
            recollection=Recollection(
                rule_type=LooksBack.COUNT,
                span_s=self._within.total_seconds(),
                known_since=began_at,
                since=first_at,
                count=count,
                count_wanted=self._wanted,
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


def fullest(known: Sequence[Counted], new: Counted, within: timedelta) -> tuple[datetime, int]:
    """Of all spans of that length that hold the new event, the one with most: its first time and the number.

    `known` is ordered by time and holds `new`.
    """
    times = [one.at for one in known]
    best_at, best = new.at, 0
    for index in range(bisect_left(times, new.at - within), bisect_right(times, new.at)):
        found = bisect_right(times, times[index] + within) - index
        if found > best:
            best_at, best = times[index], found
    return best_at, best


def fact_name(event: Event) -> str:
    """What is equal for two observations of one fact, and hardly for two facts.

    With the exchange's own time: what it is about and when. Without: all it says. A loss of coverage is one,
    however it goes on.
    """
    told: object = bare(event)
    if isinstance(event, Coverage) and event.since is not None:
        told = (event.kind, event.subject, event.state, event.since)
    elif event.observed_at is not None:
        told = (event.kind, event.subject, event.instrument, fact_of(event), event.observed_at)
    return blake2b(repr(told).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _is_same(one: Counted, new: Counted, event: Event) -> bool:
    if one.fact != new.fact:
        return False
    has_time = event.observed_at is not None or (isinstance(event, Coverage) and event.since is not None)
    return has_time or abs(new.seen_at - one.seen_at) < _SAME_FACT


def _happened_at(event: Event) -> datetime:
    """The exchange's time, which may not lie in our future."""
    return event.received_at if event.observed_at is None else min(event.observed_at, event.received_at)
