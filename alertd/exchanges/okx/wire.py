"""Frames and answers exactly as OKX names them, and how they are read.

Their rows stand in `push_rows.py` and `answer_rows.py`. Source: OKX API guide, "WebSocket".
"""
# ruff: noqa: N815 - field names are the exchange's

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from alertd.domain.errors import DecodeError
from alertd.exchanges.okx import push_rows

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


class BadRow(NamedTuple):
    """A row that does not have the documented types."""

    text: bytes
    reason: str


ROW_TYPES: dict[str, type[Any]] = {
    "positions": push_rows.PositionRow,
    "account": push_rows.AccountRow,
    "liquidation-warning": push_rows.WarningRow,
    "balance_and_position": push_rows.BalancePositionRow,
    "copytrading-lead-notification": push_rows.LeadRow,
}
_PUSHES: dict[bytes, tuple[str, msgspec.json.Decoder[Push[Any]]]] = {
    channel.encode(): (channel, msgspec.json.Decoder(Push[row_type]))  # type: ignore[valid-type]
    for channel, row_type in ROW_TYPES.items()
}
# Most of all pushes: nothing is searched for in them.
_POSITIONS = _PUSHES[b"positions"]
_POSITIONS_START = _USUAL_START + b'positions"'
# Its rows by themselves.
_POSITION_ROWS = msgspec.json.Decoder(list[push_rows.PositionRow])
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


def read_rows_behind(head: bytes, frame: bytes) -> list[push_rows.PositionRow] | None:
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
