"""Events, evaluations and alerts for the tests of this room, with everything a test does not care about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count, islice
from typing import Any

from alertd.alerts.chain import NO_CHAINS, Chains
from alertd.alerts.ledger import Withheld
from alertd.alerts.lifecycle import Changes, Lifecycle
from alertd.alerts.mutes import NO_MUTING, MutingRules
from alertd.alerts.orphans import Configured
from alertd.alerts.pausing import at_once
from alertd.alerts.plans import Plans, grouped
from alertd.domain.alert import Alert, AlertState, Fingerprint, Severity
from alertd.domain.command import Acknowledge, AddSilence, AnyCommand, ExpireSilence
from alertd.domain.evaluation import DAMPING_S, Evaluation, Timing
from alertd.domain.events import (
    Coverage,
    CoverageState,
    DeliveryHealth,
    Direction,
    Drill,
    Event,
    LeaderState,
    LeadTradeFailed,
    Liquidation,
    LiquidationWarning,
    MarginMode,
    MarginState,
    PositionSnapshot,
)
from alertd.domain.silence import Matchers, Silence

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
STEPS = (120.0, 300.0, 600.0)

_ids = count(1)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def _common(account: str, now: datetime) -> dict[str, Any]:
    return {"event_id": f"e{next(_ids)}", "exchange": "okx", "account": account, "received_at": now}


def isolated(instrument: str = BTC) -> dict[str, Any]:
    return {
        "instrument": instrument,
        "direction": Direction.LONG,
        "margin_mode": MarginMode.ISOLATED,
        "margin_currency": "USDT",
    }


def cross(currency: str = "USDT") -> dict[str, Any]:
    return {"margin_mode": MarginMode.CROSS, "margin_currency": currency}


def margin(
    now: datetime = START, *, account: str = "main", position: dict[str, Any] | None = None, **more: Any
) -> MarginState:
    return MarginState(**_common(account, now), **(position or isolated()), **more)


def warning(
    now: datetime = START, *, account: str = "main", position: dict[str, Any] | None = None, **more: Any
) -> LiquidationWarning:
    return LiquidationWarning(
        **_common(account, now), **(isolated() if position is None else position), **more
    )


def liquidation(
    now: datetime = START, *, account: str = "main", position: dict[str, Any] | None = None, **more: Any
) -> Liquidation:
    more = {"remaining_size": Decimal(0)} | more
    return Liquidation(**_common(account, now), **(isolated() if position is None else position), **more)


def lead(now: datetime = START, *, instrument: str = BTC, **more: Any) -> LeadTradeFailed:
    more = {"info_type": "1"} | more
    return LeadTradeFailed(**_common("main", now), instrument=instrument, trader="T1", **more)


def enough_equity(now: datetime = START) -> LeaderState:
    """The account's own, twice what it takes to lead."""
    return LeaderState(**_common("main", now), is_own=True, trader="T1", equity_share=Decimal(2))


def coverage(now: datetime = START, *, account: str = "main", blind: bool = True) -> Coverage:
    state = CoverageState.BLIND if blind else CoverageState.WATCHED
    return Coverage(**_common(account, now), stream="private", state=state)


def sink_health(now: datetime = START, *, sink: str = "phone", healthy: bool = False) -> DeliveryHealth:
    return DeliveryHealth(**_common("", now), sink=sink, healthy=healthy)


def snapshot(now: datetime, *subjects: str, account: str = "main", **more: Any) -> PositionSnapshot:
    return PositionSnapshot(**_common(account, now), subjects=frozenset(subjects), **more)


def says(
    event: Event,
    severity: Severity | None,
    held: Severity | None = None,
    *,
    rule: str = "r",
    for_s: float = 0.0,
    hold_s: float = 0.0,
    ends_s: float | None = None,
    stays: bool = False,
    damping_s: float = DAMPING_S,
    **more: Any,
) -> Evaluation:
    """What rule `rule` says about `event`; `held` defaults to the severity."""
    return Evaluation(
        Fingerprint(event.account, event.kind, rule, event.subject),
        event,
        Timing(for_s, hold_s, ends_s, stays, damping_s),
        severity,
        held if held is not None else severity,
        **more,
    )


def alert_of(event: Event, **more: Any) -> Alert:
    fields: dict[str, Any] = {
        "fingerprint": Fingerprint(event.account, event.kind, "r", event.subject),
        "episode": 1,
        "state": AlertState.FIRING,
        "severity": CRITICAL,
        "event": event,
        "since": START,
        "updated_at": START,
        "sequence": 1,
        "version": 1,
    }
    return Alert(**(fields | more))


def plans_of(steps: Callable[[Alert], Any]) -> Callable[[Alert], Plans]:
    """`steps` give the plan of one sink, or plans."""

    def plans(alert: Alert) -> Plans:
        found = steps(alert)
        return found if isinstance(found, Plans) else grouped({"phone": found})

    return plans


