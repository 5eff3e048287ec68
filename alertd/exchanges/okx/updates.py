"""Updates of `positions`, the short way: nearly every push is one, and begins as the one before did. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from alertd.domain.errors import DecodeError
from alertd.domain.stream import Data
from alertd.exchanges.okx import wire
from alertd.exchanges.okx.feeds import Feed, scope_of
from alertd.exchanges.okx.observed import Observed
from alertd.exchanges.okx.positions import PositionBook

CHANNEL = "positions"
UPDATE = "event_update"
# One for each subscription of the channel is usual; what comes from outside fills no memory.
MOST_HEADS = 8


class _Head(NamedTuple):
    """What stands before the rows of a push: all that says whose they are."""

    text: bytes
    scope: str
    uid: str | None


class Updates:
    """Reads updates of one connection whose head has been judged before.

    What it gives is what the long way gives, at a third of the cost: see the tests.
    """

    def __init__(self, account: str, book: PositionBook, feed: Feed) -> None:
        self._account = account
        self._book = book
        self._feed = feed
        self._heads: tuple[_Head, ...] = ()

    def read(self, frame: bytes, received_at: datetime) -> Data | None:
        """The push; None where it is to be read the long way: it may be anything then."""
        for text, scope, uid in self._heads:
            if not frame.startswith(text):
                continue
            rows = wire.read_rows_behind(text, frame)
            if rows is None:
                return None
            seen = Observed(self._account, CHANNEL, uid, received_at, frame)
            try:
                events = self._book.follow(rows, scope, seen, self._feed)
            except (DecodeError, ArithmeticError, ValueError):
                return None
            return None if events is None else Data(CHANNEL, events)
        return None

    def learn(self, push: wire.Push[Any], frame: bytes) -> None:
        """A push of this account was read the long way: the next may begin as it does."""
        if push.eventType != UPDATE or len(self._heads) == MOST_HEADS:
            return
        text = wire.head_of(push, frame)
        if text and all(text != head.text for head in self._heads):
            self._heads += (_Head(text, scope_of(push.arg), push.arg.uid),)
