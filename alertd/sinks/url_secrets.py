"""Which parts of a sink's URL must never be shown. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote

_SHORTEST, _SHORTEST_PASSWORD = 6, 4
_LONG_ENOUGH_FOR_ANY_TOKEN = 16
_PARTS = re.compile(r"[/:@?&=#,;\s]+")
# What names a server is no secret, and a detail without it helps nobody.
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,24}|\d+(?:\.\d+){3}|localhost", re.IGNORECASE)
# A plain word, such as `alerts` in a path: hiding it would blank the same word in every log line.
_WORD = re.compile(r"[a-z]+(?:[-_][a-z]+)*")


def secret_parts(url: str) -> list[str]:
    """The URL and each part of it that could be a token or password, as written and decoded."""
    _, found, rest = url.partition("://")
    if not found or not rest:
        return []
    address, _, options = rest.partition("?")
    user, at, path = address.rpartition("@")
    password = user.partition(":")[2] if at else ""
    values = [option.partition("=")[2] for option in options.split("&")]
    secret = [part for part in (*_PARTS.split(user), *_PARTS.split(path)) if _is_tokenlike(part)]
    secret += [value for value in values if _is_tokenlike(value)]
    if len(password) >= _SHORTEST_PASSWORD:
        secret.append(password)
    return list(dict.fromkeys(text for part in (url, *secret) for text in (part, unquote(part))))


def _is_tokenlike(part: str) -> bool:
    if len(part) < _SHORTEST or _HOST.fullmatch(part):
        return False
    return len(part) >= _LONG_ENOUGH_FOR_ANY_TOKEN or not _WORD.fullmatch(part)
