"""Covers alertd/config/unmatched.py."""

from __future__ import annotations

from typing import Any

import pytest

from alertd.config import Settings
from alertd.config.unmatched import unmatched

OKX = {"exchange": "okx", "api_key": "k", "api_secret": "s", "passphrase": "p"}
ACCOUNTS = {
    "main": {**OKX, "labels": {"owner": "anna"}},
    "desk": {**OKX, "api_key": "k2", "labels": {"owner": "ben", "desk": "one"}},
}


def said(**tables: Any) -> list[str]:
    values = {"accounts": ACCOUNTS, "sinks": {"phone": {"url": "json://127.0.0.1/x"}}}
    return unmatched(Settings.model_validate(values | tables))


def muted(source: dict[str, Any], **more: Any) -> list[str]:
    return said(inhibit=[{"source": source, "target": {"kind": "margin_state"}, **more}])


@pytest.mark.parametrize(
    "source",
    [
        {"rule": "coverage"},
        {"rule": "drill"},
        {"rule": ["cov*", "*"]},
        {"rule": ["nothing_of_it", "*"]},
        {"kind": "margin_*", "rule": "margin_ratio"},
        {"account": "ma*", "exchange": "okx", "labels": {"owner": "a*"}},
        {"kind": "coverage", "labels": {"owner": "*", "none": "*"}},
        {"instrument": "whatever"},
        {"severity": "critical"},
    ],
)
def test_what_an_alert_can_have_is_not_told(source: dict[str, Any]) -> None:
    assert muted(source, equal=["account", "labels.owner"]) == []


@pytest.mark.parametrize(
    ("source", "begins", "says"),
    [
        (
            {"rule": "margin_rati"},
            ".rule",
            '"margin_rati" can never match: there is no such rule; did you mean ',
        ),
        ({"rule": ["coverage", "x*"]}, ".rule", '"x*" can never match: there is no such rule; known: '),
        ({"rule": "Coverage"}, ".rule", '"Coverage" can never match'),
        (
            {"rule": "coverage", "kind": "delivery"},
            "",
            "kind and rule can never match together: of these rules",
        ),
        ({"account": "mian"}, ".account", 'can never match: there is no such account; did you mean "main"?'),
        ({"exchange": "binance"}, ".exchange", "there is no such exchange; known: okx"),
        (
            {"labels": {"ownr": "anna"}},
            ".labels.ownr",
            'can never match: no account has the label "ownr"; did you',
        ),
        (
            {"labels": {"owner": ["anna", "ana"]}},
            ".labels.owner",
            '"ana" can never match: no account has this',
        ),
        ({"account": "main", "labels": {"desk": "one"}}, "", "can never match: no account has all of it"),
    ],
)
def test_what_no_alert_can_have_is_told_with_its_key(source: dict[str, Any], begins: str, says: str) -> None:
    [line] = muted(source)
    assert line.startswith(f"inhibit[0].source{begins}: ")
    assert says in line


def test_both_sides_of_each_are_looked_at() -> None:
    fine = {"source": {"rule": "coverage"}, "target": {"kind": "margin_state"}}
    found = said(inhibit=[fine, {**fine, "target": {"rule": "x", "account": "y"}}])
    assert [line.partition(":")[0] for line in found] == [
        "inhibit[1].target.rule",
        "inhibit[1].target.account",
    ]


def test_a_rule_that_is_off_tells_nothing() -> None:
    off = {"coverage": {"enabled": False}}
    [line] = said(rules=off, inhibit=[{"source": {"rule": "coverage"}, "target": {"kind": "margin_state"}}])
    assert line == 'inhibit[0].source.rule: "coverage" can never match: that rule is off'


def test_a_label_that_nobody_has_makes_all_alike() -> None:
    [line] = muted({"rule": "coverage"}, equal=["account", "labels.dsk"])
    assert line.startswith(
        'inhibit[0].equal: all alerts are alike in labels.dsk: no account has the label "dsk"'
    )
    bare = {"main": OKX}
    [line] = said(
        accounts=bare,
        inhibit=[{"source": {"rule": "coverage"}, "target": {"labels": {"x": "y"}}}],
    )
    assert line == 'inhibit[0].target.labels.x: can never match: no account has the label "x"'


def test_labels_and_exchanges_of_routes_are_looked_at_too() -> None:
    routes = [{"sinks": ["phone"]}, {"sinks": ["phone"], "match": {"labels": {"owner": "carl"}}}]
    [line] = said(routes=routes)
    assert line.startswith('routes[1].match.labels.owner: "carl" can never match: no account has this value')


def test_the_examples_without_either_say_nothing() -> None:
    assert said() == []
