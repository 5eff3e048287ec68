"""Covers alertd/alerts/mutes.py."""

from __future__ import annotations

from typing import Any

import pytest

from alertd.alerts.inhibition import Inhibitions, builtin_inhibitions
from alertd.alerts.mutes import Mute, Mutes, MutingRules, is_in_need
from alertd.alerts.silences import Silences
from alertd.domain.alert import Alert, AlertState
from alertd.domain.canary import CANARY
from alertd.domain.events import Away, CopyDigest, Drill, Event, Summary
from alertd.domain.notification import Reason
from alertd.domain.silence import Matchers, Silence
from tests.alerts.nouns import START, alert_of, at, coverage, lead, liquidation, margin

OURS: dict[str, Any] = {"event_id": "x", "exchange": "", "account": "", "received_at": START}


def mutes(*, silenced: bool = False, liquidated: bool = False) -> Mutes:
    silence = Silence(
        silence_id="s",
        matchers=Matchers(),
        person="anna",
        comment="",
        created_at=START,
        starts_at=START,
        ends_at=at(3600),
        forced=True,
    )
    found = Mutes(Silences([silence] if silenced else []), Inhibitions(builtin_inhibitions()))
    if liquidated:
        found.see(alert_of(liquidation(), told_at=START))
    return found


def test_both_may_mute_and_the_first_to_end_says_when_to_look_again() -> None:
    found = mutes(silenced=True, liquidated=True).of(alert_of(margin()), at(1))
    assert found == Mute(("silence:s", "inhibit:liquidation"), at(600))
    assert mutes(silenced=True).of(alert_of(margin()), at(1)) == Mute(("silence:s",))
    assert mutes().of(alert_of(margin()), at(1)) == Mute()


def test_what_an_alert_broke_does_not_mute_it() -> None:
    broke = alert_of(margin(), broke=("silence:s", "inhibit:liquidation"))
    assert mutes(silenced=True, liquidated=True).of(broke, at(1)) == Mute()


@pytest.mark.parametrize(
    "event",
    [
        Summary(**OURS),
        CopyDigest(**OURS),
        Drill(**OURS, person="anna"),
        Away(**OURS, person="anna", deputy="x"),
    ],
    ids=lambda event: event.kind,
)
def test_what_shows_that_messages_arrive_is_never_muted(event: Event) -> None:
    assert mutes(silenced=True).of(alert_of(event), at(1)) == Mute()
    assert mutes(silenced=True).of(alert_of(coverage()), at(1)).by


def test_nor_is_the_canary() -> None:
    canary = coverage(account=CANARY)
    assert mutes(silenced=True).of(alert_of(canary), at(1)) == Mute()


_WELL, _BAD = (Reason.RECOVERED, Reason.CLOSED), (Reason.LIQUIDATED, Reason.REDUCED)


@pytest.mark.parametrize(
    ("muted", "was_told", "heard"),
    [
        ({}, True, (*_WELL, *_BAD, Reason.UNKNOWN)),
        ({}, False, (*_BAD, Reason.UNKNOWN)),
        ({"silenced": True}, True, (*_BAD, Reason.UNKNOWN)),
        ({"silenced": True}, False, (*_BAD, Reason.UNKNOWN)),
        ({"liquidated": True}, True, (*_WELL, *_BAD, Reason.UNKNOWN)),
        ({"liquidated": True}, False, (Reason.UNKNOWN,)),
    ],
)
def test_which_ends_people_hear_of(muted: dict[str, bool], was_told: bool, heard: tuple[Reason, ...]) -> None:
    alert = alert_of(margin(), sequence=int(was_told))
    found = {
        reason for reason in (*_WELL, *_BAD, Reason.UNKNOWN) if mutes(**muted).hears_end(alert, reason, at(1))
    }
    assert found == set(heard)


@pytest.mark.parametrize(
    ("fields", "needs"),
    [
        ({"sequence": 0}, True),
        ({"sequence": 0, "told_at": START}, False),
        ({"sequence": 0, "told_at": at(-1)}, True),
        ({"sequence": 1}, False),
        ({"sequence": 0, "state": AlertState.PENDING}, False),
        ({"sequence": 0, "state": AlertState.ACKNOWLEDGED}, False),
        ({"sequence": 0, "vanished_at": START}, False),
    ],
)
def test_who_must_be_told(fields: dict[str, Any], needs: bool) -> None:
    assert is_in_need(alert_of(margin(), **fields)) is needs


def test_what_is_muted_or_in_need_is_looked_at_once_after_it_was_seen() -> None:
    found = mutes()
    muted, untold, told = (
        alert_of(margin(), muted_by=("silence:s",)),
        alert_of(lead(), sequence=0),
        alert_of(coverage()),
    )
    for alert in (muted, untold, told):
        found.see(alert)
    assert found.take_to_review() == [muted.fingerprint, untold.fingerprint]
    assert found.take_to_review() == []
    assert found.muted_by("silence:s") == [muted.fingerprint]
    found.see(_over(muted))
    assert found.muted_by("silence:s") == []


def test_other_rules_have_all_that_is_muted_looked_at() -> None:
    found, muted = mutes(liquidated=True), alert_of(margin(), muted_by=("inhibit:liquidation",))
    found.reconfigure(MutingRules(longest_silence_s=60), {}, [muted])
    assert found.take_to_review() == [muted.fingerprint]
    assert (found.silences.max_s, found.of(muted, at(1))) == (60, Mute())


def _over(alert: Alert) -> Alert:
    return alert_of(alert.event, state=AlertState.RESOLVED, muted_by=alert.muted_by)
