"""Covers alertd/alerts/acknowledging.py."""

from __future__ import annotations

from typing import Any

import pytest

from alertd.alerts.acknowledging import ByShortId, NoSuchAlert
from alertd.alerts.pausing import at_once
from alertd.domain.alert import AlertState
from alertd.domain.canary import CANARY
from alertd.domain.command import CommandRefused
from alertd.domain.events import Summary
from alertd.domain.notification import Reason
from tests.alerts.nouns import (
    BTC,
    CRITICAL,
    ETH,
    INFO,
    START,
    WARNING,
    Run,
    alert_of,
    at,
    isolated,
    lead,
    margin,
)


def firing(*instruments: str, account: str = "main", **more: Any) -> Run:
    run = Run()
    for instrument in instruments or (BTC,):
        run.say(margin(account=account, position=isolated(instrument)), CRITICAL, **more)
    return run


def test_who_when_and_why_stand_in_the_row() -> None:
    run = firing()
    (alert,) = run.acknowledge(run.only_alert().short_id, now=at(30), comment="I close it").alerts
    assert (alert.state, alert.acknowledged_by, alert.acknowledged_at) == ("acknowledged", "anna", at(30))
    assert (alert.acknowledged_comment, alert.remind_at) == ("I close it", None)
    assert run.row() == alert
    assert run.reasons() == ["new"]  # nobody is told


def test_reminders_stop_also_over_a_restart() -> None:
    run = firing()
    run.acknowledge(now=at(30))
    run.tick(4000)
    run.restart()
    run.tick(8000)
    assert run.reasons() == ["new"]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_higher_severity_breaks_it_at_once(restarted: bool) -> None:
    run = Run()
    run.say(margin(), WARNING)
    run.acknowledge(now=at(1))
    if restarted:
        run.restart()
    run.say(margin(at(2)), CRITICAL)
    assert (run.reasons(), run.only_alert().state) == (["new", "worsened"], "firing")
    run.tick(200)
    assert run.reasons() == ["new", "worsened", "reminder"]
    assert run.only_alert().acknowledged_by == "anna"  # who had taken care before


def test_a_fact_that_was_not_told_breaks_it() -> None:
    run = Run()
    run.say(lead(), WARNING, ends_s=3600, fact="1")
    run.acknowledge(now=at(1))
    run.say(lead(at(100)), WARNING, ends_s=3600, fact="1")
    assert run.only_alert().state is AlertState.ACKNOWLEDGED
    run.say(lead(at(200)), WARNING, ends_s=3600, fact="2")
    assert (run.reasons(), run.only_alert().state) == (["new", "worsened"], "firing")


def test_better_and_back_within_what_was_told_leaves_it() -> None:
    run = firing()
    run.acknowledge(now=at(1))
    run.say(margin(at(2)), WARNING, hold_s=60)
    run.say(margin(at(3)), CRITICAL, hold_s=60)
    assert (run.reasons(), run.only_alert().state) == (["new"], "acknowledged")


def test_its_end_is_told() -> None:
    run = firing()
    run.acknowledge(now=at(1))
    run.apply(margin(at(2), open=False))
    run.tick(10)
    assert run.told[-1].reason is Reason.CLOSED


def test_the_chosen_ones_only() -> None:
    run = firing(BTC, ETH)
    run.say(margin(account="two"), CRITICAL)
    alerts = {alert.event.instrument: alert for alert in run.lifecycle.open_alerts()}
    run.acknowledge(account="two", now=at(1))
    run.acknowledge(alerts[ETH].short_id[:5], alerts[ETH].short_id, now=at(2))
    states = {(alert.fingerprint.account, alert.event.instrument): alert.state for alert in run.rows.values()}
    assert states == {("main", BTC): "firing", ("main", ETH): "acknowledged", ("two", BTC): "acknowledged"}


def refusal(run: Run, *ids: str, **more: Any) -> CommandRefused:
    before = dict(run.rows)
    with pytest.raises(CommandRefused) as refused:
        run.acknowledge(*ids, now=at(60), **more)
    assert run.rows == before
    assert all(alert in before.values() for alert in run.lifecycle.open_alerts())
    return refused.value


def test_what_somebody_has_already_is_refused_with_the_name() -> None:
    run = firing(BTC, ETH)
    one, other = (alert.short_id for alert in run.lifecycle.open_alerts())
    run.acknowledge(one, now=at(5))
    said = refusal(run, one)
    assert said.problem == f"alert {one} is acknowledged already, by anna at 2026-03-01 12:00:05 UTC"
    assert said.cure == "nothing is to be done"
    assert len(run.acknowledge(one, other, now=at(70)).alerts) == 1
    assert sorted(alert.acknowledged_at for alert in run.rows.values()) == [at(5), at(70)]
    assert "no alert of account 'main' waits" in refusal(run, account="main").problem
    assert refusal(run).problem == "no alert waits for an acknowledgement"


def test_one_unknown_id_among_others_changes_nothing() -> None:
    run = firing(BTC, ETH)
    known = next(iter(run.lifecycle.open_alerts())).short_id
    wrong = known[:7] + ("a" if known[7] != "a" else "b")
    said = refusal(run, known, wrong)
    assert isinstance(said, NoSuchAlert)
    assert str(said) == f"no open alert has the id {wrong!r}; the nearest: {known}"
    assert said.name == wrong


@pytest.mark.parametrize(
    ("name", "text"),
    [("", "too short"), ("abc", "too short"), ("0000", "2 alerts are open: alertd alerts")],
)
def test_what_names_nothing_is_refused(name: str, text: str) -> None:
    assert text in str(refusal(firing(BTC, ETH), name))


def test_without_open_alerts_the_refusal_says_so() -> None:
    assert str(refusal(Run(), "abcd")) == "no open alert has the id 'abcd'; no alert is open"


def test_what_nobody_was_told_of_cannot_be_acknowledged() -> None:
    run = firing(for_s=600.0)
    assert "is pending: nobody was told of it yet" in refusal(run, run.only_alert().short_id).problem
    assert "waits" in refusal(run).problem


def test_the_canary_is_left_alone() -> None:
    run = firing(account=CANARY)
    assert "no alert waits" in refusal(run).problem
    assert "no alert is open" in str(refusal(run, run.row().short_id))


def test_a_beginning_that_means_several_is_refused() -> None:
    alerts, seen = [], set()
    for number in range(100_000):
        alert = alert_of(margin(START, position=isolated(f"C{number}")))
        alerts.append(alert)
        if alert.short_id[:4] in seen:
            break
        seen.add(alert.short_id[:4])
    with pytest.raises(CommandRefused, match="means several alerts; give more of "):
        at_once(ByShortId.of(alerts)).find(alerts[-1].short_id[:4])
    known = at_once(ByShortId.of(alerts))
    assert all(known.find(f" {alert.short_id.upper()} ") is alert for alert in alerts)


def test_whatever_is_given_for_an_id_the_refusal_stays_readable() -> None:
    with pytest.raises(NoSuchAlert) as refused:
        ByShortId([]).find("x" * 10_000)
    assert (len(str(refused.value)) < 100, refused.value.name) == (True, "x" * 10_000)


def test_of_a_report_nobody_need_take_care() -> None:
    run = firing()
    report = Summary(event_id="s", exchange="", account="", received_at=START)
    run.say(report, INFO, ends_s=900)
    [alert] = [one for one in run.lifecycle.open_alerts() if one.event is report]
    assert "is a report, which ends by itself" in refusal(run, alert.short_id).problem
    assert len(run.acknowledge(now=at(1)).alerts) == 1
    assert "no alert waits" in refusal(run).problem
