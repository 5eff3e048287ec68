"""A leader's bad day at Toobit, seen from its own account and from that of somebody who copies it.

Data first: a scenario is a tuple of steps. Who keeps the copied position's figures in mind: the first copy is
200 USDT at 10x, the second doubles it at 87,750, so it is liquidated at about 80,380.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from alertd.simulators.script import Expected, Script, Step, Words
from alertd.simulators.toobit.exchange import Exchange
from alertd.simulators.toobit.people import Account
from alertd.simulators.toobit.stage import COPIER_KEY, LEADER_KEY


@dataclass(frozen=True, slots=True)
class LeaderOpens:
    """Or adds to what is open."""

    symbol: str
    size: str
    leverage: str


@dataclass(frozen=True, slots=True)
class Price:
    """The mark moves to it at once."""

    symbol: str
    to: str


@dataclass(frozen=True, slots=True)
class FollowersLeave:
    """So many of those who are no account here."""

    count: int


@dataclass(frozen=True, slots=True)
class LeaderStops:
    """It leads no more; what was copied stays open."""


Action = LeaderOpens | Price | FollowersLeave | LeaderStops


@dataclass(frozen=True, slots=True)
class Scenario(Script[Action]):
    """A script that is played at Toobit."""


class Cast(NamedTuple):
    """The accounts whose keys can be used: one leads, one copies it."""

    leader: Account
    follower: Account


_BTC, _SOL = "BTC-SWAP-USDT", "SOL-SWAP-USDT"
_NAME = "north_star"
_EXTRAS = 11
_FIRST_EXTRA = 7001

TOOBIT = Scenario(
    "toobit",
    (
        Step(
            0,
            Words(
                "The leader opens a BTC long at 10x, as ever; 12 followers copy it",
                "带单员照常以 10 倍杠杆开 BTC 多单，12 名跟单者跟进",
            ),
            (LeaderOpens(_BTC, "1", "10"),),
        ),
        Step(
            4,
            Words("BTC falls 2.5 %, and the leader adds to the loser", "BTC 下跌 2.5%，带单员逆势加仓"),
            (Price(_BTC, "87750"), LeaderOpens(_BTC, "1", "10")),
            (
                Expected("leader_change", "warning", "leader_adds_to_loser"),
                # Each twice: the leader's own position falls as the copied one does.
                Expected("margin_state", "critical", "minutes_to_liquidation", _BTC, is_certain=False),
                Expected("margin_state", "critical", "minutes_to_liquidation", _BTC, is_certain=False),
            ),
        ),
        Step(
            9,
            Words("The leader opens SOL at 25x instead of 10x", "带单员以 25 倍而非 10 倍杠杆开 SOL 多单"),
            (LeaderOpens(_SOL, "100", "25"),),
            (Expected("leader_change", "warning", "leader_leverage"),),
        ),
        Step(
            14,
            Words(
                "BTC falls on: a fifth of the money that copies is gone", "BTC 继续下跌：跟单资金亏损五分之一"
            ),
            (Price(_BTC, "85200"),),
            (Expected("leader_state", "warning", "leader_drawdown"),),
        ),
        Step(
            19,
            Words("5 of 12 followers leave", "12 名跟单者中有 5 名离开"),
            (FollowersLeave(5),),
            (Expected("leader_state", "warning", "leader_followers"),),
        ),
        Step(
            26,
            Words(
                "BTC falls on: half of the buffer is used up, of the leader's position and of its copy",
                "BTC 继续下跌：带单仓位和跟单仓位的缓冲均已用去一半",
            ),
            (Price(_BTC, "83500"),),
            (
                Expected("margin_state", "warning", "buffer_used", _BTC),
                Expected("margin_state", "warning", "buffer_used", _BTC),
            ),
        ),
        Step(
            31,
            Words(
                "Three quarters of the buffer, and two fifths of the money, are gone",
                "缓冲已用去四分之三，跟单资金亏损五分之二",
            ),
            (Price(_BTC, "81600"),),
            (
                Expected("margin_state", "critical", "buffer_used", _BTC),
                Expected("margin_state", "critical", "buffer_used", _BTC),
                Expected("leader_state", "critical", "leader_drawdown_deep"),
            ),
        ),
        Step(
            36,
            Words(
                "The leader stops leading; the copies stay open, and nobody closes them",
                "带单员停止带单；跟单仓位仍在，无人平仓",
            ),
            (LeaderStops(),),
            (Expected("leader_change", "warning", "leader_gone"),),
        ),
    ),
    duration_s=40,
)

SCENARIOS = {TOOBIT.name: TOOBIT}


def set_cast(exchange: Exchange) -> Cast:
    """A leader with a past at 10x, and followers of whom one has an account with 800 USDT here."""
    leader = exchange.add_account(Account("leader", LEADER_KEY, "leader-secret-0001-of-the-simulator"))
    follower = exchange.add_account(
        Account(
            "follower", COPIER_KEY, "copier-secret-0002-of-the-simulator", "9007199254740993002", "copier"
        )
    )
    exchange.lead(leader.user_id, _NAME)
    # An order has no id: what tells these apart is the pair and the side.
    for symbol in exchange.market.contracts:
        for side in ("long", "short"):
            exchange.open_position(_NAME, symbol, side, size="0.5", leverage=10, margin="isolated")
            exchange.close_position(_NAME, symbol, side)
    exchange.join(_NAME, follower.user_id, 800).config["singlePlaceAmount"] = "200"
    for number in range(_EXTRAS):
        exchange.join(_NAME, str(_FIRST_EXTRA + number), 300)
    return Cast(leader, follower)


def perform(exchange: Exchange, action: Action) -> None:
    """Raises: ValueError for what the exchange cannot do."""
    match action:
        case LeaderOpens(symbol, size, leverage):
            exchange.open_position(_NAME, symbol, size=size, leverage=leverage, margin="isolated")
        case Price(symbol, to):
            exchange.set_price(symbol, to)
        case FollowersLeave(count):
            ours = {one.user_id for one in exchange.accounts.values()}
            relations = exchange.followers_of(exchange.leader(_NAME).user_id)
            for relation in [one for one in relations if one.follower_id not in ours][:count]:
                exchange.leave(_NAME, relation.follower_id)
        case LeaderStops():
            exchange.stop_leading(_NAME)
