"""One OKX account: measure its clock, learn its role, keep its streams running."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import aiohttp
import structlog

from alertd.clock import Clock
from alertd.domain.errors import KeyRefused, LoginRefused, RequestRefused, RequestUnavailable
from alertd.domain.events import Event
from alertd.domain.finding import Finding
from alertd.domain.stream import KeptFrame
from alertd.exchanges.okx.findings import OFFSET_ALARM_S, Wanted, of_addresses, of_offset
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.requests import Credentials, subscriptions
from alertd.exchanges.okx.rest import OkxRest
from alertd.exchanges.okx.settings import OkxAccount
from alertd.exchanges.okx.stream import OkxStream
from alertd.keys import KeyCheck, Report, Uids
from alertd.sources.protocol import StreamTiming
from alertd.sources.stream import Stream
from alertd.supervise import ConnectPacer
from alertd.telemetry import Counters
from alertd.waking import Waking

log = structlog.get_logger(__name__)

# A stream must not wait long for figures that only make it better: an exchange whose REST is down
# can still push.
OFFSET_WAIT_S = 1.0
ROLE_WAIT_S = 3.0
KEY_WAIT_S = 1.0  # a key that may do too much is not even dialled with, where that is known in time
# Wrong credentials are told once, and dialled with once, where the private stream logs in first.
FIRST_LOGIN_WAIT_S = 10.0
OFFSET_INTERVAL_S = 3600.0
OFFSET_RETRY_S = 60.0  # while the last try gave no answer

Role = Literal["copier", "lead", "trader"]


def _to_nobody(account: str, part: str, found: Sequence[Finding]) -> None:
    """Where nobody gathers findings."""


@dataclass(frozen=True)
class Surroundings:
    """What all accounts of the process share."""

    session: aiohttp.ClientSession
    clock: Clock
    pacer: ConnectPacer
    counters: Counters
    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    keep_frame: Callable[[KeptFrame], None]
    report: Report = _to_nobody
    uids: Uids = field(default_factory=Uids)
    waking: Waking = field(default_factory=Waking)


class OkxAccountWatch:
    """Watches one account until cancelled, or until its credentials are refused."""

    def __init__(self, name: str, settings: OkxAccount, shared: Surroundings) -> None:
        self.name = name
        self._settings = settings
        self._endpoints = settings.endpoints()
        self._shared = shared
        self._ssl = ssl.create_default_context(cafile=settings.ca_file) if settings.ca_file else None
        self._credentials = Credentials(
            api_key=settings.api_key.get_secret_value(),
            api_secret=settings.api_secret.get_secret_value(),
            passphrase=settings.passphrase.get_secret_value(),
        )
        self._rest = OkxRest(
            session=shared.session,
            base_url=self._endpoints.rest_url,
            credentials=self._credentials,
            demo=settings.environment == "demo",
            clock=shared.clock,
            ssl=self._ssl,
        )
        self._wanted = wanted_of(name, settings)
        self._key = KeyCheck(
            wanted=self._wanted,
            rest=self._rest,
            clock=shared.clock,
            uids=shared.uids,
            report=shared.report,
            pause=shared.waking.jump_within,
        )
        self._book = PositionBook()
        self._offset_s = 0.0
        self._offset_known = False
        self._asked_time = asyncio.Event()

    async def run(self) -> None:
        """Returns when the credentials were refused: the account is parked and that was told."""
        private = self._stream("private", self._endpoints.private_ws_url, role_known=True)
        business: Stream | None = None

        async def lead() -> None:
            nonlocal business
            business = await self._lead_stream()
            if business is not None:
                await private.first_login_within(FIRST_LOGIN_WAIT_S)
                await _until_refused(business)

        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_offset(), name=f"{self.name}:clock")
                tasks.create_task(self._keep_key(), name=f"{self.name}:key")
                tasks.create_task(self._private(private), name=f"{self.name}:private")
                tasks.create_task(lead(), name=f"{self.name}:business")
        except* LoginRefused as refused:
            reason = refused.exceptions[0]
            log.error("account parked", account=self.name, reason=str(reason))
            if isinstance(reason, KeyRefused):
                await private.park(reason, always=True)
            if business is not None and isinstance(reason, LoginRefused):
                await business.park(reason)

    async def _keep_key(self) -> None:
        self._shared.report(self.name, "addresses", of_addresses(self._endpoints, self._wanted))
        await self._offset_within(OFFSET_WAIT_S)
        await self._key.keep()

    async def _private(self, stream: Stream) -> None:
        await self._offset_within(OFFSET_WAIT_S)
        with suppress(TimeoutError):
            await self._key.looked_within(KEY_WAIT_S)
        await stream.run()

    async def _lead_stream(self) -> Stream | None:
        role = await self._role()
        if role in ("copier", "trader"):
            return None
        return self._stream("business", self._endpoints.business_ws_url, role_known=role is not None)

    def _stream(self, service: Literal["private", "business"], url: str, *, role_known: bool) -> Stream:
        wanted = subscriptions(
            service,
            self._settings.instruments,
            update_interval_ms=self._settings.update_interval_ms,
            role_known=role_known,
        )
        exchange = OkxStream(self.name, service, self._credentials, wanted, self._book)
        shared = self._shared
        return Stream(
            account=self.name,
            service=service,
            exchange=exchange,
            url=url,
            session=shared.session,
            ssl=self._ssl,
            clock=shared.clock,
            pacer=shared.pacer,
            offset_s=lambda: self._offset_s,
            measure_offset=self._measure_offset,
            deliver=shared.deliver,
            keep_frame=shared.keep_frame,
            counters=shared.counters,
            timing=StreamTiming(stale_after_s=self._settings.stale_after_s),
        )

    async def _keep_offset(self) -> None:
        """Measure now, every hour and after the machine slept; a stream asks for more when it is refused."""
        while True:
            self._offset_known = False
            await self._measure_offset()
            self._asked_time.set()
            wait_s = OFFSET_INTERVAL_S if self._offset_known else OFFSET_RETRY_S
            await self._shared.waking.jump_within(wait_s)

    async def _offset_within(self, wait_s: float) -> None:
        """Until the exchange's time was asked for, but no longer than that."""
        try:
            async with asyncio.timeout(wait_s):
                await self._asked_time.wait()
        except TimeoutError:
            log.warning("clock offset not measured yet", account=self.name, waited_s=wait_s)

    async def _measure_offset(self) -> None:
        """Keeps the last known offset where the exchange cannot be asked."""
        try:
            self._offset_s = await self._rest.server_time_offset_s()
        except (RequestRefused, RequestUnavailable) as exc:
            log.warning("clock offset not measured", account=self.name, reason=str(exc))
            if not self._asked_time.is_set():
                self._shared.report(self.name, "clock", [of_offset(None, self._wanted)])
            return
        self._offset_known = True
        self._shared.report(self.name, "clock", [of_offset(self._offset_s, self._wanted)])
        self._shared.counters.set("clock_offset_seconds", self._offset_s, account=self.name)
        if abs(self._offset_s) > OFFSET_ALARM_S:
            log.warning("this machine's clock is off", account=self.name, offset_s=round(self._offset_s, 1))

    async def _role(self) -> Role | None:
        """The configured role, else the exchange's; None where it cannot be learned in time."""
        if self._settings.role != "auto":
            return self._settings.role
        with suppress(TimeoutError):
            await self._key.looked_within(ROLE_WAIT_S)
        config = self._key.config
        if config is None:
            log.warning("role not learned, trying the lead channel", account=self.name)
            return None
        log.info("role learned", account=self.name, role=config.role, account_mode=config.account_mode)
        return config.role


def wanted_of(name: str, settings: OkxAccount) -> Wanted:
    """What the configuration says about an account, as its findings need it."""
    return Wanted(
        account=name,
        role=settings.role,
        region=settings.region,
        environment=settings.environment,
        allow_withdraw_key=settings.allow_withdraw_key,
    )


async def _until_refused(stream: Stream) -> None:
    """A refusal there parks this stream only: what the private one sees is worth more than both."""
    with suppress(LoginRefused):
        await stream.run()
