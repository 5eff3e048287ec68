"""Positions that end, timers, reminders and restarts."""

from decimal import Decimal

import pytest

from alertd.alerts.ledger import RECORDS_AWAITED_S
from alertd.alerts.orphans import Configured
from alertd.domain.alert import Alert, AlertState, Resolution
from alertd.domain.events import EventKind, LiquidationType, PositionSnapshot, Source, Tick
from tests.alerts.nouns import (
    BTC,
    CRITICAL,
    ETH,
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
    plans_of,
    says,
    sink_health,
    snapshot,
    warning,
)

BTC_LONG, ETH_LONG = f"{BTC}/long/isolated", f"{ETH}/long/isolated"


def test_a_quiet_event_changes_nothing() -> None:
    run = Run()
    for event in (
        margin(),
        margin(open=False),
        warning(),
        lead(),
        coverage(),
        liquidation(),
        snapshot(at(0)),
    ):
        changes = run.apply(event)
        assert not changes.alerts
        assert not changes.notifications
    assert not run.tick(1).alerts
    assert run.lifecycle.next_due() is None


def test_a_closed_position_is_told_after_two_seconds() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    run.apply(margin(at(10), open=False))
    assert run.only_alert().vanished_at == at(10)
    assert run.lifecycle.next_due() == at(12)
    run.tick(11.9)
    assert run.reasons() == ["new"]
    run.tick(12)
    assert run.reasons() == ["new", "closed"]
    assert run.row().resolution is Resolution.CLOSED


def test_a_rule_that_does_not_match_a_closed_position_is_no_recovery() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    run.say(margin(at(10), open=False), None)
    run.tick(20)
    assert run.reasons() == ["new", "closed"]


@pytest.mark.parametrize("when", [-599, -1, 1], ids=["minutes before", "just before", "just after"])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (LiquidationType.LIQUIDATION, "liquidated"),
        (LiquidationType.CLAW_BACK, "liquidated"),
        (LiquidationType.ADL, "reduced"),
    ],
)
def test_the_exchange_ended_it(when: int, kind: LiquidationType, expected: str) -> None:
    run = Run()
    run.say(margin(at(0)), WARNING)
    if when < 0:
        run.apply(liquidation(at(1000 + when), liquidation_type=kind))
    run.apply(margin(at(1000), open=False))
    if when > 0:
        run.apply(liquidation(at(1000 + when), liquidation_type=kind))
    run.tick(1002)
    assert run.reasons() == ["new", expected]


def test_a_reason_that_comes_late_but_before_the_tick_is_told() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING)
    run.apply(margin(at(10), open=False))
    run.apply(liquidation(at(13)))
    assert run.reasons() == ["new", "liquidated"]


def test_a_partial_liquidation_ends_nothing() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING)
    run.apply(liquidation(at(1), remaining_size=Decimal(3)))
    run.tick(60)
    assert run.only_alert().vanished_at is None
    run.apply(margin(at(100), open=False))
    run.tick(102)
    assert run.reasons() == ["new", "closed"]


def test_all_alerts_of_the_position_end_and_no_others() -> None:
    run = Run(steps=lambda alert: ())
    event = margin(at(0))
    run.apply(event, says(event, WARNING, rule="a"), says(event, CRITICAL, rule="b"))
    run.say(warning(at(0)), CRITICAL, ends_s=9999)
    run.say(liquidation(at(0)), CRITICAL, ends_s=9999)
    run.say(margin(at(0), position=isolated(ETH)), CRITICAL)
    run.say(margin(at(0), account="two"), CRITICAL)
    run.apply(margin(at(10), open=False))
    run.tick(12)
    # Of each severity one tells the end; the other critical alert is named there.
    assert sorted((told.alert.severity.rank, str(told.reason), len(told.also)) for told in run.told[6:]) == [
        (WARNING.rank, "liquidated", 0),
        (CRITICAL.rank, "liquidated", 1),
    ]
    kept = {(alert.fingerprint.account, str(alert.fingerprint.kind)) for alert in run.lifecycle.open_alerts()}
    assert kept == {("main", "liquidation"), ("main", "margin_state"), ("two", "margin_state")}


