"""Asks each exchange what maintenance it announces, tells it once for all accounts, and what it explains.

An exchange is asked once for each host and environment, through one of the accounts there. What was told is a
fact of the store, written once the alerts stand there: a restart repeats nothing. At the end of a window what
still waits for its sink is held back (`holding_back.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn, Protocol

import structlog

from alertd.clock import Clock
from alertd.coverage.announcing import ENDS, announcement
from alertd.coverage.maintenance import (
    Known,
    Look,
    decoded,
    due,
    encoded,
    excuse,
    is_under_way,
    listed,
    missing,
    settled,
    told,
)
from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.domain.events import Event, Maintenance, MaintenanceStage
from alertd.domain.maintenance import Excuse, Window
from alertd.exchanges.okx.observed import few
from alertd.exchanges.okx.status import ENDED_STATES, read_windows
from alertd.holding_back import Holding
from alertd.sites import Concerned, Site, SiteView
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)

ASK_EVERY_S = 60.0
ASK_AGAIN_S = 20.0  # where it gave no answer
APART_S = 6.5  # it lets itself be asked every 5 s, by its own clock
LOOK_S = 1.0
FIRST_LOOK_S = 15.0
_EXCHANGE = "okx"


class Facts(Protocol):
    """Single facts, durable."""

    async def read_fact(self, key: str) -> str | None:
        """None where it was never written."""

    async def write_fact(self, key: str, value: str) -> None:
        """Insert or replace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """`handled` returns once everything that was delivered before stands in the store.

    `is_blind`: whether an account is not seen.
    """

    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    handled: Callable[[], Awaitable[None]]
    facts: Facts
    holding: Holding
    is_blind: Callable[[str], bool]


