"""Whom an account copies and how many copy it, as the records show it -> events for what differs. Pure.

OKX pushes nothing about copying: a relation may begin, change and end (by its loss limit, or because the lead
trader left) without a word. What is compared are settings; profits and the margin in use change all day.

Source: OKX API guide, "My lead traders" (not paginated), "Account configuration" of copy trading.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from alertd.domain.errors import DecodeError
from alertd.domain.events import CopyChange, CopyParty, CopyRelation
from alertd.exchanges.okx import answer_rows, fields
from alertd.exchanges.okx.observed import EXCHANGE, Answered, Observed

_LONGEST_TEXT = 128
_SWAP = "SWAP"
_SETTINGS = ("copy_amount", "profit_sharing_ratio", "lead_mode", "began_at")


class Copied(msgspec.Struct, frozen=True):
    """A copied trader's name and settings, None where the exchange gave none."""

    name: str | None = None
    currency: str | None = None
    copy_amount: Decimal | None = None
    profit_sharing_ratio: Decimal | None = None
    lead_mode: str | None = None
    began_at: datetime | None = None


class Known(msgspec.Struct, frozen=True):
    """What was last known of an account; None: nothing yet. `revision` counts the changes that were told."""

    traders: dict[str, Copied] | None = None
    followers: int | None = None
    revision: int = 0

    def encoded(self) -> str:
        """For the store."""
        return msgspec.json.encode(self).decode()


def known_of(text: str | None) -> Known:
    """As it was stored. What is nobody's news, because nothing was known before, is None."""
    if text is not None:
        try:
            return msgspec.json.decode(text, type=Known)
        except msgspec.MsgspecError:
            pass  # of another version
    return Known()


class Compared(NamedTuple):
    """`missing`: traders that this answer does not name, to be told once another does not either."""

    events: Sequence[CopyRelation]
    known: Known
    missing: frozenset[str] = frozenset()
    unreadable: Sequence[str] = ()


def compare_traders(
    answer: Answered[answer_rows.LeadTraderRow], known: Known, missing: frozenset[str], seen: Observed
) -> Compared:
    """Who appeared, changed, or left: the last only where the answer before did not name them either.

    A single answer may come from a copy that lags, or be an error in the shape of an empty list.
    """
    named, unreadable = _read(answer)
    if known.traders is None:
        if unreadable:
            return Compared((), known, unreadable=unreadable)
        return Compared((), msgspec.structs.replace(known, traders=named))
    events: list[CopyRelation] = []
    revision = known.revision
    for code, now in named.items():
        before = known.traders.get(code)
        event = _appeared_or_changed(code, now, before, seen, revision + 1)
        if event is not None:
            events.append(event)
            revision += 1
    absent = frozenset() if unreadable else frozenset(known.traders.keys() - named.keys())
    for code in sorted(absent & missing):
        revision += 1
        events.append(_event(code, known.traders[code], CopyChange.LEFT, seen, revision))
    kept = {code: one for code, one in known.traders.items() if code not in absent & missing}
    after = msgspec.structs.replace(known, traders=kept | named, revision=revision)
    return Compared(events, after, absent - missing, unreadable)


def copies_nobody(known: Known) -> Known:
    """The exchange says so by the account's role: whoever is copied later has appeared."""
    return msgspec.structs.replace(known, traders=known.traders or {})


def compare_followers(answer: Answered[answer_rows.CopyConfigRow], known: Known, seen: Observed) -> Compared:
    """Whether another number of people copies the account."""
    counts = [
        (row.uniqueCode, one.copyTraderNum)
        for row in answer.rows
        for one in row.details
        if one.instType == _SWAP and one.copyTraderNum
    ]
    if not counts:
        return Compared((), known, unreadable=[f"copying: {bad.reason}" for bad in answer.bad])
    code, text = counts[0]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return Compared((), known, unreadable=[f"copyTraderNum is no number: {fields.shown(text)}"])
    now, before = int(text), known.followers
    if before is None or now == before:
        return Compared((), msgspec.structs.replace(known, followers=now))
    revision = known.revision + 1
    event = CopyRelation(
        event_id=seen.event_id(f"followers:{revision}", None),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        source=seen.source,
        uid=seen.uid,
        raw=seen.frame,
        party=CopyParty.FOLLOWERS,
        change=CopyChange.APPEARED if now > before else CopyChange.LEFT,
        changed=("followers",),
        trader=code[:_LONGEST_TEXT] or None,
        followers=now,
        followers_before=before,
        revision=revision,
    )
    return Compared([event], msgspec.structs.replace(known, followers=now, revision=revision))


def _read(answer: Answered[answer_rows.LeadTraderRow]) -> tuple[dict[str, Copied], list[str]]:
    """By unique code, and a reason per row that cannot be read: who stands there is not known then."""
    named: dict[str, Copied] = {}
    unreadable = [f"copied trader: {bad.reason}" for bad in answer.bad]
    for row in answer.rows:
        texts = row.uniqueCode, row.nickName, row.leadMode or ""
        try:
            if not row.uniqueCode or any(len(text) > _LONGEST_TEXT for text in texts):
                raise DecodeError(
                    f"uniqueCode is missing, or a text too long: {fields.shown(row.uniqueCode)}"
                )
            named[row.uniqueCode] = Copied(
                name=row.nickName or None,
                currency=fields.currency(row.ccy),
                copy_amount=fields.number(row.copyTotalAmt, "copyTotalAmt"),
                profit_sharing_ratio=fields.number(row.profitSharingRatio, "profitSharingRatio"),
                lead_mode=row.leadMode or None,
                began_at=fields.moment(row.beginCopyTime, "beginCopyTime"),
            )
        except DecodeError as exc:
            unreadable.append(f"copied trader: {exc.detail}")
    return named, unreadable


def _appeared_or_changed(
    code: str, now: Copied, before: Copied | None, seen: Observed, revision: int
) -> CopyRelation | None:
    if before is None:
        return _event(code, now, CopyChange.APPEARED, seen, revision)
    changed = tuple(name for name in _SETTINGS if getattr(now, name) != getattr(before, name))
    if not changed:
        return None
    return _event(
        code, now, CopyChange.CHANGED, seen, revision,
        changed=changed,
        copy_amount_before=before.copy_amount,
        profit_sharing_ratio_before=before.profit_sharing_ratio,
    )  # fmt: skip


def _event(
    code: str, one: Copied, change: CopyChange, seen: Observed, revision: int, **more: Any
) -> CopyRelation:
    return CopyRelation(
        event_id=seen.event_id(f"trader/{code}:{change}:{revision}", None),
        exchange=EXCHANGE,
        account=seen.account,
        received_at=seen.received_at,
        source=seen.source,
        uid=seen.uid,
        margin_currency=one.currency,
        raw=seen.frame,
        change=change,
        trader=code,
        trader_name=one.name,
        copy_amount=one.copy_amount,
        profit_sharing_ratio=one.profit_sharing_ratio,
        lead_mode=one.lead_mode,
        began_at=one.began_at,
        revision=revision,
        **more,
    )
