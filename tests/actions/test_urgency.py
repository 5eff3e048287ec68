"""alertd/actions/urgency.py"""

from __future__ import annotations

import pytest

from alertd.actions.urgency import CRITICAL, INFO, WARNING, urgency_of
from alertd.domain.action import Exposure, IntentState, LeftPosition, Mode
from tests.store.samples import NOW, make_intent

S = IntentState
NEED_SOMEBODY = {S.AWAITING, S.HELD, S.BLOCKED, S.EXPIRED, S.FAILED, S.UNCONFIRMED}


@pytest.mark.parametrize("state", list(IntentState))
def test_whatever_needs_somebody_is_critical_unless_it_is_a_rehearsal(state: IntentState) -> None:
    needs = state in NEED_SOMEBODY
    assert urgency_of(make_intent(state=state)) == (CRITICAL if needs else INFO)
    assert urgency_of(make_intent(state=state, mode=Mode.DRY_RUN)) == (WARNING if needs else INFO)


@pytest.mark.parametrize(
    ("state", "positions", "urgency"),
    [
        (S.CONFIRMED, (LeftPosition(instrument="BTC-USDT-SWAP"),), WARNING),
        (S.CONFIRMED, None, WARNING),  # nobody knows
        (S.CONFIRMED, (), INFO),
        (S.NOTHING_TO_DO, (LeftPosition(instrument="BTC-USDT-SWAP"),), WARNING),
        (S.FAILED, (), CRITICAL),
        (S.VERIFYING, (LeftPosition(instrument="BTC-USDT-SWAP"),), INFO),
    ],
)
def test_what_is_left_is_a_warning(
    state: IntentState, positions: tuple[LeftPosition, ...] | None, urgency: int
) -> None:
    left = Exposure(at=NOW, positions=positions)
    assert urgency_of(make_intent(state=state, left=left)) == urgency
