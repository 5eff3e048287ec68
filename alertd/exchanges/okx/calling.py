"""Calls to OKX's REST interface for one account: signed, at its pace, and the answers. What is asked: `rest`.

Source: OKX API guide, "REST Authentication".
"""

from __future__ import annotations

import asyncio
import ssl as tls
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import aiohttp
import tenacity

from alertd import __version__
from alertd.clock import Clock
from alertd.domain.errors import DecodeError, Disposition, RequestRefused, RequestUnavailable
from alertd.exchanges.okx import wire
from alertd.exchanges.okx.answers import checked, may_help, wanted
from alertd.exchanges.okx.budget import Budget
from alertd.exchanges.okx.doorway import Doorway
from alertd.exchanges.okx.observed import Answered
from alertd.exchanges.okx.posting import Posted, post_once
from alertd.exchanges.okx.requests import Credentials, rest_headers

TIMEOUT_S = 5.0
LARGEST_ANSWER = 4 * 1024 * 1024
_ATTEMPTS = 2
PAUSE_S = 0.3  # between the two
_USER_AGENT = f"alertd/{__version__}"

Row = TypeVar("Row")


class OkxCalls:
    """Calls for one account. `base_url` has no slash at its end; `demo` adds the header that selects it.

    `offset_s`: the exchange's clock minus ours, for signatures; without it, what was measured here last.
    `shared`: the budget of this address, for what is not counted by account. `doorway`: where signed reads
    wait for each other, with those of other accounts; None: they wait for nobody.
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
        doorway: Doorway | None = None,
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
        self._doorway = doorway
        self.last_signed_at: datetime | None = None  # when the exchange last accepted a signed call

    async def rows(self, path: str, row_type: type[Row], *, signed: bool = True) -> Answered[Row]:
        """The list of a page, with its query. Raises: RequestRefused, RequestUnavailable."""
        return await self.repeated(lambda: self.rows_once(path, row_type, signed=signed))

    async def rows_once(self, path: str, row_type: type[Row], *, signed: bool = True) -> Answered[Row]:
        """The same, asked once. Raises: RequestRefused, RequestUnavailable."""
        endpoint = path.partition("?")[0]
        budget, loop = self._own if signed else self._shared, asyncio.get_running_loop()
        wait_s = budget.wait_s(endpoint, loop.time())
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        if signed and self._doorway is not None:
            async with self._doorway.place():
                asked_at, status, body = await self._fetch(path, signed=True)
        else:
            asked_at, status, body = await self._fetch(path, signed=signed)
        try:
            data = checked(status, body)
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

    async def row_once(self, path: str, row_type: type[Row], *, signed: bool) -> Row:
        """The first row of the answer. Raises: RequestRefused, RequestUnavailable."""
        answered = await self.rows_once(path, row_type, signed=signed)
        if not answered.rows:
            reason = answered.bad[0].reason if answered.bad else "answer without rows"
            raise RequestUnavailable(f"{path}: {reason}")
        return answered.rows[0]

    async def repeated(self, call: Callable[[], Awaitable[Row]]) -> Row:
        """Once more where that may help: no answer, or the exchange asks for it.

        Raises: RequestRefused, RequestUnavailable.
        """
        attempts = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=tenacity.wait_fixed(self._pause_s),
            retry=tenacity.retry_if_result(may_help),
            retry_error_callback=_last_outcome,
        )

        # A failure is an outcome here, and nothing is left that refers to itself: sixty objects of each call
        # would wait for the collector, which seldom looks at what has lived for a while.
        async def attempt() -> Row | RequestRefused | RequestUnavailable:
            try:
                return await call()
            except (RequestRefused, RequestUnavailable) as exc:
                return exc

        try:
            outcome: Row | RequestRefused | RequestUnavailable = await attempts(attempt)
        finally:
            attempts.iter_state.reset()
        if isinstance(outcome, RequestRefused | RequestUnavailable):
            try:
                raise outcome
            finally:
                del outcome
        return outcome

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
        asked_for = wanted(posted.status, posted.body)
        if asked_for is None:
            self.last_signed_at = self._clock.now()
        elif asked_for is Disposition.RATE:
            budget.refused(path, loop.time())
        return posted

    def hidden(self, text: str) -> str:
        """A text from outside without what it may quote of this key."""
        return self._credentials.hidden(text)

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

    async def _fetch(self, path: str, *, signed: bool) -> tuple[datetime, int, bytes]:
        """When it was asked, status and body.

        Redirects are not followed: they would carry the signature away.
        """
        asked_at = self._clock.now()
        headers = self._headers(path, asked_at, signed=signed)
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
                return asked_at, response.status, bytes(body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as exc:
            raise RequestUnavailable(f"{path}: {type(exc).__name__} {exc}"[:200]) from exc


def _last_outcome(state: tenacity.RetryCallState) -> object:
    return None if state.outcome is None else state.outcome.result()
