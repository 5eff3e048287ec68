"""Several alerts in one message: each is named, the worst first."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from alertd.domain.alert import Alert, AlertState, Resolution, Severity
from alertd.domain.notification import Delivery, Reason
from alertd.sinks.apprise_plugin import ApprisePlugin
from alertd.sinks.document import Document
from alertd.sinks.render import document_of
from alertd.sinks.shorten import shorten
from alertd.sinks.speech import Reader
from tests.doubles.apprise_rig import SLACK_HOOK_URL, TELEGRAM_URL
from tests.sinks.samples import BERLIN, T, delivery, margin, ratio_alert

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def of_position(number: int, minutes: int | None = None, account: str = "main", **changes: Any) -> Alert:
    event = margin(
        instrument=f"C{number:03}-USDT-SWAP",
        minutes_to_liquidation=None if minutes is None else Decimal(minutes),
        account=account,
    )
    return ratio_alert(event, **changes)


def document(of: Sequence[Delivery], language: Any = "en", late_s: float = 1.0) -> Document:
    return document_of(of, Reader(language, BERLIN), T + timedelta(seconds=late_s))


def lines(of: Sequence[Delivery], **options: Any) -> list[str]:
    return [line.text for line in document(of, **options).lines]


def resolved(of: Delivery, resolution: Resolution) -> Delivery:
    alert = of.notification.alert
    return replace(of, current=replace(alert, state=AlertState.RESOLVED, resolution=resolution))


def test_a_storm_of_one_account_stands_by_minutes_to_liquidation() -> None:
    storm = [delivery(of_position(number, minutes)) for number, minutes in enumerate([12, 3, 7])]
    told = document(storm)
    assert told.title == "CRITICAL 3 at once: C001-USDT-SWAP long: liq. in 3 min, main"
    assert [line.text for line in told.lines] == [
        "3 critical alerts of main, the one nearest to liquidation first:",
        "- CRITICAL main C001-USDT-SWAP long: liq. in 3 min, since 13:51",
        "- CRITICAL main C002-USDT-SWAP long: liq. in 7 min, since 13:51",
        "- CRITICAL main C000-USDT-SWAP long: liq. in 12 min, since 13:51",
        "To take care of all of them: alertd ack --account main",
        "alertd did: nothing. Each alert stands in full in alertd alerts.",
    ]


def test_one_without_a_pace_comes_after_those_that_have_one() -> None:
    storm = [delivery(of_position(0)), delivery(of_position(1, 50))]
    assert [text.split()[3] for text in lines(storm)[1:3]] == ["C001-USDT-SWAP", "C000-USDT-SWAP"]


def test_a_mixed_digest_counts_and_names_the_worst_first_and_what_is_over_last() -> None:
    members = [
        delivery(of_position(1, severity=Severity.INFO)),
        delivery(of_position(2, account="two")),
        resolved(delivery(of_position(3)), Resolution.LIQUIDATED),
        delivery(of_position(4, severity=Severity.WARNING)),
        delivery(of_position(5, state=AlertState.RESOLVED, resolution=Resolution.CLOSED), Reason.CLOSED),
    ]
    told = document(members)
    assert told.title == "CRITICAL and 4 more: C002-USDT-SWAP long: ratio 180 %, two"
    assert told.severity is Severity.CRITICAL
    assert not told.good_news
    assert [line.text for line in told.lines][:-1] == [
        "5 merged into this message: 1 critical, 1 warning, 1 info, 2 over.",
        "Still so:",
        "- CRITICAL two C002-USDT-SWAP long: ratio 180 %, since 13:51",
        "- WARNING main C004-USDT-SWAP long: ratio 180 %, since 13:51",
        "- INFO main C001-USDT-SWAP long: ratio 180 %, since 13:51",
        "Over meanwhile:",
        "- LIQUIDATED main C003-USDT-SWAP long, since 13:51",
        "- closed main C005-USDT-SWAP long, since 13:51",
    ]


def test_all_that_is_told_of_one_alert_is_one_line_with_its_newest_state() -> None:
    first = of_position(1, severity=Severity.WARNING, sequence=1)
    worse = replace(first, severity=Severity.CRITICAL, sequence=2)
    told = lines([delivery(first), delivery(worse, Reason.WORSENED), delivery(of_position(2))])
    assert "- CRITICAL main C001-USDT-SWAP long: ratio 180 %, since 13:51 (x2)" in told


@pytest.mark.parametrize(
    ("language", "others", "lead"),
    [
        ("en", 1, "3 messages about 2 alerts, merged into this one: 2 warning."),
        ("en", 0, "2 messages about one alert, merged into this one: 1 warning."),
        ("zh", 1, "本消息合并了关于 2 个告警的 3 条消息：2 条警告。"),
        ("zh", 0, "本消息合并了关于同一告警的 2 条消息：1 条警告。"),
    ],
)
def test_messages_and_alerts_are_counted_apart(language: Any, others: int, lead: str) -> None:
    first = of_position(1, severity=Severity.WARNING, sequence=1)
    told = [delivery(first), delivery(replace(first, sequence=2), Reason.REMINDER)]
    told += [delivery(of_position(2, severity=Severity.WARNING)) for _ in range(others)]
    assert lines(told, language=language)[0] == lead


def test_a_digest_of_ends_is_good_news() -> None:
    closed = [
        delivery(of_position(n, state=AlertState.RESOLVED, resolution=Resolution.CLOSED), Reason.CLOSED)
        for n in range(2)
    ]
    told = document(closed)
    assert told.good_news
    assert told.title == "OVER and 1 more: C000-USDT-SWAP long, main"


def test_a_possible_duplicate_is_marked_where_it_stands() -> None:
    told = lines([delivery(of_position(1), duplicate=True), delivery(of_position(2))])
    assert [text.endswith("(dup?)") for text in told[1:3]] == [True, False]
    assert any(text.startswith("Possible duplicate") for text in told)


def test_how_old_the_oldest_is() -> None:
    told = lines([delivery(of_position(1)), delivery(of_position(2))], late_s=7200)
    assert "The oldest of them: 2026-03-01 14:03:05 (CET, Europe/Berlin), 2 h 0 min ago" in told


def test_in_chinese() -> None:
    told = document([delivery(of_position(n, n)) for n in (5, 3)], language="zh")
    assert told.title == "严重 同时 2 条： C003-USDT-SWAP 多 3 分钟后强平 main"
    assert told.lines[1].text == "- 严重 main C003-USDT-SWAP 多：3 分钟后强平，自 13:51"
    assert told.lines[3].text == "全部由您处理：alertd ack --account main"


def test_the_digest_after_a_silence_says_what_is_still_bad_first() -> None:
    over = of_position(2, state=AlertState.RESOLVED, resolution=Resolution.RECOVERED)
    worst = of_position(3)
    silence_ends = delivery(of_position(1, severity=Severity.WARNING), Reason.DIGEST, also=(over, worst))
    told = lines([silence_ends])
    assert told[1:7] == [
        "What was not told during a silence or quiet hours, as it stands now.",
        "Still so:",
        "- CRITICAL main C003-USDT-SWAP long: ratio 180 %, since 13:51",
        "- WARNING main C001-USDT-SWAP long: ratio 180 %, since 13:51",
        "Over meanwhile:",
        "- recovered main C002-USDT-SWAP long, since 13:51",
    ]


def test_what_was_over_by_the_time_it_left_is_told_as_over() -> None:
    ends = delivery(of_position(1), Reason.DIGEST, also=(of_position(2),))
    told = lines([resolved(ends, Resolution.CLOSED)])
    start = told.index("Still so:")
    assert told[start + 1].startswith("- CRITICAL main C002")
    assert told[start + 2 : start + 4] == [
        "Over meanwhile:",
        "- closed main C001-USDT-SWAP long, since 13:51",
    ]


def test_what_a_member_stands_for_is_counted() -> None:
    reminder = delivery(of_position(1), Reason.REMINDER, also=(of_position(7), of_position(8)))
    told = lines([reminder, delivery(of_position(2))])
    assert "- CRITICAL main C001-USDT-SWAP long: ratio 180 %, since 13:51 and 2 of the same" in told


def test_more_than_a_service_can_name_are_counted() -> None:
    pager = ApprisePlugin("pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1.0)
    others = tuple(of_position(number) for number in range(1, 51))
    message = shorten(document([delivery(of_position(0), Reason.DIGEST, also=others)]), pager.limits)
    assert len(message.body) <= 1024
    *named, last = message.body.splitlines()
    assert all("-USDT" in line for line in named)
    assert last == f"- and {51 - len(named)} more"
    assert len(named) >= 20


@pytest.mark.parametrize(
    "url",
    [
        TELEGRAM_URL,
        f"{TELEGRAM_URL}?format=markdown&mdv=2",
        "discord://123456789012345678/abcdefghijklmnopqrstuvwxyz",
        SLACK_HOOK_URL,
        "ntfy://topic",
        "pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "rocket://user:pass@host/#room",
        "mailto://anna:secret@example.org",
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_as_many_as_a_service_can_name_are_all_named(url: str, language: Any) -> None:
    limits = ApprisePlugin(url, 1.0).limits
    members = [
        delivery(of_position(number, number, account=f"account_number_{number}"), duplicate=True)
        for number in range(limits.names_at_most)
    ]
    message = shorten(document(members, language), limits)
    assert limits.length(message.body) <= limits.body
    text = message.body.replace("\\", "")
    assert [number for number in range(len(members)) if f"C{number:03}-USDT" not in text] == []
