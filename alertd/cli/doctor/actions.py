"""Tries each action that is not off as the daemon does at its start: everything but the request."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiohttp
import msgspec

from alertd.actions import switching
from alertd.actions.plans import plans_of
from alertd.clock import Clock
from alertd.config import Settings
from alertd.domain.action import Switch
from alertd.domain.errors import StoreError
from alertd.domain.finding import Finding
from alertd.exchanges.okx.budget import Budget
from alertd.exchanges.toobit.sites import Hosts
from alertd.performers import Performers
from alertd.rehearsing import Rehearsing
from alertd.sources.session import open_session
from alertd.store.checkup import stored_switch


class _Reach(msgspec.Struct, frozen=True):
    session: aiohttp.ClientSession
    clock: Clock
    address_budget: Budget = msgspec.field(default_factory=Budget)
    hosts: Hosts = msgspec.field(default_factory=Hosts)


async def of_actions(settings: Settings, clock: Clock) -> list[Finding]:
    """What each would come to. An account that cannot be asked tells that itself."""
    found: list[Finding] = []

    def report(account: str, part: str, new: Sequence[Finding]) -> None:  # noqa: ARG001 - its shape
        found.extend(new)

    plans = plans_of(settings.actions, settings.rules, settings.accounts)
    async with open_session() as session:
        performers = Performers(lambda: settings, _Reach(session, clock))
        await Rehearsing(lambda: plans, performers, clock, report).look(plans)
    off = switching.standing(await _switch(settings), plans.values())
    return [*off, *(_while_off(finding) if off else finding for finding in found)]


async def _switch(settings: Settings) -> Switch:
    """As a daemon with this store finds it. A store that cannot be read is told of elsewhere."""
    try:
        return await asyncio.to_thread(stored_switch, settings.store.resolved_url(settings.state_dir))
    except StoreError:
        return Switch()


def _while_off(finding: Finding) -> Finding:
    """Nothing could be carried out now."""
    if finding.code not in ("action_ready", "action_ready_unasked"):
        return finding
    return msgspec.structs.replace(finding, code=f"{finding.code}_off")
