"""The changes of one call of the desk while they are made: the book has them at once. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from alertd.actions.book import Book
from alertd.actions.telling import is_news, state_of
from alertd.domain.action import ALERTD, ActionChanges, Intent, IntentState, Step, Switch
from alertd.domain.events import Event


class Draft:
    """What becomes of intents now."""

    def __init__(self, book: Book, now: datetime) -> None:
        self.now = now
        self.switch: Switch | None = None
        self._book = book
        self._intents: dict[str, Intent] = {}
        self._steps: list[Step] = []
        self._events: list[Event] = []

    def begin(self, intent: Intent) -> None:
        """A new one, as it is."""
        self._take(None, intent, _step_of(intent, self.now))

    def move(
        self,
        intent: Intent,
        state: IntentState,
        *,
        actor: str = ALERTD,
        reason: str = "",
        detail: str = "",
        said: str = "",
        **changes: Any,
    ) -> Intent:
        """The next version of it. `said`: what stands in the journal only, where it is not `detail`."""
        after = replace(
            intent,
            state=state,
            reason=reason,
            detail=detail,
            version=intent.version + 1,
            ended_at=intent.ended_at if state.is_open else self.now,
            **{"next_at": None, **changes},
        )
        self._take(intent, after, _step_of(after, self.now, actor, said))
        return after

    def follow(self, before: Intent, after: Intent, step: Step) -> None:
        """The next version as somebody else made it."""
        if not after.is_open and after.ended_at is None:
            after = replace(after, ended_at=self.now)
        self._take(before, after, step)

    def tell(self, event: Event) -> None:
        """Something that is no step of an intent."""
        self._events.append(event)

    def changes(self) -> ActionChanges:
        """All of it."""
        return ActionChanges(
            intents=tuple(self._intents.values()),
            steps=tuple(self._steps),
            switch=self.switch,
            events=tuple(self._events),
        )

    def _take(self, before: Intent | None, after: Intent, step: Step) -> None:
        self._book.put(after)
        self._intents[after.intent_id] = after
        self._steps.append(step)
        if is_news(before, after):
            self._events.append(state_of(after, self.now))


def _step_of(intent: Intent, now: datetime, actor: str = ALERTD, said: str = "") -> Step:
    return Step(
        intent_id=intent.intent_id,
        version=intent.version,
        at=now,
        state=intent.state,
        actor=actor,
        reason=intent.reason,
        detail=said or intent.detail,
    )
