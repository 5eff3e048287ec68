from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from alertd.rules.settings import RuleSettings

COUNT: dict[str, Any] = {
    "type": "count",
    "event": "lead_trade_failed",
    "severity": "warning",
    "count": 3,
    "within_s": 600,
}
ABSENCE: dict[str, Any] = {
    "type": "absence",
    "event": "lead_trade_failed",
    "severity": "warning",
    "absent_for_s": 1800,
}
DRAWDOWN: dict[str, Any] = {
    "type": "drawdown",
    "event": "margin_state",
    "severity": "critical",
    "field": "margin_ratio",
    "fall": "20%",
    "window_s": 3600,
}
_RULE: TypeAdapter[Any] = TypeAdapter(RuleSettings)


def read(table: dict[str, Any], **changed: Any) -> Any:
    return _RULE.validate_python({**table, **changed})


def test_the_defaults() -> None:
    drawdown = read(DRAWDOWN)
    assert (drawdown.fall, drawdown.hysteresis) == (Decimal("0.2"), Decimal("0.1"))
    assert (drawdown.timing.hold_better_s, drawdown.timing.resolve_after_s) == (300, None)
    assert read(COUNT, count=Decimal(3)).count == 3
    assert read(ABSENCE, absent_for_s="1800").absent_for_s == 1800.0


@pytest.mark.parametrize(
    ("changed", "ends_s"),
    [({}, 3600), ({"within_s": 7200}, 7200), ({"resolve_after_s": 60}, 60), ({"event": "coverage"}, 3600)],
)
def test_a_count_ends_by_time_whatever_it_counts(changed: dict[str, Any], ends_s: float) -> None:
    assert read(COUNT, **changed).timing.resolve_after_s == ends_s


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({**COUNT, "count": 1}, "count", 'write type = "match"'),
    ({**COUNT, "count": 2.5}, "count", "whole number"),
    ({**COUNT, "count": 1001}, "count", "from 2 to 1000"),
    ({**COUNT, "count": "many"}, "count", "not a number"),
    ({**COUNT, "within_s": 0}, "within_s", "write 600 for ten minutes"),
    ({**COUNT, "within_s": 31 * 86400}, "within_s", "to 2592000 seconds"),
    ({**COUNT, "window_s": 60}, "window_s", "not permitted"),
    ({**COUNT, "actions": "x"}, "actions", "valid tuple"),
    ({**ABSENCE, "absent_for_s": 59}, "absent_for_s", "less than a minute"),
    *(
        ({**ABSENCE, "event": kind}, "event", "told when it changes only")
        for kind in ("coverage", "delivery", "configuration")
    ),
    ({**DRAWDOWN, "fall": 20}, "fall", 'write "10%" or 0.1'),
    ({**DRAWDOWN, "fall": 0}, "fall", "above 0"),
    ({**DRAWDOWN, "fall": "101%"}, "fall", "at most 1"),
    ({**DRAWDOWN, "window_s": 9}, "window_s", "write 3600 for an hour"),
    ({**DRAWDOWN, "field": "margin_rato"}, "field", 'did you mean "margin_ratio"?'),
    ({**DRAWDOWN, "event": "coverage"}, "field", "coverage has no figure"),
    ({**DRAWDOWN, "event": "liquidation"}, "event", "single events"),
]


@pytest.mark.parametrize(("table", "key", "text"), REFUSED)
def test_a_refusal_names_the_key_and_the_cure(table: dict[str, Any], key: str, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _RULE.validate_python(table)
    messages = {".".join(map(str, error["loc"][1:])): error["msg"] for error in refused.value.errors()}
    assert text in messages[key]


@pytest.mark.parametrize(
    ("table", "key"),
    [(COUNT, "severity"), (COUNT, "within_s"), (ABSENCE, "absent_for_s"), (DRAWDOWN, "fall")],
)
def test_what_a_rule_cannot_do_without(table: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError, match=f"{key}\n  Field required"):
        _RULE.validate_python({name: value for name, value in table.items() if name != key})


@pytest.mark.parametrize(
    ("table", "changed"),
    [
        (COUNT, {"severity": "critical", "for_s": 5, "resolve_after_s": 60, "hold_better_s": 1}),
        (ABSENCE, {"absent_for_s": 3600}),
        (DRAWDOWN, {"fall": "5%", "hysteresis": 0.2}),
        (DRAWDOWN, {"enabled": False}),
    ],
)
def test_keys_that_change_no_memory(table: dict[str, Any], changed: dict[str, Any]) -> None:
    assert read(table, **changed).definition == read(table).definition


@pytest.mark.parametrize(
    ("table", "changed"),
    [
        (COUNT, {"count": 4}),
        (COUNT, {"within_s": 601}),
        (COUNT, {"event": "liquidation"}),
        (ABSENCE, {"match": {"info_type": "3"}}),
        (ABSENCE, {"when": 'info_type == "3"'}),
        (DRAWDOWN, {"field": "mark_price"}),
        (DRAWDOWN, {"window_s": 60}),
    ],
)
def test_keys_that_make_another_memory(table: dict[str, Any], changed: dict[str, Any]) -> None:
    assert read(table, **changed).definition != read(table).definition
