"""Covers alertd/alerts/drills.py."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from alertd.alerts.orphans import Configured
from alertd.alerts.register import Register
from alertd.domain.alert import AlertState, Resolution
from alertd.domain.command import CommandRefused, StartDrill
from alertd.domain.events import EventKind
from alertd.domain.notification import Notification, Reason
from alertd.presence.summary import open_alerts
from tests.alerts.chained import chained, escalated, pass_time, sinks_of
from tests.alerts.nouns import CRITICAL, START, STEPS, Run, alert_of, at, margin, remind_critical

DAY_S = 86_400


def drilled(*routes: dict[str, object], account: str = "", sink: str = "", seconds: float = 0) -> Run:
    run = chained(*routes)
    run.obey(StartDrill(person="anna", at=at(seconds), account=account, sink=sink))
    return run


def test_it_goes_the_way_of_critical_news_and_up_the_chain_until_somebody_answers() -> None:
    run = drilled()
    pass_time(run, 1, 301)
    assert run.only_alert().severity is CRITICAL
    assert [sinks_of(run, told) for told in run.told] == [("phone",), ("call",), ("boss", "call")]
    run.acknowledge(now=at(302))
    pass_time(run, 303, 4000, 7)
    assert run.reasons() == ["new", "escalated", "escalated", "recovered"]


def test_who_answered_after_how_long_is_told_and_stored() -> None:
    run = drilled()
    run.acknowledge(run.only_alert().short_id, now=at(43))
    ended = run.told[-1].alert
    assert ended == run.row()
    assert (ended.acknowledged_by, ended.acknowledged_at, ended.since) == ("anna", at(43), START)
    assert (ended.state, ended.resolution, ended.event.person) == ("resolved", Resolution.RECOVERED, "anna")
    assert run.lifecycle.drills.answered_at() == at(43)
    run.restart()
    assert run.lifecycle.drills.answered_at() == at(43)
    assert run.lifecycle.drills.answered_at("deputy") is None


def test_one_that_nobody_answers_ends_after_a_day_and_says_so() -> None:
    run = drilled({"sinks": ["phone"]})
    run.tick(DAY_S - 1)
    assert run.only_alert().state is AlertState.FIRING
    run.tick(DAY_S)
    assert run.reasons() == ["new", "unknown"]
    assert run.lifecycle.drills.answered_at() is None
    run.restart()
    assert run.lifecycle.drills.answered_at() is None


def test_it_is_reminded_of_as_a_critical_alert_is() -> None:
    run = Run(steps=remind_critical)
    run.obey(StartDrill(person="anna", at=START))
    run.tick(STEPS[0])
    assert run.reasons() == ["new", "reminder"]


def test_what_an_acknowledgement_of_everything_ends_is_the_drill_alone() -> None:
    run = drilled()
    run.say(margin(), CRITICAL)
    run.acknowledge(now=at(5))
    assert run.only_alert().state is AlertState.ACKNOWLEDGED
    assert run.reasons() == ["new", "new", "recovered"]


@pytest.mark.parametrize(
    ("account", "wanted"), [("main", ("boss",)), ("two", ("phone",)), ("", ("phone", "boss"))]
)
def test_it_goes_where_critical_news_of_its_account_go(account: str, wanted: tuple[str, ...]) -> None:
    run = chained(
        {"sinks": ["phone"], "match": {"account": "two", "kind": "margin_state", "exchange": "okx"}},
        {"sinks": ["boss"], "match": {"account": "main", "severity": "critical"}},
    )
    event = drilled().only_alert().event
    alert = alert_of(structs.replace(event, as_of=account))
    assert sinks_of(run, Notification(alert=alert, reason=Reason.NEW, created_at=START)) == wanted


def test_a_test_of_one_sink_goes_there_alone_and_once() -> None:
    run = drilled(sink="deputy")
    pass_time(run, 1, 4000, 50)
    assert [sinks_of(run, told) for told in run.told] == [("deputy",)]
    assert run.only_alert().chain_since is None
    run.acknowledge(now=at(4100))
    assert run.lifecycle.drills.answered_at("deputy") == at(4100)
    assert run.lifecycle.drills.answered_at() is None


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (StartDrill(person="anna", at=START, sink="nobody"), "no sink 'nobody'"),
        (StartDrill(person="anna", at=START, account="nobody"), "no account 'nobody'"),
        (StartDrill(person="anna", at=START, account="main", sink="call"), "leave one of them out"),
        (StartDrill(person="anna", at=START), "acknowledge it: alertd ack"),
    ],
)
def test_what_is_refused_changes_nothing(command: StartDrill, says: str) -> None:
    run = drilled()
    before = run.only_alert()
    with pytest.raises(CommandRefused, match=says):
        run.obey(command)
    assert run.only_alert() == before
    assert len(run.told) == 1


def test_the_next_one_is_an_episode_of_its_own() -> None:
    run = drilled()
    run.acknowledge(now=at(1))
    run.restart()
    run.obey(StartDrill(person="anna", at=at(2)))
    assert run.only_alert().episode == 2
    assert run.reasons() == ["new", "recovered", "new"]


def test_a_drill_answered_long_ago_does_not_count() -> None:
    run = drilled(sink="deputy")
    run.acknowledge(now=at(1))
    drills = run.lifecycle.drills
    assert drills.counts("deputy", at(1) + timedelta(days=29))
    assert not drills.counts("deputy", at(1) + timedelta(days=30))
    assert not drills.counts("phone", at(1))


def test_it_is_never_mistaken_for_a_danger() -> None:
    run = drilled()
    alert = run.only_alert()
    known = Register()
    known.put(alert)
    assert known.worst_danger(alert.fingerprint.account) is None
    assert not run.lifecycle.is_alarmed("")
    assert alert.event.account == ""
    assert open_alerts([alert]) == []


def test_it_shares_no_message_with_a_danger() -> None:
    run = drilled()
    run.say(margin(account=""), CRITICAL)
    run.tick(60)
    assert escalated(run) == [(60, ("call",)), (60, ("call",))]
    assert all(told.also == () for told in run.told)


def test_a_reload_keeps_it_unless_its_account_or_sink_is_gone() -> None:
    configured = Configured(rules={}, accounts={"main"}, sinks={"phone"})
    for sink, account, kept in (("", "", True), ("", "main", True), ("deputy", "", False)):
        alert = drilled(sink=sink, account=account).only_alert()
        assert alert.fingerprint.kind is EventKind.DRILL
        assert configured.judges(alert) is kept


def test_the_end_is_told_where_the_drill_was() -> None:
    run = drilled(sink="deputy")
    run.acknowledge(now=at(1))
    assert run.told[-1].reason is Reason.RECOVERED
    assert sinks_of(run, run.told[-1]) == ("deputy",)
