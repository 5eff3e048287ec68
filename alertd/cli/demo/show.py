"""What happens in a demo, as those who watch it are told; and how the positions stand. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from alertd.cli.demo.verdict import Begun, Told
from alertd.simulators.okx.scenario import OpenPosition, Scenario
from alertd.simulators.okx.simulator import OkxSimulator


@dataclass(frozen=True, slots=True)
class Standing:
    """How a position of the scenario stands at the exchange. `is_open` False: only the price is known."""

    instrument: str
    side: str
    margin_mode: str
    mark_price: Decimal
    is_open: bool
    margin_ratio: Decimal | None = None
    distance: Decimal | None = None  # fraction of the mark price


@dataclass(slots=True)
class Show:
    """The demo until now. `began_s`, `market_began_s`: on the clock of `monotonic_s`. `total_s`: how long it
    is to take. `streams`: up or down by name.
    """

    scenario: Scenario
    speed: float
    began_s: float
    total_s: float
    exchange: OkxSimulator
    monotonic_s: Callable[[], float]
    market_began_s: float | None = None
    streams: dict[str, bool] = field(default_factory=dict)
    begun: list[Begun] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    @property
    def elapsed_s(self) -> float:
        """Since the demo began."""
        return self.monotonic_s() - self.began_s

    @property
    def market_elapsed_s(self) -> float | None:
        """Wall time since the market began; None before."""
        return None if self.market_began_s is None else self.monotonic_s() - self.market_began_s

    def standings(self) -> Iterator[Standing]:
        """Each position the scenario opens, open or not."""
        account = self.exchange.account()
        valuation = account.value(self.exchange.market)
        held = {one.instrument.inst_id: one for one in account.positions.values()}
        for wanted in self._positions():
            mark = self.exchange.market.mark(wanted.inst_id)
            position = held.get(wanted.inst_id)
            if position is None:
                yield Standing(wanted.inst_id, wanted.side, wanted.mgn_mode, mark, is_open=False)
                continue
            figures = valuation.positions[position.pos_id]
            distance = None if figures.liq_px is None else abs(mark - figures.liq_px) / mark
            yield Standing(wanted.inst_id, wanted.side, wanted.mgn_mode, mark, True, figures.ratio, distance)

    def _positions(self) -> list[OpenPosition]:
        actions = (action for step in self.scenario.steps for action in step.actions)
        return [action for action in actions if isinstance(action, OpenPosition)]


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
