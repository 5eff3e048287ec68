"""One Toobit account: measure its clock, look at its key, poll what it copies and leads.

Refused credentials park it: every ten minutes what was refused is asked once more, until it is answered.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

import msgspec
import structlog

from alertd.domain.copy_digest import CopyFigures
from alertd.domain.coverage import Sight
from alertd.domain.errors import Disposition, LoginRefused, RequestRefused, RequestUnavailable
from alertd.domain.presence import OpenPosition
from alertd.exchanges.toobit import findings
from alertd.exchanges.toobit.budget import margin_interval_s
from alertd.exchanges.toobit.follower import FollowerCalls
from alertd.exchanges.toobit.futures import FuturesCalls
from alertd.exchanges.toobit.held import EXCHANGE
from alertd.exchanges.toobit.leader import LeaderCalls
from alertd.exchanges.toobit.requests import Credentials
from alertd.exchanges.toobit.rest import ToobitRest
from alertd.exchanges.toobit.settings import ToobitAccount
from alertd.following import Following, FollowingDoors
from alertd.leads import Leading
from alertd.own_margin import OwnMargin
from alertd.polled_keys import PolledKey
from alertd.sources.poller import Ask, Poller
from alertd.sources.polling import JITTER, SLOW_S, Endpoint, Unasked
from alertd.surroundings import Reaching, Surroundings

log = structlog.get_logger(__name__)

_DICE = random.Random()

# So many polls in turn may fail before an answer proves nothing any more, and so long at the least.
MISSED = 3.0
SHORTEST_LIMIT_S = 15.0
SLACK_S = 100.0  # a list of many pages takes its time
LEADERS_AT_LEAST_S = 10.0
FIGURES = Endpoint("figures", 600.0, 2000.0)
SETTINGS = Endpoint("settings", 600.0, 2000.0)
PARKED_RETRY_S = SLOW_S
_MARGIN = "margin"


class ToobitAccountWatch:
    """Watches one account until cancelled. `is_parked`: its credentials are refused now."""

    def __init__(
        self, name: str, settings: ToobitAccount, shared: Surroundings, tls: ssl.SSLContext | None = None
    ) -> None:
        """`tls` None: the system's authorities."""
        self.name = name
        self._settings = settings
        self._shared = shared
        self.tls = tls
        self._rest = rest_of(settings, shared, tls)
        self._offset = shared.offsets(settings.rest_url)
        self.is_parked = False
        doors, leader = self._doors(), LeaderCalls(self._rest)
        self._following = Following(name, FollowerCalls(self._rest), doors, shared.clock)
        self._leading = Leading(name, leader, doors, shared.clock, lambda: self._own.equity)
        leads = lambda: self._leading.is_active  # noqa: E731
        self._own = OwnMargin(name, FuturesCalls(self._rest), leader, doors, shared.clock, leads)
        created, pause = settings.key_created, shared.waking.jump_within
        self._key = PolledKey(name, created, self._rest, shared.clock, shared.report, pause)
        self._refused: Ask | None = None  # what was refused last
        self._pollers = self._make_pollers()

    async def run(self) -> NoReturn:
        """Watch for ever. Raises: StoreError."""
        shared = self._shared
        shared.fleet.joins(self.name, lambda: bool(self._count()))
        shared.holdings.joins(self.name, self._open_positions, self._figures)
        shared.desk.watch(self.name, EXCHANGE, self.sight)
        try:
            while True:
                await self._park(await self._watch())
                while not await self._is_taken_again():
                    pass
                log.info("account no longer refused", account=self.name)
                self._pollers, self.is_parked = self._make_pollers(), False
        finally:
            self._rest.host.margin_readers.discard(self.name)

    def probe_again(self) -> None:
        """Whoever reloads may have acted: what the key may read is asked anew."""
        self._own.probe_again()

    async def _watch(self) -> LoginRefused:
        """Until the credentials are refused."""
        refusals: list[LoginRefused] = []
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_offset(), name=f"{self.name}:clock")
                tasks.create_task(self._key.keep(), name=f"{self.name}:key")
                for poller in self._pollers:
                    tasks.create_task(poller.run(), name=f"{self.name}:{poller.endpoint.name}")
        except* LoginRefused as refused:
            refusals += [exc for exc in refused.exceptions if isinstance(exc, LoginRefused)]
        return refusals[0]

    async def _park(self, refusal: LoginRefused) -> None:
        log.error("account parked", account=self.name, reason=str(refusal))
        self.is_parked = True
        self._key.refused(refusal)
        for poller in filter(self._ought_to_see, self._pollers):
            await poller.park(refusal)

    async def _is_taken_again(self) -> bool:
        """Wait, then ask about the key, and what was refused: a call or two. Raises: StoreError."""
        await asyncio.sleep(PARKED_RETRY_S * (1 + JITTER * (2 * _DICE.random() - 1)))
        try:
            await self._rest.account_type()
            if self._refused is not None:
                await self._refused(True)
        except (RequestRefused, RequestUnavailable) as exc:
            log.info("account still parked", account=self.name, reason=str(exc))
            return False
        self._refused = None
        return True

    def sight(self) -> Sight:
        """What the account shows now."""
        return Sight(
            streams=tuple(poller.sight() for poller in self._pollers if self._ought_to_see(poller)),
            offset_s=None if self._offset.measured_at is None else self._offset.seconds,
            offset_at=self._offset.measured_at,
            positions=self._count(),
            unseen=(*self._own.unseen(), *self._following.book.unseen()),
        )

    def _ought_to_see(self, poller: Poller) -> bool:
        """Where the key may not read the account's own positions, nothing is amiss: it is said beside it."""
        return poller.endpoint.name != _MARGIN or self._own.is_seen

    def _count(self) -> int | None:
        """None until what the role wants was seen once."""
        counts = []
        if self._settings.role != "lead":
            counts.append(self._following.book.count)
        if self._settings.role != "copier":
            led, own = self._leading.count, self._own.book.count
            counts.append(led if led is None else max(led, own or 0))
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def _open_positions(self) -> list[OpenPosition]:
        """Of what is led the own positions, which tell how near they are, and orders that none stands for."""
        own = self._own.book.open_positions(self.name)
        shown = {(one.instrument, one.direction) for one in own}
        led = [one for one in self._leading.open_positions() if (one.instrument, one.direction) not in shown]
        return [*self._following.book.open_positions(self.name), *own, *led]

    def _figures(self) -> CopyFigures:
        """Who neither leads nor copies is still told to copy nobody, unless the role says that it leads."""
        role = self._settings.role
        leads = role == "lead" or (role == "auto" and bool(self._leading.is_active))
        copied = None if role == "lead" else self._following.figures()
        if copied is not None and copied.leaders == () and leads:
            copied = None
        own = tuple(self._own.book.open_positions(self.name))
        led = msgspec.structs.replace(self._leading.figures(), nearest=own) if leads else None
        return CopyFigures(led=led, copied=copied)

    def _make_pollers(self) -> Sequence[Poller]:
        """Where the role is not given, both sides are asked: who does not copy, or lead, says so cheaply."""
        role, interval_s = self._settings.role, self._settings.poll_interval_s
        limit_s = max(MISSED * interval_s, SHORTEST_LIMIT_S)
        follows, leads = self._following, self._leading
        wanted: list[tuple[Endpoint, Ask]] = []
        if role != "lead":
            wanted.append((Endpoint("orders", interval_s, limit_s, True), follows.look_at_orders))
            often_s = min(2 * interval_s, LEADERS_AT_LEAST_S)
            wanted.append((Endpoint("leaders", often_s, 45.0), follows.look_at_leaders))
        if role != "copier":
            wanted.append((Endpoint("lead_orders", interval_s, limit_s, True), self._look_at_lead_orders))
            wanted.append((self._margin_endpoint(), self._look_at_margin))
            followers_s = self._settings.followers_interval_s
            proves_s = MISSED * followers_s + SLACK_S
            wanted.append((Endpoint("followers", followers_s, proves_s), leads.look_at_followers))
            wanted.append((FIGURES, leads.look_at_figures))
            wanted.append((SETTINGS, leads.look_at_settings))
        return [self._poller(endpoint, ask) for endpoint, ask in wanted]

    async def _look_at_lead_orders(self, after_gap: bool) -> str | None:
        before = self._leading.is_active
        unread = await self._leading.look_at_orders(after_gap)
        if self._leading.is_active is not before:
            leads = bool(self._leading.is_active)
            found = findings.of_role(self.name, self._settings.role, leads=leads)
            self._shared.report(self.name, "role", found)
        return unread

    async def _look_at_margin(self, after_gap: bool) -> str | Unasked | None:
        """As often as all that read theirs on this host let it."""
        unread = await self._own.look(after_gap)
        readers = self._rest.host.margin_readers
        (readers.add if self._own.is_seen else readers.discard)(self.name)
        for poller in self._pollers:
            if poller.endpoint.name == _MARGIN:
                poller.keep_to(self._margin_endpoint())
        return unread

    def _margin_endpoint(self) -> Endpoint:
        readers = len(self._rest.host.margin_readers)
        interval_s = margin_interval_s(readers, self._settings.poll_interval_s)
        return Endpoint(_MARGIN, interval_s, max(MISSED * interval_s, SHORTEST_LIMIT_S))

    def _poller(self, endpoint: Endpoint, ask: Ask) -> Poller:
        shared = self._shared

        async def asked(after_gap: bool) -> str | Unasked | None:
            try:
                return await ask(after_gap)
            except RequestRefused as exc:
                if exc.wanted is Disposition.CREDENTIALS:
                    self._refused = ask
                raise

        return Poller(
            account=self.name,
            exchange_name=EXCHANGE,
            endpoint=endpoint,
            ask=asked,
            clock=shared.clock,
            desk=shared.desk,
            counters=shared.counters,
        )

    def _doors(self) -> FollowingDoors:
        records = self._shared.records
        if records is None:
            return FollowingDoors(self._shared.deliver, _at_once, None, _to_nobody)
        desk = records.desk

        async def compared(at: datetime, missed: int) -> None:
            await desk.reconciled(self.name, at, missed)

        return FollowingDoors(records.deliver, records.handled, records.facts, compared)

    async def _keep_offset(self) -> NoReturn:
        def learned(offset_s: float | None) -> None:
            self._shared.report(self.name, "clock", [findings.of_offset(self.name, offset_s)])

        await self._offset.keep(self.name, self._rest.server_time_offset_s, learned)


def rest_of(settings: ToobitAccount, shared: Reaching, tls: ssl.SSLContext | None) -> ToobitRest:
    """Calls for the account, over the host it shares with the others."""
    credentials = Credentials(
        settings.api_key.get_secret_value(),
        settings.api_secret.get_secret_value(),
    )
    return ToobitRest(shared.session, shared.hosts.of(settings.rest_url), credentials, shared.clock, tls)


async def _at_once() -> None:
    """Where nothing is stored."""


async def _to_nobody(at: datetime, missed: int) -> None:
    """Where nobody gathers comparisons."""
