"""Covers alertd/alerts/reminding.py; reminders as such are in test_lifecycle.py."""

from __future__ import annotations

from typing import Any

from alertd.alerts.inhibition import builtin_inhibitions
from alertd.alerts.mutes import MutingRules
from alertd.domain.alert import Alert
from alertd.domain.events import Findings
from tests.alerts.chained import pass_time, router, sinks_of
from tests.alerts.nouns import BTC, CRITICAL, ETH, WARNING, Run, at, coverage, isolated, liquidation, margin

BUILTIN = MutingRules(inhibitions=builtin_inhibitions())


def each_minute(_: Alert) -> tuple[float, ...]:
    return (60.0,)


def reminded(run: Run) -> list[tuple[str, Any]]:
    """Each reminder's carrier, and whom it names beside it."""
    return [
        (told.alert.fingerprint.kind, [one.fingerprint.subject for one in told.also])
        for told in run.told
        if told.reason == "reminder"
    ]


def test_what_was_liquidated_since_is_left_to_its_liquidation() -> None:
    run = Run(steps=each_minute, muting=BUILTIN)
    run.say(margin(), CRITICAL)
    run.say(liquidation(at(1)), WARNING, ends_s=900)
    run.tick(61)
    assert reminded(run) == [("liquidation", [])]
    assert run.withheld[0].by == ("inhibit:liquidation",)
    assert run.lifecycle.open_alerts()[0].remind_at is None


def test_what_only_reports_is_not_named_beside_a_danger() -> None:
    run = Run(steps=each_minute)
    run.say(Findings(event_id="1", exchange="", account="main", received_at=at(0)), WARNING)
    run.say(margin(at(1), position=isolated(BTC)), CRITICAL)
    run.say(margin(at(1), position=isolated(ETH)), WARNING)
    run.tick(120)
    named = {subject for _, subjects in reminded(run) for subject in subjects}
    assert named == {margin(position=isolated(ETH)).subject}


def test_one_that_is_left_out_takes_nobody_elses_reminder_with_it() -> None:
    run = Run(steps=each_minute, muting=BUILTIN)
    run.say(margin(position=isolated(BTC)), CRITICAL)
    run.say(margin(at(1), position=isolated(ETH)), WARNING)
    run.say(liquidation(at(2), position=isolated(BTC)), WARNING, ends_s=30)
    run.tick(62)
    assert [one for one, _ in reminded(run)] == ["margin_state"]


def test_old_figures_wait_for_their_next_turn() -> None:
    run = Run(steps=each_minute, muting=BUILTIN)
    run.say(margin(), WARNING)
    run.say(coverage(at(20)), CRITICAL)
    run.tick(60)
    alert = next(one for one in run.lifecycle.open_alerts() if one.fingerprint.kind == "margin_state")
    assert (alert.reminders, alert.remind_at, alert.muted_by) == (1, at(120), ())
    assert {one.by for one in run.withheld} == {("inhibit:blind",)}


PHONE = {"match": {"severity": "critical"}, "sinks": ["phone"], "remind_s": [120, 300]}
LOG = {"sinks": ["log"], "remind_s": []}
BO = {"match": {"instrument": ETH}, "sinks": ["bo"], "remind_s": [60]}


def routed(*routes: dict[str, Any]) -> Run:
    found = router(*routes, sinks=("phone", "log", "bo"))
    return Run(steps=found.remind_after, chains=found)


def reminders(run: Run) -> list[tuple[float, str | None, tuple[str, ...], tuple[str, ...]]]:
    """When, of what, among whom, and where it goes."""
    return [
        (
            (told.created_at - at(0)).total_seconds(),
            told.alert.event.instrument,
            told.among,
            sinks_of(run, told),
        )
        for told in run.told
        if told.reason == "reminder"
    ]


def test_a_route_without_reminders_keeps_them_from_its_sinks() -> None:
    run = routed(PHONE, LOG)
    run.say(margin(), CRITICAL)
    pass_time(run, 1, 430)
    phone = ("phone",)
    assert reminders(run) == [(120, BTC, phone, phone), (420, BTC, phone, phone)]


def test_each_sink_is_reminded_in_the_time_of_its_route_over_restarts() -> None:
    run = routed(PHONE, LOG, BO)
    run.say(margin(position=isolated(ETH)), CRITICAL)
    for second in range(1, 200, 7):
        run.tick(second)
        run.restart()
    phone, bo = ("phone",), ("bo",)
    assert [(of, among) for _, of, among, _ in reminders(run)] == [
        (ETH, bo),
        (ETH, (*phone, *bo)),
        (ETH, bo),
    ]


def test_of_several_that_are_due_together_each_sink_hears_its_own() -> None:
    run = routed({**PHONE, "remind_s": [60]}, LOG, BO)
    run.say(margin(), CRITICAL)
    run.say(margin(at(5), position=isolated(ETH)), WARNING)
    run.tick(60)
    found = reminders(run)
    assert found == [(60, BTC, ("phone",), ("phone",)), (60, ETH, ("bo",), ("bo",))]
    run.tick(119)
    assert reminders(run) == found
    run.tick(120)
    assert len(reminders(run)) == 4
