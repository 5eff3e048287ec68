"""The nouns of a stream's session: what an exchange's frame can mean to the protocol.

An exchange's room turns bytes into these; `sources/protocol.py` acts on them. Neither knows the other.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from alertd.domain.errors import Disposition
from alertd.domain.events import Event


class Subscription(msgspec.Struct, frozen=True):
    """One channel argument. `arg` are the exchange's own key-value pairs, in the order they are sent.

    `carrier`: pushes come regularly, so its silence proves that the stream is stale.
    `required` False: a refusal is no alarm (an attempt made without knowing the account's role).
    """

    channel: str
    arg: tuple[tuple[str, str], ...]
    carrier: bool = False
    required: bool = True


class KeepAlive(msgspec.Struct, frozen=True, gc=False):
    """The answer to our ping."""


class PingReceived(msgspec.Struct, frozen=True, gc=False):
    """The server asks for a sign of life."""


class LoggedIn(msgspec.Struct, frozen=True, gc=False):
    """The login was accepted."""


class Acknowledged(msgspec.Struct, frozen=True, gc=False):
    """A subscription argument is accepted."""

    request_id: str | None
    channel: str


class Refused(msgspec.Struct, frozen=True, gc=False):
    """An error event. Before login it answers the login; afterwards it answers `request_id`."""

    request_id: str | None
    code: str
    detail: str
    disposition: Disposition


class ClosingSoon(msgspec.Struct, frozen=True, gc=False):
    """The server announced that it will close this connection."""

    code: str
    detail: str


class ChannelDead(msgspec.Struct, frozen=True, gc=False):
    """Acknowledged or not, this channel delivers nothing on this connection any more."""

    channel: str
    detail: str


class Data(msgspec.Struct, frozen=True, gc=False):
    """A push of a channel with the events it holds. `unreadable` are reasons, one per row not read."""

    channel: str
    events: tuple[Event, ...] = ()
    unreadable: tuple[str, ...] = ()


class Ignored(msgspec.Struct, frozen=True, gc=False):
    """Understood and of no consequence, or unknown and harmless. `reason` is a short stable word."""

    reason: str


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """A frame that is not what the exchange documents."""

    reason: str


class KeptFrame(msgspec.Struct, frozen=True):
    """A frame that could not be read, kept for an operator. `channel` None: not even that is known."""

    account: str
    stream: str
    channel: str | None
    reason: str
    received_at: datetime
    frame: bytes


Message = (
    KeepAlive
    | PingReceived
    | LoggedIn
    | Acknowledged
    | Refused
    | ClosingSoon
    | ChannelDead
    | Data
    | Ignored
    | Unreadable
)
