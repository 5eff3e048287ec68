"""A stage of a window of maintenance as the event that tells it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from alertd.coverage.maintenance import HOUR, Known
from alertd.coverage.urgency import INFO, NOT_YET, WARNING
from alertd.domain.events import Maintenance, MaintenanceStage
from alertd.domain.presence import OpenPosition

MOST_AT_RISK = 200  # positions in one event
ENDS = frozenset({MaintenanceStage.OVER, MaintenanceStage.CANCELLED})


def announcement(
    one: Known,
    stage: MaintenanceStage,
    opened: Mapping[str, Sequence[OpenPosition] | None],
    exchange: str,
    now: datetime,
) -> Maintenance:
    """`opened`: what is open of each account that is concerned, in their order; None: that is not known."""
    window = one.window
    at_risk = sorted((position for positions in opened.values() for position in positions or ()), key=_safety)
    is_known = None not in opened.values()
    former = one.former if stage is MaintenanceStage.CHANGED else None
    return Maintenance(
        event_id=f"maintenance:{one.name}:{stage}:{one.revision}:{now.timestamp():.6f}",
        exchange=exchange,
        account="",
        received_at=now,
        window=one.name,
        stage=stage.value,
        revision=one.revision,
        urgency=_urgency(stage, one.begin - now, is_flat=is_known and not at_risk),
        planned=window.planned,
        services=tuple(service.value for service in window.services),
        title=window.title,
        begin=window.begin,
        end=window.end,
        former_begin=former[0] if former else None,
        former_end=former[1] if former else None,
        accounts=tuple(opened),
        positions=len(at_risk) if is_known else None,
        at_risk=tuple(at_risk[:MOST_AT_RISK]),
    )


def _safety(position: OpenPosition) -> Decimal:
    """The one nearest to its liquidation first; those of which that is not known last."""
    distance = position.distance_to_liquidation
    return Decimal("Infinity") if distance is None else distance


def _urgency(stage: MaintenanceStage, until_begin: timedelta, *, is_flat: bool) -> int:
    """A day ahead nothing is urgent; later it is, where something is open that cannot be closed then."""
    if stage in ENDS:
        return NOT_YET
    return INFO if is_flat or until_begin > HOUR else WARNING
