"""Orders to a running simulator over HTTP, on the port of the exchange itself.

All bodies are JSON objects; numbers may be texts. What stands in parentheses may be
left out; LEADER is an id, a nickname or the name of an account, FOLLOWER an id.

POST /simulator/price
    symbol, price (last): moves a mark; who cannot bear it is liquidated
POST /simulator/position
    leader, symbol (action: open, the default; adds to what is held)
        (side: long, short) (size: coins) (leverage) (margin: cross, isolated)
    leader, symbol, action: close (side) (share: 0 to 1)
POST /simulator/leverage
    leader, symbol, leverage
POST /simulator/follower
    leader, follower, action: join (amount), leave (closes: false keeps copies),
        transfer (amount, below 0 takes out)
POST /simulator/leader
    leader, action: settle (day: YYYY-MM-DD): pays out what was withheld
    leader, action: stop: leads no more
    leader, action: config, and any fields of its settings
POST /simulator/account
    (account: a name) (can_trade: false is a read-only key) (is_whitelisted)
        (is_expired) (kind: COPY_TRADING) (account_type)
        (reads_futures: false refuses positions and balance)
POST /simulator/fault
    kind, and its options:
        fail (status) (code) (body) (path: the end of those that fail) (method)
            (after: true does what is asked and loses the answer) (times)
        break_after (method): answers the next such call, and no later one
        firewall   cut (path) (method) (after) (times)   hang (path)   heal
        refuse_keys (code)   shift_clock: ms   null_lists (on)
        sign_query_only (on)   ban (for_s)   pardon
        delay_leaving (reads): who leaves is still shown by so many reads
        freeze (code): refuses every change
        lie (path) (says: before, nothing) (reads): so many reads are wrong
GET /simulator/state
    prices, leaders, followers, accounts, what happened, and how many effects calls had

Answers {"ok": true}, or status 400 and {"ok": false, "error": what is wrong}.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any

from aiohttp import web

from alertd.simulators.toobit.exchange import Exchange
from alertd.simulators.toobit.numbers import text

Order = Callable[[Exchange, dict[str, Any]], object]
FAULTS = frozenset(
    {
        "fail", "break_after", "firewall", "cut", "hang", "heal", "refuse_keys", "shift_clock", "null_lists",
        "sign_query_only", "ban", "pardon", "delay_leaving", "freeze", "lie",
    }
)  # fmt: skip


def control_routes(exchange: Exchange) -> list[web.RouteDef]:
    orders: Mapping[str, Order] = {
        "price": lambda exchange, body: _call(exchange.set_price, body),
        "position": _position,
        "leverage": lambda exchange, body: _call(exchange.set_leverage, body),
        "follower": _follower,
        "leader": _leader,
        "account": lambda exchange, body: exchange.change_account(body.pop("account", None), **body),
        "fault": _fault,
    }
    posts = [web.post(f"/simulator/{name}", _handler(exchange, order)) for name, order in orders.items()]
    return [*posts, web.get("/simulator/state", _state_handler(exchange))]


def _handler(exchange: Exchange, order: Order) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.text() or "{}", parse_float=Decimal)
            if not isinstance(body, dict):
                raise TypeError("the body is a JSON object")
            order(exchange, body)
        except KeyError as exc:
            return web.json_response({"ok": False, "error": f"{exc.args[0]} is missing"}, status=400)
        except (ValueError, TypeError) as exc:
            return web.json_response({"ok": False, "error": str(exc)}, status=400)
        return web.json_response({"ok": True})

    return handle


def _position(exchange: Exchange, body: dict[str, Any]) -> None:
    _chosen(body, {"open": exchange.open_position, "close": exchange.close_position}, "open")


def _follower(exchange: Exchange, body: dict[str, Any]) -> None:
    body["follower_id"] = str(body.pop("follower"))
    _chosen(body, {"join": exchange.join, "leave": exchange.leave, "transfer": exchange.transfer})


def _leader(exchange: Exchange, body: dict[str, Any]) -> None:
    def settle(leader: str, day: str = "2026-11-16") -> None:
        exchange.settle(leader, day)

    def stop(leader: str) -> None:
        exchange.stop_leading(leader)

    def config(leader: str, **fields: Any) -> None:
        exchange.leader(leader).config.update(fields)

    _chosen(body, {"settle": settle, "stop": stop, "config": config})


def _fault(exchange: Exchange, body: dict[str, Any]) -> None:
    kind = body.pop("kind")
    if kind not in FAULTS:
        raise ValueError(f"kind is one of {', '.join(sorted(FAULTS))}")
    _call(getattr(exchange, kind), body)


def _chosen(body: dict[str, Any], doors: Mapping[str, Callable[..., object]], usual: str = "") -> None:
    action = body.pop("action", usual)
    if action not in doors:
        raise ValueError(f"action is {', '.join(doors)}, not {action!r}")
    _call(doors[action], body)


def _call(door: Callable[..., object], options: dict[str, Any]) -> None:
    """Raises: TypeError, naming the option that is missing or unknown."""
    given = inspect.signature(door).bind(**options)
    door(*given.args, **given.kwargs)


def _state_handler(exchange: Exchange) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(_request: web.Request) -> web.Response:
        return web.json_response(state(exchange))

    return handle


def state(exchange: Exchange) -> dict[str, Any]:
    """Everything but the secrets, as JSON types; numbers are texts."""
    return {
        "prices": {symbol: text(price) for symbol, price in exchange.market.marks.items()},
        "leaders": {
            one.nickname: {
                "user_id": one.user_id,
                "is_active": one.is_active,
                "config": one.config,
                "positions": [[held.symbol, held.is_long, text(held.quantity)] for held in one.positions],
            }
            for one in exchange.leaders.values()
        },
        "followers": [
            {
                "leader": exchange.leaders[one.leader_id].nickname,
                "follower": one.follower_id,
                "standing": one.standing.name.lower(),
                "equity": text(one.equity(exchange.market)),
                "positions": [[held.symbol, held.is_long, text(held.quantity)] for held in one.positions],
            }
            for one in exchange.relations
        ],
        "accounts": {
            one.name: {"user_id": one.user_id, "kind": one.kind, "can_trade": one.can_trade}
            for one in exchange.accounts.values()
        },
        "happened": exchange.happened,
        "effects": dict(exchange.effects),
    }
