"""Every copy-trading code has a text of our own in both languages."""

from __future__ import annotations

import re

import pytest

from alertd.exchanges.okx.copy_texts import (
    COPY_TEXTS,
    EITHER_59130,
    REPAYMENT_SAME_CURRENCY,
    TAKE_PROFIT_TOO_HIGH,
)
from alertd.exchanges.okx.texts import copy_trading_text

NUMBERS = (
    59128, 59129, 59130, 59206, 59216, 59218, 59245, 59247, 59256, 59258, 59259, 59260, 59262,
    59263, 59264, 59267, 59268, 59269, 59270, 59273, 59274, 59275, 59276, 59277, 59278, 59279,
    59280, 59282, 59283, 59284, 59285, 59286, 59287, 59288, 59292, 59641, 59642, 59643,
)  # fmt: skip
CODES = [str(number) for number in NUMBERS]
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("code", CODES)
def test_each_code_says_what_it_means_and_what_to_do(code):
    english, chinese = copy_trading_text(code, "", "en"), copy_trading_text(code, "", "zh")
    for text in english:
        assert text.isascii()
        assert 8 < len(text) < 120
        assert text.endswith(".")
        assert "Unknown" not in text
    for text in chinese:
        assert HAN.search(text)
        assert len(text) < 60
        assert text.endswith("。")
        assert "未知" not in text


def test_no_row_is_left_out_and_none_is_copied_from_another():
    assert COPY_TEXTS.keys() | {"59130"} == set(CODES)
    rows = [*COPY_TEXTS.values(), EITHER_59130, REPAYMENT_SAME_CURRENCY, TAKE_PROFIT_TOO_HIGH]
    assert len({row.en.meaning for row in rows}) == len({row.zh.meaning for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("The take profit level may be 150% at most.", TAKE_PROFIT_TOO_HIGH),
        ("Your Take-Profit is too large", TAKE_PROFIT_TOO_HIGH),
        ("止盈比例最高为 150%", TAKE_PROFIT_TOO_HIGH),
        ("A balance below 1 USD can only repay the same crypto.", REPAYMENT_SAME_CURRENCY),
        ("资产不足 1 USD，只能偿还相同币种的借币", REPAYMENT_SAME_CURRENCY),
        ("", EITHER_59130),
        ("Failed.", EITHER_59130),
    ],
)
def test_59130_is_told_apart_by_the_exchanges_words(message, wanted):
    assert copy_trading_text("59130", message, "en") == wanted.en
    assert copy_trading_text("59130", message, "zh") == wanted.zh


def test_an_unknown_code_is_named_with_the_exchanges_words():
    text = copy_trading_text("59999", "Moon is\n in the wrong phase", "en")
    assert text.meaning == "Unknown code 59999: Moon is in the wrong phase"
    assert "59999" in copy_trading_text("59999", "", "zh").meaning
    assert len(copy_trading_text("59999", "x" * 10_000, "en").meaning) < 300
