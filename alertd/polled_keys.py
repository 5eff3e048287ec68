"""The key of one Toobit account: whether it works, and how old it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import NoReturn

from alertd.clock import Clock
from alertd.domain.errors import Disposition, LoginRefused, RequestRefused, RequestUnavailable
from alertd.domain.finding import Finding
from alertd.exchanges.toobit import findings
from alertd.exchanges.toobit.rest import ToobitRest
from alertd.keys import Report

KEY_RETRY_S = 60.0
KEY_EVERY_S = 3600.0


class PolledKey:
    """`created`: when it was made, None for one that lives on. `pause` waits so many seconds, or less where
    the machine slept meanwhile.
    """

    def __init__(
        self,
        account: str,
        created: date | None,
        rest: ToobitRest,
        clock: Clock,
        report: Report,
        pause: Callable[[float], Awaitable[object]],
    ) -> None:
        self._account = account
        self._created = created
        self._rest = rest
        self._clock = clock
        self._report = report
        self._pause = pause

    async def keep(self) -> NoReturn:
        """Whether it works is asked until that is known; then how old it is is looked at now and then.

        Raises: LoginRefused.
        """
        is_known = False
        while True:
            if not is_known:
                is_known = await self._look()
            aged = findings.of_age(self._account, self._created, self._clock.now().date())
            self._report(self._account, "key_age", aged)
            await self._pause(KEY_EVERY_S if is_known else KEY_RETRY_S)

    def refused(self, refusal: LoginRefused) -> None:
        """A page that it ought to reach refuses it."""
        self._found([findings.of_refusal(self._account, refusal.code, refusal.detail)])

    async def _look(self) -> bool:
        try:
            account_type = await self._rest.account_type()
        except RequestRefused as exc:
            self._found([findings.of_refusal(self._account, exc.code, exc.detail)])
            if exc.wanted is Disposition.CREDENTIALS:
                raise LoginRefused(exc.code, exc.detail) from exc
            return False
        except RequestUnavailable as exc:
            self._found([findings.of_silence(self._account, str(exc))])
            return False
        self._found([findings.reached(self._account, account_type)])
        return True

    def _found(self, found: Sequence[Finding]) -> None:
        self._report(self._account, "key", found)
