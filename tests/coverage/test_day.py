"""A day of random faults, second by second: every interval that was not covered is on record, none invented.

The evidence is made by a world that knows the truth; the daemon has its own storm, of hours, in
`acceptance/test_coverage_storm.py`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from alertd.coverage.account import AccountCoverage
from alertd.coverage.judging import Bounds
from alertd.domain.coverage import Gap, KeptRecord, Sight, SinkProof
from alertd.domain.events import CoverageCause, CoverageState
from tests.coverage.evidence import START, at, stream

DAY_S = 86_400
FAULTS_A_DAY = 300
STALE_S = 20
BOUNDS = Bounds(reconciled_within_s=240.0)
KEPT_EVERY_S = 60
FAULTS = ("connection", "silence", "short silence", "business", "clock", "records", "sinks", "pause", "kill")


@dataclass
class World:
    """What is true at a second, and what the account's watch shows of it.

    `covered` has the truth of each second: whether every proof was whole.
    """

    dice: random.Random
    covered: list[bool] = field(default_factory=lambda: [True] * DAY_S)
    silent_since: int | None = None  # the last second in which a push came, while none comes
    up_since: int = 0
    reconciled: int = 0
    broken: str = ""  # the fault that lasts
    struck_at: int = 0
    ends: int = 0

    def strike(self, second: int) -> None:
        self.broken, self.struck_at = self.dice.choice(FAULTS), second
        lasts = {"short silence": self.dice.randint(2, STALE_S), "pause": 0, "kill": 0}
        self.ends = second + lasts.get(self.broken, self.dice.choice([1, 3, 15, 60, 200, 600]))
        if "silence" in self.broken:
            self.silent_since = second - 1

    def heal(self, second: int) -> None:
        if self.broken == "connection":
            self.up_since = second
        if self.silent_since is not None and second - self.silent_since > STALE_S + BOUNDS.overdue_s:
            self.up_since = second  # it was connected anew
        self.broken, self.silent_since = "", None

    def sight(self, second: int) -> Sight:
        private: dict[str, Any] = {"since": at(self.up_since)}
        business: dict[str, Any] = {}
        lost = {
            "state": CoverageState.BLIND,
            "cause": CoverageCause.CONNECTION,
            "since": at(self.struck_at),
        }
        if self.broken == "connection":
            private = lost
        if self.broken == "business":
            business = lost
        if self.silent_since is not None:
            silent_s = second - self.silent_since
            private |= {"overdue_s": max(0.0, silent_s - STALE_S), "silent_s": float(silent_s)}
        if (
            self.broken != "records"
            and self.broken != "connection"
            and (self.reconciled < self.up_since or second % 60 == 0)
        ):
            self.reconciled = second
        return Sight(
            streams=(stream(**private), stream("business", **business)),
            offset_s=9.0 if self.broken == "clock" else 0.1,
            offset_at=at(second),
            positions=1,
            reconciled_within_s=BOUNDS.reconciled_within_s,
        )

    def sinks(self, second: int) -> tuple[SinkProof, ...]:
        return (SinkProof(sent_at=at(second), is_dead=self.broken == "sinks"),)

    def note(self, second: int) -> None:
        """The truth of this second; a silence that is found out was none from the last push on."""
        too_old = second - self.reconciled > (BOUNDS.reconciled_within_s or 0)
        if too_old or self.broken in ("connection", "business", "clock", "sinks"):
            self.covered[second] = False
        if self.silent_since is not None and second - self.silent_since - STALE_S > BOUNDS.overdue_s:
            self.uncover(self.silent_since + 1, second + 1)

    def uncover(self, first: int, end: int) -> None:
        self.covered[first:end] = [False] * (end - first)


@dataclass
class Store:
    """The gaps as they were written, and the record as it was kept last."""

    gaps: dict[int, Gap] = field(default_factory=dict)
    kept: KeptRecord | None = None
    kept_at: int = 0

    def write(self, one: AccountCoverage, changed: list[Gap], second: int) -> None:
        self.gaps |= {gap.number: gap for gap in changed}
        if changed or second - self.kept_at >= KEPT_EVERY_S:
            self.kept, self.kept_at = one.record.kept(), second

    def spans(self) -> Iterator[tuple[int, int]]:
        """In whole seconds of the day."""
        for gap in self.gaps.values():
            yield _second(gap.began_at), DAY_S if gap.ended_at is None else _second(gap.ended_at)


def _second(moment: datetime) -> int:
    return round((moment - START).total_seconds())


def lived(seed: int) -> tuple[World, Store, dict[str, int]]:
    world, store = World(random.Random(seed)), Store()
    one, changed = AccountCoverage.entered("main", "okx", None, None, START)
    struck = dict.fromkeys(FAULTS, 0)
    second = 0
    while second < DAY_S:
        if world.broken and second >= world.ends:
            world.heal(second)
        if not world.broken and 600 < second < DAY_S - 700 and world.dice.random() < FAULTS_A_DAY / DAY_S:
            world.strike(second)
            struck[world.broken] += 1
        if world.broken in ("pause", "kill"):
            one, changed, second = _stand_still(world, store, one, second)
        sight = world.sight(second)
        if world.reconciled == second:
            one.reconciled(at(second), 0)
        sinks = world.sinks(second)
        store.write(one, changed + one.judge(sight, sinks, sinks, BOUNDS, at(second)), second)
        changed = []
        world.note(second)
        second += 1
    return world, store, struck


def _stand_still(
    world: World, store: Store, one: AccountCoverage, second: int
) -> tuple[AccountCoverage, list[Gap], int]:
    """The machine sleeps, or the process is killed and started again: nobody looked meanwhile."""
    later = second + world.dice.randint(12, 500)
    changed: list[Gap] = []
    if world.broken == "pause":
        world.uncover(second, later)
    else:
        assert store.kept is not None
        world.uncover(_second(store.kept.seen_at) + 1, later)
        one, changed = AccountCoverage.entered("main", "okx", store.kept, None, at(later))
    world.up_since = later
    world.ends = later
    world.broken = ""
    return one, changed, later


@pytest.mark.parametrize("seed", range(4))
def test_every_interval_that_was_not_covered_is_on_record_and_none_is_invented(seed: int) -> None:
    world, store, struck = lived(seed)
    assert min(struck.values()) > 5, struck
    recorded = [False] * DAY_S
    for first, end in store.spans():
        recorded[first:end] = [True] * (end - first)
    # A look is a second's: where one begins and ends may be one off.
    wrong = [
        second
        for second in range(1, DAY_S - 1)
        if recorded[second] == world.covered[second] and len(set(world.covered[second - 1 : second + 2])) == 1
    ]
    assert wrong == []
    assert 0.5 < sum(world.covered) / DAY_S < 0.95


def test_a_day_without_faults_has_no_gap() -> None:
    world, store = World(random.Random(0)), Store()
    one, _ = AccountCoverage.entered("main", "okx", None, None, START)
    for second in range(DAY_S):
        sight, sinks = world.sight(second), world.sinks(second)
        if world.reconciled == second:
            one.reconciled(at(second), 0)
        store.write(one, one.judge(sight, sinks, sinks, BOUNDS, at(second)), second)
    assert store.gaps == {}
