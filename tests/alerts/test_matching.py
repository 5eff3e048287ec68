"""Which alerts matchers mean."""

from __future__ import annotations

import pytest

from alertd.alerts.matching import accepting, misfits, readings
from alertd.domain.silence import Matchers
from tests.alerts.nouns import BTC, ETH, alert_of, coverage, isolated, margin

MARGIN = alert_of(margin(position=isolated(BTC)), labels={"owner": "anna"})
SINK_LESS = alert_of(coverage())


@pytest.mark.parametrize(
    ("matchers", "is_meant"),
    [
        (Matchers(), True),
        (Matchers(account=("main",)), True),
        (Matchers(account=("ma*", "two")), True),
        (Matchers(account=("two",)), False),
        (Matchers(account=("Main",)), False),
        (Matchers(instrument=("BTC-*",)), True),
        (Matchers(instrument=(ETH,)), False),
        (Matchers(severity=("critical",), kind=("margin_state",), exchange=("okx",), rule=("r",)), True),
        (Matchers(rule=("margin_ratio",)), False),
        (Matchers(labels={"owner": ("an?a",)}), True),
        (Matchers(labels={"owner": ("anna",), "desk": ("*",)}), True),
        (Matchers(labels={"desk": ("a*",)}), False),
        (Matchers(account=("main",), instrument=(ETH,)), False),
    ],
)
def test_every_key_given_must_fit(matchers: Matchers, is_meant: bool) -> None:
    assert accepting(matchers)(MARGIN) is is_meant


@pytest.mark.parametrize(("globs", "is_meant"), [(("*",), True), (("[!x]*",), False), ((), True)])
def test_only_a_star_takes_what_is_absent(globs: tuple[str, ...], is_meant: bool) -> None:
    assert accepting(Matchers(instrument=globs))(SINK_LESS) is is_meant


def test_trouble_of_several_accounts_is_read_as_each_of_them() -> None:
    shared = alert_of(coverage(account=""))
    several = alert_of(type(shared.event)(**_several(shared.event)))
    found = readings(several, {"two": {"owner": "ben"}})
    assert [(one.fingerprint.account, one.labels) for one in found] == [
        ("main", {}),
        ("two", {"owner": "ben"}),
    ]
    assert readings(shared, {}) == [shared]


def _several(event: object) -> dict[str, object]:
    names = ("event_id", "exchange", "account", "received_at")
    return {name: getattr(event, name) for name in names} | {"accounts": ("main", "two")}


@pytest.mark.parametrize(
    ("matchers", "expected"),
    [
        (Matchers(), {}),
        (Matchers(account=("ma*",), labels={"owner": ("anna",)}), {}),
        (Matchers(instrument=("*",), labels={"desk": ("*",)}), {}),
        (
            Matchers(severity=("info", "warning"), account=("main",), instrument=(ETH,)),
            {"severity": "critical", "instrument": BTC},
        ),
        (Matchers(labels={"owner": ("bo",), "desk": ("?*",)}), {"labels.owner": "anna", "labels.desk": None}),
    ],
)
def test_which_keys_do_not_fit_and_what_is_there_instead(
    matchers: Matchers, expected: dict[str, str | None]
) -> None:
    assert misfits(matchers, MARGIN) == expected
    assert accepting(matchers)(MARGIN) is (not expected)
