"""How a notification goes to the sinks of the routes it fits: at once, or later. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import structs

from alertd.alerts.quiet_hours import end_of_quiet
from alertd.alerts.settings import RouteSettings
from alertd.alerts.states import END_REASONS
from alertd.domain.alert import Severity
from alertd.domain.canary import is_canary
from alertd.domain.events import CopyDigest, Drill, SilenceEnding, Stopping, Summary
from alertd.domain.notification import Address, Notification, Reason

_ENDS = frozenset(END_REASONS.values())
_ENDS_WELL = frozenset({Reason.RECOVERED, Reason.CLOSED})
_CALLED_OFF = timedelta(seconds=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def addresses_of(
    route: RouteSettings, notification: Notification, now: datetime, timezone: ZoneInfo
) -> list[Address]:
    """Where one route sends it, and how. `timezone`: that of the daemon. The sinks that stand in come last;
    their time counts from when the others may hear of it.
    """
    until = quiet_until(route, notification, now, timezone) or _batched_until(route, notification, now)
    told = [Address(sink=sink, not_before=until, batched=until is not None) for sink in route.sinks]
    turn = (until or now) + timedelta(seconds=route.fallback_after_s)
    return told + [
        Address(sink=sink, not_before=turn, batched=until is not None, stands_in_for=(route.sinks,))
        for sink in route.fallback
        if sink not in route.sinks
    ]


def echoes_of(
    route: RouteSettings, notification: Notification, now: datetime, timezone: ZoneInfo
) -> list[Address]:
    """Where an end goes where sinks have stood in for those of a route: as it goes to these."""
    until = quiet_until(route, notification, now, timezone) or _batched_until(route, notification, now)
    return [
        Address(sink=sink, not_before=until, batched=until is not None, if_heard=True)
        for sink in route.fallback
    ]


def called_off(sink: str, notification: Notification, now: datetime) -> Address:
    """How an end goes to a telephone that rang for what ends: once for all that ends well within seconds. A
    bad end leaves at once.
    """
    if notification.reason not in _ENDS_WELL or _is_void_when_late(notification):
        return Address(sink=sink, if_heard=True)
    return Address(sink=sink, not_before=_end_of_window(_CALLED_OFF, now), batched=True, if_heard=True)


def is_end(notification: Notification) -> bool:
    """Whether it tells that something is over."""
    return notification.reason in _ENDS


def as_it_was_told(notification: Notification) -> list[Notification]:
    """What the routes are to judge: the notification, of an end one for each severity that any of the alerts
    which end was told with. Who was woken by one that is milder by now must hear that it is over.
    """
    if notification.reason not in _ENDS:
        return [notification]
    return [
        structs.replace(notification, alert=structs.replace(alert, severity=severity))
        for alert in (notification.alert, *notification.also)
        for severity in alert.told_as or (alert.severity,)
    ]


def addresses_among(addresses: Iterable[Address], sinks: Collection[str]) -> Iterator[Address]:
    """Those of these sinks, and of those that stand in for one of them, for these only."""
    for address in addresses:
        if not address.stands_in_for:
            if address.sink in sinks:
                yield address
            continue
        groups = (tuple([sink for sink in group if sink in sinks]) for group in address.stands_in_for)
        if meant := tuple(filter(None, groups)):
            yield structs.replace(address, stands_in_for=meant)


def one_for_each_sink(addresses: Iterable[Address]) -> tuple[Address, ...]:
    """One delivery for a sink, the most urgent of those that several routes ask for; in their order.

    A sink that hears of it stands in for nobody; the earlier comes before the later, and what leaves by
    itself before what waits to leave with others. One that stands in for the sinks of several routes leaves
    where those of any of them fail.
    """
    chosen: dict[str, Address] = {}
    for address in addresses:
        known = chosen.get(address.sink)
        chosen[address.sink] = address if known is None else _more_urgent(known, address)
    return tuple(chosen.values())


def covers_critical(route: RouteSettings) -> bool:
    """Whether the quiet hours of a route hold critical news too: only where its match names them."""
    return route.quiet_hours is not None and Severity.CRITICAL in (route.match.severity or ())


def _more_urgent(known: Address, other: Address) -> Address:
    chosen = min(known, other, key=_urgency)
    if not chosen.stands_in_for:
        return chosen
    groups = dict.fromkeys(known.stands_in_for + other.stands_in_for)
    return structs.replace(chosen, stands_in_for=tuple(groups))


def _urgency(address: Address) -> tuple[bool, float, bool]:
    due = address.not_before
    return bool(address.stands_in_for), 0.0 if due is None else due.timestamp(), address.batched


def quiet_until(
    route: RouteSettings, notification: Notification, now: datetime, timezone: ZoneInfo
) -> datetime | None:
    """The end of the quiet hours that hold it; None: nothing does."""
    if route.quiet_hours is None or _cannot_wait(route, notification):
        return None
    return end_of_quiet(route.quiet_hours, now, timezone)


def _batched_until(route: RouteSettings, notification: Notification, now: datetime) -> datetime | None:
    """The end of the window of `batch_s` that `now` lies in: windows follow each other, whoever asks, so that
    all that is told in one leaves together, over a restart too. What is critical never waits for others, nor
    does what is of use for a while only: that a silence ends soon.
    """
    window, alert = timedelta(seconds=route.batch_s), notification.alert
    if not window or alert.severity is Severity.CRITICAL or _is_void_when_late(notification):
        return None
    if isinstance(alert.event, SilenceEnding):
        return None
    return _end_of_window(window, now)


def _end_of_window(window: timedelta, now: datetime) -> datetime:
    return _EPOCH + ((now - _EPOCH) // window + 1) * window


def _cannot_wait(route: RouteSettings, notification: Notification) -> bool:
    """What is critical, unless the route names that as well; also then what has just become critical.

    A stop: who would send it later? What only proves that messages arrive proves nothing when it is late.
    """
    alert = notification.alert
    if alert.severity is Severity.CRITICAL and (
        notification.reason is Reason.WORSENED or not covers_critical(route)
    ):
        return True
    return _is_void_when_late(notification)


def _is_void_when_late(notification: Notification) -> bool:
    event = notification.alert.event
    return isinstance(event, Drill | Summary | CopyDigest | Stopping) or is_canary(event)
