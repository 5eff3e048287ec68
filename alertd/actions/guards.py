"""What keeps alertd from acting by surprise. Pure: each guard looks at the case, the book and the world.

A guard either forbids (nothing is done, and a person is told at once), or asks: where the action may go
without, persons are asked all the same. Rehearsals count for rehearsals only: nothing was done by them. What
was done counts for rehearsals, too, so that they tell what would happen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import msgspec

from alertd.actions.book import Book, Key
from alertd.actions.plans import Plan
from alertd.domain.action import ALL_TRADERS, NO_TRADER, Intent, IntentState, Mode, Switch
from alertd.domain.alert import Fingerprint, Severity
from alertd.domain.events import Event, Source

FRESH_S = 15.0
TOLD_FOR = timedelta(hours=1)  # a block is told once in so long, unless it is about something worse
# So long what goes by itself and was not begun waits for an account that is watched and compared.
SURE_WITHIN = timedelta(seconds=60)
_FRESH = timedelta(seconds=FRESH_S)
_DAY = timedelta(days=1)
_LIVE = (Source.PUSH, Source.POLL)
_STOPPED_SHORT = frozenset(
    (
        IntentState.BLOCKED,
        IntentState.DENIED,
        IntentState.EXPIRED,
        IntentState.CALLED_OFF,
        IntentState.NOTHING_TO_DO,
    )
)
_DONE = frozenset((IntentState.CONFIRMED, IntentState.NOTHING_TO_DO, IntentState.REHEARSED))


class Guard(StrEnum):
    """Who forbids, asks or calls off: what stands as the reason of an intent."""

    # They forbid.
    SWITCHED_OFF = "switched_off"
    NO_ACCOUNT = "no_account"  # the event names none that the action may concern
    NO_TRADER = "no_trader"  # the event names none
    NOT_ALLOWED = "not_allowed"  # the trader is not on the list
    DENIED = "denied"  # a person has said no a short while ago
    COOLDOWN = "cooldown"
    MAX_PER_DAY = "max_per_day"
    MAX_PER_DAY_TOTAL = "max_per_day_total"
    MAX_TRADERS = "max_traders"
    # They ask.
    NOT_ARMED = "not_armed"
    TOO_FEW_RUNS = "too_few_runs"
    QUIET_START = "quiet_start"  # not compared with the exchange's records yet
    NOT_WATCHED = "not_watched"
    NOT_LIVE = "not_live"  # the figures were neither pushed nor polled
    STALE = "stale"  # they are too old
    # They end it.
    NOBODY_ANSWERED = "nobody_answered"
    NOT_IN_FORCE = "not_in_force"  # what triggered it is over, or better
    CONFIGURATION = "configuration"  # another one is in force


class World(Protocol):
    """What the desk must know and does not decide."""

    def is_watched(self, account: str) -> bool:
        """Whether the account is watched now: neither degraded nor blind."""

    def is_reconciled(self, account: str) -> bool:
        """Whether it was compared with the exchange's records since the start, completely."""

    def exchange(self, account: str) -> str | None:
        """The account's exchange; None: there is no such account."""

    def may_approve(self, person: str) -> bool:
        """Whether the person has the right to decide about actions."""

    def is_in_force(self, fingerprint: Fingerprint, episode: int, severity: Severity) -> bool:
        """Whether this episode still fires, and at least so badly."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One trader of one account, now, because of an alert. `exchange` empty: no account is named."""

    plan: Plan
    key: Key
    exchange: str
    trader_name: str
    fingerprint: Fingerprint
    episode: int
    severity: Severity
    event: Event
    now: datetime


class Block(msgspec.Struct, frozen=True):
    """Who forbids it, and until when; None: until a person changes something."""

    guard: Guard
    until: datetime | None = None
    detail: str = ""


def is_answered(case: Case, book: Book) -> bool:
    """Whether an intent for this very episode, or one that is on its way, says all that is to be said."""
    episode = (case.fingerprint, case.episode)
    for past in book.of(case.key):
        if past.is_open:
            return True
        if not _counts_for(case.plan, past):
            continue
        if (past.fingerprint, past.episode) == episode and _covers(past, case):
            return True
        if past.state in _DONE and past.ended_at is not None and case.event.received_at <= past.ended_at:
            return True  # it was seen before that was done
    return False


def is_told(case: Case, block: Block, book: Book) -> bool:
    """Whether the very same block was told just now: it is not told anew for each alert."""
    return any(
        past.state is IntentState.BLOCKED
        and (past.reason, past.next_at, past.detail) == (block.guard, block.until, block.detail)
        and case.now < past.planned_at + TOLD_FOR
        and _covers(past, case)
        and _counts_for(case.plan, past)
        for past in book.of(case.key)
    )


