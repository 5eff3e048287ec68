"""What the exchange answers to a client's text: ping, login, subscribe, unsubscribe, and every refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from alertd.simulators.okx import frames
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.channels import COUNTED, BadArgument, Service, Subscription, read_argument
from alertd.simulators.okx.exchange import Exchange
from alertd.simulators.okx.refusals import stream_text
from alertd.simulators.okx.session import Session
from alertd.simulators.okx.signing import is_same, login_signature

_CLOSE_LOGIN_FAILED = 4001
_LONGEST_ID = 32


def answer(exchange: Exchange, session: Session, text: str) -> None:
    """Sends the answers on the session."""
    if text == "ping":
        session.send("pong")
        return
    request = _request(text)
    if request is None:
        _refuse(session, "60012", what=text)
        return
    request_id = request.get("id")
    if request_id is not None and not _is_id(request_id):
        _refuse(session, "60033", what="id")
        return
    operation = request["op"]
    if operation not in ("login", "subscribe", "unsubscribe"):
        _refuse(session, "60019", request_id, str(operation))
    elif not session.requests.take(exchange.now_s()):
        _refuse(session, "60014", request_id)
    elif not (isinstance(request.get("args"), list) and request["args"]):
        _refuse(session, "60013" if "args" in request else "60012", request_id, text)
    elif operation == "login":
        _login(exchange, session, request["args"])
    elif session.service is Service.PRIVATE and session.account is None:
        _refuse(session, "60011", request_id)
    elif operation == "subscribe":
        _subscribe(exchange, session, request["args"], request_id)
    else:
        _unsubscribe(exchange, session, request["args"], request_id)


def _request(text: str) -> Mapping[str, Any] | None:
    try:
        request = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return request if isinstance(request, dict) and "op" in request else None


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isalnum() and len(value) <= _LONGEST_ID


def _refuse(session: Session, code: str, request_id: str | None = None, what: str = "") -> None:
    session.send(frames.error(code, stream_text(code, what), session.conn_id, request_id))


def _login(exchange: Exchange, session: Session, args: Sequence[object]) -> None:
    if session.account is not None or len(args) > 1:
        _refuse(session, "60031")
        return
    if session.service is Service.PUBLIC:
        _refuse(session, "60028")
        return
    if exchange.ignored_logins:
        return
    if exchange.closed_logins is not None:
        session.close(*exchange.closed_logins)
        return
    outcome = _identify(exchange, args[0])
    if isinstance(outcome, Account) and not outcome.takes(session.remote):
        outcome = BadArgument("50110")
    if isinstance(outcome, BadArgument):
        _refuse(session, outcome.code, what=session.remote if outcome.code == "50110" else outcome.what)
        if exchange.limits.close_after_refused_login:
            session.close(_CLOSE_LOGIN_FAILED, "Login failed")
        return
    session.account = outcome
    session.send(frames.login_ok(session.conn_id))


def _identify(exchange: Exchange, credentials: object) -> Account | BadArgument:
    """The account, or why not."""
    if not isinstance(credentials, dict):
        return BadArgument("60013")
    if exchange.refused_login is not None:
        return BadArgument(exchange.refused_login)
    given = {name: _text(credentials.get(name)) for name in ("apiKey", "passphrase", "timestamp", "sign")}
    if empty := [name for name, value in given.items() if not value]:
        return BadArgument("60027", empty[0])
    if code := _wrong_time(exchange, given["timestamp"]):
        return BadArgument(code)
    outcome = _signed(exchange, *given.values())
    return BadArgument(outcome) if isinstance(outcome, str) else outcome


def _text(value: object) -> str:
    """The exchange's own Python client sends the timestamp as a number, and is let in."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number or isinstance(value, str) else ""


def _signed(exchange: Exchange, api_key: str, passphrase: str, timestamp: str, sign: str) -> Account | str:
    """The account, or the code of the refusal."""
    if not api_key.replace("-", "").isalnum():
        return "60005"
    if (account := exchange.account_by_key(api_key)) is None:
        return "60032"
    if account.environment != exchange.environment:
        return "50101"
    if not is_same(passphrase, account.passphrase):
        return "60024"
    return account if is_same(sign, login_signature(account.api_secret, timestamp)) else "60007"


def _wrong_time(exchange: Exchange, timestamp: str) -> str | None:
    """Seconds; a fraction is tolerated. Milliseconds are simply far in the future."""
    if not timestamp.isascii() or not timestamp.replace(".", "", 1).isdecimal():
        return "60004"
    return "60006" if abs(exchange.clock() - float(timestamp)) > exchange.limits.clock_window_s else None


def _subscribe(exchange: Exchange, session: Session, args: Sequence[object], request_id: str | None) -> None:
    read = [read_argument(session.service, arg, exchange.market) for arg in args]
    refused = [one for one in read if isinstance(one, BadArgument)]
    for bad in refused:
        _refuse(session, bad.code, request_id, bad.what)
    if refused and exchange.limits.refuse_whole_request:
        return
    for subscription in read:
        if isinstance(subscription, Subscription):
            _accept(exchange, session, subscription, request_id)


def _accept(exchange: Exchange, session: Session, subscription: Subscription, request_id: str | None) -> None:
    """Acknowledgement, then the connection count, then the first push."""
    channel = subscription.channel
    refused = exchange.refused_subscriptions
    if code := refused.get(channel) or refused.get(None):
        _refuse(session, code, request_id, channel)
        return
    if session.account is None and session.service is Service.BUSINESS:
        _refuse(session, "60011", request_id)
        return
    session.send(frames.acknowledgement("subscribe", dict(subscription.arg), session.conn_id, request_id))
    if channel in COUNTED:
        count = exchange.connections_with(session, channel)
        over = count > exchange.limits.connections_per_channel or channel in exchange.refused_channels
        shown = min(count, exchange.limits.connections_per_channel)
        session.send(frames.connection_count(channel, shown, session.conn_id, refused=over))
        if over:
            return
    exchange.publisher.subscribe(session, subscription)


def _unsubscribe(
    exchange: Exchange, session: Session, args: Sequence[object], request_id: str | None
) -> None:
    for arg in args:
        read = read_argument(session.service, arg, exchange.market)
        if isinstance(read, BadArgument):
            _refuse(session, read.code, request_id, read.what)
            continue
        session.subscriptions.pop(read, None)
        session.send(frames.acknowledgement("unsubscribe", dict(read.arg), session.conn_id, request_id))
