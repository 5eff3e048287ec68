"""Which text a copy-trading error code gets."""

from __future__ import annotations

from typing import Literal

from alertd.exchanges.okx.copy_texts import (
    COPY_TEXTS,
    EITHER_59130,
    REPAYMENT_SAME_CURRENCY,
    TAKE_PROFIT_TOO_HIGH,
    Bilingual,
    CodeText,
)

_AMBIGUOUS = "59130"
_TAKE_PROFIT_WORDS = ("take profit", "take-profit", "%", "止盈")
_REPAYMENT_WORDS = ("repay", "borrow", "balance", "还币", "偿还", "借币", "币种")


def copy_trading_text(code: str, exchange_message: str, language: Literal["en", "zh"]) -> CodeText:
    """Meaning and cure of a code. `exchange_message` tells the two meanings of 59130 apart.

    A code that is not known is named as such, with the exchange's own words as its meaning.
    """
    found = _ambiguous_text(exchange_message) if code == _AMBIGUOUS else COPY_TEXTS.get(code)
    if found is not None:
        return found.of(language)
    words = " ".join(exchange_message.split())[:200]
    if language == "zh":
        return CodeText(
            f"未知代码 {code}：{words or '交易所没有给出说明'}", "在交易所的错误代码表中查询该代码。"
        )
    return CodeText(
        f"Unknown code {code}: {words or 'the exchange gave no words'}",
        "Look the code up in the exchange's error table.",
    )


def _ambiguous_text(exchange_message: str) -> Bilingual:
    message = exchange_message.lower()
    if any(word in message for word in _TAKE_PROFIT_WORDS):
        return TAKE_PROFIT_TOO_HIGH
    if any(word in message for word in _REPAYMENT_WORDS):
        return REPAYMENT_SAME_CURRENCY
    return EITHER_59130
