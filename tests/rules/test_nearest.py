from __future__ import annotations

from alertd.rules.nearest import did_you_mean


def test_the_nearest_word_is_offered() -> None:
    assert did_you_mean("margin_rato", ["mark_price", "margin_ratio"]) == '; did you mean "margin_ratio"?'


def test_without_a_near_word_all_are_named() -> None:
    assert did_you_mean("xyz", ["b", "a"]) == "; known: a, b"
