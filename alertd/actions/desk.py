"""Decides which actions are carried out, and when: alerts, persons and reports in, versions of intents out.

Pure. A desk made from the stored intents and the switch goes on as if it had never stopped. Whoever calls it
stores what it gives before anything else happens, and carries out nothing but what `ready` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from alertd.actions.approving import approve, ask, call_off, deny, goes_by_itself, switch_actions
from alertd.actions.book import Book
from alertd.actions.cases import begun, cases_of, part_of
from alertd.actions.draft import Draft
from alertd.actions.guards import (
    SURE_WITHIN,
    Case,
    Guard,
    World,
    asks,
    exhausted,
    forbidden,
    is_answered,
    is_told,
    too_many,
    unsure,
)
from alertd.actions.machine import is_due
from alertd.actions.own_doing import deeds_about
from alertd.actions.plans import Plan, Trigger
from alertd.domain.action import ActionChanges, Intent, IntentState, Mode, Step, Switch
from alertd.domain.alert import Alert, Severity
from alertd.domain.command import Approve, Command, CommandRefused, Deny, SwitchActions
from alertd.domain.deed import Deed
from alertd.domain.events import Event

NOBODY = "nobody"  # there is no trader whom it could concern


class ActionDesk:
    """The one place that lets an action go. `finished_runs`: see `Intent.is_run`, by the action's name."""

    def __init__(
        self,
        plans: Mapping[str, Plan],
        triggers: Mapping[str, Trigger],
        *,
        intents: Iterable[Intent] = (),
        finished_runs: Mapping[str, int] | None = None,
        switch: Switch | None = None,
        world: World,
    ) -> None:
        self._plans = plans
        self._triggers = triggers
        self._book = Book(intents)
        self._runs = dict(finished_runs or {})
        self._switch = switch or Switch()
        self._world = world

    @property
    def switch(self) -> Switch:
        """Whether actions are on, and which accounts are armed."""
        return self._switch

    @property
    def plans(self) -> Mapping[str, Plan]:
        """Those in force, by the action's name: another object where they changed."""
        return self._plans

    def intents(self) -> list[Intent]:
        """All that are known, the oldest first: see `is_needed` for how long."""
        return list(self._book.all())

    def intent(self, intent_id: str) -> Intent | None:
        """The newest version of one."""
        return self._book.get(intent_id)

    def deeds_about(self, event: Event) -> tuple[Deed, ...]:
        """What was done here of late to what the event is about."""
        return deeds_about(event, self._book.all())

    def reconfigure(
        self, plans: Mapping[str, Plan], triggers: Mapping[str, Trigger], now: datetime
    ) -> ActionChanges:
        """Decide by another configuration. What it does not allow any more is called off at once."""
        self._plans, self._triggers = plans, triggers
        return self.tick(now)

    def triggered(self, alert: Alert, now: datetime) -> ActionChanges:
        """What an alert that is new, or has become worse, triggers."""
        draft = Draft(self._book, now)
        trigger = self._triggers.get(alert.fingerprint.rule)
        if trigger is not None and alert.severity.rank >= trigger.actions_from.rank:
            plans = (self._plans[name] for name in trigger.actions if name in self._plans)
            for plan in plans:
                for case in cases_of(plan, alert, now) if plan.mode is not Mode.OFF else ():
                    self._decide(case, draft)
        return draft.changes()

    def obey(self, command: Command, now: datetime) -> ActionChanges:
        """Do what a person says. Raises: CommandRefused; nothing was changed then."""
        draft = Draft(self._book, now)
        match command:
            case Approve():
                approve(command, self._book, self._plans, self._world, draft)
            case Deny():
                deny(command, self._book, self._world, draft)
            case SwitchActions():
                self._switch = switch_actions(command, self._switch, self._book, self._world, draft)
            case _:
                raise CommandRefused(f"{type(command).__name__} is no command about actions")
        return draft.changes()

    def progressed(self, intent: Intent, step: Step, now: datetime) -> ActionChanges:
        """Take the next version of an intent that is being carried out.

        Before a request, and before a rehearsal counts as one, the guards are asked once more: the version
        given back may be another one then, and it is the one that stands. Nothing is given back where
        somebody else was first: ask for `intent` and go on with that.
        """
        before = self._book.get(intent.intent_id)
        draft = Draft(self._book, now)
        if before is None or intent.version != before.version + 1 or before.state is IntentState.AWAITING:
            return draft.changes()
        if not before.is_open and intent.state is not before.state and not _is_late_proof(before, intent):
            return draft.changes()
        if before.mode is Mode.DRY_RUN and intent.state.may_have_been_sent:
            return draft.changes()  # whoever wants that is mistaken: nothing is sent in a dry run
        if intent.state is IntentState.SENDING and self._must_wait(before):
            return draft.changes()
        if intent.state in (IntentState.SENDING, IntentState.REHEARSED) and self._called_off(before, draft):
            return draft.changes()
        draft.follow(before, intent, step)
        if before.is_open and intent.is_run:
            self._runs[intent.action] = self._runs.get(intent.action, 0) + 1
        return draft.changes()

    def split(self, intent: Intent, traders: Mapping[str, str], now: datetime) -> ActionChanges:
        """Put an intent for each of these traders (name by id) in the place of one for all of them.

        Nothing is given back where `intent` is not the newest version, see `progressed`.
        """
        draft = Draft(self._book, now)
        before = self._book.get(intent.intent_id)
        if before is None or before != intent or before.state not in (IntentState.PLANNED, IntentState.HELD):
            return draft.changes()
        if self._called_off(before, draft):
            return draft.changes()
        plan = self._plans[before.action]
        if not traders:
            draft.move(before, IntentState.NOTHING_TO_DO, reason=NOBODY)
        elif len(traders) > plan.max_traders:
            block = too_many(plan)
            detail = f"{block.detail} < {len(traders)}"
            draft.move(before, IntentState.BLOCKED, reason=block.guard, detail=detail)
        else:
            draft.move(before, IntentState.SPLIT, detail=str(len(traders)))
            for trader, name in sorted(traders.items()):
                self._put_in_its_place(before, plan, trader, name, draft)
        return draft.changes()

    def tick(self, now: datetime) -> ActionChanges:
        """End what nobody answered in time, and what is not to be carried out any more."""
        draft = Draft(self._book, now)
        for intent in self._book.open():
            if intent.state.may_have_been_sent or self._called_off(intent, draft):
                continue
            if intent.state is IntentState.AWAITING and intent.expires_at and intent.expires_at <= now:
                draft.move(intent, IntentState.EXPIRED, reason=Guard.NOBODY_ANSWERED, expires_at=None)
            elif now - intent.planned_at >= SURE_WITHIN and (doubt := self._doubt(intent)) is not None:
                ask(intent, self._plans[intent.action], doubt, draft)
        self._book.forget(now, self._still_fires)
        return draft.changes()

    def ready(self, now: datetime) -> list[Intent]:
        """What is to be carried on now, the most urgent first; nothing that must wait for its trader."""
        found = [
            intent
            for intent in self._book.open()
            if intent.state is not IntentState.AWAITING
            and is_due(intent, now)
            and (intent.state.may_have_been_sent or self._objection(intent) is None)
            and not self._must_wait(intent)
        ]
        return sorted(found, key=lambda intent: (-intent.severity.rank, intent.planned_at))

    def next_due(self) -> datetime | None:
        """When `tick` or `ready` will say something new if nothing happens before; None: never by time.

        It lies in the past while somebody is at it.
        """
        times = [
            intent.expires_at if intent.state is IntentState.AWAITING else intent.next_at
            for intent in self._book.open()
        ]
        return min((time for time in times if time is not None), default=None)

    def _decide(self, case: Case, draft: Draft) -> None:
        if is_answered(case, self._book):
            return
        block = forbidden(case, self._book, self._switch)
        if block is not None:
            if not is_told(case, block, self._book):
                draft.begin(begun(case, IntentState.BLOCKED, block=block))
            return
        asking = self._asking(case)
        if case.plan.mode is Mode.DRY_RUN:
            draft.begin(begun(case, IntentState.PLANNED, fallback=asking or ""))
        elif case.plan.mode is Mode.AUTO and asking is None:
            draft.begin(begun(case, IntentState.PLANNED))
        else:
            draft.begin(begun(case, IntentState.AWAITING, fallback=asking or ""))

    def _asking(self, case: Case) -> Guard | None:
        if case.plan.mode is Mode.APPROVE:
            return None
        return asks(case, self._switch, self._runs.get(case.plan.action, 0), self._world)

    def _put_in_its_place(self, parent: Intent, plan: Plan, trader: str, name: str, draft: Draft) -> None:
        case = part_of(parent, plan, trader, name, draft.now)
        if any(past.is_open for past in self._book.of(case.key)):
            return
        block = exhausted(case, self._book)
        state = IntentState.PLANNED if block is None else IntentState.BLOCKED
        draft.begin(begun(case, state, block=block, parent=parent))

    def _called_off(self, intent: Intent, draft: Draft) -> bool:
        """Whether it may not be sent (any more): it is over then, and what may have been sent is unproved."""
        guard = self._objection(intent)
        if guard is None:
            return False
        call_off(intent, guard, draft)
        return True

    def _objection(self, intent: Intent) -> Guard | None:
        """Who forbids that a request is sent for it now."""
        if not self._switch.on:
            return Guard.SWITCHED_OFF
        plan = self._plans.get(intent.action)
        if plan is None or not plan.allows(intent):
            return Guard.CONFIGURATION
        if goes_by_itself(intent) and intent.account not in self._switch.armed:
            return Guard.NOT_ARMED
        if intent.requests or self._is_in_force(intent):
            return None
        return Guard.NOT_IN_FORCE

    def _must_wait(self, intent: Intent) -> bool:
        return self._book.must_wait(intent) or self._doubt(intent) is not None

    def _doubt(self, intent: Intent) -> Guard | None:
        """Why it may not go without asking any more, or not yet again after a restart."""
        if intent.requests or not goes_by_itself(intent):
            return None
        plan = self._plans.get(intent.action)
        if plan is not None and plan.mode is Mode.APPROVE:
            return Guard.CONFIGURATION
        return unsure({intent.account, intent.event.account}, self._world)

    def _still_fires(self, intent: Intent) -> bool:
        return self._world.is_in_force(intent.fingerprint, intent.episode, Severity.INFO)

    def _is_in_force(self, intent: Intent) -> bool:
        trigger = self._triggers.get(intent.rule)
        least = intent.severity if trigger is None else trigger.actions_from
        return self._world.is_in_force(intent.fingerprint, intent.episode, least)


def _is_late_proof(before: Intent, after: Intent) -> bool:
    """What could not be proved may be read later all the same."""
    return before.state is IntentState.UNCONFIRMED and after.state is IntentState.CONFIRMED
