"""An account's own positions and money: the futures pages, as far as a key of copy trading may read them.

Whether it may is not documented; the answer tells.
"""

from __future__ import annotations

from alertd.domain.errors import Disposition
from alertd.exchanges.toobit import futures_decode
from alertd.exchanges.toobit.models import FuturesBalance, FuturesPosition, Rows
from alertd.exchanges.toobit.requests import Request
from alertd.exchanges.toobit.rest import ToobitRest

POSITIONS = "/api/v1/futures/positions"
BALANCE = "/api/v1/futures/balance"
# What asking again at once does not cure: this key may not read the page, or there is none.
LASTING = frozenset({Disposition.CREDENTIALS, Disposition.CONFIG, Disposition.BUG})


class FuturesCalls:
    """Of contracts in USDT. Raises RequestRefused, also where the key may not, and RequestUnavailable."""

    def __init__(self, rest: ToobitRest) -> None:
        self._rest = rest

    async def positions(self) -> Rows[FuturesPosition]:
        """What is open; weight 5."""
        return await self._rest.read(Request("GET", POSITIONS), futures_decode.positions)

    async def balances(self) -> Rows[FuturesBalance]:
        """By currency; weight 5."""
        return await self._rest.read(Request("GET", BALANCE), futures_decode.balances)
