"""Frames and answers exactly as OKX names them; only the fields that are used.

Numbers and times are texts, `""` means "not applicable". A field that is missing or null reads as
None, which means the same. Source: OKX API guide, "WebSocket" and the channels' own pages.
"""
# ruff: noqa: N815 - field names are the exchange's

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from alertd.domain.errors import DecodeError

_LONGEST_REASON = 160
# Pages of a hundred rows are usual; more than this is garbage, which must not hold up the stream.
_MOST_ROWS = 20_000
# The channel stands early in a push; a larger search would make garbage expensive.
_CHANNEL_KEY = b'"channel":"'
_USUAL_START = b'{"arg":{"channel":"'
_CHANNEL_WITHIN = 512
_LONGEST_CHANNEL = 64


class Arg(msgspec.Struct, gc=False):
    """The subscription argument a push repeats, with the account's `uid` added."""

    channel: str
    uid: str | None = None
    instType: str | None = None
    instFamily: str | None = None
    instId: str | None = None


class PositionRow(msgspec.Struct, gc=False):
    """A row of `positions`."""

    instType: str | None = None
    instId: str | None = None
    mgnMode: str | None = None
    posId: str | None = None
    posSide: str | None = None
    pos: str | None = None
    posCcy: str | None = None
    ccy: str | None = None
    lever: str | None = None
    avgPx: str | None = None
    markPx: str | None = None
    liqPx: str | None = None
    margin: str | None = None
    mgnRatio: str | None = None
    mmr: str | None = None
    upl: str | None = None
    notionalUsd: str | None = None
    adl: str | None = None
    cTime: str | None = None
    uTime: str | None = None
    pTime: str | None = None


class WarningRow(msgspec.Struct, gc=False):
    """A row of `liquidation-warning`."""

    instType: str | None = None
    instId: str | None = None
    mgnMode: str | None = None
    posId: str | None = None
    posSide: str | None = None
    pos: str | None = None
    posCcy: str | None = None
    ccy: str | None = None
    lever: str | None = None
    markPx: str | None = None
    mgnRatio: str | None = None
    cTime: str | None = None
    uTime: str | None = None
    pTime: str | None = None


class DetailRow(msgspec.Struct, gc=False):
    """A currency of an `account` row."""

    ccy: str | None = None
    mgnRatio: str | None = None
    mmr: str | None = None
    uTime: str | None = None
    smtSyncEq: str | None = None
    spotCopyTradingEq: str | None = None
    spotIsoBal: str | None = None


class AccountRow(msgspec.Struct):
    """A row of `account`; `details` are `DetailRow`s, read one by one."""

    mgnRatio: str | None = None
    mmr: str | None = None
    uTime: str | None = None
    details: list[DetailRow] | None = None


class LooseAccountRow(msgspec.Struct):
    """An `AccountRow` of which some detail cannot be read."""

    mgnRatio: str | None = None
    mmr: str | None = None
    uTime: str | None = None
    details: msgspec.Raw = msgspec.Raw(b"[]")


class BalancePositionRow(msgspec.Struct):
    """A row of `balance_and_position`; `posData` and `balData` are read only where something happened."""

    eventType: str | None = None
    pTime: str | None = None
    posData: msgspec.Raw = msgspec.Raw(b"[]")
    balData: msgspec.Raw = msgspec.Raw(b"[]")


class BalDataRow(msgspec.Struct, gc=False):
    """A row of `balData`."""

    ccy: str | None = None


class PosDataRow(msgspec.Struct, gc=False):
    """A row of `posData`."""

    instType: str | None = None
    instId: str | None = None
    mgnMode: str | None = None
    posId: str | None = None
    posSide: str | None = None
    pos: str | None = None
    posCcy: str | None = None
    ccy: str | None = None
    avgPx: str | None = None
    uTime: str | None = None


class LeadRow(msgspec.Struct, gc=False):
    """A row of `copytrading-lead-notification`."""

    infoType: str | None = None
    instId: str | None = None
    side: str | None = None
    posSide: str | None = None
    subPosId: str | None = None
    uniqueCode: str | None = None
    maxLeadTraderNum: str | None = None
    minLeadEq: str | None = None


