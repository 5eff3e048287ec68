"""An account: who it is, what it holds, and what a fill, a close or a liquidation does to it. Pure: times are
given.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from alertd.simulators.okx.bills import Bill
from alertd.simulators.okx.history import Record, recorded
from alertd.simulators.okx.margin import ZERO, Position, footing
from alertd.simulators.okx.market import Contract, Instrument, Market
from alertd.simulators.okx.numbers import Number, decimal
from alertd.simulators.okx.valuation import FUTURES_MODE, Valuation, value

_MOST_BILLS = 2_000
_LONG_SHORT = "long_short_mode"


CONTRACT, SMART_SYNC, SPOT = "contract", "smart_sync", "spot"


@dataclass(frozen=True, slots=True)
class LeadTrader:
    """Somebody this account copies. `kind`: contract, or smart_sync and spot, which the API does not stop."""

    unique_code: str = "25CD5A80241D6FE6"
    nick_name: str = "Trader9527"
    copy_total_amt: str = "500"
    lead_mode: str = "public"
    began_ms: int = 1701224821936
    kind: str = CONTRACT


@dataclass(slots=True)
class Account:
    """`acct_lv`: 1 spot, 2 futures, 3 multi-currency, 4 portfolio. `role_type`: 0 none, 1 lead, 2 copy.

    `followers`: how many copy it, if it leads. `copied_from`: which position (`pos_id`) was opened in copying
    whom (`unique_code`).
    `former_lead_traders` are no longer copied. `region`: whose site knows the key. `frozen`: the code that
    what changes something is refused with (50009, 50017 to 50023), "" is not frozen.
    The credentials are dummies; they open nothing but this simulator.
    """

    name: str = "main"
    api_key: str = "0d6d7c54-51a0-4a1e-8f0e-5f1f3c5e7a01"
    api_secret: str = "22582BD0CFF14C41EDBF1AB98506286D"  # noqa: S105 (the guide's dummy)
    passphrase: str = "loopback-Only-1"  # noqa: S105
    uid: str = "525627088439549953"
    acct_lv: str = FUTURES_MODE
    pos_mode: str = "net_mode"
    role_type: str = "0"
    perm: str = "read_only"
    ip: str = ""
    liquidation_gear: str = "-1"
    environment: str = "production"
    region: str = "global"
    frozen: str = ""
    unique_code: str = "5506D3681454A304"
    followers: int = 1
    smart_sync_equity: Decimal = ZERO
    lead_traders: Sequence[LeadTrader] = ()
    former_lead_traders: Sequence[LeadTrader] = ()
    copied_from: dict[str, str] = field(default_factory=dict)
    cash: dict[str, Decimal] = field(default_factory=lambda: {"USDT": Decimal(10_000)})
    cash_updated_ms: dict[str, int] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    closed: list[Position] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)
    bills: list[Bill] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _bill_numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def takes(self, address: str) -> bool:
        """Whether the key may be used from there: `ip` lists addresses, comma-joined; empty is anywhere."""
        return not self.ip or address in self.ip.split(",")

    def value(self, market: Market) -> Valuation:
        return value(self.acct_lv, self.cash, self.positions.values(), market)

    def note_bill(
        self,
        event: str,
        currency: str,
        change: Decimal,
        now_ms: int,
        position: Position | None = None,
        *,
        whole: bool = True,
    ) -> None:
        """A line of `account/bills`. The oldest are forgotten: it shows seven days."""
        number = 623_950_854_533_513_219 + next(self._bill_numbers)
        self.bills.append(Bill(number, now_ms, event, currency, change, position, whole))
        del self.bills[:-_MOST_BILLS]

    def set_cash(self, currency: str, amount: Decimal, now_ms: int) -> None:
        self.cash[currency] = amount
        self.cash_updated_ms[currency] = now_ms

    def open(self, fill: Fill, now_ms: int) -> Position:
        """A fill at `fill.price`: a new position, or more of the one there is.

        Raises: ValueError if it runs against an open position, or the isolated margin is not there.
        """
        added = self._position(fill, now_ms)
        if added.is_isolated:
            self._pay(added.currency, -added.margin, now_ms)
        held = self._same(added)
        kept = added if held is None else _joined(held, added)
        self.positions[kept.pos_id] = kept
        return kept

    def reduce(
        self, pos_id: str, share: Decimal, price: Decimal, now_ms: int, event: str = "filled"
    ) -> Position:
        """Closes `share` (0 to 1) of a position at `price` and books its profit; returns what is left, size 0
        at 1. `event`: filled, liquidation, adl.
        """
        held = self.position(pos_id)
        if not 0 < share <= 1:
            raise ValueError(f"a share lies above 0 and at most at 1, not {share}")
        gone = held.part(share)
        profit = footing(gone).profit(price)
        self._pay(held.currency, gone.margin + profit, now_ms, may_overdraw=True)
        left = replace(held.part(1 - share), realised=held.realised + profit)
        return self._keep(held, left, price, event, now_ms)

    def liquidate(self, pos_id: str, price: Decimal, now_ms: int) -> Position:
        """Closes a position at its liquidation: all of the isolated margin is gone; of cross equity the loss
        and the need.
        """
        held = self.position(pos_id)
        own = footing(held)
        profit = own.profit(price)
        if held.is_isolated:
            lost = -held.margin
        else:
            lost = max(profit - own.maintenance(price) - own.fee(price), -self.cash.get(held.currency, ZERO))
            self._pay(held.currency, lost, now_ms)
        ended = replace(held.part(ZERO), realised=held.realised + lost, penalty=min(lost - profit, ZERO))
        return self._keep(held, ended, price, "liquidation", now_ms)

    def adjust_margin(self, pos_id: str, amount: Decimal, now_ms: int) -> Position:
        """Moves `amount` (below 0: takes out) between the balance and an isolated position."""
        held = self.position(pos_id)
        if not held.is_isolated or held.margin + amount <= 0:
            raise ValueError("only an isolated position has margin of its own, and keeps some of it")
        self._pay(held.currency, -amount, now_ms)
        changed = replace(held, margin=held.margin + amount, updated_ms=now_ms)
        self.positions[pos_id] = changed
        return changed

    def stop_copying(self, unique_code: str) -> list[Position]:
        """Ends the relation; returns the open positions it leaves. Raises: ValueError for a stranger."""
        if not (ended := [one for one in self.lead_traders if one.unique_code == unique_code]):
            raise ValueError(f"account {self.name} copies nobody with the code {unique_code!r}")
        self.lead_traders = [one for one in self.lead_traders if one not in ended]
        self.former_lead_traders = [*self.former_lead_traders, *ended]
        return [one for one in self.positions.values() if self.copied_from.get(one.pos_id) == unique_code]

    def position(self, pos_id: str) -> Position:
        """Raises: ValueError for an unknown one."""
        if pos_id not in self.positions:
            raise ValueError(f"account {self.name} has no open position {pos_id!r}")
        return self.positions[pos_id]

    def find(self, inst_id: str) -> Position:
        """The open position in an instrument, the newest of several. Raises: ValueError."""
        found = [one for one in self.positions.values() if one.instrument.inst_id == inst_id]
        if not found:
            raise ValueError(f"account {self.name} has no open position in {inst_id!r}")
        return found[-1]

    def _position(self, fill: Fill, now_ms: int) -> Position:
        number = next(self._numbers)
        loan = fill.instrument.contract is Contract.LOAN
        borrowed = (fill.size * fill.price if fill.sign > 0 else fill.size) if loan else ZERO
        position = Position(
            instrument=fill.instrument,
            pos_id=str(int(self.uid[-12:]) * 1000 + number),
            pos_side=self._pos_side(fill),
            mgn_mode=fill.mgn_mode,
            sign=fill.sign,
            size=fill.size,
            avg_px=fill.price,
            lever=fill.lever,
            margin=ZERO,
            created_ms=now_ms,
            updated_ms=now_ms,
            trade_id=str(100_000 + number),
            borrowed=borrowed,
        )
        if not position.is_isolated:
            return position
        return replace(position, margin=footing(position).notional(fill.price) / fill.lever)

    def _pos_side(self, fill: Fill) -> str:
        if self.pos_mode == _LONG_SHORT and fill.instrument.contract is not Contract.LOAN:
            return "long" if fill.sign > 0 else "short"
        return "net"

    def _same(self, added: Position) -> Position | None:
        for held in self.positions.values():
            same = (held.instrument, held.mgn_mode, held.pos_side)
            if same == (added.instrument, added.mgn_mode, added.pos_side):
                if held.sign != added.sign:
                    raise ValueError("net mode holds one direction per instrument: close the other one first")
                return held
        return None

    def _pay(self, currency: str, amount: Decimal, now_ms: int, *, may_overdraw: bool = False) -> None:
        after = self.cash.get(currency, ZERO) + amount
        if after < 0 and not may_overdraw:
            raise ValueError(
                f"account {self.name} has {self.cash.get(currency, ZERO)} {currency}, needs {-amount}"
            )
        self.set_cash(currency, after, now_ms)

    def _keep(self, held: Position, position: Position, price: Decimal, event: str, now_ms: int) -> Position:
        changed = replace(position, updated_ms=now_ms, trade_id=str(100_000 + next(self._numbers)))
        if changed.size > 0:
            self.positions[changed.pos_id] = changed
        else:
            del self.positions[changed.pos_id]
            self.closed.append(changed)
        change = changed.realised - held.realised
        self.note_bill(event, held.currency, change, now_ms, held, whole=not changed.size)
        self.records[changed.pos_id] = recorded(self.records.get(changed.pos_id), held, changed, price, event)
        return changed


@dataclass(frozen=True, slots=True)
class Fill:
    """An order that was filled. `size` in contracts, in coins for margin trading; `sign` 1 long, -1 short."""

    instrument: Instrument
    sign: int
    size: Decimal
    price: Decimal
    lever: Decimal
    mgn_mode: str


def fill(
    instrument: Instrument, side: str, size: Number, price: Number, lever: Number, mgn_mode: str
) -> Fill:
    """Raises: ValueError for a side, mode or number that is none."""
    if side not in ("long", "short"):
        raise ValueError(f"side is long or short, not {side!r}")
    if mgn_mode not in ("isolated", "cross"):
        raise ValueError(f"margin mode is isolated or cross, not {mgn_mode!r}")
    numbers = decimal(size), decimal(price), decimal(lever)
    if min(numbers) <= 0:
        raise ValueError("size, price and leverage are above 0")
    return Fill(instrument, 1 if side == "long" else -1, *numbers, mgn_mode)


def _joined(held: Position, added: Position) -> Position:
    size = held.size + added.size
    avg_px = _average(held, added)
    return replace(
        held,
        size=size,
        avg_px=avg_px,
        lever=added.lever,
        margin=held.margin + added.margin,
        borrowed=held.borrowed + added.borrowed,
        updated_ms=added.created_ms,
        trade_id=added.trade_id,
    )


def _average(held: Position, added: Position) -> Decimal:
    """By value: of an inverse contract the coins add up, so the average is the harmonic one."""
    size = held.size + added.size
    if held.instrument.contract is Contract.INVERSE:
        return size / (held.size / held.avg_px + added.size / added.avg_px)
    return (held.size * held.avg_px + added.size * added.avg_px) / size
