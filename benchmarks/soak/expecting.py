"""What people must hear, by when; and what of it they have not heard. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Expected:
    """A message at `sink` whose text holds all the words. Times in seconds of the house's loop."""

    sink: str
    words: tuple[str, ...]
    since_s: float
    until_s: float

    def __str__(self) -> str:
        return f"{self.sink}: {' + '.join(self.words)}"

    def is_met_by(self, sink: str, text: str, at_s: float) -> bool:
        """One that is late is not what was expected."""
        return sink == self.sink and at_s <= self.until_s and all(word in text for word in self.words)


@dataclass
class Expectations:
    """`met`: how many were heard in time. `lost`: those that were not."""

    met: int = 0
    lost: list[Expected] = field(default_factory=list)
    open: list[Expected] = field(default_factory=list)

    def expect(self, *expected: Expected) -> None:
        """From now on. One message may be what several wait for."""
        self.open += expected

    def heard(self, sink: str, text: str, at_s: float) -> None:
        """A message has arrived."""
        unmet = [one for one in self.open if not one.is_met_by(sink, text, at_s)]
        self.met += len(self.open) - len(unmet)
        self.open = unmet

    def judge(self, now_s: float) -> None:
        """What is overdue is lost."""
        self.lost += [one for one in self.open if one.until_s < now_s]
        self.open = [one for one in self.open if one.until_s >= now_s]
