"""What one OKX account's watch is made of: how each part is built from the settings and what all share."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from alertd.domain.events import Event
from alertd.exchanges.okx.findings import Wanted
from alertd.exchanges.okx.lead_rest import LeadRest
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.requests import Credentials, subscriptions
from alertd.exchanges.okx.rest import AccountConfig, OkxRest
from alertd.exchanges.okx.settings import OkxAccount
from alertd.exchanges.okx.stream import OkxStream
from alertd.keys import KeyCheck
from alertd.leaders import LeaderWatch
from alertd.reconciling import Reconciler, Watched
from alertd.sources.connection import Endpoint
from alertd.sources.stream import Stream, StreamDoors, StreamId
from alertd.sources.timing import StreamTiming
from alertd.surroundings import Surroundings

Deliver = Callable[[Sequence[Event]], Awaitable[None]]

_PLACES = ("private", "business")  # what warns of a liquidation comes first


class AccountParts:
    """Builds them. `tls` None: the system's authorities.

    `book`: the account's positions; `offset`: of the host that it connects to.
    """

    def __init__(
        self, name: str, settings: OkxAccount, shared: Surroundings, tls: ssl.SSLContext | None
    ) -> None:
        self._name = name
        self._settings = settings
        self._shared = shared
        self._tls = tls
        self._credentials = Credentials(
            api_key=settings.api_key.get_secret_value(),
            api_secret=settings.api_secret.get_secret_value(),
            passphrase=settings.passphrase.get_secret_value(),
        )
        self.endpoints = settings.endpoints()
        self.offset = offset = shared.offsets(self.endpoints.rest_url)
        self._offset_s = lambda: offset.seconds
        self.rest = OkxRest(
            session=shared.session,
            base_url=self.endpoints.rest_url,
            credentials=self._credentials,
            demo=settings.environment == "demo",
            clock=shared.clock,
            ssl=tls,
            offset_s=self._offset_s,
            shared=shared.address_budget,
            doorway=shared.doorway,
        )
        self.book = PositionBook()
        self._timing = StreamTiming(stale_after_s=settings.stale_after_s)

    async def measure_offset(self) -> None:
        """The host's clock against ours. Keeps what is known where it cannot be asked."""
        await self.offset.refresh(self.rest.server_time_offset_s)

    def key_check(self, wanted: Wanted) -> KeyCheck:
        """Of the account's key."""
        return KeyCheck(
            wanted=wanted,
            rest=self.rest,
            clock=self._shared.clock,
            uids=self._shared.uids,
            report=self._shared.report,
            pause=self._shared.waking.jump_within,
        )

    def private_stream(self, on_live: Callable[[], None]) -> Stream:
        """What warns of a liquidation."""
        return self._stream("private", self._shared.deliver, role_known=True, on_live=on_live)

    def lead_stream(
        self, deliver: Callable[[Sequence[Event]], Awaitable[None]], *, role_known: bool
    ) -> Stream:
        """Of an account that leads, or may lead."""
        return self._stream("business", deliver, role_known=role_known, on_live=lambda: None)

    def reconciler(self, learned: Callable[[AccountConfig], None]) -> Reconciler | None:
        """None where records are not compared."""
        if self._shared.records is None:
            return None
        watched = Watched(
            name=self._name,
            book=self.book,
            narrowing=self._settings.instruments,
            rest=self.rest,
            offset_s=self._offset_s,
            measure_offset=self.measure_offset,
            learned=learned,
            role=self._settings.role,
        )
        interval_s = self._settings.reconcile_interval_s
        shared = self._shared
        return Reconciler(watched, self._shared.records, shared.clock, shared.counters, interval_s)

    def leader_watch(self, config: Callable[[], AccountConfig | None]) -> LeaderWatch | None:
        """None where records are not compared."""
        if self._shared.records is None:
            return None
        return LeaderWatch(
            account=self._name,
            role=self._settings.role,
            rest=LeadRest(self.rest),
            doors=self._shared.records,
            clock=self._shared.clock,
            config=config,
            interval_s=self._settings.reconcile_interval_s,
        )

    def _stream(
        self,
        service: Literal["private", "business"],
        deliver: Deliver,
        *,
        role_known: bool,
        on_live: Callable[[], None],
    ) -> Stream:
        wanted = subscriptions(
            service,
            self._settings.instruments,
            update_interval_ms=self._settings.update_interval_ms,
            role_known=role_known,
        )
        ends, shared = self.endpoints, self._shared
        url = ends.private_ws_url if service == "private" else ends.business_ws_url
        return Stream(
            StreamId(self._name, service, _PLACES.index(service)),
            OkxStream(self._name, service, self._credentials, wanted, self.book),
            Endpoint(shared.session, url, self._tls),
            StreamDoors(deliver, shared.desk, shared.keep_frame, on_live),
            clock=shared.clock,
            pacer=shared.fleet.pacer,
            offset_s=self._offset_s,
            measure_offset=self.measure_offset,
            counters=shared.counters,
            timing=self._timing,
        )
