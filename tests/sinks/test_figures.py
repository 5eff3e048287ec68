from decimal import Decimal

import pytest
from hypothesis import given as given_values
from hypothesis import strategies as st

from alertd.sinks.figures import clean, clip, given, number, percent, width


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("0E-8", "0"),
        ("64123.45678", "64,123.4568"),
        ("62800.0000", "62,800"),
        ("1E+3", "1,000"),
        ("-120.50", "-120.5"),
        ("0.000012345678", "0.00001235"),
        ("1E-30", "< 0.000000000001"),
        ("-1E-30", "> -0.000000000001"),
        ("1E+99", "> 1,000,000,000,000,000"),
        ("-1E+999999", "< -1,000,000,000,000,000"),
    ],
)
def test_number(value: str, text: str) -> None:
    assert number(Decimal(value)) == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        ("1.8", "180"),
        ("0.0206", "2.1"),
        ("0.00042", "0.042"),
        ("102.0215", "10,202"),
        ("9.876", "987.6"),
        ("0", "0"),
        ("-0.25", "-25"),
        ("1E+40", "> 1,000,000,000,000,000"),
    ],
)
def test_percent(fraction: str, text: str) -> None:
    assert percent(Decimal(fraction)) == text


@given_values(st.decimals(allow_nan=False, allow_infinity=False))
def test_any_number_is_short_and_has_no_exponent(value: Decimal) -> None:
    for text in (number(value), percent(value)):
        assert "E" not in text
        assert len(text) < 45


@given_values(st.decimals(min_value=Decimal("0.0001"), max_value=Decimal("1E14"), places=6))
def test_a_number_is_what_it_was(value: Decimal) -> None:
    shown = Decimal(number(value).replace(",", ""))
    assert abs(shown - value) <= max(Decimal("0.00005"), value / 1000)


def test_what_is_no_number_is_not_given() -> None:
    assert [given(Decimal(text)) for text in ("NaN", "Infinity", "1")] == [None, None, Decimal(1)]
    assert given(None) is None


def test_texts_from_outside_stay_on_one_line() -> None:
    assert clean("a\n\x1b[31mb\u202e  c") == "a [31mb c"
    assert clean("x" * 50, 10) == "xxxxxxxx.."


def test_a_chinese_character_takes_two_columns() -> None:
    assert (width("ab"), width("严重")) == (2, 4)
    assert clip("严重严重", 6) == "严重.."
    assert clip("abc", 3) == "abc"


@given_values(st.text(st.characters(max_codepoint=0x7F), max_size=30))
def test_a_plain_text_is_treated_like_any_other(text: str) -> None:
    other = "\u20ac"  # beside it a text is looked up character by character
    assert clean(f"{text} {other}") == f"{clean(text)} {other}".strip()
    assert width(text + other) == width(text) + 1
