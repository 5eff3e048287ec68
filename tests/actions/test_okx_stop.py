"""The performer against the simulated exchange: each reading, each answer, each fault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from alertd.actions.okx_stop import OkxStop
from alertd.actions.performing import Performer, Said, Seen
from alertd.clock import Clock
from alertd.domain.action import Intent, OpenPositions
from alertd.exchanges.okx.requests import Credentials
from alertd.exchanges.okx.rest import OkxRest
from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.simulator import OkxSimulator
from alertd.sources.session import open_session
from tests.actions.intents import planned

ANN, BEN = "25CD5A80241D6FE6", "2" * 18
BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"


def intent(**changes: Any) -> Intent:
    return planned(**{"trader": ANN, "open_positions": OpenPositions.LEADER_CLOSES, **changes})


@pytest.fixture
async def okx() -> AsyncIterator[OkxSimulator]:
    async with OkxSimulator() as exchange:
        traders = (LeadTrader(ANN, "Ann"), LeadTrader(BEN, "Ben"))
        exchange.add_account(Account(role_type="2", perm="read_only,trade", lead_traders=traders))
        yield exchange


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


def rest(okx: OkxSimulator, session: aiohttp.ClientSession, name: str = "main") -> OkxRest:
    who = okx.account(name)
    credentials = Credentials(who.api_key, who.api_secret, who.passphrase)
    return OkxRest(session, okx.rest_url, credentials, False, Clock(), pause_s=0)


@pytest.fixture
def performer(okx: OkxSimulator, session: aiohttp.ClientSession) -> OkxStop:
    calls = rest(okx, session)
    return OkxStop(calls, calls, Clock())


async def test_it_is_a_performer(performer: Performer) -> None:
    assert await performer.traders() == {ANN: "Ann", BEN: "Ben"}


async def test_from_copied_to_stopped(okx: OkxSimulator, performer: OkxStop) -> None:
    before = await performer.read(intent())
    assert (before.seen, before.exists, before.code) == (Seen.NOT_DONE, True, "")
    assert before.exposure is not None
    assert before.exposure.positions == ()
    answer = await performer.send(intent())
    assert (answer.said, answer.code) == (Said.ACCEPTED, "0")
    assert answer.request == before.request
    assert (await performer.read(intent())).seen is Seen.DONE
    assert (await performer.read(intent(trader=BEN))).seen is Seen.NOT_DONE
