import pytest

from alertd.alerts.states import END_REASONS, MOVES, IllegalMove, Move, state_after
from alertd.domain.alert import AlertState, Resolution
from alertd.domain.errors import AlertdError

PENDING, FIRING = AlertState.PENDING, AlertState.FIRING
ACKNOWLEDGED, RESOLVED = AlertState.ACKNOWLEDGED, AlertState.RESOLVED

LEGAL = [
    (PENDING, Move.FIRE, FIRING),
    (PENDING, Move.WORSEN, PENDING),
    (PENDING, Move.LOWER, PENDING),
    (PENDING, Move.RESOLVE, RESOLVED),
    (FIRING, Move.WORSEN, FIRING),
    (FIRING, Move.LOWER, FIRING),
    (FIRING, Move.REMIND, FIRING),
    (FIRING, Move.ACKNOWLEDGE, ACKNOWLEDGED),
    (FIRING, Move.RESOLVE, RESOLVED),
    (ACKNOWLEDGED, Move.WORSEN, FIRING),
    (ACKNOWLEDGED, Move.LOWER, ACKNOWLEDGED),
    (ACKNOWLEDGED, Move.RESOLVE, RESOLVED),
]


@pytest.mark.parametrize(("state", "move", "after"), LEGAL)
def test_legal_moves(state: AlertState, move: Move, after: AlertState) -> None:
    assert state_after(state, move) is after


@pytest.mark.parametrize("state", AlertState)
@pytest.mark.parametrize("move", Move)
def test_every_other_move_is_refused_with_its_facts(state: AlertState, move: Move) -> None:
    if any((state, move) == legal[:2] for legal in LEGAL):
        return
    with pytest.raises(IllegalMove, match=f"{state} cannot {move}") as refused:
        state_after(state, move)
    assert (refused.value.state, refused.value.move) == (state, move)
    assert isinstance(refused.value, AlertdError)


def test_nothing_leaves_resolved_and_everything_reaches_it() -> None:
    assert not [move for state, move in MOVES if state is RESOLVED]
    assert {state for (state, _), after in MOVES.items() if after is RESOLVED} == {
        PENDING,
        FIRING,
        ACKNOWLEDGED,
    }


def test_every_end_but_the_silent_one_has_its_reason() -> None:
    assert {end: str(reason) for end, reason in END_REASONS.items()} == {
        end: str(end) for end in Resolution if end is not Resolution.EXPIRED
    }
