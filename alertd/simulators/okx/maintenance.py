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
    `maintenance_type`: 1 planned, 2 unplanned, 3 disruption. `end_ms` None: no end is given.
    `follows`: its state goes with the time, unless it is canceled. `is_down`: while it lasts nothing but the
    announcements is served. `overrun_ms`: so much longer than announced.
    """

    title: str
    begin_ms: int
    end_ms: int | None
    state: str = "scheduled"
    service_type: str = "5"
    system: str = "unified"
    maintenance_type: str = "1"
    follows: bool = False
    is_down: bool = False
    overrun_ms: int = 0

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"state is {', '.join(STATES)}, not {self.state!r}")

    def state_at(self, now_ms: int) -> str:
        """What the announcement says."""
        if not self.follows or self.state == "canceled":
            return self.state
        if now_ms < self.begin_ms:
            return "scheduled"
        is_over = self.end_ms is not None and now_ms >= self.end_ms + self.overrun_ms
        return "completed" if is_over else "ongoing"

    def is_down_at(self, now_ms: int) -> bool:
        """Whether the exchange serves nothing because of it."""
        return self.is_down and self.state_at(now_ms) == "ongoing"


def status_row(announced: Maintenance, environment: str, now_ms: int = 0) -> Row:
    return {
        "begin": str(announced.begin_ms),
        "end": "" if announced.end_ms is None else str(announced.end_ms),
        "env": "2" if environment == "demo" else "1",
        "href": "",
        "maintType": announced.maintenance_type,
        "preOpenBegin": "",
        "scheDesc": "",
        "serviceType": announced.service_type,
        "state": announced.state_at(now_ms),
        "system": announced.system,
        "title": announced.title,
    }
