"""What is remembered of one lead trader, as a value that can be stored: its book and its units. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from alertd.domain.leader_events import LeaderChange, LeaderMove
from alertd.leading.book import Book
from alertd.leading.orders import Look
from alertd.leading.units import Units

MISSED_BEFORE_GONE = 2  # a single answer may be an error


class Followed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`view`: which list the book was read from; another one names other orders. `missed`: answers in a row
    that said the trader leads no more.
    """

    book: Book | None = None
    view: str = ""
    units: Units | None = None
    missed: int = 0
    is_gone: bool = False
    revision: int = 0

    def encoded(self) -> str:
        """For the store."""
        return msgspec.json.encode(self).decode()


def followed_of(text: str | None) -> Followed:
    """As it was stored; empty where nothing is known, or another version wrote it."""
    if text:
        try:
            return msgspec.json.decode(text, type=Followed)
        except msgspec.MsgspecError:
            pass  # of another version
    return Followed()


def presence(known: Followed, look: Look, *, leads: bool) -> tuple[Followed, LeaderChange | None]:
    """After an answer that says whether the trader leads: told once it is certain, and when it is back."""
    if leads:
        back = msgspec.structs.replace(known, missed=0, is_gone=False)
        return _told(back, look, LeaderMove.ACTIVE_AGAIN) if known.is_gone else (back, None)
    if known.is_gone:
        return known, None
    missed = msgspec.structs.replace(known, missed=known.missed + 1)
    if missed.missed < MISSED_BEFORE_GONE:
        return missed, None
    return _told(msgspec.structs.replace(missed, is_gone=True), look, LeaderMove.INACTIVE)


def _told(known: Followed, look: Look, move: LeaderMove) -> tuple[Followed, LeaderChange]:
    after = msgspec.structs.replace(known, revision=known.revision + 1)
    return after, change_of(look, move, after.revision)


def change_of(look: Look, move: LeaderMove, revision: int, **fields: Any) -> LeaderChange:
    """A change of the trader of the look that concerns no order."""
    return LeaderChange(
        event_id=f"{look.exchange}:{look.account}:leader/{look.trader}:{move}:{revision}",
        exchange=look.exchange,
        account=look.account,
        received_at=look.at,
        source=look.source,
        uid=look.uid,
        margin_currency=look.currency,
        change=move,
        trader=look.trader,
        trader_name=look.trader_name,
        is_own=look.is_own,
        revision=revision,
        **fields,
    )
