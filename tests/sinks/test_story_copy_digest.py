"""Covers alertd/sinks/story_copy_digest.py."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.alert import Severity
from alertd.domain.copy_digest import (
    CopiedFigures,
    CopiedLeader,
    CopyDigest,
    LedFigures,
    LedOrder,
    LedResult,
    Shared,
    Week,
)
from alertd.domain.notification import Reason
from alertd.domain.presence import OpenPosition
from alertd.sinks.message import Message
from alertd.sinks.render import document_of
from alertd.sinks.speech import Reader
from tests.sinks.samples import ANY, BERLIN, T, alert, delivery, told

BTC = "BTC-SWAP-USDT"
YESTERDAY = T - timedelta(days=1)
ANNA = CopiedLeader(
    trader="9007199254740993101",
    name="anna",
    equity=Decimal("512.3"),
    equity_before=Decimal(500),
    equity_change=Decimal("0.0246"),
    net_profit=Decimal("-12.5"),
    net_profit_before=Decimal("-24.8"),
)
NEW = CopiedLeader(trader="9007199254740993102", equity=Decimal(300))
NEAR = OpenPosition(
    account="copier",
    instrument=BTC,
    direction="long",
    distance_to_liquidation=Decimal("0.042"),
    minutes_to_liquidation=Decimal(12),
)
FAR = OpenPosition(account="copier", instrument="SOL-SWAP-USDT", direction="short")
WEEK = Week(
    profit_ratio=Decimal("0.12"), profit=Decimal(1200), orders=8, win_ratio=Decimal("0.625"),
    followers_profit=Decimal(-5), managed=Decimal(4320),
)  # fmt: skip
LED = LedFigures(
    leads=True,
    orders=(
        LedOrder(instrument=BTC, direction="long", profit_rate=Decimal("-0.123")),
        LedOrder(instrument="ETH-SWAP-USDT", direction="short"),
    ),
    closed=(
        LedResult(instrument="SOL-SWAP-USDT", direction="long", closed_at=T, profit=Decimal(12), is_won=True),
        LedResult(instrument=BTC, direction="short", closed_at=YESTERDAY, profit=Decimal(-20), is_won=False),
    ),
    followers=12,
    followers_before=15,
    shared=Shared(period="2026-02-23", ours=Decimal("9.5"), total=Decimal(10)),
    shared_is_known=True,
    week=WEEK,
)
COPIED = CopiedFigures(leaders=(ANNA, NEW), positions=2, nearest=(NEAR, FAR))


def event(**changes: Any) -> CopyDigest:
    fields = {
        **ANY, "exchange": "toobit", "account": "copier", "margin_currency": "USDT", "due_at": T,
        "since": YESTERDAY, "closed_since": YESTERDAY, "state": "watched", **changes,
    }  # fmt: skip
    return CopyDigest(**fields)


def digest(language: Any = "en", **changes: Any) -> Message:
    report = alert(event(**changes), "copy_digest", severity=Severity.INFO, occurrences=3)
    return told(report, Reason.WORSENED, language=language)


def for_percent(**changes: Any) -> str:
    report = alert(event(**changes), "copy_digest", severity=Severity.INFO)
    document = document_of([delivery(report)], Reader("en", BERLIN, "percent"), T)
    return document.plain.body


def test_of_a_follower_the_nearest_danger_comes_first() -> None:
    message = digest(copied=COPIED, unseen=("no_liquidation_price:SOL-SWAP-USDT (anna)",))
    assert message.title == "INFO daily digest: nearest 4.2 % to liq., copier"
    lines = message.body.splitlines()
    assert lines[:9] == [
        "Nearest to liquidation: BTC-SWAP-USDT long: 4.2 % to liquidation,"
        " 12 min at the pace of the last minutes.",
        "Account: copier (Toobit)",
        "Changes are since the last digest, 2026-02-28 14:03:05 (CET, Europe/Berlin).",
        "Leaders it copies: 2",
        "- anna: equity 512.3 USDT (+12.3, +2.5 %), net profit -12.5 USDT (+12.3)",
        "- 9007199254740993102: equity 300 USDT (change unknown), net profit unknown",
        "Positions open: 2",
        "- SOL-SWAP-USDT short: the exchange gives no figures",
        "alertd cannot see: SOL-SWAP-USDT (anna) has no liquidation price",
    ]
    assert "If it stays out, alertd or this way to you is broken." in message.body
    assert "It has happened" not in message.body


@pytest.mark.parametrize(("own", "nearer"), [("0.02", "ETH-SWAP-USDT"), ("0.3", BTC), (None, BTC)])
def test_of_who_leads_and_copies_the_nearer_side_comes_first(own: str | None, nearer: str) -> None:
    distance = None if own is None else Decimal(own)
    led = LedFigures(
        nearest=(OpenPosition(account="a", instrument="ETH-SWAP-USDT", distance_to_liquidation=distance),)
    )
    body = digest(led=led, copied=COPIED).body
    assert body.startswith(f"Nearest to liquidation: {nearer}")
    assert body.count(BTC) == 1


def test_nothing_happened_is_told_too() -> None:
    quiet = LedFigures(
        leads=True, orders=(), closed=(), followers=3, followers_before=3, shared_is_known=True
    )
    message = digest(led=quiet, copied=CopiedFigures(leaders=(), positions=0))
    assert message.title == "INFO daily digest: nothing open, copier"
    for line in (
        "Nothing is open.",
        "Leaders it copies: none",
        "Positions open: 0",
        "Orders it leads: 0",
        "Followers: 3 (no change)",
        "Latest profit sharing: there was none yet",
    ):
        assert line in message.body.splitlines()
    assert "Closed since 2026-02-28 14:03:05 (CET, Europe/Berlin): none" in message.body


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    message = digest(led=LedFigures(), copied=CopiedFigures(), since=None)
    assert message.title == "INFO daily digest: not all is known, copier"
    lines = message.body.splitlines()
    assert lines[0] == "What is open is not known."
    for line in (
        "There is no former digest: what changed is unknown.",
        "Leaders it copies: unknown",
        "Positions open: unknown",
        "Orders it leads: unknown",
        "Closed since 2026-02-28 14:03:05 (CET, Europe/Berlin): unknown",
        "Followers: unknown",
        "Latest profit sharing: unknown",
        "Last 7 days: unknown",
    ):
        assert line in lines
    assert not any("0" in line for line in lines[3:6])


def test_an_account_that_is_not_watched_says_so_first() -> None:
    message = digest(state="blind", copied=COPIED, led=LED)
    assert message.title == "INFO daily digest: NOT watched, copier"
    lines = message.body.splitlines()
    assert lines[0].startswith("NOT watched now: dangers are not noticed")
    assert "- BTC-SWAP-USDT long: 4.2 % to liquidation, 12 min at the pace of the last minutes" in lines


def test_a_late_one_says_so() -> None:
    assert digest(late_s=7260, led=LED).title.startswith("INFO daily digest, 2 h 1 min late")


def test_a_reader_without_money_sees_shares_and_counts() -> None:
    body = for_percent(copied=COPIED, led=LED)
    for line in (
        "- anna: equity +2.5 % since then",
        "- 9007199254740993102: equity unknown",
        "- BTC-SWAP-USDT long: -12.3 % of its margin",
        "Closed since 2026-02-28 14:03:05 (CET, Europe/Berlin): 2 (1 won, 1 lost)",
        "Latest profit sharing: 2026-02-23",
        "Last 7 days: profit 12 %, 8 orders, 62.5 % won",
    ):
        assert line in body.splitlines()
    for amount in ("512.3", "12.5", "USDT)", " USDT\n", "9.5", "1,200", "4,320", "-8", "-20"):
        assert amount not in body


def test_an_amount_that_did_not_change_says_so() -> None:
    same = CopiedLeader(
        trader="1",
        equity=Decimal(5),
        equity_before=Decimal(5),
        equity_change=Decimal(0),
        net_profit=Decimal(0),
    )
    body = digest(copied=CopiedFigures(leaders=(same,))).body
    assert "- 1: equity 5 USDT (no change), net profit 0 USDT (change unknown)" in body.splitlines()


def test_many_leaders_orders_and_results_keep_it_short() -> None:
    many = range(60)
    leaders = tuple(CopiedLeader(trader=str(n), name="n" * 100, equity=Decimal(n)) for n in many)
    led = LedFigures(
        orders=tuple(LedOrder(instrument="X" * 200, direction="long") for _ in many),
        closed=tuple(LedResult(instrument="Y" * 200, profit=Decimal(n), is_won=True) for n in many),
    )
    copied = CopiedFigures(leaders=leaders, positions=60, nearest=(NEAR,) * 5)
    unseen = tuple(f"margin:{'Z' * 300}{n}" for n in many)
    message = digest(led=led, copied=copied, unseen=unseen)
    assert message.body.count("- and 50 more") == 2  # leaders and orders
    assert message.body.count("- and 55 more") == 2  # positions and results
    assert ", +55" in message.body
    assert len(message.body) < 4096  # what a Telegram message takes


def test_in_chinese() -> None:
    message = digest("zh", copied=COPIED, led=LED)
    assert "每日简报" in message.title
    for text in (
        "离强平最近：BTC-SWAP-USDT 多：距强平 4.2%",
        "跟单者：12（-3）",
        "权益 512.3 USDT（+12.3，+2.5%）",
    ):
        assert text in message.body
