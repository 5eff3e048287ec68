"""Covers alertd/web/filters.py."""

from __future__ import annotations

import pytest

from alertd.domain.alert import Severity
from alertd.web.filters import read_filter


def test_nothing_asked_for_is_everything() -> None:
    found = read_filter({"state": ""}, ["open"])
    assert (found.state, found.account, found.severity, found.sink, found.limit) == (
        None,
        None,
        None,
        None,
        100,
    )


def test_what_is_asked_for() -> None:
    found = read_filter(
        {"state": "open", "account": "main", "severity": "critical", "limit": "500"}, ["open"]
    )
    assert (found.state, found.account, found.severity, found.limit) == (
        "open",
        "main",
        Severity.CRITICAL,
        500,
    )


@pytest.mark.parametrize(
    ("query", "cure"),
    [
        ({"state": "odd"}, "state: 'odd' is none of open, all"),
        ({"severity": "grave"}, "is none of info, warning, critical"),
        ({"limit": "0"}, "is no number from 1 to 500"),
        ({"limit": "501"}, "is no number from 1 to 500"),
        ({"limit": "9999999999"}, "is no number from 1 to 500"),
        ({"limit": "1e2"}, "is no number"),
        ({"limit": "²"}, "is no number"),
        ({"sort": "x"}, "sort: unknown parameter; known: state, account, severity, limit"),
    ],
)
def test_what_cannot_be_meant_is_refused(query: dict[str, str], cure: str) -> None:
    with pytest.raises(ValueError, match=cure):
        read_filter(query, ["open", "all"])
