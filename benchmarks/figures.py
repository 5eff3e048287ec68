"""Samples, their middle and spread, and how often one goes into another. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values do not exceed (nearest rank). Raises: ValueError if empty."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)  # rounded up
    return ordered[max(0, int(rank) - 1)]


@dataclass(frozen=True)
class Samples:
    """One figure, a value per round in the order they were measured."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        return median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)

    def times(self, other: Samples) -> Samples:
        """How many times `other`, round by round: what disturbed both of a round disturbs no ratio.

        Where the rounds are not as many, every value is divided by the other's middle.
        """
        if len(self.values) == len(other.values):
            return Samples(tuple(a / b for a, b in zip(self.values, other.values, strict=True)))
        return Samples(tuple(a / other.middle for a in self.values))

    def moved_from(self, other: Samples) -> Samples:
        """By how many percent it lies above `other`, round by round."""
        return Samples(tuple((ratio - 1) * 100 for ratio in self.times(other).values))


@dataclass(frozen=True)
class Measured:
    """What one subject showed in one figure of a row. `note` says what the reader must know with it."""

    row: str
    subject: str
    figure: str
    unit: str
    samples: Samples
    note: str = ""


@dataclass(frozen=True)
class Absent:
    """Not measured, and why. Never an estimate."""

    row: str
    subject: str
    reason: str


def of(row: str, subject: str, figure: str, unit: str, values: Sequence[float], note: str = "") -> Measured:
    """A `Measured` of plain values."""
    return Measured(row, subject, figure, unit, Samples(tuple(values)), note)
