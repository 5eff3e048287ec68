"""Covers alertd/exchanges/okx/lead_rest.py, against the simulator and, for its pages, a scripted list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from alertd.clock import Clock
from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.exchanges.okx.lead_rest import MOST_PAGES, PAGE, LeadRest
from alertd.exchanges.okx.lead_wire import SubPositionRow
from alertd.exchanges.okx.observed import Answered
from alertd.exchanges.okx.requests import Credentials
from alertd.exchanges.okx.rest import OkxRest
from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.simulator import OkxSimulator

BTC = "BTC-USDT-SWAP"
ANNA = "25CD5A80241D6FE6"


@pytest.fixture
async def okx() -> AsyncIterator[OkxSimulator]:
    async with OkxSimulator() as exchange:
        who = {"name": "leader", "api_key": "lead-key", "uid": "7" * 18, "unique_code": ANNA}
        exchange.add_account(Account(role_type="1", followers=7, **who))
        exchange.add_account(Account(role_type="2", lead_traders=(LeadTrader(ANNA, "anna"),)))
        yield exchange


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def rest(okx: OkxSimulator, session: aiohttp.ClientSession, name: str) -> LeadRest:
    who = okx.account(name)
    credentials = Credentials(who.api_key, who.api_secret, who.passphrase)
    return LeadRest(OkxRest(session, okx.rest_url, credentials, False, Clock(), pause_s=0))


async def test_each_page_is_read(okx: OkxSimulator, session: aiohttp.ClientSession) -> None:
    okx.open_position(BTC, size=2, lever=20, account="leader")
    okx.close_position(BTC, share="0.5", account="leader")
    okx.open_position(BTC, size=1, account="main", lead_trader=ANNA)
    mine, theirs = rest(okx, session, "main"), rest(okx, session, "leader")
    assert [row.nickName for row in (await mine.copied()).rows] == ["anna"]
    (shown,) = (await mine.public_orders(ANNA)).rows
    (part,) = (await mine.public_records(ANNA)).rows
    assert (shown.lever, shown.subPos, part.type) == ("20", "1", "1")
    assert [row.uniqueCode for row in (await mine.own_orders()).rows] == [ANNA]
    assert (await mine.own_records()).rows == []
    assert [row.subPosId for row in (await theirs.own_orders()).rows] == [shown.subPosId]
    (config,) = (await theirs.followers()).rows
    assert config.details[0].copyTraderNum == "7"
    (account,) = (await theirs.equity()).rows
    assert {one.ccy for one in account.details} == {"USDT"}


async def test_a_stranger_is_refused(okx: OkxSimulator, session: aiohttp.ClientSession) -> None:
    with pytest.raises(RequestRefused) as refused:
        await rest(okx, session, "main").public_orders("9" * 16)
    assert refused.value.code == "59269"


class Pages:
    """In place of the calls: a list of so many rows, from the newest on."""

    def __init__(self, count: int) -> None:
        self.ids = [str(number) for number in range(count, 0, -1)]
        self.asked: list[str] = []

    async def rows(self, path: str, row_type: Any, *, signed: bool = True) -> Answered[Any]:
        self.asked.append(path)
        _, _, after = path.partition("&after=")
        begin = self.ids.index(after) + 1 if after else 0
        rows = [SubPositionRow(subPosId=one) for one in self.ids[begin : begin + PAGE]]
        return Answered(rows, (), datetime(2026, 11, 3, tzinfo=UTC), b"")


@pytest.mark.parametrize(
    ("count", "pages"), [(0, 1), (PAGE - 1, 1), (PAGE, 2), (PAGE + 1, 2), (2 * PAGE + 5, 3)]
)
async def test_a_long_list_is_read_page_by_page(count: int, pages: int) -> None:
    scripted = Pages(count)
    answer = await LeadRest(scripted).own_orders()  # type: ignore[arg-type]
    assert [row.subPosId for row in answer.rows] == scripted.ids
    assert len(scripted.asked) == pages


async def test_a_list_without_end_is_no_list() -> None:
    with pytest.raises(RequestUnavailable):
        await LeadRest(Pages(PAGE * MOST_PAGES + 1)).public_orders(ANNA)  # type: ignore[arg-type]
