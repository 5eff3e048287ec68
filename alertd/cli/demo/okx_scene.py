"""A scenario at OKX, for the demo."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from alertd.cli.demo.scene import Carrier, Standing
from alertd.simulators.okx.scenario import Action, CutStreams, Heal, OpenPosition, Scenario, perform
from alertd.simulators.okx.simulator import OkxSimulator
from alertd.simulators.script import Step
from alertd.telemetry import Counters

_LEAD_TRADER = "1"


class OkxScene:
    """See Scene."""

    carrier = Carrier.STREAM
    exchange_name = "OKX"
    figures: tuple[str, ...] = ("margin_ratio", "distance")
    waits_for_told = False

    def __init__(self, scenario: Scenario, speed: float) -> None:
        self.scenario = scenario
        self.exchange = OkxSimulator(speed=speed, limits=scenario.limits(speed))
        self._account = self.exchange.add_account(scenario.account())
        is_lead = self._account.role_type == _LEAD_TRADER
        self.wanted = frozenset({"private", "business"} if is_lead else {"private"})

    def served(self) -> AbstractAsyncContextManager[object]:
        """See Scene."""
        return self.exchange

    def accounts(self) -> Mapping[str, Any]:
        """See Scene."""
        account, simulator = self._account, self.exchange
        table = {
            "exchange": "okx",
            "api_key": account.api_key,
            "api_secret": account.api_secret,
            "passphrase": account.passphrase,
            "private_ws_url": simulator.private_ws_url,
            "business_ws_url": simulator.business_ws_url,
            "rest_url": simulator.rest_url,
        }
        return {account.name: table}

    def play(self, step: Step[Action]) -> None:
        """See Scene."""
        for action in step.actions:
            perform(self.exchange, action)

    def is_cut_after(self, step: Step[Action], was_cut: bool) -> bool:
        """See Scene."""
        if any(isinstance(action, Heal) for action in step.actions):
            return False
        return was_cut or any(isinstance(action, CutStreams) for action in step.actions)

    def up(self, counters: Counters) -> Mapping[str, bool]:
        """See Scene."""
        return {
            dict(labels)["stream"]: cell.value > 0 for labels, cell in counters.cells("stream_live").items()
        }

    def looks(self, counters: Counters) -> float:  # noqa: ARG002 - all is pushed
        """See Scene."""
        return math.inf

    def standings(self) -> Iterator[Standing]:
        """See Scene."""
        market = self.exchange.market
        valuation = self._account.value(market)
        held = {one.instrument.inst_id: one for one in self._account.positions.values()}
        for wanted in self._positions():
            mark = market.mark(wanted.inst_id)
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
