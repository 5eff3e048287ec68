"""Which measurement gives which rows, in the order of a run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.figures import Absent, Measured
from benchmarks.goals import ROWS, row
from benchmarks.rows import delivering, quiet, starting, streams, together

Result = Measured | Absent


class UnknownRow(ValueError):
    """No such row, or one that something else measures."""


@dataclass(frozen=True)
class Step:
    """One measurement. `rows`: the keys of the rows it gives, all of them or none."""

    rows: tuple[str, ...]
    measure: Callable[[Bench], Awaitable[Sequence[Result]]]

    @property
    def title(self) -> str:
        return "; ".join(row(key).title for key in self.rows)


STEPS = (
    Step(("quiet",), lambda bench: quiet.flood(bench, "quiet", tls=False)),
    Step(("quiet_short",), lambda bench: quiet.flood(bench, "quiet_short", tls=False, short=True)),
    Step(("quiet_tls",), lambda bench: quiet.flood(bench, "quiet_tls", tls=True)),
    Step(("paced_tls",), quiet.paced),
    Step(("one_by_one",), lambda bench: delivering.one_by_one(bench, "apprise")),
    Step(("one_by_one_native",), lambda bench: delivering.one_by_one(bench, "native")),
    Step(("burst", "burst_slow"), lambda bench: delivering.bursts(bench, "apprise")),
    Step(("burst_native", "burst_slow_native"), lambda bench: delivering.bursts(bench, "native")),
    Step(("three_thousand",), lambda bench: delivering.many(bench, "apprise")),
    Step(("three_thousand_native",), lambda bench: delivering.many(bench, "native")),
    Step(("ten_thousand",), together.ten_thousand),
    Step(("ten_thousand_in_10_s",), together.ten_thousand_in_ten_seconds),
    Step(("hung",), together.hung),
    Step(("streams",), streams.memory),
    Step(("reconnect",), streams.reconnect),
    Step(("start", "idle_memory"), starting.start),
)


def chosen(keys: Sequence[str]) -> list[Step]:
    """The steps that give these rows; all of them for none. Raises: UnknownRow."""
    measured = [key for step in STEPS for key in step.rows]
    for key in keys:
        if key in measured:
            continue
        because = next((one.elsewhere for one in ROWS if one.key == key), "no such row")
        raise UnknownRow(f"{key}: {because}; there are {', '.join(measured)}")
    return [step for step in STEPS if not keys or not set(step.rows).isdisjoint(keys)]
