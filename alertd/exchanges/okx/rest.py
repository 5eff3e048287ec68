"""Signed calls to OKX's REST interface. Reads may be repeated; a change is sent once.

Source: OKX API guide, "REST Authentication", "Get system time", "Get account configuration", "Get balance",
"Get positions", "Get positions history", "Get bills details (last 7 days)", "Copy trading", "Status".
"""

from __future__ import annotations

import asyncio
import ssl as tls
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeVar

import aiohttp
import msgspec
import tenacity

from alertd import __version__
from alertd.clock import Clock
from alertd.domain.errors import DecodeError, Disposition, RequestRefused, RequestUnavailable
from alertd.exchanges.okx import codes, fields, wire
from alertd.exchanges.okx.budget import Budget
from alertd.exchanges.okx.observed import Answered
from alertd.exchanges.okx.posting import Posted, post_once
from alertd.exchanges.okx.requests import Credentials, rest_headers

Role = Literal["copier", "lead", "trader"]

TIMEOUT_S = 5.0
LARGEST_ANSWER = 4 * 1024 * 1024
_ATTEMPTS = 2
PAUSE_S = 0.3  # between the two
# Closed positions: few are new since the last time, so the first page is small.
FIRST_PAGE = 20
FULL_PAGE = 100
MOST_PAGES = 50
_USER_AGENT = f"alertd/{__version__}"
_ROLES: dict[str, Role] = {"0": "trader", "1": "lead", "2": "copier"}
_ACCOUNT_MODES = {"1": "spot", "2": "futures", "3": "multi_currency", "4": "portfolio"}
# Statuses that mean something where the body says nothing.
_STATUS_DISPOSITIONS = {
    401: Disposition.CREDENTIALS,
    404: Disposition.CONFIG,  # the endpoint does not exist in that region
    405: Disposition.BUG,
    410: Disposition.CONFIG,
    429: Disposition.RATE,
}
# An account that has never copied may be answered so instead of an empty list (UNVERIFIED).
_COPIES_NOBODY = frozenset({"59273", "59285"})
_ANSWER = msgspec.json.Decoder(wire.Answer)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """What kind of account the key belongs to.

    `account_mode`: spot, futures, multi_currency, portfolio (else as it came). `liquidation_gear`: "3" or
    "-1" warn at 300 %, "0" never. `ip`: the addresses the key is bound to, empty = none.
    """

    uid: str
    role: Role
    account_mode: str
    position_mode: str
    permissions: frozenset[str]
    liquidation_gear: str
    ip: tuple[str, ...]


class LeadTrader(msgspec.Struct, frozen=True):
    """Somebody the account copies. `unique_code` is a text, also where it is all digits."""

    unique_code: str
    nick_name: str


