"""The REST door: signature, time window, passphrase, permission and rate limits as documented, answers in the
envelope.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from aiohttp import web

from alertd.simulators.okx import cutting, frames
from alertd.simulators.okx.account_calls import AccountCalls
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.copy_calls import CopyCalls
from alertd.simulators.okx.exchange import Exchange
from alertd.simulators.okx.limits import SlidingWindow
from alertd.simulators.okx.public_calls import PublicCalls
from alertd.simulators.okx.refusals import REST, Refusal
from alertd.simulators.okx.rest_faults import RestFailure
from alertd.simulators.okx.rows import Row
from alertd.simulators.okx.signing import is_same, request_signature

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_AUTH_HEADERS = {
    "OK-ACCESS-KEY": "50103",
    "OK-ACCESS-PASSPHRASE": "50104",
    "OK-ACCESS-SIGN": "50106",
    "OK-ACCESS-TIMESTAMP": "50107",
}
_WINDOW_S = 2.0
_ANNOUNCEMENTS = "system/status"  # what is served also while the exchange is down

Parameters = Mapping[str, str]
Public = Callable[[Parameters], Sequence[Row]]
Private = Callable[[Account, Parameters], Sequence[Row]]
Serve = Callable[[web.Request, str], str]


class RestDoor:
    """Answers REST calls for one exchange. Limits: per account and endpoint, public ones per address."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._windows: dict[tuple[str, str], SlidingWindow] = {}

    def routes(self) -> list[web.RouteDef]:
        unknown = web.route("*", "/api/v5/{path:.*}", self._wrapped(_unknown))
        return [*self._public_routes(), *self._private_routes(), unknown]

    def _public_routes(self) -> list[web.RouteDef]:
        calls, copying = PublicCalls(self._exchange), CopyCalls(self._exchange)
        served: dict[str, tuple[Public, int]] = {
            "public/time": (calls.time, 10),
            "public/instruments": (calls.instruments, 20),
            "public/mark-price": (calls.mark_price, 10),
            "market/ticker": (calls.ticker, 20),
            "market/tickers": (calls.tickers, 20),
            "market/books": (calls.books, 40),
            "copytrading/public-current-subpositions": (copying.public_sub_positions, 5),
            "copytrading/public-subpositions-history": (copying.public_history, 5),
            "copytrading/public-stats": (copying.public_stats, 5),
        }
        status = self._route(_ANNOUNCEMENTS, self._public(_ANNOUNCEMENTS, calls.status, 1, 5.0))
        return [status, *(self._route(path, self._public(path, *one)) for path, one in served.items())]

    def _private_routes(self) -> list[web.RouteDef]:
        calls, copying = AccountCalls(self._exchange), CopyCalls(self._exchange)
        served: dict[str, tuple[Private, int]] = {
            "account/config": (calls.config, 5),
            "account/balance": (calls.balance, 10),
            "account/positions": (calls.positions, 10),
            "account/positions-history": (calls.positions_history, 10),
            "account/bills": (calls.bills, 10),
            "copytrading/config": (copying.config, 5),
            "copytrading/current-lead-traders": (copying.lead_traders, 5),
            "copytrading/copy-settings": (copying.settings, 5),
            "copytrading/current-subpositions": (copying.sub_positions, 20),
            "copytrading/subpositions-history": (copying.history, 20),
        }
        stop = "copytrading/stop-copy-trading"
        actions = [self._route(stop, self._signed(stop, copying.stop, 5, is_action=True))]
        return [*actions, *(self._route(path, self._signed(path, *one)) for path, one in served.items())]

    def _route(self, path: str, serve: Serve) -> web.RouteDef:
        return web.route("*", f"/api/v5/{path}", self._wrapped(serve))

    def _wrapped(self, serve: Serve) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            body = await request.text()
            failure = self._exchange.rest_faults.take(request.path)
            if failure is not None:
                return await self._failed(failure, request, lambda: serve(request, body))
            if self._exchange.is_down and not request.path.endswith(_ANNOUNCEMENTS):
                return _refused(Refusal("50001"))
            try:
                return _json(200, serve(request, body))
            except Refusal as refusal:
                return _refused(refusal)

        return handle

    async def _failed(
        self, failure: RestFailure, request: web.Request, serve: Callable[[], str]
    ) -> web.Response:
        if failure.after_effect:
            with suppress(Refusal):  # what is refused has no effect
                serve()
        if failure.cuts:
            cutting.reset(request)
        if failure.hangs:
            await self._exchange.rest_healed.wait()
        known = REST.get(failure.code)
        status = failure.status or (known.status if known else 200)
        text = failure.body
        envelope = frames.refusal(failure.code, _message(failure.code, request.remote or ""))
        return _json(status, envelope if text is None else text)

    def _public(self, name: str, serve: Public, count: int, period_s: float = _WINDOW_S) -> Serve:
        def call(request: web.Request, _body: str) -> str:
            _check_method(request, "GET")
            self._take(request.remote or "", name, count, period_s)
            return frames.answer(serve(request.query))

        return call

    def _signed(self, name: str, serve: Private, count: int, *, is_action: bool = False) -> Serve:
        """An action is a POST, and the key needs the permission to trade."""

        def call(request: web.Request, body: str) -> str:
            _check_method(request, "POST" if is_action else "GET")
            account = self._authenticated(request, body)
            self._take(account.uid, name, count)
            if is_action and "trade" not in account.perm.split(","):
                raise Refusal("50120")
            return frames.answer(serve(account, _parameters(request, body) if is_action else request.query))

        return call

    def _take(self, who: str, endpoint: str, count: int, period_s: float = _WINDOW_S) -> None:
        window = self._windows.setdefault((who, endpoint), SlidingWindow(count, period_s))
        if not window.take(self._exchange.now_s()):
            raise Refusal("50011")

    def _authenticated(self, request: web.Request, body: str) -> Account:
        for header, code in _AUTH_HEADERS.items():
            if not request.headers.get(header):
                raise Refusal(code)
        key, passphrase, sign, timestamp = (request.headers[header] for header in _AUTH_HEADERS)
        self._check_time(timestamp)
        if not key.replace("-", "").isalnum():
            raise Refusal("50111")
        if (account := self._exchange.account_by_key(key)) is None:
            raise Refusal("50119")
        demo = request.headers.get("x-simulated-trading") == "1"
        if account.region != self._exchange.region:
            raise Refusal("50119")
        if account.environment != ("demo" if demo else "production"):
            raise Refusal("50101")
        if not account.takes(request.remote or ""):
            raise Refusal("50110", request.remote or "")
        if not is_same(passphrase, account.passphrase):
            raise Refusal("50105")
        signed = request_signature(account.api_secret, timestamp, request.method, request.raw_path, body)
        if not is_same(sign, signed):
            raise Refusal("50113")
        return account

    def _check_time(self, timestamp: str) -> None:
        if not _TIMESTAMP.fullmatch(timestamp):
            raise Refusal("50112")
        try:
            sent = datetime.fromisoformat(timestamp)
        except ValueError as exc:
            raise Refusal("50112") from exc
        if abs(self._exchange.clock() - sent.timestamp()) > self._exchange.limits.clock_window_s:
            raise Refusal("50102")


def _check_method(request: web.Request, method: str) -> None:
    if request.method != method:
        raise Refusal("50115")


def _parameters(request: web.Request, body: str) -> Parameters:
    """The body of a POST: an object of texts."""
    if request.content_type != "application/json":
        raise Refusal("50006")
    if not body:
        raise Refusal("50000")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise Refusal("50002") from exc
    if not isinstance(given, dict):
        raise Refusal("50002")
    if wrong := [name for name, value in given.items() if not isinstance(value, str)]:
        raise Refusal("51000", wrong[0])
    return given


def _unknown(_request: web.Request, _body: str) -> str:
    raise Refusal("404")


def _message(code: str, what: str) -> str:
    return REST[code].message.replace("{}", what) if code in REST else ""


def _refused(refusal: Refusal) -> web.Response:
    known = REST.get(refusal.code)
    if known is None:
        return _json(404, frames.refusal("404", "Not Found"))
    message = known.message.replace("{}", refusal.what)
    envelope = frames.refusal if known.has_data else frames.authentication_refusal
    return _json(known.status, envelope(refusal.code, message))


def _json(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text, content_type="application/json")
