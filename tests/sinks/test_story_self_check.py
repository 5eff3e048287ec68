"""Covers alertd/sinks/story_self_check.py, and how a canary itself looks."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from alertd.domain.alert import Alert, Fingerprint, Severity
from alertd.domain.canary import CANARY
from alertd.domain.events import Check, EventKind, SelfCheck
from alertd.domain.notification import Beside, Delivery, DeliveryState, Notification, Reason
from alertd.sinks.message import Message
from alertd.sinks.render import render
from alertd.sinks.texts import Language
from tests.store.samples import NOW, make_alert, told

UTC = ZoneInfo("UTC")


def message(
    alert: Alert, reason: Reason = Reason.NEW, language: Language = "en", beside: Beside | None = None
) -> Message:
    delivery = Delivery(
        delivery_id=1,
        notification=Notification(alert=alert, reason=reason, created_at=NOW),
        sink="phone",
        state=DeliveryState.SENDING,
        created_at=NOW,
        next_attempt_at=NOW,
        possible_duplicate=True,
        beside=beside,
    )
    return render(delivery, language=language, timezone=UTC, now=NOW)


def check(check: Check, **more: object) -> Alert:
    event = SelfCheck(
        event_id="x", exchange="", account="", received_at=NOW, check=check, **{"healthy": False, **more}
    )
    name = Fingerprint("", EventKind.SELF_CHECK, "canary", event.subject)
    return make_alert(1, event=event, fingerprint=name, severity=Severity.CRITICAL)


LATELY = NOW - timedelta(minutes=12)
CASES = [
    (
        check(Check.CANARY, since=LATELY),
        "alerts may not arrive: canary failed",
        "held up inside alertd",
        "12 min ago",
    ),
    (
        check(Check.CANARY, detail="phone, desk"),
        "alerts may not arrive",
        "through phone, desk",
        "doctor --send",
    ),
    (
        check(Check.DEAD_MAN, detail="HTTP 500"),
        "outside watcher: cannot be reached",
        "although alertd works",
        "HTTP 500",
    ),
    (check(Check.PEER, name="far", since=LATELY), "alertd far silent", "The other alertd, far", "12 min ago"),
]


@pytest.mark.parametrize(("alert", "title", "happened", "more"), CASES)
def test_what_is_wrong(alert: Alert, title: str, happened: str, more: str) -> None:
    told = message(alert)
    assert title in told.title
    assert happened in told.body
    assert more in told.body
    assert "What to do:" in told.body


@pytest.mark.parametrize("which", [Check.CANARY, Check.DEAD_MAN])
def test_the_end_and_being_switched_off_are_not_the_same(which: Check) -> None:
    over = message(check(which, healthy=True, name="far"), Reason.RECOVERED)
    off = message(check(which, healthy=True, looked_after=False, name="far"), Reason.RECOVERED)
    assert over.title == off.title
    assert "again" in over.body
    assert "again" not in off.body.splitlines()[0]
    assert message(check(which, name="far"), language="zh").body != message(check(which, name="far")).body


CANARY_EVENT = structs.replace(make_alert().event, account=CANARY, instrument="phone")


def canary(beside: Beside | None, language: Language) -> Message:
    return message(make_alert(1, event=CANARY_EVENT), language=language, beside=beside)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("beside", [None, Beside()])
def test_a_canary_names_nothing(language: Language, beside: Beside | None) -> None:
    said = canary(beside, language)
    text = f"{said.title}\n{said.body}"
    assert "!" not in text
    assert "phone" not in text
    assert "dup" not in text
    assert len(said.body.splitlines()) == 1
    assert told(make_alert(1, event=CANARY_EVENT)).is_canary


@pytest.mark.parametrize(("language", "calm"), [("en", "nothing waits"), ("zh", "没有待发的消息")])
def test_only_a_canary_that_knows_it_says_that_there_was_nothing(language: Language, calm: str) -> None:
    assert calm in canary(Beside(), language).body
    for other in (None, Beside(waiting=1), Beside(dead=1), Beside(delivered=True)):
        assert calm not in canary(other, language).body


@pytest.mark.parametrize(
    ("language", "waiting", "dead"),
    [
        ("en", "Messages that wait to be sent here: 3 ", "Messages given up here in the last 24 hours: 2."),
        ("zh", "等待发往这里的消息：3 条", "过去 24 小时内放弃发往这里的消息：2 条"),
    ],
)
def test_a_canary_says_what_waits_or_was_given_up(language: Language, waiting: str, dead: str) -> None:
    lines = canary(Beside(waiting=3, dead=2, delivered=True), language).body.splitlines()
    assert lines[0].startswith(waiting)
    assert lines[1].startswith(dead)
    assert lines[2:] == canary(None, language).body.splitlines()
    assert canary(Beside(dead=2), language).body.splitlines() == lines[1:]
