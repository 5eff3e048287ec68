"""Invariants of the life cycle over any order of events, ticks and restarts."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alertd.alerts.calm import PUSHED_LASTS_S
from alertd.alerts.lifecycle import Changes
from alertd.domain.alert import Alert, AlertState, Fingerprint, Resolution, Severity
from alertd.domain.command import CommandRefused
from alertd.domain.evaluation import DAMPING_S, Evaluation
from alertd.domain.events import Event, LiquidationType
from alertd.domain.notification import Notification, Reason
from tests.alerts.nouns import (
    CRITICAL,
    INFO,
    STEPS,
    WARNING,
    Run,
    at,
    coverage,
    cross,
    isolated,
    lead,
    liquidation,
    margin,
    says,
    snapshot,
    warning,
)

POSITIONS: list[dict[str, Any]] = [isolated("A"), isolated("B"), cross()]
SUBJECTS = ["A/long/isolated", "B/long/isolated", "cross/USDT"]
# One way to end for each position: two ways within minutes are told apart by memory alone.
LIQUIDATED_BY = [LiquidationType.LIQUIDATION, LiquidationType.ADL, LiquidationType.CLAW_BACK]
# By position: what the rule of its figures asks for.
TIMINGS: list[dict[str, float]] = [
    {"hold_s": 30.0},
    {"for_s": 20.0, "hold_s": 50.0, "damping_s": 900.0},
    {},
]
ENDS = {Reason.RECOVERED, Reason.CLOSED, Reason.LIQUIDATED, Reason.REDUCED, Reason.UNKNOWN}

_accounts = st.sampled_from(["main", "two"])
_positions = st.integers(0, 2)
_levels = st.sampled_from([None, INFO, WARNING, CRITICAL])


def steps_of(alert: Alert) -> tuple[float, ...]:
    return {CRITICAL: STEPS, WARNING: (45.0,), INFO: ()}[alert.severity]


def margin_event(account: str, number: int, now: datetime, **more: Any) -> Event:
    # the same minutes always: which alert carries a reminder depends on the newest figures
    return margin(
        now,
        account=account,
        position=POSITIONS[number],
        minutes_to_liquidation=Decimal(number),
        position_id=f"{now}",
        **more,
    )


def told_as(told: Notification) -> tuple[object, ...]:
    """What must be equal: all but the figures, which a restart may know a minute later."""
    also = tuple(alert.fingerprint for alert in told.also)
    alert = told.alert
    return (
        (told.key, told.reason, told.created_at, told.previous_severity, also),
        (alert.state, alert.severity, alert.since, alert.occurrences, alert.facts, alert.remind_at),
    )


def told_to_all(run: Run) -> list[tuple[object, ...]]:
    """What must be told whether somebody takes care or not: everything but reminders, and what stays until
    somebody does.

    Of each alert in its order. What several tell at the same moment is in the order in which a late tick
    looks at them, which a reminder that is due as well may change.
    """
    return [
        (told.alert.fingerprint, told.alert.episode, told.reason, told.created_at, told.previous_severity)
        for told in sorted(run.told, key=lambda told: (told.created_at, told.alert.fingerprint))
        if told.reason is not Reason.REMINDER and told.alert.kept_s is None
    ]


class LifeCycle(RuleBasedStateMachine):
    """Three runs get the same events: one is restarted, and of one nobody takes care."""

    def __init__(self) -> None:
        super().__init__()
        self.steady = Run(steps=steps_of)
        self.restarted = Run(steps=steps_of)
        self.ignored = Run(steps=steps_of)
        self.seconds = 0
        self.last_coverage: dict[str, tuple[Event, Evaluation]] = {}

    @property
    def now(self) -> datetime:
        return at(self.seconds)

    def apply(self, event: Event, *evaluations: Evaluation) -> None:
        before = {alert.fingerprint: alert for alert in self.steady.lifecycle.open_alerts()}
        changes = self.steady.apply(event, *evaluations, now=self.now)
        self.restarted.apply(event, *evaluations, now=self.now)
        self.ignored.apply(event, *evaluations, now=self.now)
        for evaluation in evaluations:
            check_worse_is_told(before.get(evaluation.fingerprint), evaluation, changes)

    @rule(seconds=st.integers(1, 9) | st.sampled_from([20, 61, 130, 601, 4000, 90_000]))
    def pass_time(self, seconds: int) -> None:
        self.seconds += seconds
        self.steady.tick(self.seconds)
        self.restarted.tick(self.seconds)
        self.ignored.tick(self.seconds)

    @rule(seconds=st.sampled_from([20, 61, 130, 601, 4000]), pieces=st.integers(1, 5))
    def die_amid_a_tick(self, seconds: int, pieces: int) -> None:
        """The first piece holds what ends and fires; the others tell one account each."""
        self.seconds += seconds
        self.steady.tick(self.seconds)
        self.restarted.tick_and_crash(self.seconds, pieces)
        self.ignored.tick(self.seconds)
        for event, evaluation in self.last_coverage.values():
            self.apply(event, evaluation)

    @rule(account=_accounts, number=_positions, level=_levels, held=_levels)
    def push(self, account: str, number: int, level: Severity | None, held: Severity | None) -> None:
        event = margin_event(account, number, self.now)
        self.apply(event, says(event, level, held, **TIMINGS[number]))

    @rule(account=_accounts, number=_positions)
    def quiet_push(self, account: str, number: int) -> None:
        self.apply(margin_event(account, number, self.now))

    @rule(account=_accounts, number=_positions)
    def close(self, account: str, number: int) -> None:
        self.apply(margin_event(account, number, self.now, open=False))

    @rule(account=_accounts, present=st.sets(_positions))
    def see_snapshot(self, account: str, present: set[int]) -> None:
        self.apply(snapshot(self.now, *(SUBJECTS[number] for number in present), account=account))

    @rule(account=_accounts, number=_positions)
    def liquidate(self, account: str, number: int) -> None:
        kind = LIQUIDATED_BY[number]
        event = liquidation(self.now, account=account, position=POSITIONS[number], liquidation_type=kind)
        # in one of the accounts it stays until somebody acknowledges it
        evaluation = says(
            event, CRITICAL, ends_s=86400, stays=account == "two", fact=f"{self.seconds // 100}"
        )
        self.apply(event, evaluation)

    @rule(account=_accounts, number=_positions)
    def liquidate_in_part(self, account: str, number: int) -> None:
        position = POSITIONS[number]
        self.apply(liquidation(self.now, account=account, position=position, remaining_size=Decimal(1)))

    @rule(account=_accounts, number=_positions)
    def warn(self, account: str, number: int) -> None:
        event = warning(self.now, account=account, position=POSITIONS[number])
        self.apply(event, says(event, CRITICAL, ends_s=200))

    @rule(instrument=st.sampled_from("AB"), level=st.sampled_from([INFO, WARNING]))
    def fail_lead_trade(self, instrument: str, level: Severity) -> None:
        event = lead(self.now, instrument=instrument)
        self.apply(event, says(event, level, ends_s=300, fact=instrument))

    @rule(account=_accounts, blind=st.booleans())
    def see_coverage(self, account: str, blind: bool) -> None:
        event = coverage(self.now, account=account, blind=blind)
        evaluation = says(event, CRITICAL if blind else None, for_s=15, hold_s=40)
        self.last_coverage[account] = (event, evaluation)
        self.apply(event, evaluation)

    @rule(account=_accounts, number=_positions)
    def fail_rule(self, account: str, number: int) -> None:
        event = margin_event(account, number, self.now)
        self.apply(event, says(event, None, error="boom"))

    @rule()
    def restart(self) -> None:
        self.restarted.restart()
        for event, evaluation in self.last_coverage.values():
            self.apply(event, evaluation)  # a new connection says again how it stands

    @rule(account=st.none() | _accounts)
    def acknowledge(self, account: str | None) -> None:
        refused = []
        for run in (self.steady, self.restarted):
            try:
                run.acknowledge(account=account, now=self.now)
            except CommandRefused as exc:
                refused.append(exc.problem)
        firing = [alert for alert in self.steady.rows.values() if alert.state is AlertState.FIRING]
        assert not [alert for alert in firing if account in (None, alert.fingerprint.account)]
        assert len(set(refused)) < 2
        assert len(refused) in (0, 2)

    @rule(which=st.integers(0, 5))
    def acknowledge_one(self, which: int) -> None:
        waiting = [alert for alert in self.steady.rows.values() if alert.state is AlertState.FIRING]
        if waiting:
            alert = waiting[which % len(waiting)]
            for run in (self.steady, self.restarted):
                (changed,) = run.acknowledge(alert.short_id, now=self.now).alerts
                assert changed.fingerprint == alert.fingerprint

    @invariant()
    def who_takes_care_is_known_and_is_not_reminded(self) -> None:
        for alert in self.steady.rows.values():
            if alert.state is AlertState.ACKNOWLEDGED:
                assert (alert.acknowledged_by, alert.remind_at) == ("anna", None)
        assert all(
            told.alert.state is AlertState.FIRING
            for told in self.steady.told
            if told.reason in (Reason.REMINDER, Reason.WORSENED, Reason.NEW)
        )

    @invariant()
    def an_acknowledgement_costs_nothing_but_reminders(self) -> None:
        assert told_to_all(self.steady) == told_to_all(self.ignored)

    @invariant()
    def a_restart_changes_nothing(self) -> None:
        assert [told_as(told) for told in self.steady.told] == [told_as(told) for told in self.restarted.told]

    @invariant()
    def sequences_count_from_one_without_a_gap(self) -> None:
        counted: dict[tuple[Fingerprint, int], int] = {}
        for told in self.steady.told:
            episode = (told.alert.fingerprint, told.alert.episode)
            assert told.alert.sequence == counted.get(episode, 0) + 1
            counted[episode] = told.alert.sequence
        keys = [told.key for told in self.steady.told]
        assert len(keys) == len(set(keys))

    @invariant()
    def an_episode_begins_with_new_and_ends_once(self) -> None:
        """Once for each time it fires: what recovered may come back within the damping time."""
        ended: dict[tuple[Fingerprint, int], Notification] = {}
        for told in self.steady.told:
            episode = (told.alert.fingerprint, told.alert.episode)
            end = ended.pop(episode, None)
            if end is not None:
                assert end.reason is Reason.RECOVERED
                assert told.alert.damped_s is not None
                assert (told.alert.since - end.created_at).total_seconds() < told.alert.damped_s
            assert (told.reason is Reason.NEW) == (told.alert.sequence == 1 or end is not None)
            assert (told.reason in ENDS) == (told.alert.state is AlertState.RESOLVED)
            if told.reason in ENDS:
                assert told.reason == told.alert.resolution
                ended[episode] = told

    @invariant()
    def what_flutters_recovers_slowly(self) -> None:
        """From the second time on it is over only once it was better for the damping time."""
        for told in self.steady.told:
            alert = told.alert
            flutters = alert.occurrences > 1 and alert.fingerprint.kind == "margin_state"
            if flutters and told.reason is Reason.RECOVERED:
                assert alert.better_since is not None
                assert alert.damped_s in (DAMPING_S, 900.0)
                assert alert.clear_since is not None
                assert alert.clear_since >= alert.better_since
                assert (told.created_at - alert.clear_since).total_seconds() >= alert.damped_s

    @invariant()
    def what_stays_until_somebody_takes_care_never_falls_silent(self) -> None:
        for run in (self.steady, self.restarted, self.ignored):
            for alert in run.rows.values():
                if alert.kept_s is None or alert.state is AlertState.PENDING:
                    continue
                if alert.state is AlertState.FIRING:
                    assert alert.expires_at is None
                    assert alert.remind_at is not None
                else:
                    assert alert.acknowledged_at is not None
                    assert alert.expires_at is not None
                    assert alert.expires_at >= alert.acknowledged_at + timedelta(seconds=alert.kept_s)
                assert alert.is_open or alert.resolved_at >= alert.expires_at

    @invariant()
    def pending_tells_nothing(self) -> None:
        assert all(told.alert.state is not AlertState.PENDING for told in self.steady.told)
        for alert in self.steady.rows.values():
            if alert.state is AlertState.PENDING:
                assert alert.sequence == 0 or not alert.is_told

    @invariant()
    def memory_holds_what_the_store_calls_open(self) -> None:
        stored = {alert.fingerprint: alert for alert in self.steady.rows.values() if alert.is_open}
        assert {alert.fingerprint: alert for alert in self.steady.lifecycle.open_alerts()} == stored
        for alert in self.steady.rows.values():
            assert alert.is_open == (alert.resolution is None) == (alert.resolved_at is None)
            if alert.sequence == 0 and not alert.is_open:
                assert alert.resolution is Resolution.EXPIRED

    @invariant()
    def nobody_is_reminded_over_safe_figures(self) -> None:
        """Held by `calm_until` only where no level counts, and by figures of that moment."""
        for told in self.steady.told:
            calm_until = told.alert.calm_until if told.reason is Reason.REMINDER else None
            assert calm_until is None or calm_until <= told.created_at
        for alert in self.steady.rows.values():
            if alert.is_open and alert.calm_until is not None:
                assert alert.better_since is not None
                lasts_s = 40 if alert.fingerprint.kind == "coverage" else PUSHED_LASTS_S
                assert alert.calm_until <= self.now + timedelta(seconds=lasts_s)

    @invariant()
    def nothing_due_is_left_behind(self) -> None:
        due = self.steady.lifecycle.next_due()
        assert due is None or due > self.now


def check_worse_is_told(before: Alert | None, evaluation: Evaluation, changes: Changes) -> None:
    """A higher level than a told alert's goes out with the very call that brings it."""
    level = evaluation.severity
    if before is None or level is None or evaluation.error is not None:
        return
    if before.state is AlertState.PENDING or level.rank <= before.severity.rank:
        return
    told = [told.reason for told in changes.notifications if told.alert.fingerprint == before.fingerprint]
    # a timer that had run out by then may have ended the episode: then it is told as a new one
    assert told[-1] in (Reason.WORSENED, Reason.NEW)


