"""One account's key: whose it is and what it may do, looked at before it is used and at least once a day."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NoReturn

from alertd.clock import Clock
from alertd.domain.errors import Disposition, KeyRefused, RequestRefused, RequestUnavailable
from alertd.domain.finding import Finding, Grade
from alertd.exchanges.okx import findings
from alertd.exchanges.okx.findings import Wanted
from alertd.exchanges.okx.rest import AccountConfig, OkxRest
from alertd.flag import Flag
from alertd.sinks.finding_words import words_of

LOOK_S = 3600.0
RETRY_S = 60.0  # while the exchange could not be asked

# As `Coverage.code` says it.
_PARKED_AS = {"key_may_withdraw": "may_withdraw", "same_account": "same_account"}

# Account, what was looked at (each look replaces what the last one found), what was found.
Report = Callable[[str, str, Sequence[Finding]], None]


class Uids:
    """Which account watches which uid: two accounts that are one would tell everything twice."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}

    def claim(self, uid: str, account: str) -> str | None:
        """None: it is this account's now. Else the account that has it. An empty uid is nobody's."""
        owner = self._owners.setdefault(uid, account) if uid else account
        return None if owner == account else owner

    def release(self, account: str) -> None:
        """The account is no longer watched."""
        self._owners = {uid: owner for uid, owner in self._owners.items() if owner != account}


class KeyCheck:
    """`config`: what the exchange said last, None where it has not been asked or has not answered."""

    def __init__(
        self,
        *,
        wanted: Wanted,
        rest: OkxRest,
        clock: Clock,
        uids: Uids,
        report: Report,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`pause` waits so many seconds, or less where the machine slept meanwhile."""
        self.config: AccountConfig | None = None
        self._wanted = wanted
        self._rest = rest
        self._clock = clock
        self._uids = uids
        self._report = report
        self._pause = pause
        self._looked_at: datetime | None = None
        self._looked = Flag()

    async def keep(self) -> NoReturn:
        """Look now and every day: a signed call, so the key does not expire either.

        Raises: KeyRefused, whenever a look finds that the account must not be watched with this key.
        """
        try:
            while True:
                await self.look_if_due()
                await self._pause(RETRY_S if self._looked_at is None else LOOK_S)
        finally:
            self._uids.release(self._wanted.account)

    async def looked_within(self, wait_s: float) -> bool:
        """Until the exchange was asked once, but no longer than that. False: it was not."""
        return await self._looked.within(wait_s)

    async def look_if_due(self) -> None:
        """Ask the exchange, unless it was asked within the last day. Raises: KeyRefused."""
        if not findings.is_call_due(self._looked_at, self._clock.now()):
            return
        try:
            self.config = await self._rest.account_config()
        except RequestRefused as exc:
            if self.config is None or exc.wanted is Disposition.CREDENTIALS:
                self._found([findings.of_refusal(exc.code, exc.detail, self._wanted)])
        except RequestUnavailable as exc:
            if self.config is None:  # later, the streams tell that the exchange is away
                self._found([findings.of_silence(str(exc), self._wanted)])
        else:
            self._looked_at = self._clock.now()
            self._judge(self.config)
        self._looked.set()

    def _judge(self, config: AccountConfig) -> None:
        found = findings.of_account(config, self._wanted)
        first = self._uids.claim(config.uid, self._wanted.account)
        if first is not None:
            found.append(findings.same_account(self._wanted, first))
        self._found(found)
        for finding in found:
            if finding.severity is Grade.BLOCKING:
                raise KeyRefused(_PARKED_AS[finding.code], words_of(finding, "en").what)

    def _found(self, found: Sequence[Finding]) -> None:
        self._report(self._wanted.account, "key", found)
