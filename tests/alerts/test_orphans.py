"""Covers alertd/alerts/orphans.py."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from alertd.alerts.orphans import Configured, set_apart
from alertd.domain.alert import Alert, AlertState, Fingerprint, Resolution, Severity
from alertd.domain.events import Check, Event, EventKind, Maintenance, SelfCheck, Stopping
from alertd.domain.recollection import LooksBack, Recollection
from tests.alerts.nouns import START, at, coverage, margin, sink_health

CONFIGURED = Configured(
    rules={
        "margin_ratio": EventKind.MARGIN_STATE,
        "sink_dead": EventKind.DELIVERY,
        "maintenance": EventKind.MAINTENANCE,
        "peer_silent": EventKind.SELF_CHECK,
        "stopping_exposed": EventKind.STOPPING,
    },
    accounts={"main"},
    sinks={"phone"},
    peers={"far"},
)
STOPPING = Stopping(event_id="1", exchange="", account="", received_at=START)


def maintenance(*accounts: str) -> Maintenance:
    return Maintenance(event_id="1", exchange="okx", account="", received_at=START, accounts=accounts)


def silent(name: str) -> SelfCheck:
    return SelfCheck(
        event_id="x", exchange="", account="", received_at=START, check=Check.PEER, name=name, healthy=False
    )


def alert(event: Event, rule: str) -> Alert:
    return Alert(
        fingerprint=Fingerprint(event.account, event.kind, rule, event.subject),
        episode=1,
        state=AlertState.FIRING,
        severity=Severity.WARNING,
        event=event,
        since=START,
        updated_at=START,
        version=3,
    )


@pytest.mark.parametrize(
    ("event", "rule", "goes_on"),
    [
        (margin(), "margin_ratio", True),
        (margin(), "taken_away", False),
        (margin(account="taken_away"), "margin_ratio", False),
        (coverage(), "margin_ratio", False),  # the name is in use again, for another kind of event
        (sink_health(), "sink_dead", True),
        (sink_health(), "taken_away", False),
        (sink_health(sink="taken_away"), "sink_dead", False),
        (maintenance("taken_away", "main"), "maintenance", True),
        (maintenance("taken_away"), "maintenance", False),
        (maintenance(), "maintenance", True),
        (silent("far"), "peer_silent", True),
        (silent("taken_away"), "peer_silent", False),
        (STOPPING, "stopping_exposed", False),  # we are back
    ],
)
def test_an_alert_goes_on_only_with_its_rule_account_and_sink(event: Event, rule: str, goes_on: bool) -> None:
    stored = alert(event, rule)
    kept, ended = set_apart([stored], CONFIGURED, at(60))
    if goes_on:
        assert (kept, ended) == ([stored], [])
        return
    assert kept == []
    (end,) = ended
    assert (end.state, end.resolution) == (AlertState.RESOLVED, Resolution.EXPIRED)
    assert (end.resolved_at, end.version) == (at(60), 4)


@pytest.mark.parametrize(
    ("type_then", "type_now", "error", "goes_on"),
    [
        (None, None, None, True),
        ("count", "count", None, True),
        ("count", "drawdown", None, False),
        ("count", None, None, False),
        (None, "count", None, False),
        (None, "count", "the rule failed", True),  # that ends by itself
    ],
)
def test_an_alert_goes_on_only_with_a_rule_of_the_type_that_raised_it(
    type_then: str | None, type_now: str | None, error: str | None, goes_on: bool
) -> None:
    found = None
    if type_then is not None:
        found = Recollection(rule_type=LooksBack(type_then), span_s=60, known_since=START)
    stored = replace(alert(margin(), "margin_ratio"), recollection=found, error=error)
    looking_back = {} if type_now is None else {"margin_ratio": LooksBack(type_now)}
    kept, _ = set_apart([stored], replace(CONFIGURED, looking_back=looking_back), at(60))
    assert bool(kept) is goes_on
