"""Why a position is gone: liquidations are remembered until the position they ended vanishes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from alertd.domain.alert import Alert, Resolution
from alertd.domain.events import (
    Away,
    Drill,
    Event,
    Liquidation,
    LiquidationType,
    LiquidationWarning,
    MarginMode,
    MarginState,
)

REMEMBERED_FOR_S = 600.0
REMEMBERED_AT_MOST = 1000  # per process; the oldest is forgotten

# Found together, the worse one is the reason.
_ENDINGS = {
    LiquidationType.LIQUIDATION: Resolution.LIQUIDATED,
    LiquidationType.CLAW_BACK: Resolution.LIQUIDATED,
    LiquidationType.ADL: Resolution.REDUCED,
}


def end_by_time(alert: Alert) -> Resolution:
    """How an alert ends whose time is over: in silence, but for what a person waits for.

    An absence is over then; of a drill nobody has answered it is not known whom it reached.
    """
    if isinstance(alert.event, Away):
        return Resolution.RECOVERED
    return Resolution.UNKNOWN if isinstance(alert.event, Drill) else Resolution.EXPIRED


class LiquidationMemory:
    """Liquidations of the last minutes that may have ended a position.

    One that left something of the position (`remaining_size` above 0, or `was_a_part`) ended nothing and is
    not kept; one that does not tell what is left is.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, LiquidationType], Liquidation] = {}

    def remember(self, event: Liquidation) -> None:
        """Keep this liquidation, in place of an older one of the same position and type."""
        if event.was_a_part or (event.remaining_size is not None and event.remaining_size > 0):
            return
        key = (event.account, event.subject, event.liquidation_type)
        self._found.pop(key, None)
        self._found[key] = event
        self._forget_old(event)

    def why_gone(self, alert: Alert) -> Resolution:
        """LIQUIDATED or REDUCED where the exchange ended the position of this vanished alert, else CLOSED."""
        reasons = {_ENDINGS[event.liquidation_type] for event in self._ended(alert)}
        for reason in (Resolution.LIQUIDATED, Resolution.REDUCED):
            if reason in reasons:
                return reason
        return Resolution.CLOSED

    def _ended(self, alert: Alert) -> Iterable[Liquidation]:
        gone_at = alert.vanished_at or alert.updated_at
        earliest = gone_at - timedelta(seconds=REMEMBERED_FOR_S)
        for event in self._found.values():
            if (
                event.account == alert.fingerprint.account
                and event.received_at >= earliest
                and _fits(event.subject, alert.fingerprint.subject)
                and not _before_opening(event, alert.event)
            ):
                yield event

    def _forget_old(self, newest: Liquidation) -> None:
        earliest = newest.received_at - timedelta(seconds=REMEMBERED_FOR_S)
        for key, event in list(self._found.items()):
            if event.received_at >= earliest and len(self._found) <= REMEMBERED_AT_MOST:
                break
            del self._found[key]


def _fits(liquidated: str, subject: str) -> bool:
    """Whether the subject of a liquidation means this position.

    It may lack direction or mode (`*`). One that names neither instrument nor currency fits none: calling a
    position liquidated that its owner closed would be as wrong as the reverse.
    """
    ours, theirs = subject.split("/"), liquidated.split("/")
    if ours[0] != theirs[0] or len(ours) != len(theirs):
        return False
    if ours[0] == MarginMode.CROSS:
        return ours == theirs
    return all(part in ("*", own) for own, part in zip(ours, theirs, strict=True))


def _before_opening(liquidation: Liquidation, event: Event) -> bool:
    """Whether it ended an earlier position, not the isolated one `event` tells of. By exchange time."""
    if not isinstance(event, MarginState | LiquidationWarning) or event.margin_mode is MarginMode.CROSS:
        return False
    if event.opened_at is None or liquidation.observed_at is None:
        return False
    return liquidation.observed_at < event.opened_at
