"""A delivery that left late says how late, and how things stand now."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from alertd.domain.alert import Alert, AlertState, Resolution, Severity
from alertd.domain.events import Findings
from alertd.domain.finding import Grade
from alertd.domain.notification import Delivery, Reason
from alertd.sinks.message import Message
from alertd.sinks.render import document_of
from alertd.sinks.speech import Reader
from tests.sinks.samples import ANY, BERLIN, T, alert, delivery, margin, ratio_alert

LATE = T + timedelta(minutes=4)


def later(of: Delivery, current: Alert | None, language: Any = "en") -> Message:
    return document_of([replace(of, current=current)], Reader(language, BERLIN), LATE).plain


def ended(resolution: Resolution) -> Alert:
    return ratio_alert(state=AlertState.RESOLVED, resolution=resolution)


OTHER_OVER = ratio_alert(
    margin(instrument="ETH-USDT-SWAP"), state=AlertState.RESOLVED, resolution=Resolution.CLOSED
)


def at(ratio: str, severity: Severity = Severity.CRITICAL, **changes: Any) -> Alert:
    return ratio_alert(
        margin(margin_ratio=Decimal(ratio), received_at=LATE),
        value=Decimal(ratio),
        severity=severity,
        **changes,
    )


@pytest.mark.parametrize(
    ("resolution", "title", "first"),
    [
        (Resolution.CLOSED, "CRITICAL (now closed, 4 min late) ", "Now: the position is closed."),
        (
            Resolution.LIQUIDATED,
            "CRITICAL (now LIQUIDATED, 4 min late) ",
            "Now: the position was LIQUIDATED.",
        ),
        (Resolution.REDUCED, "CRITICAL (now reduced, 4 min late) ", "Now: the exchange has reduced"),
        (Resolution.RECOVERED, "CRITICAL (over now, 4 min late) ", "Now: it is over, better figures"),
        (Resolution.UNKNOWN, "CRITICAL (now gone, 4 min late) ", "Now: the position is gone, and how is not"),
        (Resolution.EXPIRED, "CRITICAL (over now, 4 min late) ", "Now: the alert has ended. What"),
    ],
)
def test_what_is_over_is_told_as_over(resolution: Resolution, title: str, first: str) -> None:
    message = later(delivery(ratio_alert()), ended(resolution))
    assert message.title.startswith(title)
    assert "180 %" not in message.title  # the figure of then would be read as the one of now
    lines = message.body.splitlines()
    assert lines[0].startswith(first)
    assert lines[1] == "This message leaves 4 min late."
    assert "What to do:" not in lines


@pytest.mark.parametrize(
    ("current", "title", "first"),
    [
        (
            at("4.5", Severity.WARNING),
            "CRITICAL (now WARNING, 4 min late) ",
            "Now it is better: WARNING, ratio 450 %. It was CRITICAL, ratio 180 %.",
        ),
        (
            at("2.5"),
            "CRITICAL (4 min late) ",
            "Now it is better: CRITICAL, ratio 250 %. It was CRITICAL, ratio 180 %.",
        ),
        (
            at("1.2"),
            "CRITICAL (4 min late) ",
            "Now it is worse: CRITICAL, ratio 120 %. It was CRITICAL, ratio 180 %.",
        ),
        (at("1.8"), "CRITICAL (4 min late) ", "Now: still so, ratio 180 %."),
        (
            at("1.8", state=AlertState.ACKNOWLEDGED, acknowledged_by="anna"),
            "CRITICAL (anna takes care, 4 min late) ",
            "Now: still so, and anna takes care of it.",
        ),
    ],
)
def test_what_goes_on_is_told_with_the_figures_of_now(current: Alert, title: str, first: str) -> None:
    message = later(delivery(ratio_alert()), current)
    assert message.title.startswith(title)
    assert current.value is not None
    percent = f"{current.value * 100:.0f} %"
    lines = message.body.splitlines()
    assert lines[0] == first
    assert f"Margin ratio: {percent} (liquidation at 100 %)" in lines
    assert "What to do:" in lines


TAKEN = {"state": AlertState.ACKNOWLEDGED, "acknowledged_by": "anna"}


@pytest.mark.parametrize(
    ("language", "reason", "title", "first"),
    [
        ("en", Reason.NEW, "CRITICAL (anna takes care) ", "Now: still so, and anna takes care of it."),
        (
            "en",
            Reason.REMINDER,
            "CRITICAL still (anna takes care) ",
            "Now: still so, and anna takes care of it.",
        ),
        (
            "en",
            Reason.ESCALATED,
            "CRITICAL still (anna takes care) ",
            "Now: still so, and anna takes care of it.",
        ),
        ("zh", Reason.ESCALATED, "严重 仍在（anna 正在处理）", "现在：仍然如此，anna 正在处理。"),
    ],
)
def test_who_takes_care_is_said_first_also_where_nothing_is_late(
    language: Any, reason: Reason, title: str, first: str
) -> None:
    answered = replace(delivery(ratio_alert(), reason), current=ratio_alert(**TAKEN))
    message = document_of([answered], Reader(language, BERLIN), T + timedelta(seconds=2)).plain
    assert message.title.startswith(title), message.title
    assert message.body.splitlines()[0] == first
    assert "late" not in message.title
    assert "acknowledged" not in message.body  # nobody had, when it was made


def test_a_digest_names_who_takes_care() -> None:
    several = [
        replace(delivery(ratio_alert()), current=ratio_alert(**TAKEN)),
        delivery(ratio_alert(margin(instrument="ETH-USDT-SWAP"), episode=2)),
    ]
    lines = document_of(several, Reader("en", BERLIN), T + timedelta(seconds=2)).plain.body.splitlines()
    assert [line.count("anna takes care") for line in lines if "-USDT-SWAP" in line] == [1, 0]


def test_more_of_the_buffer_is_worse() -> None:
    def used(share: str) -> Alert:
        return ratio_alert(margin(buffer_used=Decimal(share)), figure="buffer_used", value=Decimal(share))

    assert later(delivery(used("0.6")), used("0.8")).body.startswith("Now it is worse: ")
    assert later(delivery(used("0.8")), used("0.6")).body.startswith("Now it is better: ")


def test_an_end_that_leaves_late_says_whether_it_fires_again() -> None:
    closed = delivery(ended(Resolution.CLOSED), Reason.CLOSED)
    again = later(closed, at("1.1", Severity.WARNING, episode=2))
    assert again.title == "CLOSED (now WARNING again, 4 min late) BTC-USDT-SWAP long"
    assert again.body.startswith("Now: it fires again, WARNING.")
    still = later(closed, ended(Resolution.CLOSED))
    assert still.body.startswith("This message leaves 4 min late.")


def test_an_end_waits_for_nobody_where_it_only_might_fire_again() -> None:
    closed = delivery(ended(Resolution.CLOSED), Reason.CLOSED)
    message = later(closed, at("1.1", Severity.WARNING, episode=2, state=AlertState.PENDING))
    assert "again" not in message.title
    assert "it fires again" not in message.body


def test_a_digest_does_not_call_over_what_fires_again() -> None:
    again = at("1.1", episode=2)
    recovered = replace(delivery(ended(Resolution.RECOVERED), Reason.RECOVERED), current=again)
    other = delivery(ended(Resolution.CLOSED), Reason.CLOSED)
    other = replace(other, notification=replace(other.notification, alert=OTHER_OVER))
    lines = document_of([recovered, other], Reader("en", BERLIN), LATE).plain.body.splitlines()
    still, over = lines.index("Still so:"), lines.index("Over meanwhile:")
    (firing,) = [n for n, line in enumerate(lines) if "BTC-USDT-SWAP" in line]
    (closed,) = [n for n, line in enumerate(lines) if "ETH-USDT-SWAP" in line]
    assert still < firing < over < closed, lines
    assert lines[firing].startswith("- CRITICAL ")


def test_a_digest_names_once_what_is_over_and_back_with_another_episode() -> None:
    again = at("1.1", episode=2)
    recovered = replace(delivery(ended(Resolution.RECOVERED), Reason.RECOVERED), current=again)
    lines = document_of([recovered, delivery(again)], Reader("en", BERLIN), LATE).plain.body.splitlines()
    assert next(line for line in lines if "BTC-USDT-SWAP" in line).startswith("- CRITICAL ")
    assert sum("BTC-USDT-SWAP" in line for line in lines) == 1, lines


def test_what_was_held_back_on_purpose_is_not_late() -> None:
    held = replace(delivery(ratio_alert()), batched=True, next_attempt_at=LATE)
    message = later(held, ratio_alert())
    assert message.title == "CRITICAL BTC-USDT-SWAP long: ratio 180 %, main"
    assert "This message was held back for 4 min (batching, quiet hours or maintenance)." in message.body


FAILED = "earlier attempts to send it did not succeed."


@pytest.mark.parametrize(
    ("changes", "marker", "said"),
    [
        # due three seconds after it was written, and the sink did not take it
        (
            {"batched": True, "attempts": 2, "next_attempt_at": LATE},
            "",
            f"This message was written 4 min ago; {FAILED}",
        ),
        (
            {"attempts": 1, "next_attempt_at": LATE},
            "(4 min late) ",
            f"This message leaves 4 min late: {FAILED}",
        ),
        # due then, and something else held it up: a pace, a sink that is tried with another, a stop
        (
            {"batched": True, "next_attempt_at": LATE - timedelta(minutes=2)},
            "(2 min late) ",
            "This message leaves 2 min late.",
        ),
        (
            {"batched": True, "next_attempt_at": LATE - timedelta(seconds=30)},
            "",
            "This message leaves 30 s late.",
        ),
    ],
)
def test_what_was_not_held_back_names_the_true_cause(changes: dict[str, Any], marker: str, said: str) -> None:
    message = later(replace(delivery(ratio_alert()), **changes), ratio_alert())
    assert message.title.startswith(f"CRITICAL {marker}BTC")
    assert said in message.body.splitlines()
    assert "held back" not in message.body


def test_what_nobody_has_seen_since_is_not_still_so() -> None:
    body = later(delivery(ratio_alert()), ratio_alert()).body
    assert body.startswith("Nothing newer was seen for 4 min; the last was ratio 180 %.")
    assert "still so" not in body


def test_a_position_that_is_gone_is_not_still_so() -> None:
    message = later(delivery(ratio_alert()), ratio_alert(vanished_at=LATE))
    assert message.title.startswith("CRITICAL (now gone, 4 min late) ")
    assert message.body.startswith("Now: the position is gone; how it ended is still being found out.")
    assert "What to do:" not in message.body.splitlines()


def test_a_report_is_of_its_moment_and_not_still_so() -> None:
    event = Findings(**{**ANY, "account": "", "exchange": ""}, worst=Grade.OK, accounts=("main",))
    start = alert(event, "started", severity=Severity.INFO)
    body = later(delivery(start), replace(start, occurrences=2)).body
    assert body.startswith("This message leaves 4 min late.\nalertd has started and watches: main.")
    assert "Now" not in body


def test_without_a_newer_state_nothing_is_claimed() -> None:
    message = later(delivery(ratio_alert()), None)
    assert "Now" not in message.body
    assert message.title == "CRITICAL BTC-USDT-SWAP long: ratio 180 %, main"


def test_in_chinese() -> None:
    message = later(delivery(ratio_alert()), ended(Resolution.CLOSED), "zh")
    assert message.title == "严重（现已平仓，迟 4 分钟） BTC-USDT-SWAP 多 main"
    assert message.body.startswith("现在：仓位已平。")
