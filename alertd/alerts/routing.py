"""Which sinks hear of a notification, and how often an alert is told again."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec import structs

from alertd.alerts.addressing import (
    addresses_among,
    addresses_of,
    as_it_was_told,
    called_off,
    echoes_of,
    is_end,
    one_for_each_sink,
)
from alertd.alerts.chain import NO_CHAIN, Chain, merged
from alertd.alerts.matching import accepting, readings
from alertd.alerts.plans import NO_PLANS, Plans, grouped
from alertd.alerts.reminders import until_daily
from alertd.alerts.settings import RouteSettings
from alertd.domain.alert import Alert, AlertState, Fingerprint, Severity
from alertd.domain.canary import CHECK_SINK, is_canary
from alertd.domain.events import (
    REPORTS,
    ActionState,
    Away,
    CopyDigest,
    DeliveryHealth,
    Drill,
    MarginState,
    Summary,
)
from alertd.domain.notification import Address, Notification, Reason

# Seconds; the last one repeats.
REMIND_CRITICAL_S: tuple[float, ...] = (120.0, 300.0, 600.0, 1800.0, 3600.0)
# Of positions that an action has left, which nobody manages any more.
REMIND_LEFT_S: tuple[float, ...] = (3600.0, 14_400.0, 86_400.0)

_Steps = dict[str, tuple[float, ...]]

UTC_ZONE = ZoneInfo("UTC")


class Router:
    """Every route whose match fits applies, and a sink gets one delivery.

    Without routes everything goes to every sink. So does a notification that fits no route, and one whose
    routes name only the sink that it says is broken: a gap in the configuration loses nothing in silence.
    Route such alerts to the sink they should go to in order to keep them from the others.
    An alert of several accounts goes wherever one of any of them would have gone. `labels` by account, and so
    are `exchanges`.

    The daily summary is sent where critical news of any account would go: what it proves is that these
    sinks can be reached. Only routes that name its kind decide otherwise: without one it rings no telephone
    (`waking`: the sinks that do). So is the digest of an account, where critical news of that account go.
    A drill goes where critical news of its account would go, its chain too. That somebody is away is told
    where the summary goes, and to the deputy; that it has changed, to the former one, too.
    The canary goes to the one sink that its event names as the instrument, and no route concerns it.
    `timezone`: whose clock counts for quiet hours that name none.
    """

    def __init__(
        self,
        routes: Sequence[RouteSettings],
        sinks: Sequence[str],
        labels: Mapping[str, Mapping[str, str]] | None = None,
        exchanges: Mapping[str, str] | None = None,
        waking: Collection[str] = (),
        timezone: ZoneInfo = UTC_ZONE,
    ) -> None:
        self._sinks = tuple(sinks)
        self._waking = frozenset(waking)
        self._timezone = timezone
        self._labels = labels or {}
        self._exchanges = exchanges or {}
        self._routes = [(accepting(route.match.matchers), route) for route in routes]
        self._escalates = any(route.escalate for route in routes)
        self._plans: dict[Hashable, Plans] = {}
        self._chains: dict[tuple[int, ...], Chain] = {}  # by the routes that fit

    def addresses_for(self, notification: Notification, now: datetime) -> tuple[Address, ...]:
        """Where it goes, and how: in the order of the routes, one address for a sink.

        News of a sink that fails is never sent to that sink, unless there is no other. News of several
        accounts goes where news of each of them would go; an end goes where what ends was told. What is meant
        for some sinks only goes there, as far as they are still configured; that somebody takes care goes to
        no telephone, and only to who was told of the alert.
        """
        alert = notification.alert
        if is_canary(alert.event):
            named = alert.event.instrument
            return _at_once(sink for sink in (CHECK_SINK, *self._sinks) if sink == named)
        if isinstance(alert.event, Summary):
            return _at_once(self._named_for(alert) or self._calm_sinks())
        if isinstance(alert.event, CopyDigest):
            return _at_once(self._named_for(alert) or self._calm_sinks([alert.fingerprint.account]))
        if isinstance(alert.event, Drill) and alert.event.to_sink:
            return _at_once([alert.event.to_sink])
        if isinstance(alert.event, Away):
            deputies = [alert.event.deputy]
            if not is_end(notification) and alert.event.former_deputy in self._sinks:
                deputies.append(alert.event.former_deputy)
            return _at_once(dict.fromkeys((*self._calm_sinks(), *deputies)))
        if notification.reason is Reason.ACKNOWLEDGED:
            return _if_heard(sink for sink in self._calm(notification.only_to) if sink in self._sinks)
        known = _at_once(sink for sink in notification.only_to if sink in self._sinks)
        chosen = known or self._by_routes(notification, now)
        if not isinstance(alert.event, DeliveryHealth):
            return chosen
        broken = alert.event.sink
        return _healthy(broken, chosen) or _healthy(broken, _at_once(self._sinks)) or chosen

    def with_echoes(self, notification: Notification, now: datetime) -> tuple[Address, ...]:
        """The same, and of an end all other sinks, if they were told of what ends: by a step of its chain, in
        place of those that failed, or by routes that have changed since. For whom it has rung it is over at
        once (a telephone rings for several good ends together), for the rest when the routes say so.
        """
        chosen = self.addresses_for(notification, now)
        if not is_end(notification) or notification.is_canary or isinstance(notification.alert.event, Away):
            return chosen
        told = {address.sink for address in chosen if address.hears}
        rung = {ring.sink for alert in (notification.alert, *notification.also) for ring in alert.rung}
        stood_in = [
            echo
            for one in as_it_was_told(notification)
            for route in self.fitting(one.alert)
            if route.fallback
            for echo in echoes_of(route, one, now, self._timezone)
        ]
        found = [echo for echo in stood_in if echo.sink not in rung]
        named = {echo.sink for echo in found}
        called = [sink for sink in self._sinks if sink in rung and sink in self._waking]
        found += [called_off(sink, notification, now) for sink in called]
        found += _if_heard(sink for sink in self._sinks if sink not in named and sink not in called)
        return (*chosen, *(echo for echo in one_for_each_sink(found) if echo.sink not in told))

    def chain_of(self, alert: Alert) -> Chain:
        """Who hears of it while nobody acknowledges: the steps of every fitting route. Reports have none."""
        if not self._escalates or _is_told_once(alert):
            return NO_CHAIN
        fitting = self.fitting(alert)
        key = tuple(map(id, fitting))
        if key not in self._chains:
            self._chains[key] = merged(fitting, self._waking)
        return self._chains[key]

    def audience(self, alert: Alert) -> Hashable:
        """Equal for alerts that the same routes concern, so that one message may tell of both."""
        broken = alert.event.sink if isinstance(alert.event, DeliveryHealth) else ""
        return tuple(map(id, self.fitting(alert))), broken

    def is_sink(self, name: str) -> bool:
        """Whether a sink is called so."""
        return name in self._sinks

    def sinks_for(self, notification: Notification) -> tuple[str, ...]:
        """The sinks that hear of it, each once, be it at once or later; not those that only stand in."""
        addresses = self.addresses_for(notification, notification.created_at)
        return tuple([address.sink for address in addresses if address.hears])

    def fitting(self, alert: Alert) -> list[RouteSettings]:
        """The routes that its match lets apply, in their order."""
        meant = (
            self._critical_of(alert.event)
            if isinstance(alert.event, Drill)
            else readings(alert, self._labels)
        )
        return [route for accepts, route in self._routes if any(map(accepts, meant))]

    def critical_sinks(self, account: str, exchange: str, labels: Mapping[str, str]) -> tuple[str, ...]:
        """Where critical news of an account would go, whatever instrument it is about."""
        return self.sinks_for(_critical(account, exchange, labels))

    def _by_routes(self, notification: Notification, now: datetime) -> tuple[Address, ...]:
        found: list[Address] = []
        for told in as_it_was_told(notification):
            for route in self.fitting(told.alert):
                found += addresses_of(route, told, now, self._timezone)
        if not notification.among:
            return one_for_each_sink(found) or _at_once(self._sinks)
        meant = one_for_each_sink(addresses_among(found, notification.among))
        return meant or _at_once(sink for sink in self._sinks if sink in notification.among)

    def _named_for(self, alert: Alert) -> tuple[str, ...]:
        """The sinks of the routes that name its kind."""
        named = [
            sink
            for accepts, route in self._routes
            if route.match.kind and "*" not in route.match.kind and accepts(alert)
            for sink in route.sinks
        ]
        return tuple(dict.fromkeys(named))

    def _critical_of(self, drill: Drill) -> list[Alert]:
        """What a drill is read as: critical news of its account, or of each."""
        accounts = [drill.as_of] if drill.as_of else list(self._exchanges)
        return [
            _critical(one, self._exchanges.get(one, ""), self._labels.get(one, {})).alert for one in accounts
        ]

    def _calm_sinks(self, accounts: Iterable[str] | None = None) -> tuple[str, ...]:
        """Where critical news of any of these, or of any account, would go, and no telephone rings."""
        found = dict.fromkeys(
            sink
            for account in (self._exchanges if accounts is None else accounts)
            for sink in self.critical_sinks(
                account, self._exchanges.get(account, ""), self._labels.get(account, {})
            )
        )
        return self._calm(found) or self._calm(self._sinks)

    def _calm(self, sinks: Iterable[str]) -> tuple[str, ...]:
        return tuple(sink for sink in sinks if sink not in self._waking)

    def remind_after(self, alert: Alert) -> Plans:
        """Who is reminded, and when: each sink as the first fitting route says that names it and reminds.

        Of what only reports nobody is reminded; of what stays until somebody acknowledges it, ever more
        rarely.
        """
        if _is_told_once(alert):
            return NO_PLANS
        fitting, usual_s = self.fitting(alert), _usual_steps_s(alert)
        broken = alert.event.sink if isinstance(alert.event, DeliveryHealth) else ""
        key = (tuple(map(id, fitting)), usual_s, alert.kept_s is None, broken)
        if key not in self._plans:
            steps_of = _steps_by_sink(fitting, usual_s) or dict.fromkeys(self._sinks, usual_s)
            if broken in steps_of:
                steps_of = self._without(broken, steps_of)
            if alert.kept_s is not None:
                steps_of = {sink: until_daily(steps_s) for sink, steps_s in steps_of.items()}
            self._plans[key] = grouped(steps_of)
        return self._plans[key]

    def _without(self, broken: str, steps_of: _Steps) -> _Steps:
        """Where no other sink is named, it is told to all others: see `addresses_for`."""
        named = {sink: steps_s for sink, steps_s in steps_of.items() if sink != broken}
        others = dict.fromkeys((sink for sink in self._sinks if sink != broken), steps_of[broken])
        return named or others or steps_of


def _steps_by_sink(fitting: Iterable[RouteSettings], usual_s: tuple[float, ...]) -> _Steps:
    found: _Steps = {}
    for route in fitting:
        steps_s = usual_s if route.remind_s is None else route.remind_s
        found |= {sink: steps_s for sink in route.sinks if not found.get(sink)}
    return found


def _usual_steps_s(alert: Alert) -> tuple[float, ...]:
    if alert.severity is Severity.CRITICAL:
        return REMIND_CRITICAL_S
    is_left = isinstance(alert.event, ActionState) and alert.severity is Severity.WARNING
    return REMIND_LEFT_S if is_left and alert.expires_at is None else ()


def _is_told_once(alert: Alert) -> bool:
    """Reports, the canary, the test of a single sink, and an action that takes its course."""
    event = alert.event
    return (
        alert.fingerprint.kind in REPORTS
        or is_canary(event)
        or (isinstance(event, Drill) and event.to_sink != "")
        or (isinstance(event, ActionState) and alert.severity is Severity.INFO)
    )


def _critical(account: str, exchange: str, labels: Mapping[str, str]) -> Notification:
    """Critical news of an account, whatever instrument it is about."""
    now = datetime.fromtimestamp(0, UTC)
    event = MarginState(event_id="", exchange=exchange, account=account, received_at=now)
    alert = Alert(
        fingerprint=Fingerprint(account, event.kind, "", event.subject),
        episode=1,
        state=AlertState.FIRING,
        severity=Severity.CRITICAL,
        event=event,
        since=now,
        updated_at=now,
        labels=dict(labels),
    )
    return Notification(alert=alert, reason=Reason.NEW, created_at=now)


def _at_once(sinks: Iterable[str]) -> tuple[Address, ...]:
    return tuple([Address(sink=sink) for sink in sinks])


def _if_heard(sinks: Iterable[str]) -> tuple[Address, ...]:
    return tuple([Address(sink=sink, if_heard=True) for sink in sinks])


def _healthy(broken: str, addresses: Sequence[Address]) -> tuple[Address, ...]:
    """Those of the other sinks; where only some that stand in are left, they wait for nobody. Nor does who
    stands in for the broken one alone: nothing is sent there, so it is told in its place.
    """
    others = [address for address in addresses if address.sink != broken]
    if all(address.stands_in_for for address in others):
        return _at_once(address.sink for address in others)
    its_own = next((address for address in addresses if address.sink == broken), None)
    return tuple([_without(its_own, address) if its_own else address for address in others])


def _without(broken: Address, address: Address) -> Address:
    """How a sink is told where another is told nothing."""
    groups = [tuple(sink for sink in group if sink != broken.sink) for group in address.stands_in_for]
    if all(groups):
        return structs.replace(address, stands_in_for=tuple(groups))
    return structs.replace(broken, sink=address.sink, stands_in_for=())
