"""Covers alertd/sources/states.py."""

from __future__ import annotations

import pytest

from alertd.sources.states import OPEN, TRANSITIONS, IllegalTransition, StreamState, check

LIFE = list(StreamState)  # in the order a connection goes through them


@pytest.mark.parametrize("state", LIFE)
def test_a_connection_goes_on_or_ends_and_nothing_follows_the_end(state: StreamState) -> None:
    later = LIFE[LIFE.index(state) + 1 :]
    assert TRANSITIONS[state] == {*later[:1], *later[-1:]}


def test_open_is_what_was_opened_and_has_not_ended() -> None:
    assert set(LIFE[1:-1]) == OPEN


@pytest.mark.parametrize("wanted", LIFE)
@pytest.mark.parametrize("state", LIFE)
def test_what_the_table_does_not_allow_raises(state: StreamState, wanted: StreamState) -> None:
    if wanted in TRANSITIONS[state]:
        check(state, wanted)
    else:
        with pytest.raises(IllegalTransition, match=f"{state} -> {wanted}"):
            check(state, wanted)
