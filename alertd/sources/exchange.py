"""What a stream needs of an exchange's room. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from alertd.domain.errors import Disposition
from alertd.domain.stream import Message, Subscription


class FrameReader(Protocol):
    """Reads one connection: what is half read belongs to it alone, so two may be open at once."""

    def read(self, frame: bytes, received_at: datetime) -> Message:
        """What a frame means. Never raises."""

    def closed(self) -> None:
        """The connection ended; nothing more is read."""


class StreamExchange(Protocol):
    """One stream, over all its connections."""

    ping_text: str
    pong_text: str

    def opened(self) -> FrameReader:
        """A new connection. An older one may still be open, to be replaced by it."""

    def login_text(self, at: datetime) -> str:
        """The signed login. `at` is the exchange's time."""

    def subscriptions(self) -> Sequence[Subscription]:
        """What to ask for, in order."""

    def subscribe_text(self, subscription: Subscription, request_id: str) -> str:
        """The request for one subscription."""

    def close_disposition(self, close_code: int | None) -> Disposition:
        """What a close code asks for."""
