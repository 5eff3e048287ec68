from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alertd.domain.events import CoverageState
from alertd.rules.sight import Sight

Make = Callable[..., Any]


def note(sight: Sight, make_event: Make, state: str, stream: str = "private", account: str = "main") -> bool:
    return sight.note(
        make_event("coverage", state=CoverageState(state), stream=stream, account=account, exchange="okx")
    )


@pytest.mark.parametrize("state", ["blind", "degraded"])
def test_every_stream_heard_of_must_be_watched(make_event: Make, state: str) -> None:
    sight = Sight()
    assert list(sight.watched()) == []
    assert not note(sight, make_event, state)  # it never was
    assert not note(sight, make_event, "watched")
    assert list(sight.watched()) == [("main", "okx")]
    assert note(sight, make_event, state, "business")
    assert list(sight.watched()) == []
    assert not note(sight, make_event, state, "private")
    assert not note(sight, make_event, "watched", "private")
    assert list(sight.watched()) == []
    note(sight, make_event, "watched", "business")
    assert list(sight.watched()) == [("main", "okx")]


def test_an_account_that_is_gone_is_forgotten(make_event: Make) -> None:
    sight = Sight()
    for account in ("main", "desk"):
        note(sight, make_event, "watched", account=account)
    sight.keep_only({"desk"})
    assert list(sight.watched()) == [("desk", "okx")]
    assert not note(sight, make_event, "blind")
