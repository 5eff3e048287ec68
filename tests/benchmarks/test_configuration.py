from __future__ import annotations

import tomllib

import pytest

from benchmarks import configuration

URLS = {
    "private": "wss://127.0.0.1:1/private",
    "business": "wss://127.0.0.1:1/business",
    "rest": "http://127.0.0.1:2",
}


@pytest.mark.parametrize(
    ("rules", "n"),
    [
        ("", 0),
        (configuration.ten_rules(), 7),
        (configuration.ten_rules() + configuration.hundred_more_rules(), 107),
        (configuration.MIXED_RULES, 2),
    ],
)
def test_the_file_says_what_was_asked(rules: str, n: int) -> None:
    sinks = {
        "fast": {"url": "json://127.0.0.1:3/x"},
        "paced": {"url": "json://127.0.0.1:3/y", "pace_per_minute": 9},
    }
    text = configuration.daemon(["a_1", "b_2"], URLS, sinks, ca_file="/ca.pem", role="lead", rules=rules)
    read = tomllib.loads(text)
    assert list(read["accounts"]) == ["a_1", "b_2"]
    assert {one["role"] for one in read["accounts"].values()} == {"lead"}
    assert {one["ca_file"] for one in read["accounts"].values()} == {"/ca.pem"}
    assert read["sinks"] == sinks
    switched_off = {name: read["rules"].pop(name) for name in configuration.SWITCHED_OFF}
    assert switched_off == {name: {"enabled": False} for name in switched_off}
    assert read["canary"] == {"enabled": False}
    assert len(read["rules"]) == n
