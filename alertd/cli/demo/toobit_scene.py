"""A scenario at Toobit, for the demo: one account leads, one copies it. Everything is asked at intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from alertd.cli.demo.scene import Carrier, Standing
from alertd.simulators.script import Step
from alertd.simulators.toobit.people import ISOLATED, Account, Position
from alertd.simulators.toobit.scenario import Action, LeaderOpens, Scenario, perform, set_cast
from alertd.simulators.toobit.simulator import ToobitSimulator
from alertd.telemetry import Counters

# As often as may be configured: nobody wants to wait here for the 5 s and the 5 minutes that are usual.
POLL_INTERVAL_S = 1
FOLLOWERS_INTERVAL_S = 5


_OFTEN = ("follower orders", "leader lead_orders")


class ToobitScene:
    """See Scene."""

    carrier = Carrier.POLL
    exchange_name = "Toobit"
    figures: tuple[str, ...] = ("profit_rate", "distance")
    waits_for_told = True
    wanted = frozenset({"follower orders", "follower leaders", "leader lead_orders", "leader followers"})

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.exchange = ToobitSimulator()
        self._cast = set_cast(self.exchange)

    def served(self) -> AbstractAsyncContextManager[object]:
        """See Scene."""
        return self.exchange

    def accounts(self) -> Mapping[str, Any]:
        """See Scene."""
        return {
            "leader": self._table(self._cast.leader, "lead") | {"followers_interval_s": FOLLOWERS_INTERVAL_S},
            "follower": self._table(self._cast.follower, "copier"),
        }

    def play(self, step: Step[Action]) -> None:
        """See Scene."""
        for action in step.actions:
            perform(self.exchange, action)

    def is_cut_after(self, step: Step[Action], was_cut: bool) -> bool:  # noqa: ARG002 - nothing is cut here
        """See Scene."""
        return False

    def up(self, counters: Counters) -> Mapping[str, bool]:
        """See Scene. Up is what has answered once."""
        return {name: count > 0 for name, count in _answers(counters).items() if name in self.wanted}

    def looks(self, counters: Counters) -> float:
        """See Scene."""
        answers = _answers(counters)
        return min(answers.get(name, 0) for name in _OFTEN)

    def standings(self) -> Iterator[Standing]:
        """See Scene."""
        market = self.exchange.market
        leader = self.exchange.leader(self._cast.leader.name)
        for symbol in sorted(self._symbols()):
            led = leader.find(symbol, True)
            yield self._standing("leader", symbol, led)
            for relation in self.exchange.copied_by(self._cast.follower.user_id):
                copy = next((one for one in relation.positions if one.symbol == symbol), None)
                edge = relation.liquidation_price(copy, market) if copy is not None else None
                mark = market.marks[symbol]
                distance = None if edge is None else abs(mark - edge) / mark
                yield self._standing("follower", symbol, copy, distance)

    def _standing(self, owner: str, symbol: str, position: Position | None, distance: Any = None) -> Standing:
        mark = self.exchange.market.marks[symbol]
        if position is None:
            return Standing(symbol, "long", "isolated", mark, is_open=False, owner=owner)
        return Standing(
            symbol,
            "long" if position.is_long else "short",
            "isolated" if position.position_type == ISOLATED else "cross",
            mark,
            True,
            distance=distance,
            profit_rate=position.profit_rate(mark),
            owner=owner,
        )

    def _symbols(self) -> set[str]:
        actions = (action for step in self.scenario.steps for action in step.actions)
        return {action.symbol for action in actions if isinstance(action, LeaderOpens)}

    def _table(self, account: Account, role: str) -> dict[str, Any]:
        return {
            "exchange": "toobit",
            "role": role,
            "rest_url": self.exchange.rest_url,
            "api_key": account.api_key,
            "api_secret": account.api_secret,
            "poll_interval_s": POLL_INTERVAL_S,
        }


def _answers(counters: Counters) -> Mapping[str, float]:
    """How many good ones there were, by account and endpoint."""
    found = {}
    for labels, cell in counters.cells("polls_total").items():
        named = dict(labels)
        if named["outcome"] == "good":
            found[f"{named['account']} {named['stream']}"] = cell.value
    return found
