"""What a reader who is to see no money is shown of an alert. Pure.

`percent`: percentages, distances, minutes, instrument and severity. An allowlist: a figure that is added to
an event is hidden until it is named here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from alertd.domain.alert import Alert
from alertd.domain.events import (
    ActionState,
    CopyDigest,
    CopyRelation,
    Event,
    LeaderChange,
    LeaderState,
    Liquidation,
)
from alertd.domain.leader_events import DURATIONS, SHARES

Privacy = Literal["full", "percent"]

_SHOWN = frozenset(
    {
        "margin_ratio",
        "opening_margin_ratio",
        "distance_to_liquidation",
        "buffer_used",
        "minutes_to_liquidation",
        "profit_sharing_ratio",
        "profit_sharing_ratio_before",
        "watched_percent",
        "leverage_jump",
        "hold_ratio",
        *SHARES,
        *DURATIONS,
    }
)
_IDS = ("uid", "position_id", "sub_position_id", "trader")
_HIDDEN = "..."


def discreet(alert: Alert) -> Alert:
    """The alert without amounts, sizes, prices and ids of the account."""
    event = _discreet_event(alert.event)
    is_shown = alert.figure is None or alert.figure in _SHOWN
    changes: dict[str, Any] = {"event": event}
    if not is_shown:
        changes |= {"value": None, "threshold": None}
        if alert.recollection is not None:
            changes["recollection"] = replace(alert.recollection, peak=None)
    if alert.error is not None:  # a rule's error may quote what it was given
        changes["error"] = _HIDDEN
    return replace(alert, **changes)


def _discreet_event(event: Event) -> Event:
    if isinstance(event, CopyDigest):
        event = event.without_money()
    hidden: dict[str, Any] = {"raw": b""}
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, Decimal) and name not in _SHOWN:
            hidden[name] = None
        elif event.uid and isinstance(value, str) and event.uid in value:
            hidden[name] = value.replace(event.uid, _HIDDEN)
    hidden |= {name: None for name in _IDS if getattr(event, name, None) is not None}
    if isinstance(event, ActionState | CopyRelation | LeaderChange | LeaderState):
        hidden["trader"] = event.trader  # somebody else's, by which people know whom they copy
    if isinstance(event, Liquidation) and event.remaining_size is not None:
        gone = event.remaining_size.is_zero()
        hidden["remaining_size"] = event.remaining_size if gone else None
        hidden["was_a_part"] = event.was_a_part or not gone
    return msgspec.structs.replace(event, **hidden)
