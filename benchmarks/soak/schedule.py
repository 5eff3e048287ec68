"""What happens in which hour of the day, and at which minute. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.soak import incidents
from benchmarks.soak.incidents import Incident

HOURS = 24
_CONNECTIONS = (
    incidents.garbage,
    incidents.upgrade,
    incidents.half_open,
    incidents.cut,
    incidents.muted,
    incidents.reset,
)
_RARE = (
    incidents.liquidated,
    incidents.silenced,
    incidents.refused,
    incidents.lead_fails,
    incidents.banned,
    incidents.maintained,
    incidents.records_fail,
)
_DOWN_MINUTES = 50


@dataclass(frozen=True)
class Planned:
    """One story. `beside`: the others go on meanwhile."""

    minute: float
    story: Incident
    name: str
    beside: bool = False


def of_hour(hour: int) -> tuple[Planned, ...]:
    """In order. The last minutes of each hour are quiet, so that every hour ends alike."""
    connection = _CONNECTIONS[hour % len(_CONNECTIONS)]
    rare = _RARE[hour % len(_RARE)]
    relation = incidents.shark_leaves if hour % 2 else incidents.ben_leaves
    return (
        *_out_of_order(hour),
        _planned(0.5, incidents.reloads),
        _planned(1.0, incidents.falls),
        _planned(13.5, connection),
        _planned(17.5, incidents.warned),
        _planned(30.0, incidents.whale_dives),
        _planned(36.5, relation),
        _planned(47.0, rare),
    )


def _planned(minute: float, story: Incident) -> Planned:
    return Planned(minute, story, story.__name__)


def _out_of_order(hour: int) -> tuple[Planned, ...]:
    """Every twelve hours each of two sinks is down for most of one."""
    if hour % 12 == 1:
        return (Planned(0.0, incidents.phone_is_down(_DOWN_MINUTES), "phone_is_down", beside=True),)
    if hour % 12 == 3:
        return (Planned(0.0, incidents.mail_is_gone(_DOWN_MINUTES), "mail_is_gone", beside=True),)
    return ()
