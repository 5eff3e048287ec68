"""Signed calls to Toobit's REST interface: time, budget, bans, repeats, and what became of a change.

Source: Toobit API, "Basic information", "Copy trading: examples".
"""

from __future__ import annotations

import asyncio
import ssl as tls
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

import aiohttp
import msgspec
import structlog
import tenacity
from yarl import URL

from alertd import __version__
from alertd.clock import Clock
from alertd.domain.errors import (
    DecodeError,
    Disposition,
    HostBlocked,
    OutcomeUnknown,
    RequestRefused,
    RequestUnavailable,
)
from alertd.exchanges.toobit import answers, codes, decode
from alertd.exchanges.toobit.answers import Answer
from alertd.exchanges.toobit.budget import HostBudget, weight_of
from alertd.exchanges.toobit.requests import Credentials, Request, signed

log = structlog.get_logger(__name__)

TIMEOUT_S = 10.0
LARGEST_ANSWER = 4 * 1024 * 1024
LONGEST_WAIT_S = 75.0  # for a place in the budget: more than one window means that something is wrong
PAUSE_S = 0.5  # between two attempts
_ATTEMPTS = 2
_USER_AGENT = f"alertd/{__version__}"
_TIME = Request("GET", "/api/v1/time")
_KEY = Request("GET", "/api/v1/account/checkApiKey")

Item = TypeVar("Item")


@dataclass(slots=True)
class Host:
    """What all accounts of one host and address share. `base_url` has no slash at its end.

    `offset_s`: the exchange's clock minus ours, None as long as nobody measured it. `on_blocked`: told once
    for each ban, by its refusal. `margin_readers`: the accounts that read their own positions.
    """

    base_url: str
    budget: HostBudget = field(default_factory=HostBudget)
    offset_s: float | None = None
    on_blocked: Callable[[HostBlocked], None] | None = None
    measuring: asyncio.Lock = field(default_factory=asyncio.Lock)
    measured_at_s: float = float("-inf")
    # UNVERIFIED which of the two the exchange wants of a PUT; what it took is kept.
    covers_body: bool = True
    margin_readers: set[str] = field(default_factory=set)


class Answered(NamedTuple):
    """The `data` of an accepted call, None for null, and when it was sent by our clock."""

    data: msgspec.Raw | None
    asked_at: datetime


