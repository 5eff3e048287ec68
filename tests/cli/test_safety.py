"""The text everybody must see."""

from __future__ import annotations

import pytest

from alertd.cli.safety import SAFETY_IN_SHORT, safety_text


@pytest.mark.parametrize(
    ("phrase", "chinese"),
    [
        ("not affiliated", "没有任何隶属关系"),
        ("OKX or Toobit", "OKX、Toobit"),
        ("no investment advice", "不构成任何投资建议"),
        ("without any warranty", "不提供任何形式的担保"),
        ("late or lost", "延迟或丢失"),
        ("liquidated before an alert", "告警送达之前就已被强平"),
    ],
)
def test_every_point_stands_in_both_languages(phrase: str, chinese: str) -> None:
    # Lines may be broken anywhere.
    assert phrase in " ".join(safety_text("en").split())
    assert chinese in safety_text("zh")


def test_the_short_form_holds_every_point() -> None:
    for word in ("Not affiliated", "No advice", "no warranty", "late or lost", "liquidation", "强平", "担保"):
        assert word in SAFETY_IN_SHORT
