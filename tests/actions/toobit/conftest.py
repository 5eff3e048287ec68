"""The simulator with its two accounts, and intents carried out on it to their end, in time that is set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
import pytest

from alertd.actions import machine
from alertd.actions.machine import Wish
from alertd.actions.moves import Patience
from alertd.actions.performing import Performer
from alertd.actions.runner import Runner
from alertd.domain.action import ActionType, Intent, IntentState, Step
from alertd.exchanges.toobit.follower import FollowerCalls
from alertd.exchanges.toobit.leader import LeaderCalls
from alertd.exchanges.toobit.requests import Credentials
from alertd.exchanges.toobit.rest import Host, ToobitRest
from alertd.simulators.toobit.people import Account
from alertd.simulators.toobit.simulator import ToobitSimulator
from alertd.simulators.toobit.stage import set_stage
from alertd.sources.session import open_session
from tests.actions.intents import AT, Fuse, Killed, MemoryJournal, planned
from tests.doubles.set_clock import SetClock

BTC, ETH, SOL = "BTC-SWAP-USDT", "ETH-SWAP-USDT", "SOL-SWAP-USDT"
PATIENCE = Patience(60.0, 600.0)
MOST_MOVES = 200


@dataclass
class Rig:
    """`toobit` and alertd share one clock; `before_move`: called before each move, with its number."""

    toobit: ToobitSimulator
    session: aiohttp.ClientSession
    clock: SetClock
    host: Host
    steps: list[Step] = field(default_factory=list)
    before_move: Callable[[int], object] = lambda _: None

    def rest(self, account: Account) -> ToobitRest:
        who = Credentials(account.api_key, account.api_secret)
        return ToobitRest(self.session, self.host, who, self.clock, pause_s=0.0)

    @property
    def copier(self) -> FollowerCalls:
        return FollowerCalls(self.rest(self.toobit.account("copier")))

    @property
    def leader(self) -> LeaderCalls:
        return LeaderCalls(self.rest(self.toobit.account("leader")))

    @property
    def whale(self) -> str:
        return self.toobit.leader("whale").user_id

    def close(self, leader: str = "whale") -> None:
        """All that he holds, and so all copies of it."""
        for held in list(self.toobit.leader(leader).positions):
            self.toobit.close_position(leader, held.symbol, "long" if held.is_long else "short")

    def asked(self, method: str) -> int:
        return sum(1 for call in self.toobit.calls if call.startswith(method))

    async def carry_out(self, build: Callable[[], Performer], intent: Intent, *killed_at: int) -> Intent:
        """To its end; `killed_at`: there the process dies, and with it all that it remembers."""
        journal = MemoryJournal(intent, Fuse(*killed_at))
        performer = build()
        number = 0
        while number < MOST_MOVES:
            wanted = machine.wish(journal.newest, self.clock.now())
            if wanted is Wish.END:
                break
            if wanted is Wish.WAIT:
                assert journal.newest.next_at is not None
                self.clock.at = journal.newest.next_at
                continue
            self.before_move(number)
            number += 1
            try:
                await Runner(performer, journal, self.clock, PATIENCE).advance(journal.newest)
            except Killed:
                performer = build()
        self.steps = journal.steps
        assert not journal.newest.is_open, "it has no end"
        return journal.newest

    @property
    def states(self) -> list[IntentState]:
        """In order, without repetition."""
        states = [step.state for step in self.steps]
        return [state for n, state in enumerate(states) if n == 0 or states[n - 1] is not state]


def intent(type_: ActionType, trader: str = "", **changes: Any) -> Intent:
    """One that is to be carried out now."""
    return planned(type=type_, trader=trader, exchange="toobit", open_positions=None, **changes)


def as_sent(one: Intent) -> Intent:
    """What the machine makes of an intent whose request leaves now."""
    return msgspec.structs.replace(
        one,
        state=IntentState.SENDING,
        requests=one.requests + 1,
        rounds=one.rounds + 1,
        began_at=one.began_at or AT,
    )


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    clock = SetClock(AT)
    # One window of weights for the whole test: at the turn of a minute the count would begin anew.
    simulator = ToobitSimulator(clock=lambda: clock.at.timestamp(), now_s=lambda: 5.0)
    async with simulator as toobit, open_session() as session:
        set_stage(toobit)
        yield Rig(toobit, session, clock, Host(toobit.rest_url))
