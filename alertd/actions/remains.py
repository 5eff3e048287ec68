"""What is looked at once an intent has ended: positions that were left, what could not be proved. Pure.

Nothing is ever sent here, and a step is made only where something has changed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec

from alertd.actions.machine import after_reading
from alertd.actions.moves import Moved, Patience
from alertd.actions.performing import Reading, Seen
from alertd.domain.action import Exposure, Intent, IntentState, Step

LOOK_EVERY_S = 60.0
PROVE_WITHIN = timedelta(days=1)  # what could not be proved for so long is left to people


class Late(StrEnum):
    """Reasons of steps after the end."""

    LEFT_CHANGED = "left_changed"
    LEFT_CLOSED = "left_closed"
    PROVED_LATE = "proved_late"
    COPIED_AGAIN = "copied_again"


def is_unproved(intent: Intent, now: datetime) -> bool:
    """Whether later readings may still prove what was asked for."""
    ended_at = intent.ended_at
    return intent.state is IntentState.UNCONFIRMED and ended_at is not None and now - ended_at < PROVE_WITHIN


def after_rest(intent: Intent, reading: Reading, now: datetime) -> Moved | None:
    """What a look at what was left changes; None: nothing. Of whom is copied again nothing is unmanaged."""
    if reading.seen is not Seen.NOT_DONE or intent.state is IntentState.UNCONFIRMED:
        return None if reading.exposure is None else after_look(intent, reading.exposure, now)
    none = Exposure(at=now, positions=())
    why = str(Late.COPIED_AGAIN)
    after = msgspec.structs.replace(intent, left=none, reason=why, version=intent.version + 1)
    return Moved(after, _step(after, now, reading.answer))


def after_look(intent: Intent, exposure: Exposure, now: datetime) -> Moved | None:
    """What a look at the positions that were left changes; None: nothing, or they could not be read."""
    if exposure.positions is None or _named(exposure) == _named(intent.left):
        return None
    why = Late.LEFT_CHANGED if exposure.positions else Late.LEFT_CLOSED
    after = msgspec.structs.replace(intent, left=exposure, reason=str(why), version=intent.version + 1)
    return Moved(after, _step(after, now))


def after_late_reading(intent: Intent, reading: Reading, now: datetime) -> Moved | None:
    """What a reading after the end changes: it may prove at last what it could not before."""
    verifying = msgspec.structs.replace(intent, state=IntentState.VERIFYING)
    moved = after_reading(verifying, reading, now, Patience()) if reading.seen is Seen.DONE else None
    if moved is None or moved.intent.state is not IntentState.CONFIRMED:
        return None if reading.exposure is None else after_look(intent, reading.exposure, now)
    after = msgspec.structs.replace(moved.intent, reason=str(Late.PROVED_LATE))
    return Moved(after, _step(after, now, reading.answer))


def _named(exposure: Exposure | None) -> frozenset[tuple[str, str, Decimal | None]] | None:
    """What tells one set of positions from another; their worth moves with every price."""
    if exposure is None or exposure.positions is None:
        return None
    return frozenset((one.instrument, str(one.direction or ""), one.size) for one in exposure.positions)


def _step(intent: Intent, now: datetime, answer: str = "") -> Step:
    return Step(
        intent_id=intent.intent_id,
        version=intent.version,
        at=now,
        state=intent.state,
        reason=intent.reason,
        detail=intent.detail,
        answer=answer,
    )
