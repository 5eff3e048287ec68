"""Asks the exchange what the daemon asks at its start: time, key, role, streams, and whom a copier copies."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import aiohttp

from alertd.accounts import wanted_of
from alertd.cli.doctor.streams import Attempt
from alertd.cli.doctor.toobit import examine_toobit
from alertd.clock import Clock
from alertd.config.settings import Account
from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.domain.finding import Finding, Grade
from alertd.exchanges.okx import findings
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.requests import Credentials, subscriptions
from alertd.exchanges.okx.rest import AccountConfig, OkxRest
from alertd.exchanges.okx.settings import OkxAccount
from alertd.exchanges.okx.stream import OkxStream
from alertd.exchanges.toobit.settings import ToobitAccount
from alertd.keys import Uids
from alertd.sources.connection import Endpoint
from alertd.sources.pacing import ConnectPacer
from alertd.sources.session import open_session
from alertd.sources.trust import TrustStores
from alertd.sources.turns import Caller

_MOST_NAMED = 10


@dataclass(slots=True)
class Examined:
    """One account. `config` None: the exchange did not tell."""

    findings: list[Finding] = field(default_factory=list)
    config: AccountConfig | None = None


async def examine_accounts(
    configured: Mapping[str, Account], clock: Clock, acting: Container[str] = ()
) -> list[Finding]:
    """All at once, as fast as each exchange allows; those of one in the order of the configuration.

    `acting`: those whose own key actions use.
    """
    accounts = {name: one for name, one in configured.items() if isinstance(one, OkxAccount)}
    polled = {name: one for name, one in configured.items() if isinstance(one, ToobitAccount)}
    return await _examine_okx(accounts, clock, acting) + await examine_toobit(polled, clock)


async def _examine_okx(
    accounts: Mapping[str, OkxAccount], clock: Clock, acting: Container[str]
) -> list[Finding]:
    shared = _Shared(clock, ConnectPacer(), TrustStores(), acting)
    async with open_session() as session, asyncio.TaskGroup() as tasks:
        asked = {
            name: tasks.create_task(_Account(name, one, session, shared).examine(), name=f"doctor:{name}")
            for name, one in accounts.items()
        }
    uids = Uids()
    found: list[Finding] = []
    for name, task in asked.items():
        examined = task.result()
        found += examined.findings
        first = uids.claim(examined.config.uid, name) if examined.config is not None else None
        if first is not None:
            found.append(findings.same_account(wanted_of(name, accounts[name]), first))
    return found


@dataclass(frozen=True, slots=True)
class _Shared:
    clock: Clock
    pacer: ConnectPacer
    trust: TrustStores
    acting: Container[str]


class _Account:
    def __init__(
        self, name: str, settings: OkxAccount, session: aiohttp.ClientSession, shared: _Shared
    ) -> None:
        self._name = name
        self._settings = settings
        self._session = session
        self._clock = shared.clock
        self._shared = shared
        self._wanted = wanted_of(name, settings, has_actions=name in shared.acting)
        self._endpoints = settings.endpoints()
        self._credentials = Credentials(
            api_key=settings.api_key.get_secret_value(),
            api_secret=settings.api_secret.get_secret_value(),
            passphrase=settings.passphrase.get_secret_value(),
        )
        self._offset_s = 0.0

    async def examine(self) -> Examined:
        """Everything about the account that can be learned from outside."""
        examined = Examined([*findings.of_addresses(self._endpoints, self._wanted)])
        try:
            tls = await self._trusted()
        except OSError as exc:  # also what the TLS library raises
            examined.findings.append(findings.of_silence(f"ca_file: {exc.strerror or exc}", self._wanted))
            return examined
        rest = OkxRest(
            session=self._session,
            base_url=self._endpoints.rest_url,
            credentials=self._credentials,
            demo=self._settings.environment == "demo",
            clock=self._clock,
            ssl=tls,
        )
        examined.findings.append(await self._clock_offset(rest))
        await self._key(rest, examined)
        role = self._role(examined.config)
        examined.findings.append(await self._stream("private", self._endpoints.private_ws_url, tls))
        if role == "lead":
            examined.findings.append(await self._stream("business", self._endpoints.business_ws_url, tls))
        if role == "copier" and examined.config is not None:
            examined.findings.append(await self._lead_traders(rest))
        return examined

    async def _trusted(self) -> ssl.SSLContext | None:
        """None: the system's authorities. Raises: OSError."""
        ca_file = self._settings.ca_file
        return await asyncio.to_thread(self._shared.trust.read, ca_file) if ca_file else None

    def _role(self, config: AccountConfig | None) -> str | None:
        if self._settings.role != "auto":
            return self._settings.role
        return config.role if config is not None else None

    async def _clock_offset(self, rest: OkxRest) -> Finding:
        try:
            self._offset_s = await rest.server_time_offset_s()
        except (RequestRefused, RequestUnavailable):
            return findings.of_offset(None, self._wanted)
        return findings.of_offset(self._offset_s, self._wanted)

    async def _key(self, rest: OkxRest, examined: Examined) -> None:
        try:
            examined.config = await rest.account_config()
        except RequestRefused as exc:
            examined.findings.append(findings.of_refusal(exc.code, exc.detail, self._wanted))
        except RequestUnavailable as exc:
            examined.findings.append(_failing(findings.of_silence(str(exc), self._wanted)))
        else:
            examined.findings += findings.of_account(examined.config, self._wanted)

    async def _stream(
        self, service: Literal["private", "business"], url: str, tls: ssl.SSLContext | None
    ) -> Finding:
        channels = subscriptions(
            service, self._settings.instruments, update_interval_ms=self._settings.update_interval_ms
        )
        attempt = Attempt(
            stream=service,
            wanted=self._wanted,
            exchange=OkxStream(self._name, service, self._credentials, channels, PositionBook()),
            endpoint=Endpoint(self._session, url, tls),
            clock=self._clock,
            offset_s=self._offset_s,
        )
        await self._shared.pacer.turn(Caller(self._name))
        return await attempt.run()

    async def _lead_traders(self, rest: OkxRest) -> Finding:
        try:
            traders = await rest.lead_traders()
        except (RequestRefused, RequestUnavailable) as exc:
            return self._finding("traders_unread", Grade.WARNING, detail=str(exc))
        if not traders:
            return self._finding("traders_none", Grade.WARNING)
        named = [f"{one.nick_name or '?'} ({one.unique_code})" for one in traders[:_MOST_NAMED]]
        more = [f"+{len(traders) - _MOST_NAMED}"] if len(traders) > _MOST_NAMED else []
        facts = {"count": str(len(traders)), "traders": ", ".join([*named, *more])}
        return self._finding("traders_found", Grade.OK, **facts)

    def _finding(self, code: str, grade: Grade, **facts: str) -> Finding:
        return Finding(code=code, severity=grade, account=self._name, facts=facts)


def _failing(finding: Finding) -> Finding:
    """The daemon goes on without an answer over REST; whoever asks doctor wants to know what is wrong."""
    return Finding(code=finding.code, severity=Grade.CRITICAL, account=finding.account, facts=finding.facts)


def without_doubles(found: Sequence[Finding]) -> list[Finding]:
    """REST and streams may be refused for one reason: it is said once."""
    return list({finding.name: finding for finding in reversed(found)}.values())[::-1]
