"""Orders to a running simulator over HTTP, on the port of the exchange itself.

All bodies are JSON objects; numbers may be texts. What stands in parentheses
may be left out; "account" (a name) is needed only if there are several.

POST /simulator/price
    instId, px (overS: glide there in so many market seconds)
POST /simulator/position
    instId (action: open, the default), (side: long, short) (size) (lever)
        (mgnMode: isolated, cross) (px) (leadTrader: the code of whom it copies)
    instId, action: close (share: 0 to 1) (px) (event: filled, liquidation, adl)
    instId, action: margin, amount: isolated margin to add
POST /simulator/balance
    ccy, amount (event: transferred, claw_back ...)
POST /simulator/warning
    instId (mgnRatio): the exchange's own liquidation warning
POST /simulator/lead-notification
    infoType (any of the push's own fields: instId, side, subPosId ...)
POST /simulator/stop-copying
    uniqueCode (closes: true closes what was opened with it): ended at once, by
        another hand than the API's
POST /simulator/leader-closes
    uniqueCode (instId): the lead trader closes, and so do the copies
POST /simulator/copying
    (stoppingS) (closingS): how long a stop, and then a market close, take
    (listDropsFirst: true lets the list show a stop before the settings do)
    (listsUntilClosed: true lists a trader after copy_close while positions are open)
    (namesCopiedPositions) (namesManualPositions): false leaves what was copied, or
        what manual_close left, out of current-subpositions
POST /simulator/account
    (perm: read_only,trade,withdraw) (ip: the addresses the key is bound to)
        (liquidationGear: 0 is no warnings) (acctLv: 1 to 4) (roleType: 0, 1, 2)
        (region: not global, and the key is unknown here)
        (frozen: 50009, 50017 to 50023 refuse what changes something, "" none)
POST /simulator/maintenance
    title, begin, end: in ms, end "" is none (state: scheduled, ongoing, pre_open,
        completed, canceled) (serviceType) (maintType): told by system/status, in
        place of what had this title and serviceType
        (follows: true lets the state go with the time) (down: true serves nothing
        else while it lasts) (overrunS: so much longer than announced)
POST /simulator/push-regular
    the regular snapshots, now
POST /simulator/fault
    kind, and its options; (service) and (account) narrow most of them:
        drop   reset   stall   half_open   malformed   heal   oversized: size
        close_all: code (reason)   notice (close_after_s)   delay: seconds
        mute: channel   channel_conn_count_error: channel (stays)
        duplicate_pushes (on)   reorder_pushes (on)   inject_text: frame
        refuse_login: code   close_logins: code (reason)   ignore_logins
        refuse_subscriptions: code (channel)
        refuse_connects (status) (body) (location)
        fail_rest (status) (code) (body) (path: the end of those that fail)
        hang_rest (path)   cut_rest (path)
            these three: (after_effect: true does what was asked) (times)
        lie: page (times): list and settings show the reverse of what is so,
            sub_positions shows nothing
GET /simulator/state
    prices, accounts, positions, connections, faults and what happened

Answers {"ok": true}, or status 400 and {"ok": false, "error": what is wrong}.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from aiohttp import web

from alertd.simulators.okx.exchange import Exchange
from alertd.simulators.okx.numbers import text
from alertd.simulators.okx.session import Session

Order = Callable[[Exchange, dict[str, Any]], object]
FAULTS = frozenset(
    {
        "drop",
        "reset",
        "stall",
        "half_open",
        "malformed",
        "oversized",
        "close_all",
        "notice",
        "delay",
        "mute",
        "duplicate_pushes",
        "reorder_pushes",
        "channel_conn_count_error",
        "inject_text",
        "refuse_login",
        "close_logins",
        "ignore_logins",
        "refuse_subscriptions",
        "refuse_connects",
        "fail_rest",
        "hang_rest",
        "cut_rest",
        "lie",
        "heal",
    }
)
_POSITION_NAMES = {"instId": "inst_id", "mgnMode": "mgn_mode", "leadTrader": "lead_trader"}


def control_routes(exchange: Exchange) -> list[web.RouteDef]:
    orders: Mapping[str, Order] = {
        "price": _price,
        "position": _position,
        "balance": _balance,
        "warning": _warning,
        "lead-notification": _lead_notification,
        "stop-copying": _stop_copying,
        "leader-closes": _leader_closes,
        "copying": _copying,
        "account": _account,
        "maintenance": _maintenance,
        "push-regular": _push_regular,
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


def _price(exchange: Exchange, body: dict[str, Any]) -> None:
    if "overS" in body:
        exchange.glide(body["instId"], body["px"], float(body["overS"]))
    else:
        exchange.set_price(body["instId"], body["px"])


def _position(exchange: Exchange, body: dict[str, Any]) -> None:
    doors: dict[str, Callable[..., object]] = {
        "open": exchange.open_position,
        "close": exchange.close_position,
        "margin": exchange.adjust_margin,
    }
    action = body.pop("action", "open")
    if action not in doors:
        raise ValueError(f"action is {', '.join(doors)}, not {action!r}")
    _call(doors[action], {_POSITION_NAMES.get(name, name): value for name, value in body.items()})


def _balance(exchange: Exchange, body: dict[str, Any]) -> None:
    _call(exchange.set_balance, {"currency": body.pop("ccy"), **body})


def _warning(exchange: Exchange, body: dict[str, Any]) -> None:
    exchange.push_liquidation_warning(
        body["instId"], mgn_ratio=body.get("mgnRatio"), account=body.get("account")
    )


def _lead_notification(exchange: Exchange, body: dict[str, Any]) -> None:
    account, info_type = body.pop("account", None), str(body.pop("infoType"))
    exchange.push_lead_notification(
        info_type, account=account, **{name: str(one) for name, one in body.items()}
    )


def _stop_copying(exchange: Exchange, body: dict[str, Any]) -> None:
    _call(exchange.stop_copying, {"unique_code": body.pop("uniqueCode"), **body})


def _leader_closes(exchange: Exchange, body: dict[str, Any]) -> None:
    exchange.leader_closes(body["uniqueCode"], body.get("instId"))


def _copying(exchange: Exchange, body: dict[str, Any]) -> None:
    seconds = {"stoppingS": "stopping_s", "closingS": "closing_s"}
    flags = {
        "listDropsFirst": "list_drops_first",
        "listsUntilClosed": "lists_until_closed",
        "namesCopiedPositions": "names_copied_positions",
        "namesManualPositions": "names_manual_positions",
    }
    if unknown := body.keys() - seconds.keys() - flags.keys():
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    changes: dict[str, Any] = {name: float(body[key]) for key, name in seconds.items() if key in body}
    changes |= {name: bool(body[key]) for key, name in flags.items() if key in body}
    exchange.copying.limits = replace(exchange.copying.limits, **changes)


def _account(exchange: Exchange, body: dict[str, Any]) -> None:
    names = {"liquidationGear": "liquidation_gear", "acctLv": "acct_lv", "roleType": "role_type"}
    exchange.change_account(
        body.pop("account", None), **{names.get(name, name): str(one) for name, one in body.items()}
    )


def _maintenance(exchange: Exchange, body: dict[str, Any]) -> None:
    title, begin_ms = str(body["title"]), int(body["begin"])
    end_ms = int(body["end"]) if body["end"] != "" else None
    names = {"state": "state", "serviceType": "service_type", "maintType": "maintenance_type"}
    more: dict[str, Any] = {name: str(body[key]) for key, name in names.items() if key in body}
    flags = {"follows": "follows", "down": "is_down"}
    more |= {name: bool(body[key]) for key, name in flags.items() if key in body}
    more["overrun_ms"] = int(1000 * float(body.get("overrunS", 0)))
    exchange.announce_maintenance(title, begin_ms, end_ms, **more)


def _push_regular(exchange: Exchange, _body: dict[str, Any]) -> None:
    exchange.push_regular()


def _fault(exchange: Exchange, body: dict[str, Any]) -> None:
    kind = body.pop("kind")
    if kind not in FAULTS:
        raise ValueError(f"kind is one of {', '.join(sorted(FAULTS))}")
    _call(getattr(exchange, kind), body)


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
        "prices": {name: text(price) for name, price in exchange.market.marks().items()},
        "accounts": {name: _account_state(exchange, name) for name in exchange.accounts},
        "connections": [_connection_state(one) for one in exchange.sessions],
        "faults": {
            "refused_login": exchange.refused_login,
            "closed_logins": exchange.closed_logins and exchange.closed_logins[0],
            "ignored_logins": exchange.ignored_logins,
            "refused_subscriptions": sorted(exchange.refused_subscriptions.values()),
            "refused_connects": exchange.refused_connects and exchange.refused_connects.status,
            "refused_channels": sorted(exchange.refused_channels),
            "rest_fails": bool(exchange.rest_faults),
        },
        "happened": exchange.happened,
    }


def _account_state(exchange: Exchange, name: str) -> dict[str, Any]:
    account = exchange.accounts[name]
    valuation = account.value(exchange.market)
    return {
        "uid": account.uid,
        "copying": [
            {
                "uniqueCode": one.unique_code,
                "state": exchange.copying.state_of(account, one.unique_code),
                "stops": exchange.copying.stops[name, one.unique_code],
            }
            for one in (*account.lead_traders, *account.former_lead_traders)
        ],
        "cash": {currency: text(amount) for currency, amount in account.cash.items()},
        "positions": [
            {
                "posId": one.pos_id,
                "instId": one.instrument.inst_id,
                "side": "long" if one.sign > 0 else "short",
                "mgnMode": one.mgn_mode,
                "size": text(one.size),
                "mgnRatio": text(valuation.positions[one.pos_id].ratio),
                "liqPx": text(valuation.positions[one.pos_id].liq_px),
            }
            for one in account.positions.values()
        ],
    }


def _connection_state(session: Session) -> dict[str, Any]:
    return {
        "connId": session.conn_id,
        "service": session.service.value,
        "account": None if session.account is None else session.account.name,
        "subscriptions": [dict(one.arg) for one in session.subscriptions],
        "stalled": session.faults.stalled,
        "half_open": session.faults.half_open,
    }
