"""What open alerts know of how their positions were opened, which nothing else keeps over a restart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec.structs import replace

from alertd.domain.alert import Alert
from alertd.domain.events import Event, MarginMode, MarginState
from alertd.domain.exposure import MARGIN_DRIFT

_ZERO = Decimal(0)
_ONE = Decimal(1)
_STANDS_ON = ("direction", "margin_mode", "position_size", "leverage", "entry_price")


class Openings:
    """Of the positions of alerts that were open at a start. False once none is left.

    Who watches them began anew, and measures what nothing tells how it began from first sight. Here their
    room is measured on as it was before, until it ends or its owner changes what it stands on.
    """

    def __init__(self, open_alerts: Iterable[Alert]) -> None:
        self._last: dict[tuple[str, str], MarginState] = {}
        self._reference: dict[tuple[str, str], Decimal] = {}
        for alert in sorted(open_alerts, key=lambda one: one.event.received_at):
            event = alert.event
            if isinstance(event, MarginState) and (reference := _reference_of(event)) is not None:
                self._last[_key(event)] = event
                self._reference[_key(event)] = reference

    def __len__(self) -> int:
        return len(self._last)

    def measured(self, events: Sequence[Event]) -> Sequence[Event]:
        """The same events, with the room of these positions measured from how they were opened."""
        if not self._last:
            return events
        return [self._measured(event) if isinstance(event, MarginState) else event for event in events]

    def _measured(self, event: MarginState) -> MarginState:
        if not event.open:
            self._forget_subject(event)
            return event
        key = _key(event)
        last = self._last.get(key)
        if last is None or event.distance_to_liquidation is None:
            return event
        if _has_changed(last, event):
            self._forget(key)
            return event
        self._last[key] = event
        reference = self._reference[key]
        used = max(_ONE - event.distance_to_liquidation / reference, _ZERO)
        return event if used == event.buffer_used else replace(event, buffer_used=used)

    def _forget_subject(self, ended: MarginState) -> None:
        for key, last in list(self._last.items()):
            if last.account == ended.account and last.subject == ended.subject:
                self._forget(key)

    def _forget(self, key: tuple[str, str]) -> None:
        del self._last[key], self._reference[key]


def _key(event: MarginState) -> tuple[str, str]:
    """Of cross positions an event tells the nearest one, which may be another the next time."""
    return event.account, event.position_id or event.subject


def _reference_of(event: MarginState) -> Decimal | None:
    """The distance that its figures are measured from; None where they do not tell it."""
    distance, used = event.distance_to_liquidation, event.buffer_used
    if not event.open or event.stale or distance is None or used is None:
        return None
    # At 0 it may be farther than when it was opened, and at 1 nothing is left to measure with.
    return distance / (_ONE - used) if distance > _ZERO and _ZERO < used < _ONE else None


def _has_changed(last: MarginState, event: MarginState) -> bool:
    """Another position, or another size; of an isolated one also its margin, which its price follows."""
    if any(getattr(last, name) != getattr(event, name) for name in _STANDS_ON):
        return True
    if None not in (last.opened_at, event.opened_at) and last.opened_at != event.opened_at:
        return True
    before, now, entry = last.liquidation_price, event.liquidation_price, event.entry_price
    if event.margin_mode is not MarginMode.ISOLATED or before is None or now is None:
        return False
    apart = max(
        (abs(price - before) for price in (entry, last.mark_price) if price is not None), default=_ZERO
    )
    return abs(now - before) > MARGIN_DRIFT * apart
