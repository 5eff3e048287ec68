"""What the demo needs to know of an exchange on which a scenario is played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from alertd.simulators.script import Script, Step
from alertd.telemetry import Counters


class Carrier(StrEnum):
    """How the daemon learns of what happens. The words for it begin with this."""

    STREAM = "stream"
    POLL = "poll"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a position of the scenario stands at the exchange. `is_open` False: only the price is known.

    `owner`: whose it is, where there are several. `distance`: to liquidation, a fraction of the mark price.
    `profit_rate`: part of the margin.
    """

    instrument: str
    side: str
    margin_mode: str
    mark_price: Decimal
    is_open: bool
    margin_ratio: Decimal | None = None
    distance: Decimal | None = None
    profit_rate: Decimal | None = None
    owner: str = ""


class Scene(Protocol):
    """A scenario and the exchange it is played on.

    `figures`: those of a `Standing` that this exchange has. `wanted`: the names of what must be up before
    anything is played. `waits_for_told`: the market goes on once a step was looked at and what it should
    cause was told, because whoever asks at intervals would not see what was so only between two.
    """

    carrier: Carrier
    exchange_name: str
    figures: tuple[str, ...]
    wanted: frozenset[str]
    waits_for_told: bool

    @property
    def scenario(self) -> Script[Any]:
        """What is played."""

    def served(self) -> AbstractAsyncContextManager[object]:
        """The exchange, as long as this is entered."""

    def accounts(self) -> Mapping[str, Any]:
        """`[accounts]` of a configuration; once it is served."""

    def play(self, step: Step[Any]) -> None:
        """Do what the step says. Raises: ValueError."""

    def is_cut_after(self, step: Step[Any], was_cut: bool) -> bool:
        """Whether nothing can be up after this step."""

    def up(self, counters: Counters) -> Mapping[str, bool]:
        """By name: what the daemon sees through, now."""

    def looks(self, counters: Counters) -> float:
        """How often the daemon has looked at the market; infinity where it is told of everything."""

    def standings(self) -> Iterator[Standing]:
        """Each position the scenario opens, open or not."""
