"""Connects the accounts: the first thing a start does, and the last that ends."""

from __future__ import annotations

import asyncio
from typing import NoReturn

import msgspec
from aiohttp import ClientSession

from alertd.actions.plans import plans_of
from alertd.config import Settings
from alertd.domain.action import Mode
from alertd.orders import Orders
from alertd.sources.fleet import Fleet
from alertd.sources.offset import HostOffsets
from alertd.surroundings import Surroundings
from alertd.threshold import Threshold
from alertd.waking import Waking
from alertd.watching import Watches


class Dialling(msgspec.Struct, frozen=True):
    """What goes on while the rest is still made."""

    threshold: Threshold
    shared: Surroundings
    watches: Watches
    waking: asyncio.Task[NoReturn]

    def end(self) -> None:
        """After the watches have ended."""
        self.waking.cancel()


async def dial(orders: Orders, session: ClientSession, sources: asyncio.TaskGroup) -> Dialling:
    """Begin to watch every account; what they see waits at the threshold. Raises: ConfigError."""
    threshold, waking = Threshold(orders.counters), Waking()
    at_work = sources.create_task(waking.run(orders.clock), name="waking")
    shared = Surroundings(
        session=session,
        clock=orders.clock,
        fleet=Fleet(threshold.worst_danger),
        offsets=HostOffsets(orders.clock, orders.counters, waking).of,
        counters=orders.counters,
        deliver=threshold.deliver,
        desk=threshold,
        keep_frame=threshold.keep_frame,
        records=threshold.records,
        maintenance=threshold,
        report=threshold.report,
        waking=waking,
        acts_with=lambda account: acts_with(orders.settings, account),
    )
    watches = Watches(sources, shared)
    watches.start(await watches.plan(orders.settings.accounts))
    return Dialling(threshold, shared, watches, at_work)


def acts_with(settings: Settings, account: str) -> bool:
    """Whether some action that is not off uses the key that the account itself is watched with."""
    own = settings.accounts.get(account)
    if own is None or own.action_api_key is not None:
        return False
    plans = plans_of(settings.actions, settings.rules, settings.accounts)
    return any(plan.mode is not Mode.OFF and account in plan.accounts for plan in plans.values())