@pytest.mark.parametrize("back", [margin(at(11)), snapshot(at(11), BTC_LONG)], ids=["push", "snapshot"])
def test_a_position_that_comes_back_goes_on(back: object) -> None:
    run = Run()
    run.say(margin(at(0)), WARNING)
    run.apply(margin(at(10), open=False))
    run.apply(back)  # type: ignore[arg-type]
    run.tick(100)
    assert run.reasons() == ["new"]
    assert run.only_alert().vanished_at is None


def test_a_position_that_comes_back_must_hold_its_better_level_anew() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING, hold_s=300)
    run.say(margin(at(10)), None, hold_s=300)
    run.apply(margin(at(20), open=False))
    run.say(margin(at(21)), None, hold_s=300)
    run.say(margin(at(310)), None, hold_s=300)
    assert run.reasons() == ["new"]
    run.say(margin(at(321)), None, hold_s=300)
    assert run.reasons() == ["new", "recovered"]


def test_a_snapshot_ends_what_it_lacks() -> None:
    run = Run(steps=lambda alert: ())
    run.say(margin(at(0)), WARNING)
    run.say(margin(at(0), position=isolated(ETH)), WARNING)
    run.say(warning(at(0), position={}), CRITICAL)  # unreadable: which position is not known
    run.say(coverage(at(0)), WARNING)
    run.say(lead(at(0)), WARNING)
    run.say(margin(at(0), account="two"), WARNING)
    run.apply(snapshot(at(5), ETH_LONG))
    run.tick(7)
    assert run.reasons()[6:] == ["closed"]
    assert run.told[-1].alert.event.instrument == BTC


def test_after_a_restart_the_first_snapshot_ends_what_is_gone() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING)
    run.say(margin(at(0), position=isolated(ETH)), WARNING)
    run.say(liquidation(at(1), position=isolated(ETH)), CRITICAL, ends_s=86400)
    run.restart()
    run.apply(snapshot(at(300)))
    run.tick(302)
    ends = {told.alert.event.instrument: str(told.reason) for told in run.told if told.alert.resolved_at}
    assert ends == {BTC: "closed", ETH: "liquidated"}


def asked(seconds: float, *subjects: str) -> PositionSnapshot:
    """The exchange's records were read."""
    return snapshot(at(seconds), *subjects, source=Source.RECONCILE)


def gone_unseen(run: Run, seconds: float) -> None:
    run.apply(margin(at(seconds), open=False, after_gap=True))
    run.apply(snapshot(at(seconds), after_gap=True))


def test_how_a_position_ended_that_nobody_watched_waits_for_the_records() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    gone_unseen(run, 75)
    run.tick(80)
    assert run.reasons() == ["new"]
    late = liquidation(at(81), observed_at=at(6), source=Source.RECONCILE)
    run.say(late, CRITICAL, ends_s=86400)
    run.apply(asked(81))
    run.tick(81)
    assert run.reasons() == ["new", "new", "liquidated"]


def test_records_that_know_of_no_liquidation_say_that_it_was_closed() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    gone_unseen(run, 75)
    run.apply(asked(75.5))
    run.tick(76.9)
    assert run.reasons() == ["new"]  # a push may still tell more
    run.tick(77)
    assert run.reasons() == ["new", "closed"]


@pytest.mark.parametrize("restarts", [False, True])
def test_records_that_cannot_be_read_leave_the_end_unknown(restarts: bool) -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    gone_unseen(run, 75)
    if restarts:
        run.restart()
    run.tick(75 + RECORDS_AWAITED_S - 0.1)
    assert run.reasons() == ["new"]
    run.tick(75 + RECORDS_AWAITED_S)
    assert run.reasons() == ["new", "unknown"]


def test_after_a_restart_the_end_waits_for_the_records_too() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING)
    run.restart()
    run.apply(snapshot(at(300), after_gap=True))
    run.tick(303)
    assert run.reasons() == ["new"]
    run.apply(asked(304))
    run.tick(304)
    assert run.reasons() == ["new", "closed"]


def test_a_position_that_is_there_again_needs_no_reason() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    gone_unseen(run, 75)
    run.say(margin(at(76)), CRITICAL)
    run.apply(margin(at(90), open=False))
    run.tick(92)
    assert run.reasons() == ["new", "closed"]


