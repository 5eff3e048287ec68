"""Covers alertd/sinks/story_maintenance.py, and what planned maintenance changes in stories of coverage."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.alert import Severity
from alertd.domain.events import CoverageState, Maintenance, MaintenanceStage
from alertd.domain.notification import Reason
from alertd.domain.presence import OpenPosition
from alertd.sinks.message import Message
from alertd.sinks.texts import TEXTS
from tests.sinks.samples import ANY, T, alert, coverage, told

HOUR = timedelta(hours=1)


def position(account: str, instrument: str, direction: str = "long", **more: Any) -> OpenPosition:
    return OpenPosition(account=account, instrument=instrument, direction=direction, **more)


def message(
    stage: str = "hour", *, reason: Reason = Reason.NEW, language: Any = "en", **changes: Any
) -> Message:
    fields: dict[str, Any] = {
        "stage": stage,
        "urgency": 2,
        "services": ("trading",),
        "title": "Trading system upgrade",
        "begin": T + HOUR,
        "end": T + 3 * HOUR,
        "accounts": ("desk", "main"),
        "positions": 2,
        "at_risk": (position("desk", "ETH-USDT-SWAP", "short"), position("main", "BTC-USDT-SWAP")),
        **changes,
    }
    event = Maintenance(**{**ANY, "account": ""}, **fields)
    return told(alert(event, "maintenance", severity=Severity.WARNING), reason=reason, language=language)


def test_what_is_announced_says_when_for_whom_and_what_is_open() -> None:
    soon = message()
    assert soon.title.startswith("WARNING OKX maintenance: in ")
    lines = soon.body.splitlines()
    assert lines[0] == (
        "OKX plans maintenance from 2026-03-01 15:03:05 (CET, Europe/Berlin)"
        " to 2026-03-01 17:03:05 (CET, Europe/Berlin) (2 h 0 min)."
    )
    assert lines[1].startswith("You cannot trade or close positions then.")
    assert lines[2:6] == [
        "Accounts: desk, main",
        "Positions open now:",
        "- desk: ETH-USDT-SWAP short",
        "- main: BTC-USDT-SWAP long",
    ]
    assert any(line.startswith("1. Decide before it begins") for line in lines)
    assert "The exchange's title: Trading system upgrade" in lines


def test_a_later_stage_is_news_and_not_worse() -> None:
    later = message(reason=Reason.WORSENED)
    assert later.title.startswith("WARNING OKX")


@pytest.mark.parametrize(
    ("stage", "changes", "title", "said"),
    [
        (
            "changed",
            {"former_begin": T, "former_end": None},
            "maintenance moved: in",
            "Before it was from 2026",
        ),
        ("running", {"begin": T}, "OKX maintenance: under way", "is under way, from"),
        ("running", {"planned": False, "end": None}, "OKX has a failure: under way", "with no end given"),
        ("overrun", {}, "OKX maintenance overruns", "counts in full again"),
        ("over", {"urgency": 0}, "OKX maintenance over", "reports no maintenance any more"),
        ("cancelled", {"urgency": 0}, "OKX maintenance cancelled", "has cancelled maintenance"),
        ("unheard", {}, "OKX maintenance: under way", "is under way"),
    ],
)
def test_each_stage_says_what_it_is(stage: str, changes: dict[str, Any], title: str, said: str) -> None:
    told_so = message(stage, **changes)
    assert title in told_so.title
    assert said in told_so.body


@pytest.mark.parametrize(
    ("changes", "said", "not_said"),
    [
        ({"positions": 0, "at_risk": ()}, "No positions are open now.", "What to do"),
        ({"positions": None, "at_risk": ()}, "is not known for all accounts", "No positions"),
        ({"positions": None}, "- main: BTC-USDT-SWAP long", "No positions"),
        ({"at_risk": (position("main", "X", ""),)}, "- main: X\n", "long"),
        (
            {"at_risk": (position("main", "X", distance_to_liquidation=Decimal("0.042")),)},
            "- main: X long, 4.2 % from its liquidation price",
            "None",
        ),
        ({"services": ("copying",)}, "Copy trading may stand still", "cannot trade"),
        ({"services": ("streams", "trading")}, "alertd may see nothing", "Which part"),
        ({"services": ("other",)}, "Which part of OKX", "cannot trade"),
        ({"services": ("new word",)}, "Which part of OKX", "new word"),
        ({"end": None}, "with no end given", "2 h"),
        ({"begin": None}, "an unknown time", "CET, Europe/Berlin) to 2026-03-01 15"),
        ({"title": ""}, "OKX plans", "title"),
    ],
)
def test_what_is_not_known_is_not_claimed(changes: dict[str, Any], said: str, not_said: str) -> None:
    body = message(**changes).body
    assert said in body
    assert not_said not in body


def test_many_positions_and_accounts_are_cut() -> None:
    many = tuple(position(f"a{n}", "BTC") for n in range(200))
    body = message(at_risk=many, positions=300, accounts=tuple(f"a{n}" for n in range(50))).body
    assert "- and 288 more" in body
    assert "and 30 more" in body


@pytest.mark.parametrize("stage", list(MaintenanceStage))
@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize("language", list(TEXTS))
def test_every_stage_has_its_words(stage: MaintenanceStage, planned: bool, language: Any) -> None:
    assert "OKX" in message(stage, planned=planned, language=language).title


def test_a_blind_account_says_that_it_is_planned_and_until_when() -> None:
    lost: dict[str, Any] = {"cause": "connection", "state": CoverageState.BLIND, "blame": "undecided"}
    planned = told(alert(coverage(**lost, planned=True, planned_until=T + HOUR), "coverage")).body
    assert (
        "This is planned maintenance of OKX, announced until 2026-03-01 15:03:05 (CET, Europe/Berlin)."
        in planned
    )
    assert "1. There is nothing to mend here" in planned
    assert "network or the exchange" not in planned
    plain = told(alert(coverage(**lost), "coverage")).body
    assert "planned" not in plain
    assert "network or the exchange" in plain


def test_several_accounts_say_it_too() -> None:
    lost: dict[str, Any] = {"cause": "connection", "state": CoverageState.BLIND, "account": ""}
    planned = told(alert(coverage(**lost, accounts=("a", "b"), planned=True), "coverage")).body
    assert "This is planned maintenance of OKX; it gave no end." in planned
    assert "1. There is nothing to mend here" in planned
