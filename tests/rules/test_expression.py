from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.events import Event, EventKind
from alertd.rules.expression import Expression
from alertd.rules.samples import filled_event

MakeEvent = Callable[..., Event]

LIVE: list[tuple[str, str, dict[str, Any], bool]] = [
    ("lead_trade_failed", 'info_type == "3"', {"info_type": "3"}, True),
    ("lead_trade_failed", 'info_type == "3"', {"info_type": "2"}, False),
    ("lead_trade_failed", "int(info_type) >= 2", {"info_type": "2"}, True),
    ("margin_state", "margin_ratio < 3.0", {"margin_ratio": 2.5}, True),
    ("margin_state", "margin_ratio < 3", {"margin_ratio": 3.5}, False),
    ("margin_state", "margin_ratio != null && margin_ratio < 3.0", {}, False),
    ("margin_state", 'direction == "long" && margin_mode == "isolated"', {}, True),
    ("margin_state", "open && adl_priority >= 4", {"adl_priority": 4}, True),
    ("margin_state", 'instrument.startsWith("BTC-")', {}, True),
    ("margin_state", "received_at > timestamp('2026-01-01T00:00:00Z')", {}, True),
    (
        "margin_state",
        "received_at - opened_at > duration('1h')",
        {"opened_at": datetime(2026, 1, 2, 3, 0, tzinfo=UTC)},
        False,
    ),
    ("liquidation_warning", 'instruments.exists(i, i.startsWith("ETH"))', {"instruments": ("ETH-1",)}, True),
    ("liquidation_warning", "size(instruments) > 1", {"instruments": ("ETH-1",)}, False),
    (
        "coverage",
        'state == "blind" && cause in ["stale", "clock"]',
        {"state": "blind", "cause": "clock"},
        True,
    ),
]


@pytest.mark.parametrize(("kind", "source", "fields", "wanted"), LIVE)
def test_expressions(
    make_event: MakeEvent, kind: str, source: str, fields: dict[str, Any], wanted: bool
) -> None:
    verdict = Expression(EventKind(kind), source).judge(make_event(kind, **fields))
    assert (verdict.holds, verdict.error) == (wanted, None)


@pytest.mark.parametrize(
    ("kind", "source", "text"),
    [
        ("lead_trade_failed", 'info_typ == "3"', 'did you mean "info_type"?'),
        ("lead_trade_failed", "margin_ratio < 3.0", 'lead_trade_failed has no field "margin_ratio"'),
        ("margin_state", "margin_ratio <", "no CEL expression: 1:"),
        ("margin_state", "", "no CEL expression"),
        ("margin_state", "margin_ratio", "gave float, not true or false"),
        ("margin_state", 'margin_ratio < "3"', "TypeError"),
        ("margin_state", "margin_ratio + 1 > 3.0", "TypeError"),
        ("margin_state", "instrument.startWith('B')", 'did you mean "startsWith"?'),
        ("margin_state", "1 / 0 == 1", "ZeroDivisionError"),
        ("margin_state", "margin_ratio < 3.0 ? true : 'no'", None),
        # the second half is reached only by another value than the first sample's
        ("lead_trade_failed", 'info_type == "3" && min_lead_equity < "5"', "TypeError"),
        ("coverage", 'state == "blind" && detail > 3', "TypeError"),
        ("delivery", "!healthy && size(sink)", "TypeError"),
        ("margin_state", "labels.owner == 'anna'", 'no field "labels"'),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_read(kind: str, source: str, text: str | None) -> None:
    if text is None:
        Expression(EventKind(kind), source)
        return
    with pytest.raises(ValueError, match=re.escape(text)):
        Expression(EventKind(kind), source)


@pytest.mark.parametrize(
    ("source", "fields", "text"),
    [
        ("margin_ratio < 3.0", {}, "(absent: margin_ratio)"),
        ("int(position_id) > 3", {"position_id": "x7"}, "int"),
        ("margin_ratio < 3.0 ? true : position_id", {"margin_ratio": 4.0, "position_id": "x"}, "gave str"),
        ("margin_ratio < 3.0 ? true : position_id", {"margin_ratio": 4.0}, "gave NoneType"),
    ],
)
def test_a_live_failure_is_told_and_is_neither_yes_nor_no(
    make_event: MakeEvent, source: str, fields: dict[str, Any], text: str
) -> None:
    verdict = Expression(EventKind.MARGIN_STATE, source).judge(make_event("margin_state", **fields))
    assert verdict.holds is None
    assert text in str(verdict.error)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("margin_ratio < 3.0", "absent: margin_ratio"),
        ("margin_ratio != null && margin_ratio < 3.0", None),
        ('exchange == "okx"', None),
    ],
)
def test_an_unguarded_comparison_is_a_weakness(source: str, text: str | None) -> None:
    weakness = Expression(EventKind.MARGIN_STATE, source).weakness()
    assert (weakness is None) if text is None else (text in str(weakness))


@given(st.text(max_size=40) | st.text("()[]{}!&|<>=.+-*/?:'\"0123456789abc _", max_size=40))
def test_any_text_is_an_expression_or_a_value_error(source: str) -> None:
    try:
        expression = Expression(EventKind.MARGIN_STATE, source)
    except ValueError:
        return
    assert expression.judge(filled_event(EventKind.MARGIN_STATE)).error is None
