"""Covers alertd/sinks/story_drill.py."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from alertd.domain.alert import Alert, AlertState, Severity
from alertd.domain.events import Away, Drill, DrillDue, Event
from alertd.domain.notification import Reason
from alertd.sinks.message import Message
from alertd.sinks.render import document_of
from alertd.sinks.speech import Reader
from alertd.sinks.texts import Language
from tests.sinks.samples import BERLIN, alert, delivery, liquidation, margin, ratio_alert, told
from tests.sinks.samples import T as NOW

OURS: dict[str, Any] = {"event_id": "x", "exchange": "", "account": "", "received_at": NOW}
DRILL = Drill(**OURS, person="anna", as_of="main")
TEST = Drill(**OURS, person="anna", to_sink="deputy")
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def drill(event: Event = DRILL, **more: Any) -> Alert:
    return alert(event, "drill", severity=Severity.CRITICAL, since=NOW - timedelta(seconds=43), **more)


def text_of(message: Message) -> str:
    return f"{message.title}\n{message.body}"


@pytest.mark.parametrize(
    "reason",
    [Reason.NEW, Reason.REMINDER, Reason.ESCALATED, Reason.ACKNOWLEDGED, Reason.RECOVERED, Reason.UNKNOWN],
)
@pytest.mark.parametrize("event", [DRILL, TEST])
def test_no_message_of_a_drill_looks_like_a_danger(event: Drill, reason: Reason) -> None:
    english, chinese = (told(drill(event), reason, language) for language in LANGUAGES)
    assert english.title.startswith("DRILL")
    assert chinese.title.startswith("演练")
    assert "CRITICAL" not in text_of(english)
    assert "严重" not in text_of(chinese)


def test_a_drill_says_that_nothing_is_wrong_and_how_to_answer_it() -> None:
    message, name = told(drill(), Reason.NEW), drill().short_id
    assert message.title == "DRILL nothing is wrong"
    assert message.body.startswith("This is a drill: nothing is wrong.")
    for part in (f"alertd ack {name}", "Started by: anna", "As if of the account: main", "until somebody"):
        assert part in message.body


def test_a_deputy_is_told_what_the_test_is_for_and_whom_to_tell() -> None:
    message, name = told(drill(TEST), Reason.NEW), drill(TEST).short_id
    assert "test of one sink" in message.body
    assert f"tell the id {name} to anna" in message.body


def test_its_end_says_who_answered_after_how_long() -> None:
    answered = drill(acknowledged_by="bob", acknowledged_at=NOW, resolved_at=NOW)
    message = told(answered, Reason.RECOVERED)
    assert message.title == "DRILL ANSWERED nothing is wrong"
    assert "bob acknowledged it after 43 s" in message.body


def test_one_that_nobody_answered_says_what_that_means() -> None:
    message = told(drill(resolved_at=NOW), Reason.UNKNOWN)
    assert message.title == "DRILL FAILED nobody answered"
    assert "A real alert may reach nobody either." in message.body


def test_a_step_says_how_long_nobody_has_answered_and_how_it_stops() -> None:
    alert = ratio_alert(since=NOW - timedelta(minutes=5))
    message = told(alert, Reason.ESCALATED)
    assert message.title.startswith("CRITICAL unanswered")
    assert "Nobody has acknowledged this for 5 min" in message.body
    assert f"alertd ack {alert.short_id}" in message.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_time_counts_from_the_beginning_of_the_chain(language: Language) -> None:
    times = {"since": NOW - timedelta(minutes=50), "chain_since": NOW - timedelta(seconds=12)}
    body = told(
        ratio_alert(**times, chain_began_at=NOW - timedelta(minutes=5)), Reason.ESCALATED, language
    ).body
    assert ("Nobody has acknowledged this for 5 min," if language == "en" else "5 分钟内无人确认") in body
    # a row of an older version does not know it
    body = told(ratio_alert(**times), Reason.ESCALATED, language).body
    assert ("Nobody has acknowledged this for 12 s," if language == "en" else "12 秒内无人确认") in body


HAD: dict[str, Any] = {
    "acknowledged_by": "anna",
    "acknowledged_at": NOW - timedelta(minutes=2),
    "chain_began_at": NOW - timedelta(seconds=34),
}


@pytest.mark.parametrize("reason", [Reason.WORSENED, Reason.REMINDER, Reason.ESCALATED])
@pytest.mark.parametrize(
    ("event", "english", "chinese"),
    [
        (margin(), "it got worse after that", "此后情况恶化"),
        (liquidation(), "what came after that is news", "此后又有新情况"),
    ],
)
def test_who_hears_of_it_again_is_told_who_had_it(
    event: Event, english: str, chinese: str, reason: Reason
) -> None:
    of = alert(event, "any", severity=Severity.CRITICAL, **HAD)
    body = told(of, reason).body
    had = "anna had acknowledged this at 2026-03-01 14:01:05 (CET, Europe/Berlin), 2 min ago; "
    assert had + english in body
    assert ("Nobody has acknowledged it again for 34 s" in body) == (reason is Reason.ESCALATED)
    assert "Nobody has acknowledged this" not in body
    body = told(of, reason, "zh").body
    assert "anna 曾确认此告警：2026-03-01 14:01:05 (CET, Europe/Berlin)，2 分钟前；" + chinese in body
    assert ("34 秒内无人再次确认" in body) == (reason is Reason.ESCALATED)


def test_what_somebody_has_or_is_over_says_nothing_of_a_broken_acknowledgement() -> None:
    of = ratio_alert(**HAD)
    taken = replace(of, state=AlertState.ACKNOWLEDGED, acknowledged_by="bob", acknowledged_at=NOW)
    waited = replace(delivery(of, Reason.REMINDER), current=taken)
    assert "had acknowledged" not in document_of([waited], Reader("en", BERLIN), NOW).plain.body
    ended = replace(of, state=AlertState.RESOLVED, resolved_at=NOW)
    assert "had acknowledged" not in told(ended, Reason.RECOVERED).body


def test_who_was_woken_for_what_is_better_by_now_is_told_why_it_rang() -> None:
    near = ratio_alert(margin(minutes_to_liquidation=Decimal(7)), woken_at=NOW)
    by_now = replace(near, event=margin(), clear_since=NOW, better_since=NOW)
    waited = replace(delivery(near, Reason.ESCALATED), current=by_now)
    body = document_of([waited], Reader("en", BERLIN), NOW).plain.body
    assert "Less than 10 minutes to liquidation were left, and nobody had acknowledged it: so you" in body
    assert "you are told at once" not in body


def test_who_is_woken_is_told_why() -> None:
    message = told(ratio_alert(woken_at=NOW), Reason.ESCALATED)
    assert "Less than 10 minutes to liquidation" in message.body


def test_the_others_of_a_step_are_open_not_over() -> None:
    other = ratio_alert(margin(instrument="ETH-USDT-SWAP"))
    message = told(ratio_alert(), Reason.ESCALATED, also=(other,))
    assert "Also open on this account:" in message.body


def test_in_a_digest_it_is_no_danger_either() -> None:
    deliveries = [delivery(drill(), Reason.NEW), delivery(ratio_alert(), Reason.NEW)]
    message = document_of(deliveries, Reader("en", BERLIN), NOW).plain
    assert message.title.startswith("CRITICAL")
    assert "1 critical, 1 drill" in message.body
    assert "DRILL nothing is wrong" in message.body
    alone = document_of(
        [delivery(drill(), Reason.NEW), delivery(drill(TEST), Reason.NEW)], Reader("en", BERLIN), NOW
    )
    assert "CRITICAL" not in text_of(alone.plain)
    assert "2 drill" in alone.plain.body


def test_a_due_drill_says_when_the_last_one_was_answered() -> None:
    never = told(alert(DrillDue(**OURS), "drill_due", severity=Severity.INFO), Reason.NEW)
    assert never.title == "INFO time for a drill"
    assert "Nobody has ever answered" in never.body
    last = told(
        alert(DrillDue(**OURS, last_at=NOW - timedelta(days=31)), "drill_due", severity=Severity.INFO)
    )
    assert "The last drill that somebody answered was on" in last.body


def test_an_absence_says_who_hears_first_and_until_when() -> None:
    event = Away(**OURS, person="anna", deputy="bobs_phone", until=NOW + timedelta(hours=8))
    begins = told(alert(event, "away", severity=Severity.INFO), Reason.NEW)
    assert begins.title == "INFO anna is away"
    assert "go to bobs_phone first" in begins.body
    ends = told(alert(event, "away", severity=Severity.INFO), Reason.RECOVERED)
    assert "anna is back" in ends.title
    assert "no more to bobs_phone" in ends.body
    assert "The alert is over" not in ends.body


def test_a_name_from_outside_cannot_forge_a_line() -> None:
    message = told(drill(Drill(**OURS, person="anna\nCRITICAL: real")), Reason.NEW)
    assert "\nCRITICAL" not in message.body


def taken(language: Language = "en", **more: Any) -> Message:
    answered = ratio_alert(state=AlertState.ACKNOWLEDGED, acknowledged_by="anna", acknowledged_at=NOW, **more)
    return told(answered, Reason.ACKNOWLEDGED, language)


def test_whom_the_chain_has_told_reads_first_who_takes_care() -> None:
    message = taken(acknowledged_comment="I close it")
    assert message.title.startswith("CRITICAL (anna takes care) ")
    assert message.body.startswith(
        "anna takes care of this. You were told because nobody had acknowledged it"
    )
    assert "anna says: I close it" in message.body
    assert "What to do" not in message.body
    chinese = taken("zh")
    assert chinese.title.startswith("严重（anna 正在处理）")
    assert chinese.body.startswith("anna 正在处理。")
    assert "留言" not in chinese.body


def test_the_others_that_are_taken_care_of_are_named() -> None:
    other = ratio_alert(state=AlertState.ACKNOWLEDGED, acknowledged_by="anna")
    message = told(other, Reason.ACKNOWLEDGED, also=(other,))
    assert "Taken care of as well:\n- CRITICAL" in message.body


def renewed(language: Language = "en", **before: Any) -> Message:
    until = NOW + timedelta(hours=8)
    event = Away(**OURS, person="anna", deputy="bo", until=until, **before)
    return told(alert(event, "away", severity=Severity.INFO), Reason.NEW, language)


def test_another_deputy_is_named_in_the_title_and_the_former_one_too() -> None:
    same = {"former_person": "anna", "former_until": NOW + timedelta(hours=8, seconds=-1.6)}
    message = renewed(**same, former_deputy="mail")
    assert message.title == "INFO anna is away: deputy now bo"
    assert "go to bo first" in message.body
    assert "They go no more to mail" in message.body
    assert "Before, it was" not in message.body
    assert "is back" not in text_of(message)
    chinese = renewed("zh", **same, former_deputy="mail")
    assert "代理人改为 bo" in chinese.title
    assert "mail" in chinese.body


def test_another_end_and_another_person_are_said() -> None:
    message = renewed(former_person="bob", former_deputy="bo", former_until=NOW)
    assert message.title == "INFO anna is away: longer than before"
    assert "Before, it was until " in message.body
    assert "Before, bob was away; anna has changed that." in message.body
    assert "no more" not in message.body
    both = renewed("zh", former_person="anna", former_deputy="mail", former_until=NOW + timedelta(days=9))
    assert "代理人改为 bo，缩短" in both.title