Row = TypeVar("Row")


class Push(msgspec.Struct, Generic[Row], gc=False):
    """A data frame. `eventType`, `curPage`, `lastPage` come with `account` and `positions` only."""

    arg: Arg
    data: list[Row]
    event: str | None = None
    eventType: str | None = None
    curPage: int | None = None
    lastPage: bool | None = None


class Envelope(msgspec.Struct):
    """Any frame, with what a data frame holds left undecoded."""

    event: str | None = None
    id: str | int | None = None
    code: str | int | None = None
    msg: str | None = None
    channel: str | None = None
    connCount: str | int | None = None
    arg: Arg | None = None
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    eventType: str | None = None
    curPage: int | None = None
    lastPage: bool | None = None


class Answer(msgspec.Struct):
    """A REST answer. Gateways send other keys and numbers; authentication errors have no `data`."""

    code: str | int | None = None
    msg: str | None = None
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class TimeRow(msgspec.Struct):
    """The answer of `public/time`."""

    ts: str


class ConfigRow(msgspec.Struct):
    """The answer of `account/config`."""

    uid: str = ""
    acctLv: str = ""
    posMode: str = ""
    perm: str = ""
    ip: str = ""
    roleType: str = ""
    liquidationGear: str = ""


class HistoryRow(msgspec.Struct, gc=False):
    """A row of `account/positions-history`: a position that was closed, in part or whole.

    `type` says how it was closed last: 1 in part, 2 whole, 3 liquidated, 4 liquidated in part, 5 by ADL.
    """

    instType: str | None = None
    instId: str | None = None
    mgnMode: str | None = None
    posId: str | None = None
    posSide: str | None = None
    direction: str | None = None
    ccy: str | None = None
    type: str | None = None
    openAvgPx: str | None = None
    cTime: str | None = None
    uTime: str | None = None


class BillRow(msgspec.Struct, gc=False):
    """A row of `account/bills`: one change of the balance. `sz` and prices are not read."""

    billId: str | None = None
    type: str | None = None
    subType: str | None = None
    ts: str | None = None
    instId: str | None = None
    mgnMode: str | None = None
    ccy: str | None = None
    balChg: str | None = None


class LeadTraderRow(msgspec.Struct):
    """A row of `copytrading/current-lead-traders`; its profits and the margin in use are not read."""

    uniqueCode: str
    nickName: str = ""
    copyTotalAmt: str | None = None
    ccy: str | None = None
    profitSharingRatio: str | None = None
    leadMode: str | None = None
    beginCopyTime: str | None = None


class CopyRoleRow(msgspec.Struct):
    """One of `details` of `copytrading/config`. The count of copiers is given to lead traders only."""

    instType: str = ""
    roleType: str = ""
    copyTraderNum: str = ""


class CopyConfigRow(msgspec.Struct):
    """The answer of `copytrading/config`. `uniqueCode` is the account's own."""

    uniqueCode: str = ""
    details: list[CopyRoleRow] = []


class StatusRow(msgspec.Struct):
    """A row of `system/status`. Documented are texts; numbers are read as well."""

    title: str | int | None = None
    state: str | int | None = None
    begin: str | int | None = None
    end: str | int | None = None
    serviceType: str | int | None = None
    maintType: str | int | None = None
    env: str | int | None = None
    system: str | int | None = None


class BadRow(NamedTuple):
    """A row that does not have the documented types."""

    text: bytes
    reason: str


