"""alertd/coverage/account.py"""

from __future__ import annotations

from alertd.coverage.account import AccountCoverage
from alertd.coverage.judging import Bounds, Evidence
from alertd.coverage.settings import CoverageSettings
from alertd.coverage.standing import Standing
from alertd.domain.coverage import Gap, SinkProof
from alertd.domain.events import Coverage, CoverageCause, CoverageState
from alertd.domain.maintenance import Excuse
from tests.coverage.evidence import START, at, evidence, stream

GRACE = CoverageSettings()
LOST = evidence(stream(state=CoverageState.BLIND, cause=CoverageCause.CONNECTION, since=at(5)), positions=1)
LINE_CUT = stream(state=CoverageState.BLIND, cause=CoverageCause.CONNECTION, since=at(4000))
REACHED = SinkProof(sent_at=START, answered_at=at(1000))


class Account:
    def __init__(self, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self.one, _ = AccountCoverage.entered("main", "okx", None, None, START)

    def see(self, shown: Evidence, now_s: float, *sinks: SinkProof) -> list[Gap]:
        return self.one.judge(shown.sight, tuple(shown.sinks), sinks, self.bounds, at(now_s))

    def stands(self, now_s: float, *, alarmed: bool = False) -> Standing:
        return self.one.standing(GRACE, at(now_s), alarmed=alarmed)


def test_it_says_since_when_and_how_urgent_and_in_the_end_how_long() -> None:
    account = Account()
    assert account.see(evidence(), 0) == []
    assert account.stands(0).state is CoverageState.WATCHED
    [gap] = account.see(LOST, 5)
    assert (gap.began_at, gap.cause) == (at(5), CoverageCause.CONNECTION)
    standing = account.stands(64)
    assert (standing.since, standing.urgency, standing.exposure.positions) == (at(5), 0, 1)
    assert [account.stands(now_s).urgency for now_s in (65, 184, 185)] == [2, 2, 3]
    assert [account.stands(now_s, alarmed=True).urgency for now_s in (9, 10)] == [0, 3]
    account.see(evidence(), 205)
    back = account.stands(205)
    assert (back.state, back.lasted_s, back.missed) == (CoverageState.WATCHED, 200, None)


def test_another_cause_on_the_way_does_not_start_the_clock_again() -> None:
    account = Account()
    account.see(evidence(), 0)
    account.see(LOST, 5)
    account.see(evidence(stream(awaiting=("positions",)), positions=1), 60)
    assert account.stands(65).urgency == 2
    assert account.stands(65).cause is CoverageCause.WAITING
    account.see(evidence(), 70)
    assert account.stands(70).lasted_s == 65


def test_a_sink_that_was_never_proven_takes_no_time_from_a_reconnect() -> None:
    account = Account()
    unproven = evidence(sinks=(SinkProof(),))
    account.see(unproven, 0)
    assert account.stands(4000).urgency == 0
    account.see(evidence(LINE_CUT, positions=1, sinks=(SinkProof(),)), 4000)
    standing = account.stands(4059)
    assert (standing.urgency, standing.since, standing.waiting) == (0, at(4000), 1)
    assert [account.stands(now_s).urgency for now_s in (4060, 4180)] == [2, 3]
    account.see(unproven, 4200)
    back = account.stands(4200)
    assert (back.cause, back.urgency, back.lasted_s) == (CoverageCause.SINK_UNPROVEN, 0, 200)


def test_a_line_that_breaks_while_the_clock_is_wrong_has_its_own_time_and_is_told_no_lower() -> None:
    account = Account()
    off = evidence(offset_s=9.0, positions=1)
    account.see(off, 0)
    assert [account.stands(now_s).urgency for now_s in (0, 60, 4000)] == [0, 2, 2]
    account.see(evidence(LINE_CUT, positions=1, offset_s=9.0), 4000)
    assert [account.stands(now_s).urgency for now_s in (4000, 4179, 4180)] == [2, 2, 3]
    assert [account.stands(now_s, alarmed=True).urgency for now_s in (4004, 4005)] == [2, 3]
    account.see(off, 4200)
    assert account.stands(4200).urgency == 2


def test_a_comparison_that_is_awaited_says_what_was_missed() -> None:
    account = Account(Bounds(reconciled_within_s=600))
    account.one.reconciled(START, 0)
    account.see(evidence(), 1)
    account.see(LOST, 5)
    account.see(evidence(stream(since=at(50))), 50)
    assert account.stands(50).cause is CoverageCause.UNRECONCILED
    account.one.reconciled(at(51), 2)
    [gap] = account.see(evidence(stream(since=at(50))), 52)
    assert (gap.cause, gap.ended_at) == (CoverageCause.UNRECONCILED, at(52))
    back = account.stands(52)
    assert (back.lasted_s, back.missed) == (47, 2)
    account.see(LOST, 55)
    account.see(evidence(stream(since=at(50))), 56)
    assert account.stands(56).missed is None  # that was the last time


def test_the_end_of_refused_credentials_says_how_long_they_were_and_what_was_missed() -> None:
    refused = evidence(
        stream(state=CoverageState.BLIND, cause=CoverageCause.CREDENTIALS, since=at(10)), positions=1
    )
    trying = evidence(
        stream(state=CoverageState.BLIND, cause=CoverageCause.STARTING, since=at(4000)), positions=1
    )
    account = Account(Bounds(reconciled_within_s=9000))
    account.one.reconciled(START, 0)
    account.see(evidence(), 1)
    account.see(refused, 10)
    account.see(refused, 4000)
    account.see(trying, 4000)
    # To connect again has all of its own time, however long nobody corrected the key.
    assert (account.stands(4059).urgency, account.stands(4060).urgency) == (0, 2)
    account.see(evidence(stream(since=at(4060))), 4060)
    awaited = account.stands(4060)
    assert (awaited.cause, awaited.lasted_s) == (CoverageCause.UNRECONCILED, None)
    account.one.reconciled(at(4061), 2)
    account.see(evidence(stream(since=at(4060))), 4062)
    back = account.stands(4062)
    assert (back.state, back.lasted_s, back.missed) == (CoverageState.WATCHED, 4052, 2)


def test_whose_network_it_was_stands_in_the_gap_and_is_said() -> None:
    account = Account()
    account.see(evidence(), 0, REACHED)
    account.see(LOST, 5, REACHED)
    account.see(LOST, 8, REACHED)
    assert account.stands(8).blame == "theirs"
    [gap] = account.see(evidence(), 9, REACHED)
    assert gap.blame == "theirs"
    assert account.stands(9).blame == "theirs"


def test_a_pause_of_the_process_is_said_once() -> None:
    account = Account()
    account.see(evidence(positions=1), 0)
    account.see(evidence(positions=1), 300)
    paused = account.stands(300)
    assert (paused.cause, paused.urgency, paused.since) == (CoverageCause.PAUSED, 3, START)
    back = account.stands(300)
    assert (back.state, back.lasted_s) == (CoverageState.WATCHED, 300)


def test_at_a_start_nobody_is_told_how_long_alertd_was_stopped() -> None:
    first = Account()
    first.see(evidence(), 0)
    one, changed = AccountCoverage.entered("main", "okx", first.one.record.kept(), None, at(5000))
    assert [(gap.cause, gap.began_at) for gap in changed] == [(CoverageCause.STOPPED, START)]
    one.judge(LOST.sight, (), (), Bounds(), at(5001))
    standing = one.standing(GRACE, at(5002), alarmed=False)
    assert (standing.urgency, standing.since) == (0, START)


def test_what_an_earlier_run_told_began_when_it_said() -> None:
    first = Account()
    first.see(evidence(), 100)
    told = Coverage(event_id="1", exchange="okx", account="main", received_at=START, since=at(-50))
    one, _ = AccountCoverage.entered("main", "okx", first.one.record.kept(), told, at(200))
    assert one.lost_since == at(-50)


def test_planned_maintenance_makes_a_lost_line_a_warning_and_nothing_else() -> None:
    excuse = Excuse(since=at(0), until=at(3600))

    def urgencies(shown: Evidence, *times: float) -> list[int]:
        account = Account()
        account.see(evidence(), 0)
        account.see(shown, 5)
        return [account.one.standing(GRACE, at(t), alarmed=True, excuse=excuse).urgency for t in times]

    assert urgencies(LOST, 9, 10, 65, 900) == [0, 2, 2, 2]
    wrong = stream(state=CoverageState.BLIND, cause=CoverageCause.UNREADABLE, since=at(5))
    assert urgencies(evidence(wrong, positions=1), 900) == [3]
    account = Account()
    account.see(evidence(), 0)
    account.see(LOST, 5)
    assert account.one.standing(GRACE, at(900), alarmed=False, excuse=excuse).excuse == excuse
    account.see(evidence(), 1000)
    assert account.one.standing(GRACE, at(1000), alarmed=False, excuse=excuse).excuse is None


def test_what_was_lost_before_the_maintenance_is_not_explained_by_it() -> None:
    account = Account()
    account.see(evidence(), 0)
    account.see(LOST, 5)
    before = account.one.standing(GRACE, at(900), alarmed=False, excuse=Excuse(since=at(6)))
    assert (before.urgency, before.excuse) == (3, None)


def test_once_it_is_over_a_lost_line_counts_in_full() -> None:
    account = Account()
    account.see(evidence(), 0)
    account.see(LOST, 5)
    assert account.one.standing(GRACE, at(900), alarmed=False, excuse=Excuse(since=at(0))).urgency == 2
    assert account.one.standing(GRACE, at(901), alarmed=False).urgency == 3
