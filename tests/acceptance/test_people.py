"""Somebody takes care: over HTTP, with a name, into the store, and through a restart. On the whole daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from alertd.app import App
from alertd.config import Settings
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    LIMITS,
    Hook,
    LoopClock,
    account_table,
    hurried,
    running,
    settings,
    sinks_of,
    stored,
    until,
)

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
ANNA = {"Authorization": "Bearer annas-own-token-1"}
VERA = {"Authorization": "Bearer veras-own-token-1"}
NOBODY = {"Authorization": "Bearer wrong-token-123456"}
PEOPLE = {
    "anna": {"can": ["read", "ack"], "token": "annas-own-token-1"},
    "vera": {"can": ["read"], "token": "veras-own-token-1"},
}


@asynccontextmanager
async def answering(app: App) -> AsyncIterator[ClientSession]:
    """Somebody at this machine, without a token."""
    async with ClientSession(f"http://127.0.0.1:{app.web_port}") as http:
        yield http


async def ack(
    http: ClientSession, headers: Mapping[str, str] | None = None, **body: Any
) -> tuple[int, dict[str, Any]]:
    async with http.post("/api/v1/alerts/ack", json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def alerts(http: ClientSession, query: str = "") -> list[dict[str, Any]]:
    async with http.get(f"/api/v1/alerts{query}") as answer:
        listed: list[dict[str, Any]] = (await answer.json())["alerts"]
        return listed


async def warned(okx: OkxSimulator, hook: Hook, instrument: str) -> None:
    """The exchange warns of a position, and that is told."""
    okx.open_position(instrument, size=1, lever=5)
    await until(lambda: okx.push_liquidation_warning(instrument, mgn_ratio="1.4") == 1)
    await until(lambda: hook.about(instrument, "140 %"), lambda: hook.texts)


def rows(folder: Path) -> list[tuple[Any, ...]]:
    return stored(folder, "select kind, person, body from commands order by command_id")


@asynccontextmanager
async def ground(folder: Path, **more: Any) -> AsyncIterator[tuple[OkxSimulator, Hook, Settings, LoopClock]]:
    """An exchange, a webhook, and the settings of a daemon whose people are anna and vera."""
    clock = LoopClock()
    async with OkxSimulator(clock=clock.unix_s, limits=LIMITS) as okx, Hook() as hook:
        account = account_table(okx, okx.add_account(Account(role_type="1")))
        wanted = settings(folder, {"main": account}, sinks_of({"hook": hook}), people=PEOPLE, **more)
        yield okx, hook, wanted, clock


@hurried(10)
async def test_a_person_acknowledges_and_nobody_else_can(tmp_path: Path) -> None:
    async with (
        ground(tmp_path) as (okx, hook, wanted, clock),
        running(wanted, clock) as app,
        answering(app) as http,
    ):
        await warned(okx, hook, BTC)
        [one] = [one for one in await alerts(http) if BTC in one["subject"]]
        assert (one["state"], one["acknowledged"]) == ("firing", None)
        for headers, status in [(None, 401), (NOBODY, 401), (VERA, 403)]:
            assert (await ack(http, headers, all=True))[0] == status
        assert rows(tmp_path) == []

        status, said = await ack(http, ANNA, alerts=[one["id"]], comment="I close it")
        assert (status, said["person"]) == (200, "anna")
        assert [done["id"] for done in said["acknowledged"]] == [one["id"]]
        [(kind, person, body)] = rows(tmp_path)
        assert (kind, person) == ("Acknowledge", "anna")
        assert one["id"] in body
        assert "I close it" in body

        status, said = await ack(http, ANNA, alerts=[one["id"]])
        assert (status, "acknowledged already, by anna" in said["problems"][0]) == (409, True)
        status, said = await ack(http, ANNA, alerts=["zzzzzzzz"])
        assert (status, "no open alert has the id 'zzzzzzzz'" in said["problems"][0]) == (404, True)
        assert len(rows(tmp_path)) == 1

        token = (tmp_path / "web.token").read_text().strip()
        await warned(okx, hook, ETH)
        status, said = await ack(http, {"Authorization": f"Bearer {token}"}, account="main")
        assert (status, said["person"]) == (200, "admin")
        assert {row[1] for row in rows(tmp_path)} == {"anna", "admin"}
        states = {one["state"] for one in await alerts(http) if one["account"] == "main"}
        assert states == {"acknowledged"}
        async with http.get(f"/api/v1/alerts/{one['id'][:5]}") as answer:
            whole = await answer.json()
        assert whole["alert"]["acknowledged"]["comment"] == "I close it"
        [told] = whole["history"]
        assert (told["reason"], [sent["state"] for sent in told["deliveries"]]) == ("new", ["sent"])


@hurried(10)
async def test_a_restart_keeps_it_and_no_reminder_comes_but_worse_is_told(tmp_path: Path) -> None:
    routes = [{"sinks": ["hook"], "remind_s": [15]}]
    rules = {name: {"enabled": False} for name in ("buffer_used", "minutes_to_liquidation")}
    async with ground(tmp_path, routes=routes, rules=rules) as (okx, hook, wanted, clock):
        okx.open_position(BTC, lever=10)
        async with running(wanted, clock) as app, answering(app) as http:
            okx.set_price(BTC, "92000")  # a ratio of about 4: a warning
            await until(lambda: hook.about("margin_ratio", "WARNING"), lambda: hook.texts)
            assert (await ack(http, ANNA, all=True))[0] == 200
        async with running(wanted, clock) as app, answering(app) as http:
            states = {one["rule"]: one["state"] for one in await alerts(http)}
            assert states["margin_ratio"] == "acknowledged"
            told = hook.about(BTC)
            await warned(okx, hook, ETH)
            await until(lambda: len(hook.about(ETH)) > 2, lambda: hook.texts)  # that one is reminded of
            assert hook.about(BTC) == told
            okx.set_price(BTC, "91200")
            await until(lambda: hook.about(BTC, "margin_ratio", "CRITICAL"), lambda: hook.texts)
            states = {one["rule"]: one["state"] for one in await alerts(http)}
            assert states["margin_ratio"] == "firing"
            worse = len(hook.about(BTC))
            await until(lambda: len(hook.about(BTC)) > worse, lambda: hook.texts)  # reminded of again
