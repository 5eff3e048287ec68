"""The cross positions of an account by currency: all of one stand and fall together."""

from __future__ import annotations

from decimal import Decimal

from alertd.domain.events import MarginState
from alertd.exchanges.okx import margin_events
from alertd.exchanges.okx.held import Held
from alertd.exchanges.okx.observed import Observed
from alertd.exchanges.okx.position_rows import Position

_FAR = Decimal("Infinity")


class CrossGroups:
    """Open cross positions, as the book holds them."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[str, Held]] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def __contains__(self, currency: str) -> bool:
        return currency in self._groups

    def put(self, currency: str, held: Held) -> None:
        """It is open."""
        self._groups.setdefault(currency, {})[held.position.key] = held

    def leave(self, currency: str, position: Position) -> bool:
        """It is gone, or isolated now; True if the currency has none left."""
        group = self._groups.get(currency, {})
        group.pop(position.key, None)
        if not group:
            self._groups.pop(currency, None)
        return not group

    def nearest(self, currency: str | None) -> margin_events.Nearest | None:
        """Of the currency, or of all (None); None where no cross position is known."""
        groups = self._groups.values() if currency is None else [self._groups.get(currency, {})]
        held = [one for group in groups for one in group.values()]
        if not held:
            return None
        nearest = min(held, key=_distance)
        return margin_events.Nearest(nearest.position, nearest.exposure, len(held), nearest.shown_at)

    def state(self, seen: Observed, currency: str, push: int) -> MarginState:
        """How they stand by the push of that number."""
        group = self._groups[currency].values()
        nearest = min(group, key=_distance)
        # All rows share one ratio; those of this push have it as it is now.
        known = [(held, ratio) for held in group if (ratio := held.position.margin_ratio) is not None]
        fresh = [(held, ratio) for held, ratio in known if held.push == push]
        ratio = min((ratio for _, ratio in fresh or known), default=None)
        event = margin_events.margin_state(seen, nearest.position, nearest.exposure, ratio, len(group))
        if nearest.push != push:
            event = margin_events.with_stale(event, margin_events.MOVING, nearest.shown_at)
        if known and not fresh:
            seen_at = max(held.shown_at for held, _ in known)
            event = margin_events.with_stale(event, margin_events.RATIO, seen_at)
        return event


def _distance(held: Held) -> Decimal:
    distance = held.exposure.distance_to_liquidation
    return _FAR if distance is None else distance
