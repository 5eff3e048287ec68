from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alertd.domain.events import CoverageState
from alertd.rules.sight import Sight

Make = Callable[..., Any]


def note(sight: Sight, make_event: Make, state: str, account: str = "main") -> bool:
    return sight.note(
        make_event(
            "coverage", state=CoverageState(state), cause="connection", account=account, exchange="okx"
        )
    )


@pytest.mark.parametrize("state", ["blind", "degraded"])
def test_only_a_watched_account_counts(make_event: Make, state: str) -> None:
    sight = Sight()
    assert list(sight.watched()) == []
    assert not note(sight, make_event, state)  # it never was
    assert not note(sight, make_event, "watched")
    assert list(sight.watched()) == [("main", "okx")]
    assert note(sight, make_event, state)
    assert list(sight.watched()) == []
    assert not note(sight, make_event, state)


def test_an_account_that_is_gone_is_forgotten(make_event: Make) -> None:
    sight = Sight()
    for account in ("main", "desk"):
        note(sight, make_event, "watched", account=account)
    sight.keep_only({"desk"})
    assert list(sight.watched()) == [("desk", "okx")]
    assert not note(sight, make_event, "blind")
