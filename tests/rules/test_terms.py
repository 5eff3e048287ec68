from __future__ import annotations

import re
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.events import Direction, EventKind
from alertd.rules.terms import read_terms, read_text_terms

PATTERNS = st.text("AB*?[]-", min_size=1, max_size=6).filter(lambda text: text.strip("!") != "")
VALUES = st.text("AB-", max_size=6)


@given(st.lists(st.tuples(st.booleans(), PATTERNS), min_size=1, max_size=4), VALUES | st.none())
def test_globs_equal_a_naive_reading(entries: list[tuple[bool, str]], value: str | None) -> None:
    entries = [(negated, text) for negated, text in entries if (negated, text) != (True, "*")] or [
        (False, "*")
    ]
    terms = read_text_terms([f"!{text}" if negated else text for negated, text in entries])
    plain = [text for negated, text in entries if not negated]
    if value is None:
        wanted = "*" in plain
    else:
        wanted = (not plain or any(fnmatchcase(value, text) for text in plain)) and not any(
            fnmatchcase(value, text) for negated, text in entries if negated
        )
    assert terms.of_value(value) is wanted
    if terms.literals is not None and value is not None:
        assert (value in terms.literals) is wanted


@pytest.mark.parametrize(
    ("wanted", "value", "matches"),
    [
        ("<= 3.0", "3.0", True),
        ("<= 3.0", "3.01", False),
        ("<300%", "2.99", True),
        ("> 3", "3", False),
        (">=3", "3", True),
        ("== 3", "3.000", True),
        ("3", "3", True),
        (3, "3", True),
        (Decimal("3.5"), "3.5", True),
        ("!= 3", "3", False),
        ("!<= 3", "4", True),
        (["< 1", "> 3"], "2", False),
        (["< 1", "> 3"], "4", True),
        (["< 5", "!< 3"], "4", True),
        (["< 5", "!< 3"], "2", False),
        ("*", "2", True),
    ],
)
def test_comparisons(wanted: object, value: str, matches: bool) -> None:
    terms = read_terms(EventKind.MARGIN_STATE, "margin_ratio", Decimal, wanted)
    assert terms.of_value(Decimal(value)) is matches
    assert terms.of_value(None) is (wanted == "*")


REFUSED: list[tuple[str, type, Any, str]] = [
    ("margin_ratio", Decimal, "<= 300", '"300%"'),
    ("margin_ratio", Decimal, "about 3", "not a number"),
    ("margin_ratio", Decimal, "<", "not a number"),
    ("margin_ratio", Decimal, "!", "not a number"),
    ("margin_ratio", Decimal, True, "comparison"),
    ("distance_to_liquidation", Decimal, "< 5", '"5%"'),
    ("direction", Direction, "lnog", 'did you mean "long"?'),
    ("direction", Direction, ["long", "!lnog"], 'did you mean "long"?'),
    ("instrument", str, [], "empty list"),
    ("instrument", str, "!*", "matches nothing"),
    ("instrument", str, True, 'write "true"'),
    ("instrument", str, Decimal("1.5"), 'write "1.5"'),
    ("instrument", str, {"a": "b"}, "labels only"),
    ("open", bool, False, "open positions only"),
    ("open", bool, ["!true"], "open positions only"),
    ("open", bool, "yes", "true or false"),
]


@pytest.mark.parametrize(("name", "kept", "wanted", "text"), REFUSED)
def test_what_cannot_be_asked_is_refused_with_the_cure(name: str, kept: type, wanted: Any, text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        read_terms(EventKind.MARGIN_STATE, name, kept, wanted)


def test_a_number_is_taken_for_a_text() -> None:
    assert read_text_terms(3).of_value("3")