def remind_critical(alert: Alert) -> tuple[float, ...]:
    return STEPS if alert.severity is CRITICAL else ()


class Run:
    """A Lifecycle with a store of rows and a list of everything told, so that it can be restarted."""

    def __init__(
        self,
        rows: Iterable[Alert] = (),
        steps: Any = remind_critical,
        chains: Chains = NO_CHAINS,
        muting: MutingRules = NO_MUTING,
    ) -> None:
        self.chains = chains
        self.rows = {(alert.fingerprint, alert.episode): alert for alert in rows}
        self.silences: dict[str, Silence] = {}
        self.told: list[Any] = []
        self.withheld: list[Withheld] = []
        self.events: list[Event] = []
        self.steps = steps
        self.muting = muting
        self.restart()

    def restart(self) -> None:
        """Build the Lifecycle anew from the stored rows alone."""
        episodes: dict[Fingerprint, int] = {}
        for name, episode in self.rows:
            episodes[name] = max(episode, episodes.get(name, 0))
        still_open = [alert for alert in self.rows.values() if alert.is_open]
        ended = [alert for alert in self.rows.values() if not alert.is_open]
        drills = [alert for alert in ended if isinstance(alert.event, Drill)]
        self.lifecycle = Lifecycle(
            still_open,
            episodes,
            plans_of(self.steps),
            {"main": {"owner": "anna"}},
            self.chains,
            drills,
            silences=list(self.silences.values()),
            muting=self.muting,
            recovered=ended,
        )

    def apply(self, event: Event, *evaluations: Evaluation, now: datetime | None = None) -> Changes:
        return self._store_each(self.lifecycle.apply(event, evaluations, now or event.received_at))

    def say(
        self, event: Event, severity: Severity | None, held: Severity | None = None, **more: Any
    ) -> Changes:
        return self.apply(event, says(event, severity, held, **more))

    def tick(self, seconds: float) -> Changes:
        return self._store_each(self.lifecycle.tick(at(seconds)))

    def tick_and_crash(self, seconds: float, pieces: int) -> None:
        """The process dies once so many pieces are stored, and the next one goes on from there."""
        for changes in islice(self.lifecycle.tick(at(seconds)), pieces):
            self._store(changes)
        self.restart()
        self.tick(seconds)

    def reasons(self) -> list[str]:
        return [str(told.reason) for told in self.told]

    def only_alert(self) -> Alert:
        (alert,) = self.lifecycle.open_alerts()
        return alert

    def row(self, episode: int = 1) -> Alert:
        (found,) = (alert for (_, number), alert in self.rows.items() if number == episode)
        return found

    def obey(self, command: AnyCommand) -> Changes:
        """What a person says, at the time it was said."""
        return self._store(at_once(self.lifecycle.obey(command, command.at)))

    def acknowledge(self, *ids: str, now: datetime = START, **more: Any) -> Changes:
        """By anna; everything, unless ids or an account are given."""
        return self.obey(Acknowledge(person="anna", at=now, alerts=ids, **more))

    def silence(
        self,
        silence_id: str = "s1",
        now: datetime = START,
        for_s: float = 3600,
        forced: bool = False,
        **what: Any,
    ) -> Changes:
        """By anna, of what fits `what` (all globs as tuples); of everything where nothing is given."""
        return self.obey(
            AddSilence(
                person="anna",
                at=now,
                comment="works",
                silence_id=silence_id,
                matchers=Matchers(**what),
                ends_at=now + timedelta(seconds=for_s),
                forced=forced,
            )
        )

    def reload(self, configured: Configured, now: datetime) -> Changes:
        """Go on under what is configured now, and else as before."""
        return self._store(
            self.lifecycle.reconfigure(configured, self.steps, {}, now, self.chains, self.muting)
        )

    def expire(self, silence_id: str = "s1", now: datetime = START) -> Changes:
        return self.obey(ExpireSilence(person="ben", at=now, silence_id=silence_id))

    def _store_each(self, pieces: Iterable[Changes]) -> Changes:
        """Returns what all of them changed."""
        stored = [self._store(changes) for changes in pieces]
        return Changes(
            [alert for changes in stored for alert in changes.alerts],
            [told for changes in stored for told in changes.notifications],
            [silence for changes in stored for silence in changes.silences],
            [one for changes in stored for one in changes.withheld],
            [event for changes in stored for event in changes.events],
        )

    def _store(self, changes: Changes) -> Changes:
        for alert in changes.alerts:
            key = (alert.fingerprint, alert.episode)
            before = self.rows.get(key)
            assert alert.version == (before.version + 1 if before else 1)
            self.rows[key] = alert
        for silence in changes.silences:
            stored = self.silences.get(silence.silence_id)
            assert silence.version == (stored.version + 1 if stored else 1)
            self.silences[silence.silence_id] = silence
        self.told += changes.notifications
        self.withheld += changes.withheld
        self.events += changes.events
        return changes
