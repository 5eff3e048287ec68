"""What is wrong with a request, as JSON: `{"ok": false, "problems": [...]}`."""

from __future__ import annotations

from aiohttp import web

from alertd.domain.command import CommandRefused

SHOW_A_TOKEN = "show a token: Authorization: Bearer TOKEN"  # noqa: S105 - the words, not a token


def refused(status: int, *problems: str) -> web.Response:
    """Nothing was done."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return web.json_response({"ok": False, "problems": list(problems)}, status=status, headers=headers)


def command_refused(why: CommandRefused, status: int = 409) -> web.Response:
    """alertd does not do it; with what to do instead."""
    return refused(status, str(why))