TestLifeCycle = LifeCycle.TestCase
TestLifeCycle.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)

_Script = list[tuple[int, int, Severity | None, int]]
_waits = st.sampled_from([5, 10, 35, 120, 300])
_script = st.lists(st.tuples(_waits, _positions, _levels, st.integers(0, 4)), min_size=1, max_size=25)
_lasting = st.lists(
    st.tuples(_waits, _positions, st.sampled_from([INFO, WARNING, CRITICAL]), st.just(3)), max_size=25
)


def play(script: _Script, every_s: float, steps: Any) -> Run:
    """Events at multiples of 5 s and a tick each `every_s` seconds; timers run out off that grid."""
    run, seconds = Run(steps=steps), 0.0
    for wait, number, level, what in [*script, (700, 0, None, 9)]:
        until = seconds + wait
        while seconds < until:
            seconds += every_s
            run.tick(seconds)
        now = at(seconds)
        if what == 0:
            run.apply(margin_event("main", number, now, open=False))
        elif what == 1:
            run.say(coverage(now, blind=level is not None), level, for_s=16, hold_s=42)
        elif what == 2:
            run.say(lead(now, instrument="AB"[number % 2]), WARNING, ends_s=302, fact="AB"[number % 2])
        elif what != 9:
            run.say(margin_event("main", number, now), level, for_s=number, hold_s=30 * number)
    return run


def check_same(fine: Run, coarse: Run, late_s: float) -> None:
    told = {told.key: told for told in fine.told}
    assert told.keys() == {told.key for told in coarse.told}
    for late in coarse.told:
        early = told[late.key]
        assert (late.reason, late.previous_severity) == (early.reason, early.previous_severity)
        assert 0 <= (late.created_at - early.created_at).total_seconds() < late_s


@given(_script)
@settings(max_examples=60, deadline=None)
def test_how_often_somebody_ticks_does_not_matter(script: _Script) -> None:
    def silent(alert: Alert) -> tuple[float, ...]:
        return ()

    check_same(play(script, 1.0, silent), play(script, 5.0, silent), 5)


@given(_lasting)
@settings(max_examples=60, deadline=None)
def test_nor_does_it_for_the_reminders_of_what_lasts(script: _Script) -> None:
    """Where an end is due in the tick of a reminder the end alone is told, hence the alerts that last."""

    def steps(alert: Alert) -> tuple[float, ...]:
        return {CRITICAL: (33.0, 121.0), WARNING: (47.0,), INFO: ()}[alert.severity]

    check_same(play(script, 1.0, steps), play(script, 5.0, steps), 5)
