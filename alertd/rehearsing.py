"""Tries every action that is not off without sending: at each start, when configured anew, and daily."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from alertd.actions.okx_stop import MAY_WITHDRAW, OkxStop
from alertd.actions.performing import Performer
from alertd.actions.plans import Plan
from alertd.actions.readiness import PART, of_code, of_reading, rehearsal
from alertd.clock import Clock
from alertd.domain.action import ALL_TRADERS, Mode, Said
from alertd.domain.errors import Disposition, RequestRefused, RequestUnavailable
from alertd.domain.finding import Finding
from alertd.exchanges.okx import stop_codes
from alertd.keys import Report
from alertd.performers import Performers

RETRY_S = 60.0  # while an exchange could not be asked
EVERY_S = 86_400.0
_PASSING = (Disposition.RETRY, Disposition.RATE, Disposition.CLOCK)
LOOK_S = 5.0  # whether another configuration is in force


class Rehearsing:
    """`plans` gives those in force: another object where the configuration changed. `is_busy`: something is
    being carried out, which nothing here may slow down.
    """

    def __init__(
        self,
        plans: Callable[[], Mapping[str, Plan]],
        performers: Performers,
        clock: Clock,
        report: Report,
        is_busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._plans = plans
        self._is_busy = is_busy
        self._performers = performers
        self._clock = clock
        self._report = report
        self._reported: set[str] = set()

    async def run(self) -> NoReturn:
        """Look until cancelled."""
        plans, due_s = None, 0.0
        while True:
            now_s = self._clock.monotonic_s()
            if not self._is_busy() and (self._plans() is not plans or now_s >= due_s):
                plans = self._plans()
                due_s = now_s + (EVERY_S if await self.look(plans) else RETRY_S)
            await asyncio.sleep(LOOK_S)

    async def look(self, plans: Mapping[str, Plan]) -> bool:
        """Try each for each account, and report what was found. Returns whether all could be asked."""
        found: dict[str, list[Finding]] = {account: [] for account in self._reported}
        are_known = True
        for plan in plans.values():
            for account in plan.accounts if plan.mode is not Mode.OFF else ():
                try:
                    findings = await self._tried(plan, account)
                except RequestUnavailable:  # the account's own findings tell it
                    are_known, findings = False, []
                found.setdefault(account, []).extend(findings)
        for account, findings in found.items():
            self._report(account, PART, findings)
        self._reported = {account for account, findings in found.items() if findings}
        return are_known

    async def _tried(self, plan: Plan, account: str) -> list[Finding]:
        """Raises: RequestUnavailable."""
        performer = await self._performers.find(account, plan.action)
        if performer is None:
            return []
        try:
            if isinstance(performer, OkxStop) and (codes := _lasting(await performer.findings())):
                return [of_code(plan, account, code) for code in codes]
            traders = await self._traders(plan, performer)
        except RequestRefused as exc:
            if exc.wanted in _PASSING:
                raise RequestUnavailable(str(exc)) from exc
            return [of_code(plan, account, exc.code, detail=exc.detail)]
        found = []
        for trader in traders:
            intent = rehearsal(plan, account, trader, self._clock.now())
            found.append(of_reading(plan, intent, await performer.read(intent), self._clock.now()))
        return found

    async def _traders(self, plan: Plan, performer: Performer) -> tuple[str, ...]:
        """Those the action names; where it names none, one of those there are, to try the path.

        Raises: RequestRefused, RequestUnavailable.
        """
        if plan.traders is not None and plan.traders != (ALL_TRADERS,):
            return plan.traders
        return tuple(sorted(await performer.traders()))[:1]


def _lasting(codes: Sequence[str]) -> list[str]:
    """Those that would be answered tomorrow as well. Raises: RequestUnavailable where only others came."""
    lasting = [code for code in codes if code == MAY_WITHDRAW or stop_codes.said_of(code) is Said.REFUSED]
    if codes and not lasting:
        raise RequestUnavailable(codes[0])
    return lasting
