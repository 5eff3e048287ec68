"""What a person reads of rules that look back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.alert import Alert
from alertd.domain.events import CoverageState, EventKind, Tick
from alertd.domain.notification import Reason
from alertd.domain.recollection import LooksBack, Recollection
from alertd.sinks.texts import Language
from tests.sinks.samples import ANY, T, alert, coverage, lead, margin, told


def counted(**changes: Any) -> Alert:
    keys = {"count": 4, "count_wanted": 3, "span_s": 600, "since": T - timedelta(minutes=5)}
    found = Recollection(rule_type=LooksBack.COUNT, known_since=T, **{**keys, **changes})
    return alert(lead(info_type="3"), "three_lost", recollection=found)


def absent(**changes: Any) -> Alert:
    keys = {"absent_s": 2000.0, "span_s": 1800, "since": T - timedelta(minutes=50), "known_since": T}
    found = Recollection(rule_type=LooksBack.ABSENCE, **{**keys, **changes})
    base = alert(Tick(**ANY), "quiet_leader", recollection=found)
    kind = EventKind.LEAD_TRADE_FAILED
    return alert(
        Tick(**ANY), "quiet_leader", recollection=found, fingerprint=base.fingerprint._replace(kind=kind)
    )


def fallen(figures: dict[str, Any] | None = None, **changes: Any) -> Alert:
    keys = {
        "span_s": 3600,
        "known_since": T - timedelta(hours=5),
        "since": T - timedelta(minutes=20),
        "peak": Decimal(4),
        "fall": Decimal("0.55"),
        "fall_wanted": Decimal("0.5"),
    }
    found = Recollection(rule_type=LooksBack.DRAWDOWN, **{**keys, **changes})
    looked_at = {"figure": "margin_ratio", "value": Decimal("1.8"), "threshold": Decimal(2)}
    return alert(margin(), "falling", recollection=found, **{**looked_at, **(figures or {})})


def shows(text: str, *snippets: str) -> None:
    for snippet in snippets:
        assert snippet in text


def test_so_many_within_so_long() -> None:
    message = told(counted())
    assert message.title == "CRITICAL 4x failed lead trade: within 10 min, main"
    shows(
        message.body,
        "4 times within 10 min: failed lead trade. Your rule three_lost tells it from 3 on.",
        "The first of them: 2026-03-01 13:58:05 (CET, Europe/Berlin), 5 min ago",
        "The newest: This trade was not led",
        "Trade: BTC-USDT-SWAP long",
        "To lead again: move USDT",
        "Rule: three_lost",
    )


def test_a_count_of_our_own_gaps() -> None:
    found = Recollection(rule_type=LooksBack.COUNT, span_s=3600, known_since=T, count=5, count_wanted=5)
    blind = coverage(state=CoverageState.BLIND, cause="connection")
    message = told(alert(blind, "flaps", recollection=found))
    assert message.title.startswith("CRITICAL 5x change in what alertd sees: within 1 h 0 min")
    shows(message.body, "If it lasts: check this machine's network")


def test_none_for_so_long() -> None:
    message = told(absent())
    assert message.title == "CRITICAL no failed lead trade: for 33 min, main"
    shows(
        message.body,
        "No failed lead trade for 33 min while alertd was watching. "
        "Your rule quiet_leader tells it after 30 min.",
        "Account: main (OKX)",
        "Last seen: 2026-03-01 13:13:05 (CET, Europe/Berlin), 50 min ago",
        "did not run or did not see the account does not count",
        "1. Look in the OKX app",
        "2. If it is: give [rules.quiet_leader] a longer time",
    )
    assert "Event time" not in message.body
    shows(told(absent(since=None)).body, "Never seen since the rule began to look: 2026-03-01 14:03:05")
    shows(told(absent(), Reason.REMINDER).body, "Still no failed lead trade, for 33 min while")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"absent_s": None, "since": T}, "Seen again: failed lead trade."),
        ({"since": T}, "Seen again: failed lead trade."),
        ({"absent_s": None, "since": None}, "no longer waits for this on this account"),
    ],
)
def test_an_absence_that_is_over(changes: dict[str, Any], text: str) -> None:
    message = told(absent(**changes), Reason.RECOVERED)
    assert message.title == "RECOVERED failed lead trade, main"
    shows(message.body, text)
    assert "What to do" not in message.body


def test_a_fall_from_the_peak() -> None:
    message = told(fallen())
    assert message.title == "CRITICAL BTC-USDT-SWAP long: margin ratio down 55 %, main"
    shows(
        message.body,
        "BTC-USDT-SWAP long: margin ratio has fallen by 55 % from its peak of the last 1 h 0 min. "
        "Your rule falling tells it from 50 % on.",
        "Peak: 400 %, 2026-03-01 13:43:05 (CET, Europe/Berlin), 20 min ago",
        "Now: 180 %",
        "alertd cannot tell them from a loss",
        "Distance to liquidation: 2.1 % of the price",
        "In the OKX app open Positions and pick BTC-USDT-SWAP long.",
        "Rule: falling; margin ratio 180 %, level 200 %",
    )
    assert "known only since" not in message.body
    shows(told(fallen(known_since=T - timedelta(minutes=30))).body, "known only since 2026-03-01 13:33:05")


def test_a_fall_that_goes_on_ends_or_ends_with_its_position() -> None:
    shows(told(fallen(), Reason.REMINDER).body, "margin ratio is still 55 % below its peak")
    over = told(fallen({"value": Decimal(4)}, fall=Decimal(0)), Reason.RECOVERED)
    assert over.title == "RECOVERED BTC-USDT-SWAP long, main"
    shows(over.body, "is no longer 50 % below its peak of the last 1 h 0 min", "Peak: 400 %", "Now: 400 %")
    shows(told(fallen(), Reason.LIQUIDATED).body, "was liquidated by OKX")
    shows(told(fallen(), Reason.CLOSED).body, "is closed")


def test_a_figure_that_is_not_known_is_not_made_up() -> None:
    stood_down = fallen({"value": None, "threshold": None}, peak=None, since=None, fall=None)
    message = told(stood_down, Reason.RECOVERED)
    assert "Peak" not in message.body
    assert "?" in told(stood_down).title


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("reason", Reason)
def test_both_languages_tell_all(language: Language, reason: Reason) -> None:
    for one in (counted(), absent(), fallen()):
        message = told(one, reason, language)
        assert message.title
        assert "{" not in message.body


def test_in_chinese() -> None:
    assert told(counted(), language="zh").title == "严重 带单失败 4 次 10 分钟内 main"
    shows(
        told(counted(), language="zh").body,
        "10 分钟内发生 4 次：带单失败。您的规则 three_lost 从 3 次起通知。",
    )
    shows(told(absent(), language="zh").body, "alertd 看守期间已有 33 分钟没有带单失败。")
    shows(
        told(fallen(), language="zh").body,
        "BTC-USDT-SWAP 多：保证金率比最近 1 小时 0 分内的最高值回落了 55%。",
    )
