"""Asks Toobit what the daemon asks at its start: time, key, what is copied, and whether it leads."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from alertd.clock import Clock
from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.domain.finding import Finding, Grade
from alertd.exchanges.toobit import codes, findings
from alertd.exchanges.toobit.follower import FollowerCalls
from alertd.exchanges.toobit.futures import LASTING, FuturesCalls
from alertd.exchanges.toobit.leader import LeaderCalls
from alertd.exchanges.toobit.requests import Credentials
from alertd.exchanges.toobit.rest import ToobitRest
from alertd.exchanges.toobit.settings import ToobitAccount
from alertd.exchanges.toobit.sites import Hosts
from alertd.sources.session import open_session
from alertd.sources.trust import TrustStores

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class _Shared:
    session: aiohttp.ClientSession
    hosts: Hosts
    trust: TrustStores
    clock: Clock


async def examine_toobit(accounts: Mapping[str, ToobitAccount], clock: Clock) -> list[Finding]:
    """All at once, within the budget of their host; the findings in the order of the configuration."""
    async with open_session() as session, asyncio.TaskGroup() as tasks:
        shared = _Shared(session, Hosts(), TrustStores(), clock)
        asked = [
            tasks.create_task(_examine(name, one, shared), name=f"doctor:{name}")
            for name, one in accounts.items()
        ]
    return [finding for task in asked for finding in task.result()]


async def _examine(name: str, settings: ToobitAccount, shared: _Shared) -> list[Finding]:
    """Everything about the account that can be learned from outside."""
    try:
        tls = await _trusted(settings, shared.trust)
    except OSError as exc:  # also what the TLS library raises
        return [_failing(findings.of_silence(name, f"ca_file: {exc.strerror or exc}"))]
    credentials = Credentials(settings.api_key.get_secret_value(), settings.api_secret.get_secret_value())
    host = shared.hosts.of(settings.rest_url)
    rest = ToobitRest(shared.session, host, credentials, shared.clock, tls)
    try:
        found = [findings.of_offset(name, await rest.server_time_offset_s())]
        found.append(findings.reached(name, await rest.account_type()))
        if settings.role != "lead":
            found.append(await _copied(name, FollowerCalls(rest)))
        if settings.role != "copier":
            found += await _led(name, settings.role, rest)
    except RequestRefused as exc:
        return [findings.of_refusal(name, exc.code, exc.detail)]
    except RequestUnavailable as exc:
        return [_failing(findings.of_silence(name, str(exc)))]
    return found + findings.of_age(name, settings.key_created, shared.clock.now().date())


async def _copied(name: str, calls: FollowerCalls) -> Finding:
    """Whom it copies, and that what is copied can be read. Raises: RequestRefused, RequestUnavailable."""
    orders, leaders = await calls.orders(), await calls.leaders()
    if not leaders.items:
        return Finding(code="toobit_copies_nobody", severity=Grade.INFO, account=name)
    named = [f"{one.leader_name or '?'} ({one.leader_id})" for one in leaders.items[:_MOST_NAMED]]
    more = [f"+{len(leaders.items) - _MOST_NAMED}"] if len(leaders.items) > _MOST_NAMED else []
    facts = {
        "count": str(len(leaders.items)),
        "traders": ", ".join([*named, *more]),
        "orders": str(len(orders.items)),
    }
    return Finding(code="traders_found", severity=Grade.OK, account=name, facts=facts)


async def _led(name: str, role: str, rest: ToobitRest) -> list[Finding]:
    """Whether it leads, and whether the key may read its own positions. Raises: as `_copied`."""
    try:
        orders = await LeaderCalls(rest).orders()
    except RequestRefused as exc:
        if exc.code != codes.NOT_A_LEADER:
            raise
        return findings.of_role(name, role, leads=False)
    facts = {"orders": str(len(orders.items))}
    leads = Finding(code="toobit_leads", severity=Grade.OK, account=name, facts=facts)
    try:
        await FuturesCalls(rest).positions()
    except RequestRefused as exc:
        if exc.wanted not in LASTING:
            raise
        return [leads, findings.of_margin(name, exc.code)]
    return [leads, findings.of_margin(name, None)]


async def _trusted(settings: ToobitAccount, trust: TrustStores) -> ssl.SSLContext | None:
    """None: the system's authorities. Raises: OSError."""
    return await asyncio.to_thread(trust.read, settings.ca_file) if settings.ca_file else None


def _failing(finding: Finding) -> Finding:
    """The daemon goes on without an answer; whoever asks doctor wants to know what is wrong."""
    return Finding(code=finding.code, severity=Grade.CRITICAL, account=finding.account, facts=finding.facts)
