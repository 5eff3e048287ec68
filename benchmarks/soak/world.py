"""Where the day takes place: two exchanges, three chats, somebody outside who is pinged, and the daemon."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from aiohttp import ClientSession, web

from alertd.app import App
from alertd.config import Settings
from alertd.simulators.okx.accounts import Account as OkxAccount
from alertd.simulators.okx.accounts import LeadTrader
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.simulator import OkxSimulator
from alertd.simulators.toobit.people import Account as ToobitAccount
from alertd.simulators.toobit.simulator import ToobitSimulator
from benchmarks.soak.expecting import Expectations, Expected
from tests.acceptance.house import OF_ITSELF, Hook, LoopClock, account_table, running, settings, text_of

MORNING = datetime(
    2026, 4, 1, 7, 20, tzinfo=UTC
)  # what is told once a day, at eight, falls into the first hour
ANNA, BEN = "25CD5A80241D6FE6", "25CD5A80241D6FE7"
WHALE, SHARK = "9007199254740993101", "9007199254740993102"
QUIET_FROM, QUIET_TO = 23, 7
TOKEN = "annas-own-token-1"
# As in earnest, but for the market, which ticks every 2.5 s.
LIMITS = Limits(tick_s=2.5)


class Morning(LoopClock):
    """It is that morning when it is made."""

    def __init__(self) -> None:
        super().__init__()
        self._began = MORNING


class Chat(Hook):
    """A webhook that hands on what it accepts, and keeps nothing."""

    def __init__(self, name: str, heard: Callable[[str, str], None]) -> None:
        super().__init__()
        self.name = name
        self.arrived = 0
        self._heard = heard

    async def _take(self, request: web.Request) -> web.Response:
        answer = await super()._take(request)
        self.taken.clear()
        self.arrived_at.clear()
        while self.messages:
            self.arrived += 1
            self._heard(self.name, text_of(self.messages.pop(0)))
        return answer


class Outside:
    """Somebody who expects pings and would call a person if they ended."""

    def __init__(self) -> None:
        self.pings = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{tail:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/ping"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, _: web.Request) -> web.Response:
        self.pings += 1
        return web.Response()


@dataclass
class World:
    """`tables`: the configuration as it is to be after the next reload. `up_at_s`: when a chat that takes
    nothing now will be well again.
    """

    folder: Path
    clock: LoopClock
    okx: OkxSimulator
    toobit: ToobitSimulator
    chats: Mapping[str, Chat]
    outside: Outside
    expectations: Expectations
    tables: dict[str, Any]
    retention_days: float
    up_at_s: dict[str, float] = field(default_factory=dict)
    app: App = field(init=False)
    http: ClientSession = field(init=False)

    def read(self) -> Settings:
        """As the daemon reads its configuration."""
        made = settings(self.folder, **copy.deepcopy(self.tables))
        # Shorter than a person may choose: what is kept on purpose is to be gone within the day.
        store = made.store.model_copy(update={"retention_days": self.retention_days})
        return made.model_copy(update={"store": store}).kept_in(self.folder)

    def expect(self, says: str, *about: str, within_s: float, urgent: bool = True) -> None:
        """The phone, and the mail too, hear a text that says this about that.

        What is told late, because the night is quiet or nobody answers, is told among others and in other
        words: then it is enough that it is told of that.
        """
        now_s = self.clock.monotonic_s()
        for sink in ("phone", "mail"):
            from_s = max(now_s, self.up_at_s.get(sink, 0.0))
            if not urgent and self.is_quiet:
                from_s = max(from_s, now_s + self._until_morning_s())
            words = about if from_s > now_s else (says, *about)
            self.expectations.expect(Expected(sink, words, now_s, from_s + within_s))

    def stands_in(self, sink: str, *words: str, within_s: float) -> None:
        """Somebody else hears of it, because who should does not take it."""
        now_s = self.clock.monotonic_s()
        self.expectations.expect(Expected(sink, words, now_s, now_s + within_s))

    def _until_morning_s(self) -> float:
        now = self.clock.now()
        morning = now.replace(hour=QUIET_TO, minute=0, second=0, microsecond=0)
        return ((morning - now).total_seconds() + 1) % 86_400

    @property
    def is_quiet(self) -> bool:
        """What is not urgent waits for the morning."""
        return not QUIET_TO <= self.clock.now().hour < QUIET_FROM

    def counted(self, name: str, **labels: str) -> float:
        """A counter of the daemon over all its cells that have these labels."""
        wanted = set(labels.items())
        cells = self.app.counters.cells(name).items()
        return sum(cell.value for its, cell in cells if wanted <= set(its))

    async def tell(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        """Anna tells the daemon to do something."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self.http.post(f"/api/v1/{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def opened(folder: Path, retention_days: float) -> AsyncIterator[World]:
    """Everything up, and the daemon runs on a store of its own in the folder."""
    clock = Morning()
    expectations = Expectations()

    def heard(sink: str, text: str) -> None:
        expectations.heard(sink, text, clock.monotonic_s())

    async with AsyncExitStack() as stack:
        okx = await stack.enter_async_context(OkxSimulator(clock=clock.unix_s, limits=LIMITS))
        toobit = ToobitSimulator(clock=clock.unix_s, now_s=clock.monotonic_s)
        await stack.enter_async_context(toobit)
        outside = await stack.enter_async_context(Outside())
        names = ("phone", "mail", "desk")
        chats = {name: await stack.enter_async_context(Chat(name, heard)) for name in names}
        world = World(folder, clock, okx, toobit, chats, outside, expectations, {}, retention_days)
        world.tables = _tables(world)
        async with running(world.read(), clock, world.read) as world.app:
            web_url = f"http://127.0.0.1:{world.app.web_port}"
            async with ClientSession(web_url) as world.http:
                yield world


def _tables(world: World) -> dict[str, Any]:
    """The configuration of a person who copies at both exchanges and leads at one."""
    chats = world.chats
    sinks = {name: {"url": chats[name].url} for name in ("phone", "mail", "desk")}
    sinks["mail"]["via"] = "apprise"
    quiet = {"from": f"{QUIET_FROM:02}:00", "to": f"{QUIET_TO:02}:00"}
    mild: dict[str, Any] = {"remind_s": [], "batch_s": 5, "quiet_hours": quiet}
    reminders = [300, 600, 1800]
    return {
        "accounts": _accounts(world.okx, world.toobit),
        "sinks": sinks,
        "routes": [
            {
                "match": {"severity": ["critical"]},
                "sinks": ["phone"],
                "fallback": ["desk"],
                "remind_s": reminders,
            },
            {"match": {"severity": ["critical"]}, "sinks": ["mail"], "remind_s": reminders},
            {"match": {"severity": ["warning", "info"]}, "sinks": ["phone", "mail"], **mild},
        ],
        "people": {"anna": {"can": ["read", "ack", "approve"], "token": TOKEN}},
        "rules": {
            **{name: {"enabled": True} for name in OF_ITSELF},
            # They come and go several times a day here.
            "copied_trader": {"resolve_after_s": 1200},
            "copied_trader_left": {"resolve_after_s": 1200},
        },
        "canary": {"enabled": True},
        "dead_man": {"url": world.outside.url},
        "timezone": "UTC",
    }


def _accounts(okx: OkxSimulator, toobit: ToobitSimulator) -> dict[str, Any]:
    leader = OkxAccount(name="lead", api_key="lead-key", uid="7" * 18, unique_code=ANNA, role_type="1")
    copied = (LeadTrader(ANNA, "anna"), LeadTrader(BEN, "ben"))
    copier = okx.add_account(OkxAccount(role_type="2", lead_traders=copied))
    follower = toobit.add_account(ToobitAccount("follower"))
    for user_id, nickname in ((WHALE, "whale"), (SHARK, "shark")):
        toobit.lead(user_id, nickname)
        toobit.join(nickname, follower.user_id, 1000)
    in_earnest: dict[str, Any] = {"stale_after_s": 20.0, "role": "auto"}
    return {
        "main": account_table(okx, copier, **in_earnest),
        "lead": account_table(okx, okx.add_account(leader), **in_earnest),
        "follower": {
            "exchange": "toobit",
            "rest_url": toobit.rest_url,
            "api_key": follower.api_key,
            "api_secret": follower.api_secret,
        },
    }
