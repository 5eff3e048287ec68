"""The calls under `/api/v2/copy-trading/follower`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from alertd.simulators.toobit import rows
from alertd.simulators.toobit.exchange import Exchange
from alertd.simulators.toobit.parameters import Body, Query, amount, integer, page_of, user_id
from alertd.simulators.toobit.people import Account, Relation
from alertd.simulators.toobit.refusals import Refusal
from alertd.simulators.toobit.rows import Row

_SHARE = Decimal(1)
_LEAST_STOP = Decimal("0.01")
_AMOUNTS = (
    "investAmount", "singlePlaceAmount", "dailyMaxInvestAmount", "leverage", "stopProfitRate", "stopLossRate",
    "isolatedReservedAmount",
)  # fmt: skip


class FollowerCalls:
    """Each takes the account of the key."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def orders(self, account: Account, _query: Query) -> list[Row]:
        return [
            rows.follow_order(relation, self._nickname(relation), one, self._exchange.market)
            for relation in self._relations(account)
            for one in relation.positions
        ]

    def history(self, account: Account, query: Query) -> Row:
        found = [
            (one, self._nickname(relation))
            for relation in self._relations(account)
            for one in (*relation.closed, *(held for held in relation.positions if held.closed_quantity))
        ]
        found.sort(key=lambda pair: -pair[0].close_ms)
        return page_of([rows.closed_follow_order(nickname, one) for one, nickname in found], query)

    def leaders(self, account: Account, _query: Query) -> list[Row]:
        market = self._exchange.market
        return [rows.followed_leader(one, self._nickname(one), market) for one in self._relations(account)]

    def config(self, account: Account, query: Query) -> Row:
        if "leaderUserId" not in query:
            raise Refusal(-1130, "leaderUserId")
        relation = self._relation(account, user_id(query["leaderUserId"], "leaderUserId"))
        return {name: value for name, value in relation.config.items() if name != "realInvestAmount"}

    def stop_copying(self, account: Account, leader_id: str) -> None:
        relation = self._relation(account, user_id(leader_id, "leaderUserId"))
        if relation.positions:
            raise Refusal(-120055)
        self._exchange.part(relation, "stop_copying")

    def set_stops(self, account: Account, body: Body) -> None:
        relation = self._relation(account, str(integer(body, "leaderUserId")))
        side = bool(integer(body, "isLong", (0, 1)))
        wanted = (body.get("symbolId"), side)
        held = next((one for one in relation.positions if (one.symbol, one.is_long) == wanted), None)
        if held is None:
            raise Refusal(-1130, "symbolId")
        if "stopProfitRate" in body:
            held.stop_profit = Decimal(amount(body, "stopProfitRate")) or None
        if "stopLossRate" in body:
            held.stop_loss = Decimal(amount(body, "stopLossRate")) or None

    def update_config(self, account: Account, body: Body) -> None:
        relation = self._relation(account, str(integer(body, "leaderUserId")))
        wanted: dict[str, Any] = {name: amount(body, name) for name in _AMOUNTS}
        wanted["maxInvestRate"] = amount(body, "maxInvestRate", _SHARE)
        wanted["realInvestAmount"] = amount(body, "realInvestAmount")
        wanted["followAmountMode"] = integer(body, "followAmountMode", (0, 1))
        wanted["followMarginType"] = integer(body, "followMarginType", (0, 1, 2))
        wanted["stopLossDelay"] = integer(body, "stopLossDelay")
        wanted["followSymbolIds"] = self._symbols(body)
        wanted["zeroSlippageSwitch"] = body.get("zeroSlippageSwitch")
        if not isinstance(wanted["zeroSlippageSwitch"], bool):
            raise Refusal(-1102, "zeroSlippageSwitch")
        self._check(relation, wanted)
        relation.config |= wanted
        self._exchange.happened.append(f"follow config {account.name}")

    def _check(self, relation: Relation, wanted: dict[str, Any]) -> None:
        for name in ("stopProfitRate", "stopLossRate"):
            if 0 < Decimal(wanted[name]) < _LEAST_STOP:
                raise Refusal(-1130, name)
        least = Decimal(wanted["isolatedReservedAmount"])
        least += Decimal(wanted["singlePlaceAmount"]) if wanted["followAmountMode"] == 0 else _SHARE
        if Decimal(wanted["realInvestAmount"]) < least:
            raise Refusal(-1130, "realInvestAmount")
        daily, single = Decimal(wanted["dailyMaxInvestAmount"]), Decimal(wanted["singlePlaceAmount"])
        if wanted["followAmountMode"] == 0 and 0 < daily < single:
            raise Refusal(-1130, "dailyMaxInvestAmount")
        is_other = Decimal(wanted["leverage"]) != Decimal(relation.config["leverage"])
        if relation.positions and is_other:
            raise Refusal(-1130, "leverage")

    def _symbols(self, body: Body) -> str:
        listed = body.get("followSymbolIds")
        if not isinstance(listed, str) or not listed:
            raise Refusal(-1102, "followSymbolIds")
        known = self._exchange.market.contracts
        if listed != "all" and any(one not in known for one in listed.split(",")):
            raise Refusal(-1130, "followSymbolIds")
        return listed

    def _relations(self, account: Account) -> list[Relation]:
        found = self._exchange.copied_by(account.user_id)
        if not found:
            raise Refusal(-32045)
        return found

    def _relation(self, account: Account, leader_id: str) -> Relation:
        relation = self._exchange.relation(leader_id, account.user_id)
        if relation is None:
            raise Refusal(-32045)
        return relation

    def _nickname(self, relation: Relation) -> str:
        return self._exchange.leaders[relation.leader_id].nickname
