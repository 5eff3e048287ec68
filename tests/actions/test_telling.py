"""alertd/actions/telling.py"""

from __future__ import annotations

from typing import Any

import pytest

from alertd.actions.telling import is_news, state_of
from alertd.domain.action import Exposure, Intent, LeftPosition, Mode
from alertd.domain.action import IntentState as S
from alertd.domain.events import Direction
from tests.store.samples import NOW, make_intent

ONE = LeftPosition(instrument="BTC-USDT-SWAP", direction=Direction.LONG)
OTHER = LeftPosition(instrument="ETH-USDT-SWAP")


def left(*positions: LeftPosition) -> Exposure:
    return Exposure(at=NOW, positions=positions)


def intent(state: S, **more: Any) -> Intent:
    return make_intent(state=state, **more)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, intent(S.AWAITING), True),
        (None, intent(S.PLANNED), True),
        (None, intent(S.PLANNED, mode=Mode.DRY_RUN), False),
        (None, intent(S.BLOCKED, mode=Mode.DRY_RUN), True),
        (intent(S.PLANNED, mode=Mode.DRY_RUN), intent(S.REHEARSED, mode=Mode.DRY_RUN), True),
        (intent(S.AWAITING), intent(S.AWAITING, approved_by=("anna",)), True),
        (intent(S.AWAITING), intent(S.AWAITING), False),
        (intent(S.AWAITING), intent(S.PLANNED), True),
        (intent(S.PLANNED), intent(S.SENDING), False),
        (intent(S.SENDING), intent(S.VERIFYING), False),
        (intent(S.VERIFYING, readings=3), intent(S.VERIFYING, readings=4), False),
        (intent(S.VERIFYING, readings=4), intent(S.VERIFYING, readings=5), True),  # not proved after a round
        (intent(S.VERIFYING, readings=5), intent(S.VERIFYING, readings=6), False),
        (intent(S.VERIFYING, readings=4), intent(S.SENDING, readings=0), False),
        (intent(S.VERIFYING), intent(S.HELD), True),
        (intent(S.HELD), intent(S.HELD), False),
        (intent(S.VERIFYING), intent(S.CONFIRMED), True),
        (intent(S.UNCONFIRMED), intent(S.CONFIRMED), True),
        (intent(S.CONFIRMED), intent(S.CONFIRMED, left=left(ONE)), True),
        (intent(S.CONFIRMED, left=left(ONE)), intent(S.CONFIRMED, left=left(ONE)), False),
        (intent(S.CONFIRMED, left=left(ONE, OTHER)), intent(S.CONFIRMED, left=left(OTHER)), True),
        (intent(S.CONFIRMED, left=left(ONE)), intent(S.CONFIRMED, left=left()), True),
    ],
)
def test_people_hear_what_matters(before: Intent | None, after: Intent, told: bool) -> None:
    assert is_news(before, after) is told


@pytest.mark.parametrize(
    ("after", "urgency", "is_over", "ends"),
    [
        (intent(S.AWAITING), 3, False, False),
        (intent(S.PLANNED), 1, False, False),
        (intent(S.FAILED), 3, True, False),
        (intent(S.REHEARSED, mode=Mode.DRY_RUN), 1, True, False),
        (intent(S.DENIED), 1, True, True),
        (intent(S.CONFIRMED), 1, True, True),
        (intent(S.CONFIRMED, left=left(ONE)), 2, False, False),
        (intent(S.CONFIRMED, left=Exposure(at=NOW)), 2, False, False),
        (intent(S.CONFIRMED, left=left()), 1, True, True),
        (intent(S.UNCONFIRMED, left=left(ONE)), 3, False, False),
    ],
)
def test_how_urgent_it_is_and_whether_it_is_over(
    after: Intent, urgency: int, is_over: bool, ends: bool
) -> None:
    event = state_of(after, NOW)
    assert (event.urgency, event.is_over, event.ends) == (urgency, is_over, ends)


def test_each_version_is_a_step_of_its_own() -> None:
    names = {state_of(intent(S.AWAITING, version=version), NOW).step for version in range(3)}
    assert names == {"action:i1:0", "action:i1:1", "action:i1:2"}
