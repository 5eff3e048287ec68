"""The one way in for what persons tell alertd to do: who, may they, is it readable, then the command.

A write needs a token even on this machine, and JSON: a page in a browser can send neither unnoticed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web

from alertd.domain.command import CommandRefused
from alertd.domain.people import Right
from alertd.web.answers import SHOW_A_TOKEN, command_refused, refused
from alertd.web.body_words import body_words
from alertd.web.doors import Doors
from alertd.web.naming import UnknownName

Json = dict[str, Any]
Body = TypeVar("Body", bound=msgspec.Struct)
JSON_TYPE = "application/json"


class Asked(msgspec.Struct, Generic[Body], frozen=True):
    """What somebody wants: `person` by name, `body` as it was sent."""

    person: str
    body: Body
    doors: Doors


class Write(msgspec.Struct, Generic[Body], frozen=True):
    """A path that changes something: who may, what must be sent, and what is done.

    `act` gives what to answer beside `ok` and `person`. It raises CommandRefused.
    """

    path: str
    right: Right
    body: type[Body]
    act: Callable[[Asked[Body]], Awaitable[Json]]


class NotFound(CommandRefused):
    """What is meant does not exist."""


def handler_of(write: Write[Any], doors: Doors) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler of POST on its path."""

    async def handle(request: web.Request) -> web.Response:
        caller = doors.callers().who(request.headers.get("Authorization"))
        if caller is None:
            return refused(401, SHOW_A_TOKEN)
        if write.right not in caller.can:
            return refused(
                403, f'{caller.name} may not do this: people.{caller.name}.can lacks "{write.right}"'
            )
        if request.content_type != JSON_TYPE:
            return refused(415, f"send JSON: Content-Type: {JSON_TYPE}")
        try:
            body = msgspec.json.decode(await request.read(), type=write.body)
        except web.HTTPRequestEntityTooLarge:
            return refused(413, f"the body is longer than {request.client_max_size} bytes")
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            return refused(400, body_words(exc, write.body))
        try:
            done = await write.act(Asked(caller.name, body, doors))
        except (NotFound, UnknownName) as exc:
            return command_refused(exc, status=404)
        except CommandRefused as exc:
            return command_refused(exc)
        return web.json_response({"ok": True, "person": caller.name, **done})

    return handle
