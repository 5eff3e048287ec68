"""What the frames of one connection to OKX mean. Pure.

Source: OKX API guide, "WebSocket" (Login, Subscribe, Notification, Connection count limit).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from alertd.domain.errors import DecodeError
from alertd.domain.stream import (
    Acknowledged,
    ChannelDead,
    ClosingSoon,
    Data,
    Ignored,
    KeepAlive,
    LoggedIn,
    Message,
    PingReceived,
    Refused,
    Unreadable,
)
from alertd.exchanges.okx import codes, decode, push_rows, warnings, wire
from alertd.exchanges.okx.feeds import Feed
from alertd.exchanges.okx.fields import shown
from alertd.exchanges.okx.observed import Observed, Reading, few
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.requests import Credentials
from alertd.exchanges.okx.updates import Updates

_UPGRADE_NOTICE = "64008"
_LONGEST_DETAIL = 200
_LONGEST_NAME = 64
_LONGEST_TEXT_FRAME = 8
# An error that quotes a login is withheld whole: what stands in it cannot be told apart safely.
_QUOTES_LOGIN = re.compile(
    r"\bop\W{1,10}login|\b(?:apiKey|passphrase|sign|timestamp)[\\\"']+\s*:", re.IGNORECASE
)
_WARNING_CHANNEL = warnings.CHANNEL.encode()

Decoder = Callable[[wire.Push[Any], Sequence[wire.BadRow], Observed], Reading]


class Uids:
    """Whose pushes an account's stream takes, over all its connections.

    `known`: the account the credentials belong to; None where it is not known, then the first one seen on
    a channel is what the channel must keep to.
    """

    def __init__(self, known: str | None = None) -> None:
        self._known = known
        self._first: dict[str, str] = {}

    def are_ours(self, channel: str, uid: str) -> bool:
        """Whether a push that names this account is to be taken. Older pushes name none: those are."""
        return uid == (self._known or self._first.setdefault(channel, uid))


class OkxReader:
    """Reads one connection (`FrameReader` in the sources room).

    `feed` is this connection's own; `uids` are the stream's, and `book` is shared by all of the account.
    """

    def __init__(
        self, account: str, credentials: Credentials, uids: Uids, book: PositionBook, feed: Feed
    ) -> None:
        self._account = account
        self._credentials = credentials
        self._uids = uids
        self._book = book
        self._feed = feed
        self._updates = Updates(account, book, feed)
        self._decoders: dict[str, Decoder] = {
            "positions": self._read_positions,
            "account": self._read_account,
            "balance_and_position": lambda push, bad, seen: decode.decode_balance_and_position(
                push.data, bad, seen, book
            ),
            warnings.CHANNEL: lambda push, bad, seen: warnings.decode_warnings(push.data, bad, seen),
            "copytrading-lead-notification": lambda push, bad, seen: decode.decode_lead_notification(
                push.data, bad, seen
            ),
        }
        self._events: dict[str, Callable[[wire.Envelope], Message]] = {
            "login": self._login_answer,
            "error": self._refusal,
            "subscribe": _acknowledgement,
            "unsubscribe": lambda _: Ignored("unsubscribe"),
            "notice": self._notice,
            "channel-conn-count": lambda _: Ignored("channel-conn-count"),
            "channel-conn-count-error": _connection_count_error,
        }

    def closed(self) -> None:
        """The connection ended: what it alone knew counts no more."""
        self._book.closed(self._feed)

    def read(self, frame: bytes, received_at: datetime) -> Message:
        """What the frame means. Never raises: what cannot be read is `Unreadable`, or says so in `Data`."""
        if (update := self._updates.read(frame, received_at)) is not None:
            return update
        if len(frame) <= _LONGEST_TEXT_FRAME:
            text = frame.strip()
            if text == b"pong":
                return KeepAlive()
            if text == b"ping":
                return PingReceived()
        push = wire.read_push(frame)
        if push is not None:
            return self._data(push, (), frame, received_at)
        try:
            envelope = wire.read_envelope(frame)
        except DecodeError as exc:
            return self._not_an_envelope(frame, received_at, exc.detail)
        if envelope.event is not None:
            return self._event(envelope)
        if envelope.arg is not None:
            return self._loose_data(envelope.arg, envelope, frame, received_at)
        return Unreadable("neither event nor push")

    def _read_positions(
        self, push: wire.Push[push_rows.PositionRow], bad: Sequence[wire.BadRow], seen: Observed
    ) -> Reading:
        if not bad:
            self._updates.learn(push, seen.frame)
        return self._book.read(push, bad, seen, self._feed)

    def _read_account(
        self, push: wire.Push[push_rows.AccountRow], bad: Sequence[wire.BadRow], seen: Observed
    ) -> Reading:
        if not self._book.takes_account(self._feed):
            return Reading()
        self._book.copy_equity.read(push)
        return decode.decode_account(push.data, bad, seen, self._book)

    def _event(self, envelope: wire.Envelope) -> Message:
        handle = self._events.get(envelope.event or "")
        return handle(envelope) if handle else Ignored("unknown-event")

    def _login_answer(self, envelope: wire.Envelope) -> Message:
        return LoggedIn() if _code(envelope) == "0" else self._refusal(envelope)

    def _refusal(self, envelope: wire.Envelope) -> Message:
        code = _code(envelope)
        return Refused(_request_id(envelope), code, self._told(envelope.msg), codes.classify(code))

    def _notice(self, envelope: wire.Envelope) -> Message:
        code = _code(envelope)
        return ClosingSoon(code, self._told(envelope.msg)) if code == _UPGRADE_NOTICE else Ignored("notice")

    def _told(self, message: str | None) -> str:
        """The exchange's words: without our secrets, on one line, clipped."""
        text = message or ""
        if _QUOTES_LOGIN.search(text):
            return "(withheld: it quotes our login)"
        return " ".join(self._credentials.hidden(text).split())[:_LONGEST_DETAIL]

    def _loose_data(
        self, arg: wire.Arg, envelope: wire.Envelope, frame: bytes, received_at: datetime
    ) -> Message:
        """A push whose shape is not quite the documented one: row by row."""
        row_type = wire.ROW_TYPES.get(arg.channel)
        if row_type is None:
            return Ignored("unknown-channel")
        try:
            if not isinstance(envelope.data, msgspec.Raw):
                raise DecodeError("data is missing")
            rows, bad = wire.read_rows(envelope.data, row_type)
        except DecodeError as exc:
            return self._unread_push(arg.channel, arg.uid, frame, received_at, exc.detail)
        push = wire.Push(
            arg=arg,
            data=rows,
            eventType=envelope.eventType,
            curPage=envelope.curPage,
            lastPage=envelope.lastPage,
        )
        return self._data(push, bad, frame, received_at)

    def _data(
        self, push: wire.Push[Any], bad: Sequence[wire.BadRow], frame: bytes, received_at: datetime
    ) -> Message:
        channel, uid = push.arg.channel, push.arg.uid
        if uid is not None and not self._uids.are_ours(channel, uid):
            reason = f"the push is for uid {shown(uid)}, not for this account"
            return self._unread_push(channel, uid, frame, received_at, reason)
        seen = Observed(self._account, channel, uid, received_at, frame)
        try:
            reading = self._decoders[channel](push, bad, seen)
        except (DecodeError, ArithmeticError, ValueError) as exc:
            return self._unread_push(channel, uid, frame, received_at, str(exc))
        unreadable = reading.unreadable
        return Data(channel, tuple(reading.events), few(unreadable) if unreadable else ())

    def _unread_push(
        self, channel: str, uid: str | None, frame: bytes, received_at: datetime, reason: str
    ) -> Data:
        """A push that tells nothing, save that a warning is told even so."""
        events: tuple[Any, ...] = ()
        if channel == warnings.CHANNEL:
            seen = Observed(self._account, channel, uid, received_at, frame)
            events = (warnings.unreadable_warning(seen),)
        return Data(channel, events, (f"{channel}: {reason}",))

    def _not_an_envelope(self, frame: bytes, received_at: datetime, reason: str) -> Message:
        """Broken JSON. If it looks like a warning it is one: better told in vain than lost."""
        is_event = b'"event"' in frame
        if not is_event and b'"' + _WARNING_CHANNEL + b'"' in frame and b'"data"' in frame:
            return self._unread_push(warnings.CHANNEL, None, frame, received_at, reason)
        channel = wire.find_channel(frame).decode(errors="replace")
        if not is_event and channel in wire.ROW_TYPES:
            return self._unread_push(channel, None, frame, received_at, reason)
        return Unreadable(reason)


def _code(envelope: wire.Envelope) -> str:
    return "" if envelope.code is None else str(envelope.code)[:_LONGEST_NAME]


def _request_id(envelope: wire.Envelope) -> str | None:
    return None if envelope.id is None else str(envelope.id)[:_LONGEST_NAME]


def _acknowledgement(envelope: wire.Envelope) -> Message:
    if envelope.arg is None:
        return Unreadable("acknowledgement without arg")
    return Acknowledged(_request_id(envelope), envelope.arg.channel)


def _connection_count_error(envelope: wire.Envelope) -> Message:
    if not envelope.channel:
        return Unreadable("channel-conn-count-error without channel")
    count = shown(envelope.connCount) if envelope.connCount is not None else "too many"
    return ChannelDead(envelope.channel, f"connections of this channel: {count}")
