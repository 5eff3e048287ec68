"""Covers alertd/domain/finding.py."""

from __future__ import annotations

from alertd.domain.finding import Finding, Grade, by_urgency, worst


def finding(grade: Grade, code: str = "x") -> Finding:
    return Finding(code=code, severity=grade)


def test_grades_are_ranked() -> None:
    assert [grade for grade in Grade if grade.is_failing] == [Grade.CRITICAL, Grade.BLOCKING]
    assert sorted(Grade, key=lambda grade: grade.rank) == list(Grade)


def test_the_worst_decides() -> None:
    assert worst([]) is Grade.OK
    assert worst([finding(Grade.INFO), finding(Grade.BLOCKING), finding(Grade.WARNING)]) is Grade.BLOCKING


def test_the_worst_stand_first_and_equals_as_they_came() -> None:
    given = [finding(Grade.INFO, "a"), finding(Grade.CRITICAL, "b"), finding(Grade.INFO, "c")]
    assert [one.code for one in by_urgency(given)] == ["b", "a", "c"]


def test_the_same_finding_of_two_accounts_is_two() -> None:
    names = {Finding(code="x", severity=Grade.INFO, account=name).name for name in ("a", "b", "")}
    assert len(names) == 3
