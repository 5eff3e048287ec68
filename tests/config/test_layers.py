"""alertd/config/layers.py"""

from __future__ import annotations

from typing import Any

import pytest

from alertd.config.layers import Layer, merged

HIGHER: dict[str, Any] = {"web": {"port": 1}, "language": "zh", "accounts": {"main": {"role": "lead"}}}


@pytest.mark.parametrize(
    ("lower", "together"),
    [
        ({}, HIGHER),
        ({"language": "en"}, HIGHER),
        ({"timezone": "UTC"}, {**HIGHER, "timezone": "UTC"}),
        ({"web": {"port": 2, "host": "::1"}}, {**HIGHER, "web": {"port": 1, "host": "::1"}}),
        (
            {"accounts": {"main": {"role": "trader", "region": "eea"}, "other": {}}},
            {**HIGHER, "accounts": {"main": {"role": "lead", "region": "eea"}, "other": {}}},
        ),
        ({"web": "plain"}, HIGHER),
        ({"language": {"a": "table"}}, HIGHER),
    ],
)
def test_the_higher_layer_wins_key_by_key(lower: dict[str, Any], together: dict[str, Any]) -> None:
    assert merged([Layer(dict(HIGHER)), Layer(lower)]) == together


def test_lists_are_replaced_not_joined() -> None:
    assert merged([Layer({"routes": [1]}), Layer({"routes": [2, 3]})]) == {"routes": [1]}


def test_no_layer_is_changed() -> None:
    lower = Layer({"web": {"host": "::1"}})
    assert merged([Layer({"web": {"port": 1}}), lower])["web"] == {"host": "::1", "port": 1}
    assert lower.values == {"web": {"host": "::1"}}
