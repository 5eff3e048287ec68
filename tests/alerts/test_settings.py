import re
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from alertd.alerts.settings import RouteSettings


def route(**values: Any) -> RouteSettings:
    return RouteSettings.model_validate({"sinks": ["phone"], **values})


def test_the_smallest_route_takes_everything() -> None:
    smallest = route()
    assert smallest.sinks == ("phone",)
    assert smallest.remind_s is None
    assert not smallest.match.model_dump(exclude_none=True, exclude_defaults=True)


def test_one_text_stands_for_a_list_of_one() -> None:
    found = route(sinks="phone", match={"account": "main", "labels": {"owner": "anna"}})
    assert found.sinks == ("phone",)
    assert found.match.account == ("main",)
    assert found.match.labels == {"owner": ("anna",)}


def test_numbers_are_taken_as_toml_gives_them() -> None:
    assert route(remind_s=[60, Decimal("0.5"), 1.5]).remind_s == (60.0, 0.5, 1.5)
    assert route(remind_s=[]).remind_s == ()


@pytest.mark.parametrize(
    ("values", "where", "says"),
    [
        ({"sinks": []}, "sinks", "at least 1 item"),
        ({"sinks": [""]}, "sinks.0", "at least 1 character"),
        ({"remind_s": [0]}, "remind_s.0", "greater than 0"),
        ({"remind_s": [-5]}, "remind_s.0", "greater than 0"),
        ({"remind_s": [Decimal("Infinity")]}, "remind_s.0", "finite"),
        ({"remind_s": ["soon"]}, "remind_s.0", "valid number"),
        ({"sink": ["phone"]}, "sink", "not permitted"),
        ({"match": {"symbol": "BTC"}}, "match.symbol", "not permitted"),
        ({"match": {"account": []}}, "match.account", "at least 1 item"),
        ({"match": {"severity": ["critcal"]}}, "match.severity", "use one of info, warning, critical"),
        ({"match": {"kind": ["margin"]}}, "match.kind", "use one of margin_state, liquidation_warning"),
        ({"match": {"kind": ["tick"]}}, "match.kind", "'tick' can never match"),
    ],
)
def test_what_is_refused_says_where_and_how_to_cure_it(values: Any, where: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        route(**values)
    (error,) = refused.value.errors()
    assert ".".join(map(str, error["loc"])) == where
    assert says in error["msg"]


def test_several_findings_are_told_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        route(sinks=[], remind_s=[0], match={"severity": "bad"})
    assert refused.value.error_count() == 3


@pytest.mark.parametrize("glob", ["critical", "crit*", "*", "[cw]*"])
def test_severities_may_be_globs(glob: str) -> None:
    assert route(match={"severity": [glob]}).match.severity == (glob,)


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([{"after_s": 5, "sinks": ["call"]}], "greater than or equal to 10"),
        ([{"after_s": 60, "sinks": []}], "at least 1"),
        ([{"after_s": 60}], "Field required"),
        ([{"after_s": 60, "sinks": ["a"]}, {"after_s": 60, "sinks": ["b"]}], "must be longer"),
        ([{"after_s": 60, "sinks": ["a"]}, {"after_s": 30, "sinks": ["b"]}], "must be longer"),
    ],
)
def test_steps_that_cannot_be_meant(steps: Any, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        route(escalate=steps)


def test_steps_and_fallback_are_read() -> None:
    made = route(escalate=[{"after_s": 60, "sinks": "call"}], fallback="mail")
    assert [(step.after_s, step.sinks) for step in made.escalate] == [(60, ("call",))]
    assert (made.fallback, made.fallback_after_s) == (("mail",), 60)
    with pytest.raises(ValidationError):
        route(fallback_after_s=0)


@pytest.mark.parametrize("batch_s", [-1, 86_401, "nan"])
def test_a_batch_has_an_end(batch_s: Any) -> None:
    with pytest.raises(ValidationError, match="batch_s"):
        route(batch_s=batch_s)


def test_a_route_for_critical_alerts_only_has_nothing_to_batch() -> None:
    assert route(match={"severity": "critical"}, batch_s=0).batch_s == 0
    with pytest.raises(ValidationError, match="what is critical never waits"):
        route(match={"severity": "critical"}, batch_s=5)


@pytest.mark.parametrize(
    ("table", "steps"),
    [
        ({"first_s": 60, "factor": 2, "longest_s": 400}, (60, 120, 240, 400)),
        ({"first_s": 900}, (900, 1800, 3600)),
        ({"first_s": 3600}, (3600,)),
        ({"first_s": 10, "factor": Decimal("1.5"), "longest_s": 20}, (10, 15, 20)),
    ],
)
def test_reminders_may_grow(table: Any, steps: tuple[float, ...]) -> None:
    assert route(remind_s=table).remind_s == steps


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({}, "first_s: Field required"),
        (
            {"first_s": 60, "factor": 1},
            "factor: must be greater than or equal to 1.1; write remind_s = { first_s = 60, ",
        ),
        ({"first_s": 0}, "first_s: must be greater than 0"),
        ({"first_s": 60, "longest_s": 59}, "longest_s must not be below first_s"),
        ({"first_s": 60, "often": 1}, "often: Extra inputs are not permitted"),
    ],
)
def test_how_they_cannot_grow(table: Any, says: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(says)):
        route(remind_s=table)
