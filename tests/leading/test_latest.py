"""Covers alertd/leading/latest.py"""

from __future__ import annotations

from alertd.leading.latest import Latest


def test_an_answer_says_something_for_a_while_and_then_nothing() -> None:
    latest: Latest[str] = Latest(10.0)
    assert latest.get(0.0) is None
    latest.put("first", 100.0)
    latest.put("second", 105.0)
    assert latest.get(115.0) == "second"
    assert latest.get(115.1) is None
