"""Covers alertd/sinks/story_digest_led.py, in a whole digest."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.copy_digest import LedFigures, LedResult, Shared, Week
from tests.sinks.samples import T
from tests.sinks.test_story_copy_digest import LED, digest


def test_of_a_leader_orders_results_followers_and_settlements() -> None:
    message = digest(account="leader", led=LED)
    assert message.title == "INFO daily digest: 2 open, leader"
    lines = message.body.splitlines()
    assert lines[0] == (
        "Of the orders it leads, the one that stands worst: BTC-SWAP-USDT long: -12.3 % of its margin."
    )
    assert lines[3:-4] == [
        "Orders it leads: 2",
        "- BTC-SWAP-USDT long: -12.3 % of its margin",
        "- ETH-SWAP-USDT short: profit unknown",
        "Closed since 2026-02-28 14:03:05 (CET, Europe/Berlin): 2 (1 won, 1 lost)",
        "Result of these: -8 USDT",
        "- SOL-SWAP-USDT long: +12 USDT",
        "- BTC-SWAP-USDT short: -20 USDT",
        "Followers: 12 (-3)",
        "Latest profit sharing: 2026-02-23, 9.5 USDT for this account of 10 USDT",
        "Last 7 days: profit 12 % (1,200 USDT), 8 orders, 62.5 % won; followers' profit -5 USDT,"
        " money that copies 4,320 USDT",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"led": LedFigures(leads=False)}, "Toobit says that this account does not lead."),
        ({"led": LedFigures(followers=7), "since": None}, "Followers: 7"),
        ({"led": LedFigures(followers=7)}, "Followers: 7 (change unknown)"),
        ({"led": LedFigures(followers=7, followers_before=2)}, "Followers: 7 (+5)"),
        (
            {"led": LedFigures(closed=(LedResult(), LedResult(profit=Decimal(3), is_won=True)))},
            "Result of these: +3 USDT, and 1 whose result is unknown",
        ),
        (
            {"led": LedFigures(closed=(LedResult(),), closed_from=T)},
            "Closed since 2026-02-28 14:03:05 (CET, Europe/Berlin): at least 1 (0 won, 0 lost);"
            " the exchange lists no older ones",
        ),
        (
            {"led": LedFigures(shared=Shared(period="2026-W46"), shared_is_known=True)},
            "Latest profit sharing: 2026-W46, unknown for this account of unknown",
        ),
        (
            {"led": LedFigures(week=Week())},
            "Last 7 days: profit unknown (unknown), unknown orders, unknown won; followers' profit unknown,"
            " money that copies unknown",
        ),
        (
            {"led": LedFigures(unasked=("shared", "week"))},
            "Not asked of Toobit: profit sharing and figures of 7 days.",
        ),
    ],
)
def test_single_lines(changes: dict[str, Any], line: str) -> None:
    assert line in digest(**changes).body.splitlines()


def test_what_is_not_asked_is_not_called_unknown() -> None:
    body = digest(led=LedFigures(unasked=("shared", "week"))).body
    assert "profit sharing: unknown" not in body
    assert "7 days: unknown" not in body
