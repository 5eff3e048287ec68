from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.alert import Severity
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import Event
from alertd.rules.ladder import LadderRule

MakeEvent = Callable[..., Event]
MakeRule = Callable[..., Any]
I, W, C = Severity.INFO, Severity.WARNING, Severity.CRITICAL  # noqa: E741


@pytest.fixture(scope="session")
def make_ladder(make_rule: MakeRule) -> Callable[..., LadderRule]:
    """Below 5 warning, below 3 critical on the margin ratio, unless other keys are given."""

    def make(**table: Any) -> LadderRule:
        usual = {"type": "ladder", "field": "margin_ratio", "levels": {"warning": 5, "critical": 3}}
        return LadderRule("r", make_rule(**{**usual, **table}))

    return make


def _standing(evaluation: Evaluation | None) -> tuple[Any, Any, Any] | None:
    return None if evaluation is None else (evaluation.severity, evaluation.held, evaluation.threshold)


BELOW = [
    ("9", None, None, None),
    ("5.5", None, None, None),
    ("5.49", None, W, None),
    ("5", None, W, None),
    ("4.99", W, W, "5"),
    ("3.3", W, W, "5"),
    ("3.29", W, C, "5"),
    ("3", W, C, "5"),
    ("2.99", C, C, "3"),
    ("-1", C, C, "3"),
]


@pytest.mark.parametrize(("value", "severity", "held", "threshold"), BELOW)
def test_below(
    make_event: MakeEvent,
    make_ladder: Callable[..., LadderRule],
    value: str,
    severity: Severity | None,
    held: Severity | None,
    threshold: str | None,
) -> None:
    evaluation = make_ladder().evaluate(make_event("margin_state", margin_ratio=Decimal(value)), is_open=True)
    assert _standing(evaluation) == (severity, held, None if threshold is None else Decimal(threshold))
    assert evaluation is not None
    assert (evaluation.figure, evaluation.value) == ("margin_ratio", Decimal(value))


def test_the_worst_level_held_counts(make_event: MakeEvent, make_ladder: Callable[..., LadderRule]) -> None:
    evaluation = make_ladder(hysteresis="90%").evaluate(
        make_event("margin_state", margin_ratio=5.5), is_open=True
    )
    assert evaluation is not None
    assert (evaluation.severity, evaluation.held) == (None, C)


ABOVE = [
    ("0.4", None, None),
    ("0.46", None, W),
    ("0.5", None, W),
    ("0.51", W, W),
    ("0.7", W, C),
    ("0.76", C, C),
]


@pytest.mark.parametrize(("value", "severity", "held"), ABOVE)
def test_above(
    make_event: MakeEvent,
    make_ladder: Callable[..., LadderRule],
    value: str,
    severity: Severity | None,
    held: Severity | None,
) -> None:
    rule = make_ladder(field="buffer_used", side="above", levels={"warning": "50%", "critical": "75%"})
    evaluation = rule.evaluate(make_event("margin_state", buffer_used=Decimal(value)), is_open=True)
    assert evaluation is not None
    assert (evaluation.severity, evaluation.held) == (severity, held)


OPENED = [
    # opened at, now -> severity, held
    (None, "2.5", C, C),
    ("9", "2.5", C, C),
    ("5", "2.5", C, C),
    ("4", "4.5", I, I),
    ("4", "3.2", I, C),
    ("4", "2.9", C, C),
    ("2.8", "4.9", I, I),
    ("2.8", "2.5", I, I),
    ("2.8", "5.4", None, I),
]


@pytest.mark.parametrize(("opening", "value", "severity", "held"), OPENED)
def test_a_level_the_position_was_opened_inside_of_is_info(
    make_event: MakeEvent,
    make_ladder: Callable[..., LadderRule],
    opening: str | None,
    value: str,
    severity: Severity | None,
    held: Severity | None,
) -> None:
    event = make_event(
        "margin_state",
        margin_ratio=Decimal(value),
        opening_margin_ratio=None if opening is None else Decimal(opening),
    )
    evaluation = make_ladder().evaluate(event, is_open=True)
    assert evaluation is not None
    assert (evaluation.severity, evaluation.held) == (severity, held)


def test_the_opening_ratio_says_nothing_about_other_figures(
    make_event: MakeEvent, make_ladder: Callable[..., LadderRule]
) -> None:
    rule = make_ladder(field="minutes_to_liquidation", levels={"critical": 10})
    event = make_event("margin_state", minutes_to_liquidation=Decimal(5), opening_margin_ratio=Decimal(1))
    evaluation = rule.evaluate(event, is_open=False)
    assert evaluation is not None
    assert evaluation.severity is C


@pytest.mark.parametrize("is_open", [True, False])
def test_an_absent_figure_says_nothing(
    make_event: MakeEvent, make_ladder: Callable[..., LadderRule], is_open: bool
) -> None:
    rule, event = make_ladder(), make_event("margin_state")
    assert not rule.may_fire(event)
    assert rule.evaluate(event, is_open=is_open) is None


@pytest.mark.parametrize(
    ("fields", "is_open", "said"),
    [
        ({"distance_to_liquidation": Decimal("0.05")}, True, True),
        ({"distance_to_liquidation": Decimal("0.05")}, False, False),
        ({}, True, False),
    ],
)
def test_no_minutes_to_a_known_liquidation_price_is_better(
    make_event: MakeEvent,
    make_ladder: Callable[..., LadderRule],
    fields: dict[str, Any],
    is_open: bool,
    said: bool,
) -> None:
    rule = make_ladder(field="minutes_to_liquidation", levels={"critical": 10})
    evaluation = rule.evaluate(make_event("margin_state", **fields), is_open=is_open)
    assert _standing(evaluation) == ((None, None, None) if said else None)


