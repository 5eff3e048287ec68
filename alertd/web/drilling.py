"""POST /api/v1/drills: try whether an alert reaches somebody who answers."""

from __future__ import annotations

from typing import Annotated

import msgspec

from alertd.domain.command import StartDrill
from alertd.domain.people import Right
from alertd.web.alerts import summary
from alertd.web.writing import Asked, Json, Write


class DrillBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As of this account, or to this sink alone; neither: where critical news of any account go."""

    account: str = ""
    sink: str = ""
    comment: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def drill(asked: Asked[DrillBody]) -> Json:
    """`drill`: its alert, which an acknowledgement ends."""
    body, doors = asked.body, asked.doors
    command = StartDrill(
        person=asked.person, at=doors.now(), account=body.account, sink=body.sink, comment=body.comment
    )
    changes = await doors.command(command)
    return {"drill": summary(changes.alerts[-1])}


DRILL = Write("/api/v1/drills", Right.ACK, DrillBody, drill)