ROW_TYPES: dict[str, type[Any]] = {
    "positions": PositionRow,
    "account": AccountRow,
    "liquidation-warning": WarningRow,
    "balance_and_position": BalancePositionRow,
    "copytrading-lead-notification": LeadRow,
}
_PUSHES: dict[bytes, tuple[str, msgspec.json.Decoder[Push[Any]]]] = {
    channel.encode(): (channel, msgspec.json.Decoder(Push[row_type]))  # type: ignore[valid-type]
    for channel, row_type in ROW_TYPES.items()
}
# Most of all pushes: nothing is searched for in them.
_POSITIONS = _PUSHES[b"positions"]
_POSITIONS_START = _USUAL_START + b'positions"'
# Its rows by themselves.
_POSITION_ROWS = msgspec.json.Decoder(list[PositionRow])
_ROWS_KEY = b',"data":'
_LAST_BYTE = ord("}")
_ENVELOPE = msgspec.json.Decoder(Envelope)
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
# What msgspec raises for texts that are no JSON, of other types, or nested without end.
_NOT_READABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def find_channel(frame: bytes) -> bytes:
    """The channel named near the start of a frame; empty if none is seen. A guess, not a decoding."""
    if frame.startswith(_USUAL_START):
        start = len(_USUAL_START)
    else:
        start = frame.find(_CHANNEL_KEY, 0, _CHANNEL_WITHIN)
        if start < 0:
            return b""
        start += len(_CHANNEL_KEY)
    return frame[start : frame.find(b'"', start, start + _LONGEST_CHANNEL)]


def read_push(frame: bytes) -> Push[Any] | None:
    """A well-formed push of a known channel in one pass; None for everything else."""
    found = _POSITIONS if frame.startswith(_POSITIONS_START) else _PUSHES.get(find_channel(frame))
    if found is None:
        return None
    channel, decoder = found
    try:
        push = decoder.decode(frame)
    except _NOT_READABLE:
        return None
    return push if push.event is None and push.arg.channel == channel else None


def head_of(push: Push[Any], frame: bytes) -> bytes:
    """What stands before the rows of a push of positions that was read from `frame`; empty where a row, or
    what follows the rows, may have a say in what the push is.
    """
    head = frame[: frame.find(_ROWS_KEY) + len(_ROWS_KEY)]
    bare = read_push(head + b"[]}")
    return head if bare is not None and bare == msgspec.structs.replace(push, data=[]) else b""


def read_rows_behind(head: bytes, frame: bytes) -> list[PositionRow] | None:
    """The rows of a push that begins with `head`: what `read_push` gives of them, or None as it does."""
    if frame[-1] != _LAST_BYTE:
        return None
    try:
        return _POSITION_ROWS.decode(frame[len(head) : -1])
    except _NOT_READABLE:
        return None


def read_envelope(frame: bytes) -> Envelope:
    """Any other frame. Raises: DecodeError if it is no JSON object, or its outer fields have wrong types."""
    return read_as(_ENVELOPE, frame)


def read_rows(data: bytes | msgspec.Raw, row_type: type[Row]) -> tuple[list[Row], list[BadRow]]:
    """Row by row: what can be read, and what cannot. Raises: DecodeError if it is no list of rows."""
    rows: list[Row] = []
    bad: list[BadRow] = []
    decoder = msgspec.json.Decoder(row_type)
    raws = read_as(_RAW_LIST, data)
    if len(raws) > _MOST_ROWS:
        raise DecodeError(f"{len(raws)} rows in one push")
    for raw in raws:
        try:
            rows.append(decoder.decode(raw))
        except _NOT_READABLE as exc:
            bad.append(BadRow(bytes(raw), _reason(exc)))
    return rows, bad


def read_one(row: bytes, row_type: type[Row]) -> Row:
    """A single row. Raises: DecodeError."""
    return read_as(msgspec.json.Decoder(row_type), row)


def read_as(decoder: msgspec.json.Decoder[Row], data: bytes | msgspec.Raw) -> Row:
    """`decoder.decode`. Raises: DecodeError, and nothing else."""
    try:
        return decoder.decode(data)
    except _NOT_READABLE as exc:
        raise DecodeError(_reason(exc)) from exc


def texts_of(row: bytes, *names: str) -> dict[str, str]:
    """Those of the named fields that are texts, from a row that cannot be read as a whole."""
    try:
        found = msgspec.json.decode(row, type=dict[str, msgspec.Raw])
    except _NOT_READABLE:
        return {}
    texts: dict[str, str] = {}
    for name in names:
        try:
            texts[name] = msgspec.json.decode(found[name], type=str)
        except (KeyError, *_NOT_READABLE):
            continue
    return texts


def _reason(exc: Exception) -> str:
    return str(exc)[:_LONGEST_REASON]
