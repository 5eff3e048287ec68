"""A stream's session as a state machine: frames and times in; texts, events and the next deadline out.

Pure: no socket, no clock. `now_s` is monotonic, for timers; wall times are aware UTC. What must end the
connection is raised: ConnectionLost, StreamStale, ClockRefused, LoginRefused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from alertd.domain.errors import AlertdError, ConnectionLost, Disposition
from alertd.domain.stream import (
    Acknowledged,
    ChannelDead,
    ClosingSoon,
    Data,
    KeepAlive,
    LoggedIn,
    Message,
    PingReceived,
    Refused,
    Unreadable,
)
from alertd.sources.endings import after_close, after_refusal, after_refused_login, clip, told
from alertd.sources.exchange import FrameReader, StreamExchange
from alertd.sources.silence import CarrierSilence, LinkSilence
from alertd.sources.states import OPEN, IllegalTransition, StreamState, check
from alertd.sources.subscriptions import ChannelState, Entry, SubscriptionBook
from alertd.sources.timing import SessionCodes, StreamTiming

TOO_LARGE = "too_large"  # the reason of a frame that was never read


class Unread(NamedTuple):
    """A frame, or one row of it, that could not be read. `channel` None: not even that is known."""

    channel: str | None
    reason: str
    frame: bytes


class StreamProtocol:
    """One connection, from opened to closed. Make a new one for the next connection.

    `has_news` is set by everything but a quiet push: texts to send, a frame not read, a state or a channel
    that changed, a nearer deadline. The caller clears it.

    `announced_close`: the exchange said that it will close this connection, which works until then.
    `live_since_s`: when it became live. `is_drained`: after `retire`, all that was sent has been read.
    """

    def __init__(
        self, exchange: StreamExchange, timing: StreamTiming | None = None, codes: SessionCodes | None = None
    ) -> None:
        self._exchange = exchange
        self._reader: FrameReader | None = None  # while open
        self._timing = timing or StreamTiming()
        self._codes = codes or SessionCodes()
        wanted = exchange.subscriptions()
        self._book = SubscriptionBook(wanted, self._timing)
        self._link = LinkSilence(self._timing)
        self._carriers = CarrierSilence({w.channel for w in wanted if w.carrier}, self._timing)
        self._texts: list[str] = []
        self._unread: list[Unread] = []
        self._login_sent_at_s = 0.0
        self._ended_by: AlertdError | None = None
        self.state = StreamState.CONNECTING
        self.announced_close: ClosingSoon | None = None
        self.live_since_s: float | None = None
        self.is_drained = False
        self.has_news = False
        self.unmatched_errors = 0

    def opened(self, now_s: float, at: datetime) -> None:
        """The connection is open: log in. `at` is the exchange's time, which is signed."""
        self._move(StreamState.LOGGING_IN)
        self._reader = self._exchange.opened()
        self._link.opened(now_s)
        self._login_sent_at_s = now_s
        self._send(self._exchange.login_text(at))

    def receive(self, frame: bytes, received_at: datetime, now_s: float) -> Data | None:
        """Take one frame. Returns it if it was a push: its events are to be handed on."""
        if self._reader is None:
            raise IllegalTransition(f"not open: {self.state}")
        self._link.heard()
        message = self._reader.read(frame, received_at)
        if type(message) is Data:
            if self._carriers.pushed(message.channel, now_s):
                self.has_news = True
            for reason in message.unreadable:
                self._note_unread(message.channel, reason, frame)
            return message
        try:
            self._take(message, frame, now_s)
        except AlertdError as exc:
            self._end(exc)
            raise
        return None

    def timer(self, now_s: float) -> None:
        """Do what is due. To be called at or after `next_deadline_s()`; earlier does no harm."""
        self._require_open()
        try:
            self._do_due(now_s)
        except AlertdError as exc:
            self._end(exc)
            raise

    def closed(self, close_code: int | None, reason: str, now_s: float) -> AlertdError:
        """The connection was closed from outside. Returns what to raise."""
        del now_s  # part of the common shape
        if self._ended_by is None:
            disposition = self._exchange.close_disposition(close_code)
            logging_in = self.state is StreamState.LOGGING_IN
            self._end(after_close(close_code, reason, disposition, logging_in=logging_in))
        assert self._ended_by is not None  # noqa: S101 - for the type checker
        return self._ended_by

    def frame_too_large(self) -> AlertdError:
        """A frame was larger than the connection takes, which ends it. Returns what to raise."""
        self._note_unread(None, TOO_LARGE, b"")
        return self.closed(None, "a frame was larger than the limit", 0.0)

    def retire(self) -> None:
        """Another connection has taken over. What is under way here is still read, up to one last pong."""
        if self.state in OPEN:
            self._link.say_farewell()
            self.has_news = True

    def abandon(self) -> None:
        """The connection is left, or was never made. Doing it twice does no harm."""
        if self.state in OPEN:
            self._end(ConnectionLost("the connection was left"))

    def texts_to_send(self) -> list[str]:
        """Drains."""
        texts, self._texts = self._texts, []
        return texts

    def unreadable(self) -> list[Unread]:
        """Drains."""
        unread, self._unread = self._unread, []
        return unread

    def channels(self) -> Mapping[str, ChannelState]:
        """What became of each channel asked for."""
        return self._book.channels()

    @property
    def is_answered(self) -> bool:
        """Of every subscription, required or not, it is known whether it delivers."""
        return self._book.is_answered()

    @property
    def awaited(self) -> tuple[str, ...]:
        """The carrier channels that are accepted and have not pushed yet."""
        return self._carriers.awaited()

    def lateness_s(self, now_s: float, *, has_rhythm: bool) -> tuple[float, float]:
        """How late the latest sign of life is, and how long there was none, in seconds; zeros: none is late.

        The deadlines see to it, unless they are held up, or the channel has not shown its rhythm here.
        """
        unanswered = self._link.overdue_s(now_s)
        return max(self._carriers.lateness_s(now_s, has_rhythm=has_rhythm), (unanswered, unanswered))

    @property
    def carriers_have_pushed(self) -> bool:
        """Every carrier channel that is accepted has pushed at least once."""
        return self._carriers.all_have_pushed()

    def next_deadline_s(self) -> float | None:
        """When to call `timer` at the latest; None unless open."""
        if self.state not in OPEN:
            return None
        due = self._link.deadline_s()
        if self.state is StreamState.LOGGING_IN:
            return min(due, self._login_sent_at_s + self._timing.login_timeout_s)
        for other in (self._book.deadline_s(), self._carriers.deadline_s()):
            if other is not None and other < due:
                due = other
        return due

    # --- frames -------------------------------------------------------------------------------------

    def _take(self, message: Message, frame: bytes, now_s: float) -> None:
        match message:
            case PingReceived():
                self._send(self._exchange.pong_text)
            case LoggedIn():
                self._take_login(now_s)
            case Acknowledged(request_id, channel):
                self._take_acknowledgement(request_id, channel, now_s)
            case Refused():
                self._take_refusal(message, now_s)
            case ClosingSoon():
                self.announced_close = message
                self.has_news = True
            case KeepAlive():
                if self._link.answered():
                    self.is_drained = self.has_news = True
            case ChannelDead(channel, detail):
                self._take_death(channel, detail, now_s)
            case Unreadable(reason):
                self._note_unread(None, reason, frame)
            case _:  # Ignored: a sign of life, nothing more
                pass

    def _take_login(self, now_s: float) -> None:
        if self.state is not StreamState.LOGGING_IN:
            return
        self._move(StreamState.SUBSCRIBING)
        self._book.logged_in(self._login_sent_at_s, now_s)
        self._advance(now_s)

    def _take_acknowledgement(self, request_id: str | None, channel: str, now_s: float) -> None:
        entry = self._book.waiting_for(request_id, channel)
        if entry is None:
            return
        self._book.acknowledge(entry, now_s)
        if not entry.is_down:
            self._carriers.acknowledged(channel, now_s)
        self._advance(now_s)

    def _take_refusal(self, refused: Refused, now_s: float) -> None:
        if self.state is StreamState.LOGGING_IN:
            raise after_refused_login(refused)
        if refused.code in self._codes.login_lost:
            raise ConnectionLost(
                f"the login was lost: {told(refused.code, refused.detail)}", code=refused.code
            )
        entry = self._book.waiting_for(refused.request_id)
        if entry is None:
            self.unmatched_errors += 1
            self.has_news = True
            return
        if entry.subscription.required and (account_wide := after_refusal(refused)):
            raise account_wide
        self._refuse(entry, refused, now_s)
        self._advance(now_s)

    def _refuse(self, entry: Entry, refused: Refused, now_s: float) -> None:
        detail = clip(refused.detail)
        if refused.disposition not in (Disposition.RETRY, Disposition.RATE):
            self._book.refuse_for_good(entry, refused.code, detail)
            if not self._book.delivers(entry.subscription.channel):
                self._carriers.excuse(entry.subscription.channel)
            return
        again_at_s = self._book.refuse_for_now(entry, refused.code, detail, now_s)
        if refused.disposition is Disposition.RATE:
            self._book.hold_until(again_at_s)

    def _take_death(self, channel: str, detail: str, now_s: float) -> None:
        if self._book.kill(channel, clip(detail), now_s):
            self._carriers.excuse(channel)
            self._advance(now_s)

    # --- times --------------------------------------------------------------------------------------

    def _do_due(self, now_s: float) -> None:
        if self.state is StreamState.LOGGING_IN:
            if now_s >= self._login_sent_at_s + self._timing.login_timeout_s:
                raise ConnectionLost(f"no answer to the login within {self._timing.login_timeout_s:g} s")
        else:
            self._give_up_unanswered(now_s)
            for channel in self._book.prove(now_s):
                self._carriers.acknowledged(channel, now_s)
                self.has_news = True
            self._carriers.judge(now_s)
            self._advance(now_s)
        if self._link.ping_is_due(now_s):
            self._send(self._exchange.ping_text)

    def _give_up_unanswered(self, now_s: float) -> None:
        for entry in self._book.overdue(now_s):
            wanted = entry.subscription
            # Once live, one channel that is not answered is no reason to lose the others.
            if wanted.required and self.state is StreamState.SUBSCRIBING:
                raise ConnectionLost(
                    f"the subscription of {wanted.channel} was not answered within"
                    f" {self._timing.ack_timeout_s:g} s"
                )
            self._book.give_up_unanswered(entry, now_s)
            self._carriers.excuse(wanted.channel)
            self.has_news = True

    def _advance(self, now_s: float) -> None:
        """Ask for what may be asked for now, and become live when nothing is open any more."""
        while (request := self._book.next_request(now_s)) is not None:
            self._send(self._exchange.subscribe_text(*request))
        if self.state is StreamState.SUBSCRIBING and self._book.is_settled():
            self._move(StreamState.LIVE)
            self.live_since_s = now_s
        self.has_news = True

    # --- ends ---------------------------------------------------------------------------------------

    def _end(self, exc: AlertdError) -> None:
        self._move(StreamState.CLOSED)
        self._ended_by = exc
        if self._reader is not None:
            self._reader.closed()
            self._reader = None

    def _move(self, state: StreamState) -> None:
        check(self.state, state)
        self.state = state
        self.has_news = True

    def _require_open(self) -> None:
        if self.state not in OPEN:
            raise IllegalTransition(f"not open: {self.state}")

    def _send(self, text: str) -> None:
        self._texts.append(text)
        self.has_news = True

    def _note_unread(self, channel: str | None, reason: str, frame: bytes) -> None:
        self._unread.append(Unread(channel, reason, frame))
        self.has_news = True
