"""POST /api/v1/alerts/ack: somebody takes care of alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from alertd.alerts.acknowledging import NoSuchAlert
from alertd.alerts.lifecycle import Changes
from alertd.alerts.pausing import each
from alertd.domain.alert import Alert
from alertd.domain.command import Acknowledge, CommandRefused
from alertd.domain.people import Right
from alertd.slices import in_slices
from alertd.web.alerts import summary
from alertd.web.doors import Doors
from alertd.web.writing import Asked, Json, NotFound, Write

MOST_IDS = 100
MOST_NAMED = 500
LONGEST_COMMENT = 500


_Name = Annotated[str, msgspec.Meta(max_length=100)]


class AcknowledgeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `alerts` (ids, or how they begin), `account` or `all`."""

    alerts: Annotated[list[_Name], msgspec.Meta(max_length=MOST_IDS)] = []
    account: _Name | None = None
    all: bool = False
    comment: Annotated[str, msgspec.Meta(max_length=LONGEST_COMMENT)] = ""


async def acknowledge(asked: Asked[AcknowledgeBody]) -> Json:
    """`acknowledged`: those that fired until now, `count` of them; of very many some are named. `over`: those
    that ended before anybody could take care.
    """
    body, doors = asked.body, asked.doors
    if (bool(body.alerts), body.account is not None, body.all).count(True) != 1:
        raise CommandRefused("not clear which alerts are meant", 'send one of "alerts", "account" or "all"')
    if body.account is not None:
        doors.names().check_account(body.account)
    command = Acknowledge(
        person=asked.person,
        at=doors.now(),
        alerts=tuple(body.alerts),
        account=body.account,
        comment=body.comment,
    )
    changes, over = await _without_those_over(command, doors)
    newest = {alert.fingerprint: alert for alert in changes.alerts}  # a drill ends at once
    done = [alert for alert in newest.values() if alert.acknowledged_by is not None]
    return {
        "count": len(done),
        "acknowledged": await in_slices(each(done[:MOST_NAMED], summary)),
        "over": [summary(alert) for alert in over],
    }


async def _without_those_over(command: Acknowledge, doors: Doors) -> tuple[Changes, Sequence[Alert]]:
    """What is over meanwhile must not keep the others from being taken care of."""
    over: list[Alert] = []
    while True:
        try:
            return await doors.command(command), over
        except NoSuchAlert as unknown:
            ended = await _ended(unknown.name, doors)
            if ended is None:
                raise NotFound(unknown.problem, unknown.cure) from unknown
            over.append(ended)
            others = tuple(name for name in command.alerts if name != unknown.name)
            if not others:
                raise CommandRefused("; ".join(map(_is_over, over)), "nothing is to be done") from unknown
            command = msgspec.structs.replace(command, alerts=others)


async def _ended(name: str, doors: Doors) -> Alert | None:
    """The store knows what is over; the life cycle has forgotten it."""
    return next((alert for alert in await doors.archive.find(name) if not alert.is_open), None)


def _is_over(alert: Alert) -> str:
    at = "" if alert.resolved_at is None else f" since {alert.resolved_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"alert {alert.short_id} is over{at} ({alert.resolution})"


ACKNOWLEDGE = Write("/api/v1/alerts/ack", Right.ACK, AcknowledgeBody, acknowledge)
