"""Credentials that are refused park their account and no other; a clock that is refused is set right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from alertd.clock import Clock
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    LIMITS,
    Gate,
    Hook,
    House,
    LoopClock,
    account_table,
    house,
    hurried,
    hurry,
    port_of,
    running,
    settings,
    sinks_of,
    stored,
    until,
)


def demo_account(account: Account) -> None:
    account.environment = "demo"


# How each code comes about: by what is configured, by what the exchange knows, or by its own decision.
CONFIGURED: dict[str, dict[str, Any]] = {
    "60005": {"api_key": "no key at all"},
    "60007": {"api_secret": "not the secret"},
    "60024": {"passphrase": "not the passphrase"},
    "60032": {"api_key": "0d6d7c54-51a0-4a1e-8f0e-ffffffffffff"},
}
KNOWN: dict[str, Callable[[Account], None]] = {"50101": demo_account}
CODES = ("60005", "60007", "60024", "60032", "50101", "50110", "60009")


class TwoExchanges(House):
    """`main` on an exchange of its own, behind the gate; `other` on a healthy one."""

    def __init__(self, *parts: Any, healthy: OkxSimulator) -> None:
        super().__init__(*parts)
        self.healthy = healthy

    def other_is_live(self) -> bool:
        return self.is_live("private", "other") and self.is_live("business", "other")


@asynccontextmanager
async def two_exchanges(folder: Path, code: str) -> AsyncIterator[TwoExchanges]:
    clock = LoopClock()
    async with (
        OkxSimulator(clock=clock.unix_s, limits=LIMITS) as refusing,
        OkxSimulator(clock=clock.unix_s, limits=LIMITS) as healthy,
        Hook() as hook,
        Gate(port_of(refusing)) as gate,
    ):
        main = refusing.add_account(Account(role_type="1"))
        other = healthy.add_account(Account(name="other", api_key="another-key", uid="1", role_type="1"))
        tables = {
            "main": account_table(refusing, main, gate) | CONFIGURED.get(code, {}),
            "other": account_table(healthy, other),
        }
        if code in KNOWN:
            KNOWN[code](main)
        elif code not in CONFIGURED:
            refusing.refuse_login(code)
        async with running(settings(folder, tables, sinks_of({"hook": hook})), clock) as app:
            yield TwoExchanges(refusing, gate, hook, app, healthy=healthy)


@pytest.mark.parametrize("code", CODES)
@hurried(10)
async def test_refused_credentials_park_their_account_and_no_other(tmp_path: Path, code: str) -> None:
    async with two_exchanges(tmp_path, code) as home:
        await until(lambda: home.hook.about("CRITICAL", code), home.standing)
        # 60009 has been seen to pass, so that one more is tried.
        dials = 2 if code == "60009" else 1
        await until(home.other_is_live)
        home.okx.heal()
        hurry(60)
        # Longer than the first waits between two tries; once, than any alert waits and any two tries.
        await asyncio.sleep(200 if code == "60009" else 30)
        hurry(10)
        assert len(home.gate.dialled_at) == dials
        assert home.other_is_live()
        home.healthy.open_position("ETH-USDT-SWAP", lever=5)
        home.healthy.push_liquidation_warning("ETH-USDT-SWAP", mgn_ratio="1.4")
        await until(lambda: home.hook.about("ETH-USDT-SWAP"))
        told = home.hook.about("main")
        assert len(told) == 1, told
        assert "correct" in told[0]


@hurried(10)
async def test_a_key_deleted_while_watching_parks_its_account(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.okx.refuse_login("60032")
        home.okx.close_all(4007, "API key is updated or deleted")
        await until(lambda: home.hook.about("CRITICAL", "60032"), home.standing)
        hurry(60)
        await asyncio.sleep(200)
        assert len(home.gate.dialled_at) <= 4
        # Both streams were watched before: each is told to be so no more, and nothing else is told.
        assert len(home.hook.about("CRITICAL", "60032")) == len(home.hook.texts) <= 2


@hurried(10)
async def test_credentials_that_were_corrected_end_the_alert(tmp_path: Path) -> None:
    """Also where the role was not learned the first time, and leaves no second stream the second time."""
    clock = LoopClock()
    async with OkxSimulator(clock=clock.unix_s, limits=LIMITS) as okx, Hook() as hook:
        right = account_table(okx, okx.add_account(Account(role_type="2")), role="auto")
        wrong = right | {"passphrase": "mistyped"}
        sinks = sinks_of({"hook": hook})
        async with running(settings(tmp_path, {"main": wrong}, sinks), clock):
            await until(lambda: hook.about("60024"))
        async with running(settings(tmp_path, {"main": right}, sinks), clock):
            await until(lambda: len(hook.texts) == 2)
    assert "It was not watched for" in hook.texts[1]
    assert "Compared with the exchange's records: nothing was missed." in hook.texts[1]
    assert stored(tmp_path, "select state from alerts") == [("resolved",)]


class WrongClock(Clock):
    """The exchange's clock, to be set off from ours."""

    def __init__(self, ours: LoopClock) -> None:
        self._ours = ours
        self.off_s = 0.0

    def unix_s(self) -> float:
        return self._ours.unix_s() + self.off_s


