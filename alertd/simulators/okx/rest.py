"""The REST endpoints: signature, time window, passphrase and rate limits as documented, answers in the
envelope.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from aiohttp import web

from alertd.simulators.okx import frames, profile, rows
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.exchange import Exchange
from alertd.simulators.okx.limits import SlidingWindow
from alertd.simulators.okx.refusals import REST
from alertd.simulators.okx.signing import is_same, request_signature

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_AUTH_HEADERS = {
    "OK-ACCESS-KEY": "50103",
    "OK-ACCESS-PASSPHRASE": "50104",
    "OK-ACCESS-SIGN": "50106",
    "OK-ACCESS-TIMESTAMP": "50107",
}
_POSITION_TYPES = ("", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS")
_WINDOW_S = 2.0

Query = Mapping[str, str]
Private = Callable[[Account, Query], Sequence[rows.Row]]


class Refusal(Exception):
    """A call is answered with an error code; `what` fills the gap of its text."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.what = what


class RestDoor:
    """Answers REST calls for one exchange. Limits: per account and endpoint, public ones per address."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._windows: dict[tuple[str, str], SlidingWindow] = {}

    def routes(self) -> list[web.RouteDef]:
        private: dict[str, tuple[Private, int]] = {
            "account/config": (self._config, 5),
            "account/balance": (self._balance, 10),
            "account/positions": (self._positions, 10),
            "copytrading/config": (self._copy_config, 5),
            "copytrading/current-lead-traders": (self._lead_traders, 5),
        }
        signed = [self._route(path, self._signed(path, *served)) for path, served in private.items()]
        public = [
            self._route("public/time", self._public("time", 10, self._time)),
            self._route("system/status", self._public("status", 10, list)),
        ]
        unknown = web.route("*", "/api/v5/{path:.*}", self._wrapped(_unknown))
        return [*signed, *public, unknown]

    def _route(self, path: str, serve: Callable[[web.Request, str], str]) -> web.RouteDef:
        return web.route("*", f"/api/v5/{path}", self._wrapped(serve))

    def _wrapped(
        self, serve: Callable[[web.Request, str], str]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            body = await request.text()
            if (failure := self._exchange.rest_failure) is not None:
                text = failure.body
                envelope = frames.refusal(failure.code, _message(failure.code))
                return _json(failure.status, envelope if text is None else text)
            try:
                return _json(200, serve(request, body))
            except Refusal as refusal:
                return _refused(refusal)

        return handle

    def _public(
        self, name: str, count: int, serve: Callable[[], Sequence[rows.Row]]
    ) -> Callable[[web.Request, str], str]:
        def call(request: web.Request, _body: str) -> str:
            _check_method(request)
            self._take(request.remote or "", name, count)
            return frames.answer(serve())

        return call

    def _signed(self, name: str, serve: Private, count: int) -> Callable[[web.Request, str], str]:
        def call(request: web.Request, body: str) -> str:
            _check_method(request)
            account = self._authenticated(request, body)
            self._take(account.uid, name, count)
            return frames.answer(serve(account, request.query))

        return call

    def _take(self, who: str, endpoint: str, count: int) -> None:
        window = self._windows.setdefault((who, endpoint), SlidingWindow(count, _WINDOW_S))
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
        if account.environment != ("demo" if demo else "production"):
            raise Refusal("50101")
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

    def _time(self) -> Sequence[rows.Row]:
        return [{"ts": str(self._exchange.now_ms())}]

    def _config(self, account: Account, _query: Query) -> Sequence[rows.Row]:
        return [profile.config_row(account)]

    def _copy_config(self, account: Account, _query: Query) -> Sequence[rows.Row]:
        return [profile.copy_config_row(account)]

    def _lead_traders(self, account: Account, query: Query) -> Sequence[rows.Row]:
        if query.get("instType", "SWAP") != "SWAP":
            raise Refusal("51000", "instType")
        return [profile.lead_trader_row(one) for one in account.lead_traders]

    def _balance(self, account: Account, query: Query) -> Sequence[rows.Row]:
        view = self._view(account)
        currencies = _listed(query, "ccy", 20)
        return [view.account_row(view.detail_rows(currencies))]

    def _positions(self, account: Account, query: Query) -> Sequence[rows.Row]:
        """Newest first; a closed position is shown only to who asks for its `instId`."""
        if query.get("instType", "") not in _POSITION_TYPES:
            raise Refusal("51000", "instType")
        inst_ids, pos_ids = _listed(query, "instId", 10), _listed(query, "posId", 20)
        if inst_ids and any(one not in self._exchange.market.instruments for one in inst_ids):
            raise Refusal("51001")
        known = [*(account.closed if inst_ids else []), *account.positions.values()]
        wanted = [
            one
            for one in sorted(known, key=lambda one: one.created_ms, reverse=True)
            if query.get("instType", "") in ("", one.instrument.inst_type)
            and (inst_ids is None or one.instrument.inst_id in inst_ids)
            and (pos_ids is None or one.pos_id in pos_ids)
        ]
        return self._view(account).position_rows(self._exchange.market, wanted, pushed=False)

    def _view(self, account: Account) -> rows.AccountView:
        return rows.AccountView(account, account.value(self._exchange.market), self._exchange.now_ms())


def _listed(query: Query, name: str, most: int) -> list[str] | None:
    """A comma-joined parameter; None: not given."""
    if not (given := query.get(name, "")):
        return None
    if len(values := given.split(",")) > most:
        raise Refusal("51000", name)
    return values


def _check_method(request: web.Request) -> None:
    if request.method != "GET":
        raise Refusal("50115")


def _unknown(_request: web.Request, _body: str) -> str:
    raise Refusal("404")


def _message(code: str) -> str:
    return REST[code].message if code in REST else ""


def _refused(refusal: Refusal) -> web.Response:
    known = REST.get(refusal.code)
    if known is None:
        return _json(404, frames.refusal("404", "Not Found"))
    message = known.message.replace("{}", refusal.what)
    envelope = frames.refusal if known.has_data else frames.authentication_refusal
    return _json(known.status, envelope(refusal.code, message))


def _json(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text, content_type="application/json")
