"""Covers alertd/sinks/story_silence.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from alertd.domain.alert import AlertState, Resolution, Severity
from alertd.domain.events import SilenceEnding
from alertd.domain.notification import Reason
from alertd.domain.silence import Matchers, Silence
from alertd.sinks.texts import Language
from tests.sinks.samples import T as NOW
from tests.sinks.samples import alert, ratio_alert, told


def ending(**more: Any) -> SilenceEnding:
    fields: dict[str, Any] = {
        "event_id": "x",
        "exchange": "",
        "account": "",
        "received_at": NOW,
        "silence_id": "k3",
        "person": "anna",
        "ends_at": NOW + timedelta(minutes=10),
        "muted": 2,
    }
    return SilenceEnding(**(fields | more))


def test_it_says_when_it_ends_what_it_mutes_and_what_can_be_done() -> None:
    message = told(
        alert(ending(comment="works at\nthe desk"), "silence_ending", severity=Severity.INFO), Reason.NEW
    )
    assert message.title == "INFO silence ends in 9 min"
    for part in (
        "The silence k3 of anna ends at",
        "2 open alerts",
        "alertd silence add",
        "alertd silence expire k3",
        "Why it was made: works at the desk",
    ):
        assert part in message.body


@pytest.mark.parametrize(
    ("language", "muted", "part"),
    [("en", 0, "no open alert"), ("en", 1, "one open alert"), ("zh", 0, "没有静默"), ("zh", 5, "5 条")],
)
def test_it_counts_as_people_do(language: Language, muted: int, part: str) -> None:
    message = told(alert(ending(muted=muted), "silence_ending", severity=Severity.INFO), Reason.NEW, language)
    assert part in message.body
    assert "k3" in message.body


@pytest.mark.parametrize(
    ("language", "muted", "passed", "parts", "missing"),
    [
        ("en", 0, 1, ["Happened under it, and over by now: 1."], "It mutes"),
        ("en", 2, 3, ["It mutes 2 open alerts", "Happened under it, and over by now: 3."], "no open"),
        ("zh", 0, 1, ["静默期间发生、现已过去：1 条。"], "没有静默"),
    ],
)
def test_what_it_muted_until_a_moment_ago_counts(
    language: Language, muted: int, passed: int, parts: list[str], missing: str
) -> None:
    event = ending(muted=muted, passed=passed)
    body = told(alert(event, "silence_ending", severity=Severity.INFO), Reason.NEW, language).body
    assert all(part in body for part in parts)
    assert missing not in body


@pytest.mark.parametrize(
    ("language", "title", "part"),
    [("en", "INFO a silence has ended", "ended at"), ("zh", "提示 静默已结束", "结束")],
)
def test_one_that_leaves_after_the_end_says_that_it_is_over(
    language: Language, title: str, part: str
) -> None:
    of = alert(ending(ends_at=NOW), "silence_ending", severity=Severity.INFO)
    message = told(of, Reason.NEW, language)
    assert (message.title, part in message.body) == (title, True)
    for wrong in ("alertd silence expire", "It mutes", "目前"):
        assert wrong not in message.body


@pytest.mark.parametrize("comment", ["", "works"])
@pytest.mark.parametrize(("language", "part"), [("en", "silence k3 of anna"), ("zh", "anna 的静默 k3")])
def test_a_digest_says_whose_silence_is_over(language: Language, part: str, comment: str) -> None:
    silence = Silence(
        silence_id="k3",
        matchers=Matchers(),
        person="anna",
        comment=comment,
        created_at=NOW,
        starts_at=NOW,
        ends_at=NOW,
    )
    message = told(ratio_alert(), Reason.DIGEST, language, silence=silence)
    assert part in message.body
    assert comment in message.body


@pytest.mark.parametrize(("language", "part"), [("en", "3 times in this episode"), ("zh", "本轮共 3 次")])
def test_what_came_back_says_how_often_and_when_it_is_over(language: Language, part: str) -> None:
    assert part in told(ratio_alert(occurrences=3), Reason.NEW, language).body
    assert part not in told(ratio_alert(), Reason.NEW, language).body
    damped = told(ratio_alert(occurrences=3, damped_s=1200.0), Reason.NEW, language).body
    assert ("20 min" if language == "en" else "20 分钟") in damped


@pytest.mark.parametrize(
    ("language", "marker", "parts"),
    [
        ("en", "MUTED, OVER", ["Happened while muted, and over by now", "7 more happened while muted"]),
        ("zh", "曾静默 已过", ["静默期间发生", "另有 7 条"]),
    ],
)
def test_it_says_what_happened_while_muted_and_is_over(
    language: Language, marker: str, parts: list[str]
) -> None:
    silence = Silence(
        silence_id="k3",
        matchers=Matchers(),
        person="anna",
        comment="",
        created_at=NOW,
        starts_at=NOW,
        ends_at=NOW,
        unnamed=7,
    )
    over = replace(ratio_alert(), state=AlertState.RESOLVED, resolution=Resolution.EXPIRED, resolved_at=NOW)
    past = told(over, Reason.DIGEST, language, silence=silence)
    assert past.title.startswith(marker)
    assert all(part in past.body for part in parts)
    mixed = told(ratio_alert(), Reason.DIGEST, language, silence=silence, also=(over,))
    assert not mixed.title.startswith(marker)
    assert all(part in mixed.body for part in parts)
    still_bad = told(ratio_alert(), Reason.DIGEST, language, silence=silence)
    assert not any(part in still_bad.body for part in parts)