class OkxRest:
    """Calls for one account. `base_url` has no slash at its end; `demo` adds the header that selects it.

    `offset_s`: the exchange's clock minus ours, for signatures; without it, what was measured here last.
    `shared`: the budget of this address, for what is not counted by account.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        credentials: Credentials,
        demo: bool,
        clock: Clock,
        ssl: tls.SSLContext | None = None,
        pause_s: float = PAUSE_S,
        offset_s: Callable[[], float] | None = None,
        shared: Budget | None = None,
    ) -> None:
        self._session = session
        self._base_url = base_url
        self._credentials = credentials
        self._demo = demo
        self._clock = clock
        self._ssl: tls.SSLContext | bool = ssl if ssl is not None else True
        self._pause_s = pause_s
        self._measured_s = 0.0
        self._offset_s = offset_s or (lambda: self._measured_s)
        self._own = Budget()
        self._shared = shared or Budget()
        self.last_signed_at: datetime | None = None  # when the exchange last accepted a signed call

    async def server_time_offset_s(self) -> float:
        """The exchange's time minus ours, to half a round trip.

        Raises: RequestRefused, RequestUnavailable.
        """
        self._measured_s = await self._repeated(self._measure_offset)
        return self._measured_s

    async def account_config(self) -> AccountConfig:
        """Raises: RequestRefused, RequestUnavailable."""
        row = await self._repeated(self._account_config)
        return AccountConfig(
            uid=row.uid,
            role=_ROLES.get(row.roleType, "trader"),
            account_mode=_ACCOUNT_MODES.get(row.acctLv, row.acctLv),
            position_mode=row.posMode,
            permissions=frozenset(part for part in row.perm.split(",") if part),
            liquidation_gear=row.liquidationGear,
            ip=tuple(part.strip() for part in row.ip.split(",") if part.strip()),
        )

    async def positions(self) -> Answered[wire.PositionRow]:
        """Every open position, without `pTime`. Raises: RequestRefused, RequestUnavailable."""
        return await self._repeated(lambda: self._rows("/api/v5/account/positions", wire.PositionRow))

    async def balance(self) -> Answered[wire.AccountRow]:
        """The account as its channel tells it. Raises: RequestRefused, RequestUnavailable."""
        return await self._repeated(lambda: self._rows("/api/v5/account/balance", wire.AccountRow))

    async def closed_since(self, since: datetime) -> Answered[wire.HistoryRow]:
        """Positions that were closed, in part or whole, at that time or later; newest first.

        The query names no beginning: which end of a longer list one would get is not documented.
        Raises: RequestRefused, RequestUnavailable, the latter also where there are too many to read.
        """
        since_ms = int(since.timestamp() * 1000)
        found: dict[tuple[str | None, str | None], wire.HistoryRow] = {}
        query, most = f"limit={FIRST_PAGE}", FIRST_PAGE
        first: Answered[wire.HistoryRow] | None = None
        bad: list[wire.BadRow] = []
        for _ in range(MOST_PAGES):
            page = await self._history_page(query)
            first = first or page
            bad += page.bad
            known = len(found)
            found |= {(row.posId, row.uTime): row for row in page.rows}
            oldest_ms = min((ms for row in page.rows if (ms := _whole_ms(row.uTime))), default=0)
            if len(page.rows) + len(page.bad) < most or oldest_ms < since_ms or len(found) == known:
                rows = [row for row in found.values() if not 0 < _whole_ms(row.uTime) < since_ms]
                return first._replace(rows=rows, bad=bad)
            query, most = f"after={oldest_ms + 1}&limit={FULL_PAGE}", FULL_PAGE
        raise RequestUnavailable(f"more than {MOST_PAGES} pages of closed positions since {since}")

    async def bills_since(self, since: datetime, types: Sequence[str]) -> Answered[wire.BillRow]:
        """Changes of the balance of these types at that time or later, as far back as seven days.

        Raises: RequestRefused, RequestUnavailable, the latter also where there are too many to read.
        """
        since_ms, asked_at, body = int(since.timestamp() * 1000), self._clock.now(), b""
        rows: dict[str | None, wire.BillRow] = {}
        bad: list[wire.BadRow] = []
        for wanted in types:
            query = f"/api/v5/account/bills?type={wanted}&begin={since_ms}&limit={FULL_PAGE}"
            after = ""
            for _ in range(MOST_PAGES):
                page = await self._bills_page(query + after)
                known, body = len(rows), body or page.body
                rows |= {row.billId: row for row in page.rows}
                bad += page.bad
                last = page.rows[-1].billId if page.rows else None
                if len(page.rows) + len(page.bad) < FULL_PAGE or not last or len(rows) == known:
                    break
                after = f"&after={last}"
            else:
                raise RequestUnavailable(f"more than {MOST_PAGES} pages of bills since {since}")
        return Answered(list(rows.values()), bad, asked_at, body)

    async def _bills_page(self, path: str) -> Answered[wire.BillRow]:
        return await self._repeated(lambda: self._rows(path, wire.BillRow))

    async def _history_page(self, query: str) -> Answered[wire.HistoryRow]:
        path = f"/api/v5/account/positions-history?{query}"
        return await self._repeated(lambda: self._rows(path, wire.HistoryRow))

    async def announcements(self, state: str = "") -> Answered[wire.StatusRow]:
        """What OKX tells of its maintenance: what lies ahead or goes on, or what is in this state.

        Asked once: it is asked again soon. Raises: RequestRefused, RequestUnavailable.
        """
        query = f"?state={state}" if state else ""
        return await self._rows(f"/api/v5/system/status{query}", wire.StatusRow, signed=False)

    async def lead_traders(self) -> tuple[LeadTrader, ...]:
        """Whom this account copies. Raises: RequestRefused, RequestUnavailable."""
        answered = await self.copied_traders()
        return tuple(LeadTrader(row.uniqueCode, row.nickName) for row in answered.rows)

    async def copied_traders(self) -> Answered[wire.LeadTraderRow]:
        """The same, all that is told of each. Raises: RequestRefused, RequestUnavailable."""
        return await self.copied_rows(wire.LeadTraderRow)

    async def copied_rows(self, row_type: type[Row]) -> Answered[Row]:
        """The same, read as these rows. Raises: RequestRefused, RequestUnavailable."""
        path, asked_at = "/api/v5/copytrading/current-lead-traders?instType=SWAP", self._clock.now()
        try:
            return await self._repeated(lambda: self._rows(path, row_type))
        except RequestRefused as exc:
            if exc.code in _COPIES_NOBODY:
                return Answered((), (), asked_at, b"")
            raise

    async def copy_config(self) -> Answered[wire.CopyConfigRow]:
        """How many copy this account, if it leads. Raises: RequestRefused, RequestUnavailable."""
        return await self._repeated(lambda: self._rows("/api/v5/copytrading/config", wire.CopyConfigRow))

    async def rows(self, path: str, row_type: type[Row], *, signed: bool = True) -> Answered[Row]:
        """A list of any other page, with its query. Raises: RequestRefused, RequestUnavailable."""
        return await self._repeated(lambda: self._rows(path, row_type, signed=signed))

    async def post_once(self, path: str, body: str) -> Posted:
        """Ask for a change, exactly once; what comes back, whatever it is.

        Raises: RequestUnavailable: it never left. OutcomeUnknown: it may have arrived.
        """
        budget, loop = self._own, asyncio.get_running_loop()
        wait_s = budget.wait_s(path, loop.time())
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        headers = self._headers(path, self._clock.now(), signed=True, body=body)
        posted = await post_once(self._session, self._base_url + path, headers, body.encode(), self._ssl)
        wanted = _wanted(posted)
        if wanted is None:
            self.last_signed_at = self._clock.now()
        elif wanted is Disposition.RATE:
            budget.refused(path, loop.time())
        return posted

    def hidden(self, text: str) -> str:
        """A text from outside without what it may quote of this key."""
        return self._credentials.hidden(text)

    async def _repeated(self, call: Callable[[], Awaitable[Row]]) -> Row:
        """Once more where that may help: no answer, or the exchange asks for it."""
        attempts = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=tenacity.wait_fixed(self._pause_s),
            retry=tenacity.retry_if_exception(_may_help),
            reraise=True,
        )

        async def attempt() -> Row:  # what is no coroutine function would not be awaited
            return await call()

        return await attempts(attempt)

    async def _account_config(self) -> wire.ConfigRow:
        return await self._get("/api/v5/account/config", wire.ConfigRow, signed=True)

    async def _measure_offset(self) -> float:
        asked_at = self._clock.now()
        began_s = self._clock.monotonic_s()
        row = await self._get("/api/v5/public/time", wire.TimeRow, signed=False)
        half_way = asked_at + timedelta(seconds=(self._clock.monotonic_s() - began_s) / 2)
        return (_moment(row.ts) - half_way).total_seconds()

    async def _get(self, path: str, row_type: type[Row], *, signed: bool) -> Row:
        """The first row of the answer."""
        answered = await self._rows(path, row_type, signed=signed)
        if not answered.rows:
            reason = answered.bad[0].reason if answered.bad else "answer without rows"
            raise RequestUnavailable(f"{path}: {reason}")
        return answered.rows[0]

    async def _rows(self, path: str, row_type: type[Row], *, signed: bool = True) -> Answered[Row]:
        endpoint = path.partition("?")[0]
        budget, loop = self._own if signed else self._shared, asyncio.get_running_loop()
        wait_s = budget.wait_s(endpoint, loop.time())
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        asked_at = self._clock.now()
        status, body = await self._fetch(path, self._headers(path, asked_at, signed=signed))
        try:
            data = _checked(status, body)
            if signed:
                self.last_signed_at = self._clock.now()
            rows, bad = wire.read_rows(data, row_type)
        except RequestRefused as refused:
            if refused.wanted is Disposition.RATE:
                budget.refused(endpoint, loop.time())
            raise
        except DecodeError as exc:
            raise RequestUnavailable(f"{path}: {exc.detail}") from exc
        return Answered(rows, bad, asked_at, body)

    def _headers(self, path: str, now: datetime, *, signed: bool, body: str | None = None) -> dict[str, str]:
        """`body`: of a POST."""
        headers = {"User-Agent": _USER_AGENT, "Accept": "application/json"}
        if signed:
            at = now + timedelta(seconds=self._offset_s())
            method = "GET" if body is None else "POST"
            headers |= rest_headers(self._credentials, at, method, path, body or "", demo=self._demo)
        elif self._demo:
            headers["x-simulated-trading"] = "1"
        return headers

    async def _fetch(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body. Redirects are not followed: they would carry the signature away."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with self._session.get(
                self._base_url + path, headers=headers, timeout=timeout, ssl=self._ssl, allow_redirects=False
            ) as response:
                body = bytearray()
                async for chunk in response.content.iter_any():
                    body += chunk
                    if len(body) > LARGEST_ANSWER:
                        raise RequestUnavailable(f"{path}: answer larger than {LARGEST_ANSWER} bytes")
                return response.status, bytes(body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as exc:
            raise RequestUnavailable(f"{path}: {type(exc).__name__} {exc}"[:200]) from exc


def _whole_ms(text: str | None) -> int:
    """0 where it is no time."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else 0


