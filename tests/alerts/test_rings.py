"""Covers alertd/alerts/rings.py, alone and through the life cycle."""

from __future__ import annotations

from typing import Any

import pytest

from alertd.alerts.pausing import at_once
from alertd.alerts.rings import answered, rung_by, shared, unanswered
from alertd.domain.alert import Ring
from alertd.domain.command import StartDrill
from alertd.domain.notification import Notification, Reason
from tests.alerts.chained import CRITICAL_ROUTE, chained, near, pass_time, sinks_of
from tests.alerts.nouns import BTC, CRITICAL, ETH, WARNING, Run, alert_of, at, isolated, margin

BTC_ALERT, ETH_ALERT = alert_of(margin()), alert_of(margin(position=isolated(ETH)), severity=WARNING)
NAME, OTHER = str(BTC_ALERT.fingerprint), str(ETH_ALERT.fingerprint)


def taken(run: Run) -> list[tuple[Notification, tuple[str, ...]]]:
    return [(told, told.only_to) for told in run.told if told.reason is Reason.ACKNOWLEDGED]


def test_the_newest_message_to_a_sink_counts() -> None:
    first = rung_by(BTC_ALERT, BTC_ALERT, ["call", "bo"])
    assert first == (Ring("call", NAME, 1), Ring("bo", NAME, 1))
    known = answered(alert_of(margin(), rung=first))
    again = rung_by(alert_of(margin(), rung=known), ETH_ALERT, ["bo"])
    assert again == (Ring("call", NAME, 1, True), Ring("bo", OTHER, 1))
    assert unanswered(alert_of(margin(), rung=again)) == ["bo"]


def test_each_sink_has_one_message_of_its_own_alerts() -> None:
    told = [(ETH_ALERT, ["bo", "call"]), (BTC_ALERT, ["phone", "call"])]
    found = at_once(shared(told))
    assert [(one.carrier, one.sinks, list(one.others.values())) for one in found] == [
        (BTC_ALERT, ["phone", "call"], [ETH_ALERT]),
        (ETH_ALERT, ["bo"], []),
    ]


def test_who_was_rung_hears_once_who_takes_care() -> None:
    run = chained()
    run.say(margin(), CRITICAL)
    pass_time(run, 1, 310)
    run.acknowledge(now=at(311))
    run.restart()
    [(told, sinks)] = taken(run)
    assert sinks == ("call", "boss")
    assert told.alert == run.row()
    assert (told.alert.acknowledged_by, told.alert.sequence) == ("anna", 4)
    assert sinks_of(run, told) == ()  # nobody for certain
    assert [(one.sink, one.if_heard) for one in run.chains.addresses_for(told, at(311))] == [("boss", True)]


def test_nobody_who_was_not_rung_hears_of_it() -> None:
    run = chained()
    run.say(margin(), CRITICAL)
    run.acknowledge(now=at(30))
    assert taken(run) == []
    assert run.row().sequence == 1


@pytest.mark.parametrize("rung_again", [False, True])
def test_a_second_acknowledgement_is_told_to_those_that_were_rung_since(rung_again: bool) -> None:
    run = chained({**CRITICAL_ROUTE, "match": {"severity": ["warning", "critical"]}})
    run.say(margin(), WARNING)
    pass_time(run, 1, 310)
    run.acknowledge(now=at(311))
    run.say(margin(at(320)), CRITICAL)
    if rung_again:
        pass_time(run, 321, 381)
    run.acknowledge(now=at(390))
    assert [sinks for _, sinks in taken(run)] == [("call", "boss"), ("call",)][: 1 + rung_again]


def test_several_that_were_rung_together_are_one_message() -> None:
    run = chained()
    run.say(margin(), CRITICAL)
    run.say(margin(at(5), position=isolated(ETH)), CRITICAL)
    pass_time(run, 6, 100)
    assert len([one for one in run.told if one.reason is Reason.ESCALATED]) == 1
    run.acknowledge(now=at(101))
    [(told, sinks)] = taken(run)
    assert ({told.alert.event.instrument, *(one.event.instrument for one in told.also)}, sinks) == (
        {BTC, ETH},
        ("call",),
    )
    carrier = str(told.alert.fingerprint)
    assert {ring.carrier for row in run.rows.values() for ring in row.rung} == {carrier}


def test_the_telephone_that_rang_at_once_counts_too() -> None:
    run = chained()
    run.say(near(), CRITICAL)
    assert [ring.sink for ring in run.row().rung] == ["call"]


@pytest.mark.parametrize("how", ["drill", "silence"])
def test_what_tells_its_end_itself_or_is_muted_is_not_told(how: str) -> None:
    run = chained()
    if how == "drill":
        run.obey(StartDrill(person="anna", at=at(0)))
    else:
        run.say(margin(), CRITICAL)
    pass_time(run, 1, 70)
    if how == "silence":
        run.silence(now=at(71), forced=True, account=("main",))
    run.acknowledge(now=at(72))
    assert taken(run) == []


def echoes(run: Run, told: Notification) -> dict[str, Any]:
    router: Any = run.chains
    found = router.with_echoes(told, told.created_at)
    return {one.sink: one.not_before for one in found if one.if_heard}


def test_an_end_asks_of_all_others_whether_they_heard() -> None:
    run = chained()
    run.say(margin(), CRITICAL)
    run.say(margin(at(70)), None)
    *others, end = run.told
    # for the telephone that rang it waits for other ends
    assert echoes(run, end) == {"call": at(75), "boss": None, "deputy": None}
    assert [echoes(run, one) for one in others] == [{}] * len(others)
