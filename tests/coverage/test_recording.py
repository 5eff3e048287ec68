"""alertd/coverage/recording.py: every uncovered interval is on record, and none is invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from alertd.coverage.judging import Lapse, Verdict
from alertd.coverage.recording import PAUSED_AFTER_S, AccountRecord
from alertd.domain.coverage import Blame, Gap, KeptRecord
from alertd.domain.events import CoverageCause, CoverageState
from tests.coverage.evidence import START, at

BLIND, DEGRADED = CoverageState.BLIND, CoverageState.DEGRADED
WATCHED = Verdict()
HEARTBEAT_S = 60


def lost(cause: CoverageCause = CoverageCause.CONNECTION, since_s: float | None = None) -> Verdict:
    since = None if since_s is None else at(since_s)
    return Verdict((Lapse(state=BLIND, cause=cause, since=since),))


def seconds(gap: Gap) -> tuple[str, float, float | None]:
    ended = None if gap.ended_at is None else (gap.ended_at - START).total_seconds()
    return str(gap.cause), (gap.began_at - START).total_seconds(), ended


class Store:
    """What a store would hold of the record."""

    def __init__(self, record: AccountRecord) -> None:
        self.gaps: dict[int, Gap] = {}
        self.kept = record.kept()

    def write(self, record: AccountRecord, changed: list[Gap]) -> None:
        self.gaps |= {gap.number: gap for gap in changed}
        self.kept = record.kept()

    def rows(self) -> list[tuple[str, float, float | None]]:
        return [seconds(gap) for _, gap in sorted(self.gaps.items())]


def recorded(*steps: tuple[float, Verdict]) -> list[tuple[str, float, float | None]]:
    record = AccountRecord("main", START)
    store = Store(record)
    for now_s, verdict in steps:
        store.write(record, record.take(verdict, at(now_s)))
    return store.rows()


def test_an_account_that_is_watched_has_no_gaps() -> None:
    assert recorded(*[(s, WATCHED) for s in range(100)]) == []


def test_a_gap_begins_where_the_last_proof_ended() -> None:
    steps = [*[(s, WATCHED) for s in range(31)], (31, lost(CoverageCause.STALE, since_s=1)), (35, WATCHED)]
    assert recorded(*steps) == [("stale", 1, 35)]


def test_but_never_before_the_end_of_another() -> None:
    steps = [(0, lost(since_s=-50)), (5, WATCHED), (8, lost(CoverageCause.STALE, since_s=2)), (9, WATCHED)]
    assert recorded(*steps) == [("connection", 0, 5), ("stale", 5, 9)]


def test_another_cause_is_another_gap_without_a_pause_between() -> None:
    steps = [(1, lost()), (4, lost(CoverageCause.WAITING)), (6, lost(CoverageCause.WAITING)), (7, WATCHED)]
    assert recorded(*steps) == [("connection", 1, 4), ("waiting", 4, 7)]


def test_what_was_seen_in_part_ends_where_nothing_was_seen_any_more() -> None:
    part = Verdict((Lapse(state=DEGRADED, cause=CoverageCause.SINK_UNPROVEN),))
    late = lost(CoverageCause.STALE, since_s=3)
    assert recorded((1, part), (9, late), (10, part), (11, WATCHED)) == [
        ("sink_unproven", 1, 3),
        ("stale", 3, 10),
        ("sink_unproven", 10, 11),
    ]
    # but what was blind stays so, whatever is found out of it later
    assert recorded((1, lost()), (9, late), (10, WATCHED)) == [("connection", 1, 9), ("stale", 9, 10)]


def test_a_gap_that_lasts_has_no_end() -> None:
    assert recorded((3, lost()), (9, lost())) == [("connection", 3, None)]


def test_time_in_which_the_process_stood_still_was_not_watched() -> None:
    assert recorded((0, WATCHED), (10, WATCHED), (610, WATCHED)) == [("paused", 10, 610)]
    assert recorded((0, lost()), (610, WATCHED)) == [("connection", 0, 610)]
    assert recorded((10, WATCHED), (610, lost(since_s=50))) == [
        ("paused", 10, 610),
        ("connection", 610, None),
    ]


def test_a_clock_set_back_makes_no_gap_of_negative_length() -> None:
    rows = recorded((8, lost()), (4, WATCHED), (6, lost()), (7, WATCHED))
    assert rows == [("connection", 8, 8), ("connection", 6, 7)]


def test_the_blame_stands_in_the_gap_that_ends() -> None:
    record = AccountRecord("main", START)
    record.take(lost(), at(1))
    (gap,) = record.take(WATCHED, at(5), Blame.OURS)
    assert gap.blame is Blame.OURS


def test_what_was_open_at_a_crash_ends_with_the_last_sight_and_the_rest_is_told_apart() -> None:
    record = AccountRecord("main", START)
    record.take(WATCHED, at(2))
    record.take(lost(), at(8))
    record.take(lost(), at(10))
    resumed, changed = AccountRecord.resumed(record.kept(), at(100))
    assert [seconds(gap) for gap in changed] == [("connection", 8, 10), ("stopped", 10, None)]
    assert [seconds(gap) for gap in resumed.take(lost(CoverageCause.STARTING), at(100))] == [
        ("stopped", 10, 100),
        ("starting", 100, None),
    ]
    assert [gap.number for gap in changed] == [1, 2]


# --- any sequence -----------------------------------------------------------------------------------


@dataclass
class Truth:
    """Second by second, what was covered: the simplest thing that could be right."""

    uncovered: set[int] = field(default_factory=set)
    now: int = 0
    looked: int = 0
    was_watched: bool = True
    covered_from: int = 0  # what a late insight may still take back

    def look(self, verdict: Verdict) -> None:
        if not self.was_watched or self.now - self.looked > PAUSED_AFTER_S:
            self.uncovered |= set(range(self.looked, self.now))
            self.covered_from = self.now
        is_watched = verdict.worst is None
        if self.was_watched and not is_watched and verdict.worst and verdict.worst.since:
            since = int((verdict.worst.since - START).total_seconds())
            self.uncovered |= set(range(max(since, self.covered_from), self.now))
        self.was_watched, self.looked = is_watched, self.now

    def crashed(self, heard: int, now: int) -> None:
        """`heard`: the last that is known for certain."""
        self.uncovered |= set(range(heard, now))
        self.now = self.looked = self.covered_from = now
        self.was_watched = False


def covered_by(store: Store, until: int) -> set[int]:
    found: set[int] = set()
    for _, began, ended in store.rows():
        assert began == int(began)
        found |= set(range(int(began), until if ended is None else int(ended)))
    return found


causes = st.sampled_from([CoverageCause.CONNECTION, CoverageCause.STALE, CoverageCause.CLOCK])
looks = st.one_of(
    st.tuples(st.just("watched"), st.integers(0, 25), causes, st.none()),
    st.tuples(st.just("lost"), st.integers(0, 25), causes, st.one_of(st.none(), st.integers(0, 40))),
    st.tuples(st.just("killed"), st.integers(0, 200), causes, st.none()),
)


@given(st.lists(looks, max_size=30))
def test_every_uncovered_second_is_on_record_and_none_is_invented(steps: list[tuple]) -> None:
    record, truth = AccountRecord("main", START), Truth()
    store, beat = Store(record), 0
    store.write(record, record.take(WATCHED, at(0)))
    for kind, passed_s, cause, ago_s in steps:
        truth.now += passed_s
        if kind == "killed":
            heard = int((store.kept.seen_at - START).total_seconds())
            record, changed = AccountRecord.resumed(store.kept, at(truth.now))
            truth.crashed(heard, truth.now)
            store.write(record, changed)
            continue
        verdict = WATCHED if kind == "watched" else lost(cause, None if ago_s is None else truth.now - ago_s)
        changed = record.take(verdict, at(truth.now))
        truth.look(verdict)
        if changed or truth.now - beat >= HEARTBEAT_S:
            store.write(record, changed)
            beat = truth.now
    store.write(record, record.take(WATCHED, at(truth.now)))
    truth.look(WATCHED)
    assert covered_by(store, truth.now) == truth.uncovered


@given(st.lists(looks, max_size=30))
def test_gaps_are_numbered_in_order_and_never_overlap(steps: list[tuple]) -> None:
    record, now = AccountRecord("main", START), 0
    gaps: dict[int, Gap] = {}
    for kind, passed_s, cause, ago_s in steps:
        now += passed_s
        verdict = WATCHED if kind == "watched" else lost(cause, None if ago_s is None else now - ago_s)
        gaps |= {gap.number: gap for gap in record.take(verdict, at(now))}
    ordered = [gap for _, gap in sorted(gaps.items())]
    assert [gap.number for gap in ordered] == list(range(1, len(ordered) + 1))
    for earlier, later in pairwise(ordered):
        assert earlier.ended_at is not None
        assert earlier.ended_at <= later.began_at
    assert record.kept() == KeptRecord(
        account="main",
        since=START,
        seen_at=at(now),
        numbers=len(ordered),
        open_gap=ordered[-1] if ordered and ordered[-1].ended_at is None else None,
    )