def _may_help(exc: BaseException) -> bool:
    if isinstance(exc, RequestRefused):
        return exc.wanted is Disposition.RETRY
    return isinstance(exc, RequestUnavailable)


def _wanted(posted: Posted) -> Disposition | None:
    """What an answer asks for; None: it is no error."""
    try:
        _checked(posted.status, posted.body)
    except RequestRefused as exc:
        return exc.wanted
    except RequestUnavailable as exc:
        return exc.disposition
    return None


def _checked(status: int, body: bytes) -> msgspec.Raw:
    """The `data` of an accepted request. Raises: RequestRefused, RequestUnavailable."""
    try:
        answer = wire.read_as(_ANSWER, body)
    except DecodeError:
        answer = wire.Answer()  # a gateway's page, or nothing at all
    if answer.code is None:
        wanted = _STATUS_DISPOSITIONS.get(status)
        if wanted is not None:
            raise RequestRefused(str(status), "the answer gave no code", wanted)
        raise RequestUnavailable(f"HTTP {status} without a readable answer")
    code = str(answer.code)
    if code != "0":
        known = codes.find(code)
        wanted = known.disposition if known else _STATUS_DISPOSITIONS.get(status, Disposition.RETRY)
        raise RequestRefused(code[:40], (answer.msg or "")[:200], wanted)
    if status != 200 or not isinstance(answer.data, msgspec.Raw):
        raise RequestUnavailable(f"HTTP {status}, code 0, no data")
    return answer.data


def _moment(ts: str) -> datetime:
    try:
        moment = fields.moment(ts, "ts")
    except DecodeError as exc:
        raise RequestUnavailable(exc.detail) from exc
    if moment is None:
        raise RequestUnavailable("server time is empty")
    return moment
