"""Covers alertd/sinks/easing.py and margin_words.py: what is better and only has to stay so says so."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from alertd.domain.alert import Alert, AlertState, Resolution, Severity
from alertd.domain.events import LeaderState
from alertd.domain.notification import Delivery, Reason
from alertd.sinks.message import Message
from alertd.sinks.render import document_of
from alertd.sinks.speech import Reader
from tests.sinks.samples import ANY, BERLIN, T, alert, delivery, margin, ratio_alert, told

BTC = "BTC-USDT-SWAP long"
SINCE = T - timedelta(seconds=48)
MOMENT = "2026-03-01 14:02:17 (CET, Europe/Berlin), 48 s ago"
MOMENT_ZH = "2026-03-01 14:02:17 (CET, Europe/Berlin)，48 秒前"
BETTER: dict[str, Any] = {"better_since": SINCE, "clear_since": SINCE}
MILDER: dict[str, Any] = {"better_since": SINCE}
BAD_WORDS = ("still", "is close", "has come closer", "you are told at once", "since 2026-03-01 13:51")
TAKEN: dict[str, Any] = {"state": AlertState.ACKNOWLEDGED, "acknowledged_by": "anna", "acknowledged_at": T}


def now(of: Delivery, current: Alert, after_s: float = 2, language: Any = "en") -> Message:
    """What a delivery says that is compared with how it stands."""
    at = T + timedelta(seconds=after_s)
    return document_of([replace(of, current=current)], Reader(language, BERLIN), at).plain


def without_footer(message: Message) -> str:
    return message.body.split("Alert since:")[0]


@pytest.mark.parametrize(
    "reason", [Reason.NEW, Reason.WORSENED, Reason.REMINDER, Reason.ESCALATED, Reason.DIGEST]
)
def test_the_first_sentence_is_true_and_nothing_contradicts_it(reason: Reason) -> None:
    message = told(ratio_alert(**BETTER), reason)
    first = message.body.splitlines()[0]
    assert first == (
        f"BTC-USDT-SWAP long was close to liquidation and has been better since {MOMENT}. "
        "The alert is over only once that has lasted."
    )
    assert without_footer(message).count("better since") == 1
    assert not any(word in without_footer(message) + message.title for word in BAD_WORDS)


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        (Reason.NEW, "CRITICAL (better now) BTC-USDT-SWAP long: ratio 180 %, main"),
        (Reason.WORSENED, "CRITICAL (better now) BTC-USDT-SWAP long: ratio 180 %, main"),
        (Reason.REMINDER, "CRITICAL (better now) BTC-USDT-SWAP long: ratio 180 %, main"),
        (Reason.ESCALATED, "CRITICAL unanswered (better now) BTC-USDT-SWA..: ratio 180 %"),
    ],
)
def test_so_does_the_title(reason: Reason, title: str) -> None:
    assert told(ratio_alert(**BETTER), reason).title == title


def test_in_chinese() -> None:
    message = told(ratio_alert(**BETTER), Reason.REMINDER, "zh")
    assert message.title.startswith("严重（现已好转） ")
    assert message.body.startswith(f"BTC-USDT-SWAP 多 曾接近强平，现已好转，始于 {MOMENT_ZH}。")
    assert "仍" not in without_footer(message)


@pytest.mark.parametrize(
    ("of", "first"),
    [
        (
            ratio_alert(severity=Severity.INFO, **BETTER),
            f"{BTC} had reached a level you want to know about and has been better since {MOMENT}. ",
        ),
        (
            ratio_alert(figure="leverage", rule="mine", **BETTER),
            f"Your rule mine fired for {BTC}; by its figures it has been better since {MOMENT}. ",
        ),
    ],
)
def test_of_other_levels_and_rules(of: Alert, first: str) -> None:
    assert told(of, Reason.REMINDER).body.startswith(first)


def test_a_story_that_does_not_say_it_has_a_line_that_does() -> None:
    event = LeaderState(**ANY, trader="T1", trader_name="Bo")
    body = told(alert(event, "leader_leverage", **BETTER), Reason.REMINDER).body
    assert f"It has been better since {MOMENT}; it is over only once that has lasted." in body
    assert "Still so" not in body


def test_a_milder_level_is_no_safety() -> None:
    message = told(ratio_alert(**MILDER), Reason.REMINDER)
    assert message.title.startswith("CRITICAL still BTC-USDT-SWAP long")
    first, second = message.body.splitlines()[:2]
    assert first == "BTC-USDT-SWAP long is still close to liquidation."
    assert second == (
        f"Its figures have been milder than CRITICAL since {MOMENT}; that counts only once it has lasted."
    )
    assert "Still so" not in message.body


def test_beside_a_liquidation_that_is_near_nothing_is_called_better() -> None:
    near = margin(minutes_to_liquidation=Decimal(7))
    message = told(ratio_alert(near, woken_at=T, **BETTER), Reason.ESCALATED)
    assert message.title.startswith("CRITICAL unanswered BTC-USDT-SWAP long")
    assert message.body.startswith("BTC-USDT-SWAP long is close to liquidation.")
    assert "Less than 10 minutes to liquidation and not acknowledged" in message.body
    assert "better" not in message.body


def test_what_is_over_is_told_as_over() -> None:
    ended = ratio_alert(state=AlertState.RESOLVED, resolution=Resolution.RECOVERED, **BETTER)
    message = told(ended, Reason.RECOVERED)
    assert message.title.startswith("RECOVERED BTC")
    assert "better since" not in message.body


@pytest.mark.parametrize(
    ("told_as", "by_now", "title", "first"),
    [
        ({}, BETTER, "CRITICAL (better now) BTC", "Now it is better: CRITICAL, ratio 180 %. It was CRITICAL"),
        (BETTER, {}, "CRITICAL BTC", "Now it is worse: CRITICAL, ratio 180 %. It was CRITICAL"),
        (BETTER, BETTER, "CRITICAL (better now) BTC", "BTC-USDT-SWAP long was close to liquidation and"),
        (
            {},
            {**BETTER, **TAKEN},
            "CRITICAL (better now, anna takes care) BTC",
            "Now it is better, and anna takes care of it.",
        ),
    ],
)
def test_what_is_looked_at_again_says_what_has_changed(
    told_as: dict[str, Any], by_now: dict[str, Any], title: str, first: str
) -> None:
    message = now(delivery(ratio_alert(**told_as)), ratio_alert(**by_now))
    assert message.title.startswith(title)
    expected = first if told_as != by_now else "Now: still so, ratio 180 %."
    assert message.body.startswith(expected)
    assert ("better since" in message.body) == bool(by_now)


def test_what_was_queued_while_it_was_better_and_is_worse_says_nothing_of_it() -> None:
    worse = now(delivery(ratio_alert(**BETTER), Reason.ESCALATED), ratio_alert())
    assert "better" not in worse.title + without_footer(worse)
    assert "BTC-USDT-SWAP long is close to liquidation." in worse.body


def test_who_is_told_that_somebody_takes_care_hears_that_it_is_better() -> None:
    body = told(ratio_alert(**BETTER, **TAKEN), Reason.ACKNOWLEDGED).body
    assert f"was close to liquidation and has been better since {MOMENT}." in body
    assert "still close" not in body


def test_in_a_list_each_one_says_it() -> None:
    several = [
        delivery(ratio_alert(**BETTER)),
        delivery(ratio_alert(margin(instrument="ETH-USDT-SWAP"), episode=2)),
    ]
    lines = document_of(several, Reader("en", BERLIN), T).plain.body.splitlines()
    entries = [line for line in lines if "-USDT-SWAP" in line]
    assert [line.endswith(", better since 14:02") for line in entries] == [True, False]
