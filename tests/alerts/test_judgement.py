from datetime import datetime
from typing import Any

import pytest
from msgspec import structs
from msgspec.structs import replace

from alertd.alerts import judgement
from alertd.domain.alert import Severity
from alertd.domain.events import Event, Source
from alertd.domain.recollection import LooksBack, Recollection
from tests.alerts.nouns import (
    CRITICAL,
    ETH,
    INFO,
    WARNING,
    alert_of,
    at,
    coverage,
    lead,
    liquidation,
    margin,
    says,
    warning,
)


@pytest.mark.parametrize(
    ("severity", "held", "expected"),
    [
        (CRITICAL, CRITICAL, CRITICAL),
        (WARNING, CRITICAL, CRITICAL),
        (None, WARNING, WARNING),
        (None, None, None),
        (CRITICAL, None, CRITICAL),
        (CRITICAL, INFO, CRITICAL),  # held is never below the level reached
    ],
)
def test_the_level_that_still_counts(severity: Any, held: Any, expected: Any) -> None:
    assert judgement.level_held(replace(says(margin(), severity), held=held)) is expected


@pytest.mark.parametrize(
    ("severity", "fact", "expected"),
    [
        (WARNING, None, False),
        (CRITICAL, None, True),
        (INFO, None, False),
        (WARNING, "known", False),
        (WARNING, "other", True),
        (INFO, "other", True),
        (None, "other", False),
    ],
)
def test_what_is_news(severity: Any, fact: str | None, expected: bool) -> None:
    alert = alert_of(lead(), severity=WARNING, facts=("known",))
    assert judgement.is_news(alert, says(lead(), severity, fact=fact)) is expected


@pytest.mark.parametrize(
    ("event", "error", "expected"),
    [
        (margin(), None, False),
        (coverage(), None, False),
        (warning(), None, True),
        (liquidation(), None, True),
        (lead(), None, True),
        (margin(), "no such field", True),
    ],
)
def test_what_ends_by_time(event: Event, error: str | None, expected: bool) -> None:
    evaluation = says(event, WARNING, ends_s=50, error=error)
    assert judgement.ends_by_time(evaluation) is expected
    ends_at = at(51) if expected else None
    assert judgement.ending(evaluation, WARNING, at(1)) == {"expires_at": ends_at, "kept_s": None}
    timeless = judgement.ending(says(event, WARNING, error=error), WARNING, at(1))
    assert timeless == {"expires_at": None, "kept_s": None}


@pytest.mark.parametrize(
    ("event", "severity", "is_acknowledged", "ends_at", "kept_s"),
    [
        (liquidation(), CRITICAL, False, None, 50),
        (liquidation(), CRITICAL, True, at(51), 50),
        (liquidation(), WARNING, False, at(51), None),
        (margin(), CRITICAL, False, None, None),  # a state says itself when it is over
    ],
)
def test_what_is_critical_may_stay_until_somebody_acknowledges(
    event: Event, severity: Severity, is_acknowledged: bool, ends_at: datetime | None, kept_s: float | None
) -> None:
    evaluation = says(event, severity, ends_s=50, stays=True)
    found = judgement.ending(evaluation, severity, at(1), is_acknowledged=is_acknowledged)
    assert found == {"expires_at": ends_at, "kept_s": kept_s}


@pytest.mark.parametrize(
    ("looked", "event", "expected"),
    [
        ("count", coverage(), True),
        ("count", lead(), True),
        ("absence", lead(), False),
        ("drawdown", margin(), False),
    ],
)
def test_a_rule_that_looks_back_says_itself_what_ends_by_time(
    looked: str, event: Event, expected: bool
) -> None:
    found = Recollection(rule_type=LooksBack(looked), span_s=60, known_since=at(0))
    evaluation = replace(says(event, WARNING, ends_s=50), recollection=found)
    assert judgement.ends_by_time(evaluation) is expected
    assert judgement.ends_by_time(replace(evaluation, error="boom"))
    assert judgement.figures(evaluation)["recollection"] is found


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (lead(at(59)), True),
        (structs.replace(lead(at(1)), source=Source.RECONCILE, raw=b"x"), True),
        (lead(at(60)), False),
        (lead(at(1), instrument=ETH), False),
        (lead(at(1), info_type="2"), False),
        (lead(at(1), observed_at=at(1)), False),
        (warning(at(1)), False),
    ],
)
def test_one_fact_seen_twice(second: Event, expected: bool) -> None:
    assert judgement.is_same_fact(alert_of(lead(at(0))), says(second, WARNING)) is expected


RECORD = {"source": Source.RECONCILE}


@pytest.mark.parametrize(
    ("stored", "second", "expected"),
    [
        ({"observed_at": at(9)}, {"observed_at": at(8), **RECORD}, True),
        ({"observed_at": at(9), **RECORD}, {"observed_at": at(9)}, True),
        ({"observed_at": at(9)}, {**RECORD}, True),
        ({"observed_at": at(9)}, {"observed_at": at(500), **RECORD}, False),
        ({"observed_at": at(9)}, {"observed_at": at(8)}, False),
    ],
)
def test_a_fact_that_was_told_and_stands_in_the_records_too(stored: Any, second: Any, expected: bool) -> None:
    alert = alert_of(liquidation(at(10), **stored), facts=("f",))
    assert judgement.is_same_fact(alert, says(liquidation(at(400), **second), CRITICAL, fact="f")) is expected


@pytest.mark.parametrize(("seconds", "expected"), [(59, True), (60, False)])
def test_a_failing_rule_is_one_fact_a_minute_whatever_it_fails_on(seconds: float, expected: bool) -> None:
    alert = alert_of(margin(at(0)), error="division by zero")
    event = margin(at(seconds), position={"instrument": "OTHER"})
    assert judgement.is_same_fact(alert, says(event, WARNING, error="null")) is expected


def test_a_rule_that_fails_has_a_fingerprint_of_its_own() -> None:
    evaluation = says(margin(), None, error="boom", for_s=60, hold_s=60, fact="f")
    failure = judgement.as_rule_failure(evaluation)
    assert failure.fingerprint == evaluation.fingerprint._replace(subject="rule")
    assert (failure.severity, failure.fact) == (WARNING, None)
    assert (failure.timing.for_s, failure.timing.resolve_after_s) == (0, 3600)


def test_what_the_engine_said_of_a_failure_is_kept() -> None:
    evaluation = says(margin(), CRITICAL, error="boom", ends_s=30)
    named = replace(evaluation, fingerprint=evaluation.fingerprint._replace(subject="its own"))
    failure = judgement.as_rule_failure(named)
    assert failure.fingerprint == named.fingerprint
    assert (failure.severity, failure.timing.resolve_after_s) == (CRITICAL, 30)


def test_facts_are_kept_once_in_order_and_bounded() -> None:
    alert = alert_of(lead(), facts=("a",))
    assert judgement.facts_with(alert, None) == ("a",)
    assert judgement.facts_with(alert, "a") == ("a",)
    assert judgement.facts_with(alert, "b") == ("a", "b")
    many = alert_of(lead(), facts=tuple(map(str, range(judgement.FACTS_AT_MOST))))
    assert judgement.facts_with(many, "new") == (*many.facts[1:], "new")
