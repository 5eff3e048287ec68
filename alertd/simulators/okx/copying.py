"""Copy relations as they are: copied, being ended, ended; and what becomes of their positions then.

A stop is taken at once and carried out `Limits.stopping_s` later; a market close of what it leaves takes
`Limits.closing_s` more. How long that takes at OKX, and which page shows it first, is not documented.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from alertd.simulators.okx.accounts import SMART_SYNC, SPOT, Account, LeadTrader
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.refusals import Refusal

MARKET_CLOSE, COPY_CLOSE, MANUAL_CLOSE = "market_close", "copy_close", "manual_close"
CLOSE_TYPES = (MARKET_CLOSE, COPY_CLOSE, MANUAL_CLOSE)
_KIND_CODES = {SMART_SYNC: "59292", SPOT: "59264"}
_LEADS, _FUTURES = "1", "2"

_Key = tuple[str, str]  # account and unique code


@dataclass(slots=True)
class Ending:
    """A stop that was taken. `is_over`: nothing is copied any more, though positions may be open."""

    owner: Account
    trader: LeadTrader
    closing: str
    over_at_s: float
    is_over: bool = False
    closes_at_s: float | None = None  # the market close, while it is to come


class Doors(Protocol):
    """What ending a relation does to an exchange."""

    accounts: dict[str, Account]

    def now_s(self) -> float: ...

    def leader(self, unique_code: str) -> Account | None: ...

    def leave(self, owner: Account, unique_code: str) -> None: ...

    def close_held(self, owner: Account, pos_id: str) -> None: ...


class CopyRelations:
    """Of all accounts. `stops` counts, by account and unique code, what really ended a relation; `asked`
    every request that reached it, refused or not.
    """

    def __init__(self, limits: Limits, doors: Doors) -> None:
        self.limits = limits
        self._doors = doors
        self._endings: dict[_Key, Ending] = {}
        self.stops: Counter[_Key] = Counter()
        self.asked: Counter[_Key] = Counter()

    def ask_to_stop(self, owner: Account, code: str, closing: str) -> None:
        """Raises: Refusal."""
        key = owner.name, code
        self.asked[key] += 1
        trader = self._copied(owner, code)
        if trader.kind in _KIND_CODES:
            raise Refusal(_KIND_CODES[trader.kind])
        if key in self._endings and not self._endings[key].is_over:
            raise Refusal("59278")
        self.stops[key] += 1
        self._endings[key] = Ending(owner, trader, closing, self._doors.now_s() + self.limits.stopping_s)
        self.carry_on()

    def carry_on(self) -> None:
        """What is due by now."""
        for ending in list(self._endings.values()):
            if not ending.is_over and self._doors.now_s() >= ending.over_at_s:
                self._end(ending)
            if ending.closes_at_s is not None and self._doors.now_s() >= ending.closes_at_s:
                ending.closes_at_s = None
                for pos_id in open_of(ending.owner, ending.trader.unique_code):
                    self._doors.close_held(ending.owner, pos_id)

    def has_ended(self, owner: Account, code: str) -> None:
        """It ended by another hand: nothing more is carried out."""
        ending = self._endings.pop((owner.name, code), None)
        if ending is not None:
            ending.is_over, ending.closes_at_s = True, None

    def state_of(self, owner: Account, code: str) -> str:
        """`copying`, `stopping`, `closing` (ended, and its positions are being closed), `stopped`, or ""."""
        ending = self._endings.get((owner.name, code))
        if _find(owner.lead_traders, code) is not None:
            return "stopping" if ending is not None and not ending.is_over else "copying"
        if _find(owner.former_lead_traders, code) is None:
            return ""
        return "closing" if ending is not None and ending.closes_at_s is not None else "stopped"

    def listed(self, owner: Account) -> list[LeadTrader]:
        """Whom the list of copied traders names, where it tells the truth."""
        current = [one for one in owner.lead_traders if one.kind != SPOT and not self._has_left(owner, one)]
        return [*current, *self._lingering(owner)]

    def leader_closes(self, code: str, inst_id: str | None = None, sign: int | None = None) -> None:
        """The lead trader closed his positions (in an instrument, of a direction): the copies of them end."""
        for owner in self._doors.accounts.values():
            for pos_id in open_of(owner, code) if self._closes_with_leader(owner, code) else ():
                held = owner.positions[pos_id]
                if inst_id in (None, held.instrument.inst_id) and sign in (None, held.sign):
                    self._doors.close_held(owner, pos_id)

    def _closes_with_leader(self, owner: Account, code: str) -> bool:
        if _find(owner.lead_traders, code) is not None:
            return True
        ending = self._endings.get((owner.name, code))
        return ending is not None and ending.closing == COPY_CLOSE

    def _copied(self, owner: Account, code: str) -> LeadTrader:
        """Raises: Refusal where there is nobody, or nothing, to stop."""
        if owner.role_type == _LEADS:
            raise Refusal("59258")
        if owner.acct_lv != _FUTURES:
            raise Refusal("59283")
        if (trader := _find(owner.lead_traders, code)) is not None:
            return trader
        if not owner.lead_traders and not owner.former_lead_traders:
            raise Refusal("59285" if owner.role_type == "0" else "59273")
        raise Refusal(self._why_not(owner, code))

    def _why_not(self, owner: Account, code: str) -> str:
        if self.state_of(owner, code) == "closing":
            return "59218"
        return "59267" if self._doors.leader(code) is not None else "59269"

    def _end(self, ending: Ending) -> None:
        ending.is_over = True
        self._doors.leave(ending.owner, ending.trader.unique_code)
        if ending.closing == MARKET_CLOSE:
            ending.closes_at_s = self._doors.now_s() + self.limits.closing_s
        elif ending.closing == MANUAL_CLOSE and not self.limits.names_manual_positions:
            for pos_id in open_of(ending.owner, ending.trader.unique_code):
                del ending.owner.copied_from[pos_id]

    def _has_left(self, owner: Account, one: LeadTrader) -> bool:
        return self.limits.list_drops_first and self.state_of(owner, one.unique_code) == "stopping"

    def _lingering(self, owner: Account) -> Iterator[LeadTrader]:
        for ending in self._endings.values() if self.limits.lists_until_closed else ():
            code = ending.trader.unique_code
            is_left_open = ending.is_over and ending.closing == COPY_CLOSE and open_of(owner, code)
            if ending.owner is owner and is_left_open and _find(owner.lead_traders, code) is None:
                yield ending.trader


def open_of(owner: Account, code: str) -> list[str]:
    """The open positions (`pos_id`) that were opened in copying that trader."""
    return [pos_id for pos_id in owner.positions if owner.copied_from.get(pos_id) == code]


def _find(traders: Sequence[LeadTrader], code: str) -> LeadTrader | None:
    return next((one for one in traders if one.unique_code == code), None)
