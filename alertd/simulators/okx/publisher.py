"""Who gets which push: snapshots, regular pushes, events, warnings and notifications, each to its
subscribers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from alertd.simulators.okx import frames, market_rows, rows
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.channels import Subscription
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.margin import Position
from alertd.simulators.okx.market import Market
from alertd.simulators.okx.session import Session

_REGULAR = frozenset({"account", "positions", "tickers"})
_NEVER = float("inf")


class Publisher:
    """`now_s` is the event loop's time, `now_ms` the wall time the pushes show."""

    def __init__(
        self,
        sessions: Sequence[Session],
        market: Market,
        limits: Limits,
        now_s: Callable[[], float],
        now_ms: Callable[[], int],
    ) -> None:
        self._sessions = sessions
        self._market = market
        self._limits = limits
        self._now_s = now_s
        self._now_ms = now_ms

    def subscribe(self, session: Session, subscription: Subscription) -> None:
        """From now on it is pushed, with a snapshot first where the channel has one."""
        session.subscriptions[subscription] = self._next_push_s(subscription)
        self._snapshot(session, subscription)

    def push_regular(self) -> None:
        """The regular snapshots, now, to everybody who gets them."""
        for session in self._sessions:
            for subscription in list(session.subscriptions):
                if subscription.channel in _REGULAR:
                    self._snapshot(session, subscription)

    def push_due(self, session: Session) -> None:
        for subscription, due_s in list(session.subscriptions.items()):
            if due_s <= self._now_s():
                session.subscriptions[subscription] = self._next_push_s(subscription)
                self._snapshot(session, subscription)

    def tell_change(
        self, owner: Account, event: str, positions: Sequence[Position], currencies: Sequence[str]
    ) -> None:
        """An event, at once on the three channels that carry events."""
        view = self._view(owner)
        shown = [one for one in positions if one.size > 0 or self._limits.closing_rows]
        for session, subscription in self._subscribers("positions", owner):
            wanted = [one for one in shown if subscription.wants(one.instrument)]
            if data := view.position_rows(self._market, wanted, pushed=True):
                self._push(session, subscription, frames.update(subscription.push_arg(owner.uid), data))
        for session, subscription in self._subscribers("account", owner):
            if details := view.detail_rows(_wanted(currencies, subscription)):
                row = view.account_row(details)
                self._push(session, subscription, frames.update(subscription.push_arg(owner.uid), [row]))
        row = rows.balance_and_position_row(owner, event, currencies, positions, self._now_ms())
        for session, subscription in self._subscribers("balance_and_position", owner):
            self._push(session, subscription, frames.push(subscription.push_arg(owner.uid), [row]))

    def warn(self, owner: Account, positions: Sequence[Position], ratio: Decimal | None = None) -> int:
        """The exchange's warning; `ratio` is shown instead of the true one. Returns the number of pushes.

        `arg.instType` is the concrete one, so rows of two types are two pushes.
        """
        figures = owner.value(self._market).positions
        sent = 0
        for session, subscription in self._subscribers("liquidation-warning", owner):
            wanted = [one for one in positions if subscription.wants(one.instrument)]
            for inst_type, group in itertools.groupby(wanted, lambda one: one.instrument.inst_type):
                data = [
                    rows.warning_row(
                        one, figures[one.pos_id], ratio or figures[one.pos_id].ratio, self._now_ms()
                    )
                    for one in group
                ]
                arg = {
                    "channel": subscription.channel,
                    "uid": owner.uid,
                    **subscription.push_arg(owner.uid, inst_type),
                }
                self._push(session, subscription, frames.push(arg, data))
                sent += 1
        return sent

    def notify_lead(self, owner: Account, row: rows.Row) -> int:
        """Returns the number of pushes."""
        sent = 0
        for session, subscription in self._subscribers("copytrading-lead-notification", owner):
            if subscription.inst_id in (None, row["instId"]):
                self._push(session, subscription, frames.push(subscription.push_arg(owner.uid), [row]))
                sent += 1
        return sent

    def _snapshot(self, session: Session, subscription: Subscription) -> None:
        if subscription.channel == "tickers":
            row = market_rows.ticker_row(self._market, str(subscription.inst_id), self._now_ms())
            self._push(session, subscription, frames.push(subscription.push_arg(None), [row]))
        owner = session.account
        if owner is None:
            return
        if subscription.channel == "balance_and_position":
            held = owner.positions.values()
            row = rows.balance_and_position_row(owner, "snapshot", owner.cash, held, self._now_ms())
            self._push(session, subscription, frames.push(subscription.push_arg(owner.uid), [row]))
        if subscription.channel == "positions":
            self._push_pages(session, subscription, owner, self._position_pages(owner, subscription))
        if subscription.channel == "account":
            self._push_pages(session, subscription, owner, self._account_pages(owner, subscription))

    def _position_pages(self, owner: Account, subscription: Subscription) -> list[Sequence[rows.Row]]:
        held = [one for one in owner.positions.values() if subscription.wants(one.instrument)]
        return frames.pages(
            self._view(owner).position_rows(self._market, held, pushed=True), self._limits.page_rows
        )

    def _account_pages(self, owner: Account, subscription: Subscription) -> list[Sequence[rows.Row]]:
        view = self._view(owner)
        named = None if subscription.currency is None else [subscription.currency]
        return [
            [view.account_row(page)] for page in frames.pages(view.detail_rows(named), self._limits.page_rows)
        ]

    def _push_pages(
        self,
        session: Session,
        subscription: Subscription,
        owner: Account,
        pages: Sequence[Sequence[rows.Row]],
    ) -> None:
        arg = subscription.push_arg(owner.uid)
        for number, page in enumerate(pages, start=1):
            self._push(
                session, subscription, frames.snapshot(arg, number, page, is_last=number == len(pages))
            )

    def _push(self, session: Session, subscription: Subscription, frame: str) -> None:
        session.push(subscription.channel, frame, self._now_s())
        if self._limits.pushes_keep_alive:
            session.active_at_s = self._now_s()

    def _subscribers(self, channel: str, owner: Account) -> Iterable[tuple[Session, Subscription]]:
        for session in self._sessions:
            if session.account is owner:
                yield from ((session, one) for one in list(session.subscriptions) if one.channel == channel)

    def _view(self, owner: Account) -> rows.AccountView:
        return rows.AccountView(owner, owner.value(self._market), self._now_ms())

    def _next_push_s(self, subscription: Subscription) -> float:
        if subscription.channel not in _REGULAR or subscription.push_every_s == 0:
            return _NEVER
        asked_s = subscription.push_every_s or self._limits.regular_push_s
        return self._now_s() + min(asked_s, self._limits.regular_push_s)


def _wanted(currencies: Sequence[str], subscription: Subscription) -> list[str]:
    return [one for one in currencies if subscription.currency in (None, one)]
