"""The calls under `/api/v2/copy-trading/leader`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from alertd.simulators.toobit import rows
from alertd.simulators.toobit.exchange import Exchange
from alertd.simulators.toobit.parameters import Body, Query, amount, integer, page_of, user_id, whole
from alertd.simulators.toobit.people import Account, Leader
from alertd.simulators.toobit.refusals import Refusal
from alertd.simulators.toobit.rows import Row

_DAYS = (7, 30, 90, 180, 365)
_DAY_MS = 86_400_000
_LEVEL_MOST_SHARE = Decimal("0.3")
_INVITE_CODE = re.compile(r"[!-~]{6,10}")
_SHARE = Decimal(1)


class LeaderCalls:
    """Each takes the account of the key."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def orders(self, account: Account, _query: Query) -> list[Row]:
        leader = self._leader(account)
        copies = self._exchange.copies_of
        return [
            rows.lead_order(one, self._exchange.market, [copy for _, copy in copies(leader.user_id, one)])
            for one in leader.positions
        ]

    def history(self, account: Account, query: Query) -> Row:
        return page_of([rows.closed_lead_order(one) for one in self._leader(account).history()], query)

    def trade_data(self, account: Account, query: Query) -> list[Row]:
        leader = self._leader(account)
        days = whole(query, "type", 7)
        if days not in _DAYS:
            raise Refusal(-1130, "type")
        since_ms = self._exchange.now_ms() - days * _DAY_MS
        return [rows.trade_data(leader, self._exchange.followers_of(leader.user_id), since_ms, days)]

    def profit_sharings(self, account: Account, _query: Query) -> list[Row]:
        return self._leader(account).sharings[:100]

    def symbols(self, account: Account, _query: Query) -> list[Row]:
        leader = self._leader(account)
        return [
            {
                "symbolId": symbol,
                "leverage": f"{leader.leverages.get(symbol, Decimal(20)):f}",
                "isLead": int(symbol in leader.config["symbolIds"]),
            }
            for symbol in self._exchange.market.contracts
        ]

    def config(self, account: Account, _query: Query) -> Row:
        return dict(self._leader(account).config)

    def followers(self, account: Account, query: Query) -> Row:
        relations = self._exchange.followers_of(self._leader(account).user_id)
        return page_of([rows.follower(one, self._exchange.now_ms()) for one in relations], query)

    def remove_follower(self, account: Account, follower_id: str) -> None:
        leader = self._leader(account)
        relation = self._exchange.relation(leader.user_id, user_id(follower_id, "followerUserId"))
        if relation is None:
            raise Refusal(-32045)
        if relation.positions:
            raise Refusal(-120055)
        self._exchange.part(relation, "remove_follower")

    def update_config(self, account: Account, body: Body) -> None:
        leader = self._leader(account)
        wanted = self._read_config(body, leader)
        self._check_level(wanted)
        self._check_positions(leader, wanted)
        if leader.config != leader.config | wanted:
            self._exchange.effects["leader_config"] += 1
        leader.config |= wanted
        self._exchange.happened.append(f"config {leader.nickname}")

    def _leader(self, account: Account) -> Leader:
        leader = self._exchange.leaders.get(account.user_id)
        if leader is None or not leader.is_active:
            raise Refusal(-120041)
        return leader

    def _read_config(self, body: Body, leader: Leader) -> dict[str, Any]:
        wanted: dict[str, Any] = {
            "unLeadType": integer(body, "unLeadType", (0, 1)),
            "leadPositionType": integer(body, "leadPositionType", (-1, 0, 1)),
            "tradeProtect": integer(body, "tradeProtect", (0, 1)),
            "profitPeriod": integer(body, "profitPeriod", (1, 7)),
            "profitRate": amount(body, "profitRate"),
            "isNeedInvite": integer(body, "isNeedInvite", (0, 1)),
            "inviteScope": integer(body, "inviteScope"),
            "symbolIds": self._symbols(body),
        }
        for name in ("followAssetLowerLimit", "fixedAmountFollowMin", "fixedRateFollowMin"):
            wanted[name] = amount(body, name)
        wanted |= self._cool_down(body, wanted["unLeadType"])
        if "recommendShare" in body:
            wanted["recommendShare"] = integer(body, "recommendShare", (0, 1))
            if wanted["recommendShare"]:
                wanted["recommendShareRate"] = amount(body, "recommendShareRate", _SHARE)
        if wanted["isNeedInvite"] and "inviteCode" in body:
            wanted["inviteCode"] = self._invite_code(body["inviteCode"], leader)
        return wanted

    def _symbols(self, body: Body) -> list[str]:
        listed = body.get("symbolIds")
        if listed is None:
            raise Refusal(-1102, "symbolIds")
        known = self._exchange.market.contracts
        if not isinstance(listed, list) or any(one not in known for one in listed):
            raise Refusal(-1130, "symbolIds")
        return list(listed)

    def _cool_down(self, body: Body, kind: int) -> dict[str, str]:
        if not kind:
            return {"unLeadStartTime": "0", "unLeadEndTime": "0"}
        begin, end = body.get("unLeadStartTime"), body.get("unLeadEndTime")
        if not isinstance(begin, int) or not isinstance(end, int) or not begin or end < begin:
            raise Refusal(-120078)
        return {"unLeadStartTime": str(begin), "unLeadEndTime": str(end)}

    def _invite_code(self, code: object, leader: Leader) -> str:
        if not isinstance(code, str) or not _INVITE_CODE.fullmatch(code):
            raise Refusal(-120512)
        others = (one for one in self._exchange.leaders.values() if one is not leader)
        if any(one.config["inviteCode"] == code for one in others):
            raise Refusal(-120510)
        return code

    def _check_level(self, wanted: dict[str, Any]) -> None:
        if Decimal(wanted["profitRate"]) > _LEVEL_MOST_SHARE:
            raise Refusal(-120072, "profitRate")

    def _check_positions(self, leader: Leader, wanted: dict[str, Any]) -> None:
        for one in leader.positions:
            if one.symbol not in wanted["symbolIds"]:
                raise Refusal(-32090, one.symbol)
            if wanted["leadPositionType"] not in (-1, one.position_type):
                raise Refusal(-32093)