@pytest.mark.parametrize(
    ("keys", "fields", "is_open", "standing"),
    [
        ({"match": {"instrument": "ETH*"}}, {"margin_ratio": 2.0}, True, (None, None, None)),
        ({"match": {"instrument": "ETH*"}}, {"margin_ratio": 2.0}, False, None),
        ({"match": {"leverage": "> 5"}}, {"margin_ratio": 2.0}, True, None),
        ({"when": "leverage > 5.0"}, {"margin_ratio": 2.0, "leverage": 3.0}, True, (None, None, None)),
        ({"when": "leverage > 5.0"}, {"margin_ratio": 2.0, "leverage": 3.0}, False, None),
        ({"when": "leverage > 5.0"}, {"margin_ratio": 2.0, "leverage": 6.0}, False, (C, C, Decimal(3))),
        ({"when": "leverage > 5.0"}, {"margin_ratio": 9.0}, True, (None, None, None)),
    ],
)
def test_conditions_beside_the_figure(
    make_event: MakeEvent,
    make_ladder: Callable[..., LadderRule],
    keys: dict[str, Any],
    fields: dict[str, Any],
    is_open: bool,
    standing: Any,
) -> None:
    evaluation = make_ladder(**keys).evaluate(make_event("margin_state", **fields), is_open=is_open)
    assert _standing(evaluation) == standing
    assert evaluation is None or evaluation.error is None


@pytest.mark.parametrize(
    ("ratio", "standing"), [("2.5", (C, C, Decimal(3))), ("5.2", (None, W, None)), ("9", (None, None, None))]
)
def test_a_failing_expression_is_said_where_it_matters(
    make_event: MakeEvent, make_ladder: Callable[..., LadderRule], ratio: str, standing: Any
) -> None:
    rule = make_ladder(when="leverage > 5.0")
    evaluation = rule.evaluate(make_event("margin_state", margin_ratio=Decimal(ratio)), is_open=True)
    assert evaluation is not None
    assert _standing(evaluation) == standing
    assert (evaluation.error is not None) is (standing[1] is not None)


def test_a_ladder_on_an_occurrence_ends_by_time_and_says_nothing_better(
    make_event: MakeEvent, make_ladder: Callable[..., LadderRule]
) -> None:
    rule = make_ladder(event="liquidation_warning", match={"instrument": "ETH*"})
    assert rule.evaluate(make_event("liquidation_warning", margin_ratio=2.0), is_open=True) is None
    evaluation = make_ladder(event="liquidation_warning").evaluate(
        make_event("liquidation_warning", margin_ratio=2.0), is_open=False
    )
    assert evaluation is not None
    assert (evaluation.severity, evaluation.timing.resolve_after_s) == (C, 86400.0)


def _rank(severity: Severity | None) -> int:
    return -1 if severity is None else severity.rank


RATIOS = st.decimals(min_value="0.01", max_value=50, places=2)
SETS = st.fixed_dictionaries(
    {
        "side": st.sampled_from(["below", "above"]),
        "levels": st.lists(RATIOS, min_size=1, max_size=3, unique=True),
        "hysteresis": st.decimals(min_value=0, max_value="0.99", places=2),
    }
)


def _made(make_ladder: Callable[..., LadderRule], drawn: dict[str, Any], **more: Any) -> LadderRule:
    ordered = sorted(drawn["levels"], reverse=drawn["side"] == "below")
    levels = dict(zip(("info", "warning", "critical"), ordered, strict=False))
    return make_ladder(**{**drawn, "levels": levels, **more})


@given(SETS, RATIOS, RATIOS, st.none() | RATIOS)
def test_worse_values_are_never_judged_better(
    make_event: MakeEvent,
    make_ladder: Callable[..., LadderRule],
    drawn: dict[str, Any],
    one: Decimal,
    other: Decimal,
    opening: Decimal | None,
) -> None:
    rule = _made(make_ladder, drawn)
    better, worse = sorted((one, other), reverse=drawn["side"] == "below")
    said = [
        rule.evaluate(
            make_event("margin_state", margin_ratio=value, opening_margin_ratio=opening), is_open=True
        )
        for value in (better, worse)
    ]
    assert said[0] is not None
    assert said[1] is not None
    assert _rank(said[0].severity) <= _rank(said[1].severity)
    assert _rank(said[0].held) <= _rank(said[1].held)


@given(SETS, RATIOS, st.none() | RATIOS)
def test_what_is_held_is_at_least_what_is_reached_and_hysteresis_changes_nothing_else(
    make_event: MakeEvent,
    make_ladder: Callable[..., LadderRule],
    drawn: dict[str, Any],
    value: Decimal,
    opening: Decimal | None,
) -> None:
    event = make_event("margin_state", margin_ratio=value, opening_margin_ratio=opening)
    rule = _made(make_ladder, drawn)
    evaluation = rule.evaluate(event, is_open=True)
    plain = _made(make_ladder, drawn, hysteresis=0).evaluate(event, is_open=True)
    assert evaluation is not None
    assert plain is not None
    assert _rank(evaluation.held) >= _rank(evaluation.severity)
    assert plain.held == plain.severity == evaluation.severity
    assert rule.may_fire(event) is (evaluation.severity is not None)


@given(st.decimals(min_value=-100, max_value=100, places=1))
def test_hysteresis_leads_away_from_danger_below_zero_too(
    make_event: MakeEvent, make_ladder: Callable[..., LadderRule], value: Decimal
) -> None:
    rule = make_ladder(field="unrealised_pnl", levels={"warning": -50})
    evaluation = rule.evaluate(make_event("margin_state", unrealised_pnl=value), is_open=True)
    assert evaluation is not None
    assert (evaluation.severity, evaluation.held) == (W if value < -50 else None, W if value < -45 else None)
