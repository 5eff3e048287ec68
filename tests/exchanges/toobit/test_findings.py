"""Covers alertd/exchanges/toobit/findings.py."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from alertd.domain.finding import Grade
from alertd.exchanges.toobit import findings
from alertd.sinks.finding_words import words_of

MADE = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("days_left", "part"),
    [(31, None), (30, "30d"), (15, "30d"), (14, "14d"), (7, "7d"), (4, "7d"), (3, "3d"), (1, "1d")],
)
def test_a_key_that_dies_is_told_at_each_of_its_days(days_left: int, part: str | None) -> None:
    found = findings.of_age("copier", MADE, MADE + timedelta(days=90 - days_left))
    assert [one.part for one in found] == ([] if part is None else [part])
    assert all(one.severity is Grade.WARNING for one in found)


def test_each_of_these_days_is_another_finding_and_a_dead_key_is_critical() -> None:
    days = [MADE + timedelta(days=day) for day in range(91)]
    names = {one.name for day in days[:-1] for one in findings.of_age("copier", MADE, day)}
    assert len(names) == len(findings.TOLD_DAYS_BEFORE)
    [dead] = findings.of_age("copier", MADE, days[-1])
    assert dead.severity is Grade.CRITICAL
    assert findings.of_age("copier", None, days[-1]) == []


@pytest.mark.parametrize(
    ("code", "named", "grade"),
    [
        ("-2015", "toobit_key_refused", Grade.CRITICAL),
        ("-2017", "toobit_key_expired", Grade.CRITICAL),
        ("-1021", "toobit_clock_refused", Grade.CRITICAL),
        ("-1000", "toobit_request_refused", Grade.WARNING),
        ("HTTP 418", "toobit_request_refused", Grade.WARNING),
    ],
)
def test_a_refusal_says_who_can_mend_it(code: str, named: str, grade: Grade) -> None:
    found = findings.of_refusal("copier", code, "no")
    assert (found.code, found.severity) == (named, grade)


def test_the_clock() -> None:
    found = [findings.of_offset("copier", offset_s) for offset_s in (None, 0.2, -7.0)]
    assert [one.severity for one in found] == [Grade.WARNING, Grade.OK, Grade.WARNING]


def test_every_finding_has_words_without_blanks() -> None:
    found = [
        findings.reached("copier", None),
        findings.of_silence("copier", "cut"),
        *(findings.of_refusal("copier", code, "no") for code in ("-2015", "-1021", "-1000")),
        *(findings.of_offset("copier", offset_s) for offset_s in (None, 0.2, -7.0)),
        *findings.of_age("copier", MADE, MADE + timedelta(days=88)),
        *findings.of_age("copier", MADE, MADE + timedelta(days=99)),
    ]
    for one in found:
        for language in ("en", "zh"):
            said = words_of(one, language)
            assert said.what != one.code
            assert "?" not in said.what + said.cure or one.code == "toobit_reached"
