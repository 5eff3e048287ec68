"""The REST door: weights and bans, key, time window and signature as documented, answers in the envelope."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aiohttp import web

from alertd.simulators.toobit import rows
from alertd.simulators.toobit.exchange import Exchange
from alertd.simulators.toobit.faults import BEFORE, Failure
from alertd.simulators.toobit.follower_calls import FollowerCalls
from alertd.simulators.toobit.leader_calls import LeaderCalls
from alertd.simulators.toobit.limits import Meter
from alertd.simulators.toobit.parameters import Body, Query
from alertd.simulators.toobit.people import Account, Leader
from alertd.simulators.toobit.refusals import STATUS, Refusal
from alertd.simulators.toobit.signing import hex_signature, is_same, message_of

_LEADER, _FOLLOWER = "/api/v2/copy-trading/leader", "/api/v2/copy-trading/follower"
_SIGNING = ("timestamp", "recvWindow", "signature")
_NOT_FOUND = "<html><body><h2>404 Not found</h2></body></html>"

Answer = Callable[[web.Request, bytes], Any]


@dataclass(frozen=True, slots=True)
class _Call:
    """`serve` gives what stands under `data`, or the whole answer where it is not `wrapped`."""

    serve: Answer
    weight: int = 1
    wrapped: bool = True


class RestDoor:
    """Answers for one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._leading, self._following = LeaderCalls(exchange), FollowerCalls(exchange)
        self._last: dict[tuple[str, ...], Any] = {}  # by key, path and query: what was answered last

    def routes(self) -> list[web.RouteDef]:
        served = {**self._public(), **self._futures(), **self._reads(), **self._changes()}
        return [
            *(web.route(method, path, self._handler(call)) for (method, path), call in served.items()),
            web.route("*", "/{path:(api|quote)/.*}", self._handler(_Call(_unknown, wrapped=False))),
        ]

    def _public(self) -> dict[tuple[str, str], _Call]:
        exchange = self._exchange
        time = _Call(lambda _request, _body: {"serverTime": exchange.now_ms()}, wrapped=False)
        ping = _Call(lambda _request, _body: {}, wrapped=False)
        info = _Call(lambda _request, _body: rows.exchange_info(exchange.market, exchange.now_ms()), 1, False)
        return {
            ("GET", "/api/v1/time"): time,
            ("GET", "/api/v1/ping"): ping,
            ("GET", "/api/v1/exchangeInfo"): info,
        }

    def _futures(self) -> dict[tuple[str, str], _Call]:
        market = self._exchange.market

        def balance(account: Account, _query: Query) -> Any:
            leader = self._holder(account)
            return [rows.futures_balance(leader, market)] if leader else []

        def positions(account: Account, query: Query) -> Any:
            leader, wanted = self._holder(account), query.get("symbol")
            if leader is None:
                return []
            held = [one for one in leader.positions if wanted in (None, one.symbol)]
            return [rows.futures_position(leader, one, market) for one in held]

        def key(account: Account, _query: Query) -> Any:
            return {"accountType": account.account_type}

        return {
            ("GET", "/api/v1/futures/balance"): _Call(self._read(balance, kind=""), 5, wrapped=False),
            ("GET", "/api/v1/futures/positions"): _Call(self._read(positions, kind=""), 5, wrapped=False),
            ("GET", "/api/v1/account/checkApiKey"): _Call(self._read(key, kind=""), 1, wrapped=False),
        }

    def _holder(self, account: Account) -> Leader | None:
        if not account.reads_futures:
            raise Refusal(-1002)
        return self._exchange.leaders.get(account.user_id)

    def _reads(self) -> dict[tuple[str, str], _Call]:
        leading, following = self._leading, self._following
        served: dict[str, Callable[[Account, Query], Any]] = {
            f"{_LEADER}/orders/current": leading.orders,
            f"{_LEADER}/orders/history": leading.history,
            f"{_LEADER}/trade-data": leading.trade_data,
            f"{_LEADER}/profit-sharings/history": leading.profit_sharings,
            f"{_LEADER}/symbols": leading.symbols,
            f"{_LEADER}/config": leading.config,
            f"{_LEADER}/followers": leading.followers,
            f"{_FOLLOWER}/orders/current": following.orders,
            f"{_FOLLOWER}/orders/history": following.history,
            f"{_FOLLOWER}/leaders": following.leaders,
            f"{_FOLLOWER}/config": following.config,
        }
        return {("GET", path): _Call(self._read(serve)) for path, serve in served.items()}

    def _changes(self) -> dict[tuple[str, str], _Call]:
        leading, following = self._leading, self._following
        puts = {
            f"{_LEADER}/config": leading.update_config,
            f"{_FOLLOWER}/config": following.update_config,
            f"{_FOLLOWER}/positions/stop-profit-loss": following.set_stops,
        }
        deletes = {
            f"{_LEADER}/followers/{{id}}": leading.remove_follower,
            f"{_FOLLOWER}/leaders/{{id}}": following.stop_copying,
        }
        return {
            **{("PUT", path): _Call(self._put(serve)) for path, serve in puts.items()},
            **{("DELETE", path): _Call(self._delete(serve)) for path, serve in deletes.items()},
        }

    def _read(self, serve: Callable[[Account, Query], Any], kind: str = "COPY_TRADING") -> Answer:
        def call(request: web.Request, body: bytes) -> Any:
            if request.content_type == "application/json":
                raise Refusal(-1102, "body")
            account = self._authenticated(request, body, kind)
            self._exchange.was_read()
            found = self._said(account, request, serve)
            return None if self._exchange.lists_are_null and isinstance(found, list) else found

        return call

    def _said(self, account: Account, request: web.Request, serve: Callable[[Account, Query], Any]) -> Any:
        """The truth, unless it is to be a lie."""
        business = (f"{name}={value}" for name, value in request.query.items() if name not in _SIGNING)
        place = (account.api_key, request.path, *business)
        says = self._exchange.lie_of(request.path)
        if says == BEFORE and place in self._last:
            return self._last[place]
        if says is not None and says != BEFORE:
            return rows.without_rows(serve(account, request.query))
        self._last[place] = found = serve(account, request.query)
        return found

    def _put(self, serve: Callable[[Account, Body], None]) -> Answer:
        def call(request: web.Request, body: bytes) -> None:
            account = self._may_trade(request, body)
            serve(account, _json_body(request, body))

        return call

    def _delete(self, serve: Callable[[Account, str], None]) -> Answer:
        def call(request: web.Request, body: bytes) -> None:
            if request.content_type == "application/json":
                raise Refusal(-1102, "body")
            serve(self._may_trade(request, body), request.match_info["id"])

        return call

    def _may_trade(self, request: web.Request, body: bytes) -> Account:
        account = self._authenticated(request, body, "COPY_TRADING")
        if not account.can_trade:
            raise Refusal(-1020)
        if self._exchange.frozen is not None:
            raise Refusal(self._exchange.frozen)
        return account

    def _authenticated(self, request: web.Request, body: bytes, kind: str) -> Account:
        """`kind`: of the account the key must belong to; "" is any."""
        key = request.headers.get("X-BB-APIKEY", "")
        if not key:
            raise Refusal(-1107)
        account = next((one for one in self._exchange.accounts.values() if one.api_key == key), None)
        if self._exchange.refused_key is not None:
            raise Refusal(self._exchange.refused_key)
        if account is None or not account.is_whitelisted:
            raise Refusal(-2015)
        if account.is_expired:
            raise Refusal(-2017)
        self._check_time(request)
        query, _, signature = request.rel_url.raw_query_string.rpartition("&signature=")
        signs = body if self._exchange.signs_body or request.method == "GET" else b""
        if not is_same(signature, hex_signature(account.api_secret, message_of(query, signs))):
            raise Refusal(-1022)
        if kind and account.kind != kind:
            raise Refusal(-1002)
        return account

    def _check_time(self, request: web.Request) -> None:
        given, limits, now_ms = request.query, self._exchange.limits, self._exchange.now_ms()
        if "timestamp" not in given:
            raise Refusal(-1103)
        window = given.get("recvWindow", str(limits.recv_window_ms))
        if not window.isdigit() or int(window) > limits.longest_recv_window_ms:
            raise Refusal(-1130, "recvWindow")
        if not given["timestamp"].isdigit():
            raise Refusal(-1130, "timestamp")
        at_ms = int(given["timestamp"])
        if not (at_ms < now_ms + limits.ahead_ms and now_ms - at_ms <= int(window)):
            raise Refusal(-1021)

    def _handler(self, call: _Call) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            self._exchange.calls.append(f"{request.method} {request.path}")
            meter = self._exchange.meter(request.remote or "")
            status = meter.take(call.weight, self._exchange.now_s())
            if status != 200:
                return self._json(status, {"code": -1003, "msg": Refusal(-1003).text}, meter)
            failure = self._exchange.failure_of(request.method, request.path)
            if failure is not None and not failure.after:
                return await self._failed(failure, request)
            answer = self._answer(call, request, body, meter)
            return answer if failure is None else await self._failed(failure, request)

        return handle

    def _answer(self, call: _Call, request: web.Request, body: bytes, meter: Meter) -> web.StreamResponse:
        try:
            found = call.serve(request, body)
        except Refusal as refusal:
            return self._json(STATUS, {"code": refusal.code, "msg": refusal.text}, meter)
        if isinstance(found, web.Response):
            return found
        answer = {"code": 200, "msg": "success", "data": found} if call.wrapped else found
        return self._json(200, answer, meter)

    async def _failed(self, failure: Failure, request: web.Request) -> web.StreamResponse:
        if failure.hangs:
            await self._exchange.healed.wait()
        if failure.cut and request.transport is not None:
            request.transport.abort()
        if failure.body is not None:
            return web.Response(status=failure.status, text=failure.body, content_type="text/html")
        if failure.code is None:
            return web.Response(status=failure.status)
        text = Refusal(failure.code).text
        return self._json(failure.status, {"code": failure.code, "msg": text}, None)

    def _json(self, status: int, body: object, meter: Meter | None) -> web.Response:
        headers: Mapping[str, str] = {}
        if meter is not None:
            left_s = meter.reset_in_s(self._exchange.now_s()) if status == 429 else 0.0
            headers = {
                "X-Api-Limit-Status": str(meter.left()),
                "X-Api-Limit": str(self._exchange.limits.weight),
                "X-Api-Limit-Reset-Timestamp": str(self._exchange.now_ms() + int(left_s * 1000)),
                "traceId": f"sim-{len(self._exchange.calls)}",
            }
        return web.json_response(body, status=status, headers=headers)


def _json_body(request: web.Request, body: bytes) -> dict[str, Any]:
    """The server reads line by line and drops the ends of lines."""
    if request.content_type != "application/json" or body[:1] not in (b"{", b"["):
        raise Refusal(-1102, "body")
    try:
        given = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError) as exc:
        raise Refusal(-1102, "body") from exc
    if not isinstance(given, dict):
        raise Refusal(-1102, "body")
    return given


def _unknown(_request: web.Request, _body: bytes) -> web.Response:
    return web.Response(status=404, text=_NOT_FOUND, content_type="text/html")