@pytest.mark.parametrize("off_s", [60.0, -60.0, 3600.0 * 8])
@hurried(10)
async def test_a_clock_that_is_off_is_measured_before_the_first_login(tmp_path: Path, off_s: float) -> None:
    ours = LoopClock()
    async with OkxSimulator(clock=lambda: ours.unix_s() + off_s, limits=LIMITS) as okx, Hook() as hook:
        table = account_table(okx, okx.add_account(), role="trader")
        async with running(settings(tmp_path, {"main": table}, sinks_of({"hook": hook})), ours) as app:
            await until(lambda: app.counters.value("stream_live", account="main", stream="private"))
            assert app.counters.value("connects_total", account="main", stream="private") == 1
            measured_s = app.counters.value("clock_offset_seconds", account="main")
            assert measured_s == pytest.approx(off_s, abs=2.0)


@hurried(10)
async def test_a_refused_clock_is_measured_again_and_the_next_login_is_accepted(tmp_path: Path) -> None:
    ours = LoopClock()
    theirs = WrongClock(ours)
    limits = Limits(regular_push_s=2.0, tick_s=0.2, close_after_refused_login=False)
    async with OkxSimulator(clock=theirs.unix_s, limits=limits) as okx, Hook() as hook:
        table = account_table(okx, okx.add_account(), role="trader")
        okx.fail_rest(503, path="account/config")  # or asking for records might find the clock wrong first

        async with running(settings(tmp_path, {"main": table}, sinks_of({"hook": hook})), ours) as app:

            def count(name: str, **labels: str) -> float:
                return app.counters.value(name, account="main", **labels)

            await until(lambda: count("stream_live", stream="private"))
            theirs.off_s = 60.0  # from now on our logins are a minute old
            okx.drop()
            await until(lambda: count("stream_live", stream="private") == 0)
            await until(lambda: count("stream_live", stream="private") == 1)
            assert count("connects_total", stream="private") == 3
            assert count("reconnects_total", stream="private", reason="clock") == 1
            assert count("clock_offset_seconds") == pytest.approx(60.0, abs=2.0)


@hurried(10)
async def test_while_the_clock_cannot_be_measured_refused_logins_do_not_loop(tmp_path: Path) -> None:
    ours = LoopClock()
    async with OkxSimulator(clock=lambda: ours.unix_s() - 60.0, limits=LIMITS) as okx, Hook() as hook:
        okx.fail_rest(503, body="<html>unavailable</html>")
        table = account_table(okx, okx.add_account(), role="trader")
        async with Gate(port_of(okx)) as gate:
            table |= {"private_ws_url": f"ws://127.0.0.1:{gate.port}/ws/v5/private"}
            async with running(settings(tmp_path, {"main": table}, sinks_of({"hook": hook})), ours) as app:
                hurry(40)
                await asyncio.sleep(60)
                assert 3 <= len(gate.dialled_at) <= 9
                okx.heal()
                await until(
                    lambda: app.counters.value("stream_live", account="main", stream="private"), real_s=30
                )
                hurry(10)
                assert not hook.about("parked")
