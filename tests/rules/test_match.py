from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.alert import Severity
from alertd.domain.events import Event
from alertd.rules.match import MatchRule

MakeEvent = Callable[..., Event]
MakeRule = Callable[..., Any]


def test_it_fires_with_its_severity_and_the_figure_compared(
    make_event: MakeEvent, make_rule: MakeRule
) -> None:
    rule = MatchRule("r", make_rule(match={"leverage": "> 10"}, for_s=5, hold_better_s=7))
    evaluation = rule.evaluate(make_event("margin_state", leverage=20.0), is_open=False)
    assert evaluation is not None
    assert (evaluation.severity, evaluation.held) == (Severity.WARNING, Severity.WARNING)
    assert (evaluation.figure, evaluation.value, evaluation.threshold) == (
        "leverage",
        Decimal(20),
        Decimal(10),
    )
    assert (evaluation.timing.for_s, evaluation.timing.hold_better_s) == (5.0, 7.0)


def test_a_whole_number_becomes_a_decimal(make_event: MakeEvent, make_rule: MakeRule) -> None:
    rule = MatchRule("r", make_rule(match={"adl_priority": ">= 4"}))
    evaluation = rule.evaluate(make_event("margin_state", adl_priority=5), is_open=False)
    assert evaluation is not None
    assert isinstance(evaluation.value, Decimal)


@pytest.mark.parametrize(
    ("kind", "match", "fields", "is_open", "said"),
    [
        ("coverage", {"state": "blind"}, {"state": "watched"}, True, True),
        ("coverage", {"state": "blind"}, {"state": "watched"}, False, False),
        ("margin_state", {"leverage": "> 10"}, {"leverage": 5.0}, True, True),
        ("margin_state", {"leverage": "> 10"}, {}, True, False),
        ("lead_trade_failed", {"info_type": "3"}, {"info_type": "1"}, True, False),
    ],
)
def test_what_holds_no_longer_is_said_for_states_with_an_open_alert(
    make_event: MakeEvent,
    make_rule: MakeRule,
    kind: str,
    match: dict[str, Any],
    fields: dict[str, Any],
    is_open: bool,
    said: bool,
) -> None:
    rule = MatchRule("r", make_rule(event=kind, match=match))
    evaluation = rule.evaluate(make_event(kind, **fields), is_open=is_open)
    assert (evaluation is not None) is said
    if evaluation is not None:
        assert (evaluation.severity, evaluation.held, evaluation.error) == (None, None, None)


@pytest.mark.parametrize(
    ("kind", "when", "fact"),
    [("margin_state", "leverage > 3.0", None), ("lead_trade_failed", "max_lead_trades > 3.0", "rule failed")],
)
def test_a_failing_expression_is_an_evaluation_with_its_error(
    make_event: MakeEvent, make_rule: MakeRule, kind: str, when: str, fact: str | None
) -> None:
    rule = MatchRule("r", make_rule(event=kind, when=when))
    evaluation = rule.evaluate(make_event(kind), is_open=False)
    assert evaluation is not None
    assert (evaluation.severity, evaluation.held) == (Severity.WARNING, Severity.WARNING)
    assert evaluation.fact == fact
    assert "absent" in str(evaluation.error)
