"""The exchange's state and its doors: accounts, prices, positions, warnings, notifications, and how to
misbehave.

No sockets here: sessions are told what to send. Intervals go by the event loop's time, what is signed and
shown by `clock` (Unix seconds); market time runs `speed` times as fast as the loop's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from alertd.simulators.okx import rows
from alertd.simulators.okx.accounts import Account, fill
from alertd.simulators.okx.copying import CopyRelations, open_of
from alertd.simulators.okx.faults import Faults
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.maintenance import Maintenance
from alertd.simulators.okx.margin import Position
from alertd.simulators.okx.market import Market
from alertd.simulators.okx.numbers import Number, decimal
from alertd.simulators.okx.publisher import Publisher
from alertd.simulators.okx.session import Session
from alertd.simulators.okx.valuation import FUTURES_MODE, Valuation
from alertd.simulators.okx.watch import Watch

_CLOSE_SILENT = 4004
_CHANGEABLE = ("perm", "ip", "liquidation_gear", "acct_lv", "role_type", "region", "frozen")
SILENCE_REASON = "No data received in 30s."


class Exchange(Faults):
    """`happened` lists, in order, what was told to subscribers: one line per fill, liquidation, warning,
    notification.
    """

    def __init__(
        self, market: Market, limits: Limits, clock: Callable[[], float], speed: float, environment: str
    ) -> None:
        super().__init__()
        self.market = market
        self.limits = limits
        self.clock = clock
        self.speed = speed
        self.environment = environment
        self.region = "global"
        self.accounts: dict[str, Account] = {}
        self.happened: list[str] = []
        self.maintenance: list[Maintenance] = []
        self.publisher = Publisher(self.sessions, market, limits, self.now_s, self.now_ms)
        self.copying = CopyRelations(limits, self)
        self._watch = Watch(limits)
        self._began_s: float | None = None

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def now_ms(self) -> int:
        return int(self.clock() * 1000)

    def add_account(self, account: Account | None = None) -> Account:
        """Raises: ValueError if the name, the key or the uid is taken."""
        added = account or Account()
        taken = [{one.name, one.api_key, one.uid} for one in self.accounts.values()]
        if any({added.name, added.api_key, added.uid} & one for one in taken):
            raise ValueError(f"account {added.name!r}, its API key or its uid is there already")
        self.accounts[added.name] = added
        return added

    def account(self, name: str | None = None) -> Account:
        """The named account, or the only one. Raises: ValueError."""
        if name is None and len(self.accounts) == 1:
            return next(iter(self.accounts.values()))
        if name is None or name not in self.accounts:
            raise ValueError(f"which account? known: {', '.join(self.accounts) or 'none'}")
        return self.accounts[name]

    def change_account(self, account: str | None = None, **settings: str) -> None:
        """What the owner changes on the exchange's pages: `perm`, `ip`, `liquidation_gear`, `acct_lv`,
        `role_type`; and what the exchange changes: `region`, `frozen`. Raises: ValueError.
        """
        owner = self.account(account)
        for name, value in settings.items():
            if name not in _CHANGEABLE:
                raise ValueError(f"changeable are {', '.join(_CHANGEABLE)}, not {name!r}")
            setattr(owner, name, value)

    def account_by_key(self, api_key: str) -> Account | None:
        return next((one for one in self.accounts.values() if one.api_key == api_key), None)

    def leader(self, unique_code: str) -> Account | None:
        """The account that leads under this code; one that never traded for somebody who is only copied."""
        for one in self.accounts.values():
            if one.role_type == "1" and one.unique_code == unique_code:
                return one
        copied = [
            who for one in self.accounts.values() for who in (*one.lead_traders, *one.former_lead_traders)
        ]
        if unique_code in {who.unique_code for who in copied}:
            return Account(name="elsewhere", role_type="1", unique_code=unique_code)
        return None

    def connections_with(self, session: Session, channel: str) -> int:
        """This account's connections that have the channel, this one included."""
        others = (one for one in self.sessions if one is not session and one.uid == session.uid)
        return 1 + sum(one.has_channel(channel) for one in others)

    def set_price(self, inst_id: str, px: Number) -> None:
        """Moves a mark price at once. That is no event: what follows at once are liquidations and warnings
        only.
        """
        self.market.set_price(inst_id, px)
        self._settle()

    def glide(self, inst_id: str, px: Number, over_s: float) -> None:
        """Moves a mark price in a straight line over `over_s` seconds of market time."""
        self.market.advance(self._elapsed_s())
        self.market.glide(inst_id, px, over_s)

    def open_position(
        self,
        inst_id: str,
        side: str = "long",
        *,
        size: Number = 1,
        lever: Number = 10,
        mgn_mode: str = "isolated",
        px: Number | None = None,
        lead_trader: str | None = None,
        account: str | None = None,
    ) -> Position:
        """A fill at `px` (default: the mark). `size` in contracts, in coins for margin trading.

        `lead_trader`: the unique code of the one who is copied with it. Raises: ValueError.
        """
        owner = self.account(account)
        if lead_trader is not None and lead_trader not in {one.unique_code for one in owner.lead_traders}:
            raise ValueError(f"account {owner.name} copies nobody with the code {lead_trader!r}")
        instrument = self.market.instrument(inst_id)
        price = self.market.mark(inst_id) if px is None else px
        position = owner.open(fill(instrument, side, size, price, lever, mgn_mode), self.now_ms())
        if lead_trader is not None:
            owner.copied_from[position.pos_id] = lead_trader
        self._changed(owner, "filled", [position])
        return position

    def close_position(
        self,
        inst_id: str,
        *,
        share: Number = 1,
        event: str = "filled",
        px: Number | None = None,
        account: str | None = None,
    ) -> Position:
        """Closes all or a `share` (0 to 1) of it; `event` `liquidation` or `adl` says that it was forced."""
        owner = self.account(account)
        price = self.market.mark(inst_id) if px is None else decimal(px)
        held = owner.find(inst_id)
        position = owner.reduce(held.pos_id, decimal(share), price, self.now_ms(), event)
        self._changed(owner, event, [position])
        if owner.role_type == "1" and not position.size:
            self.copying.leader_closes(owner.unique_code, inst_id, held.sign)
        return position

    def stop_copying(self, unique_code: str, *, closes: bool = False, account: str | None = None) -> None:
        """Ends a copy relation at once, by the exchange or the owner's hand; `closes`: also what was opened
        with it, at the mark. Raises: ValueError.
        """
        owner = self.account(account)
        self.copying.has_ended(owner, unique_code)
        self.leave(owner, unique_code)
        for pos_id in open_of(owner, unique_code) if closes else []:
            self.close_held(owner, pos_id)

    def leader_closes(self, unique_code: str, inst_id: str | None = None) -> None:
        """A lead trader closes his positions, all or those in an instrument: so end the copies of them."""
        self.copying.leader_closes(unique_code, inst_id)

    def leave(self, owner: Account, unique_code: str) -> None:
        """Nothing more is copied. Raises: ValueError."""
        owner.stop_copying(unique_code)
        self.happened.append(f"stopped copying {unique_code} {owner.name}")

    def close_held(self, owner: Account, pos_id: str) -> None:
        """Closes a position at the mark, if it is still open: what is closed before may have ended it."""
        if (held := owner.positions.get(pos_id)) is not None:
            mark = self.market.mark(held.instrument.inst_id)
            self._changed(owner, "filled", [owner.reduce(pos_id, decimal(1), mark, self.now_ms())])

    def adjust_margin(self, inst_id: str, amount: Number, *, account: str | None = None) -> Position:
        """Adds isolated margin (below 0: takes out)."""
        owner = self.account(account)
        position = owner.adjust_margin(owner.find(inst_id).pos_id, decimal(amount), self.now_ms())
        self._changed(owner, "adjust_margin", [position])
        return position

    def set_balance(
        self, currency: str, amount: Number, *, event: str = "transferred", account: str | None = None
    ) -> None:
        """`event`: `transferred`, `claw_back`, `funding_fee` ..."""
        owner = self.account(account)
        change = decimal(amount) - owner.cash.get(currency, decimal(0))
        owner.set_cash(currency, decimal(amount), self.now_ms())
        owner.note_bill(event, currency, change, self.now_ms())
        self._changed(owner, event, [], [currency])

    def push_liquidation_warning(
        self, inst_id: str, *, mgn_ratio: Number | None = None, account: str | None = None
    ) -> int:
        """The exchange's own warning, now, whatever the ratio is. Returns how many pushes went out."""
        owner = self.account(account)
        position = owner.find(inst_id)
        self.happened.append(f"liquidation-warning {inst_id} {owner.name}")
        return self.publisher.warn(owner, [position], None if mgn_ratio is None else decimal(mgn_ratio))

    def push_lead_notification(self, info_type: str, *, account: str | None = None, **fields: str) -> int:
        """A lead trade failed: `info_type` 1, 2, 3 (or another); `fields` are shown instead of the usual
        ones.
        """
        owner = self.account(account)
        self.happened.append(f"lead-notification {info_type} {owner.name}")
        return self.publisher.notify_lead(owner, rows.lead_notification_row(owner, info_type, fields))

    def announce_maintenance(self, title: str, begin_ms: int, end_ms: int | None, **more: Any) -> Maintenance:
        """What `system/status` tells; in place of what had this title and service. Raises: ValueError.

        `more`: state, service_type, system, maintenance_type, and follows, is_down, overrun_ms.
        """
        announced = Maintenance(title, begin_ms, end_ms, **more)
        name = announced.title, announced.service_type
        kept = [one for one in self.maintenance if (one.title, one.service_type) != name]
        self.maintenance = [*kept, announced]
        return announced

    @property
    def is_down(self) -> bool:
        """Maintenance goes on in which nothing is served but its announcement."""
        return any(one.is_down_at(self.now_ms()) for one in self.maintenance)

    def push_regular(self) -> None:
        """The regular `account`, `positions` and `tickers` pushes, now."""
        self.publisher.push_regular()

    def tick(self) -> None:
        """Market time passes; what is due is pushed, and connections that were silent too long are closed."""
        if self.market.advance(self._elapsed_s()) or self._watch.has_pending:
            self._settle()
        self.copying.carry_on()
        if self.is_down:
            self.drop()
        for session in list(self.sessions):
            self.publisher.push_due(session)
            self._end_if_due(session)

    def _elapsed_s(self) -> float:
        if self._began_s is None:
            self._began_s = self.now_s()
        return (self.now_s() - self._began_s) * self.speed

    def _end_if_due(self, session: Session) -> None:
        if session.close_at_s is not None and self.now_s() >= session.close_at_s:
            session.close(1001, "Service upgrade")
        is_frozen = session.faults.stalled or session.faults.half_open
        if not is_frozen and self.now_s() - session.active_at_s > self.limits.silence_s:
            session.close(_CLOSE_SILENT, SILENCE_REASON)

    def _changed(
        self, owner: Account, event: str, positions: Sequence[Position], currencies: Sequence[str] = ()
    ) -> None:
        self.happened += [f"{event} {one.instrument.inst_id} {owner.name}" for one in positions]
        touched = currencies or list(dict.fromkeys(one.currency for one in positions))
        self.publisher.tell_change(owner, event, positions, touched)
        self._settle()

    def _settle(self) -> None:
        """What follows from prices: liquidates what is at or below 1, and sends the warnings that are due."""
        for owner in self.accounts.values():
            if ended := _overdrawn(owner, owner.value(self.market)):
                self._liquidate(owner, ended)
                return  # telling of it settled the rest
            if due := self._watch.due(owner, owner.value(self.market), self.now_s()):
                self.happened += [f"liquidation-warning {one.instrument.inst_id} {owner.name}" for one in due]
                self.publisher.warn(owner, due)

    def _liquidate(self, owner: Account, ended: Sequence[Position]) -> None:
        now_ms = self.now_ms()
        marks = [self.market.mark(one.instrument.inst_id) for one in ended]
        closed = [owner.liquidate(one.pos_id, mark, now_ms) for one, mark in zip(ended, marks, strict=True)]
        self._changed(owner, "liquidation", closed)


def _overdrawn(owner: Account, valuation: Valuation) -> list[Position]:
    """The isolated positions at 1 and below; else the cross positions that share such a ratio."""
    bad = [one for one in owner.positions.values() if valuation.positions[one.pos_id].ratio <= 1]
    isolated = [one for one in bad if one.is_isolated]
    return isolated or [
        one for one in bad if owner.acct_lv != FUTURES_MODE or one.currency == bad[0].currency
    ]