class Maintaining:
    """Of all accounts."""

    def __init__(self, doors: Doors, clock: Clock, counters: Counters) -> None:
        self._doors = doors
        self._clock = clock
        self._counters = counters
        self._accounts: dict[str, Concerned] = {}
        self._joined_s: dict[str, float] = {}
        self._sites: dict[Site, SiteView] = {}
        self._alone = asyncio.Lock()  # what is known changes in one place at a time

    # --- for the accounts ---------------------------------------------------------------------------

    def joins(self, account: str, concerned: Concerned) -> None:
        """From now on what its site announces concerns the account."""
        self._accounts[account] = concerned
        self._joined_s[account] = self._clock.monotonic_s()
        self._sites.setdefault(concerned.site, SiteView(concerned.site))

    def leaves(self, account: str) -> None:
        """The account is no longer watched here."""
        gone = self._accounts.pop(account, None)
        self._joined_s.pop(account, None)
        self._doors.holding.leaves(account)
        if gone is not None and all(one.site != gone.site for one in self._accounts.values()):
            del self._sites[gone.site]
            self._counters.forget("site", str(gone.site))

    @property
    def holding(self) -> Holding:
        """What waits at the end of a window."""
        return self._doors.holding

    def excuse(self, account: str) -> Excuse | None:
        """The planned maintenance that explains now why the account is not seen."""
        found = [excuse(one, self._clock.now()) for one in self._concerning(account)]
        given = [one for one in found if one is not None]
        return max(given, key=lambda one: (one.until is not None, one.until or one.since), default=None)

    @property
    def sites(self) -> Sequence[SiteView]:
        """What is known, by site: a live view."""
        return list(self._sites.values())

    def accounts_of(self, view: SiteView, window: Window) -> tuple[str, ...]:
        """Who is concerned by a window of that site, in the order of their names."""
        return tuple(
            sorted(
                name
                for name, one in self._accounts.items()
                if one.site == view.site and one.is_concerned_by(window)
            )
        )

    # --- its own work -------------------------------------------------------------------------------

    async def run(self) -> NoReturn:
        """Ask and tell until cancelled. Raises: an exception group with a StoreError."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ask_on(), name="maintenance:ask")
            tasks.create_task(self._look_on(), name="maintenance:look")
        raise AssertionError("both go on for ever")

    async def _ask_on(self) -> NoReturn:
        while True:
            for view in list(self._sites.values()):
                if self._clock.monotonic_s() >= view.next_ask_s:
                    view.next_ask_s = self._clock.monotonic_s() + ASK_EVERY_S
                    await self._ask(view)
            await asyncio.sleep(LOOK_S)

    async def _look_on(self) -> NoReturn:
        while True:
            for view in list(self._sites.values()):
                await self.look(view)
            await asyncio.sleep(LOOK_S)

    async def _ask(self, view: SiteView) -> None:
        """The exchange's list, and what became of windows that are no longer in it."""
        async with self._alone:
            await self._restore(view)
        at = self._clock.now()
        try:
            windows, unreadable = await self._announced(view, "")
            if missing(view.known, windows):
                for state in ENDED_STATES:
                    await asyncio.sleep(APART_S)
                    more = await self._announced(view, state)
                    windows, unreadable = [*windows, *more[0]], [*unreadable, *more[1]]
        except (RequestRefused, RequestUnavailable) as exc:
            self._tell_asked(view, "failed", str(exc))
            view.next_ask_s = self._clock.monotonic_s() + ASK_AGAIN_S
            return
        async with self._alone:
            view.known = listed(view.known, windows, self._clock.now())
            view.asked_at = at
        outcome = "unreadable" if unreadable else "done"
        self._tell_asked(view, outcome, "; ".join(few(unreadable)))

    async def _announced(self, view: SiteView, state: str) -> tuple[list[Window], list[str]]:
        """Raises: RequestRefused, RequestUnavailable."""
        through = next((one for one in self._accounts.values() if one.site == view.site), None)
        if through is None:
            return [], []
        answered = await through.ask(state)
        found = read_windows(answered.rows, answered.bad, demo=view.site.demo)
        return list(found.windows), list(found.unreadable)

    def _tell_asked(self, view: SiteView, outcome: str, reason: str) -> None:
        self._counters.add("maintenance_asked_total", site=str(view.site), outcome=outcome)
        if reason and not view.failed:
            log.warning("announcements of maintenance not learned", site=str(view.site), reason=reason)
        elif view.failed and not reason:
            log.info("announcements of maintenance can be learned again", site=str(view.site))
        view.failed = reason

    async def look(self, view: SiteView) -> None:
        """Tell what is due, write what was told, and hold back what waits where a window is at its end."""
        now = self._clock.now()
        async with self._alone:
            await self._restore(view)
            events = list(self._steps(view, now))
            if events:
                await self._doors.deliver(events)
                await self._doors.handled()
            await self._keep(view)
        await self._hold(view, now)
        self._set_gauges(view, now)

    def _steps(self, view: SiteView, now: datetime) -> Iterator[Maintenance]:
        """What is to be told; `view.known` says afterwards that it was."""
        after: list[Known] = []
        for one in view.known:
            accounts = self.accounts_of(view, one.window)
            is_blind = any(self._doors.is_blind(name) for name in accounts)
            look = Look(now=now, asked_at=view.asked_at, is_blind=is_blind)
            one = settled(one, look)
            stage = due(one, look)
            if stage is not None and (accounts or stage in ENDS) and not self._is_early(accounts):
                yield self._event(one, stage, accounts, now)
                one = told(one, stage, look)
            after.append(one)
        view.known = tuple(after)

    def _is_early(self, accounts: Sequence[str]) -> bool:
        """After a start the positions are known in a moment: they belong into what is told."""
        now_s = self._clock.monotonic_s()
        return any(
            self._accounts[name].positions() is None and now_s - self._joined_s[name] < FIRST_LOOK_S
            for name in accounts
        )

    def _event(
        self, one: Known, stage: MaintenanceStage, accounts: Sequence[str], now: datetime
    ) -> Maintenance:
        span = f"{one.window.begin} to {one.window.end}"
        log.info("maintenance", stage=stage.value, title=one.window.title, span=span, accounts=list(accounts))
        opened = {name: self._accounts[name].positions() for name in accounts}
        return announcement(one, stage, opened, _EXCHANGE, now)

    async def _hold(self, view: SiteView, now: datetime) -> None:
        """At a window's end, whether the streams are back or not: what waits must not go out before that."""
        for one in view.known:
            if is_under_way(one, now) and one.window.blinds:
                for account in filter(self._doors.is_blind, self.accounts_of(view, one.window)):
                    self._doors.holding.lost(account)
        for account in [name for name, one in self._accounts.items() if one.site == view.site]:
            if not self._is_under_way(account, now):
                await self._doors.holding.hold_back(account)

    def _is_under_way(self, account: str, now: datetime) -> bool:
        """Whether a window goes on, and is not past the end that was announced."""
        return any(
            is_under_way(one, now) and (one.window.end is None or now < one.window.end)
            for one in self._concerning(account)
        )

    def _concerning(self, account: str) -> Iterator[Known]:
        concerned = self._accounts.get(account)
        if concerned is None:
            return
        for one in self._sites[concerned.site].known:
            if concerned.is_concerned_by(one.window):
                yield one

    def _set_gauges(self, view: SiteView, now: datetime) -> None:
        running = [one for one in view.known if is_under_way(one, now)]
        ahead = [one.begin for one in view.known if one.ended_at is None and one.begin > now]
        site = str(view.site)
        self._counters.set("maintenance_running", len(running), site=site)
        self._counters.set("maintenance_ahead", len(ahead), site=site)

    async def _restore(self, view: SiteView) -> None:
        if view.kept is None:
            view.kept = await self._doors.facts.read_fact(_key(view.site)) or ""
            view.known = decoded(view.kept)

    async def _keep(self, view: SiteView) -> None:
        text = encoded(view.known)
        if text != view.kept and (view.known or view.kept):
            await self._doors.facts.write_fact(_key(view.site), text)
            view.kept = text


def _key(site: Site) -> str:
    return f"maintenance:{site.rest_url}{'#demo' if site.demo else ''}"
