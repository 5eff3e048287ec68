"""One OKX account: measure its clock, learn its role, keep its streams running."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import aiohttp
import structlog

from alertd.clock import Clock
from alertd.domain.coverage import Sight, StreamSight
from alertd.domain.errors import LoginRefused, RequestRefused, RequestUnavailable
from alertd.domain.events import Event
from alertd.domain.stream import KeptFrame
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.requests import Credentials, subscriptions
from alertd.exchanges.okx.rest import OkxRest
from alertd.exchanges.okx.settings import OkxAccount
from alertd.exchanges.okx.stream import OkxStream
from alertd.sources.protocol import StreamTiming
from alertd.sources.stream import Stream
from alertd.sources.telling import CoverageDesk
from alertd.supervise import ConnectPacer
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)

# A stream must not wait long for figures that only make it better: an exchange whose REST is down
# can still push.
OFFSET_WAIT_S = 1.0
ROLE_WAIT_S = 3.0
# Wrong credentials are told once, and dialled with once, where the private stream logs in first.
FIRST_LOGIN_WAIT_S = 10.0
OFFSET_INTERVAL_S = 3600.0
OFFSET_RETRY_S = 60.0  # while the last try gave no answer
OFFSET_ALARM_S = 5.0

Role = Literal["copier", "lead", "trader"]


class AccountDesk(CoverageDesk, Protocol):
    """Where all accounts show what they see."""

    def watch(self, account: str, exchange: str, look: Callable[[], Sight]) -> None:
        """From now on the account ought to be watched; `look` gives what it shows, whenever asked."""

    def leave(self, account: str) -> None:
        """The account is no longer configured."""


@dataclass(frozen=True)
class Surroundings:
    """What all accounts of the process share."""

    session: aiohttp.ClientSession
    clock: Clock
    pacer: ConnectPacer
    counters: Counters
    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    desk: AccountDesk
    keep_frame: Callable[[KeptFrame], None]


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
        self._book = PositionBook()
        self._offset_s = 0.0
        self._offset_at: datetime | None = None
        self._asked_time = asyncio.Event()
        self._streams: dict[str, Stream | None] = {}  # those that are wanted; None: not begun yet

    async def run(self) -> None:
        """Returns when the credentials were refused: the account is parked and that was told."""
        private = self._stream("private", self._endpoints.private_ws_url, role_known=True)
        business: Stream | None = None
        self._streams = {"private": private, "business": None}
        self._shared.desk.watch(self.name, "okx", self.sight)

        async def lead() -> None:
            nonlocal business
            business = await self._lead_stream()
            if business is None:
                del self._streams["business"]
                self._shared.desk.noticed(self.name, "business")
            else:
                self._streams["business"] = business
                await private.first_login_within(FIRST_LOGIN_WAIT_S)
                await _until_refused(business)

        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_offset(), name=f"{self.name}:clock")
                tasks.create_task(self._private(private), name=f"{self.name}:private")
                tasks.create_task(lead(), name=f"{self.name}:business")
        except* LoginRefused as refused:
            reason = refused.exceptions[0]
            log.error("account parked", account=self.name, reason=str(reason))
            if business is not None and isinstance(reason, LoginRefused):
                await business.park(reason)

    def sight(self) -> Sight:
        """What the account shows now. A lead stream counts as wanted until the role says that it is not.

        Whether an empty account gets regular pushes is not documented; with positions it does.
        """
        return Sight(
            streams=tuple(
                StreamSight(name=name, essential=False)
                if stream is None
                else stream.sight(essential=name == "private", has_rhythm=bool(self._book.count))
                for name, stream in self._streams.items()
            ),
            offset_s=None if self._offset_at is None else self._offset_s,
            offset_at=self._offset_at,
            positions=self._book.count,
            unseen=self._book.unseen(),
        )

    async def _private(self, stream: Stream) -> None:
        await self._offset_within(OFFSET_WAIT_S)
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
            desk=shared.desk,
            keep_frame=shared.keep_frame,
            counters=shared.counters,
            timing=StreamTiming(stale_after_s=self._settings.stale_after_s),
        )

    async def _keep_offset(self) -> None:
        """Measure now and every hour; a stream asks for more when the exchange refuses our time."""
        while True:
            before = self._offset_at
            await self._measure_offset()
            self._asked_time.set()
            await asyncio.sleep(OFFSET_RETRY_S if self._offset_at is before else OFFSET_INTERVAL_S)

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
            return
        self._offset_at = self._shared.clock.now()
        self._shared.counters.set("clock_offset_seconds", self._offset_s, account=self.name)
        self._shared.desk.noticed(self.name, "")
        if abs(self._offset_s) > OFFSET_ALARM_S:
            log.warning("this machine's clock is off", account=self.name, offset_s=round(self._offset_s, 1))

    async def _role(self) -> Role | None:
        """The configured role, else the exchange's; None where it cannot be learned in time."""
        if self._settings.role != "auto":
            return self._settings.role
        try:
            async with asyncio.timeout(ROLE_WAIT_S):
                config = await self._rest.account_config()
        except (RequestRefused, RequestUnavailable, TimeoutError) as exc:
            log.warning("role not learned, trying the lead channel", account=self.name, reason=repr(exc))
            return None
        log.info("role learned", account=self.name, role=config.role, account_mode=config.account_mode)
        return config.role


async def _until_refused(stream: Stream) -> None:
    """A refusal there parks this stream only: what the private one sees is worth more than both."""
    with suppress(LoginRefused):
        await stream.run()
