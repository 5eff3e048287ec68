"""Stop copying a lead trader on OKX: two independent readings, and one request that is sent once.

Source: OKX API guide, "Copy Trading" > "My lead traders", "Copy settings", "Stop copying", "Existing lead
positions" (read September 2026). Which of list and settings leads while a stop is carried out is not
documented: they must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import quote

from alertd.actions.copied import EverCopied, Remembered, nobody_known
from alertd.actions.okx_exposure import left_positions, read_pages
from alertd.actions.okx_identity import OkxIdentity, resynced
from alertd.actions.performing import Answer, Reading, Said, Seen
from alertd.clock import Clock
from alertd.domain.action import Exposure, Intent
from alertd.domain.errors import (
    DecodeError,
    OutcomeUnknown,
    RequestRefused,
    RequestUnavailable,
)
from alertd.exchanges.okx import fields, stop_codes, stopping, wire
from alertd.exchanges.okx.lead_rest import LeadRest
from alertd.exchanges.okx.lead_wire import CopiedRow, CopyStateRow
from alertd.exchanges.okx.observed import Answered
from alertd.exchanges.okx.rest import OkxRest

_LIST = "/api/v5/copytrading/current-lead-traders?instType=SWAP"
_SETTINGS = "/api/v5/copytrading/copy-settings?instType=SWAP&uniqueCode="
_COPIES_NOBODY = frozenset({"59273", "59285"})
_COPY_STATES = {"1": True, "0": False}
_UNREADABLE = "unreadable"
_UNAVAILABLE = "unavailable"
_LONGEST = 500
_OTHER_ACCOUNT = "the key is of another account than the one whose alert asked for this"
MAY_WITHDRAW = "may_withdraw"
_READ_ONLY, _LEADS, _WRONG_MODE = "50120", "59258", "59283"


class _View(NamedTuple):
    """What one page says. `is_copied` None: it could not be read."""

    page: str
    is_copied: bool | None
    code: str = ""
    detail: str = ""
    margin: Decimal | None = None

    def __str__(self) -> str:
        said = "unreadable" if self.is_copied is None else "copying" if self.is_copied else "not copying"
        return " ".join(part for part in (f"{self.page}: {said}", self.code, self.detail) if part)


class OkxStop:
    """The performer of `stop_copying` for one account.

    `reads` asks with the account's key, `changes` with the key for actions: the same where there is no other.
    `may_send` is asked right before the request leaves. `remembered`: whom alertd knew the account to copy.
    """

    def __init__(
        self,
        reads: OkxRest,
        changes: OkxRest,
        clock: Clock,
        may_send: Callable[[], bool] = lambda: True,
        remembered: Remembered = nobody_known,
    ) -> None:
        self._reads = reads
        self._changes = changes
        self._clock = clock
        self._may_send = may_send
        self._identity = OkxIdentity(reads, changes)
        self._copied = EverCopied(remembered, self._is_set)

    async def findings(self) -> tuple[str, ...]:
        """Why a stop would be refused as things stand, as codes of the table, and that the key for actions
        may do what no key here ever should; empty: nothing known.

        Raises: RequestUnavailable.
        """
        try:
            config = await resynced(self._changes, self._changes.account_config)
            is_same = await self._identity.is_one(config)
        except RequestRefused as exc:
            return (exc.code,)
        found = {
            stop_codes.OTHER_ACCOUNT: not is_same,
            _READ_ONLY: "trade" not in config.permissions,
            _LEADS: config.role == "lead",
            _WRONG_MODE: config.account_mode != "futures",
            MAY_WITHDRAW: "withdraw" in config.permissions and self._changes is not self._reads,
        }
        return tuple(code for code, is_so in found.items() if is_so)

    async def traders(self) -> Mapping[str, str]:
        """Everybody who is copied, name by code: by the list, or by the settings of one it leaves out.

        Raises: RequestRefused, RequestUnavailable.
        """
        answered = await self._listed()
        if answered.bad:
            raise RequestUnavailable(f"copied traders: {answered.bad[0].reason}")
        listed = {row.uniqueCode: row.nickName or "" for row in answered.rows}
        if listed:
            return await self._copied.all_of(listed)
        holders, is_certain = await self._holders()
        return await self._copied.all_of({}, holders, is_certain=is_certain)

    async def read(self, intent: Intent) -> Reading:
        """Whether the trader is copied, by the list and by the settings; and what of his is open.

        An exposure that is not known is left out: what was last known of it is still needed to find it.
        """
        if not stopping.is_trader(intent.trader):
            return Reading(seen=Seen.NOT_DONE, code=stop_codes.BAD_TRADER, request=_shown(intent))
        if (stranger := await self._stranger(intent)) is not None:
            return stranger
        views = (await self._view_of_list(intent.trader), await self._view_of_settings(intent.trader))
        exposure = await self._left(intent, views[0].margin)
        seen = _seen(views)
        codes = [view.code for view in views if view.code]
        return Reading(
            seen=seen,
            exists=seen is not Seen.DONE or not stop_codes.NEVER_THERE.intersection(codes),
            is_final=bool(stop_codes.NOT_FOR_PROGRAMS.intersection(codes)),
            code=codes[0] if codes else "",
            detail="; ".join(view.detail for view in views if view.detail)[:_LONGEST],
            answer=f"{views[0]}; {views[1]}; {_told(exposure)}"[:_LONGEST],
            request=_shown(intent),
            exposure=None if exposure.positions is None else exposure,
        )

    async def send(self, intent: Intent) -> Answer:
        """Ask OKX to stop, once."""
        shown = _shown(intent)
        if intent.open_positions is None:
            return _refused(stop_codes.NO_CLOSE_TYPE, shown)
        if not stopping.is_trader(intent.trader):
            return _refused(stop_codes.BAD_TRADER, shown)
        try:
            if not await self._identity.is_one():
                return _refused(stop_codes.OTHER_ACCOUNT, shown)
            if not self._may_send():
                return _refused(stop_codes.SWITCHED_OFF, shown)
            body = stopping.stop_body(intent.trader, intent.open_positions)
            posted = await self._changes.post_once(stopping.STOP_PATH, body)
        except RequestRefused as exc:  # of the question whose key it is: the same key would be refused
            said = stop_codes.said_of(exc.code)
            certain = said if said in (Said.REFUSED, Said.HELD) else Said.NOT_TAKEN
            return self._answer(certain, exc.code, exc.detail, shown, str(exc))
        except RequestUnavailable as exc:
            return self._answer(Said.NOT_TAKEN, stop_codes.NOT_SENT, str(exc), shown)
        except OutcomeUnknown as exc:
            return self._answer(Said.UNKNOWN, stop_codes.NO_ANSWER, str(exc), shown)
        outcome = stopping.read_answer(posted.status, posted.body)
        if outcome.code == stop_codes.CLOCK_REFUSED:
            await _measure(self._changes)
        text = f"HTTP {posted.status} {posted.body[: 4 * _LONGEST].decode(errors='replace')}"
        return self._answer(outcome.said, outcome.code, outcome.message, shown, text)

    async def exposure(self, intent: Intent) -> Exposure:
        """What of the trader's positions is open."""
        if await self._stranger(intent) is not None:
            return Exposure(at=self._clock.now())
        view = await self._view_of_list(intent.trader)
        return await self._left(intent, view.margin)

    def _answer(self, said: Said, code: str, detail: str, request: str, answer: str = "") -> Answer:
        """With nothing in it that is secret."""
        clean = self._changes.hidden
        return Answer(
            said=said,
            code=code,
            detail=clean(" ".join(detail.split()))[:_LONGEST],
            request=request,
            answer=clean(" ".join(answer.split()))[:_LONGEST],
        )

    async def _stranger(self, intent: Intent) -> Reading | None:
        """What is to be said where it is not known to be the account that is meant; None: it is."""
        shown = _shown(intent)
        try:
            if await self._identity.is_meant_by(intent):
                return None
        except RequestRefused as exc:
            detail = self._reads.hidden(exc.detail)
            return Reading(seen=Seen.UNREADABLE, code=exc.code, detail=detail, request=shown)
        except RequestUnavailable as exc:
            return Reading(seen=Seen.UNREADABLE, code=_UNAVAILABLE, detail=str(exc), request=shown)
        return Reading(
            seen=Seen.UNREADABLE, code=stop_codes.OTHER_ACCOUNT, detail=_OTHER_ACCOUNT, request=shown
        )

    async def _listed(self) -> Answered[CopiedRow]:
        asked_at = self._clock.now()
        try:
            return await resynced(self._reads, lambda: self._reads.rows(_LIST, CopiedRow))
        except RequestRefused as exc:
            if exc.code in _COPIES_NOBODY:
                return Answered((), (), asked_at, b"")
            raise

    async def _view_of_list(self, trader: str) -> _View:
        page = "list"
        try:
            answered = await resynced(self._reads, lambda: self._reads.rows(_LIST, CopiedRow))
        except RequestRefused as exc:
            is_copied = False if exc.code in _COPIES_NOBODY else None
            return _View(page, is_copied, exc.code or _UNREADABLE, self._reads.hidden(exc.detail))
        except RequestUnavailable as exc:
            return _View(page, None, _UNAVAILABLE, str(exc))
        for row in answered.rows:
            if row.uniqueCode.casefold() == trader.casefold():  # however a person has written it
                return _View(page, True, margin=_margin(row))
        for bad in answered.bad:
            named = wire.texts_of(bad.text, "uniqueCode").get("uniqueCode")
            if named == trader:
                return _View(page, True)
            if named is None:
                return _View(page, None, _UNREADABLE, bad.reason)
        return _View(page, False)

    async def _view_of_settings(self, trader: str) -> _View:
        page, path = "settings", _SETTINGS + quote(trader, safe="")
        try:
            answered = await resynced(self._reads, lambda: self._reads.rows(path, CopyStateRow))
        except RequestRefused as exc:
            is_copied = False if exc.code in stop_codes.NO_RELATION else None
            return _View(page, is_copied, exc.code or _UNREADABLE, self._reads.hidden(exc.detail))
        except RequestUnavailable as exc:
            return _View(page, None, _UNAVAILABLE, str(exc))
        states = {_COPY_STATES.get(row.copyState) for row in answered.rows}
        if answered.bad or len(states) != 1 or None in states:
            told = ", ".join(row.copyState for row in answered.rows) or "no row"
            return _View(page, None, _UNREADABLE, f"copyState: {fields.shown(told)}")
        return _View(page, states.pop())

    async def _is_set(self, trader: str) -> bool | None:
        return (await self._view_of_settings(trader)).is_copied

    async def _holders(self) -> tuple[dict[str, str], bool]:
        """Whose positions are open, name by code, and whether that is told of all of them.

        Raises: RequestUnavailable.
        """
        try:
            subs = await resynced(self._reads, LeadRest(self._reads).own_orders)
            account = await resynced(self._reads, self._reads.positions)
            shown = read_pages(subs, account, "")
        except (RequestRefused, DecodeError):
            return {}, False
        holders = {row.uniqueCode: "" for row in subs.rows if row.uniqueCode}
        return holders, left_positions(shown, None, None) is not None

    async def _left(self, intent: Intent, margin: Decimal | None) -> Exposure:
        """Asked now; what cannot be read is not known."""
        at = self._clock.now()
        try:
            subs = await resynced(self._reads, LeadRest(self._reads).own_orders)
            account = await resynced(self._reads, self._reads.positions)
            shown = read_pages(subs, account, intent.trader)
        except (RequestRefused, RequestUnavailable, DecodeError):
            return Exposure(at=at)
        return Exposure(at=at, positions=left_positions(shown, intent.left, margin))


