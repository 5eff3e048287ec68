from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from alertd.domain.alert import Severity
from alertd.rules.settings import COMING_TYPES, RuleSettings

LADDER: dict[str, Any] = {
    "type": "ladder",
    "event": "margin_state",
    "field": "margin_ratio",
    "levels": {"warning": "500%", "critical": 3},
}
MATCH: dict[str, Any] = {"type": "match", "event": "coverage", "severity": "critical"}
_RULE: TypeAdapter[Any] = TypeAdapter(RuleSettings)


def test_a_ladder_has_the_defaults_of_the_contract() -> None:
    rule = _RULE.validate_python(LADDER)
    assert rule.levels == {Severity.WARNING: Decimal(5), Severity.CRITICAL: Decimal(3)}
    assert (rule.side, rule.hysteresis, rule.enabled) == ("below", Decimal("0.1"), True)
    assert (rule.timing.for_s, rule.timing.hold_better_s, rule.timing.resolve_after_s) == (0.0, 300.0, None)


def test_figures_are_decimals_however_they_are_written() -> None:
    rule = _RULE.validate_python(
        {
            **LADDER,
            "levels": {"warning": 5.5, "critical": "3.25"},
            "hysteresis": "5 %",
            "for_s": Decimal("1.5"),
        }
    )
    assert rule.levels == {Severity.WARNING: Decimal("5.5"), Severity.CRITICAL: Decimal("3.25")}
    assert (rule.hysteresis, rule.for_s) == (Decimal("0.05"), 1.5)


def test_damping_is_five_minutes_unless_a_rule_says_otherwise() -> None:
    assert _RULE.validate_python(LADDER).timing.damping_s == 300.0
    assert _RULE.validate_python({**LADDER, "damping_s": 0}).timing.damping_s == 0.0
    state = {**MATCH, "event": "margin_state", "damping_s": 3600}
    assert _RULE.validate_python(state).timing.damping_s == 3600.0


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ({**LADDER, "damping_s": -1}, "greater than or equal to 0"),
        ({**LADDER, "damping_s": 3601}, "less than or equal to 3600"),
        ({**MATCH, "damping_s": 60}, "coverage is not a state that comes and goes"),
        ({**MATCH, "event": "liquidation", "damping_s": 60}, "liquidation is not a state"),
    ],
)
def test_damping_that_could_not_be_or_would_change_nothing_is_refused(
    table: dict[str, Any], text: str
) -> None:
    with pytest.raises(ValidationError, match=text):
        _RULE.validate_python(table)


@pytest.mark.parametrize(
    ("event", "given", "wanted"),
    [
        ("lead_trade_failed", None, 86400.0),
        ("liquidation_warning", None, 86400.0),
        ("liquidation", 60, 60.0),
        ("coverage", None, None),
        ("delivery", None, None),
    ],
)
def test_an_occurrence_ends_after_a_day_unless_told_otherwise(
    event: str, given: float | None, wanted: float | None
) -> None:
    table = {**MATCH, "event": event, **({} if given is None else {"resolve_after_s": given})}
    timing = _RULE.validate_python(table).timing
    assert timing.resolve_after_s == wanted
    assert timing.until_acknowledged is (event == "liquidation" and given is None)


def _ladder(**changed: Any) -> dict[str, Any]:
    return {**LADDER, **changed}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (_ladder(field="margin_rato"), "field", 'did you mean "margin_ratio"?'),
    (_ladder(field="instrument"), "field", "has no figure"),
    (_ladder(field="open"), "field", "has no figure"),
    (_ladder(event="coverage"), "field", 'coverage has no figure "margin_ratio"'),
    (_ladder(event="margin_stat"), "event", 'did you mean "margin_state"?'),
    (_ladder(event="tick"), "event", "known: action, configuration, copy_digest, copy_relation"),
    (_ladder(levels={"warning": 500, "critical": 3}), "levels.warning", 'write "500%" or 5'),
    (_ladder(levels={"warning": 0}), "levels.warning", "above 0"),
    (_ladder(levels={"warning": "x"}), "levels.warning", "not a number"),
    (_ladder(levels={"severe": 3}), "levels.severe.[key]", "'critical'"),
    (_ladder(levels={}), "levels", "at least one level"),
    (_ladder(levels={"warning": 3, "critical": 5}), "levels", 'side = "above"'),
    (_ladder(levels={"info": 3, "critical": 3}), "levels", "must be lower"),
    (_ladder(side="above"), "levels", "must be higher"),
    (_ladder(side="over"), "side", "'above'"),
    (_ladder(hysteresis=10), "hysteresis", '"10%"'),
    (_ladder(hysteresis="-1%"), "hysteresis", "at least 0"),
    (
        _ladder(field="buffer_used", side="above", levels={"warning": 50}),
        "levels.warning",
        'write "50%" or 0.5',
    ),
    (_ladder(for_s=-1), "for_s", "greater than or equal to 0"),
    (_ladder(severity="info"), "severity", "not permitted"),
    ({**MATCH, "levels": {}}, "levels", "not permitted"),
    ({**MATCH, "when": ""}, "when", "at least 1"),
    ({**MATCH, "when": "x" * 2001}, "when", "at most 2000"),
    ({**MATCH, "resolve_after_s": 0}, "resolve_after_s", "greater than 0"),
    ({**MATCH, "severity": "fatal"}, "severity", "'critical'"),
    (_ladder(actions="stop"), "actions", "valid tuple"),
    (_ladder(actions=["stop"], actions_from="fatal"), "actions_from", "'critical'"),
]


@pytest.mark.parametrize(("table", "key", "text"), REFUSED)
def test_a_refusal_names_the_key_and_the_cure(table: dict[str, Any], key: str, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _RULE.validate_python(table)
    messages = {".".join(map(str, error["loc"][1:])): error["msg"] for error in refused.value.errors()}
    assert text in messages[key]


@pytest.mark.parametrize("name", COMING_TYPES)
def test_a_type_to_come_is_refused_with_the_types_that_are(name: str) -> None:
    with pytest.raises(ValidationError, match="not available in this version yet") as refused:
        _RULE.validate_python({**MATCH, "type": name})
    assert '"ladder", "match", "count", "absence" or "drawdown"' in str(refused.value)


@pytest.mark.parametrize(
    ("table", "text"), [({"event": "coverage"}, "type is missing"), ({"type": "x"}, "no rule type")]
)
def test_a_rule_needs_a_type(table: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        _RULE.validate_python(table)


def test_several_findings_in_one_rule_are_told_together() -> None:
    with pytest.raises(ValidationError) as refused:
        _RULE.validate_python(_ladder(actions=3, hysteresis=10, zzz=1))
    assert {error["loc"][-1] for error in refused.value.errors()} == {"actions", "hysteresis", "zzz"}


def test_the_schema_shows_every_type() -> None:
    text = json.dumps(_RULE.json_schema())
    for name in ("Ladder", "Match", "Count", "Absence", "Drawdown"):
        assert f'"{name}Settings"' in text


def test_what_was_read_can_be_written_and_read_again(make_rule: Callable[..., Any]) -> None:
    rule = make_rule(
        match={"instrument": ["BTC-*"], "labels": {"owner": "anna"}, "open": True, "leverage": 3}
    )
    again = _RULE.validate_python(rule.model_dump(mode="json", exclude_unset=True))
    assert again == rule
