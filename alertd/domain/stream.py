"""The nouns of a stream's session: what an exchange's frame can mean to the protocol.

An exchange's room turns bytes into these; `sources/protocol.py` acts on them. Neither knows the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alertd.domain.errors import Disposition
from alertd.domain.events import Event


@dataclass(frozen=True, slots=True)
class Subscription:
    """One channel argument. `arg` are the exchange's own key-value pairs, in the order they are sent.

    `carrier`: pushes come regularly, so its silence proves that the stream is stale.
    `required` False: a refusal is no alarm (an attempt made without knowing the account's role).
    """

    channel: str
    arg: tuple[tuple[str, str], ...]
    carrier: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """The answer to our ping."""


@dataclass(frozen=True, slots=True)
class PingReceived:
    """The server asks for a sign of life."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The login was accepted."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A subscription argument is accepted."""

    request_id: str | None
    channel: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An error event. Before login it answers the login; afterwards it answers `request_id`."""

    request_id: str | None
    code: str
    detail: str
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class ClosingSoon:
    """The server announced that it will close this connection."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ChannelDead:
    """Acknowledged or not, this channel delivers nothing on this connection any more."""

    channel: str
    detail: str


@dataclass(frozen=True, slots=True)
class Data:
    """A push of a channel with the events it holds. `unreadable` are reasons, one per row not read."""

    channel: str
    events: tuple[Event, ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """Understood and of no consequence, or unknown and harmless. `reason` is a short stable word."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A frame that is not what the exchange documents."""

    reason: str


@dataclass(frozen=True, slots=True)
class KeptFrame:
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
