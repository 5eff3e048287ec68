"""What was observed of leading and copying trades."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from alertd.domain.event import Event, EventKind


class LeadTradeFailed(Event, frozen=True, kw_only=True, gc=False, tag="lead_trade_failed"):
    """A lead trade was not led. The exchange gives neither time nor id, so `observed_at` is absent.

    `info_type`: "1" position limit, "2" daily number of lead trades, "3" equity below the minimum;
    other values are kept as they came.
    """

    kind: ClassVar[EventKind] = EventKind.LEAD_TRADE_FAILED
    EQUITY: ClassVar[str] = "3"

    info_type: str = ""
    trader: str | None = None  # the lead trader's unique code (here: the account's own)
    sub_position_id: str | None = None
    side: str | None = None
    max_lead_trades: Decimal | None = None  # a day, with info_type 2
    min_lead_equity: Decimal | None = None  # USDT, with info_type 3

    @property
    def subject(self) -> str:
        """The trader: one episode per lead trader and rule."""
        return f"trader/{self.trader or '*'}"


class CopyParty(StrEnum):
    """Who is at the other end of a copy relation."""

    LEAD_TRADER = "lead_trader"  # somebody this account copies
    FOLLOWERS = "followers"  # those who copy this account; the exchange tells only how many


class CopyChange(StrEnum):
    """What became of a copy relation."""

    APPEARED = "appeared"
    CHANGED = "changed"
    LEFT = "left"


class CopyRelation(Event, frozen=True, kw_only=True, gc=False, tag="copy_relation"):
    """Whom the account copies, or how many copy it, is not what it was.

    `changed`: which of the figures differ (`copy_amount`, `profit_sharing_ratio`, `lead_mode`, `began_at`,
    `followers`), each then with what it was before, where people are shown that. `revision` counts the
    changes of an account, so that the same change again is another fact.
    """

    kind: ClassVar[EventKind] = EventKind.COPY_RELATION

    party: CopyParty = CopyParty.LEAD_TRADER
    change: CopyChange = CopyChange.CHANGED
    changed: tuple[str, ...] = ()
    trader: str | None = None  # the lead trader's unique code (of followers: the account's own)
    trader_name: str | None = None
    copy_amount: Decimal | None = None  # the most that may be used for it, in margin_currency
    copy_amount_before: Decimal | None = None
    profit_sharing_ratio: Decimal | None = None  # 0.1 = 10 % of the profit goes to the lead trader
    profit_sharing_ratio_before: Decimal | None = None
    lead_mode: str | None = None  # public, private
    began_at: datetime | None = None
    followers: int | None = None
    followers_before: int | None = None
    revision: int = 0

    @property
    def subject(self) -> str:
        """The lead trader; there is one count of followers."""
        return "followers" if self.party is CopyParty.FOLLOWERS else f"trader/{self.trader or '*'}"
