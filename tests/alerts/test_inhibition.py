"""Covers alertd/alerts/inhibition.py; what follows from it is in test_muting.py."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from alertd.alerts.inhibition import Inhibitions, builtin_inhibitions
from alertd.domain.alert import Alert, AlertState
from alertd.domain.events import LiquidationType
from tests.alerts.nouns import (
    ETH,
    START,
    WARNING,
    alert_of,
    at,
    coverage,
    cross,
    isolated,
    liquidation,
    margin,
)


def source(now_s: float = 0, **more: Any) -> Alert:
    of_alert = {name: more.pop(name) for name in ("state", "told_at", "muted_by") if name in more}
    return alert_of(liquidation(at(now_s), **more), **({"told_at": START} | of_alert))


def quiet_until(of: Alert, target: Alert, now_s: float = 1) -> Any:
    inhibitions = Inhibitions(builtin_inhibitions())
    inhibitions.see(of)
    found = dict(inhibitions.inhibiting(target, at(now_s)))
    return found.get("inhibit:liquidation", "told")


@pytest.mark.parametrize(
    ("of", "target", "until"),
    [
        (source(), alert_of(margin()), at(600)),
        (source(remaining_size=None), alert_of(margin()), at(600)),
        (source(liquidation_type=LiquidationType.ADL), alert_of(margin()), at(600)),
        (source(), alert_of(margin(opened_at=at(-60))), at(600)),
        (source(observed_at=at(0)), alert_of(margin(opened_at=at(-60))), None),
        (source(observed_at=at(0)), alert_of(margin(opened_at=at(1))), "told"),
        (source(position=cross()), alert_of(margin(position=cross())), at(60)),
        (source(remaining_size=Decimal(1)), alert_of(margin()), "told"),
        (source(was_a_part=True), alert_of(margin()), "told"),
        (source(), alert_of(margin(position=isolated(ETH))), "told"),
        (source(), alert_of(margin(account="two")), "told"),
        (source(), alert_of(coverage()), "told"),
        (source(state=AlertState.ACKNOWLEDGED), alert_of(margin()), at(600)),
        (source(state=AlertState.PENDING), alert_of(margin()), "told"),
        (source(state=AlertState.RESOLVED), alert_of(margin()), "told"),
        (source(told_at=None), alert_of(margin()), "told"),
        (source(muted_by=("silence:x",)), alert_of(margin()), "told"),
    ],
)
def test_how_long_a_liquidation_keeps_a_ladder_quiet(of: Alert, target: Alert, until: Any) -> None:
    assert quiet_until(of, target) == until


def test_nothing_is_kept_quiet_after_the_time() -> None:
    assert quiet_until(source(), alert_of(margin()), 599) == at(600)
    assert quiet_until(source(), alert_of(margin()), 600) == "told"


def test_a_source_that_changes_names_those_it_kept_quiet() -> None:
    inhibitions = Inhibitions(builtin_inhibitions())
    muted = alert_of(margin(), muted_by=("inhibit:liquidation",))
    other = alert_of(margin(position=isolated(ETH)), muted_by=("inhibit:liquidation",))
    inhibitions.see(source())
    assert inhibitions.see(muted) == inhibitions.see(other) == []
    assert inhibitions.see(source(state=AlertState.RESOLVED)) == [muted.fingerprint]
    assert inhibitions.see(source(state=AlertState.RESOLVED)) == []


def test_of_two_sources_one_is_enough() -> None:
    inhibitions = Inhibitions(builtin_inhibitions())
    again = alert_of(liquidation(at(30)), told_at=START)
    another = alert_of(
        liquidation(at(30)), told_at=START, fingerprint=again.fingerprint._replace(rule="mine")
    )
    inhibitions.see(source())
    inhibitions.see(another)
    inhibitions.see(source(state=AlertState.RESOLVED))
    assert dict(inhibitions.inhibiting(alert_of(margin()), at(31))) == {"inhibit:liquidation": at(630)}


def test_a_blind_account_takes_reminders_of_figures_alone() -> None:
    inhibitions = Inhibitions(builtin_inhibitions())
    inhibitions.see(alert_of(coverage(), told_at=START))
    ladder = alert_of(margin())
    assert not dict(inhibitions.inhibiting(ladder, at(1)))
    assert inhibitions.skips_reminder(ladder, lambda alert: alert)
    assert not inhibitions.skips_reminder(alert_of(liquidation()), lambda alert: alert)
    assert not inhibitions.skips_reminder(alert_of(margin(account="two")), lambda alert: alert)
    inhibitions.see(alert_of(coverage(), told_at=START, severity=WARNING))
    assert not inhibitions.skips_reminder(ladder, lambda alert: alert)
