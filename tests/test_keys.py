"""Covers alertd/keys.py, against the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import aiohttp
import pytest

from alertd.clock import Clock
from alertd.domain.errors import KeyRefused
from alertd.domain.finding import Finding
from alertd.exchanges.okx.findings import Wanted
from alertd.exchanges.okx.requests import Credentials
from alertd.exchanges.okx.rest import OkxRest
from alertd.keys import KeyCheck, Uids
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator


def test_one_uid_has_one_account_until_it_is_released() -> None:
    uids = Uids()
    assert uids.claim("1", "main") is None
    assert uids.claim("1", "main") is None
    assert uids.claim("1", "twin") == "main"
    assert uids.claim("2", "twin") is None
    uids.release("twin")
    assert uids.claim("1", "twin") == "main"
    uids.release("main")
    assert uids.claim("1", "twin") is None


def test_a_uid_that_is_not_told_belongs_to_nobody() -> None:
    uids = Uids()
    assert uids.claim("", "main") is uids.claim("", "twin") is None


class DaysClock(Clock):
    """Ours, and some days more."""

    def __init__(self) -> None:
        self.later = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.later


class Looks:
    """A check of the simulator's account, with what it reported."""

    def __init__(self, okx: OkxSimulator, account: Account, session: aiohttp.ClientSession) -> None:
        self.reported: list[list[str]] = []
        self.clock = DaysClock()
        self.rest = OkxRest(
            session=session,
            base_url=okx.rest_url,
            credentials=Credentials(account.api_key, account.api_secret, account.passphrase),
            demo=False,
            clock=Clock(),
            pause_s=0.0,
        )
        self.uids = Uids()
        self.check = KeyCheck(
            wanted=Wanted(account="main"),
            rest=self.rest,
            clock=self.clock,
            uids=self.uids,
            report=self.report,
        )

    def report(self, account: str, part: str, found: Sequence[Finding]) -> None:
        assert (account, part) == ("main", "key")
        self.reported.append([finding.code for finding in found])


@asynccontextmanager
async def looks(**changes: str) -> AsyncIterator[tuple[OkxSimulator, Looks]]:
    async with OkxSimulator() as okx, aiohttp.ClientSession() as session:
        yield okx, Looks(okx, okx.add_account(Account(**changes)), session)  # type: ignore[arg-type]


async def test_what_is_found_is_reported_and_the_role_is_learned() -> None:
    async with looks(role_type="2", acct_lv="3", ip="127.0.0.1") as (_, looked):
        await looked.check.look_if_due()
        assert looked.reported == [["account_reached", "mode_forbids_copying"]]
        assert looked.check.config is not None
        assert looked.check.config.role == "copier"
        assert await looked.check.looked_within(0)


@pytest.mark.parametrize(
    ("perm", "code"), [("read_only,withdraw", "may_withdraw"), ("read_only,trade,withdraw", "may_withdraw")]
)
async def test_a_key_that_may_withdraw_is_refused(perm: str, code: str) -> None:
    async with looks(perm=perm) as (_, looked):
        with pytest.raises(KeyRefused) as refused:
            await looked.check.look_if_due()
        assert refused.value.code == code
        assert not await looked.check.looked_within(0.01)  # who waits for the look is not let through


async def test_the_second_account_of_a_uid_is_refused_and_names_the_first() -> None:
    async with looks() as (okx, looked):
        looked.uids.claim(okx.account().uid, "first")
        with pytest.raises(KeyRefused, match=r"accounts\.first"):
            await looked.check.look_if_due()


async def test_the_uid_is_given_back_at_the_end() -> None:
    async with looks() as (okx, looked):
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(looked.check.keep())
            assert await looked.check.looked_within(10)
            assert looked.uids.claim(okx.account().uid, "other") == "main"
            keeping.cancel()
        assert looked.uids.claim(okx.account().uid, "other") is None


async def test_a_look_is_a_signed_call_and_is_made_again_after_a_day() -> None:
    async with looks() as (okx, looked):
        await looked.check.look_if_due()
        first = looked.rest.last_signed_at
        assert first is not None
        await looked.check.look_if_due()
        assert looked.rest.last_signed_at == first
        looked.clock.later = timedelta(hours=21)
        okx.change_account(liquidation_gear="0")
        await looked.check.look_if_due()
        assert looked.rest.last_signed_at is not None
        assert looked.rest.last_signed_at > first
        assert [("warnings_off" in codes) for codes in looked.reported] == [False, True]


async def test_an_exchange_that_is_away_later_is_no_finding_about_the_key() -> None:
    async with looks() as (okx, looked):
        okx.fail_rest(502, body="<html>")
        await looked.check.look_if_due()
        okx.heal()
        await looked.check.look_if_due()
        okx.fail_rest(502, body="<html>")
        looked.clock.later = timedelta(hours=21)
        await looked.check.look_if_due()
        assert [codes[0] for codes in looked.reported] == ["exchange_unreachable", "account_reached"]


async def test_a_key_that_is_refused_later_is_one() -> None:
    async with looks() as (okx, looked):
        await looked.check.look_if_due()
        okx.change_account(ip="192.0.2.1")
        looked.clock.later = timedelta(hours=21)
        await looked.check.look_if_due()
        assert looked.reported[-1] == ["address_refused"]
