"""POST /api/v1/away and /api/v1/away/end: escalations go to a deputy, and back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec

from alertd.alerts.away import DeputyUntested
from alertd.domain.alert import Alert, AlertState
from alertd.domain.command import ComeBack, GoAway, StartDrill
from alertd.domain.events import Away, Drill
from alertd.domain.people import Right
from alertd.web.alerts import summary, time
from alertd.web.writing import Asked, Json, Write


class AwayBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`until`: with its offset from UTC. `deputy`: the name of a sink."""

    until: Annotated[datetime, msgspec.Meta(tz=True)]
    deputy: str
    comment: Annotated[str, msgspec.Meta(max_length=500)] = ""


class ComeBackBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing is to be said."""

    comment: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def go_away(asked: Asked[AwayBody]) -> Json:
    """`away`; or, where the deputy has not answered a test yet, `drill`: the test that was sent there.

    Once somebody has acknowledged it, the same is to be asked again.
    """
    body, doors = asked.body, asked.doors
    command = GoAway(
        person=asked.person, at=doors.now(), until=body.until, deputy=body.deputy, comment=body.comment
    )
    try:
        changes = await doors.command(command)
    except DeputyUntested:
        return {"away": None, "drill": summary(await _test(asked))}
    return {"away": _away(changes.alerts[-1]), "drill": None}


async def come_back(asked: Asked[ComeBackBody]) -> Json:
    """`away`: what is over."""
    command = ComeBack(person=asked.person, at=asked.doors.now(), comment=asked.body.comment)
    changes = await asked.doors.command(command)
    return {"away": _away(changes.alerts[-1])}


async def _test(asked: Asked[AwayBody]) -> Alert:
    """The test of the deputy that goes on, or one that begins."""
    deputy, doors = asked.body.deputy, asked.doors
    for alert in doors.open_alerts():
        is_test = isinstance(alert.event, Drill) and alert.event.to_sink == deputy
        if is_test and alert.state is AlertState.FIRING:
            return alert
    changes = await doors.command(StartDrill(person=asked.person, at=doors.now(), sink=deputy))
    return changes.alerts[-1]


def absence(alerts: Iterable[Alert]) -> Json | None:
    """The one that is in force."""
    return next((_away(alert) for alert in alerts if isinstance(alert.event, Away)), None)


def _away(alert: Alert) -> Json:
    event = alert.event
    shown = (
        {"person": event.person, "deputy": event.deputy, "until": time(event.until)}
        if isinstance(event, Away)
        else {}
    )
    return {**summary(alert), **shown}


GO_AWAY = Write("/api/v1/away", Right.ACK, AwayBody, go_away)
COME_BACK = Write("/api/v1/away/end", Right.ACK, ComeBackBody, come_back)
