"""One OKX stream as the protocol sees it: what to send, and a reader for each connection. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alertd.domain.errors import Disposition
from alertd.domain.stream import Subscription
from alertd.exchanges.okx import codes, requests
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.reader import OkxReader, Uids
from alertd.exchanges.okx.requests import Credentials, Service


class OkxStream:
    """The exchange's side of one stream of one account (`StreamExchange` in the sources room).

    `positions` is shared by the account's streams. `uid`: the account the credentials belong to, None where
    it is not known.
    """

    ping_text = "ping"
    pong_text = "pong"

    def __init__(
        self,
        account: str,
        service: Service,
        credentials: Credentials,
        subscriptions: Sequence[Subscription],
        positions: PositionBook,
        uid: str | None = None,
    ) -> None:
        self._account = account
        self._service = service
        self._credentials = credentials
        self._subscriptions = tuple(subscriptions)
        self._book = positions
        self._uids = Uids(uid)

    def opened(self) -> OkxReader:
        """A new connection: its snapshots start at their first page. Others may still be open."""
        scopes = sum(1 for one in self._subscriptions if one.channel == "positions")
        feed = self._book.opened(scopes)
        return OkxReader(self._account, self._credentials, self._uids, self._book, feed)

    def login_text(self, at: datetime) -> str:
        """The login message, signed for `at` (the exchange's time). Build it when it is sent."""
        return requests.login_text(self._credentials, at)

    def subscriptions(self) -> Sequence[Subscription]:
        """What this connection has to subscribe."""
        return self._subscriptions

    def subscribe_text(self, subscription: Subscription, request_id: str) -> str:
        """The request for one of them."""
        return requests.subscribe_text(subscription, request_id)

    def close_disposition(self, close_code: int | None) -> Disposition:
        """What the server's close code asks for."""
        return codes.classify_close(close_code)
