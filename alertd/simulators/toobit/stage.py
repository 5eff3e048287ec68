"""A small cast to begin with: an account that leads, one that copies, and others around them."""

from __future__ import annotations

from typing import NamedTuple

from alertd.simulators.toobit.exchange import Exchange
from alertd.simulators.toobit.people import Account

LEADER_KEY = "SIMULATEDleaderSIMULATEDleaderSIMULATEDleaderSIMULATEDleader0001"
COPIER_KEY = "SIMULATEDcopierSIMULATEDcopierSIMULATEDcopierSIMULATEDcopier0002"
_WHALE, _DOLPHIN = "9007199254740993101", "9007199254740993102"


class Cast(NamedTuple):
    """The accounts whose keys can be used."""

    leader: Account
    copier: Account


def set_stage(exchange: Exchange, followers: int = 12) -> Cast:
    """`leader` leads and is copied; `copier` copies a whale and a dolphin, whose keys nobody has."""
    leader = exchange.add_account(Account("leader", LEADER_KEY, "leader-secret-0001-of-the-simulator"))
    copier = exchange.add_account(
        Account("copier", COPIER_KEY, "copier-secret-0002-of-the-simulator", "9007199254740993002", "copier")
    )
    exchange.lead(leader.user_id, "leader")
    exchange.lead(_WHALE, "whale")
    exchange.lead(_DOLPHIN, "dolphin")
    for number in range(followers):
        exchange.join("leader", str(7001 + number), 200 + 10 * number)
    exchange.join("whale", copier.user_id, 500)
    exchange.join("dolphin", copier.user_id, 300)
    _history(exchange)
    exchange.open_position("leader", "BTC-SWAP-USDT", size="0.05", leverage=20)
    exchange.open_position("leader", "ETH-SWAP-USDT", "short", size="1", leverage=10, margin="isolated")
    exchange.open_position("whale", "BTC-SWAP-USDT", size="2", leverage=20, margin="isolated")
    exchange.open_position("whale", "SOL-SWAP-USDT", size="100", leverage=25)
    exchange.open_position("dolphin", "ETH-SWAP-USDT", "short", size="5", leverage=5)
    exchange.set_price("BTC-SWAP-USDT", "90450")
    exchange.set_price("ETH-SWAP-USDT", "2990")
    return Cast(leader, copier)


def _history(exchange: Exchange) -> None:
    """A few closed orders, and one settlement."""
    for leader, symbol, price in (("leader", "SOL-SWAP-USDT", "153"), ("whale", "ETH-SWAP-USDT", "3030")):
        before = exchange.market.marks[symbol]
        exchange.open_position(leader, symbol, size="2", leverage=10)
        exchange.set_price(symbol, price)
        exchange.close_position(leader, symbol)
        exchange.set_price(symbol, before)
    exchange.settle("leader", "2026-11-09")
