"""Evaluations against alerts, through the life cycle's own door."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from alertd.alerts.routing import Router
from alertd.domain.alert import AlertState, Resolution, Severity
from tests.alerts.nouns import (
    CRITICAL,
    ETH,
    INFO,
    WARNING,
    Run,
    at,
    coverage,
    isolated,
    lead,
    liquidation,
    margin,
    says,
    warning,
)

DAY_S = 86400.0


def test_the_first_firing_is_told_as_the_first_of_its_episode() -> None:
    run = Run()
    changes = run.say(margin(), WARNING, figure="margin_ratio")
    (told,) = changes.notifications
    assert (told.reason, told.alert.episode, told.alert.sequence) == ("new", 1, 1)
    assert (told.alert.state, told.alert.version, told.alert.labels) == ("firing", 1, {"owner": "anna"})
    assert list(changes.alerts) == [told.alert]
    assert run.lifecycle.is_open(told.alert.fingerprint)


def test_an_episode_follows_the_last_one_even_after_a_restart() -> None:
    run = Run()
    for number, severity in enumerate((WARNING, None, WARNING, None, WARNING)):
        run.say(margin(at(400 * number)), severity)
        run.restart()
    assert [(told.alert.episode, told.alert.sequence) for told in run.told] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
        (3, 1),
    ]


def test_what_does_not_fire_opens_nothing() -> None:
    run = Run()
    assert not run.say(margin(), None, held=CRITICAL).alerts
    assert not run.lifecycle.open_alerts()


def test_worse_is_told_at_once_with_the_level_before() -> None:
    run = Run()
    run.say(margin(at(0)), INFO)
    run.say(margin(at(1)), CRITICAL)
    (_, told) = run.told
    assert (told.reason, told.previous_severity, told.alert.sequence) == ("worsened", INFO, 2)


def test_worse_breaks_an_acknowledgement_and_starts_the_reminders_anew() -> None:
    run = Run(steps=lambda alert: (100.0, 1000.0))
    run.say(margin(at(0)), WARNING)
    run.tick(100)
    run.acknowledge()
    run.tick(5000)
    run.say(margin(at(5000)), CRITICAL)
    assert run.reasons() == ["new", "reminder", "worsened"]
    alert = run.only_alert()
    assert (alert.state, alert.reminders, alert.remind_at) == (AlertState.FIRING, 0, at(5100))


def test_an_acknowledged_alert_that_gets_better_stays_acknowledged() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    run.acknowledge()
    run.say(margin(at(1)), WARNING)
    alert = run.only_alert()
    assert (alert.state, alert.severity, alert.remind_at) == (AlertState.ACKNOWLEDGED, WARNING, None)
    run.say(margin(at(2)), None)
    assert run.reasons() == ["new", "recovered"]


def test_a_push_that_changes_nothing_stores_nothing_for_a_minute() -> None:
    run = Run(steps=lambda alert: ())
    run.say(margin(at(0)), CRITICAL)
    rows = [len(run.say(margin(at(second)), CRITICAL).alerts) for second in range(1, 125)]
    assert [second for second, stored in enumerate(rows, 1) if stored] == [60, 120]
    assert run.reasons() == ["new"]


def test_what_is_told_shows_the_newest_figures() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    newest = margin(at(119))
    run.say(margin(at(60)), CRITICAL)
    run.say(newest, CRITICAL)
    run.tick(120)
    assert run.told[-1].alert.event is newest


# severity and held as the ladder says them; "-" no change, else what the alert is lowered to
BETTER = [
    (CRITICAL, CRITICAL, "critical"),
    (WARNING, CRITICAL, "critical"),  # hysteresis
    (WARNING, WARNING, "warning"),
    (None, WARNING, "warning"),
    (INFO, INFO, "info"),
]


@pytest.mark.parametrize(("severity", "held", "expected"), BETTER)
def test_a_better_level_lowers_in_silence(severity: object, held: object, expected: str) -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    run.say(margin(at(1)), severity, held)  # type: ignore[arg-type]
    assert run.only_alert().severity == expected
    assert run.reasons() == ["new"]


def test_better_must_hold() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL, hold_s=300)
    run.say(margin(at(10)), None, hold_s=300)
    assert run.only_alert().better_since == at(10)
    run.say(margin(at(200)), CRITICAL, hold_s=300)
    assert run.only_alert().better_since is None
    run.say(margin(at(210)), None, hold_s=300)
    run.say(margin(at(509)), None, hold_s=300)
    assert run.only_alert().severity is CRITICAL
    run.say(margin(at(510)), None, hold_s=300)
    assert [reason for reason in run.reasons() if reason != "reminder"] == ["new", "recovered"]
    assert run.row().resolution is Resolution.RECOVERED


@pytest.mark.parametrize("restarts", [False, True])
def test_a_milder_level_within_the_hold_is_not_safe(restarts: bool) -> None:
    """Over only once no level was held for as long; the milder level counts from when the worse was left."""
    run = Run()
    run.say(margin(at(0)), CRITICAL, hold_s=40)
    run.say(margin(at(3)), None, hold_s=40)
    run.say(margin(at(11)), WARNING, hold_s=40)
    assert (run.only_alert().better_since, run.only_alert().clear_since) == (at(3), None)
    run.say(margin(at(37)), None, hold_s=40)
    if restarts:
        run.restart()
    run.say(margin(at(43)), None, hold_s=40)
    run.say(margin(at(76)), None, hold_s=40)
    assert run.reasons() == ["new"]
    run.say(margin(at(77)), None, hold_s=40)
    assert run.reasons() == ["new", "recovered"]


def test_a_milder_level_that_holds_to_the_end_is_lowered_to() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL, hold_s=40)
    run.say(margin(at(3)), None, hold_s=40)
    run.say(margin(at(11)), WARNING, hold_s=40)
    run.say(margin(at(43)), WARNING, hold_s=40)
    assert run.only_alert().severity is WARNING
    assert run.only_alert().better_since is None
    run.say(margin(at(44)), None, hold_s=40)
    run.say(margin(at(83)), None, hold_s=40)
    assert run.reasons() == ["new"]
    run.say(margin(at(84)), None, hold_s=40)
    assert run.reasons() == ["new", "recovered"]


def test_how_long_better_has_held_survives_a_restart() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING, hold_s=300)
    run.say(margin(at(10)), None, hold_s=300)
    run.restart()
    run.say(margin(at(309)), None, hold_s=300)
    assert run.reasons() == ["new"]
    run.say(margin(at(310)), None, hold_s=300)
    assert run.reasons() == ["new", "recovered"]


def test_figures_that_stop_coming_never_resolve() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING, hold_s=300)
    run.say(margin(at(10)), None, hold_s=300)
    for second in range(11, 100_000, 500):
        run.tick(second)
    assert run.reasons() == ["new"]


def test_a_state_told_once_is_resolved_by_time() -> None:
    run = Run()
    run.say(coverage(at(0)), WARNING, hold_s=60)
    run.say(coverage(at(10), blind=False), None, hold_s=60)
    assert run.lifecycle.next_due() == at(70)
    run.tick(69)
    assert run.reasons() == ["new"]
    run.tick(70)
    assert run.reasons() == ["new", "recovered"]


def test_a_lowered_alert_is_told_when_it_gets_worse_again() -> None:
    run = Run()
    for second, severity in enumerate((CRITICAL, WARNING, CRITICAL)):
        run.say(margin(at(second)), severity)
    assert run.reasons() == ["new", "worsened"]


def test_pending_is_told_only_when_it_lasts() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING, for_s=60)
    assert (run.only_alert().state, run.lifecycle.next_due()) == (AlertState.PENDING, at(60))
    run.say(margin(at(30)), CRITICAL, for_s=60)  # worse meanwhile: still nothing is told
    run.tick(59)
    assert run.reasons() == []
    run.tick(60)
    (told,) = run.told
    assert (told.reason, told.alert.severity, told.alert.sequence) == ("new", CRITICAL, 1)
    assert (told.alert.state, told.alert.since) == (AlertState.FIRING, at(0))


def test_pending_that_stops_is_forgotten_in_silence() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL, for_s=60, hold_s=300)
    run.say(margin(at(10)), WARNING, for_s=60, hold_s=300)
    assert run.only_alert().severity is WARNING
    run.say(margin(at(59)), None, for_s=60, hold_s=300)
    run.tick(1000)
    assert run.reasons() == []
    assert (run.row().resolution, run.row().sequence) == (Resolution.EXPIRED, 0)


def test_pending_that_lasted_is_told_even_if_it_stops_before_the_tick() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING, for_s=60)
    run.say(margin(at(61)), None, for_s=60)
    assert run.reasons() == ["new", "recovered"]


def test_a_repeated_occurrence_is_counted_and_not_told() -> None:
    run = Run()
    run.say(warning(at(0)), CRITICAL, ends_s=3600)
    run.say(warning(at(70)), CRITICAL, ends_s=3600)
    alert = run.only_alert()
    assert (alert.occurrences, alert.expires_at) == (2, at(3670))
    assert run.reasons() == ["new"]


def test_the_very_same_fact_within_a_minute_is_not_even_counted() -> None:
    run = Run()
    run.say(lead(at(0)), WARNING, ends_s=3600, fact="BTC")
    assert not run.say(lead(at(59)), WARNING, ends_s=3600, fact="BTC").alerts
    run.restart()
    assert not run.say(lead(at(59)), WARNING, ends_s=3600, fact="BTC").alerts
    assert (run.only_alert().occurrences, run.only_alert().expires_at) == (1, at(3600))


def test_a_new_fact_is_told() -> None:
    run = Run()
    for second, instrument in enumerate(("BTC", "BTC", ETH, "BTC")):
        event = lead(at(100 * second), instrument=instrument)
        run.say(event, WARNING, ends_s=3600, fact=instrument)
    assert run.reasons() == ["new", "worsened"]
    assert run.told[1].previous_severity is None
    assert (run.only_alert().facts, run.only_alert().occurrences) == (("BTC", ETH), 4)


def test_a_worse_occurrence_is_told() -> None:
    run = Run()
    run.say(liquidation(at(0)), WARNING, ends_s=3600)
    run.say(liquidation(at(1)), CRITICAL, ends_s=3600)
    run.say(liquidation(at(100)), WARNING, ends_s=3600)
    assert run.reasons() == ["new", "worsened"]
    assert run.only_alert().severity is CRITICAL


def test_an_occurrence_that_does_not_fire_takes_nothing_back() -> None:
    run = Run()
    run.say(lead(at(0)), WARNING, ends_s=3600)
    assert not run.say(lead(at(99)), None, ends_s=3600).alerts
    assert run.only_alert().occurrences == 1


def test_an_occurrence_ends_by_time_in_silence() -> None:
    run = Run()
    run.say(lead(at(0)), WARNING, ends_s=3600)
    run.tick(3599)
    assert run.lifecycle.open_alerts()
    assert not run.tick(3600).notifications
    assert not run.lifecycle.open_alerts()
    assert run.row().resolution is Resolution.EXPIRED


def staying(run: Run, seconds: float, severity: Severity = CRITICAL, **more: Any) -> None:
    """A liquidation, as the built-in rule judges it."""
    run.say(liquidation(at(seconds)), severity, ends_s=DAY_S, stays=True, **more)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_liquidation_stays_until_somebody_acknowledges_it_and_a_day_more(restarted: bool) -> None:
    run = Run(steps=Router((), ("phone",)).remind_after)
    staying(run, 0)
    assert (run.only_alert().expires_at, run.only_alert().state) == (None, AlertState.FIRING)
    for hour in range(1, 24 * 30):
        if restarted and hour % 50 == 0:
            run.restart()
        run.tick(hour * 3600)
    times = [(told.created_at - at(0)).total_seconds() for told in run.told]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert set(run.reasons()[1:]) == {"reminder"}
    assert waits[-20:] == [DAY_S] * 20  # it never falls silent, and repeats itself once a day at last
    assert all(wait <= DAY_S for wait in waits)
    run.acknowledge(now=at(30 * DAY_S))
    assert run.only_alert().expires_at == at(31 * DAY_S)
    told = len(run.told)
    run.tick(31 * DAY_S)
    assert (run.row().resolution, len(run.told)) == (Resolution.EXPIRED, told)


def test_the_same_position_liquidated_again_is_an_occurrence_that_waits_for_an_answer_of_its_own() -> None:
    run = Run()
    staying(run, 0, fact="part")
    run.acknowledge(now=at(10))
    staying(run, 100, fact="part")  # once more, and no news
    alert = run.only_alert()
    assert (alert.occurrences, alert.state, alert.expires_at) == (2, "acknowledged", at(100 + DAY_S))
    staying(run, 200, fact="gone")
    alert = run.only_alert()
    assert (alert.occurrences, alert.state, alert.expires_at) == (3, "firing", None)
    assert run.reasons() == ["new", "worsened"]
    run.tick(2 * DAY_S)
    assert run.lifecycle.open_alerts()


def test_the_rules_own_time_wins_from_the_next_occurrence_on() -> None:
    run = Run()
    staying(run, 0)
    run.say(liquidation(at(100)), CRITICAL, ends_s=60)
    assert (run.only_alert().expires_at, run.only_alert().kept_s) == (at(160), None)


def test_one_that_is_not_critical_ends_after_its_time() -> None:
    run = Run()
    staying(run, 0, WARNING)
    assert run.only_alert().expires_at == at(DAY_S)
    staying(run, 100)
    assert run.only_alert().expires_at is None


def test_a_state_with_a_new_fact_is_told_and_then_judged() -> None:
    run = Run()
    run.say(coverage(at(0)), CRITICAL, fact="credentials")
    run.say(coverage(at(1)), WARNING, fact="stale")
    assert run.reasons() == ["new", "worsened"]
    assert run.only_alert().severity is WARNING


def test_a_rule_that_fails_is_told_once_and_touches_no_danger() -> None:
    run = Run()
    run.say(margin(at(0)), CRITICAL)
    for second in range(1, 50):
        instrument = f"I{second}"
        failure = says(margin(at(second), position=isolated(instrument)), None, error="unknown field")
        run.apply(failure.event, failure)
    run.say(margin(at(50)), WARNING, error="unknown field")
    assert run.reasons() == ["new", "new"]
    danger, failed = run.lifecycle.open_alerts()
    assert (danger.severity, danger.error, danger.state) == (CRITICAL, None, AlertState.FIRING)
    assert (failed.severity, failed.error, failed.occurrences) == (WARNING, "unknown field", 1)
    assert failed.expires_at == at(3601)


def test_a_rule_that_goes_on_failing_stays_open_and_one_that_works_again_ends_in_silence() -> None:
    run = Run(steps=lambda alert: ())
    for second in range(0, 4000, 10):
        run.say(margin(at(second)), WARNING, error="boom")
    assert run.reasons() == ["new"]
    assert run.only_alert().occurrences == 67  # once a minute
    run.tick(8000)
    assert run.reasons() == ["new"]
    assert not run.lifecycle.open_alerts()


def test_a_failure_on_a_closed_position_is_told_too() -> None:
    run = Run()
    run.say(margin(at(0), open=False), None, error="boom")
    assert run.reasons() == ["new"]


def test_two_rules_of_one_position_are_two_alerts() -> None:
    run = Run()
    event = margin()
    run.apply(event, says(event, WARNING, rule="a"), says(event, CRITICAL, rule="b"))
    assert [told.alert.fingerprint.rule for told in run.told] == ["a", "b"]


def test_an_alert_restored_with_an_older_episode_count_is_counted() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING)
    row = replace(run.row(), episode=7)
    later = Run([row])
    later.say(margin(at(1)), None)
    later.say(margin(at(400)), WARNING)
    assert later.told[-1].alert.episode == 8


def test_an_alert_remembers_every_severity_that_it_was_told_with() -> None:
    run = Run()
    run.say(margin(at(0)), WARNING)
    run.say(margin(at(1)), CRITICAL)
    run.restart()
    run.say(margin(at(2)), INFO, INFO)  # in silence
    assert run.only_alert().severity is INFO
    run.say(margin(at(3)), CRITICAL)
    run.say(margin(at(4)), None, INFO)
    run.say(margin(at(5)), None)
    assert run.reasons() == ["new", "worsened", "worsened", "recovered"]
    assert run.told[-1].alert.severity is INFO
    assert run.told[-1].alert.told_as == (WARNING, CRITICAL)
