"""Clients for the simulator's leader and copier."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from alertd.clock import Clock
from alertd.exchanges.toobit.follower import FollowerCalls
from alertd.exchanges.toobit.leader import LeaderCalls
from alertd.exchanges.toobit.requests import Credentials
from alertd.exchanges.toobit.rest import Host, ToobitRest
from alertd.simulators.toobit.people import Account
from alertd.simulators.toobit.simulator import ToobitSimulator
from alertd.simulators.toobit.stage import set_stage
from alertd.sources.session import open_session


@dataclass
class House:
    """The exchange, and calls for both of its accounts over one host."""

    toobit: ToobitSimulator
    session: aiohttp.ClientSession
    host: Host
    leader: LeaderCalls
    follower: FollowerCalls

    def rest(self, account: Account) -> ToobitRest:
        who = Credentials(account.api_key, account.api_secret)
        return ToobitRest(self.session, self.host, who, Clock(), pause_s=0.0)

    def asked(self, method: str) -> int:
        return sum(1 for call in self.toobit.calls if call.startswith(method))


@pytest.fixture
async def house() -> AsyncIterator[House]:
    # One window of weights for the whole test: at the turn of a minute the count would begin anew.
    async with ToobitSimulator(now_s=lambda: 5.0) as toobit, open_session() as session:
        cast, clock = set_stage(toobit), Clock()
        host = Host(toobit.rest_url)

        def rest(account: Account) -> ToobitRest:
            who = Credentials(account.api_key, account.api_secret)
            return ToobitRest(session, host, who, clock, pause_s=0.0)

        yield House(toobit, session, host, LeaderCalls(rest(cast.leader)), FollowerCalls(rest(cast.copier)))