def test_a_liquidation_that_push_and_records_tell_is_told_and_counted_once() -> None:
    for first, second in ((Source.PUSH, Source.RECONCILE), (Source.RECONCILE, Source.PUSH)):
        run = Run()
        for seconds, source in ((10, first), (300, second)):
            event = liquidation(at(seconds), observed_at=at(9), source=source)
            run.say(event, WARNING, ends_s=86400, fact="liquidation/7")
        assert run.reasons() == ["new"]
        assert run.only_alert().occurrences == 1


def test_cross_positions_end_together_and_any_liquidation_counts() -> None:
    run = Run()
    run.say(margin(at(0), position=cross()), WARNING)
    run.apply(liquidation(at(1), position=isolated(ETH) | cross()))
    run.say(margin(at(2), position=cross()), WARNING)  # the others stand
    assert run.only_alert().vanished_at is None
    run.apply(margin(at(60), position=cross(), open=False))
    run.tick(62)
    assert run.reasons() == ["new", "liquidated"]


def test_a_pending_alert_of_a_position_that_ends_is_forgotten() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING, for_s=60)
    run.apply(margin(at(10), open=False))
    run.tick(100)
    assert run.reasons() == []
    assert run.row().resolution is Resolution.EXPIRED


def test_a_vanished_position_is_not_reminded_of() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    run.apply(margin(at(119), open=False))
    run.tick(120)
    run.tick(121)
    assert run.reasons() == ["new", "closed"]


def test_a_tick_event_lets_timers_run_too() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING, for_s=5)
    run.apply(Tick(event_id="t", exchange="", account="", received_at=at(5)))
    assert run.reasons() == ["new"]


def test_reminders_repeat_with_the_last_step() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    for second in range(1, 3000):
        run.tick(second)
    times = [(told.created_at - at(0)).total_seconds() for told in run.told]
    assert times == [0, 120, 420, 1020, 1620, 2220, 2820]
    assert [told.alert.sequence for told in run.told] == list(range(1, 8))


@pytest.mark.parametrize("state", [AlertState.ACKNOWLEDGED, AlertState.PENDING])
def test_only_firing_alerts_are_reminded_of(state: AlertState) -> None:
    run = Run(steps=lambda alert: STEPS)
    run.say(margin(at(0)), CRITICAL, for_s=0 if state is AlertState.ACKNOWLEDGED else 99999)
    if state is AlertState.ACKNOWLEDGED:
        run.acknowledge()
    assert run.only_alert().state is state
    run.tick(5000)
    assert "reminder" not in run.reasons()


def test_one_reminder_for_an_account_carried_by_the_worst() -> None:
    run = Run(steps=lambda alert: STEPS if alert.fingerprint.kind != "coverage" else ())
    for second, (instrument, minutes) in enumerate((("A", 9), ("B", 4), ("C", 6))):
        event = margin(at(second), position=isolated(instrument), minutes_to_liquidation=Decimal(minutes))
        run.say(event, CRITICAL)
    run.say(coverage(at(3)), WARNING)
    run.say(margin(at(3), account="two"), CRITICAL)
    run.tick(124)
    own, other = run.told[5:]
    assert (own.reason, own.alert.event.instrument, own.alert.sequence) == ("reminder", "B", 2)
    assert [alert.event.instrument for alert in own.also] == ["C", "A", None]
    assert (other.alert.fingerprint.account, other.also) == ("two", ())
    open_alerts = {alert.event.instrument: alert for alert in run.lifecycle.open_alerts()}
    assert [open_alerts[name].sequence for name in "AC"] == [1, 1]
    assert [open_alerts[name].reminders for name in "ABC"] == [1, 1, 1]
    assert len({open_alerts[name].remind_at for name in "ABC"}) == 3
    run.tick(440)
    assert len(run.told) == 9


def test_a_restart_neither_repeats_nor_loses_a_reminder_and_a_downtime_tells_one() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    run.tick(120)
    run.restart()
    assert not run.tick(121).notifications
    assert run.lifecycle.next_due() == at(420)
    run.restart()
    run.tick(50_000)
    assert run.reasons() == ["new", "reminder", "reminder"]
    assert run.only_alert().remind_at == at(50_600)


