"""What the exchange announces about its own upgrades and failures, as `system/status` tells it. Pure.

Source: the API guide's page "Status" (read 2026-07).
"""

from __future__ import annotations

from dataclasses import dataclass

from alertd.simulators.okx.rows import Row

STATES = ("scheduled", "ongoing", "pre_open", "completed", "canceled")
SHOWN_UNASKED = STATES[:3]


@dataclass(frozen=True, slots=True)
class Maintenance:
    """`service_type`: 0 WebSocket, 5 trading, 8 trading by account batch, 11 copy trading ...
    `maintenance_type`: 1 planned, 2 unplanned, 3 disruption.
    """

    title: str
    begin_ms: int
    end_ms: int
    state: str = "scheduled"
    service_type: str = "5"
    system: str = "unified"
    maintenance_type: str = "1"

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"state is {', '.join(STATES)}, not {self.state!r}")


def status_row(announced: Maintenance, environment: str) -> Row:
    return {
        "begin": str(announced.begin_ms),
        "end": str(announced.end_ms),
        "env": "2" if environment == "demo" else "1",
        "href": "",
        "maintType": announced.maintenance_type,
        "preOpenBegin": "",
        "scheDesc": "",
        "serviceType": announced.service_type,
        "state": announced.state,
        "system": announced.system,
        "title": announced.title,
    }
