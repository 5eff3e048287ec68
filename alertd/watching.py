"""The accounts' watches: one task each, replaced one by one when the configuration changes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import structlog

from alertd.accounts import OkxAccountWatch
from alertd.domain.errors import ConfigError
from alertd.exchanges.okx.settings import OkxAccount
from alertd.exchanges.toobit.settings import ToobitAccount
from alertd.sources.trust import TrustStores
from alertd.surroundings import Surroundings

if TYPE_CHECKING:
    from alertd.polled_accounts import ToobitAccountWatch

log = structlog.get_logger(__name__)

Account = OkxAccount | ToobitAccount
Watch: TypeAlias = "OkxAccountWatch | ToobitAccountWatch"


class WatchPlan(msgspec.Struct, frozen=True):
    """What is to change: watches that end, and those that begin, built but not started."""

    leaving: frozenset[str]
    arriving: Mapping[str, tuple[Account, Watch]]
    names: frozenset[str]  # all that are watched then


class _Running(msgspec.Struct, frozen=True):
    settings: Account
    watch: Watch
    task: asyncio.Task[None]

    def serves(self, settings: Account, tls: ssl.SSLContext | None) -> bool:
        """It may stay as it is: not parked, and nothing that concerns it changed."""
        polled = _polled(self.watch)
        is_parked = self.task.done() or (polled is not None and polled.is_parked)
        return not is_parked and _is_same(self.settings, settings) and self.watch.tls is tls


class Watches:
    """Keeps one watch for each account in `tasks`, the group of its owner."""

    def __init__(self, tasks: asyncio.TaskGroup, shared: Surroundings) -> None:
        self._group = tasks
        self._shared = shared
        self._trust = TrustStores()
        self._running: dict[str, _Running] = {}

    async def plan(self, accounts: Mapping[str, Account]) -> WatchPlan:
        """What these accounts change. One that is parked is tried again: whoever reloads has acted.

        Raises: ConfigError with one line for each account that cannot be watched.
        """
        trusted = await asyncio.to_thread(self._trusted, accounts)
        leaving = {name for name in self._running if name not in accounts}
        arriving: dict[str, tuple[Account, Watch]] = {}
        for name, settings in accounts.items():
            running = self._running.get(name)
            if running is not None and running.serves(settings, trusted[name]):
                continue
            if running is not None:
                leaving.add(name)
            arriving[name] = settings, _watch(name, settings, self._shared, trusted[name])
        return WatchPlan(frozenset(leaving), arriving, frozenset(accounts))

    def _trusted(self, accounts: Mapping[str, Account]) -> dict[str, ssl.SSLContext | None]:
        """The TLS context of each account. Blocks. Raises: ConfigError."""
        trusted: dict[str, ssl.SSLContext | None] = {}
        problems = []
        for name, settings in accounts.items():
            try:
                trusted[name] = self._trust.read(settings.ca_file) if settings.ca_file else None
            except OSError as exc:  # also what the TLS library raises
                problems.append(f"accounts.{name}.ca_file: cannot be used ({exc.strerror or exc})")
        if problems:
            raise ConfigError(problems)
        return trusted

    async def stop(self, plan: WatchPlan) -> None:
        """End what leaves or is replaced; when this returns, none of them hands over anything more."""
        tasks = [self._running.pop(name).task for name in plan.leaving]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for name in plan.leaving:
            self._shared.fleet.leaves(name)
            if self._shared.maintenance is not None:
                self._shared.maintenance.leaves(name)
        for name in plan.leaving - plan.names:
            log.info("account removed", account=name)
            self._shared.desk.leave(name)
            self._shared.counters.forget("account", name)

    def start(self, plan: WatchPlan) -> None:
        """Begin what is new; what goes on asks anew what it may read."""
        for running in self._running.values():
            if (polled := _polled(running.watch)) is not None:
                polled.probe_again()
        for name, (settings, watch) in plan.arriving.items():
            if name in plan.leaving:
                log.info("account watched anew", account=name)
            task = self._group.create_task(watch.run(), name=f"account:{name}")
            self._running[name] = _Running(settings, watch, task)

    async def end(self) -> None:
        """End every watch; when this returns, none of them hands over anything more."""
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


def _watch(name: str, settings: Account, shared: Surroundings, tls: ssl.SSLContext | None) -> Watch:
    if isinstance(settings, ToobitAccount):
        # Late: a process without such an account starts without all that these need.
        from alertd.polled_accounts import ToobitAccountWatch

        return ToobitAccountWatch(name, settings, shared, tls)
    return OkxAccountWatch(name, settings, shared, tls)


def _polled(watch: Watch) -> ToobitAccountWatch | None:
    """Itself where the exchange pushes nothing, and it polls; else None."""
    return None if isinstance(watch, OkxAccountWatch) else watch


def _is_same(one: Account, other: Account) -> bool:
    """Whether a connection for the one serves the other: labels concern the rules only."""
    return one.model_copy(update={"labels": {}}) == other.model_copy(update={"labels": {}})
