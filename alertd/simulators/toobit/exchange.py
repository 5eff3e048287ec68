"""The exchange's state and its doors: who leads, who copies, prices, and what follows from them.

No sockets here. `clock` gives wall time in Unix seconds; intervals of limits go by `now_s`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from typing import Any

from alertd.simulators.toobit.limits import Limits, Meter
from alertd.simulators.toobit.market import Market
from alertd.simulators.toobit.numbers import Number, decimal, text
from alertd.simulators.toobit.people import (
    CROSS,
    ISOLATED,
    ZERO,
    Account,
    Leader,
    Position,
    Relation,
    Standing,
    follow_config,
    leader_config,
)
from alertd.simulators.toobit.relations import Relations

_CHANGEABLE = ("can_trade", "is_whitelisted", "is_expired", "kind", "account_type", "reads_futures")
_STEP = Decimal("0.00000001")  # of a copied size


class Exchange(Relations):
    """Everything but the sockets."""

    def __init__(
        self, market: Market, limits: Limits, clock: Callable[[], float], now_s: Callable[[], float]
    ) -> None:
        super().__init__()
        self.market = market
        self.limits = limits
        self.clock = clock
        self.now_s = now_s
        self.accounts: dict[str, Account] = {}
        self.meters: dict[str, Meter] = {}
        self.calls: list[str] = []  # method and path of each, as they came

    def now_ms(self) -> int:
        return int(self.clock() * 1000) + self.clock_shift_ms

    def meter(self, address: str) -> Meter:
        return self.meters.setdefault(address, Meter(self.limits))

    def ban(self, for_s: float | None = None) -> None:
        """Bans every address that asked so far."""
        for address in list(self.meters) or ["127.0.0.1"]:
            self.meter(address).ban(self.now_s(), None if for_s is None else float(for_s))

    def pardon(self) -> None:
        """Ends bans."""
        for meter in self.meters.values():
            meter.pardon()

    def add_account(self, account: Account | None = None) -> Account:
        """Raises: ValueError if the name, the key or the user id is taken."""
        added = account or Account()
        taken = [{one.name, one.api_key, one.user_id} for one in self.accounts.values()]
        if any({added.name, added.api_key, added.user_id} & one for one in taken):
            raise ValueError(f"account {added.name!r}, its key or its user id is there already")
        self.accounts[added.name] = added
        return added

    def account(self, name: str | None = None) -> Account:
        """The named account, or the only one. Raises: ValueError."""
        if name is None and len(self.accounts) == 1:
            return next(iter(self.accounts.values()))
        if name is None or name not in self.accounts:
            raise ValueError(f"which account? known: {', '.join(self.accounts) or 'none'}")
        return self.accounts[name]

    def change_account(self, account: str | None = None, **settings: Any) -> None:
        """Everything of `Account` but its names and secrets. Raises: ValueError."""
        owner = self.account(account)
        for name, value in settings.items():
            if name not in _CHANGEABLE:
                raise ValueError(f"{name!r} cannot be changed")
            setattr(owner, name, value)

    def lead(self, user_id: str, nickname: str) -> Leader:
        """Makes somebody a leader, of every pair."""
        leader = Leader(user_id, nickname, leader_config(list(self.market.contracts)))
        self.leaders[user_id] = leader
        self.happened.append(f"leads {nickname}")
        return leader

    def leader(self, who: str) -> Leader:
        """By id, nickname or account. Raises: ValueError."""
        account = self.accounts.get(who)
        for leader in self.leaders.values():
            if who in (leader.user_id, leader.nickname) or (account and account.user_id == leader.user_id):
                return leader
        raise ValueError(f"there is no leader {who!r}")

    def stop_leading(self, who: str) -> None:
        """The leader is active no more; what is open stays."""
        self.leader(who).is_active = False
        self.happened.append(f"leads no more {who}")

    def join(self, leader: str, follower_id: str, amount: Number = 500) -> Relation:
        """Somebody begins to copy. Raises: ValueError if he does already, or the leader does not lead."""
        led = self.leader(leader)
        if self.relation(led.user_id, follower_id) is not None:
            raise ValueError(f"{follower_id} copies {leader} already")
        money = decimal(amount)
        relation = Relation(
            led.user_id, follower_id, self.now_ms(), money, follow_config(led.user_id, money), principal=money
        )
        self.relations.append(relation)
        led.joined += 1
        self.happened.append(f"joined {led.nickname} {follower_id}")
        return relation

    def leave(self, leader: str, follower_id: str, *, closes: bool = True) -> None:
        """Somebody copies no more; `closes`: his copies first. Raises: ValueError."""
        led = self.leader(leader)
        relation = self.relation(led.user_id, follower_id)
        if relation is None:
            raise ValueError(f"{follower_id} does not copy {leader}")
        for position in list(relation.positions) if closes else []:
            self._close_copy(relation, position, position.quantity)
        self.end(relation)

    def open_position(
        self,
        leader: str,
        symbol: str,
        side: str = "long",
        *,
        size: Number = "0.1",
        leverage: Number = 10,
        margin: str = "cross",
    ) -> Position:
        """A leader opens, or adds to what he has; who follows copies it. Raises: ValueError."""
        led = self.leader(leader)
        self.market.contract(symbol)
        if side not in ("long", "short") or margin not in ("cross", "isolated"):
            raise ValueError("side is long or short, margin is cross or isolated")
        held = led.find(symbol, side == "long")
        mode = ISOLATED if margin == "isolated" else CROSS
        quantity, lever = decimal(size), decimal(leverage)
        if quantity <= 0 or lever <= 0:
            raise ValueError("size and leverage are above 0")
        price = self.market.marks[symbol]
        if held is None:
            held = self._opened(symbol, side == "long", mode, lever, quantity, price)
            led.positions.append(held)
        else:
            held.grow(quantity, price)
        self.happened.append(f"opened {symbol} {side} {led.nickname}")
        for relation in self.followers_of(led.user_id):
            self._copy(relation, held)
        return held

    def close_position(self, leader: str, symbol: str, side: str = "long", *, share: Number = 1) -> Position:
        """A leader closes all or a `share` of it, and so do the copies. Raises: ValueError."""
        led = self.leader(leader)
        held = led.find(symbol, side == "long")
        part = decimal(share)
        if held is None or not 0 < part <= 1:
            raise ValueError(f"{leader} has no {side} in {symbol}, or share is not between 0 and 1")
        copies = list(self.copies_of(led.user_id, held))
        led.balance += held.close(held.quantity * part, self.market.marks[symbol], self.now_ms())
        self.happened.append(f"closed {symbol} {side} {led.nickname}")
        if not held.quantity:
            led.positions.remove(held)
            led.closed.append(held)
        for relation, copy in copies:
            self._close_copy(relation, copy, copy.quantity * part)
        return held

    def set_leverage(self, leader: str, symbol: str, leverage: Number) -> None:
        """Of what a leader holds in it, and of what he opens next. Raises: ValueError."""
        led, lever = self.leader(leader), decimal(leverage)
        self.market.contract(symbol)
        led.leverages[symbol] = lever
        for position in led.positions:
            if position.symbol == symbol:
                position.leverage = lever

    def set_price(self, symbol: str, price: Number, last: Number | None = None) -> None:
        """Moves a mark; who cannot bear it is liquidated. Raises: ValueError."""
        self.market.set_price(symbol, price, last)
        for relation in self.relations:
            for position in list(relation.positions):
                self._liquidate(relation, position)

    def transfer(self, leader: str, follower_id: str, amount: Number) -> None:
        """A follower pays in (below 0: out). Raises: ValueError."""
        relation = self.relation(self.leader(leader).user_id, follower_id)
        if relation is None:
            raise ValueError(f"{follower_id} does not copy {leader}")
        relation.balance += decimal(amount)
        self.happened.append(f"transfer {follower_id} {amount}")

    def settle(self, leader: str, day: str = "2026-11-16") -> None:
        """Pays out what was withheld from followers' profits; `day`: YYYY-MM-DD. Raises: ValueError."""
        led = self.leader(leader)
        total = ZERO
        for relation in self.followers_of(led.user_id):
            total += relation.holding
            relation.settled += relation.holding
            relation.holding = ZERO
        year, week = int(day[:4]), len(led.sharings) + 1
        share = (
            total * decimal(led.config["recommendShareRate"] or 0) if led.config["recommendShare"] else ZERO
        )
        led.sharings.insert(
            0,
            {
                "totalProfitSharing": text(total),
                "weekOfYear": week,
                "year": year,
                "sharingDate": day,
                "recommendUserShare": text(share),
                "realProfitShare": text(total - share),
            },
        )

    def _opened(
        self, symbol: str, is_long: bool, mode: int, lever: Decimal, quantity: Decimal, price: Decimal
    ) -> Position:
        return Position(symbol, is_long, mode, lever, self.now_ms(), quantity, price, most_quantity=quantity)

    def _copy(self, relation: Relation, led: Position) -> None:
        """With the same leverage and mode, and with a fixed amount of margin, as far as there is money."""
        wanted = relation.config["followSymbolIds"]
        if relation.standing is not Standing.FOLLOWING:
            return
        if wanted != "all" and led.symbol not in wanted.split(","):
            return
        margin = min(decimal(relation.config["singlePlaceAmount"]), relation.available(self.market))
        if margin <= 0:
            self.happened.append(f"not copied {led.symbol} {relation.follower_id}")
            return
        price = self.market.marks[led.symbol]
        quantity = (margin * led.leverage / price).quantize(_STEP, ROUND_DOWN)
        held = next((one for one in relation.positions if one.key == led.key), None)
        if held is None:
            held = self._opened(led.symbol, led.is_long, led.position_type, led.leverage, quantity, price)
            relation.positions.append(held)
        else:
            held.grow(quantity, price)
        self.happened.append(f"copied {led.symbol} {relation.follower_id}")

    def _close_copy(self, relation: Relation, position: Position, quantity: Decimal) -> None:
        realised = position.close(quantity, self.market.marks[position.symbol], self.now_ms())
        share = max(realised, ZERO) * decimal(self.leaders[relation.leader_id].config["profitRate"])
        relation.balance += realised - share
        relation.realised += realised
        relation.holding += share
        if not position.quantity:
            relation.positions.remove(position)
            relation.closed.append(position)

    def _liquidate(self, relation: Relation, position: Position) -> None:
        price = relation.liquidation_price(position, self.market)
        mark = self.market.marks[position.symbol]
        if price is not None and (mark <= price if position.is_long else mark >= price):
            self._close_copy(relation, position, position.quantity)
            self.happened.append(f"liquidated {position.symbol} {relation.follower_id}")
