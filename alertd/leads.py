"""What is polled of a leader at Toobit: orders, followers, figures, settings.

What an answer means is decided in `exchanges/toobit/` and `leading/`; here it is asked, delivered and
remembered, in that order: a killed process finds again what it had not delivered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal

import structlog

from alertd.clock import Clock
from alertd.domain.copy_digest import LedFigures
from alertd.domain.errors import RequestRefused
from alertd.domain.events import Event
from alertd.domain.presence import OpenPosition
from alertd.exchanges.toobit import codes, digest_figures, drift
from alertd.exchanges.toobit.drift import Drifted, Known, known_of
from alertd.exchanges.toobit.held import EXCHANGE
from alertd.exchanges.toobit.leader import LeaderCalls
from alertd.exchanges.toobit.led_orders import closed_of, open_position, orders_of
from alertd.exchanges.toobit.models import (
    ClosedLeadOrder,
    Follower,
    LeadOrder,
    Page,
    ProfitSharing,
    Rows,
    TradeData,
)
from alertd.exchanges.toobit.paging import Collected, agreed
from alertd.following import SEEN_LATELY_S, FollowingDoors, unread
from alertd.leading.book import Book, book_of
from alertd.leading.comparing import compare
from alertd.leading.latest import Latest
from alertd.leading.limits import opened_today
from alertd.leading.orders import ClosedOrder, Look
from alertd.leading.standing import standing, state_of

log = structlog.get_logger(__name__)

INACTIVE_EVERY_S = 90.0  # who leads nobody is asked so often whether that has changed
HISTORY_EVERY_S = 60.0
SLOW_FIGURES_FOR_S = 4 * 3600.0  # what was counted earlier says nothing of now
_CURRENCY = "USDT"


class Leading:
    """Of one account. The `look_...` give what could not be read, None where all could.

    They raise RequestRefused, RequestUnavailable and StoreError. Who does not lead (-120041) is asked seldom.
    """

    def __init__(
        self,
        account: str,
        calls: LeaderCalls,
        doors: FollowingDoors,
        clock: Clock,
        equity: Callable[[], Decimal | None] = lambda: None,
    ) -> None:
        """`equity`: what the account's own money is now, where that is told."""
        self._account = account
        self._calls = calls
        self._doors = doors
        self._clock = clock
        self._equity = equity
        self._recorded: Sequence[ClosedOrder] = ()  # the newest records, as last read
        self._known: Known | None = None
        self._book: Book | None = None
        self._kept_book: Book | None = None
        self._is_active: bool | None = None
        self._taking = asyncio.Lock()
        self._answered = asyncio.Event()  # whether it leads is known, and what was known before is read
        self._asked_at_s = float("-inf")
        self._history_at_s = float("-inf")
        self._lately: Latest[Book] = Latest(SEEN_LATELY_S)
        self._closed: Latest[Page[ClosedLeadOrder]] = Latest(SEEN_LATELY_S)
        self._followers: Latest[int] = Latest(SLOW_FIGURES_FOR_S)
        self._sharings: Latest[Rows[ProfitSharing]] = Latest(SLOW_FIGURES_FOR_S)
        self._week: Latest[TradeData] = Latest(SLOW_FIGURES_FOR_S)

    @property
    def count(self) -> int | None:
        """How many orders are led; None until that was known once."""
        if self._is_active is None or (self._is_active and self._book is None):
            return None
        return len(self._book.orders) if self._book is not None and self._is_active else 0

    def open_positions(self) -> list[OpenPosition]:
        """What is led, as last seen."""
        orders = self._book.orders.values() if self._book is not None and self._is_active else ()
        return [open_position(self._account, order) for order in orders]

    def figures(self) -> LedFigures:
        """How leading stands, as seen lately."""
        now_s = self._clock.monotonic_s()
        return digest_figures.led(
            leads=self._is_active,
            book=self._lately.get(now_s),
            page=self._closed.get(now_s),
            followers=self._followers.get(now_s),
            sharings=self._sharings.get(now_s),
            week=self._week.get(now_s),
        )

    async def look_at_orders(self, after_gap: bool) -> str | None:
        """What is led now, and what became of what was."""
        now_s = self._clock.monotonic_s()
        if self._is_active is False and now_s - self._asked_at_s < INACTIVE_EVERY_S:
            return None
        self._asked_at_s = now_s
        await self._remembered()
        began_at = self._clock.now()
        try:
            rows = await self._calls.orders()
        except RequestRefused as exc:
            if exc.code != codes.NOT_A_LEADER:
                raise
            self._is_active = False
            self._answered.set()
            stopped = await self._take(lambda known: drift.of_activity(known, False, self._look()))
            if stopped.events:  # what was told of how it stands is over
                await self._doors.deliver([state_of(self._look(), followed=False)])
            if after_gap:
                await self._doors.compared(began_at, 0)
            return None
        self._is_active = True
        self._answered.set()
        await self._take(lambda known: drift.of_activity(known, True, self._look()))
        told = await self._compare(rows, after_gap=after_gap)
        if after_gap:
            await self._doors.compared(began_at, told)
        return unread(rows.bad, is_null=rows.is_null)

    async def look_at_followers(self, _after_gap: bool) -> str | None:
        """Who follows, as far as a list that names nobody tells."""
        if not await self._leads():
            return None
        collected = await self._all_followers()
        if collected is None:
            return "the list of followers changed while it was read"
        if collected.bad:
            return unread(collected.bad, is_null=False)
        taken = await self._take(
            lambda known: drift.of_followers(known, collected.items, collected.total, self._look())
        )
        if taken.known.follower_count is not None:
            self._followers.put(taken.known.follower_count, self._clock.monotonic_s())
        return None

    async def look_at_figures(self, _after_gap: bool) -> str | None:
        """Statistics of the last week, and settlements."""
        if not await self._leads():
            return None
        data, sharings = await self._calls.trade_data(7), await self._calls.profit_sharings()
        now_s = self._clock.monotonic_s()
        self._sharings.put(sharings, now_s)
        if data.items:
            week = data.items[0]
            self._week.put(week, now_s)
            await self._take(lambda known: drift.of_figures(known, week, self._look()))
        if not sharings.bad and not sharings.is_null:
            await self._take(lambda known: drift.of_sharings(known, sharings.items, self._look()))
        return unread([*data.bad, *sharings.bad], is_null=data.is_null or sharings.is_null)

    async def look_at_settings(self, _after_gap: bool) -> str | None:
        """Settings and pairs. Older gateways do not tell the settings (404)."""
        if not await self._leads():
            return None
        symbols = await self._calls.symbols()
        if not symbols.bad and not symbols.is_null:
            await self._take(lambda known: drift.of_symbols(known, symbols.items, self._look()))
        try:
            config = await self._calls.config()
        except RequestRefused as exc:
            if exc.code != "HTTP 404":
                raise
            log.debug("settings of the leader not told", account=self._account)
        else:
            await self._take(lambda known: drift.of_config(known, config, self._look()))
        return unread(symbols.bad, is_null=symbols.is_null)

    @property
    def is_active(self) -> bool | None:
        """Whether it leads; None until that was answered."""
        return self._is_active

    async def _leads(self) -> bool:
        """Wait until that is known."""
        await self._answered.wait()
        return bool(self._is_active)

    async def _compare(self, rows: Rows[LeadOrder], *, after_gap: bool) -> int:
        """How many changes were told."""
        book = self._book
        orders, is_named = orders_of(rows.items, book.orders.values() if book else ())
        is_complete = is_named and not rows.bad and not rows.is_null
        shown = {order.key for order in orders}
        lacks = book is None or any(key not in shown for key in book.orders)
        records = await self._records(at_once=after_gap or lacks)
        look = self._look()
        compared = compare(book, orders, records, look, is_complete=is_complete)
        if compared.book is None:
            return 0
        known = await self._remembered()
        figures = {"followers": known.follower_count, "equity": self._equity()}
        figures["orders_today"] = self._opened_today(compared.book, look)
        state = standing(compared.book, look, **figures)
        await self._doors.deliver([*compared.events, state])
        self._book = compared.book
        if is_complete:
            self._lately.put(compared.book, self._clock.monotonic_s())
        await self._keep_book(compared.book)
        return len(compared.events)

    async def _records(self, *, at_once: bool) -> Sequence[ClosedOrder]:
        """The newest page: a hundred, in which whatever was closed since the last look stands. Else none."""
        now_s = self._clock.monotonic_s()
        if not at_once and now_s - self._history_at_s < HISTORY_EVERY_S:
            return ()
        page = await self._calls.history()
        self._history_at_s = now_s
        self._closed.put(page, now_s)
        self._recorded = [closed_of(row) for row in page.items]
        return self._recorded

    def _opened_today(self, book: Book, look: Look) -> int:
        """Of what is open and what was closed lately, each once."""
        times = {one.key: one.opened_at for one in self._recorded}
        times |= {key: order.opened_at for key, order in book.orders.items()}
        return opened_today(times.values(), look.at)

    async def _all_followers(self) -> Collected[Follower] | None:
        """None: no two passes in turn were alike. What each earned changes all the time, names do not."""
        collected = await agreed(self._calls.follower_pages, lambda row: row.nickname)
        return collected if collected.is_whole else None

    def _look(self) -> Look:
        """The exchange tells no id of the account itself: it goes by its name here."""
        return Look(
            exchange=EXCHANGE,
            account=self._account,
            trader=self._account,
            at=self._clock.now(),
            currency=_CURRENCY,
        )

    async def _remembered(self) -> Known:
        if self._known is None:
            facts = self._doors.facts
            known = known_of(await facts.read_fact(self._key("leader")) if facts else None)
            book = book_of(await facts.read_fact(self._key("led")) if facts else None)
            if self._known is None:  # another poll may have read it meanwhile, and gone on from there
                self._known = known
                self._book = self._kept_book = book
        return self._known

    async def _take(self, change: Callable[[Known], Drifted]) -> Drifted:
        """Tell what is not as it was known, then keep it. One at a time: several polls learn of the same, and
        none may put back what another has learned meanwhile, nor keep what is not told yet.
        """
        async with self._taking:
            before = await self._remembered()
            drifted = change(before)
            self._known = drifted.known
            events: Sequence[Event] = drifted.events
            if events:
                await self._doors.deliver(events)
            if drifted.known != before and self._doors.facts is not None:
                await self._doors.handled()
                await self._doors.facts.write_fact(self._key("leader"), drifted.known.encoded())
            return drifted

    async def _keep_book(self, book: Book) -> None:
        """What was told must not be told again; prices alone are not worth a write."""
        kept, facts = self._kept_book, self._doors.facts
        if facts is None or (
            kept is not None and (kept.revision, kept.missing) == (book.revision, book.missing)
        ):
            return
        await self._doors.handled()
        await facts.write_fact(self._key("led"), book.encoded())
        self._kept_book = book

    def _key(self, what: str) -> str:
        return f"toobit_{what}:{self._account}"
