"""When the exchange sends its own liquidation warning: throttled, for what stands at or below the warning
ratio. Pure.

Isolated positions are judged one by one, cross positions together. One warning a period; none with
liquidationGear 0.
"""

from __future__ import annotations

from collections.abc import Iterable

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.margin import Position
from alertd.simulators.okx.valuation import FUTURES_MODE, Valuation

_Key = tuple[str, str]


class Watch:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._low_since_s: dict[_Key, float] = {}
        self._warned_at_s: dict[_Key, float] = {}

    @property
    def has_pending(self) -> bool:
        """Something is low, so time alone can make a warning due."""
        return bool(self._low_since_s)

    def due(self, account: Account, valuation: Valuation, now_s: float) -> list[Position]:
        """The positions to warn of now; asking counts as warned."""
        groups = _groups(account) if account.liquidation_gear != "0" else {}
        low = {key: group for key, group in groups.items() if self._is_low(group, valuation)}
        for key in [one for one in self._low_since_s if one[0] == account.name and one not in low]:
            del self._low_since_s[key]
        return [one for key, group in low.items() if self._take(key, now_s) for one in group]

    def _is_low(self, group: Iterable[Position], valuation: Valuation) -> bool:
        return any(valuation.positions[one.pos_id].ratio <= self._limits.warning_ratio for one in group)

    def _take(self, key: _Key, now_s: float) -> bool:
        if now_s - self._low_since_s.setdefault(key, now_s) < self._limits.warning_delay_s:
            return False
        if now_s - self._warned_at_s.get(key, float("-inf")) < self._limits.warning_period_s:
            return False
        self._warned_at_s[key] = now_s
        return True


def _groups(account: Account) -> dict[_Key, list[Position]]:
    groups: dict[_Key, list[Position]] = {}
    for one in account.positions.values():
        pool = one.currency if account.acct_lv == FUTURES_MODE else "all"
        groups.setdefault((account.name, one.pos_id if one.is_isolated else pool), []).append(one)
    return groups
