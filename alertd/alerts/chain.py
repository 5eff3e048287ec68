"""Who hears of an alert that nobody acknowledges, and when. Pure.

What the routes say is a `Chain`; how far it has come stands in the alert's row. Steps count from the moment
the alert was told. After the last one a new round begins, counted from that step, until the chain ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from alertd.alerts.calm import when_not_calm
from alertd.alerts.reminders import can_be_reminded
from alertd.alerts.settings import RouteSettings
from alertd.domain.alert import Alert, AlertState


class Step(msgspec.Struct, frozen=True):
    """Seconds after the alert was told, and the sinks that hear of it then."""

    after_s: float
    sinks: tuple[str, ...]


class Chain(msgspec.Struct, frozen=True):
    """Steps in the order of their times, no two at the same one; none: nobody else hears of it.

    `waking`: of the sinks in it those that ring a telephone. `told_first`: who hears of the alert anyway.
    """

    steps: tuple[Step, ...] = ()
    waking: tuple[str, ...] = ()
    told_first: tuple[str, ...] = ()


NO_CHAIN = Chain()


class Chains(Protocol):
    """What the configuration says about who is told after those that a route names first."""

    def chain_of(self, alert: Alert) -> Chain:
        """Of an alert as it stands now."""

    def is_sink(self, name: str) -> bool:
        """Whether a sink is called so."""


class NoChains:
    """There are neither routes nor sinks."""

    def chain_of(self, alert: Alert) -> Chain:  # noqa: ARG002
        """None."""
        return NO_CHAIN

    def is_sink(self, name: str) -> bool:  # noqa: ARG002
        """None is."""
        return False


NO_CHAINS = NoChains()

# The facts of an alert whose chain does not run, or is to begin anew.
AT_REST: Mapping[str, Any] = {
    "chain_since": None,
    "chain_began_at": None,
    "chain_done_at": None,
    "chain_round": 0,
    "woken_at": None,
}


def merged(routes: Iterable[RouteSettings], waking: Collection[str]) -> Chain:
    """The chain of all routes that fit: at each time the sinks of all steps of that time."""
    sinks_at: dict[float, dict[str, None]] = {}
    told_first: dict[str, None] = {}
    for route in routes:
        told_first |= dict.fromkeys(route.sinks)
        for step in route.escalate:
            sinks_at.setdefault(step.after_s, {}).update(dict.fromkeys(step.sinks))
    if not sinks_at:
        return NO_CHAIN
    steps = tuple(Step(after_s, tuple(sinks_at[after_s])) for after_s in sorted(sinks_at))
    named = dict.fromkeys(sink for step in steps for sink in step.sinks)
    return Chain(steps, tuple(sink for sink in named if sink in waking), tuple(told_first))


def runs(alert: Alert, chain: Chain) -> bool:
    """Whether somebody is still to be told of this alert in turn."""
    return alert.state is AlertState.FIRING and not alert.muted_by and bool(chain.steps)


def facts_to_change(alert: Alert, chain: Chain, since: datetime) -> Mapping[str, Any]:
    """What the alert's row must say otherwise, so that its chain runs where it should and only there.

    `since`: from when on one counts that begins now. A position that is gone only stops the clock of its
    alert: where it comes back nothing begins anew.
    """
    if not runs(alert, chain):
        return AT_REST if alert.chain_since is not None else {}
    return {} if alert.chain_since is not None else {**AT_REST, "chain_since": since, "chain_began_at": since}


def look_at(alert: Alert, chain: Chain) -> datetime | None:
    """When a tick has something to do with this alert's chain; a time in the past: at once."""
    if facts_to_change(alert, chain, alert.updated_at):
        return alert.updated_at
    steps = steps_left(alert, chain)
    return when_not_calm(alert, steps[0][0]) if steps and can_be_reminded(alert) else None


def steps_left(alert: Alert, chain: Chain) -> list[tuple[datetime, Step]]:
    """The steps still to be told in this round; where none is left, those of the next."""
    if alert.chain_since is None:
        return []
    done = alert.chain_done_at or alert.chain_since
    return _after(done, alert.chain_since, chain) or _after(done, done, chain)


def told(
    alert: Alert, chain: Chain, until: datetime, now: datetime
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The sinks of all steps due by `until`, and what the row says once they were told.

    Where several steps were missed (the process was down) all their sinks are told at once, and none twice:
    a round that would be over long ago begins from `now`.
    """
    due = [(at, step) for at, step in steps_left(alert, chain) if at <= until]
    if not due or alert.chain_since is None:
        return (), {}
    sinks = tuple(dict.fromkeys(sink for _, step in due for sink in step.sinks))
    done = alert.chain_done_at or alert.chain_since
    is_next_round = not _after(done, alert.chain_since, chain)
    facts: dict[str, Any] = {
        "chain_since": done if is_next_round else alert.chain_since,
        "chain_done_at": due[-1][0],
        "chain_round": alert.chain_round + is_next_round,
    }
    if due[-1][1] is chain.steps[-1] and due[-1][0] + timedelta(seconds=chain.steps[0].after_s) <= now:
        facts["chain_done_at"] = now
    return sinks, facts


def _after(done: datetime, since: datetime, chain: Chain) -> list[tuple[datetime, Step]]:
    times = ((since + timedelta(seconds=step.after_s), step) for step in chain.steps)
    return [(at, step) for at, step in times if at > done]
