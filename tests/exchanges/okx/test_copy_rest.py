"""Covers alertd/exchanges/okx/copy_rest.py, against the simulator and, for its pages, a scripted list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, cast

import aiohttp
import pytest

from alertd.clock import Clock
from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.exchanges.okx.copy_models import Role, unique_code
from alertd.exchanges.okx.copy_rest import MOST_PAGES, PAGE, CopyRest
from alertd.exchanges.okx.copy_wire import ClosedRow
from alertd.exchanges.okx.observed import Answered
from alertd.exchanges.okx.requests import Credentials
from alertd.exchanges.okx.rest import OkxRest
from alertd.exchanges.okx.wire import BadRow
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
async def mine(okx: OkxSimulator) -> AsyncIterator[CopyRest]:
    who = okx.account("main")
    credentials = Credentials(who.api_key, who.api_secret, who.passphrase)
    async with aiohttp.ClientSession() as session:
        yield CopyRest(OkxRest(session, okx.rest_url, credentials, False, Clock(), pause_s=0))


async def test_every_page_is_answered(okx: OkxSimulator, mine: CopyRest) -> None:
    okx.open_position(BTC, lever=20, account="leader")
    okx.open_position(BTC, account="main", lead_trader=ANNA)
    assert [one.name for one in (await mine.copied()).items] == ["anna"]
    assert (await mine.settings(ANNA)).is_copied
    assert [one.role for one in (await mine.roles()).items] == [Role.COPIES, Role.NONE]
    [(page, own)] = [one async for one in mine.open_pages()]
    assert (page.is_last, page.is_whole, own.items[0].trader) == (True, True, ANNA)
    [(_, shown)] = [one async for one in mine.open_pages(ANNA)]
    assert shown.items[0].leverage == 20
    okx.close_position(BTC, account="leader")
    [(_, closed)] = [one async for one in mine.closed_pages(ANNA)]
    assert closed.items[0].is_whole
    assert [(await mine.figures(ANNA, days)).items[0].days for days in (7, 30, 90, 365)] == [7, 30, 90, 365]


async def test_strangers_are_refused(mine: CopyRest) -> None:
    for call in (mine.settings("9" * 16), mine.figures("9" * 16, 7), anext(mine.closed_pages("9" * 16))):
        with pytest.raises(RequestRefused) as refused:
            await call
        assert refused.value.code == "59269"


@pytest.mark.parametrize("data", ["[]", "[5]", '[{"copyState":"9"}]'])
async def test_settings_that_cannot_be_read(data: str, okx: OkxSimulator, mine: CopyRest) -> None:
    okx.fail_rest(200, body=f'{{"code":"0","msg":"","data":{data}}}')
    with pytest.raises(RequestUnavailable):
        await mine.settings(ANNA)


@pytest.mark.parametrize("text", ["", "a b", "a&b=1", "a/../b", "x" * 65, "é"])
def test_what_is_no_code(text: str) -> None:
    with pytest.raises(ValueError, match="no unique code"):
        unique_code(text)


@pytest.mark.parametrize("text", ["25CD5A80241D6FE6", "381749205163847291"])
def test_codes(text: str) -> None:
    assert unique_code(text) == text


class Pages:
    """In place of the calls: a list of so many rows, the newest first; `bad` of them cannot be read."""

    def __init__(self, count: int, bad: int = 0, *, repeats: bool = False) -> None:
        self.ids = [str(number) for number in range(count, 0, -1)]
        self.asked: list[str] = []
        self._bad = bad
        self._repeats = repeats

    async def rows(self, path: str, _row_type: Any, *, signed: bool = True) -> Answered[ClosedRow]:
        assert signed
        self.asked.append(path)
        after = path.partition("&after=")[2]
        start = self.ids.index(after) + 1 if after and not self._repeats else 0
        shown = self.ids[start : start + PAGE]
        rows = [ClosedRow(subPosId=one, instId=BTC, posSide="long") for one in shown]
        bad = [BadRow(b"", "no row")] * min(self._bad, len(rows))
        return Answered(rows[len(bad) :], bad, datetime(2026, 11, 21, tzinfo=UTC), b"")

    async def read(self) -> tuple[list[str], int, bool]:
        ids: list[str] = []
        unreadable, is_whole = 0, True
        async for page, part in CopyRest(cast("OkxRest", self)).closed_pages():
            ids += [one.position_id for one in part.items]
            unreadable += len(part.unreadable)
            is_whole = page.is_whole
        return ids, unreadable, is_whole


@pytest.mark.parametrize(("count", "asked"), [(0, 1), (99, 1), (100, 2), (250, 3)])
async def test_pages_are_read_to_the_end(count: int, asked: int) -> None:
    pages = Pages(count)
    assert await pages.read() == (pages.ids, 0, True)
    assert len(pages.asked) == asked


async def test_rows_that_cannot_be_read_do_not_end_the_list() -> None:
    pages = Pages(150, bad=3)
    ids, unreadable, is_whole = await pages.read()
    assert (len(ids), unreadable, is_whole) == (144, 6, True)


async def test_a_page_that_comes_again_is_no_endless_list() -> None:
    pages = Pages(PAGE, repeats=True)
    assert await pages.read() == (pages.ids, 0, False)
    assert len(pages.asked) == 2


async def test_there_is_an_end_to_it() -> None:
    pages = Pages((MOST_PAGES + 1) * PAGE)
    ids, _, is_whole = await pages.read()
    assert (len(ids), is_whole) == (MOST_PAGES * PAGE, False)
