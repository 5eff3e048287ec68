"""One OKX account: measure its clock, learn its role, keep its streams running."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Literal, NoReturn

import structlog

from alertd.account_parts import AccountParts
from alertd.domain.copy_digest import CopyFigures
from alertd.domain.coverage import Sight, StreamSight
from alertd.domain.errors import KeyRefused, LoginRefused
from alertd.domain.events import Event
from alertd.domain.presence import OpenPosition
from alertd.exchanges.okx.findings import Wanted, of_addresses, of_offset
from alertd.exchanges.okx.rest import AccountConfig
from alertd.exchanges.okx.settings import OkxAccount
from alertd.sites import Concerned, Site
from alertd.sources.stream import Stream
from alertd.surroundings import Surroundings

log = structlog.get_logger(__name__)

# A stream must not wait long for figures that only make it better: an exchange whose REST is down
# can still push.
# So many may fail in a row before the account counts as not compared.
RECONCILES_MISSED = 4.0
OFFSET_WAIT_S = 1.0
ROLE_WAIT_S = 3.0
KEY_WAIT_S = 1.0  # a key that may do too much is not even dialled with, where that is known in time
# Wrong credentials are told once, and dialled with once, where the private stream logs in first.
FIRST_LOGIN_WAIT_S = 10.0

Role = Literal["copier", "lead", "trader"]


class OkxAccountWatch:
    """Watches one account until cancelled, or until its credentials are refused."""

    def __init__(
        self, name: str, settings: OkxAccount, shared: Surroundings, tls: ssl.SSLContext | None = None
    ) -> None:
        """`tls` None: the system's authorities."""
        self.name = name
        self._settings = settings
        self._shared = shared
        self.tls = tls
        self._parts = AccountParts(name, settings, shared, tls)
        self._book = self._parts.book
        self._offset = self._parts.offset
        self._wanted = wanted_of(name, settings, has_actions=shared.acts_with(name))
        self._key = self._parts.key_check(self._wanted)
        self._reconciler = self._parts.reconciler(self._learned)
        self._leaders = self._parts.leader_watch(lambda: self._config)
        self._reconciled_within_s: float | None = None
        if self._reconciler is not None:
            self._reconciled_within_s = RECONCILES_MISSED * settings.reconcile_interval_s
        self._config: AccountConfig | None = None  # as the last comparison learned it
        self._role_followed: Role | None = None
        self._follow_role: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Returns when the credentials were refused: the account is parked and that was told."""
        self._shared.fleet.joins(self.name, lambda: self._book.has_open)
        self._shared.holdings.joins(
            self.name, lambda: self._book.open_positions(self.name), self._copy_figures
        )
        if self._shared.maintenance is not None:
            self._shared.maintenance.joins(self.name, self._concerned())
        private = self._parts.private_stream(self._reconcile_now)
        business: Stream | None = None
        self._streams = {"private": private, "business": None}
        self._shared.desk.watch(self.name, "okx", self.sight)

        async def lead() -> None:
            nonlocal business
            self._streams["business"] = None
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
                tasks.create_task(self._offset_kept(), name=f"{self.name}:clock")
                tasks.create_task(self._keep_key(), name=f"{self.name}:key")
                tasks.create_task(self._private(private), name=f"{self.name}:private")
                self._follow_role = _restarting(tasks, lead, f"{self.name}:business")
                self._follow_role()
                if self._reconciler is not None:
                    tasks.create_task(self._reconciler.run(), name=f"{self.name}:reconcile")
                if self._leaders is not None:
                    tasks.create_task(self._leaders.run(), name=f"{self.name}:leaders")
        except* LoginRefused as refused:
            reason = refused.exceptions[0]
            log.error("account parked", account=self.name, reason=str(reason))
            if isinstance(reason, KeyRefused):
                await private.park(reason, always=True)
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
            offset_s=None if self._offset.measured_at is None else self._offset.seconds,
            offset_at=self._offset.measured_at,
            positions=self._book.count,
            unseen=(
                *self._book.unseen(),
                *(self._reconciler.unseen() if self._reconciler else ()),
                *(self._leaders.unseen() if self._leaders else ()),
            ),
            reconciled_within_s=self._reconciled_within_s,
        )

    def _concerned(self) -> Concerned:
        return Concerned(
            site=Site(self._parts.endpoints.rest_url, self._settings.environment == "demo"),
            ask=self._parts.rest.announcements,
            positions=self._open_positions,
            copies=lambda: self._role_followed != "trader",
        )

    def _open_positions(self) -> list[OpenPosition] | None:
        """None until it was known once what is open."""
        return None if self._book.count is None else self._book.open_positions(self.name)

    async def _keep_key(self) -> None:
        self._shared.report(self.name, "addresses", of_addresses(self._parts.endpoints, self._wanted))
        await self._offset.asked_within(OFFSET_WAIT_S)
        await self._key.keep()

    async def _private(self, stream: Stream) -> None:
        if not await self._offset.asked_within(OFFSET_WAIT_S):
            log.warning("clock offset not measured yet", account=self.name, waited_s=OFFSET_WAIT_S)
        await self._key.looked_within(KEY_WAIT_S)
        await stream.run()

    async def _lead_stream(self) -> Stream | None:
        role = self._role_followed = await self._role()
        if role in ("copier", "trader"):
            return None
        return self._parts.lead_stream(self._deliver_leading, role_known=role is not None)

    def _copy_figures(self) -> CopyFigures | None:
        if self._leaders is None:
            return None
        return self._leaders.figures(self._open_positions())

    async def _deliver_leading(self, events: Sequence[Event]) -> None:
        """What the lead channel tells also names the limits of leading."""
        if self._leaders is not None:
            self._leaders.notice(events)
        await self._shared.deliver(events)

    def _reconcile_now(self) -> None:
        if self._reconciler is not None:
            self._reconciler.wake()

    def _learned(self, config: AccountConfig) -> None:
        """The exchange said what the account is: where that is to decide, another role has other streams."""
        self._config = config
        if self._settings.role == "auto" and self._role_followed not in (None, config.role):
            log.warning("role changed", account=self.name, before=self._role_followed, now=config.role)
            self._follow_role()

    def _offset_kept(self) -> Coroutine[None, None, NoReturn]:
        def learned(offset_s: float | None) -> None:
            self._shared.report(self.name, "clock", [of_offset(offset_s, self._wanted)])

        return self._offset.keep(self.name, self._parts.rest.server_time_offset_s, learned)

    async def _role(self) -> Role | None:
        """The configured role, else the exchange's; None where it cannot be learned in time."""
        if self._settings.role != "auto":
            return self._settings.role
        await self._key.looked_within(ROLE_WAIT_S)
        config = self._config or self._key.config
        if config is None:
            log.warning("role not learned, trying the lead channel", account=self.name)
            return None
        log.info("role learned", account=self.name, role=config.role, account_mode=config.account_mode)
        return config.role


def _restarting(
    tasks: asyncio.TaskGroup, work: Callable[[], Coroutine[None, None, None]], name: str
) -> Callable[[], None]:
    """What starts the work, in place of the one it started before."""
    running: list[asyncio.Task[None]] = []

    def restart() -> None:
        while running:
            running.pop().cancel()
        running.append(tasks.create_task(work(), name=name))

    return restart


def wanted_of(name: str, settings: OkxAccount, *, has_actions: bool = False) -> Wanted:
    """What the configuration says about an account, as its findings need it."""
    return Wanted(
        account=name,
        role=settings.role,
        region=settings.region,
        environment=settings.environment,
        allow_withdraw_key=settings.allow_withdraw_key,
        has_actions=has_actions,
    )


async def _until_refused(stream: Stream) -> None:
    """A refusal there parks this stream only: what the private one sees is worth more than both."""
    with suppress(LoginRefused):
        await stream.run()
