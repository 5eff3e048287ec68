"""What happens in a demo, as those who watch it are told. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from alertd.cli.demo.scene import Scene
from alertd.cli.demo.verdict import Begun, Told
from alertd.simulators.script import Script


@dataclass(slots=True)
class Show:
    """The demo until now. `began_s`, `market_began_s`: on the clock of `monotonic_s`. `total_s`: how long it
    is to take. `streams`: up or down by name.
    """

    scene: Scene
    speed: float
    began_s: float
    total_s: float
    monotonic_s: Callable[[], float]
    market_began_s: float | None = None
    streams: dict[str, bool] = field(default_factory=dict)
    begun: list[Begun] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    @property
    def scenario(self) -> Script[Any]:
        """What is played."""
        return self.scene.scenario

    @property
    def elapsed_s(self) -> float:
        """Since the demo began."""
        return self.monotonic_s() - self.began_s

    @property
    def market_elapsed_s(self) -> float | None:
        """Wall time since the market began; None before."""
        return None if self.market_began_s is None else self.monotonic_s() - self.market_began_s


class Audience(Protocol):
    """Who watches. Every call returns at once."""

    def began(self, show: Show) -> None:
        """The market is about to move."""

    def step_began(self, show: Show, begun: Begun) -> None:
        """A step of the scenario is played from now on."""

    def was_told(self, show: Show, told: Told) -> None:
        """A notification arrived at the receiver."""

    def stream_changed(self, show: Show, stream: str, *, is_up: bool, after_s: float | None) -> None:
        """A stream is live, or no more. `after_s`: how long it was in its last state; None at the first."""

    def time_passed(self, show: Show) -> None:
        """Several times a second."""
