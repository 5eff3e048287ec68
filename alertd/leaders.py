"""Asks what the lead traders do that one account copies, and how an account that leads stands.

OKX pushes a copier nothing. Asked are the public lists of each copied trader; of one that leads in private,
or where these are refused, what the account itself holds by copying. It is no part of comparing the account's
records and never holds that up; what is not answered is named among what alertd cannot see.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, NoReturn, Protocol

import msgspec
import structlog

from alertd.clock import Clock
from alertd.domain.copy_digest import CopiedFigures, CopiedLeader, CopyFigures, LedFigures
from alertd.domain.coverage import BlindSpot, Unseen
from alertd.domain.errors import DecodeError, RequestRefused, RequestUnavailable
from alertd.domain.events import Event, LeadTradeFailed, Source
from alertd.domain.presence import OpenPosition
from alertd.exchanges.okx.answer_rows import CopyConfigRow
from alertd.exchanges.okx.digest_figures import UNASKED, copied_leader, led_figures
from alertd.exchanges.okx.lead_rest import LeadRest
from alertd.exchanges.okx.lead_wire import CopyAccountRow
from alertd.exchanges.okx.observed import EXCHANGE
from alertd.exchanges.okx.rest import AccountConfig
from alertd.exchanges.okx.sub_positions import copy_equity, equity_in, read_orders, read_records
from alertd.lead_lists import OWN, PUBLIC, Failure, LeadLists, Lists
from alertd.leader_notes import LeaderNotes
from alertd.leading.book import resumed
from alertd.leading.comparing import compare
from alertd.leading.followed import Followed, presence
from alertd.leading.latest import Latest
from alertd.leading.limits import nearness, opened_today
from alertd.leading.orders import Look
from alertd.leading.standing import standing, state_of
from alertd.leading.units import followed as units_followed
from alertd.relating import Facts

log = structlog.get_logger(__name__)

JITTER = 0.1
SEEN_LATELY_S = 600.0  # what was seen earlier says nothing of now
NO_SUCH_LEADER = "59269"
_CURRENCY = "USDT"
_UNANSWERED = "no answer"
_LONGEST_CODE, _LONGEST_NAME = 64, 128


class LeaderDoors(Protocol):
    """Where events go, and where is kept what was told."""

    @property
    def deliver(self) -> Callable[[Sequence[Event]], Awaitable[None]]:
        """To the pipeline."""

    @property
    def handled(self) -> Callable[[], Awaitable[None]]:
        """Returns once everything that was delivered before stands in the store."""

    @property
    def facts(self) -> Facts:
        """Single facts, durable."""


class LeaderWatch:
    """Of one account. `config`: what the exchange last said the account is. `role`: what ours says."""

    def __init__(
        self,
        account: str,
        role: str,
        rest: LeadRest,
        doors: LeaderDoors,
        clock: Clock,
        config: Callable[[], AccountConfig | None],
        interval_s: float,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._account = account
        self._role = role
        self._rest = rest
        self._lists = LeadLists(rest)
        self._doors = doors
        self._clock = clock
        self._config = config
        self._interval_s = interval_s
        self._dice = dice
        self._notes = LeaderNotes(account, doors.facts, doors.handled, clock)
        self._missing: frozenset[str] = frozenset()
        self._noticed: list[LeadTradeFailed] = []
        self._failures: dict[str, str] = {}
        self._led: Latest[LedFigures] = Latest(SEEN_LATELY_S)
        self._copied: Latest[tuple[CopiedLeader, ...]] = Latest(SEEN_LATELY_S)

    def unseen(self) -> tuple[BlindSpot, ...]:
        """Named while the exchange does not say what somebody does."""
        return tuple(BlindSpot(Unseen.LEADER_ORDERS, code) for code in sorted(set(self._failures.values())))

    def figures(self, positions: Sequence[OpenPosition] | None) -> CopyFigures | None:
        """How the account leads and copies, as seen lately; None where it does neither, or nothing is known.

        `positions`: what is open, None where that is not known.
        """
        now_s = self._clock.monotonic_s()
        led, leaders, role = self._led.get(now_s), self._copied.get(now_s), self._known_role()
        copies = bool(leaders) or role == "copier"
        if role != "lead" and not copies:
            return None
        copied = CopiedFigures(
            leaders=leaders,
            positions=None if positions is None else len(positions),
            nearest=tuple(positions or ()),
        )
        own = msgspec.structs.replace(led or LedFigures(unasked=UNASKED), nearest=tuple(positions or ()))
        return CopyFigures(led=own if role == "lead" else None, copied=copied if copies else None)

    def notice(self, events: Sequence[Event]) -> None:
        """Take what the lead channel told: a notice names the limit that was hit."""
        self._noticed += [event for event in events if isinstance(event, LeadTradeFailed)]

    async def run(self) -> NoReturn:
        """Look until cancelled. Raises: StoreError."""
        while True:
            await asyncio.sleep(self._interval_s * (1 + JITTER * (2 * self._dice() - 1)))
            await self.look()

    async def look(self) -> None:
        """Once at everybody, by what the account is. Raises: StoreError."""
        self._lists.begin()
        config, role = self._config(), self._known_role()
        uid = config.uid if config is not None else None
        if role == "lead":
            await self._look_at_ourselves(uid)
        elif role == "copier" or await self._notes.named():
            await self._look_at_copied(uid)
        else:
            self._failures.clear()

    @property
    def _log(self) -> Any:
        """Made for each line: what a bound logger keeps, of each of hundreds, is 600 bytes."""
        return log.bind(account=self._account)

    def _known_role(self) -> str:
        """Empty where it is not known yet."""
        config = self._config()
        return self._role if self._role != "auto" else (config.role if config is not None else "")

    # --- those who are copied -------------------------------------------------------------------------

    async def _look_at_copied(self, uid: str | None) -> None:
        try:
            answer = await self._rest.copied()
        except (RequestRefused, RequestUnavailable) as exc:
            self._say("", exc)
            return
        self._say("", None)
        rows = {row.uniqueCode: row for row in answer.rows if _is_code(row.uniqueCode)}
        for row in rows.values():
            await self._look_at(row, uid)
        if not answer.bad:
            self._copied.put(tuple(map(copied_leader, rows.values())), self._clock.monotonic_s())
        if not answer.bad:
            await self._forget_absent(frozenset(rows), uid)

    async def _look_at(self, row: CopyAccountRow, uid: str | None) -> None:
        name, currency = row.nickName[:_LONGEST_NAME], (row.ccy or "")[:_LONGEST_NAME]
        look = self._look_of(row.uniqueCode, uid, name or None, currency or _CURRENCY)
        known = await self._notes.of(row.uniqueCode)
        events: list[Event] = []
        known, is_read = await self._follow_orders(known, look, events, is_private=row.leadMode == "private")
        try:
            equity, put_in = copy_equity(row)
        except DecodeError as exc:
            self._log.debug("money of a copied trader not read", reason=exc.detail)
            equity = put_in = None
        # A settled share of the profit may leave `copyTotalPnl` without a word.
        units = units_followed(known.units, equity, put_in, is_certain=False)
        known = msgspec.structs.replace(known, units=units)
        money = {"equity": equity, "is_certain": False}
        money["unit_value"] = units.value if equity is not None else None
        if is_read and known.book is not None:
            events.append(standing(known.book, look, **money))
        else:
            events.append(state_of(look, **money))
        await self._tell(row.uniqueCode, known, events)

    async def _follow_orders(
        self, known: Followed, look: Look, events: list[Event], *, is_private: bool
    ) -> tuple[Followed, bool]:
        """The memory after the lists were read, and whether they were."""
        lists, failure = await self._lists.of(look.trader, is_private=is_private)
        self._say(look.trader, failure)  # what it holds by copying is less than what the trader does
        is_unknown = isinstance(failure, RequestRefused) and failure.code == NO_SUCH_LEADER
        if is_unknown or (lists is not None and lists.view == PUBLIC):
            known, change = presence(known, look, leads=not is_unknown)
            events += [change] if change is not None else []
        if lists is None:
            return known, False
        return self._compared(known, lists, look, events), True

    def _compared(self, known: Followed, lists: Lists, look: Look, events: list[Event]) -> Followed:
        """Another list names other orders, so their book begins anew there: nobody's news."""
        trader = look.trader if lists.view == OWN else None
        read = read_orders(lists.orders, trader)
        done = read_records(lists.records, {order.key for order in read.orders}, trader)
        if read.unreadable or done.unreadable:
            self._log.debug("lead positions not read", reasons=[*read.unreadable, *done.unreadable][:3])
        book = known.book if known.view == lists.view else None
        found = compare(book, read.orders, done.records, look, is_complete=not read.unreadable)
        events += found.events
        for event in found.events:
            self._log.info("lead trader", change=str(event.change), trader=event.trader, order=event.order_id)
        after = found.book
        if book is None and after is not None and known.book is not None:
            after = resumed(after, known.book)
        if after is None:
            return known  # not even a beginning
        return msgspec.structs.replace(known, book=after, view=lists.view)

    async def _forget_absent(self, named: frozenset[str], uid: str | None) -> None:
        """Who is copied no more, once a second list does not name them either."""
        before = frozenset(await self._notes.named())
        gone = (before - named) & self._missing
        self._missing = before - named
        for trader in sorted(gone):
            look = self._look_of(trader, uid, None, _CURRENCY)
            await self._doors.deliver([state_of(look, followed=False)])
            await self._notes.drop(trader)
            self._failures.pop(trader, None)
        await self._notes.name((before - gone) | named)

    # --- an account that leads ------------------------------------------------------------------------

    async def _look_at_ourselves(self, uid: str | None) -> None:
        """Its own orders, its equity against the minimum, the day's count, and how many copy it."""
        look = self._look_of("", uid, None, _CURRENCY)
        try:
            config = await self._rest.followers()
            lists = await self._lists.own()
            equity = equity_in(await self._rest.equity(), _CURRENCY)
        except (RequestRefused, RequestUnavailable) as exc:
            self._say("", exc)
            return
        except DecodeError as exc:
            self._log.debug("equity not read", reason=exc.detail)
            equity = None
        self._say("", None)
        own = next((row for row in config.rows), None)
        if own is None or not _is_code(own.uniqueCode):
            return
        look = msgspec.structs.replace(look, trader=own.uniqueCode, is_own=True)
        events: list[Event] = []
        known = self._compared(await self._notes.of(look.trader), lists, look, events)
        noticed, self._noticed = self._noticed, []
        limits = await self._notes.limits(noticed)
        if known.book is not None:
            times = _opening_times(known, lists)
            today = opened_today(times, look.at)
            figures = nearness(limits, equity, today) | {"followers": _followers(own)}
            events.append(standing(known.book, look, **figures))
            self._led.put(
                led_figures(known.book, lists.records, look.trader, _followers(own)),
                self._clock.monotonic_s(),
            )
        await self._tell(look.trader, known, events)

    async def _tell(self, trader: str, known: Followed, events: Sequence[Event]) -> None:
        await self._doors.deliver(events)
        await self._notes.put(trader, known)

    def _look_of(self, trader: str, uid: str | None, name: str | None, currency: str) -> Look:
        return Look(
            exchange=EXCHANGE,
            account=self._account,
            trader=trader,
            at=self._clock.now(),
            source=Source.POLL,
            uid=uid,
            trader_name=name,
            currency=currency,
        )

    def _say(self, trader: str, failure: Failure | None) -> None:
        """Once when it begins and once when it ends. No trader: nobody is seen."""
        if failure is None:
            if self._failures.pop(trader, None) is not None:
                self._log.info("lead trader can be seen again", trader=trader)
            return
        if trader not in self._failures:
            self._log.warning("what a lead trader does cannot be read", trader=trader, reason=str(failure))
        self._failures[trader] = failure.code if isinstance(failure, RequestRefused) else _UNANSWERED


def _is_code(text: str) -> bool:
    return text.isalnum() and len(text) <= _LONGEST_CODE


def _opening_times(known: Followed, lists: Lists) -> list[datetime | None]:
    """Of all orders that are open or were closed lately, each once."""
    open_ones = known.book.orders.values() if known.book is not None else ()
    keys = {order.key for order in open_ones}
    records = read_records(lists.records, keys).records
    return [one.opened_at for one in (*open_ones, *{r.key: r for r in records if r.key not in keys}.values())]


def _followers(row: CopyConfigRow) -> int | None:
    for one in row.details:
        text = one.copyTraderNum
        if one.instType == "SWAP" and text.isascii() and text.isdigit() and len(text) < 10:
            return int(text)
    return None