def _seen(views: tuple[_View, _View]) -> Seen:
    """Both pages must agree. That a market close has closed all is asked for apart, by the exposure."""
    said = {view.is_copied for view in views}
    if None in said:
        return Seen.UNREADABLE
    if len(said) > 1:
        return Seen.MIXED
    return Seen.NOT_DONE if True in said else Seen.DONE


def _shown(intent: Intent) -> str:
    """The request as the journal and a dry run show it. Its headers hold the key and are left out."""
    if intent.open_positions is None:
        return f"POST {stopping.STOP_PATH}"
    return f"POST {stopping.STOP_PATH} {stopping.stop_body(intent.trader, intent.open_positions)}"[:_LONGEST]


def _told(exposure: Exposure) -> str:
    if exposure.positions is None:
        return "positions: not known"
    return f"positions: {', '.join(one.instrument for one in exposure.positions) or 'none'}"


def _refused(code: str, request: str) -> Answer:
    """Not sent at all."""
    return Answer(said=stop_codes.said_of(code), code=code, request=request)


def _margin(row: CopiedRow) -> Decimal | None:
    try:
        return fields.number(row.margin, "margin")
    except DecodeError:
        return None


async def _measure(rest: OkxRest) -> None:
    """For the next try. Where it cannot be measured that try is refused again, and tells it."""
    try:
        await rest.server_time_offset_s()
    except (RequestRefused, RequestUnavailable):
        return
