"""What changed around a leader's orders: followers, figures, settlements, settings, pairs. Pure.

What was last known is a fact of the store: a restart between two polls neither repeats nor loses a change.
What is known for the first time is nobody's news.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import asdict, replace

from alertd.domain.events import LeaderChange, LeaderMove
from alertd.exchanges.toobit.models import Follower, LeaderConfig, LeaderSymbol, ProfitSharing, TradeData
from alertd.leading.orders import Look

_MOST_NAMED = 20
_MOST_SHARINGS = 200  # the exchange tells a hundred
# The code lets in whoever knows it, so it is not kept; pairs have a list of their own.
_NOT_COMPARED = frozenset(("invite_code", "instruments"))


class Known(msgspec.Struct, frozen=True, omit_defaults=True):
    """None: not learned yet. `revision` counts the changes that were told.

    `followers`: how many there are of each masked name. `sharings`: by day, what was paid.
    """

    is_active: bool | None = None
    follower_count: int | None = None
    followers: dict[str, int] | None = None
    figures: dict[str, str] | None = None
    sharings: dict[str, str] | None = None
    config: dict[str, str] | None = None
    led: tuple[str, ...] | None = None
    revision: int = 0

    def encoded(self) -> str:
        """For the store."""
        return msgspec.json.encode(self).decode()


def known_of(text: str | None) -> Known:
    """As it was stored; nothing where another version wrote it."""
    if text is not None:
        try:
            return msgspec.json.decode(text, type=Known)
        except msgspec.MsgspecError:
            pass
    return Known()


class Drifted(NamedTuple):
    """`known` is to be stored once the events are."""

    events: Sequence[LeaderChange]
    known: Known


def of_activity(known: Known, is_active: bool, look: Look) -> Drifted:
    """Whether the account leads."""
    if known.is_active is None or known.is_active == is_active:
        # Who never led is not told to have stopped; but who is known to have led is.
        return Drifted((), replace(known, is_active=is_active or known.is_active))
    move = LeaderMove.ACTIVE_AGAIN if is_active else LeaderMove.INACTIVE
    return _told(replace(known, is_active=is_active), look, move)


def of_followers(known: Known, rows: Sequence[Follower], total: int | None, look: Look) -> Drifted:
    """A whole list. It names nobody: so many at least must have come or gone for it to look so."""
    count = len(rows) if total is None else total
    now = dict(Counter(row.nickname or "" for row in rows))
    after = replace(known, followers=now, follower_count=count)
    if known.followers is None:
        return Drifted((), after)
    before, present = Counter(known.followers), Counter(now)
    joined, left = (present - before).total(), (before - present).total()
    figures = {"followers": count, "followers_before": known.follower_count, "joined": joined, "left": left}
    events: list[LeaderChange] = []
    for move, number in ((LeaderMove.FOLLOWERS_JOINED, joined), (LeaderMove.FOLLOWERS_LEFT, left)):
        if number:
            told = _told(after, look, move, **figures)
            events += told.events
            after = told.known
    return Drifted(events, after)


def of_figures(known: Known, data: TradeData, look: Look) -> Drifted:
    """The statistics of some days."""
    now = _texts(asdict(data))
    after = replace(known, figures=(known.figures or {}) | now)
    changed = _changed(known.figures, now)
    return _told(after, look, LeaderMove.FIGURES_CHANGED, changed=changed) if changed else Drifted((), after)


def of_sharings(known: Known, rows: Sequence[ProfitSharing], look: Look) -> Drifted:
    """Settlements: each that is new or has changed is an event."""
    now = {_named(row): f"{row.total_usdt}" for row in rows if row.total_usdt is not None}
    if known.sharings is None:
        return Drifted((), replace(known, sharings=now))
    after = replace(known, sharings=dict(sorted((known.sharings | now).items())[-_MOST_SHARINGS:]))
    events: list[LeaderChange] = []
    for row in reversed(rows):  # the newest comes first
        name = _named(row)
        if known.sharings.get(name) == now.get(name, known.sharings.get(name)):
            continue
        told = _told(after, look, LeaderMove.PROFIT_SHARED, detail=name, profit=row.leader_usdt)
        events += told.events
        after = told.known
    return Drifted(events, after)


def of_config(known: Known, config: LeaderConfig, look: Look) -> Drifted:
    """The settings a leader leads with."""
    now = _texts({name: value for name, value in asdict(config).items() if name not in _NOT_COMPARED})
    after = replace(known, config=(known.config or {}) | now)
    changed = _changed(known.config, now)
    return _told(after, look, LeaderMove.CONFIG_CHANGED, changed=changed) if changed else Drifted((), after)


def of_symbols(known: Known, rows: Sequence[LeaderSymbol], look: Look) -> Drifted:
    """The pairs that are led: `+PAIR` is led now, `-PAIR` is not any more. Not told: as before."""
    were = known.led or ()
    led = (row.instrument for row in rows if (row.instrument in were if row.is_led is None else row.is_led))
    now = tuple(sorted(led))
    after = replace(known, led=now)
    if known.led is None or known.led == now:
        return Drifted((), after)
    before = set(known.led)
    changed = [f"+{name}" for name in now if name not in before]
    changed += [f"-{name}" for name in known.led if name not in now]
    return _told(after, look, LeaderMove.SYMBOLS_CHANGED, changed=tuple(changed[:_MOST_NAMED]))


def _told(known: Known, look: Look, move: LeaderMove, **figures: Any) -> Drifted:
    revision = known.revision + 1
    event = LeaderChange(
        event_id=f"{look.exchange}:{look.account}:leader/{look.trader}:{move}:{revision}",
        exchange=look.exchange,
        account=look.account,
        received_at=look.at,
        source=look.source,
        margin_currency=look.currency,
        trader=look.trader,
        trader_name=look.trader_name,
        change=move,
        revision=revision,
        **figures,
    )
    return Drifted([event], replace(known, revision=revision))


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}


def _changed(before: Mapping[str, str] | None, now: Mapping[str, str]) -> tuple[str, ...]:
    """Names. What is not told this time has not changed, and is no news when it is told again."""
    if before is None:
        return ()
    return tuple(sorted(name for name, text in now.items() if before.get(name) != text))


def _named(row: ProfitSharing) -> str:
    return row.shared_on.isoformat() if row.shared_on else f"{row.year}-W{row.week_of_year}"
