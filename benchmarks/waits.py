"""How long alerts waited from their push to their arrival, and by how much one lot waited longer. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.figures import percentile


@dataclass(frozen=True)
class Round:
    """Of each alert by its name: when it was pushed and when it arrived, in seconds of one clock."""

    pushed_at_s: Mapping[str, float]
    arrived_at_s: Mapping[str, float]

    def milliseconds(self, prefix: str = "") -> list[float]:
        """The waits of those that arrived and whose name begins so."""
        return [wait_ms for _, wait_ms in self._waits(prefix)]

    def by_second(self, prefix: str = "") -> list[list[float]]:
        """The same, gathered by the second in which they were pushed."""
        began_s = min(self.pushed_at_s.values())
        seconds: dict[int, list[float]] = defaultdict(list)
        for name, wait_ms in self._waits(prefix):
            seconds[int(self.pushed_at_s[name] - began_s)].append(wait_ms)
        return list(seconds.values())

    def _waits(self, prefix: str) -> Iterator[tuple[str, float]]:
        for name, at_s in self.arrived_at_s.items():
            if name.startswith(prefix) and name in self.pushed_at_s:
                yield name, (at_s - self.pushed_at_s[name]) * 1000


class Waits:
    """Of several rounds.

    The p99 of a round's criticals is its ten worst, and one late write of the disk makes ten of them: by how
    much one lies above another is told of all rounds together, and of the second in the middle, which what
    disturbs the machine now and then does not move.
    """

    def __init__(self, *others: Waits) -> None:
        self._rounds: list[Round] = [one for other in others for one in other._rounds]

    def add(self, one: Round) -> None:
        self._rounds.append(one)

    def p99s(self, prefix: str = "") -> list[float]:
        """Of each round, in milliseconds."""
        return [percentile(one.milliseconds(prefix), 99) for one in self._rounds]

    def p99(self, prefix: str = "") -> float:
        """Of all rounds together."""
        return percentile([ms for one in self._rounds for ms in one.milliseconds(prefix)], 99)

    def p99_of_a_second(self, prefix: str = "") -> float:
        """The median of the p99s of all seconds of all rounds."""
        return median(percentile(some, 99) for one in self._rounds for some in one.by_second(prefix))
