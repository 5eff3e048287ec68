"""Which lists of OKX show what a lead trader does, and the best there are of one.

The public ones show all of it. Of one that leads in private, or where these are refused, there is only what
the account itself holds by copying.
"""

from __future__ import annotations

from typing import NamedTuple

from alertd.domain.errors import Disposition, RequestRefused, RequestUnavailable
from alertd.exchanges.okx.lead_rest import LeadRest
from alertd.exchanges.okx.lead_wire import SubPositionRow
from alertd.exchanges.okx.observed import Answered

PUBLIC, OWN = "public", "own"
_OF_COPYING = "59"  # codes that speak of the trader or the account, not of the moment
# What asking again does not cure: the public lists show nothing of this trader to us.
_LASTING = frozenset({Disposition.CREDENTIALS, Disposition.CONFIG, Disposition.BUG})

Failure = RequestRefused | RequestUnavailable


class Lists(NamedTuple):
    """`view`: PUBLIC or OWN, whose orders go by other names."""

    view: str
    orders: Answered[SubPositionRow]
    records: Answered[SubPositionRow]


class LeadLists:
    """As one account can read them. Its own are the same for all traders: asked once for each look."""

    def __init__(self, rest: LeadRest) -> None:
        self._rest = rest
        self._own: Lists | None = None  # of this look

    def begin(self) -> None:
        """Another look: what was asked before is old."""
        self._own = None

    async def of(self, trader: str, *, is_private: bool) -> tuple[Lists | None, Failure | None]:
        """The best lists there are, and why they are none, or not the public ones of who shows them."""
        failure: RequestRefused | None = None
        if not is_private:
            try:
                orders = await self._rest.public_orders(trader)
                return Lists(PUBLIC, orders, await self._rest.public_records(trader)), None
            except RequestUnavailable as exc:
                return None, exc
            except RequestRefused as exc:
                if exc.wanted not in _LASTING and not exc.code.startswith(_OF_COPYING):
                    return None, exc
                failure = exc
        try:
            self._own = self._own or await self.own()
        except (RequestRefused, RequestUnavailable) as exc:
            return None, failure or exc
        return self._own, failure

    async def own(self) -> Lists:
        """What the account itself holds, asked now. Raises: RequestRefused, RequestUnavailable."""
        orders = await self._rest.own_orders()
        return Lists(OWN, orders, await self._rest.own_records())