class ToobitRest:
    """Calls for one account.

    `session` must not repeat requests by itself, as aiohttp does with PUT and DELETE on a kept connection
    that is cut: a change would be made twice (`open_session` in the sources room gives such a one).
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: Host,
        credentials: Credentials,
        clock: Clock,
        ssl: tls.SSLContext | None = None,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._session = session
        self._host = host
        self._credentials = credentials
        self._clock = clock
        self._ssl: tls.SSLContext | bool = ssl if ssl is not None else True
        self._pause_s = pause_s
        self.last_signed_at: datetime | None = None  # when the exchange last accepted a signed call

    @property
    def host(self) -> Host:
        """What it shares with the other accounts."""
        return self._host

    async def server_time_offset_s(self) -> float:
        """The exchange's time minus ours, to half a round trip; signs all that follows on this host.

        Of all who ask meanwhile only one does. Raises: RequestRefused, RequestUnavailable.
        """
        host, wanted_s = self._host, self._clock.monotonic_s()
        async with host.measuring:
            if host.offset_s is None or host.measured_at_s < wanted_s:
                host.offset_s = await self._repeated(self._measure_offset)
                host.measured_at_s = self._clock.monotonic_s()
            return host.offset_s

    async def account_type(self) -> str | None:
        """What the exchange says of the key: `master`, `spot`, `contract`; what it says of one for copy
        trading is not documented. Raises: RequestRefused, RequestUnavailable.
        """
        return await self.read(_KEY, lambda data: decode.account_type(data) if data is not None else None)

    async def read(self, request: Request, decoded: Callable[[msgspec.Raw | None], Item]) -> Item:
        """What `decoded` makes of the data: once more where that may help.

        Raises: RequestRefused (HostBlocked while nothing may be asked), RequestUnavailable, also where the
        answer cannot be read.
        """

        async def once() -> Item:
            answered = await self._resynced(request)
            try:
                return decoded(answered.data)
            except DecodeError as exc:
                raise RequestUnavailable(f"{request.path}: {exc.detail}") from exc

        return await self._repeated(once)

    async def change(self, request: Request) -> None:
        """Send a change, once. Only what was certainly not taken is sent again: another time, a signature
        over the query alone where one over the body was refused.

        Raises: RequestRefused, RequestUnavailable: it did not take effect. OutcomeUnknown: read back.
        """
        try:
            await self._with_either_signature(request)
        except RequestRefused as exc:
            if exc.wanted is Disposition.RETRY and codes.leaves_outcome_open(exc.code):
                raise OutcomeUnknown(f"{request.method} {request.path}: {exc}") from exc
            raise

    async def _with_either_signature(self, request: Request) -> None:
        try:
            await self._resynced(request)
            return
        except RequestRefused as exc:
            if exc.code != codes.INVALID_SIGNATURE or request.body is None:
                raise
        self._host.covers_body = not self._host.covers_body
        try:
            await self._resynced(request)
        except RequestRefused as exc:
            if exc.code == codes.INVALID_SIGNATURE:  # the secret is wrong, whatever is signed
                self._host.covers_body = True
            raise
        log.info("signature of a change taken", covers_body=self._host.covers_body, path=request.path)

    async def _resynced(self, request: Request) -> Answered:
        """Once; a second time where the clock was refused. Twice refused is a clock that is off."""
        if self._host.offset_s is None:
            await self.server_time_offset_s()
        try:
            return await self._once(request)
        except RequestRefused as exc:
            if exc.wanted is not Disposition.CLOCK:
                raise
        await self.server_time_offset_s()
        return await self._once(request)

    async def _repeated(self, call: Callable[[], Awaitable[Item]]) -> Item:
        """Once more where that may help: no answer, or the exchange asks for it."""
        attempts = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=tenacity.wait_fixed(self._pause_s),
            retry=tenacity.retry_if_exception(_may_help),
            reraise=True,
        )

        async def attempt() -> Item:  # what is no coroutine function would not be awaited
            return await call()

        return await attempts(attempt)

    async def _measure_offset(self) -> float:
        await self._take_place(_TIME)
        asked_at, began_s = self._clock.now(), self._clock.monotonic_s()
        answer = await self._fetch(_TIME, _TIME.path, {}, None)
        half_way = asked_at + timedelta(seconds=(self._clock.monotonic_s() - began_s) / 2)
        data = self._checked(_TIME, answer)
        try:
            server_ms = decode.server_time_ms(data if data is not None else b"")
        except DecodeError as exc:
            raise RequestUnavailable(f"{_TIME.path}: {exc.detail}") from exc
        return server_ms / 1000 - half_way.timestamp()

    async def _once(self, request: Request) -> Answered:
        await self._take_place(request)
        asked_at = self._clock.now()
        timestamp_ms = int((asked_at.timestamp() + (self._host.offset_s or 0.0)) * 1000)
        sent = signed(self._credentials, request, timestamp_ms, covers_body=self._host.covers_body)
        answer = await self._fetch(request, sent.target, dict(sent.headers), sent.body)
        data = self._checked(request, answer)
        self.last_signed_at = self._clock.now()
        return Answered(data, asked_at)

    async def _take_place(self, request: Request) -> None:
        """Wait for the budget. Raises: HostBlocked, RequestUnavailable where that would take too long."""
        self._refuse_while_blocked()
        wait_s = self._host.budget.wait_s(weight_of(request.path), self._clock.monotonic_s(), LONGEST_WAIT_S)
        if wait_s > LONGEST_WAIT_S:
            raise RequestRefused(
                "budget", f"no place within {LONGEST_WAIT_S:g} s, only in {wait_s:.0f} s", Disposition.RATE
            )
        if wait_s > 0:
            await asyncio.sleep(wait_s)
            self._refuse_while_blocked()

    def _refuse_while_blocked(self) -> None:
        left_s = self._host.budget.blocked_s(self._clock.monotonic_s())
        if left_s > 0:
            raise HostBlocked("blocked", f"nothing is asked for another {left_s:.0f} s", left_s)

    def _checked(self, request: Request, answer: Answer) -> msgspec.Raw | None:
        """Raises: RequestRefused, RequestUnavailable; for a change OutcomeUnknown instead of the latter."""
        limit = answers.limit_of(answer)
        if limit is not None:
            raise self._limited(limit, answer)
        try:
            return answers.data_of(answer, wrapped=request.is_wrapped)
        except RequestUnavailable as exc:
            error = RequestUnavailable if request.is_read else OutcomeUnknown
            raise error(f"{request.method} {request.path}: {exc}") from exc

    def _limited(self, limit: int, answer: Answer) -> RequestRefused:
        """What a limit means for every account of the host; a ban is told once."""
        budget, now_s = self._host.budget, self._clock.monotonic_s()
        stated_s = self._stated_wait_s(answer)
        code = f"HTTP {limit}"
        known = codes.STATUSES[limit]
        if limit == 429:
            pause_s = budget.limited(now_s, stated_s)
            return RequestRefused(code, f"{known.en}; pausing for {pause_s:.0f} s", Disposition.RATE)
        was_blocked = budget.blocked_s(now_s) > 0
        for_s = budget.barred(now_s) if limit == 403 else budget.banned(now_s, stated_s)
        blocked = HostBlocked(code, f"{known.en}; nothing is asked for {for_s:.0f} s", for_s)
        if not was_blocked:
            log.error("exchange blocks this address", host=self._host.base_url, code=code, for_s=round(for_s))
            if self._host.on_blocked is not None:
                self._host.on_blocked(blocked)
        return blocked

    def _stated_wait_s(self, answer: Answer) -> float | None:
        at_ms = answers.resumes_at_ms(answer)
        if at_ms is not None:
            now_s = self._clock.now().timestamp() + (self._host.offset_s or 0.0)
            # While it does not limit, the header repeats the time: that is no time to wait for.
            return wait_s if (wait_s := at_ms / 1000 - now_s) > 0 else None
        return answers.retry_after_s(answer)

    async def _fetch(
        self, request: Request, target: str, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        """The answer, whatever it is. Redirects are not followed: they would carry the signature away."""
        headers |= {"User-Agent": _USER_AGENT, "Accept": "application/json"}
        try:
            async with self._session.request(
                request.method,
                URL(self._host.base_url + target, encoded=True),  # as it was signed
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
                ssl=self._ssl,
                allow_redirects=False,
                skip_auto_headers=("Content-Type",),
            ) as response:
                content = bytearray()
                async for chunk in response.content.iter_any():
                    content += chunk
                    if len(content) > LARGEST_ANSWER:
                        raise ValueError(f"answer larger than {LARGEST_ANSWER} bytes")
                return Answer(response.status, response.headers, bytes(content))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
            raise RequestUnavailable(f"{request.path}: {_shown(exc)}") from exc
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as exc:
            # The target holds the signature: only the path is named.
            error = RequestUnavailable if request.is_read else OutcomeUnknown
            raise error(f"{request.method} {request.path}: {_shown(exc)}") from exc


def _shown(exc: BaseException) -> str:
    return f"{type(exc).__name__} {exc}"[:200]


def _may_help(exc: BaseException) -> bool:
    if isinstance(exc, RequestRefused):
        return exc.wanted is Disposition.RETRY
    return isinstance(exc, RequestUnavailable)
