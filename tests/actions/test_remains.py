"""Covers alertd/actions/remains.py."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from alertd.actions.performing import Reading, Seen
from alertd.actions.remains import after_late_reading, after_look, after_rest, is_unproved
from alertd.domain.action import Exposure, IntentState, LeftPosition, OpenPositions
from tests.actions.intents import AT, LEFT, planned

S = IntentState
NOW = AT + timedelta(minutes=5)
OPEN, CLOSED, UNREAD = Exposure(at=AT, positions=(LEFT,)), Exposure(at=NOW, positions=()), Exposure(at=NOW)


def ended(state: IntentState = S.CONFIRMED, **changes: Any) -> Any:
    return planned(**{"state": state, "ended_at": AT, "left": OPEN, "version": 7, "requests": 1, **changes})


def only(**changes: Any) -> Exposure:
    return Exposure(at=NOW, positions=(msgspec.structs.replace(LEFT, **changes),))


def test_for_how_long_a_proof_is_sought() -> None:
    unproved = ended(S.UNCONFIRMED)
    assert is_unproved(unproved, NOW)
    assert not is_unproved(unproved, AT + timedelta(days=1))
    assert not is_unproved(ended(), NOW)


@pytest.mark.parametrize(
    ("exposure", "reason"),
    [
        (OPEN, None),
        (only(notional=Decimal(99)), None),  # the price moves always
        (UNREAD, None),
        (only(size=Decimal(2)), "left_changed"),
        (Exposure(at=NOW, positions=(LEFT, LeftPosition(instrument="ETH-USDT-SWAP"))), "left_changed"),
        (CLOSED, "left_closed"),
    ],
)
def test_a_look_is_a_step_where_something_changed(exposure: Exposure, reason: str | None) -> None:
    moved = after_look(ended(), exposure, NOW)
    if reason is None:
        assert moved is None
        return
    assert moved is not None
    assert (moved.intent.left, moved.intent.reason, moved.intent.version) == (exposure, reason, 8)
    assert (moved.intent.state, moved.intent.ended_at) == (S.CONFIRMED, AT)
    assert (moved.step.version, moved.step.state, moved.step.reason, moved.step.at) == (
        8,
        S.CONFIRMED,
        reason,
        NOW,
    )


@pytest.mark.parametrize(
    ("seen", "exposure", "reason", "left"),
    [
        (Seen.DONE, CLOSED, "left_closed", ()),
        (Seen.DONE, OPEN, None, (LEFT,)),
        (Seen.DONE, None, None, (LEFT,)),
        (Seen.MIXED, CLOSED, "left_closed", ()),
        (Seen.UNREADABLE, None, None, (LEFT,)),
        (Seen.UNREADABLE, CLOSED, "left_closed", ()),
        (Seen.NOT_DONE, OPEN, "copied_again", ()),  # managed again
        (Seen.NOT_DONE, None, "copied_again", ()),
    ],
)
def test_what_was_left_by_whom_somebody_copies_again_is_unmanaged_no_more(
    seen: Seen, exposure: Exposure | None, reason: str | None, left: tuple[LeftPosition, ...]
) -> None:
    moved = after_rest(ended(), Reading(seen=seen, exposure=exposure), NOW)
    after = ended() if moved is None else moved.intent
    assert (after.reason if moved else None, after.left.positions) == (reason, left)
    assert after.is_unsettled is bool(left)


def test_what_was_never_proved_is_not_copied_again() -> None:
    assert after_rest(ended(S.UNCONFIRMED), Reading(seen=Seen.NOT_DONE, exposure=OPEN), NOW) is None


@pytest.mark.parametrize(
    ("seen", "positions", "exposure", "expected"),
    [
        (Seen.DONE, OpenPositions.LEADER_CLOSES, OPEN, (S.CONFIRMED, "proved_late")),
        (Seen.DONE, OpenPositions.CLOSE_AT_MARKET, CLOSED, (S.CONFIRMED, "proved_late")),
        (Seen.DONE, OpenPositions.CLOSE_AT_MARKET, OPEN, None),
        (Seen.DONE, OpenPositions.CLOSE_AT_MARKET, None, None),
        (Seen.NOT_DONE, OpenPositions.LEADER_CLOSES, CLOSED, (S.UNCONFIRMED, "left_closed")),
        (Seen.NOT_DONE, OpenPositions.LEADER_CLOSES, OPEN, None),
        (Seen.MIXED, OpenPositions.LEADER_CLOSES, OPEN, None),
        (Seen.UNREADABLE, OpenPositions.LEADER_CLOSES, None, None),
    ],
)
def test_a_late_reading_proves_or_changes_nothing(
    seen: Seen, positions: OpenPositions, exposure: Exposure | None, expected: tuple[str, str] | None
) -> None:
    unproved = ended(S.UNCONFIRMED, open_positions=positions, readings=10, rounds=3)
    moved = after_late_reading(unproved, Reading(seen=seen, exposure=exposure), NOW)
    assert (moved and (moved.intent.state, moved.intent.reason)) == expected
    assert moved is None or moved.intent.version == moved.step.version == 8
