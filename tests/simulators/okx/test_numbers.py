from decimal import Decimal

import pytest

from alertd.simulators.okx.numbers import decimal, text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (Decimal(0), "0"),
        (Decimal("-0.00"), "0"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.1"),
        (Decimal("-0.00000099327660341234567"), "-0.0000009932766034"),
        (Decimal("123456789012345678.5"), "123456789012345678.5"),
    ],
)
def test_text(value, shown):
    assert text(value) == shown


def test_decimal_takes_texts_and_refuses_what_is_no_number():
    assert decimal("1.50") == Decimal("1.5")
    for wrong in ("", "abc", "NaN", "Infinity"):
        with pytest.raises(ValueError, match="number"):
            decimal(wrong)


@pytest.mark.parametrize("wrong", [0.1, True, None, []])
def test_decimal_takes_no_float_and_nothing_else(wrong):
    with pytest.raises(TypeError, match="a number is written as"):
        decimal(wrong)
