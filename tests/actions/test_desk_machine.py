"""Whatever happens in whatever order, the desk keeps its promises; and a restart changes nothing."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from alertd.actions.book import is_needed, key_of
from alertd.actions.desk import ActionDesk
from alertd.actions.plans import Plan, Trigger
from alertd.domain.action import ALL_TRADERS, ActionChanges, Intent, IntentState, Mode, Step, Switch
from alertd.domain.alert import Severity
from alertd.domain.command import Approve, CommandRefused, Deny, SwitchActions
from alertd.domain.events import ActionState
from tests.actions.nouns import ANN, BOB, START, World, alert, leader, margin, plan

PEOPLE = st.sampled_from(["anna", "anna", "ben", "ben", "cem"])
MOST_A_DAY, MOST_IN_ALL = 2, 4
LIMITS = {"cooldown_s": 600.0, "max_per_day": MOST_A_DAY, "max_per_day_total": MOST_IN_ALL}
TRIGGERS = {"margin": Trigger(("one", "all"), Severity.WARNING)}
DAY = timedelta(days=1)
NEXT = {
    IntentState.PLANNED: (
        IntentState.SENDING, IntentState.NOTHING_TO_DO, IntentState.HELD, IntentState.FAILED,
    ),
    IntentState.SENDING: (IntentState.VERIFYING, IntentState.HELD, IntentState.FAILED),
    IntentState.VERIFYING: (
        IntentState.CONFIRMED, IntentState.VERIFYING, IntentState.SENDING, IntentState.UNCONFIRMED,
    ),
    IntentState.HELD: (IntentState.SENDING, IntentState.FAILED),
}  # fmt: skip


def plans(mode: Mode, approvers: int) -> dict[str, Plan]:
    common = {"mode": mode, "approvers": approvers, **LIMITS}
    return {
        "one": plan(action="one", traders=None, **common),
        "all": plan(action="all", traders=(ALL_TRADERS,), max_traders=2, **common),
    }


class Desk(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.world = World()
        self.plans = plans(Mode.APPROVE, 1)
        self.desk = ActionDesk(self.plans, TRIGGERS, world=self.world)
        self.runs: Counter[str] = Counter()
        self.stored: dict[str, Intent] = {}
        self.steps: dict[tuple[str, int], Step] = {}
        self.left: list[Intent] = []  # each request, as it stood in the store before it left
        self.numbers = count()

    # --- what happens -----------------------------------------------------------------------------------

    @rule(
        trader=st.sampled_from([ANN, ANN, BOB, ""]),
        episode=st.integers(1, 3),
        severity=st.sampled_from([Severity.CRITICAL, Severity.WARNING, Severity.INFO]),
        age=st.sampled_from([0, 0, 10, 20]),
    )
    def trigger(self, trader: str, episode: int, severity: Severity, age: int) -> None:
        self.meet(trader, episode, severity, age)

    @rule(
        data=st.data(),
        trader=st.sampled_from([ANN, BOB]),
        episode=st.integers(4, 20),
        approvals=st.lists(PEOPLE, max_size=4),
        steps=st.integers(0, 6),
        then_s=st.sampled_from([0, 30, 650]),
    )
    def go(
        self, data: st.DataObject, trader: str, episode: int, approvals: list[str], steps: int, then_s: int
    ) -> None:
        """The usual course: an alert, approvals, moves."""
        self.meet(trader, episode, Severity.CRITICAL, 0)
        for person in approvals:
            for intent in self.desk.intents():
                if intent.state is IntentState.AWAITING:
                    self.command(Approve(person=person, at=self.now, intent_id=intent.intent_id))
        self.carry_on(data, steps)
        self.wait(then_s)

    def meet(self, trader: str, episode: int, severity: Severity, age: int) -> None:
        received = (self.now - START).total_seconds() - age
        event = leader(trader, received) if trader else margin(received)
        what = alert(event, episode=episode, severity=severity)
        again = self.rebuilt()
        changes = self.desk.triggered(what, self.now)
        assert again.triggered(what, self.now) == changes  # a restart decides alike
        assert not self.desk.triggered(what, self.now)  # the same again is nothing
        self.store(changes)

    @initialize(
        mode=st.sampled_from([Mode.APPROVE, Mode.AUTO]), approvers=st.integers(1, 2), armed=st.booleans()
    )
    def begin(self, mode: Mode, approvers: int, armed: bool) -> None:
        self.runs["one"] = self.runs["all"] = 1
        self.switch_stored = Switch(armed=frozenset(["main"] * armed))
        self.plans = plans(mode, approvers)
        self.desk = self.rebuilt()

    @rule(
        mode=st.sampled_from([Mode.DRY_RUN, Mode.APPROVE, Mode.AUTO]),
        approvers=st.integers(1, 2),
        seldom=st.integers(0, 3),
    )
    def reload(self, mode: Mode, approvers: int, seldom: int) -> None:
        if seldom:
            return
        self.plans = plans(mode, approvers)
        self.store(self.desk.reconfigure(self.plans, TRIGGERS, self.now))

    @rule(seconds=st.sampled_from([1, 1, 30, 300, 650, 650, 1000, 30000]))
    def later(self, seconds: int) -> None:
        self.wait(seconds)

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.store(self.desk.tick(self.now))
        assert not self.desk.tick(self.now)

    @rule(data=st.data(), person=PEOPLE, says=st.sampled_from([Approve, Approve, Approve, Deny]))
    @precondition(lambda self: self.desk.intents())
    def answer(self, data: st.DataObject, person: str, says: type[Approve | Deny]) -> None:
        asked = [one for one in self.desk.intents() if one.state is IntentState.AWAITING]
        intent = data.draw(st.sampled_from(asked or self.desk.intents()))
        self.command(says(person=person, at=self.now, intent_id=intent.intent_id))

    @rule(on=st.sampled_from([True, True, True, False]), account=st.sampled_from(["", "main"]))
    def switch(self, on: bool, account: str) -> None:
        self.command(SwitchActions(person="anna", at=self.now, on=on, account=account))

    @rule(data=st.data())
    @precondition(lambda self: self.desk.intents())
    def end_alert(self, data: st.DataObject) -> None:
        if self.world.over:
            self.world.over.clear()
            return
        one = data.draw(st.sampled_from(self.desk.intents()))
        self.world.over.add((one.fingerprint, one.episode))

    @rule(data=st.data(), steps=st.integers(1, 4))
    def moves(self, data: st.DataObject, steps: int) -> None:
        self.carry_on(data, steps)

    def carry_on(self, data: st.DataObject, steps: int) -> None:
        for _ in range(steps):
            if self.desk.ready(self.now):
                self.move(data)

    def move(self, data: st.DataObject) -> None:
        """What the runner does, and any answer of the exchange."""
        intent = data.draw(st.sampled_from(self.desk.ready(self.now)))
        if intent.trader == ALL_TRADERS:
            some = data.draw(st.sets(st.sampled_from([ANN, BOB, "C", "D"]), max_size=3))
            self.store(self.desk.split(intent, dict.fromkeys(some, ""), self.now))
            return
        wished = NEXT[intent.state]
        if intent.mode is Mode.DRY_RUN:
            wished = (IntentState.REHEARSED, IntentState.SENDING)
        state = data.draw(st.sampled_from(wished))
        sends = state is IntentState.SENDING
        after = replace(intent, state=state, version=intent.version + 1, requests=intent.requests + sends)
        step = Step(intent_id=after.intent_id, version=after.version, at=self.now, state=state)
        changes = self.desk.progressed(after, step, self.now)
        stands = self.desk.intent(intent.intent_id)
        assert stands is not None
        if stands.state is IntentState.SENDING and stands.version == after.version:
            self.request(stands)
        self.store(changes)

    @rule()
    def restart(self) -> None:
        self.desk = self.rebuilt()

    # --- what must hold ---------------------------------------------------------------------------------

    def command(self, command: Approve | Deny | SwitchActions) -> None:
        before = self.desk.intents(), self.desk.switch
        try:
            self.store(self.desk.obey(command, self.now))
        except CommandRefused:
            assert (self.desk.intents(), self.desk.switch) == before

    def request(self, intent: Intent) -> None:
        assert self.desk.switch.on
        assert intent.mode is not Mode.DRY_RUN
        assert len(set(intent.approved_by)) == len(intent.approved_by) >= intent.approvers
        assert "cem" not in intent.approved_by
        assert intent.approvers or (intent.mode is Mode.AUTO and intent.account in self.desk.switch.armed)
        if intent.requests == 1:
            assert (intent.fingerprint, intent.episode) not in self.world.over
        self.left.append(replace(intent, planned_at=self.now))

    def rebuilt(self) -> ActionDesk:
        return ActionDesk(
            self.plans,
            TRIGGERS,
            intents=self.stored.values(),
            finished_runs=dict(self.runs),
            switch=self.switch_stored,
            world=self.world,
        )

    switch_stored: Switch = Switch()

    def store(self, changes: ActionChanges) -> None:
        told = {
            (one.intent_id, one.event_id.rpartition(":")[2])
            for one in changes.events
            if isinstance(one, ActionState)
        }
        others = [one for one in changes.events if not isinstance(one, ActionState)]
        assert len(others) == (changes.switch is not None)
        for step in changes.steps:
            assert (step.intent_id, step.version) not in self.steps
            assert step.version == 0 or (step.intent_id, step.version - 1) in self.steps
            self.steps[step.intent_id, step.version] = step
        for intent in changes.intents:
            before = self.stored.get(intent.intent_id)
            assert before is None or before.is_open
            assert (intent.intent_id, intent.version) in self.steps
            if intent.state in (IntentState.AWAITING, IntentState.BLOCKED, IntentState.EXPIRED):
                assert (intent.intent_id, str(intent.version)) in told
            self.runs[intent.action] += intent.is_run
            self.stored[intent.intent_id] = intent
        self.switch_stored = changes.switch or self.switch_stored

    @invariant()
    def what_is_stored_is_what_stands(self) -> None:
        known = {one.intent_id: one for one in self.desk.intents()}
        assert known == {name: one for name, one in self.stored.items() if name in known}
        assert not any(is_needed(one, self.now) for name, one in self.stored.items() if name not in known)
        assert self.desk.switch == self.switch_stored

    @invariant()
    def no_two_are_open_for_the_same(self) -> None:
        keys = [key_of(one) for one in self.desk.intents() if one.is_open]
        assert len(keys) == len(set(keys))

    @invariant()
    def nothing_new_leaves_while_it_is_off(self) -> None:
        if not self.desk.switch.on:
            assert all(one.state.may_have_been_sent for one in self.desk.ready(self.now))

    @invariant()
    def what_may_have_been_sent_is_always_read(self) -> None:
        ready = {one.intent_id for one in self.desk.ready(self.now)}
        assert {one.intent_id for one in self.desk.intents() if one.state.may_have_been_sent} <= ready

    @invariant()
    def limits_hold(self) -> None:
        """By when they were planned, as the limits are counted; in each span of a day."""
        asked = [self.stored[intent_id] for intent_id in {one.intent_id for one in self.left}]
        for one in asked:
            day = [two for two in asked if one.planned_at <= two.planned_at < one.planned_at + DAY]
            assert sum(key_of(two) == key_of(one) for two in day) <= MOST_A_DAY
            assert sum(two.action == one.action for two in day) <= MOST_IN_ALL

    @invariant()
    def the_cooldown_holds(self) -> None:
        asked = [self.stored[intent_id] for intent_id in {one.intent_id for one in self.left}]
        for one in asked:
            for two in asked:
                if key_of(one) == key_of(two) and one.planned_at < two.planned_at:
                    assert one.ended_at is not None
                    assert two.planned_at - one.ended_at >= timedelta(seconds=LIMITS["cooldown_s"])


TestDesk = Desk.TestCase
TestDesk.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, report_multiple_bugs=False
)
