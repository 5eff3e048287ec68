"""Whether something grew: the trend over the hours, held against a bound. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

Sample = Mapping[str, float]


@dataclass(frozen=True)
class Bound:
    """How much a figure may have grown between the first and the last hour.

    `at_most` in the figure's unit, or `share` of its middle value where that is more.
    """

    figure: str
    unit: str
    at_most: float
    share: float = 0.0
    about: str = ""


@dataclass(frozen=True)
class Verdict:
    """`grown`: by the trend. `allowed`: what the bound comes to here."""

    bound: Bound
    first: float
    last: float
    grown: float
    allowed: float

    @property
    def is_kept(self) -> bool:
        return self.grown <= self.allowed


def slope(values: Sequence[float]) -> float:
    """The middle of the slopes between all pairs, each step being 1 (Theil-Sen). 0 for fewer than two.

    One step up or down, or an odd hour, does not move it; what grows every hour does.
    """
    pairs = combinations(enumerate(values), 2)
    slopes = [(later - earlier) / (there - here) for (here, earlier), (there, later) in pairs]
    return median(slopes) if slopes else 0.0


def grown(values: Sequence[float]) -> float:
    """By the trend, from the first to the last. Where less is there at the end, below 0."""
    return slope(values) * (len(values) - 1)


def judged(bound: Bound, samples: Sequence[Sample]) -> Verdict:
    """Raises: ValueError where there is no sample."""
    if not samples:
        raise ValueError("no samples")
    values = [one.get(bound.figure, 0.0) for one in samples]
    allowed = max(bound.at_most, bound.share * median(values))
    return Verdict(bound, values[0], values[-1], grown(values), allowed)
