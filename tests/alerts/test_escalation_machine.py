"""Escalation over any order of news, time, people, restarts and changed routes: no step is lost, told twice
or begun anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from alertd.alerts.acknowledging import can_be_acknowledged
from alertd.alerts.orphans import Configured
from alertd.domain.alert import AlertState, Severity
from alertd.domain.command import ComeBack, CommandRefused, GoAway, StartDrill
from alertd.domain.events import EventKind
from alertd.domain.notification import Notification, Reason
from tests.alerts.chained import CRITICAL_ROUTE, SINKS, STEPS, near, router, silent
from tests.alerts.nouns import CRITICAL, INFO, START, WARNING, Run, at, isolated, margin

PLACES = [isolated("A"), isolated("B")]
HOLDS_S = (0.0, 90.0)  # by place: so long better must hold
# The same steps for critical alerts, written in other ways, with more or less beside them.
ROUTES = [
    (CRITICAL_ROUTE,),
    ({**CRITICAL_ROUTE, "remind_s": [7]}, {"sinks": ["boss"]}),
    ({**CRITICAL_ROUTE, "escalate": STEPS[:1]}, {**CRITICAL_ROUTE, "escalate": STEPS[1:]}),
]
CONFIGURED = Configured(rules={"r": EventKind.MARGIN_STATE}, accounts={"main", "two"}, sinks=frozenset(SINKS))


def told_as(told: Notification) -> tuple[object, ...]:
    also = tuple(alert.fingerprint for alert in told.also)
    alert = told.alert
    facts = (alert.chain_began_at, alert.chain_since, alert.chain_done_at, alert.chain_round, alert.woken_at)
    return told.key, told.reason, told.created_at, told.only_to, also, alert.severity, facts


class Escalating(RuleBasedStateMachine):
    """Two runs live through the same; only one of them is restarted and reloaded."""

    def __init__(self) -> None:
        super().__init__()
        self.steady = Run(steps=silent, chains=router())
        self.shaken = Run(steps=silent, chains=router())
        self.runs = (self.steady, self.shaken)
        self.seconds = 0
        self.silences = 0
        self.newest: dict[tuple[str, int], tuple[str, Severity | None]] = {}

    @property
    def now(self) -> datetime:
        return at(self.seconds)

    @rule(seconds=st.integers(1, 9) | st.sampled_from([20, 59, 60, 61, 241, 300, 4000]))
    def pass_time(self, seconds: int) -> None:
        self.seconds += seconds
        for run in self.runs:
            run.tick(self.seconds)

    @precondition(lambda self: self._figures_are_stored())
    @rule(seconds=st.sampled_from([60, 61, 241, 300, 4000]), pieces=st.integers(0, 5))
    def die_amid_a_tick(self, seconds: int, pieces: int) -> None:
        self.seconds += seconds
        self.steady.tick(self.seconds)
        self.shaken.tick_and_crash(self.seconds, pieces)

    @rule(
        account=st.sampled_from(["main", "two"]),
        place=st.sampled_from(PLACES),
        level=st.sampled_from([None, INFO, WARNING, CRITICAL, CRITICAL]),
        minutes=st.sampled_from(["4", "40"]),
    )
    def push(self, account: str, place: dict[str, object], level: Severity | None, minutes: str) -> None:
        self.newest[account, PLACES.index(place)] = minutes, level
        hold_s = HOLDS_S[PLACES.index(place)]
        for run in self.runs:
            run.say(near(self.seconds, minutes, account=account, position=place), level, hold_s=hold_s)

    @rule(place=st.sampled_from(PLACES), is_open=st.booleans())
    def follow(self, place: dict[str, object], is_open: bool) -> None:
        if not is_open:
            self.newest.pop(("main", PLACES.index(place)), None)
        for run in self.runs:
            run.apply(margin(self.now, position=place, open=is_open))

    @rule(
        command=st.sampled_from(
            [
                StartDrill(person="anna", at=START),
                StartDrill(person="anna", at=START, sink="deputy"),
                ComeBack(person="anna", at=START),
            ]
        )
    )
    def obey(self, command: StartDrill | ComeBack) -> None:
        self._obey(
            type(command)(
                **{name: getattr(command, name) for name in command.__struct_fields__ if name != "at"},
                at=self.now,
            )
        )

    @rule(hours=st.integers(1, 30))
    def go_away(self, hours: int) -> None:
        self._obey(
            GoAway(person="anna", at=self.now, until=self.now + timedelta(hours=hours), deputy="deputy")
        )

    @rule(for_s=st.sampled_from([100, 700, 5000]))
    def silence(self, for_s: int) -> None:
        self.silences += 1
        name = f"s{self.silences}"
        for run in self.runs:
            run.silence(name, self.now, for_s, forced=True, account=("main",))

    @rule()
    def acknowledge(self) -> None:
        for run in self.runs:
            if any(map(can_be_acknowledged, run.lifecycle.open_alerts())):
                run.acknowledge(now=self.now)

    @rule()
    def restart(self) -> None:
        self.shaken.restart()
        self._say_again()

    @precondition(lambda self: self.seconds)
    @rule(number=st.integers(0, len(ROUTES) - 1))
    def reload(self, number: int) -> None:
        self.shaken.chains = router(*ROUTES[number])
        self.shaken.lifecycle.reconfigure(CONFIGURED, silent, {}, self.now, self.shaken.chains)

    def _figures_are_stored(self) -> bool:
        """Figures that changed nothing stand in no row, and they decide which of several alerts names the
        others: after a crash only the next snapshot tells them.
        """
        lifecycle = self.shaken.lifecycle
        return all(lifecycle.shown(alert).event == alert.event for alert in lifecycle.open_alerts())

    def _say_again(self) -> None:
        """The snapshot after a restart."""
        for (account, number), (minutes, level) in self.newest.items():
            for run in self.runs:
                event = near(self.seconds, minutes, account=account, position=PLACES[number])
                run.say(event, level, hold_s=HOLDS_S[number])

    def _obey(self, command: StartDrill | ComeBack | GoAway) -> None:
        refused = []
        for run in self.runs:
            try:
                run.obey(command)
                refused.append("")
            except CommandRefused as exc:
                refused.append(str(exc))
        assert refused[0] == refused[1]

    @invariant()
    def nothing_is_repeated_lost_or_reset(self) -> None:
        assert [told_as(told) for told in self.steady.told] == [told_as(told) for told in self.shaken.told]

    @invariant()
    def a_chain_runs_for_what_fires_and_is_critical_alone(self) -> None:
        for alert in self.steady.lifecycle.open_alerts():
            is_test = alert.fingerprint.subject == "drill//deputy"
            fires = alert.state is AlertState.FIRING and not alert.muted_by
            wanted = fires and alert.severity is CRITICAL and not is_test
            assert (alert.chain_since is not None) is wanted, alert

    @invariant()
    def a_drill_and_a_danger_never_share_a_message(self) -> None:
        for told in self.steady.told:
            kinds = {alert.fingerprint.kind for alert in (told.alert, *told.also)}
            assert EventKind.DRILL not in kinds or len(kinds) == 1

    @invariant()
    def nobody_is_called_over_safe_figures(self) -> None:
        for told in self.steady.told:
            calm_until = told.alert.calm_until if told.reason is Reason.ESCALATED else None
            assert calm_until is None or calm_until <= told.created_at

    @invariant()
    def nothing_due_is_left_behind(self) -> None:
        due = self.steady.lifecycle.next_due()
        assert due is None or due > self.now


TestEscalating = Escalating.TestCase
TestEscalating.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=40), st.sets(st.integers(0, 39)))
@settings(max_examples=100, deadline=None)
def test_every_step_is_told_once_whatever_the_ticks_and_restarts(
    ticks: list[int], restarts: set[int]
) -> None:
    """Never before its time, and a pause tells what was missed at once."""
    run = Run(steps=silent, chains=router())
    run.say(margin(), CRITICAL)
    seconds = 0
    for number, wait in enumerate(ticks):
        if number in restarts:
            run.restart()
        due = run.lifecycle.next_due()
        seconds += wait
        told = run.tick(seconds).notifications
        assert due is not None
        assert len(told) == (due <= at(seconds))
        assert run.lifecycle.next_due() is not None
    done = [told.alert.chain_done_at for told in run.told[1:]]
    assert done == sorted(set(done))
    assert all(told.alert.chain_done_at <= told.created_at for told in run.told[1:])
    sinks = {told.only_to for told in run.told[1:]}
    assert sinks <= {("call",), ("boss", "call"), ("call", "boss")}


@given(st.sampled_from([1, 2, 5, 7]))
def test_how_often_somebody_ticks_does_not_matter(every_s: int) -> None:
    run = Run(steps=silent, chains=router())
    run.say(margin(), CRITICAL)
    for second in range(every_s, 3000, every_s):
        run.tick(second)
    wanted = [at(300 * number + offset) for number in range(10) for offset in (60, 300)]
    told = [told for told in run.told if told.reason is Reason.ESCALATED]
    assert [one.alert.chain_done_at for one in told] == wanted[: len(told)]
    assert len(told) >= len(wanted) - 1
    assert all(
        0 <= (one.created_at - due).total_seconds() < every_s for one, due in zip(told, wanted, strict=False)
    )


def test_a_restart_at_any_point_changes_nothing() -> None:
    def lived(restart_at_s: int | None) -> list[tuple[object, ...]]:
        run = Run(steps=silent, chains=router())
        run.say(margin(), CRITICAL)
        for second in range(2, 760, 2):
            if second == restart_at_s:
                run.restart()
            if second == 130:
                run.say(near(second, position=isolated("B")), CRITICAL)
            if second == 500:
                run.acknowledge(now=at(second))
            if second == 510:
                run.say(margin(at(second)), CRITICAL, fact="new")
            run.tick(second)
        return [told_as(told) for told in run.told]

    wanted = lived(None)
    # of A 60, 300, 360, and 570 by the new fact; of B at once, 190, 430, 490
    assert [told[1] for told in wanted].count(Reason.ESCALATED) == 8
    assert all(lived(second) == wanted for second in range(2, 760, 2))
