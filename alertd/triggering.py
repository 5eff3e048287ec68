"""Where actions branch off: what alerts trigger, what persons allow, how far each case has come.

The desk decides at once, in the pipeline's order. What it changes is gathered here for the transaction that
stores the alert, the command or the report it follows from; what is observed thereby is judged for the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import is_

import msgspec

from alertd.actions.desk import ActionDesk
from alertd.alerts.lifecycle import Changes
from alertd.domain.action import ActionChanges, Intent
from alertd.domain.alert import Alert
from alertd.domain.command import AnyCommand, Approve, Deny, SwitchActions
from alertd.domain.events import Event, EventKind
from alertd.domain.notification import Notification, Reason
from alertd.ruling import Ruling

Work = Callable[[ActionDesk, datetime], ActionChanges]

_TRIGGERS = (Reason.NEW, Reason.WORSENED)


def is_about_actions(command: AnyCommand) -> bool:
    """Whether it is the desk that obeys."""
    return isinstance(command, Approve | Deny | SwitchActions)


class Triggering:
    """`judge`: what an event changes, asked between the pieces of another one."""

    def __init__(self, desk: ActionDesk, judge: Callable[[Event, datetime], Iterable[Changes]]) -> None:
        self.desk = desk
        self._judge = judge
        self._gathered: list[ActionChanges] = []

    def triggered(self, together: Sequence[Changes], now: datetime) -> Sequence[Changes]:
        """The same with what the alerts told in these trigger, be they muted or not: one transaction."""
        said: list[Changes] = []
        follows: list[Changes] = []
        for changes in together:
            told = [self._asking(one, follows, now) for one in changes.notifications]
            for one in changes.withheld:
                self._trigger(one.reason, one.alert, follows, now)
            is_same = all(map(is_, told, changes.notifications))
            said.append(changes if is_same else msgspec.structs.replace(changes, notifications=told))
        return [*said, *follows]

    def _asking(self, told: Notification, follows: list[Changes], now: datetime) -> Notification:
        """What is told says what it has asked for, and what alertd has done there itself."""
        names = self._trigger(told.reason, told.alert, follows, now)
        deeds = self.desk.deeds_about(told.alert.event)
        return msgspec.structs.replace(told, asks_for=names, deeds=deeds) if names or deeds else told

    def _trigger(
        self, reason: Reason, alert: Alert, follows: list[Changes], now: datetime
    ) -> tuple[str, ...]:
        """The names of the actions. What is new or worse triggers; what our own actions come to does not."""
        if reason not in _TRIGGERS or alert.fingerprint.kind is EventKind.ACTION:
            return ()
        changes = self.desk.triggered(alert, now)
        follows += self._take(changes, now)
        return tuple(sorted({intent.action for intent in changes.intents}))

    def tick(self, now: datetime) -> list[Changes]:
        """What time changes."""
        return self._take(self.desk.tick(now), now)

    def obey(self, command: AnyCommand, now: datetime) -> list[Changes]:
        """What a person says. Raises: CommandRefused; nothing was changed then."""
        return self._take(self.desk.obey(command, now), now)

    def act(self, work: Work, now: datetime) -> tuple[ActionChanges, list[Changes]]:
        """What whoever carries actions out reports, with what follows from it.

        Raises: CommandRefused; nothing was changed then.
        """
        changes = work(self.desk, now)
        return changes, self._take(changes, now)

    def reconfigure(self, ruling: Ruling, now: datetime) -> list[Changes]:
        """Decide by another configuration from now on."""
        return self._take(self.desk.reconfigure(ruling.plans, ruling.triggers, now), now)

    def to_store(self) -> ActionChanges | None:
        """All that was gathered: every step, of each intent its newest version. None: there is nothing."""
        if not self._gathered:
            return None
        gathered, self._gathered = self._gathered, []
        newest: dict[str, Intent] = {}
        for changes in gathered:
            newest |= {intent.intent_id: intent for intent in changes.intents}
        switches = [changes.switch for changes in gathered if changes.switch is not None]
        return ActionChanges(
            intents=list(newest.values()),
            steps=[step for changes in gathered for step in changes.steps],
            switch=switches[-1] if switches else None,
        )

    def _take(self, changes: ActionChanges, now: datetime) -> list[Changes]:
        if not changes:
            return []
        self._gathered.append(changes)
        return [more for event in changes.events for more in self._judge(event, now)]
