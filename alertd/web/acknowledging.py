"""POST /api/v1/alerts/ack: somebody takes care of alerts."""

from __future__ import annotations

from typing import Annotated

import msgspec

from alertd.alerts.acknowledging import NoSuchAlert
from alertd.domain.command import Acknowledge, CommandRefused
from alertd.domain.people import Right
from alertd.web.alerts import summary
from alertd.web.doors import Doors
from alertd.web.writing import Asked, Json, NotFound, Write

MOST_IDS = 500
MOST_NAMED = 500
LONGEST_COMMENT = 500


class AcknowledgeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `alerts` (ids, or how they begin), `account` or `all`."""

    alerts: Annotated[list[str], msgspec.Meta(max_length=MOST_IDS)] = []
    account: str | None = None
    all: bool = False
    comment: Annotated[str, msgspec.Meta(max_length=LONGEST_COMMENT)] = ""


async def acknowledge(asked: Asked[AcknowledgeBody]) -> Json:
    """`acknowledged`: those that fired until now, `count` of them; of very many some are named."""
    body, doors = asked.body, asked.doors
    if (bool(body.alerts), body.account is not None, body.all).count(True) != 1:
        raise CommandRefused("not clear which alerts are meant", 'send one of "alerts", "account" or "all"')
    command = Acknowledge(
        person=asked.person,
        at=doors.now(),
        alerts=tuple(body.alerts),
        account=body.account,
        comment=body.comment,
    )
    try:
        changes = await doors.command(command)
    except NoSuchAlert as unknown:
        raise await _over_or_unknown(unknown, doors) from unknown
    newest = {alert.fingerprint: alert for alert in changes.alerts}  # a drill ends at once
    done = [alert for alert in newest.values() if alert.acknowledged_by is not None]
    return {"count": len(done), "acknowledged": [summary(alert) for alert in done[:MOST_NAMED]]}


async def _over_or_unknown(unknown: NoSuchAlert, doors: Doors) -> CommandRefused:
    """What is over needs nobody any more: the store knows it, the life cycle has forgotten it."""
    for alert in await doors.archive.find(unknown.name):
        if alert.resolved_at is not None:
            at = f"{alert.resolved_at:%Y-%m-%d %H:%M:%S}"
            return CommandRefused(
                f"alert {alert.short_id} is over since {at} UTC ({alert.resolution})", "nothing is to be done"
            )
    return NotFound(unknown.problem, unknown.cure)


ACKNOWLEDGE = Write("/api/v1/alerts/ack", Right.ACK, AcknowledgeBody, acknowledge)