def forbidden(case: Case, book: Book, switch: Switch) -> Block | None:
    """The first guard that forbids it."""
    if not switch.on:
        return Block(Guard.SWITCHED_OFF, None, switch.by)
    if not case.exchange:
        return Block(Guard.NO_ACCOUNT)
    plan, trader = case.plan, case.key.trader
    if plan.traders is None:
        if trader == NO_TRADER:
            return Block(Guard.NO_TRADER)
        if plan.allowed is not None and trader not in plan.allowed:
            return Block(Guard.NOT_ALLOWED)
    return exhausted(case, book) or _too_many_at_once(case, book)


def exhausted(case: Case, book: Book) -> Block | None:
    """Whether it was done, or forbidden by a person, too lately or too often."""
    return _denied(case, book) or _cooling(case, book) or _daily(case, book)


def asks(case: Case, switch: Switch, runs: int, world: World) -> Guard | None:
    """Why persons must be asked although the action may go without.

    In a dry run: why they would have to be, as far as it can be known before the action is armed.
    """
    plan, account = case.plan, case.key.account
    if plan.mode is Mode.AUTO:
        if account not in switch.armed:
            return Guard.NOT_ARMED
        if runs < plan.auto_after_runs:
            return Guard.TOO_FEW_RUNS
    return unsure({account, case.event.account}, world) or _figures(case.event, case.now)


def unsure(accounts: Collection[str], world: World) -> Guard | None:
    """Why what alertd knows of these is not enough to act without asking."""
    if "" in accounts:  # what alertd tells of itself
        return Guard.NOT_WATCHED
    if not all(world.is_reconciled(name) for name in accounts):
        return Guard.QUIET_START
    if not all(world.is_watched(name) for name in accounts):
        return Guard.NOT_WATCHED
    return None


def _figures(event: Event, now: datetime) -> Guard | None:
    if event.source not in _LIVE:
        return Guard.NOT_LIVE
    return Guard.STALE if now - event.received_at > _FRESH else None


def _denied(case: Case, book: Book) -> Block | None:
    for past in reversed(book.of(case.key)):
        if past.state is IntentState.DENIED and past.ended_at is not None and _covers(past, case):
            until = past.ended_at + timedelta(seconds=case.plan.cooldown_s)
            if case.now < until:
                return Block(Guard.DENIED, until, past.detail)
    return None


def _cooling(case: Case, book: Book) -> Block | None:
    # All traders wait for the last of them: else each would be told to be blocked.
    past = book.of_account(case.key) if case.key.trader == ALL_TRADERS else book.of(case.key)
    done = list(_done(past, case.plan))
    if not done:
        return None
    last = max(done, key=lambda past: (past.ended_at or past.planned_at, past.intent_id))
    until = (last.ended_at or last.planned_at) + timedelta(seconds=case.plan.cooldown_s)
    return Block(Guard.COOLDOWN, until, str(last.state)) if case.now < until else None


def _daily(case: Case, book: Book) -> Block | None:
    plan, since = case.plan, case.now - _DAY
    of_all = [past for past in book.all() if past.action == plan.action and not _is_split(past)]
    for guard, most, past in (
        (Guard.MAX_PER_DAY, plan.max_per_day, book.of(case.key)),
        (Guard.MAX_PER_DAY_TOTAL, plan.max_per_day_total, of_all),
    ):
        times = sorted(one.planned_at for one in _done(past, plan) if one.planned_at > since)
        if len(times) >= most:
            return Block(guard, times[-most] + _DAY, str(most))
    return None


def _too_many_at_once(case: Case, book: Book) -> Block | None:
    traders = {
        past.trader
        for past in book.open()
        if (past.action, past.account) == case.key[:2] and past.trader != ALL_TRADERS
    }
    return None if len(traders) < case.plan.max_traders else too_many(case.plan)


def too_many(plan: Plan) -> Block:
    """More traders are concerned than the action may concern at once."""
    return Block(Guard.MAX_TRADERS, None, str(plan.max_traders))


def _done(intents: Collection[Intent], plan: Plan) -> Iterator[Intent]:
    """What was carried out, or may have been, or is on its way."""
    return (
        past
        for past in intents
        if _counts_for(plan, past) and (past.requests > 0 or past.state not in _STOPPED_SHORT)
    )


def _counts_for(plan: Plan, past: Intent) -> bool:
    return plan.mode is Mode.DRY_RUN or past.mode is not Mode.DRY_RUN


def _is_split(past: Intent) -> bool:
    """Its parts are counted."""
    return past.state is IntentState.SPLIT


def _covers(past: Intent, case: Case) -> bool:
    return past.severity.rank >= case.severity.rank
