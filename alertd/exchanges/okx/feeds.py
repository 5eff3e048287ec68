"""Which connection may speak for an account's positions: one, or two while one replaces the other."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from alertd.exchanges.okx import push_rows, wire
from alertd.exchanges.okx.pages import Rows, SnapshotPages
from alertd.exchanges.okx.position_rows import Position

ACCOUNT = "account"  # stands beside the scopes of `positions`


class Feed:
    """What one connection has shown so far.

    `pages`: its unfinished snapshots. `seen_scopes`: scopes (subscription arguments) with any push.
    `whole`: scopes of which it has shown a whole snapshot, and `ACCOUNT` once that channel has pushed.
    `whole_at`: when it showed each scope whole last. `shows_positions`: it has such subscriptions at all.
    `after_gap`: no connection that does was open when it began.
    """

    __slots__ = (
        "_wanted_scopes", "after_gap", "pages", "seen_scopes", "shows_positions", "whole", "whole_at",
    )  # fmt: skip

    def __init__(self, scopes: int, *, after_gap: bool = False) -> None:
        self._wanted_scopes = max(scopes, 1)
        self.pages: SnapshotPages[Position] = SnapshotPages()
        self.seen_scopes: set[str] = set()
        self.whole: set[str] = set()
        self.whole_at: dict[str, datetime] = {}
        self.shows_positions = scopes > 0
        self.after_gap = after_gap

    @property
    def is_complete(self) -> bool:
        """Every scope of the connection has shown a whole snapshot."""
        return len(self.whole - {ACCOUNT}) >= self._wanted_scopes

    @property
    def shown_at(self) -> datetime | None:
        """When it had shown every scope whole, the last time."""
        return min(self.whole_at.values()) if self.is_complete and self.whole_at else None

    def is_settled(self, scope: str) -> bool:
        """The scope was shown whole, and no other snapshot of it is under way."""
        return scope in self.whole and not self.pages.unfinished


class Feeds:
    """The open connections of an account.

    Two that are open at once show the same, one a little later than the other. The newer one counts from
    the moment it has shown a scope whole: what the older one says of it afterwards may be outdated, and
    would open again what has ended, or end what has been opened. If the newer one goes, the older one
    counts again.
    """

    def __init__(self) -> None:
        self._open: list[Feed] = []
        self._shown_at: datetime | None = None  # by connections that have ended

    @property
    def are_complete(self) -> bool:
        """All that is open is known."""
        return any(feed.is_complete for feed in self._open)

    def open(self, scopes: int) -> Feed:
        """A new connection with so many `positions` subscriptions: its snapshots begin at page 1."""
        feed = Feed(scopes, after_gap=not any(one.shows_positions for one in self._open))
        self._open.append(feed)
        return feed

    def all_shown_at(self) -> datetime | None:
        """When everything that was open had been shown last; None where no connection has shown it all.

        That stays true when the connection ends: an answer that was asked for before it comes too late.
        """
        shown = [self._shown_at, *(feed.shown_at for feed in self._open)]
        return max((at for at in shown if at), default=None)

    def close(self, feed: Feed) -> None:
        """The connection ended. Doing it twice does no harm."""
        if feed in self._open:
            self._shown_at = self.all_shown_at()
            self._open.remove(feed)

    def is_overtaken(self, feed: Feed, scope: str) -> bool:
        """A newer connection has shown the scope whole."""
        if self._open and self._open[-1] is feed:  # nearly always
            return False
        for newer in reversed(self._open):
            if newer is feed:
                return False
            if scope in newer.whole:
                return True
        return True  # it was closed


def joined_pages(
    push: wire.Push[push_rows.PositionRow], rows: Rows[Position], scope: str, feed: Feed, *, is_all_read: bool
) -> Rows[Position] | None:
    """What a push says together with the pages before it; None until the last page."""
    is_first = scope not in feed.seen_scopes
    feed.seen_scopes.add(scope)
    if push.eventType == "snapshot":
        return feed.pages.add(scope, push.curPage, push.lastPage, rows)
    # Recordings without eventType start with an empty push where nothing is open.
    if push.eventType is not None or not is_first or rows.entries or not is_all_read:
        feed.pages.overtake(scope, rows)
        rows.whole = False
    return rows


def scope_of(arg: wire.Arg) -> str:
    """The subscription argument that a push belongs to."""
    return _scope(arg.instType, arg.instFamily, arg.instId)


@lru_cache(maxsize=1024)
def _scope(kind: str | None, family: str | None, instrument: str | None) -> str:
    return f"{kind or ''}/{family or ''}/{instrument or ''}"
