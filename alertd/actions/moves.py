"""One move of an intent: its next version with the line in the journal, and why. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from alertd.domain.action import Intent, IntentState, Step


class Why(StrEnum):
    """Reasons of our own; the others are codes of the exchange."""

    ALREADY_SO = "already_so"
    NEVER_WAS = "never_was"
    READINGS_DISAGREE = "readings_disagree"
    UNREADABLE = "unreadable"
    NOBODY_SHOWN = "nobody_shown"  # no trader was found, once
    TRADERS_UNPROVED = "traders_unproved"  # none was found, and that proves nothing
    CLOSING = "closing"
    POSITIONS_OPEN = "positions_open"
    POSITIONS_UNREAD = "positions_unread"
    NOT_DONE = "not_done"


class Patience(msgspec.Struct, frozen=True):
    """What is refused for now is tried again every `retry_s`, until `retry_for_s` after the beginning."""

    retry_s: float = 60.0
    retry_for_s: float = 3600.0


class Moved(msgspec.Struct, frozen=True):
    """The next version of an intent, and its line in the journal."""

    intent: Intent
    step: Step


def moved(
    intent: Intent,
    now: datetime,
    state: IntentState,
    *,
    reason: str,
    detail: str = "",
    wait_s: float = 0.0,
    may_repeat: bool | None = None,
    readings: int | None = None,
    request: str = "",
    answer: str = "",
) -> Moved:
    """The next version: in `wait_s` seconds it goes on, 0: at once. None: as before."""
    is_open = state.is_open
    after = msgspec.structs.replace(
        intent,
        state=state,
        reason=str(reason),
        detail=detail,
        may_repeat=intent.may_repeat if may_repeat is None else may_repeat,
        readings=intent.readings if readings is None else readings,
        next_at=now + timedelta(seconds=wait_s) if is_open and wait_s else None,
        ended_at=None if is_open else now,
        version=intent.version + 1,
    )
    step = Step(
        intent_id=intent.intent_id,
        version=after.version,
        at=now,
        state=state,
        reason=after.reason,
        detail=detail,
        request=request,
        answer=answer,
    )
    return Moved(after, step)
