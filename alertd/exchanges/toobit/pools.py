"""The leaders an account copies, and the money that copies each, as `follower/leaders` shows them. Pure.

What was last known is a fact of the store: a restart between two polls neither repeats nor loses a change.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from alertd.domain.events import CopyChange, CopyRelation, Event, LeaderState, Source
from alertd.exchanges.toobit.held import EXCHANGE, Polled
from alertd.exchanges.toobit.models import FollowedLeader, Rows
from alertd.leading.units import Units, followed

_CURRENCY = "USDT"


class Pool(msgspec.Struct, frozen=True):
    """One leader's, as last seen. `units`: what the money in it has become."""

    name: str | None = None
    equity: Decimal | None = None
    units: Units = Units()


class Known(msgspec.Struct, frozen=True):
    """`pools`: by leader; None: nobody was looked for yet. `revision` counts the changes that were told."""

    pools: dict[str, Pool] | None = None
    revision: int = 0

    def encoded(self) -> str:
        """For the store."""
        return msgspec.json.encode(self).decode()

    def is_news_to(self, other: Known | None) -> bool:
        """Whether other leaders are copied, or were told of, than `other` knows."""
        if other is None or self.revision != other.revision:
            return True
        return (self.pools or {}).keys() != (other.pools or {}).keys()


def known_of(text: str | None) -> Known:
    """As it was stored; nothing where another version wrote it."""
    if text is not None:
        try:
            return msgspec.json.decode(text, type=Known)
        except msgspec.MsgspecError:
            pass
    return Known()


class Compared(NamedTuple):
    """`missing`: leaders that this answer does not name, gone once another does not either."""

    events: Sequence[Event]
    known: Known
    missing: frozenset[str] = frozenset()


def compare(rows: Rows[FollowedLeader], known: Known, missing: frozenset[str], polled: Polled) -> Compared:
    """How each leader's money stands, and who appeared or is copied no more.

    Rows that cannot be read, or null for the list: nobody has left then.
    """
    before = known.pools
    shown = {one.leader_id: _followed(one, (before or {}).get(one.leader_id)) for one in rows.items}
    is_whole = not rows.bad and not rows.is_null
    if before is None:
        after = msgspec.structs.replace(known, pools=shown) if is_whole else known
        return Compared(_states(shown, polled), after)
    events: list[Event] = list(_states(shown, polled))
    revision = known.revision
    for trader in sorted(shown.keys() - before.keys()):
        revision += 1
        events.append(_relation(trader, shown[trader], CopyChange.APPEARED, polled, revision))
    absent = frozenset(before.keys() - shown.keys()) if is_whole else frozenset[str]()
    gone = absent & missing
    for trader in sorted(gone):
        revision += 1
        events.append(_relation(trader, before[trader], CopyChange.LEFT, polled, revision))
        events.append(_state(trader, before[trader], polled, followed=False))
    kept = {trader: pool for trader, pool in before.items() if trader not in gone}
    return Compared(events, Known(kept | shown, revision), absent - gone)


def _followed(row: FollowedLeader, was: Pool | None) -> Pool:
    """What was neither won nor lost has come or gone: deposits, transfers, and profit shares, too."""
    equity, won, open_profit = row.equity_usdt, row.realised_usdt, row.unrealised_usdt
    put_in = None
    if equity is not None and won is not None and open_profit is not None:
        put_in = equity - won - open_profit
    units = followed(was.units if was else None, equity, put_in, is_certain=True)
    return Pool(row.leader_name, row.equity_usdt, units)


def _states(shown: dict[str, Pool], polled: Polled) -> list[Event]:
    return [_state(trader, pool, polled) for trader, pool in sorted(shown.items())]


def _state(trader: str, pool: Pool, polled: Polled, *, followed: bool = True) -> Event:
    return LeaderState(
        event_id=_event_id(polled, f"pool/{trader}"),
        exchange=EXCHANGE,
        account=polled.account,
        received_at=polled.received_at,
        source=Source.POLL,
        margin_currency=_CURRENCY,
        trader=trader,
        trader_name=pool.name,
        followed=followed,
        equity=pool.equity,
        unit_value=pool.units.value,
        is_certain=pool.units.is_certain,
    )


def _relation(trader: str, pool: Pool, change: CopyChange, polled: Polled, revision: int) -> Event:
    return CopyRelation(
        event_id=_event_id(polled, f"trader/{trader}:{change}:{revision}"),
        exchange=EXCHANGE,
        account=polled.account,
        received_at=polled.received_at,
        source=Source.POLL,
        margin_currency=_CURRENCY,
        change=change,
        trader=trader,
        trader_name=pool.name,
        revision=revision,
    )


def _event_id(polled: Polled, what: str) -> str:
    return f"{EXCHANGE}:leaders:{what}:r{int(polled.received_at.timestamp() * 1000)}"
