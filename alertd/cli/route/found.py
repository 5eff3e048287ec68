"""What the routes of a configuration make of an event that did not happen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from alertd.alerts.addressing import quiet_until
from alertd.alerts.chain import Chain
from alertd.alerts.escalation import is_near
from alertd.alerts.matching import misfits
from alertd.alerts.plans import Plans
from alertd.alerts.routing import Router
from alertd.alerts.settings import RouteSettings
from alertd.cli.route.trial import Made
from alertd.config import Settings
from alertd.domain.alert import Alert, AlertState, Fingerprint, Severity
from alertd.domain.errors import ConfigError
from alertd.domain.events import EVENT_TYPES, REPORTS, DeliveryHealth, Event, EventKind, MarginState
from alertd.domain.notification import Address, Notification
from alertd.reloading import ruling_of
from alertd.rules.nearest import did_you_mean

# Told of alertd itself, or of an exchange: no account has them.
_OF_NO_ACCOUNT = frozenset(
    {
        EventKind.COVERAGE_REPORT,
        EventKind.DELIVERY,
        EventKind.CONFIGURATION,
        EventKind.FINDINGS,
        EventKind.STOPPING,
        EventKind.SUMMARY,
        EventKind.MAINTENANCE,
        EventKind.SELF_CHECK,
        EventKind.DRILL,
        EventKind.DRILL_DUE,
        EventKind.AWAY,
        EventKind.SILENCE,
    }
)


class Asked(msgspec.Struct, frozen=True):
    """One route. `misfits`: which keys of its match do not fit, with what the event has instead."""

    place: int
    route: RouteSettings
    misfits: Mapping[str, str | None]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Where it goes. `held`: the sinks that wait for the end of quiet hours, and when that is.

    `remind_s`: of each sink that is told or reminded, in seconds, the last one repeats; () = none.
    `wakes_at_once`: liquidation is so near that the waking sinks of the chain hear of it without waiting for
    its steps.
    """

    notification: Notification
    at: datetime
    timezone: ZoneInfo
    asked: Sequence[Asked]
    addresses: Sequence[Address]
    held: Mapping[str, datetime]
    remind_s: Mapping[str, Sequence[float]]
    chain: Chain
    wakes_at_once: Sequence[str]

    @property
    def sinks(self) -> list[str]:
        """Those that hear of it, now or later."""
        return [address.sink for address in self.addresses if not address.stands_in_for]

    @property
    def at_once(self) -> list[str]:
        """Those of them that do not wait."""
        return [address.sink for address in self.addresses if address.is_direct]

    @property
    def fallback(self) -> list[str]:
        """Those that hear of it only if others do not take it."""
        return [address.sink for address in self.addresses if address.stands_in_for]


class Oracle:
    """Knows what a configuration says about news. Raises: ConfigError where its rules cannot be used."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._router: Router = ruling_of(settings).router

    def ask(self, made: Made, at: datetime) -> Found:
        """`at` without an offset is local time. Raises: ConfigError if it names what is not configured."""
        zone = self._settings.timezone
        now = at.replace(tzinfo=zone) if at.tzinfo is None else at
        alert = self._alert(made, now)
        told = Notification(alert=alert, reason=made.reason, created_at=now)
        addresses = self._router.addresses_for(told, now)
        chain = self._router.chain_of(alert)
        return Found(
            notification=told,
            at=now,
            timezone=zone,
            asked=[
                Asked(place, route, misfits(route.match.matchers, alert))
                for place, route in enumerate(self._settings.routes)
            ],
            addresses=addresses,
            held=self._held(told, addresses, now),
            remind_s=_by_sink(self._router.remind_after(alert), addresses),
            chain=chain,
            wakes_at_once=chain.waking if is_near(alert.event) else (),
        )

    def _alert(self, made: Made, now: datetime) -> Alert:
        account = self._account(made)
        event = _event(made, account, self._exchange(account), now)
        labels = dict(self._settings.accounts[account].labels) if account else {}
        return Alert(
            fingerprint=Fingerprint(account, event.kind, "", event.subject),
            episode=1,
            state=AlertState.FIRING,
            severity=made.severity or (Severity.INFO if made.kind in REPORTS else Severity.CRITICAL),
            event=event,
            since=now,
            updated_at=now,
            labels=labels | made.labels,
        )

    def _account(self, made: Made) -> str:
        accounts = self._settings.accounts
        if made.account:
            if made.account not in accounts:
                raise ConfigError(
                    [f'there is no account "{made.account}"{did_you_mean(made.account, accounts)}']
                )
            return made.account
        if made.kind in _OF_NO_ACCOUNT:
            return ""
        if len(accounts) > 1:
            raise ConfigError([f"of which account? name one of {', '.join(sorted(accounts))}"])
        return next(iter(accounts))

    def _exchange(self, account: str) -> str:
        return self._settings.accounts[account].exchange if account else ""

    def _held(self, told: Notification, addresses: Sequence[Address], now: datetime) -> dict[str, datetime]:
        """By sink. What waits for another reason, waits for another time."""
        ends = {
            until
            for route in self._router.fitting(told.alert)
            if (until := quiet_until(route, told, now, self._settings.timezone)) is not None
        }
        return {
            address.sink: address.not_before
            for address in addresses
            if not address.stands_in_for and address.not_before is not None and address.not_before in ends
        }


def _by_sink(plans: Plans, addresses: Sequence[Address]) -> dict[str, Sequence[float]]:
    told: dict[str, Sequence[float]] = {address.sink: () for address in addresses if address.hears}
    return told | {sink: plan.steps_s for plan in plans.plans for sink in plan.sinks}


def _event(made: Made, account: str, exchange: str, now: datetime) -> Event:
    common: dict[str, Any] = {
        "event_id": "", "exchange": exchange, "account": account, "received_at": now,
        "instrument": made.instrument,
    }  # fmt: skip
    if made.kind is EventKind.MARGIN_STATE:
        return MarginState(**common, minutes_to_liquidation=made.minutes_to_liquidation)
    if made.kind is EventKind.DELIVERY:
        return DeliveryHealth(**common, sink=made.sink, healthy=False)
    return EVENT_TYPES[made.kind](**common)
