"""A Toobit leader's own positions: asked and delivered where the account's key may read them, else unseen.

Whether a key of copy trading may read the futures pages is not documented. So it is asked at the start and
again after hours; a refusal then is no fault of anybody: the margin is not seen, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import structlog

from alertd.clock import Clock
from alertd.domain.coverage import BlindSpot, Unseen
from alertd.domain.errors import Disposition, RequestRefused, RequestUnavailable
from alertd.domain.events import Event, PositionScope
from alertd.exchanges.toobit.budget import LOOKS_PER_BALANCE
from alertd.exchanges.toobit.closings import liquidated
from alertd.exchanges.toobit.futures import LASTING, FuturesCalls
from alertd.exchanges.toobit.held import Held, Polled, snapshot
from alertd.exchanges.toobit.leader import LeaderCalls
from alertd.exchanges.toobit.models import FuturesPosition
from alertd.exchanges.toobit.own_positions import OwnBook, equity_of
from alertd.following import FollowingDoors, unread
from alertd.sources.polling import Unasked

log = structlog.get_logger(__name__)

PROBED_EVERY_S = 6 * 3600.0
_CURRENCY = "USDT"


class OwnMargin:
    """Of one account. `leads`: whether it does; None until that is known."""

    def __init__(
        self,
        account: str,
        calls: FuturesCalls,
        records: LeaderCalls,
        doors: FollowingDoors,
        clock: Clock,
        leads: Callable[[], bool | None],
    ) -> None:
        self.book = OwnBook()
        self.equity: Decimal | None = None  # as last told; None: not told
        self._account = account
        self._calls = calls
        self._records = records
        self._doors = doors
        self._clock = clock
        self._leads = leads
        self._refused: str | None = None
        self._asked_at_s = float("-inf")
        self._looks = 0
        self._balance: Decimal | None = None
        self._is_seen = False
        self._has_gap = True  # nothing was asked between the last answer and the next
        self._is_given_up = False

    @property
    def is_seen(self) -> bool:
        """Whether the exchange has shown the positions, and ought to."""
        return self._is_seen

    def unseen(self) -> tuple[BlindSpot, ...]:
        """The margin, while it is not read; else positions without a liquidation price."""
        if self._is_seen:
            return self.book.unseen()
        return (BlindSpot(Unseen.MARGIN, self._refused or "led orders"),) if self._leads() else ()

    def probe_again(self) -> None:
        """What was refused is asked with the next look: somebody may have acted."""
        self._asked_at_s = float("-inf")

    async def look(self, after_gap: bool) -> str | Unasked | None:
        """What could not be read, None where all could; UNASKED while the exchange does not show it.

        Raises: RequestRefused, RequestUnavailable, StoreError.
        """
        if not self._is_wanted():
            await self._give_up()
            return Unasked.UNASKED
        now_s = self._clock.monotonic_s()
        if self._refused is not None and now_s - self._asked_at_s < PROBED_EVERY_S:
            return Unasked.UNASKED
        self._asked_at_s = now_s
        try:
            rows = await self._calls.positions()
        except RequestRefused as exc:
            self.equity = None
            self._refuse(exc)
            return Unasked.UNASKED
        except RequestUnavailable:
            self.equity = None
            raise
        ending = self.book.ending(rows)
        endings = await self._endings(ending) if ending else ()
        is_first, has_gap = self.book.count is None, after_gap or self._has_gap
        is_recorded = endings is not None and not (is_first and has_gap)
        polled = Polled(self._account, self._clock.now(), has_gap, is_recorded=is_recorded)
        await self._doors.deliver([*(endings or ()), *self.book.take(rows, polled)])
        await self._follow_equity(rows.items)
        self._grant()  # from here on it ought to be seen
        return unread(rows.bad, is_null=rows.is_null)

    def _is_wanted(self) -> bool:
        """Copies may be listed there, too, so only who leads is asked; and until what was open is closed."""
        return bool(self._leads()) or bool(self.book.count)

    async def _give_up(self) -> None:
        """Nobody will say any more how what was open under a leader's alerts has ended."""
        if self._leads() is not False or self._is_given_up:
            return
        self._is_given_up, self._is_seen, self._has_gap = True, False, True
        polled = Polled(self._account, self._clock.now(), after_gap=True)
        await self._doors.deliver([snapshot(polled, frozenset(), PositionScope.OWN)])

    def _grant(self) -> None:
        if not self._is_seen:
            log.info("own positions can be read", account=self._account)
        self._refused, self._is_seen, self._is_given_up, self._has_gap = None, True, False, False

    def _refuse(self, exc: RequestRefused) -> None:
        """Not seen from the beginning is said beside the coverage; what was seen and is no more is a loss.

        Raises: RequestRefused; never one that ends the account: its own pages judge the credentials.
        """
        if exc.wanted not in LASTING:
            raise exc
        if self._is_seen:
            raise RequestRefused(exc.code, exc.detail, Disposition.CONFIG) from exc
        if self._refused is None:
            log.info("own positions cannot be read", account=self._account, reason=str(exc))
        self._refused = exc.code

    async def _endings(self, ending: Sequence[Held]) -> Sequence[Event] | None:
        """Liquidations among them; None where the records could not be read."""
        try:
            page = await self._records.history()
        except (RequestRefused, RequestUnavailable) as exc:
            log.warning("closed orders not read", account=self._account, reason=str(exc))
            return None
        if page.is_null:
            return None
        return liquidated(ending, page.items, Polled(self._account, self._clock.now()))

    async def _follow_equity(self, rows: Iterable[FuturesPosition]) -> None:
        """The balance changes by closing and by transfers: that is asked seldom."""
        if self._looks % LOOKS_PER_BALANCE == 0:
            self._balance = await self._read_balance()
        self._looks += 1
        self.equity = equity_of(self._balance, [row for row in rows if row.instrument.endswith(_CURRENCY)])

    async def _read_balance(self) -> Decimal | None:
        """None: not told."""
        try:
            found = await self._calls.balances()
        except (RequestRefused, RequestUnavailable) as exc:
            log.debug("balance not read", account=self._account, reason=str(exc))
            return None
        return next((one.total for one in found.items if one.currency == _CURRENCY), None)
