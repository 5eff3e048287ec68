"""Whole frames, shaped as documented: events, pushes with their argument and pages, REST envelopes. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

NOTICE = "The connection will soon be closed for a service upgrade. Please reconnect."


def dump(frame: Mapping[str, Any]) -> str:
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False)


def login_ok(conn_id: str) -> str:
    return dump({"event": "login", "msg": "", "code": "0", "connId": conn_id})


def acknowledgement(op: str, arg: Mapping[str, Any], conn_id: str, request_id: str | None) -> str:
    return dump(_with_id(request_id, {"event": op, "arg": arg, "connId": conn_id}))


def error(code: str, message: str, conn_id: str, request_id: str | None = None) -> str:
    return dump(_with_id(request_id, {"event": "error", "code": code, "msg": message, "connId": conn_id}))


def _with_id(request_id: str | None, frame: Mapping[str, Any]) -> Mapping[str, Any]:
    return frame if request_id is None else {"id": request_id, **frame}


def notice(code: str, message: str, conn_id: str) -> str:
    return dump({"event": "notice", "msg": message, "code": code, "connId": conn_id})


def connection_count(channel: str, count: int, conn_id: str, *, refused: bool = False) -> str:
    event = "channel-conn-count-error" if refused else "channel-conn-count"
    return dump({"event": event, "channel": channel, "connCount": str(count), "connId": conn_id})


def push(arg: Mapping[str, Any], data: Sequence[Any]) -> str:
    return dump({"arg": arg, "data": data})


def update(arg: Mapping[str, Any], data: Sequence[Any]) -> str:
    return dump({"arg": arg, "eventType": "event_update", "data": data})


def snapshot(arg: Mapping[str, Any], page: int, data: Sequence[Any], *, is_last: bool) -> str:
    head = {"arg": arg, "eventType": "snapshot", "curPage": page, "lastPage": is_last}
    return dump({**head, "data": data})


def pages(rows: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """At least one page: nothing to show is one empty page."""
    return [rows[start : start + size] for start in range(0, len(rows), size)] or [[]]


def answer(data: Sequence[Any]) -> str:
    return dump({"code": "0", "data": data, "msg": ""})


def refusal(code: str, message: str) -> str:
    """A business error: with an empty `data`."""
    return dump({"code": code, "data": [], "msg": message})


def authentication_refusal(code: str, message: str) -> str:
    """Authentication errors have no `data`."""
    return dump({"msg": message, "code": code})
