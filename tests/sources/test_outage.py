"""Covers alertd/sources/outage.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alertd.domain.events import Coverage, CoverageCause, CoveragePhase, CoverageState
from alertd.domain.shared_trouble import SharedTrouble, follow
from alertd.sources.outage import Facts, Lost, is_shareable, phase_of, told_after, told_while, troubles

START = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC)
GAP_S = 1.04 / 3


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def shared_by(*names: str) -> SharedTrouble:
    shared = follow(None, dict.fromkeys(names, START), START)
    assert shared is not None
    return shared


def facts(*, failing: bool = False, progress_s: float | None = None) -> Facts:
    return Facts(failing, GAP_S, accounts=500, progress_at=None if progress_s is None else at(progress_s))


def test_an_account_is_in_trouble_since_the_first_of_its_streams() -> None:
    lost = {
        ("main", "business"): Lost(at(3)),
        ("main", "private"): Lost(at(1)),
        ("b", "private"): Lost(at(2)),
    }
    assert troubles(lost, at(9)) == {"main": at(1), "b": at(2)}


def test_a_start_is_no_trouble_until_it_takes_long() -> None:
    lost = {("main", "private"): Lost(START, starting=True)}
    assert troubles(lost, at(4.9)) == {}
    assert troubles(lost, at(5)) == {"main": START}


@pytest.mark.parametrize(
    ("state", "cause", "is_shared"),
    [
        (CoverageState.BLIND, CoverageCause.CONNECTION, True),
        (CoverageState.BLIND, CoverageCause.STALE, True),
        (CoverageState.BLIND, CoverageCause.CREDENTIALS, False),
        (CoverageState.BLIND, CoverageCause.CLOCK, False),
        (CoverageState.DEGRADED, CoverageCause.CHANNEL_REFUSED, False),
        (CoverageState.WATCHED, "", False),
    ],
)
def test_what_may_be_the_trouble_of_others_too(state: CoverageState, cause: str, is_shared: bool) -> None:
    event = Coverage(
        event_id="1", exchange="okx", account="main", received_at=START, state=state, cause=cause
    )
    assert is_shareable(event) is is_shared


@pytest.mark.parametrize(
    ("failing", "progress_s", "now_s", "phase"),
    [
        (True, None, 4.0, CoveragePhase.CONNECTING),  # one dial that failed says nothing yet
        (True, None, 5.0, CoveragePhase.UNREACHABLE),
        (True, 100.0, 104.0, CoveragePhase.CONNECTING),
        (True, 100.0, 105.0, CoveragePhase.UNREACHABLE),
        (False, None, 59.0, CoveragePhase.CONNECTING),
        (False, None, 60.0, CoveragePhase.LOST),
        (False, 300.0, 350.0, CoveragePhase.CONNECTING),
        (False, 300.0, 360.0, CoveragePhase.LOST),
    ],
)
def test_the_phase(failing: bool, progress_s: float | None, now_s: float, phase: CoveragePhase) -> None:
    known = facts(failing=failing, progress_s=progress_s)
    assert phase_of(shared_by("main", "second"), known, at(now_s)) is phase


def test_how_long_it_will_take_is_told_while_they_come_back() -> None:
    names = [f"a{number}" for number in range(420)]
    lost = [(name, stream) for name in names for stream in ("private", "business")]
    event = told_while("okx", shared_by(*names), lost, facts(progress_s=55), at(56))
    assert (len(event.accounts), event.of_accounts, event.seconds_left) == (420, 500, 292)
    assert (event.account, event.subject, event.shared) == ("", "accounts/okx/connection", True)
    away = told_while("okx", shared_by(*names), lost, facts(failing=True), at(56))
    assert (away.phase, away.seconds_left) == ("unreachable", None)
    assert away.subject == event.subject


def test_the_end_names_who_is_back_and_who_is_not() -> None:
    event = told_after("okx", shared_by("main", "second", "third"), ["second"], at(90))
    assert (event.state, event.since) == (CoverageState.WATCHED, START)
    assert (event.accounts, event.back) == (("main", "second", "third"), ("main", "third"))
    assert event.subject == told_after("okx", None, [], at(1)).subject == "accounts/okx/connection"
