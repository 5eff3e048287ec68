"""What an event changes, and what another configuration does: rules, memories and alerts are asked in order.

Nothing waits here and nothing is stored: that is the pipeline's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from alertd.actions.desk import ActionDesk
from alertd.alerts.judgement import TOLD_ON_CHANGE
from alertd.alerts.lifecycle import Changes, Lifecycle
from alertd.alerts.orphans import Configured
from alertd.domain.canary import is_canary
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import EVENT_TYPES, Event, MarginState, Tick
from alertd.heralding import tell_afresh
from alertd.rules.engine import RuleEngine
from alertd.rules.memories import Memories
from alertd.ruling import Ruling
from alertd.triggering import Triggering

# What is told when it changes only: another configuration judges the newest of each anew.
_STATES = frozenset(EVENT_TYPES[kind] for kind in TOLD_ON_CHANGE)


class Judging:
    """`actions`: what alerts trigger; None: there are none."""

    def __init__(
        self, rules: RuleEngine, memories: Memories, lifecycle: Lifecycle, desk: ActionDesk | None
    ) -> None:
        self._rules = rules
        self._memories = memories
        self._lifecycle = lifecycle
        self._is_open, self._open_accounts = lifecycle.is_open, lifecycle.open_accounts()
        self.actions = Triggering(desk, self._judge_between) if desk is not None else None
        self._configured: Configured | None = None  # None: as at the start
        self._states: dict[tuple[type[Event], str, str], Event] = {}

    def is_quiet(self, event: Event) -> bool:
        """Whether judging it changes nothing. Keeps nothing: an event that is not quiet is judged again."""
        if event.__class__ is not MarginState:
            return False
        lifecycle, accounts = self._lifecycle, self._open_accounts
        if self._rules.evaluate(event, self._is_open, accounts) or not lifecycle.is_untouched_by(event):
            return False
        memories = self._memories  # most look back at other kinds, or at nothing: no call
        return MarginState not in memories.kinds or memories.is_untouched_by(event, accounts)

    def judged(self, event: Event, now: datetime) -> Iterator[Sequence[Changes]]:
        """What an event changes, with what is observed thereby and triggered: to be committed together."""
        for changes in self._judge(event, now):
            if changes.events:  # of the last piece only
                observed = (more for one in changes.events for more in self._judge(one, now))
                yield self._with_triggered([changes, *observed], now)
            elif changes.notifications or changes.withheld:
                yield self._with_triggered((changes,), now)
            else:
                yield (changes,)
        if self.actions is not None and event.__class__ is Tick:
            yield self.actions.tick(now)

    def change_to(self, ruling: Ruling, now: datetime) -> Sequence[Changes]:
        """Judge by another configuration from now on. What that changes is to be committed together."""
        self._rules = ruling.engine
        tell_afresh(self._memories.reconfigure(ruling.engine.looking_back, ruling.labels))
        router = ruling.router
        ended = self._lifecycle.reconfigure(
            ruling.configured, router.remind_after, ruling.labels, now, router, ruling.muting
        )
        self._configured = ruling.configured
        self._states = {key: event for key, event in self._states.items() if self._configured.has(event)}
        follows = self.actions.reconfigure(ruling, now) if self.actions is not None else []
        # Not by the rules that look back: they have seen these events already.
        anew = [
            changes
            for event in list(self._states.values())
            for changes in self._lifecycle.apply(event, self._evaluate(event), now)
        ]
        return self._with_triggered([ended, *follows, *anew], now)

    def _with_triggered(self, together: Sequence[Changes], now: datetime) -> Sequence[Changes]:
        return together if self.actions is None else self.actions.triggered(together, now)

    def _judge_between(self, event: Event, now: datetime) -> Iterator[Changes]:
        """What follows from a piece of what another event changes, in the middle of it."""
        for changes in self._judge(event, now, between=True):
            yield changes
            for one in changes.events:
                yield from self._judge_between(one, now)

    def _judge(self, event: Event, now: datetime, *, between: bool = False) -> Iterable[Changes]:
        cls = event.__class__
        if cls is Tick:
            found = self._memories.tick(event, self._is_open)
            return self._lifecycle.apply(event, found, now) if found else self._lifecycle.tick(now)
        if cls in _STATES:
            if self._configured is not None and not self._configured.has(event):
                return ()  # the last word of a sink that was taken away
            if event.is_over:
                self._states.pop((cls, event.account, event.subject), None)
            else:
                self._states[cls, event.account, event.subject] = event
        evaluations = self._evaluate(event)
        if cls in self._memories.kinds and not is_canary(event):
            evaluations += self._memories.judge(event, self._is_open, self._open_accounts)
        return self._lifecycle.apply(event, evaluations, now, between=between)

    def _evaluate(self, event: Event) -> list[Evaluation]:
        return self._rules.evaluate(event, self._is_open, self._open_accounts)
