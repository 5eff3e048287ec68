"""Covers alertd/alerts/mute_settings.py."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from alertd.alerts.inhibition import Inhibitions
from alertd.alerts.mute_settings import InhibitSettings, SilenceSettings
from alertd.domain.alert import Alert
from tests.alerts.nouns import BTC, ETH, START, alert_of, at, coverage, isolated, margin


def inhibit(**more: Any) -> InhibitSettings:
    usual = {"source": {"kind": "coverage"}, "target": {"kind": "margin_state"}}
    return InhibitSettings.model_validate(usual | more)


def source(account: str = "main", **more: Any) -> Alert:
    return alert_of(coverage(account=account), **({"told_at": START} | more))


def target(**more: Any) -> Alert:
    return alert_of(margin(position=isolated(BTC)), **more)


@pytest.mark.parametrize(
    ("equal", "of", "is_quiet"),
    [
        (["account"], source(), True),
        (["account"], source("two"), False),
        ([], source("two"), True),
        (["account", "exchange"], source(), True),
        (["instrument"], source(), False),
        (["labels.desk"], source("two", labels={"desk": "x"}), True),
        (["labels.desk"], source("two", labels={"desk": "y"}), False),
        (["labels.none"], source("two"), True),
        (["subject"], source(), False),
    ],
)
def test_what_must_be_equal(equal: list[str], of: Alert, is_quiet: bool) -> None:
    inhibitions = Inhibitions([inhibit(equal=equal).inhibition(1)])
    inhibitions.see(of)
    found = list(inhibitions.inhibiting(target(labels={"desk": "x"}), at(1)))
    assert found == ([("inhibit:1", None)] if is_quiet else [])


def test_by_default_the_account_must_be() -> None:
    assert inhibit().equal == ("account",)
    assert inhibit(name="mine").inhibition(7).name == "inhibit:mine"


def test_a_side_may_name_rules() -> None:
    inhibitions = Inhibitions([inhibit(target={"rule": ["r*"], "instrument": ETH}).inhibition(1)])
    inhibitions.see(source())
    assert not list(inhibitions.inhibiting(target(), at(1)))
    assert list(inhibitions.inhibiting(alert_of(margin(position=isolated(ETH))), at(1)))


@pytest.mark.parametrize(
    "more",
    [
        {"source": {}},
        {"target": {}},
        {"equal": ["acount"]},
        {"equal": ["labels."]},
        {"name": "liquidation"},
        {"name": "Mine"},
        {"until": 3},
        {"source": {"kind": "coverag"}},
    ],
)
def test_what_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        inhibit(**more)


@pytest.mark.parametrize("max_s", [0, 59, 30 * 86_400 + 1, "x"])
def test_how_long_a_silence_may_be(max_s: Any) -> None:
    assert SilenceSettings().max_s == 86_400
    with pytest.raises(ValidationError):
        SilenceSettings(max_s=max_s)
