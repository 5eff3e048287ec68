"""The daemon in process with an exchange that can misbehave, sinks that can fail, and seconds that are short.

with hurried(10) as runner:
    runner.run(story())        # ten of its seconds pass in one of ours
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import sqlite3
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, Generic, ParamSpec, Self, TypeVar

from aiohttp import web

from alertd.app import App
from alertd.clock import Clock
from alertd.config import Settings
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.market import Market
from alertd.simulators.okx.session import Session
from alertd.simulators.okx.simulator import OkxSimulator
from tests.doubles.receiver import Receiver

PRIVATE = ("account", "balance_and_position", "liquidation-warning", "positions")
BUSINESS = ("copytrading-lead-notification",)
# The figures that make silence a matter of seconds; a tick finer than needed would keep the machine busy.
LIMITS = Limits(regular_push_s=2.0, tick_s=0.2)
STALE_AFTER_S = 8.0
_LOOK_AGAIN_S = 0.01  # our own seconds, up to ten times hurried
# The rules by which alertd tells of itself.
OF_ITSELF = ("started", "findings", "stopping", "stopping_exposed", "summary", "copy_digest")

P = ParamSpec("P")
T = TypeVar("T")


class _ShorterWaits(selectors.DefaultSelector):
    speed = 1.0

    gained_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None:
            timeout = max(timeout, 0.0) / self.speed
        began_s = time.monotonic()
        ready = super().select(timeout)
        waited_s = time.monotonic() - began_s
        self.gained_s += (waited_s if timeout is None else min(waited_s, timeout)) * (self.speed - 1)
        return ready


class HurriedLoop(asyncio.SelectorEventLoop):
    """An event loop that counts `speed` seconds for each of ours that it waits.

    Its own work is not hurried, nor a wait that lasts longer than it should: on a busy machine no deadline
    comes nearer than the work that must be done before it.
    """

    def __init__(self, speed: float) -> None:
        self._waits = _ShorterWaits()
        self._waits.speed = speed
        super().__init__(self._waits)

    def time(self) -> float:
        return time.monotonic() + self._waits.gained_s

    @property
    def speed(self) -> float:
        return self._waits.speed

    def hurry(self, speed: float) -> None:
        """From now on so fast."""
        self._waits.speed = speed


def _speed() -> float:
    loop = asyncio.get_running_loop()
    return loop.speed if isinstance(loop, HurriedLoop) else 1.0


def hurry(speed: float) -> None:
    """Change the speed of the running loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, HurriedLoop)
    loop.hurry(speed)


