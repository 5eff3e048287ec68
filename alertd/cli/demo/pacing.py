"""How fast the market runs, so that the whole demo takes as long as was asked for. Pure."""

from __future__ import annotations

from dataclasses import dataclass

USUAL_S = 45.0
SHORTEST_S = 15.0
LONGEST_S = 3600.0
SLOWEST = 0.01
FASTEST = 10.0

# Wall time that is not the market's: streams connect; what is left is delivered and all is closed.
CONNECTING_S = 1.5
CLOSING_S = 1.5


@dataclass(frozen=True, slots=True)
class Pacing:
    """What was asked for. `seconds`: wall time of the whole demo. `speed`: market seconds per second."""

    seconds: float | None = None
    speed: float | None = None

    def problem(self, market_s: float) -> str | None:
        """Why a scenario of `market_s` seconds cannot be shown like this, with the cure; None if it can."""
        # Written so that NaN is refused too.
        if self.seconds is not None and not SHORTEST_S <= self.seconds <= LONGEST_S:
            return (
                f"--seconds {self.seconds:g} is not possible: it takes at least {SHORTEST_S:g} for prices to "
                f"fall step by step and a cut stream to heal, and at most {LONGEST_S:g}"
            )
        if self.speed is not None and not SLOWEST <= self.speed <= FASTEST:
            return f"--speed {self.speed:g} is not possible: it lies between {SLOWEST:g} and {FASTEST:g}"
        if self.seconds is None or self.speed is None:
            return None
        needed_s = market_s / self.speed + CONNECTING_S + CLOSING_S
        if needed_s > self.seconds:
            return (
                f"--speed {self.speed:g} takes {needed_s:.0f} seconds, not {self.seconds:g}: "
                "leave out --speed or --seconds"
            )
        return None

    def market_speed(self, market_s: float, spent_s: float) -> float:
        """Market seconds per second, `spent_s` wall seconds after the beginning."""
        if self.speed is not None:
            return self.speed
        left_s = self._wall_s() - spent_s - CONNECTING_S - CLOSING_S
        if left_s <= 0:
            return FASTEST
        return min(max(market_s / left_s, SLOWEST), FASTEST)

    def total_s(self, market_s: float, spent_s: float) -> float:
        """Wall seconds the whole demo is expected to take."""
        speed = self.market_speed(market_s, spent_s)
        return spent_s + CONNECTING_S + market_s / speed + CLOSING_S

    def _wall_s(self) -> float:
        return USUAL_S if self.seconds is None else self.seconds
