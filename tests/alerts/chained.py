"""A life cycle under routes with steps, for the tests of escalation, drills and deputies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from alertd.alerts.chain import Chain, Step
from alertd.alerts.routing import Router
from alertd.alerts.settings import RouteSettings
from alertd.domain.alert import Alert
from alertd.domain.notification import Notification, Reason
from tests.alerts.nouns import START, Run, at, margin

SINKS = ("phone", "call", "boss", "deputy")
WAKING = ("call",)
STEPS = [{"after_s": 60, "sinks": ["call"]}, {"after_s": 300, "sinks": ["boss", "call"]}]
CHAIN = Chain((Step(60, ("call",)), Step(300, ("boss", "call"))), ("call",), ("phone",))
CRITICAL_ROUTE = {"match": {"severity": "critical"}, "sinks": ["phone"], "escalate": STEPS}


def router(*routes: dict[str, Any], sinks: tuple[str, ...] = SINKS) -> Router:
    made = [RouteSettings.model_validate(route) for route in routes or (CRITICAL_ROUTE,)]
    return Router(made, sinks, {"main": {}, "two": {}}, {"main": "okx", "two": "okx"}, WAKING)


def silent(alert: Alert) -> tuple[float, ...]:
    return ()


def chained(*routes: dict[str, Any]) -> Run:
    """A run without reminders: what is told is new, worse, escalated or over."""
    return Run(steps=silent, chains=router(*routes))


def near(seconds: float = 0, minutes: str = "4", **more: Any) -> Any:
    """Figures of a position so many minutes from its liquidation."""
    return margin(at(seconds), minutes_to_liquidation=Decimal(minutes), **more)


def escalated(run: Run) -> list[tuple[float, tuple[str, ...]]]:
    """When, and to whom, in the order it was told."""
    return [
        ((told.created_at - START).total_seconds(), told.only_to)
        for told in run.told
        if told.reason is Reason.ESCALATED
    ]


def pass_time(run: Run, first_s: int, last_s: int, every_s: int = 1) -> None:
    """A tick at each of these seconds, the last included."""
    for second in range(first_s, last_s + 1, every_s):
        run.tick(second)


def sinks_of(run: Run, told: Notification) -> tuple[str, ...]:
    """Where it goes under the run's routes."""
    assert isinstance(run.chains, Router)
    return run.chains.sinks_for(told)