def test_where_routes_want_no_reminders_any_more_the_timer_ends() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    run.steps = lambda alert: ()
    run.restart()
    run.tick(5000)
    assert run.reasons() == ["new"]
    assert run.only_alert().remind_at is None


def test_a_lowered_alert_is_reminded_of_as_its_new_level_is() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    run.say(margin(at(10)), WARNING)
    run.tick(5000)
    assert run.reasons() == ["new"]


def test_sinks_have_alerts_of_no_account() -> None:
    run = Run()
    run.say(sink_health(at(0)), CRITICAL)
    run.say(sink_health(at(1), healthy=True), None)
    assert run.reasons() == ["new", "recovered"]
    assert run.told[0].alert.labels == {}


def test_open_accounts_are_those_with_an_open_alert() -> None:
    run = Run()
    accounts = run.lifecycle.open_accounts()
    assert "main" not in accounts
    run.say(margin(at(0)), WARNING)
    assert "main" in accounts
    run.say(margin(at(1)), None)
    assert "main" not in accounts


def test_a_tick_touches_only_what_is_due() -> None:
    looked_at: set[str] = set()

    def steps(alert: Alert) -> tuple[float, ...]:
        looked_at.add(alert.fingerprint.account)
        return STEPS

    run = Run(steps=steps)
    for number in range(2000):
        run.say(margin(at(number), position=isolated(f"I{number}"), account=f"a{number}"), CRITICAL)
    looked_at.clear()
    run.tick(2000)
    # told 120, 120 + 300, 120 + 300 + 600 ... seconds ago
    assert looked_at == {"a1880", "a1580", "a980", "a380"}
    assert len(run.lifecycle.open_alerts()) == 2000


def configured(*rules: str, accounts: tuple[str, ...] = ("main",)) -> Configured:
    kinds = dict.fromkeys(rules, EventKind.MARGIN_STATE)
    return Configured(rules=kinds, accounts=accounts, sinks=())


def reconfigure(run: Run, to: Configured, seconds: float, steps: tuple[float, ...] = STEPS) -> None:
    run._store(run.lifecycle.reconfigure(to, plans_of(lambda _: steps), {"main": {}}, at(seconds)))


def test_another_configuration_resets_no_timer_and_tells_nothing() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    run.say(margin(at(50)), None, hold_s=100)
    before = run.only_alert()
    reconfigure(run, configured("r"), 60)
    assert run.only_alert() is before
    assert before.better_since == at(50)
    run.tick(120)
    assert run.reasons() == ["new", "reminder"]
    run.say(margin(at(150)), None, hold_s=100)
    assert run.reasons() == ["new", "reminder", "recovered"]


@pytest.mark.parametrize(
    "to", [configured("other"), configured("r", accounts=("other",))], ids=["rule", "account"]
)
def test_what_nothing_judges_any_more_ends_in_silence(to: Configured) -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    reconfigure(run, to, 60)
    assert not run.lifecycle.open_alerts()
    assert (run.row().state, run.row().resolution) == (AlertState.RESOLVED, Resolution.EXPIRED)
    run.tick(500)
    assert run.reasons() == ["new"]
    assert run.lifecycle.next_due() is None


def test_reminders_follow_the_new_routes_from_the_next_one() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    reconfigure(run, configured("r"), 60, steps=(10.0,))
    run.tick(119)
    assert run.reasons() == ["new"]
    run.tick(120)
    run.tick(130)
    assert run.reasons() == ["new", "reminder", "reminder"]


def test_reminders_that_no_route_wants_any_more_stop() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    reconfigure(run, configured("r"), 60, steps=())
    run.tick(1000)
    assert run.reasons() == ["new"]


def test_the_worst_danger_of_an_account_leaves_out_our_own_blindness_and_what_is_not_told() -> None:
    run = Run()
    run.say(coverage(), CRITICAL)
    run.say(margin(), CRITICAL, for_s=60.0)
    assert run.lifecycle.worst_danger("main") is None
    run.say(margin(position=isolated(ETH)), WARNING)
    assert run.lifecycle.worst_danger("main") is WARNING
    run.tick(61)
    assert run.lifecycle.worst_danger("main") is CRITICAL
    assert run.lifecycle.worst_danger("second") is None
