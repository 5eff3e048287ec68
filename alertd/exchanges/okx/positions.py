"""The open positions of one account: what is open, how near, what ended.

From the `positions` channel, and from the exchange's records where these know better (`records.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from msgspec import structs

from alertd.domain.coverage import BlindSpot, Unseen
from alertd.domain.errors import DecodeError
from alertd.domain.events import Event, MarginMode, Source
from alertd.domain.exposure import ExposureMemory
from alertd.domain.presence import OpenPosition
from alertd.exchanges.okx import fields, margin_events, push_rows, wire
from alertd.exchanges.okx.copying import CopyEquity
from alertd.exchanges.okx.cross import CrossGroups
from alertd.exchanges.okx.feeds import ACCOUNT, Feed, Feeds, joined_pages, scope_of
from alertd.exchanges.okx.held import Held, Past
from alertd.exchanges.okx.observed import Observed, Reading
from alertd.exchanges.okx.pages import Rows
from alertd.exchanges.okx.position_rows import Position, moved, read_rows
from alertd.exchanges.okx.records import Shown, is_newer, updated_ms
from alertd.exchanges.okx.subjects import OpenSubjects


class PositionBook:
    """All positions of one account. Survives reconnects, so that what ended meanwhile is told.

    A position lives as long as one of its scopes (subscription arguments) shows it; one that only the
    records showed, until a connection has shown everything without it. What is emitted: a MarginState per
    isolated position and per currency of cross positions that a push touched, one with `open` False per
    subject that ended, and a PositionSnapshot when the first snapshots of a connection are complete and
    whenever the set of subjects changed after that.
    """

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self._cross = CrossGroups()
        self._past = Past()
        self._recorded: dict[str, datetime] = {}  # shown by no push; when the records were asked
        self._subjects = OpenSubjects()
        self._exposure = ExposureMemory()
        self._feeds = Feeds()
        self._push = 0
        self._account_at: datetime | None = None  # when the account channel pushed last
        self._is_known = False  # everything that is open was shown once
        self.copy_equity = CopyEquity()

    @property
    def count(self) -> int | None:
        """How many positions are open, as far as was last seen; None until that was known once."""
        return len(self._held) if self._is_known else None

    def open_positions(self, account: str) -> list[OpenPosition]:
        """All of them, with the figures as last seen. Cross positions share their ratio."""
        return [
            OpenPosition(
                account=account,
                instrument=held.position.instrument,
                direction=held.position.direction.value,
                margin_mode=held.position.margin_mode.value,
                distance_to_liquidation=held.exposure.distance_to_liquidation,
                margin_ratio=held.position.margin_ratio,
                minutes_to_liquidation=held.exposure.minutes_to_liquidation,
            )
            for held in self._held.values()
        ]

    def unseen(self) -> tuple[BlindSpot, ...]:
        """What the pushes of this account do not show."""
        priceless = {
            held.position.instrument for held in self._held.values() if not held.position.liquidation_price
        }
        spots = [BlindSpot(Unseen.NO_LIQUIDATION_PRICE, name) for name in sorted(priceless)]
        return (*self.copy_equity.unseen(), *spots)

    def opened(self, scopes: int) -> Feed:
        """A new connection with so many `positions` subscriptions. Others may still be open."""
        return self._feeds.open(scopes)

    def closed(self, feed: Feed) -> None:
        """The connection ended. What it has shown stays, until another one shows otherwise."""
        self._feeds.close(feed)

    @property
    def has_open(self) -> bool:
        """Positions were open when last seen."""
        return bool(self._held)

    def find(self, position_id: str | None) -> Position | None:
        """An open position, or one that ended a while ago."""
        held = self._held.get(position_id or "")
        if held is not None:
            return held.position
        ended = self._past.find(position_id or "")
        return ended.position if ended else None

    def read(
        self,
        push: wire.Push[push_rows.PositionRow],
        bad: Iterable[wire.BadRow],
        seen: Observed,
        feed: Feed,
    ) -> Reading:
        """A push of the channel -> events. Raises: DecodeError if its eventType is not known."""
        scope = scope_of(push.arg)
        if push.eventType not in (None, "snapshot", "event_update"):
            raise DecodeError(f"eventType is not known: {fields.shown(push.eventType)}")
        rows, unreadable = read_rows(push.data, bad)
        joined = joined_pages(push, rows, scope, feed, is_all_read=not unreadable)
        if joined is None or self._feeds.is_overtaken(feed, scope):
            return Reading((), unreadable)
        return Reading(self._apply(joined, scope, seen, feed), unreadable)

    def follow(
        self, rows: Iterable[push_rows.PositionRow], scope: str, seen: Observed, feed: Feed
    ) -> tuple[Event, ...] | None:
        """An update in which only the market moved; None if it may be more: `read` then takes it whole.

        Gives what `read` gives, at a fraction of its cost: nearly every push is one of these. Raises:
        DecodeError where `read` tells which row it is.
        """
        if not feed.is_settled(scope) or self._feeds.is_overtaken(feed, scope):
            return None
        at = seen.received_at
        push = self._push = self._push + 1
        events: list[Event] = []
        currencies: set[str] | None = None
        for row in rows:
            held = self._held.get(row.posId or "")
            if held is None or held.push == push or scope not in held.scopes:
                return None
            position = moved(row, held.position)
            if position is None:
                return None
            held.position = position
            held.push = push
            held.pushed_at = held.shown_at = at
            held.exposure = self._exposure.follow(position.key, position, at)
            if held.event is None:
                currencies = currencies or set()
                currencies.add(position.currency or "")
            else:
                held.event = margin_events.moved(seen, position, held.exposure, held.event)
                events.append(held.event)
        if currencies:
            events += [self._cross.state(seen, name, push) for name in sorted(currencies)]
        return tuple(events)

    def takes_account(self, feed: Feed) -> bool:
        """Whether a push of the account channel counts, or a newer connection already brings that."""
        if self._feeds.is_overtaken(feed, ACCOUNT):
            return False
        feed.whole.add(ACCOUNT)
        return True

    @property
    def liquidated_ms(self) -> Mapping[str, int]:
        """By position: the exchange's time of the push that told of its liquidation."""
        return self._past.liquidated_ms

    def note_liquidation(self, key: str, stamp: str | None) -> None:
        """A push told that the position was liquidated or deleveraged; `stamp`: its `pTime`."""
        self._past.note_liquidation(key, stamp)

    def nearest_cross(self, currency: str | None) -> margin_events.Nearest | None:
        """Of the currency, or of all (None); None where no cross position is known."""
        return self._cross.nearest(currency)

    def compare(self, rows: Rows[Position], seen: Observed) -> list[Event]:
        """What the exchange's records show open -> events for what no push has told, or not yet.

        Ends with the whole set, also where nothing has changed: the records have been asked.
        """
        asked_at = seen.asked_at or seen.received_at
        self._push += 1
        touched: list[Held] = []
        currencies: set[str] = set()
        for key, position in rows.entries.items():
            updated = updated_ms(position.row.uTime) if position else None
            if is_newer(self._shown(key), updated, asked_at):
                if position is None:
                    self._end(key, currencies, None)
                else:
                    self._hold(position, None, seen, touched, currencies)
        if rows.whole:
            missing = self._held.keys() - rows.entries.keys() - rows.kept
            for key in sorted(missing):
                if is_newer(self._shown(key), None, asked_at):
                    self._end(key, currencies, None)
        events = self._touched(touched, currencies, seen)
        for held in touched:  # what a push says of it next did not come from the records
            held.event = structs.replace(held.event, source=Source.PUSH) if held.event else None
        return events + self._settle(seen, is_whole=rows.whole)

    def takes_balance(self, asked_at: datetime) -> bool:
        """Whether the records of the account count: while its channel pushes, that does."""
        return is_newer(Shown(self._account_at, None), None, asked_at)

    def _shown(self, key: str) -> Shown:
        """When a push said anything of the position, and what it was about then."""
        held, ended = self._held.get(key), self._past.find(key)
        if held is not None:
            return Shown(held.pushed_at, updated_ms(held.position.row.uTime))
        absent_at = self._feeds.all_shown_at()
        if ended is None or ended.pushed_at is None:
            return Shown(absent_at, None)
        # What it went through before it ended may not be known.
        return Shown(max(ended.pushed_at, absent_at or ended.pushed_at), None)

    def rate(
        self, given: Collection[str | None], absent: Collection[str | None], seen: Observed
    ) -> list[Event]:
        """The account channel gave a ratio for these currencies (None: the whole account), or no more."""
        if seen.asked_at is None:
            self._account_at = seen.received_at
        return self._settle(seen) if self._subjects.rate(given, absent) else []

    def _apply(self, rows: Rows[Position], scope: str, seen: Observed, feed: Feed) -> list[Event]:
        was_complete = feed.is_complete
        was_in_sight = self._feeds.are_complete
        self._push += 1
        touched: list[Held] = []
        currencies: set[str] = set()
        changed = False
        for key, position in rows.entries.items():
            if position is None:
                changed |= self._end(key, currencies, seen.received_at)
            else:
                changed |= self._hold(position, scope, seen, touched, currencies, saw_opening=was_in_sight)
        if rows.whole:
            changed |= self._drop_absent(rows, scope, currencies, seen.received_at)
            feed.whole.add(scope)
            feed.whole_at[scope] = seen.received_at
            if self._recorded:
                changed |= self._drop_unconfirmed(currencies, seen.received_at)
        events = self._touched(touched, currencies, seen)
        if changed or not was_complete:
            is_first = feed.is_complete and not was_complete
            events += self._settle(seen, is_whole=is_first, after_gap=is_first and feed.after_gap)
        return events

    def _touched(self, touched: Iterable[Held], currencies: Iterable[str], seen: Observed) -> list[Event]:
        events: list[Event] = []
        for held in touched:
            ratio = held.position.margin_ratio
            held.event = margin_events.margin_state(seen, held.position, held.exposure, ratio)
            events.append(held.event)
        events += [
            self._cross.state(seen, name, self._push) for name in sorted(currencies) if name in self._cross
        ]
        return events

    def _hold(
        self,
        position: Position,
        scope: str | None,
        seen: Observed,
        touched: list[Held],
        currencies: set[str],
        *,
        saw_opening: bool = False,
    ) -> bool:
        """Take a row; True if the subjects may have changed. `scope` None: it comes from the records."""
        changed = False
        held = self._held.get(position.key)
        if held is None:
            held = self._held[position.key] = Held(position, seen.received_at)
            changed = True
        elif held.position.subject.name != position.subject.name:
            self._leave_cross(held.position, currencies)
            changed = True
        held.position = position
        held.push = self._push
        held.shown_at = seen.asked_at or seen.received_at
        held.event = None
        if scope is not None:
            held.scopes.add(scope)
            held.pushed_at = seen.received_at
            self._recorded.pop(position.key, None)
        elif not held.scopes:
            self._recorded[position.key] = seen.asked_at or seen.received_at
        at = seen.received_at
        held.exposure = self._exposure.observe(position.key, position, at, saw_opening=saw_opening)
        if position.margin_mode is MarginMode.ISOLATED:
            touched.append(held)
        else:
            currency = position.currency or ""
            self._cross.put(currency, held)
            currencies.add(currency)
        return changed

    def _end(self, key: str, currencies: set[str], pushed_at: datetime | None) -> bool:
        held = self._held.pop(key, None)
        if held is None:
            return False
        self._recorded.pop(key, None)
        self._exposure.forget(key)
        self._leave_cross(held.position, currencies)
        self._past.end(held.position, pushed_at)
        return True

    def _leave_cross(self, position: Position, currencies: set[str]) -> None:
        if position.margin_mode is not MarginMode.CROSS:
            return
        currency = position.currency or ""
        currencies.add(currency)
        if self._cross.leave(currency, position):
            self._subjects.rated.discard(currency)

    def _drop_absent(
        self, rows: Rows[Position], scope: str, currencies: set[str], pushed_at: datetime
    ) -> bool:
        """A whole snapshot of the scope does not show them: gone, unless another scope does."""
        gone = []
        for key, held in self._held.items():
            if scope in held.scopes and key not in rows.entries and key not in rows.kept:
                held.scopes.discard(scope)
                if not held.scopes:
                    gone.append(key)
        for key in gone:
            self._end(key, currencies, pushed_at)
        return bool(gone)

    def _drop_unconfirmed(self, currencies: set[str], pushed_at: datetime) -> bool:
        """Everything was shown since the records were asked, without what only they had shown."""
        shown_at = self._feeds.all_shown_at()
        gone = [key for key, asked_at in self._recorded.items() if shown_at and shown_at > asked_at]
        for key in gone:
            self._end(key, currencies, pushed_at)
        return bool(gone)

    def _settle(self, seen: Observed, *, is_whole: bool = False, after_gap: bool = False) -> list[Event]:
        """Compare what is open with what was: tell what ended, and the whole set where it is known."""
        is_complete = self._feeds.are_complete
        self._is_known = self._is_known or is_complete
        return self._subjects.settle(
            (held.position.subject for held in self._held.values()),
            seen,
            is_whole=is_whole,
            is_complete=is_complete,
            after_gap=after_gap,
        )
