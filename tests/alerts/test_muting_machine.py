"""Invariants of muting over any order of events, silences and restarts: nothing is kept quiet for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from alertd.alerts.inhibition import builtin_inhibitions, inhibition_of
from alertd.alerts.mutes import MutingRules, is_silence
from alertd.domain.alert import Alert, AlertState, Severity
from alertd.domain.command import CommandRefused
from alertd.domain.events import LiquidationType
from alertd.domain.notification import Notification, Reason
from alertd.domain.silence import Matchers, Silence
from tests.alerts.nouns import (
    CRITICAL,
    INFO,
    WARNING,
    Run,
    at,
    coverage,
    enough_equity,
    lead,
    liquidation,
    says,
    snapshot,
)
from tests.alerts.test_lifecycle_machine import POSITIONS, SUBJECTS, TIMINGS, margin_event, steps_of, told_as

# While the account is parked, nothing new of its figures is told.
PARKED = inhibition_of(
    "parked", Matchers(rule=("parked",)), Matchers(kind=("margin_state", "lead_*")), ("account",)
)
RULES = MutingRules(inhibitions=(*builtin_inhibitions(), PARKED), audience=lambda alert: alert.severity)
WHAT: list[dict[str, Any]] = [
    {},
    {"account": ("main",)},
    {"severity": ("info", "warning")},
    {"instrument": ("A",)},
    {"kind": ("liquidation", "coverage")},
]

_accounts = st.sampled_from(["main", "two"])
_positions = st.integers(0, 2)
_levels = st.sampled_from([None, INFO, WARNING, CRITICAL])


class Muting(RuleBasedStateMachine):
    """Two runs get the same; only one of them is restarted."""

    def __init__(self) -> None:
        super().__init__()
        self.steady = Run(steps=steps_of, muting=RULES)
        self.restarted = Run(steps=steps_of, muting=RULES)
        self.runs = (self.steady, self.restarted)
        self.seconds = 0
        self.silences = 0

    @property
    def now(self) -> datetime:
        return at(self.seconds)

    def say(self, event: Any, *more: Any, **timing: Any) -> None:
        for run in self.runs:
            run.apply(event, says(event, *more, **timing), now=self.now)

    @rule(seconds=st.integers(1, 9) | st.sampled_from([20, 61, 130, 601, 4000, 90_000]))
    def pass_time(self, seconds: int) -> None:
        self.seconds += seconds
        for run in self.runs:
            run.tick(self.seconds)

    @rule(seconds=st.sampled_from([20, 61, 130, 601, 4000, 90_000]), pieces=st.integers(0, 5))
    def die_amid_a_tick(self, seconds: int, pieces: int) -> None:
        self.seconds += seconds
        self.steady.tick(self.seconds)
        self.restarted.tick_and_crash(self.seconds, pieces)

    @rule(account=_accounts, number=_positions, level=_levels)
    def push(self, account: str, number: int, level: Severity | None) -> None:
        before = {alert.fingerprint: alert for alert in self.steady.lifecycle.open_alerts()}
        count = len(self.steady.told)
        event = margin_event(account, number, self.now)
        evaluation = says(event, level, **TIMINGS[number])
        for run in self.runs:
            run.apply(event, evaluation, now=self.now)
        alert = before.get(evaluation.fingerprint)
        if alert is not None and alert.state is not AlertState.PENDING and level is not None:
            told = {one.alert.fingerprint for one in self.steady.told[count:]}
            ended = (alert.fingerprint, alert.episode) not in {
                (one.fingerprint, one.episode) for one in self.steady.lifecycle.open_alerts()
            }
            if level.rank > alert.severity.rank:  # worse is told at once, whatever mutes
                assert ended or alert.fingerprint in told

    @rule(account=_accounts, number=_positions)
    def close(self, account: str, number: int) -> None:
        for run in self.runs:
            run.apply(margin_event(account, number, self.now, open=False), now=self.now)

    @rule(account=_accounts, present=st.sets(_positions), after_gap=st.booleans())
    def see_snapshot(self, account: str, present: set[int], after_gap: bool) -> None:
        found = [SUBJECTS[number] for number in sorted(present)]
        for run in self.runs:
            run.apply(snapshot(self.now, *found, account=account, after_gap=after_gap))

    @rule(account=_accounts, number=_positions)
    def liquidate(self, account: str, number: int) -> None:
        event = liquidation(
            self.now,
            account=account,
            position=POSITIONS[number],
            liquidation_type=LiquidationType.LIQUIDATION,
        )
        self.say(event, CRITICAL, ends_s=9000, fact=f"{self.seconds}")

    @rule(account=_accounts, parked=st.booleans())
    def park(self, account: str, parked: bool) -> None:
        self.say(
            coverage(self.now, account=account, blind=parked), CRITICAL if parked else None, rule="parked"
        )

    @rule(instrument=st.sampled_from("AB"), info_type=st.sampled_from("13"))
    def fail_lead_trade(self, instrument: str, info_type: str) -> None:
        event = lead(self.now, instrument=instrument, info_type=info_type)
        self.say(event, WARNING, ends_s=300, fact=instrument)

    @rule(seconds=st.integers(1, 9))
    def have_enough_equity(self, seconds: int) -> None:
        self.seconds += seconds
        for run in self.runs:
            run.apply(enough_equity(self.now))

    @rule(what=st.sampled_from(WHAT), forced=st.booleans(), for_s=st.sampled_from([5, 60, 600, 86_400]))
    def silence(self, what: dict[str, Any], forced: bool, for_s: int) -> None:
        self.silences += 1
        refused = []
        for run in self.runs:
            try:
                run.silence(f"s{self.silences}", self.now, for_s, forced, **what)
            except CommandRefused as exc:
                refused.append(exc.problem)
        assert not (refused and forced)
        assert refused in ([], refused[:1] * 2)

    @rule(which=st.integers(1, 9))
    def expire(self, which: int) -> None:
        refused = []
        for run in self.runs:
            try:
                run.expire(f"s{which}", now=self.now)
            except CommandRefused as exc:
                refused.append(exc.problem)
        assert refused in ([], refused[:1] * 2)

    @rule(account=_accounts)
    def acknowledge(self, account: str) -> None:
        for run in self.runs:
            if any(_waits(alert, account) for alert in run.rows.values()):
                run.acknowledge(account=account, now=self.now)

    @rule()
    def restart(self) -> None:
        self.restarted.restart()

    @invariant()
    def what_fires_and_is_not_muted_was_told(self) -> None:
        for alert in self.steady.lifecycle.open_alerts():
            if alert.state is AlertState.FIRING and alert.vanished_at is None and not alert.muted_by:
                assert alert.is_told, alert

    @invariant()
    def nothing_is_muted_for_ever(self) -> None:
        """Whatever mutes an alert ends by time, or speaks for it."""
        open_alerts = self.steady.lifecycle.open_alerts()
        for alert in open_alerts:
            for name in alert.muted_by:
                kind, _, rest = name.partition(":")
                if kind == "silence":
                    silence = self.steady.silences[rest]
                    assert silence.ended_at is None
                    assert self.now < silence.ends_at
                    assert silence.forced or alert.severity is not CRITICAL
                else:
                    assert any(_speaks(other, alert) for other in open_alerts), alert
            assert alert.muted_until is None or alert.muted_until > self.now

    @invariant()
    def a_silence_ends_when_its_time_is_over(self) -> None:
        for silence in self.steady.silences.values():
            assert silence.ended_at is not None or self.now < silence.ends_at

    @invariant()
    def a_restart_changes_nothing(self) -> None:
        assert list(map(_as_told, self.steady.told)) == list(map(_as_told, self.restarted.told))
        silences = [{key: _shape(one) for key, one in run.silences.items()} for run in self.runs]
        assert silences[0] == silences[1]
        assert [event.event_id for event in self.steady.events] == [
            event.event_id for event in self.restarted.events
        ]
        facts = [{key: _facts(row) for key, row in run.rows.items()} for run in self.runs]
        assert facts[0] == facts[1]

    @invariant()
    def what_happened_and_is_over_was_told_or_will_be(self) -> None:
        """No occurrence that a silence muted ends without a word, by its time or by enough equity, as far as
        there is room, unless somebody takes care of it.
        """
        named = {
            (one.fingerprint, one.episode)
            for source in (
                *((told.alert, *told.also) for told in self.steady.told),
                *(silence.passed for silence in self.steady.silences.values() if not silence.ended_at),
            )
            for one in source
        }
        left_out = sum(silence.unnamed for silence in self.steady.silences.values())
        passed = [
            alert
            for alert in self.steady.rows.values()
            if alert.fingerprint.kind == "lead_trade_failed"
            and not alert.is_open
            and any(map(is_silence, alert.muted_by))
            and alert.acknowledged_by is None
        ]
        unheard = [alert for alert in passed if (alert.fingerprint, alert.episode) not in named]
        assert len(unheard) <= left_out

    @invariant()
    def sequences_count_from_one_without_a_gap(self) -> None:
        counted: dict[object, int] = {}
        for told in self.steady.told:
            episode = (told.alert.fingerprint, told.alert.episode)
            assert told.alert.sequence == counted.get(episode, 0) + 1
            counted[episode] = told.alert.sequence
            if told.alert.sequence > 1 and told.alert.occurrences == 1:
                assert told.reason is not Reason.NEW

    @invariant()
    def a_good_end_is_told_only_of_what_was_told(self) -> None:
        named = set()
        for told in self.steady.told:
            if told.reason in (Reason.RECOVERED, Reason.CLOSED):
                assert (told.alert.fingerprint, told.alert.episode) in named
            named |= {(one.fingerprint, one.episode) for one in (told.alert, *told.also)}

    @invariant()
    def nothing_due_is_left_behind(self) -> None:
        due = self.steady.lifecycle.next_due()
        assert due is None or due > self.now


def _waits(alert: Alert, account: str) -> bool:
    return alert.state is AlertState.FIRING and alert.fingerprint.account == account


def _speaks(source: Alert, target: Alert) -> bool:
    is_told = source.is_told and not source.muted_by and source.state is not AlertState.PENDING
    return is_told and source.fingerprint.account == target.fingerprint.account


def _as_told(told: Notification) -> object:
    return told_as(told), None if told.silence is None else told.silence.silence_id


def _shape(silence: Silence) -> object:
    """All but the figures of what it muted, which a restart may know later."""
    passed = [(alert.fingerprint, alert.episode, alert.since) for alert in silence.passed]
    return replace(silence, passed=()), passed


def _facts(alert: Alert) -> object:
    return alert.state, bool(alert.muted_by), alert.broke, alert.told_at, alert.sequence


def test_two_that_are_told_at_once_are_told_in_one_order_over_a_restart() -> None:
    """Found by the machine."""
    state = Muting()
    state.push(account="main", level=INFO, number=1)
    state.park(account="main", parked=True)
    state.fail_lead_trade(info_type="1", instrument="A")
    state.die_amid_a_tick(pieces=1, seconds=20)
    state.park(account="main", parked=False)
    state.a_restart_changes_nothing()


TestMuting = Muting.TestCase
TestMuting.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


@given(st.lists(st.tuples(st.sampled_from([INFO, WARNING, CRITICAL]), _positions), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_all_that_a_silence_muted_is_named_once_when_it_ends(script: list[tuple[Severity, int]]) -> None:
    run = Run(steps=steps_of, muting=RULES)
    run.silence(forced=True)
    for seconds, (level, number) in enumerate(script):
        run.say(margin_event("main", number, at(seconds)), level)
    broke = {told.alert.fingerprint for told in run.told}
    run.tick(3600)
    digests = [told for told in run.told if told.reason is Reason.DIGEST]
    named = [one.fingerprint for told in digests for one in (told.alert, *told.also)]
    assert len(named) == len(set(named))
    assert set(named) == {alert.fingerprint for alert in run.lifecycle.open_alerts()} - broke
