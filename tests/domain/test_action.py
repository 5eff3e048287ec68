"""Covers alertd/domain/action.py."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alertd.domain.action import Exposure, IntentState, LeftPosition
from tests.actions.intents import planned

AT = datetime(2026, 11, 21, tzinfo=UTC)
S = IntentState
OPEN = Exposure(at=AT, positions=(LeftPosition(instrument="BTC-USDT-SWAP"),))
CLOSED, UNREAD = Exposure(at=AT, positions=()), Exposure(at=AT)


@pytest.mark.parametrize(
    ("state", "left", "has_left", "is_unsettled"),
    [
        (S.CONFIRMED, OPEN, True, True),
        (S.CONFIRMED, UNREAD, True, True),
        (S.CONFIRMED, CLOSED, False, False),
        (S.CONFIRMED, None, False, False),
        (S.UNCONFIRMED, OPEN, True, True),
        (S.NOTHING_TO_DO, OPEN, True, True),
        (S.VERIFYING, OPEN, False, True),
        # Nothing was done: what is open there is copied as before.
        (S.REHEARSED, OPEN, False, False),
        (S.FAILED, OPEN, False, False),
    ],
)
def test_what_is_left_to_be_watched(
    state: IntentState, left: Exposure | None, has_left: bool, is_unsettled: bool
) -> None:
    intent = planned(state=state, left=left)
    assert (intent.has_left, intent.is_unsettled) == (has_left, is_unsettled)


def test_only_what_may_be_on_its_way_may_have_been_sent() -> None:
    assert [state for state in S if state.may_have_been_sent] == [S.SENDING, S.VERIFYING]
