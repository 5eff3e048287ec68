"""An OKX account that copies two traders, and a daemon that may stop that; it can be killed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from alertd.app import App
from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import Hook, account_table, running, settings, sinks_of, stored, until

ANN, BEN = "25CD5A80241D6FE6", "2" * 18
BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
LIMITS = Limits(regular_push_s=2.0, tick_s=0.1, stopping_s=0.3, closing_s=0.3)
RULES = {
    "exchange_warning": {
        "type": "match",
        "event": "liquidation_warning",
        "severity": "critical",
        "resolve_after_s": 3600,
        "actions": ["stop_all"],
    }
}
STOP = {
    "type": "stop_copying",
    "account": "main",
    "mode": "dry_run",
    "lead_traders": [ANN],
    "open_positions": "close_at_market",
}


def copier(*traders: LeadTrader, **more: Any) -> Account:
    """Copies Ann and Ben, with a key that may trade."""
    given = {"role_type": "2", "perm": "read_only,trade", **more}
    return Account(lead_traders=traders or (LeadTrader(ANN, "Ann"), LeadTrader(BEN, "Ben")), **given)


class ActingHouse:
    """`folder`: where the store and the token are."""

    def __init__(self, okx: OkxSimulator, hook: Hook, folder: Path) -> None:
        self.okx, self.hook, self.folder = okx, hook, folder

    def open_copies(self) -> None:
        """One position in copying each trader."""
        self.okx.open_position(BTC, size=10, lever=5, lead_trader=ANN)
        self.okx.open_position(ETH, size=10, lever=5, lead_trader=BEN)

    def warn(self, instrument: str = BTC) -> None:
        """The exchange's own warning: what triggers the action."""
        assert self.okx.push_liquidation_warning(instrument, mgn_ratio="1.4") == 1

    @property
    def stops(self) -> dict[str, int]:
        """What really ended a relation, by trader."""
        return {code: number for (_, code), number in self.okx.copying.stops.items() if number}

    @property
    def asked(self) -> int:
        """Requests to stop that reached the exchange."""
        return sum(self.okx.copying.asked.values())

    def intents(self) -> list[dict[str, Any]]:
        """As they are stored, the oldest first."""
        rows = stored(self.folder, "select body from intents order by planned_us, intent_id")
        return [json.loads(body) for (body,) in rows]

    def steps(self, intent_id: str) -> list[dict[str, Any]]:
        """The journal of one."""
        query = f"select body from action_steps where intent_id = '{intent_id}' order by version"
        return [json.loads(body) for (body,) in stored(self.folder, query)]

    def states(self) -> list[str]:
        return [one["state"] for one in self.intents()]

    async def reach(self, *states: str, within_s: float = 30.0) -> list[dict[str, Any]]:
        """Until the stored intents stand so."""
        await until(lambda: self.states() == list(states), lambda: f"{self.intents()}", within_s)
        return self.intents()

    async def told(self, *words: str) -> list[str]:
        """Until a message with all of these has arrived."""
        await until(lambda: self.hook.about(*words), lambda: f"{self.hook.texts}")
        return self.hook.about(*words)

    async def post(self, port: int, path: str, body: Mapping[str, Any]) -> None:
        """What a person wants, over HTTP, with the token of this machine."""
        token = (self.folder / "web.token").read_text().strip()
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
            session.post(f"http://127.0.0.1:{port}/api/v1/actions/{path}", json=body) as answer,
        ):
            assert answer.status == 200, await answer.text()

    async def is_watched(self, app: App) -> None:
        """From evidence: streams, records, a sink that was proven."""
        watched = lambda: app.counters.value("account_watched", account="main")  # noqa: E731
        await until(lambda: bool(watched()), lambda: f"{self.hook.texts}")


@asynccontextmanager
async def copying(folder: Path, account: Account | None = None) -> AsyncIterator[tuple[ActingHouse, Account]]:
    """The exchange and the webhook; no daemon yet."""
    async with OkxSimulator(limits=LIMITS) as okx, Hook() as hook:
        owner = okx.add_account(account or copier())
        yield ActingHouse(okx, hook, folder), owner


@asynccontextmanager
async def acting_daemon(
    home: ActingHouse, owner: Account, action: Mapping[str, Any] | None = None, **more: Any
) -> AsyncIterator[App]:
    """The daemon in process, with the one action. The start message proves the sink."""
    table = account_table(home.okx, owner, role="copier")
    rules = {**RULES, "started": {"enabled": True}, "findings": {"enabled": True}}
    actions = {"stop_all": {**STOP, **(action or {})}}
    wanted = settings(
        home.folder, {"main": table}, sinks_of({"hook": home.hook}), rules=rules, actions=actions
    )
    async with running(wanted) as app:
        yield app
