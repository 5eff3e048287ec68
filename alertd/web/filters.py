"""The parameters of lists: which state, account, severity, and how many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import msgspec
from aiohttp import web

from alertd.domain.alert import Severity
from alertd.web.answers import command_refused, refused
from alertd.web.naming import UnknownName

Handler = Callable[[web.Request], Awaitable[web.Response]]

USUAL_LIMIT = 100
LARGEST_LIMIT = 500


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """None: whatever it is."""

    state: str | None
    account: str | None
    sink: str | None
    severity: Severity | None
    limit: int


def read_filter(
    query: Mapping[str, str],
    states: Collection[str] = (),
    *,
    keys: Collection[str] = ("state", "account", "severity", "limit"),
) -> Filter:
    """What a query string asks for. Raises: ValueError with the cure."""
    for key in query:
        if key not in keys:
            raise ValueError(f"{key[:40]}: unknown parameter; known: {', '.join(keys)}")
    severity = _one_of("severity", query.get("severity"), [str(severity) for severity in Severity])
    return Filter(
        state=_one_of("state", query.get("state"), states),
        account=query.get("account") or None,
        sink=query.get("sink") or None,
        severity=None if severity is None else Severity(severity),
        limit=_limit(query.get("limit")),
    )


def filtered(
    answer: Callable[[Filter], Awaitable[web.Response]],
    states: Sequence[str],
    keys: Sequence[str] = ("state", "account", "severity", "limit"),
) -> Handler:
    """A handler that reads these parameters, and refuses what it cannot read."""

    async def handle(request: web.Request) -> web.Response:
        try:
            wanted = read_filter(request.query, states, keys=keys)
        except ValueError as exc:
            return refused(400, str(exc))
        try:
            return await answer(wanted)
        except UnknownName as exc:
            return command_refused(exc, status=404)

    return handle


def _one_of(key: str, text: str | None, known: Collection[str]) -> str | None:
    if not text:
        return None
    if text not in known:
        raise ValueError(f"{key}: {text[:40]!r} is none of {', '.join(known)}")
    return text


def _limit(text: str | None) -> int:
    if not text:
        return USUAL_LIMIT
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:6]) <= LARGEST_LIMIT:
        raise ValueError(f"limit: {text[:40]!r} is no number from 1 to {LARGEST_LIMIT}")
    return int(text)
