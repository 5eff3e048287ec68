"""All kinds of events: one frozen type for each, by the question it answers in a file of its own.

Whoever needs one imports it from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import get_args, get_type_hints

import msgspec

from alertd.domain.action_events import ActionState
from alertd.domain.copy_digest import CopyDigest
from alertd.domain.copy_events import CopyChange, CopyParty, CopyRelation, LeadTradeFailed
from alertd.domain.event import Direction, Event, EventKind, MarginMode, Source
from alertd.domain.leader_events import LeaderChange, LeaderMove, LeaderState
from alertd.domain.own_events import (
    Check,
    ConfigurationState,
    DeliveryHealth,
    Findings,
    Occasion,
    SelfCheck,
    Stopping,
    Summary,
    Tick,
)
from alertd.domain.people_events import Away, Drill, DrillDue, SilenceEnding
from alertd.domain.position_events import (
    Liquidation,
    LiquidationType,
    LiquidationWarning,
    MarginState,
    PositionScope,
    PositionSnapshot,
)
from alertd.domain.watching_events import (
    Coverage,
    CoverageCause,
    CoverageLine,
    CoveragePhase,
    CoverageReport,
    CoverageState,
    Maintenance,
    MaintenanceStage,
)

__all__ = [
    "EVENT_TYPES",
    "NO_DANGER",
    "REPORTS",
    "RULE_KINDS",
    "ActionState",
    "Away",
    "Check",
    "ConfigurationState",
    "CopyChange",
    "CopyDigest",
    "CopyParty",
    "CopyRelation",
    "Coverage",
    "CoverageCause",
    "CoverageLine",
    "CoveragePhase",
    "CoverageReport",
    "CoverageState",
    "DeliveryHealth",
    "Direction",
    "Drill",
    "DrillDue",
    "Event",
    "EventKind",
    "Findings",
    "LeadTradeFailed",
    "LeaderChange",
    "LeaderMove",
    "LeaderState",
    "Liquidation",
    "LiquidationType",
    "LiquidationWarning",
    "Maintenance",
    "MaintenanceStage",
    "MarginMode",
    "MarginState",
    "Occasion",
    "PositionScope",
    "PositionSnapshot",
    "SelfCheck",
    "SilenceEnding",
    "Source",
    "Stopping",
    "Summary",
    "Tick",
    "field_types",
]


# They report; none of them is a danger that lasts, or of which a person is to be reminded.
REPORTS: tuple[EventKind, ...] = (
    EventKind.COVERAGE_REPORT,
    EventKind.FINDINGS,
    EventKind.SILENCE,
    EventKind.STOPPING,
    EventKind.SUMMARY,
    EventKind.COPY_DIGEST,
    EventKind.DRILL_DUE,
    EventKind.AWAY,
)


# Nor is this one: nothing is wrong, though a person has to answer.
NO_DANGER: tuple[EventKind, ...] = (*REPORTS, EventKind.DRILL)


EVENT_TYPES: dict[EventKind, type[Event]] = {
    cls.kind: cls
    for cls in (
        MarginState,
        LiquidationWarning,
        Liquidation,
        LeadTradeFailed,
        CopyRelation,
        LeaderState,
        LeaderChange,
        PositionSnapshot,
        Coverage,
        CoverageReport,
        DeliveryHealth,
        ConfigurationState,
        Findings,
        Stopping,
        Summary,
        CopyDigest,
        Maintenance,
        SelfCheck,
        Drill,
        DrillDue,
        Away,
        SilenceEnding,
        ActionState,
        Tick,
    )
}


# The kinds a rule may name; the others only drive the life cycle.
RULE_KINDS: tuple[EventKind, ...] = tuple(
    kind
    for kind in EVENT_TYPES
    if kind not in (EventKind.POSITION_SNAPSHOT, EventKind.DRILL, EventKind.AWAY, EventKind.TICK)
)


@cache
def field_types(kind: EventKind) -> Mapping[str, type]:
    """The fields of an event kind with the plain type a rule sees (`X | None` gives X).

    A list of records has none: rules do not see it.
    """
    cls = EVENT_TYPES[kind]
    hints = get_type_hints(cls)
    found: dict[str, type] = {}
    for name in cls.__struct_fields__:
        if name == "raw":
            continue
        hint = hints[name]
        if any(isinstance(arg, type) and issubclass(arg, msgspec.Struct) for arg in get_args(hint)):
            continue
        options = [arg for arg in getattr(hint, "__args__", (hint,)) if arg is not type(None)]
        plain = options[0] if isinstance(options[0], type) else str
        found[name] = tuple if "tuple" in str(hint) else plain
    return found
