"""What is asked of OKX to stop copying a lead trader, and what its answer means. Pure.

Source: OKX API guide, "Copy Trading" > "Stop copying" (read September 2026): success is code "0" and `result`
true; it says that the request was taken, not that anything has ended.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import msgspec

from alertd.domain.action import OpenPositions, Said
from alertd.domain.errors import DecodeError
from alertd.exchanges.okx import stop_codes, wire

STOP_PATH = "/api/v5/copytrading/stop-copy-trading"
CLOSE_TYPES = {
    OpenPositions.CLOSE_AT_MARKET: "market_close",
    OpenPositions.LEADER_CLOSES: "copy_close",
    OpenPositions.LEAVE_TO_ME: "manual_close",
}
_LONGEST_MESSAGE = 200
_LONGEST_CODE = 40
# Documented are 16 and 18 letters and digits; another length is the exchange's to refuse.
_TRADER = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)


class Outcome(NamedTuple):
    """`code`: OKX's, or "HTTP 503", or a word of ours; `message`: OKX's own words, one line, clipped."""

    said: Said
    code: str
    message: str = ""


class _Answer(msgspec.Struct):
    code: str | int | None = None
    msg: str | None = None
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Taken(msgspec.Struct):
    result: bool = False


class _Item(msgspec.Struct):
    sCode: str | None = None  # noqa: N815 - the exchange's name
    sMsg: str | None = None  # noqa: N815


_ANSWER = msgspec.json.Decoder(_Answer)
_TAKEN = msgspec.json.Decoder(list[_Taken])
_ITEMS = msgspec.json.Decoder(list[_Item])


def is_trader(text: str) -> bool:
    """Whether it can be a lead trader's code at all."""
    return _TRADER.fullmatch(text) is not None


def stop_body(trader: str, open_positions: OpenPositions) -> str:
    """The body, to be sent and signed as it is."""
    body = {"instType": "SWAP", "uniqueCode": trader, "subPosCloseType": CLOSE_TYPES[open_positions]}
    return json.dumps(body, separators=(",", ":"))


def read_answer(status: int, body: bytes) -> Outcome:
    """What an answer means. Never raises; what is not documented is an unknown outcome."""
    try:
        answer = wire.read_as(_ANSWER, body)
    except (DecodeError, ValueError):
        answer = _Answer()  # a gateway's page, or nothing at all
    code, message = _code(answer.code), _line(answer.msg or "")
    if code in ("", str(status)):
        return _found(f"HTTP {status}", message)
    if code == "0":
        is_taken = status == 200 and answer.code == "0" and _is_taken(answer.data)
        return Outcome(Said.ACCEPTED, code, message) if is_taken else _found(stop_codes.NO_RESULT, message)
    if code in ("1", "2"):
        return _of_items(answer.data, code, message)
    return _found(code, message)


def _found(code: str, message: str) -> Outcome:
    return Outcome(stop_codes.said_of(code), code, message)


def _is_taken(data: msgspec.Raw | msgspec.UnsetType) -> bool:
    """Each item says so, and there is one."""
    try:
        items = wire.read_as(_TAKEN, data) if isinstance(data, msgspec.Raw) else []
    except DecodeError:
        return False
    return bool(items) and all(one.result is True for one in items)


def _of_items(data: msgspec.Raw | msgspec.UnsetType, code: str, message: str) -> Outcome:
    """All or some of it failed: the one reason that every item gives, else nobody knows."""
    try:
        items = wire.read_as(_ITEMS, data) if isinstance(data, msgspec.Raw) else []
    except DecodeError:
        items = []
    codes = {_code(one.sCode) for one in items}
    if len(codes) == 1 and (only := codes.pop()) not in ("", "0"):
        return _found(only, _line(items[0].sMsg or "") or message)
    return _found(code, message)


def _code(code: str | int | None) -> str:
    """As a text; a number without end is no code."""
    if isinstance(code, int):
        return str(code) if abs(code) < 10**_LONGEST_CODE else ""
    return (code or "").strip()[:_LONGEST_CODE]


def _line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_MESSAGE]