def hurried(speed: float) -> Callable[[Callable[P, Coroutine[Any, Any, None]]], Callable[P, None]]:
    """Run a test's coroutine on a loop that is so much faster than we are."""

    def decorate(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
        @wraps(test)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            with asyncio.Runner(loop_factory=lambda: HurriedLoop(speed)) as runner:
                runner.run(test(*args, **kwargs))

        return run

    return decorate


class LoopClock(Clock):
    """Wall and monotonic time at the loop's own pace. `began`: now, if it is not given."""

    def __init__(self, began: datetime | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()
        self._began = began or datetime.now(UTC)

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self._loop.time() - self._began_s)

    def monotonic_s(self) -> float:
        return self._loop.time()

    def unix_s(self) -> float:
        return self.now().timestamp()


async def until(holds: Callable[[], object], what: object = "", real_s: float = 20.0) -> None:
    """Wait for what can be seen. `real_s`: our own seconds, whatever the loop counts.

    Raises: AssertionError with `what`, called if it can be.
    """
    ends = time.monotonic() + real_s
    while not holds():
        if time.monotonic() > ends:
            raise AssertionError(f"not within {real_s} s: {what() if callable(what) else what}")
        await asyncio.sleep(_LOOK_AGAIN_S * min(_speed(), 10))


class Gate:
    """A TCP door before a server: counts who dials, and can be shut, go silent, or cut what passes."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._server: asyncio.Server | None = None
        self._pipes: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._flows = asyncio.Event()
        self._flows.set()
        self.port = 0
        self.dialled_at: list[float] = []

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.shut()
        self._flows.set()
        pipes = list(self._pipes)
        for pipe in pipes:
            pipe.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)

    async def open(self) -> None:
        """Listen, after `shut` on the same port."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def shut(self) -> None:
        """Who dials is refused; what is connected stays."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def silence(self) -> None:
        """Connections stand and new ones are taken, but no byte passes."""
        self._flows.clear()

    def flow(self) -> None:
        self._flows.set()

    def reset(self) -> None:
        """Cut what is connected with RST."""
        for writer in self._pipes.values():
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    def most_dials_within(self, seconds: float) -> int:
        """The largest number of dials in any span of that length."""
        dials = self.dialled_at
        return max((sum(1 for at in dials if 0 <= at - first < seconds) for first in dials), default=0)

    def keeps_the_limit(self) -> bool:
        """Three connects a second, as far as a busy machine lets us see: it accepts late, and then several.

        The exact pace is shown in tests/sources/test_pacing.py.
        """
        return self.most_dials_within(0.5) <= 3 and self.most_dials_within(4.0) <= 14

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.dialled_at.append(asyncio.get_running_loop().time())
        pipe = asyncio.current_task()
        assert pipe is not None
        self._pipes[pipe] = writer
        behind: asyncio.StreamWriter | None = None
        try:
            far, behind = await asyncio.open_connection("127.0.0.1", self._behind)
            ways = [
                asyncio.create_task(self._pump(reader, behind)),
                asyncio.create_task(self._pump(far, writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            pass
        finally:
            self._pipes.pop(pipe, None)
            for end in (writer, behind):
                if end is not None:
                    end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()


class Hook(Receiver):
    """A webhook that may answer late or never, or refuse. `taken`: every request, answered or not."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[dict[str, Any]] = []
        self.fails_at = ""  # answers 503 to what says so
        self.hangs = False  # takes a request, and neither accepts nor answers it
        self.answer_after_s: list[float] = []  # accepted at once, answered so late; one for each to come
        self.words = ""  # what it writes into its answers, and their headers
        self.headers: dict[str, str] = {}
        self.port = 0

    async def __aenter__(self) -> Self:
        """On the port it had before, if it had one."""
        app = web.Application()
        app.router.add_post("/{tail:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.taken.append(body)
        if self.hangs:
            await asyncio.Event().wait()
        is_failed_at = bool(self.fails_at) and self.fails_at in text_of(body)
        status = 503 if is_failed_at else self.status
        if status == 200:
            self.messages.append(body)
            self.arrived_at.append(asyncio.get_running_loop().time())
        if self.answer_after_s:
            await asyncio.sleep(self.answer_after_s.pop(0))
        return web.Response(status=status, text=self.words, headers=self.headers)

    @property
    def texts(self) -> list[str]:
        """Title and message of each one that was accepted."""
        return [text_of(body) for body in self.messages]

    def about(self, *words: str) -> list[str]:
        """The accepted texts that hold all the words."""
        return [text for text in self.texts if all(word in text for word in words)]


def text_of(body: Mapping[str, Any]) -> str:
    return f"{body['title']}\n{body['message']}"


def account_table(
    okx: OkxSimulator, account: Account, gate: Gate | None = None, **more: Any
) -> dict[str, Any]:
    """`[accounts.X]` for an account of the simulator. Streams go through the gate, REST does not."""
    host = okx.rest_url if gate is None else f"http://127.0.0.1:{gate.port}"
    streams = host.replace("http", "ws", 1)
    return {
        "exchange": "okx",
        "role": "lead",
        "api_key": account.api_key,
        "api_secret": account.api_secret,
        "passphrase": account.passphrase,
        "private_ws_url": f"{streams}/ws/v5/private",
        "business_ws_url": f"{streams}/ws/v5/business",
        "rest_url": okx.rest_url,
        "stale_after_s": STALE_AFTER_S,
        **more,
    }


def settings(folder: Path, accounts: Mapping[str, Any], sinks: Mapping[str, Any], **more: Any) -> Settings:
    """Settings as `load` gives them. Without reminders and canary, which would blur what a test counts."""
    tables: dict[str, Any] = {
        "web": {"port": 0},
        "timezone": "UTC",
        "accounts": accounts,
        "sinks": sinks,
        "routes": [{"sinks": list(sinks), "remind_s": []}],
        "canary": {"enabled": False},
        **more,
    }
    # Each start and each stop would be told; who wants to see that switches these on.
    quiet = {name: {"enabled": False} for name in OF_ITSELF}
    tables["rules"] = {**quiet, **more.get("rules", {})}
    made = Settings(**tables)
    return made.kept_in(folder)


@asynccontextmanager
async def running(
    wanted: Settings, clock: Clock | None = None, read: Callable[[], Settings] | None = None
) -> AsyncIterator[App]:
    """The daemon until the block ends; what ends it earlier is raised here. Stops within its bound."""
    app = App(wanted, clock=clock or LoopClock(), read=read)
    async with asyncio.TaskGroup() as tasks:
        daemon = tasks.create_task(app.run())
        await until(lambda: app.started.is_set() or daemon.done(), "the daemon has not started")
        try:
            yield app
        finally:
            app.stop.set()
        async with asyncio.timeout(30):
            await daemon


class House:
    """A daemon with one account on a simulated exchange behind a gate, and one webhook."""

    def __init__(
        self, okx: OkxSimulator, gate: Gate, hook: Hook, app: App, private: Sequence[str] = PRIVATE
    ) -> None:
        """`private`: the channels that the private stream wants, each as often as it is subscribed."""
        self.okx, self.gate, self.hook, self.app = okx, gate, hook, app
        self.private = sorted(private)
        self._untouched = iter(("ETH-USDT-SWAP", "SOL-USDT-SWAP", "BTC-USD-SWAP"))

    def subscribed(self, service: str, account: str = "main") -> list[str]:
        """The channels the exchange feeds now, over all connections of the service."""
        sessions = self.okx.chosen(service, account)
        return sorted(one.channel for session in sessions for one in session.subscriptions)

    def is_complete(self, account: str = "main") -> bool:
        """Every wanted subscription stands, once, and the daemon says that it is live."""
        live = all(self.is_live(stream, account) for stream in ("private", "business"))
        private, business = (self.subscribed(name, account) for name in ("private", "business"))
        return live and private == self.private and business == list(BUSINESS)

    def is_live(self, stream: str, account: str = "main") -> bool:
        return bool(self.app.counters.value("stream_live", account=account, stream=stream))

    def connects(self, stream: str, account: str = "main") -> int:
        return int(self.app.counters.value("connects_total", account=account, stream=stream))

    def counted(self, name: str) -> float:
        """A counter over all its labels."""
        return sum(cell.value for cell in self.app.counters.cells(name).values())

    def standing(self) -> str:
        """For the text of a failed wait."""
        channels = [self.subscribed(name) for name in ("private", "business")]
        return f"{channels}, {self.app.counters.cells('connects_total')}, told {self.hook.texts}"

    async def complete(self, real_s: float = 20.0) -> None:
        await until(self.is_complete, self.standing, real_s)

    async def without(self, sessions: Collection[Session]) -> None:
        """None of these connections stands any more."""
        await until(lambda: not any(one in self.okx.sessions for one in sessions), self.standing)

    async def alert_arrives(self, instrument: str | None = None) -> None:
        """A danger that is new comes through to the sink. None: of an instrument not used before."""
        await self.alert_arrives_at(self.hook, instrument=instrument)

    async def alert_arrives_at(self, *hooks: Hook, instrument: str | None = None) -> None:
        """The same, at each of these."""
        name = instrument or next(self._untouched)
        self.okx.open_position(name, size=1, lever=5)
        assert self.okx.push_liquidation_warning(name, mgn_ratio="1.4") == 1
        await until(lambda: all(hook.about(name, "140 %") for hook in hooks), lambda: hooks[0].texts)


@asynccontextmanager
async def house(
    folder: Path,
    *,
    limits: Limits = LIMITS,
    account: Account | None = None,
    store_url: str | None = None,
    sinks: Mapping[str, Any] | None = None,
    market: Market | None = None,
    private: Sequence[str] = PRIVATE,
    rules: Mapping[str, Any] | None = None,
    **more: Any,
) -> AsyncIterator[House]:
    """Everything up and every subscription complete.

    `sinks`: their tables, instead of the one that leads to `hook`. `more`: keys of `[accounts.main]`.
    """
    clock = LoopClock()
    async with OkxSimulator(clock=clock.unix_s, limits=limits, market=market) as okx, Hook() as hook:
        owner = okx.add_account(account or _rich())
        async with Gate(port_of(okx)) as gate:
            store = {} if store_url is None else {"store": {"url": store_url}}
            table = account_table(okx, owner, gate, **more)
            named = sinks or sinks_of({"hook": hook})
            wanted = settings(folder, {"main": table}, named, **store, rules=rules or {})
            async with running(wanted, clock) as app:
                home = House(okx, gate, hook, app, private)
                await home.complete()
                yield home


def _rich() -> Account:
    account = Account(role_type="1")
    account.set_cash("BTC", account.cash["USDT"], 0)
    return account


class Lodging(Generic[T]):
    """A house that lives in a thread of its own, for tests that are no coroutines (Hypothesis)."""

    def __init__(self, enter: Callable[[], AbstractAsyncContextManager[T]]) -> None:
        self._enter = enter
        self._up: Future[T] = Future()
        self._thread = threading.Thread(target=self._run, name="lodging")
        self._ended: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self.home = self._up.result(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join(60)
        if self._ended is not None:
            raise self._ended

    def call(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it on the loop of the house, to its end."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: HurriedLoop(1)) as runner:
                runner.run(self._live())
        except BaseException as exc:
            self._ended = exc
            if not self._up.done():
                self._up.set_exception(exc)

    async def _live(self) -> None:
        self._loop, self._leave = asyncio.get_running_loop(), asyncio.Event()
        async with self._enter() as home:
            self._up.set_result(home)
            await self._leave.wait()


def port_of(okx: OkxSimulator) -> int:
    return int(okx.rest_url.rsplit(":", 1)[1])


def sinks_of(hooks: Mapping[str, Hook], **more: Any) -> dict[str, Any]:
    """`[sinks]` for some webhooks."""
    return {name: {"url": hook.url, **more} for name, hook in hooks.items()}


def stored(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of the SQLite store in the folder, also while the daemon runs."""
    with closing(sqlite3.connect(folder / "alertd.db")) as connection:
        return connection.execute(query).fetchall()


def files_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below, with its bytes."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()
