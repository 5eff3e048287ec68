"""Alerts, plans and a world for the tests of this room, with everything a test does not care about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from alertd.actions.desk import ActionDesk
from alertd.actions.plans import Plan, Trigger
from alertd.domain.action import ActionChanges, ActionType, Intent, IntentState, Mode, OpenPositions, Step
from alertd.domain.alert import Alert, AlertState, Fingerprint, Severity
from alertd.domain.events import Event, LeaderState, MarginState, Source

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BOB, CEM = "25CD5A80241D6FE6", "AAAA5A80241D6FE6", "BBBB5A80241D6FE6"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@dataclass
class World:
    """As the desk sees everything else. An alert is in force unless it stands in `over`."""

    exchanges: dict[str, str] = field(default_factory=lambda: {"main": "okx", "other": "okx"})
    unwatched: set[str] = field(default_factory=set)
    unreconciled: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=lambda: {"admin", "anna", "ben"})
    over: set[tuple[Fingerprint, int]] = field(default_factory=set)
    severities: dict[tuple[Fingerprint, int], Severity] = field(default_factory=dict)

    def is_watched(self, account: str) -> bool:
        return account not in self.unwatched

    def is_reconciled(self, account: str) -> bool:
        return account not in self.unreconciled

    def exchange(self, account: str) -> str | None:
        return self.exchanges.get(account)

    def may_approve(self, person: str) -> bool:
        return person in self.people

    def is_in_force(self, fingerprint: Fingerprint, episode: int, severity: Severity) -> bool:
        if (fingerprint, episode) in self.over:
            return False
        return self.severities.get((fingerprint, episode), Severity.CRITICAL).rank >= severity.rank


def plan(**given: Any) -> Plan:
    usual: dict[str, Any] = {
        "action": "stop",
        "type": ActionType.STOP_COPYING,
        "mode": Mode.APPROVE,
        "accounts": {"main": "okx"},
        "of_event": False,
        "traders": (ANN,),
        "open_positions": OpenPositions.CLOSE_AT_MARKET,
        "cooldown_s": 3600.0,
        "max_per_day": 3,
        "max_per_day_total": 20,
        "max_traders": 10,
        "approval_ttl_s": 900.0,
        "approvers": 1,
        "auto_after_runs": 1,
        "config_hash": "c0ffee",
    }
    return Plan(**{**usual, **given})


def desk(
    world: World,
    *plans: Plan,
    intents: Iterable[Intent] = (),
    rules: Iterable[str] = ("margin",),
    **more: Any,
) -> ActionDesk:
    """A desk whose rules all trigger all plans."""
    named = {one.action: one for one in plans or (plan(),)}
    trigger = more.pop("trigger", Trigger(tuple(named)))
    return ActionDesk(named, dict.fromkeys(rules, trigger), intents=intents, world=world, **more)


def margin(received: float = 0.0, *, instrument: str = "BTC-USDT-SWAP", **more: Any) -> MarginState:
    given: dict[str, Any] = {"exchange": "okx", "account": "main", "source": Source.PUSH, **more}
    return MarginState(
        event_id=f"m{received}{instrument}",
        received_at=at(received),
        instrument=instrument,
        margin_ratio=Decimal("2.5"),
        **given,
    )


def leader(trader: str | None, received: float = 0.0, **more: Any) -> LeaderState:
    given: dict[str, Any] = {"exchange": "okx", "account": "main", "source": Source.POLL, **more}
    return LeaderState(event_id=f"l{received}{trader}", received_at=at(received), trader=trader, **given)


def alert(
    event: Event | None = None,
    *,
    rule: str = "margin",
    episode: int = 1,
    severity: Severity = Severity.CRITICAL,
) -> Alert:
    event = event or margin()
    return Alert(
        fingerprint=Fingerprint(event.account, event.kind, rule, event.subject),
        episode=episode,
        state=AlertState.FIRING,
        severity=severity,
        event=event,
        since=event.received_at,
        updated_at=event.received_at,
    )


def moved(intent: Intent, state: IntentState, now: datetime, **more: Any) -> tuple[Intent, Step]:
    """The next version as the runner hands it in."""
    after = replace(intent, state=state, version=intent.version + 1, **more)
    return after, Step(intent_id=intent.intent_id, version=after.version, at=now, state=state)


def states(changes: ActionChanges) -> list[tuple[str, str, str]]:
    """Trader, state and reason of each intent that changed."""
    return [(one.trader, str(one.state), one.reason) for one in changes.intents]


def carried_out(
    made: ActionDesk, intent: Intent, now: datetime, end: IntentState = IntentState.CONFIRMED
) -> Intent:
    """Sent, read back and ended, as far as the desk lets it."""
    current = intent
    for state in (IntentState.SENDING, IntentState.VERIFYING, end):
        given: dict[str, Any] = {"requests": 1}
        changes = made.progressed(*moved(current, state, now, **given), now)
        (current,) = changes.intents
        if not current.is_open:
            break
    return current
