"""Signed calls to OKX's REST interface. Only reads so far: each may be repeated.

Source: OKX API guide, "REST Authentication", "Get system time", "Get account configuration".
"""

from __future__ import annotations

import ssl as tls
from collections.abc import Awaitable, Callable
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
from alertd.exchanges.okx.requests import Credentials, rest_headers

Role = Literal["copier", "lead", "trader"]

TIMEOUT_S = 5.0
LARGEST_ANSWER = 4 * 1024 * 1024
_ATTEMPTS = 2
PAUSE_S = 0.3  # between the two
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


@dataclass(frozen=True, slots=True)
class LeadTrader:
    """Somebody the account copies. `unique_code` is a text, also where it is all digits."""

    unique_code: str
    nick_name: str


class OkxRest:
    """Calls for one account. `base_url` has no slash at its end; `demo` adds the header that selects it.

    `offset_s`: the exchange's clock minus ours, for signatures; without it, what was measured here last.
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

    async def lead_traders(self) -> tuple[LeadTrader, ...]:
        """Whom this account copies. Raises: RequestRefused, RequestUnavailable."""
        try:
            rows = await self._repeated(self._lead_traders)
        except RequestRefused as exc:
            if exc.code in _COPIES_NOBODY:
                return ()
            raise
        return tuple(LeadTrader(row.uniqueCode, row.nickName) for row in rows)

    async def _lead_traders(self) -> list[wire.LeadTraderRow]:
        path = "/api/v5/copytrading/current-lead-traders?instType=SWAP"
        rows, _ = await self._rows(path, wire.LeadTraderRow, signed=True)
        return rows

    async def _repeated(self, call: Callable[[], Awaitable[Row]]) -> Row:
        """Once more where that may help: no answer, or the exchange asks for it."""
        attempts = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=tenacity.wait_fixed(self._pause_s),
            retry=tenacity.retry_if_exception(_may_help),
            reraise=True,
        )
        return await attempts(call)

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
        rows, bad = await self._rows(path, row_type, signed=signed)
        if not rows:
            raise RequestUnavailable(f"{path}: {bad[0].reason if bad else 'answer without rows'}")
        return rows[0]

    async def _rows(
        self, path: str, row_type: type[Row], *, signed: bool
    ) -> tuple[list[Row], list[wire.BadRow]]:
        """Every row of the answer: what can be read, and what cannot."""
        headers = {"User-Agent": _USER_AGENT, "Accept": "application/json"}
        if signed:
            at = self._clock.now() + timedelta(seconds=self._offset_s())
            headers |= rest_headers(self._credentials, at, "GET", path, demo=self._demo)
        elif self._demo:
            headers["x-simulated-trading"] = "1"
        status, body = await self._fetch(path, headers)
        data = _checked(status, body)
        if signed:
            self.last_signed_at = self._clock.now()
        try:
            return wire.read_rows(data, row_type)
        except DecodeError as exc:
            raise RequestUnavailable(f"{path}: {exc.detail}") from exc

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


def _may_help(exc: BaseException) -> bool:
    if isinstance(exc, RequestRefused):
        return exc.wanted is Disposition.RETRY
    return isinstance(exc, RequestUnavailable)


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
