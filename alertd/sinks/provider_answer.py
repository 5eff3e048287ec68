"""What a provider answered to one request. Pure.

Source: core.telegram.org/bots/api (ResponseParameters), docs.slack.dev (Web API responses), read July 2026.
"""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec

from alertd.sinks.figures import clean

_LONGEST_WORDS = 160
_READ_BYTES = 2000
_LARGEST_BYTES = 64 * 1024


class ProviderAnswer(msgspec.Struct, frozen=True):
    """`words`: why not, in the provider's own words. `is_denied`: the body says that it did not work,
    whatever the status says. `moved_to`: the id a Telegram group has now.
    """

    status: int
    words: str = ""
    retry_after_s: float | None = None
    is_denied: bool = False
    moved_to: int | None = None

    def __str__(self) -> str:
        """`HTTP 403 Forbidden: bot was blocked by the user`."""
        status = status_words(self.status)
        return f"{status}: {self.words}" if self.words else status


def read_provider_answer(status: int, retry_after: str, body: bytes) -> ProviderAnswer:
    """`retry_after`: the header of that name, empty where there is none."""
    wait_s = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
    said = _object(body)
    found = said or {}
    is_denied = found.get("ok") is False
    parameters = found.get("parameters")
    moved = parameters.get("migrate_to_chat_id") if isinstance(parameters, dict) else None
    words = found.get("description") or found.get("error") or ""
    if said is None and status >= 400:
        words = body[:_READ_BYTES].decode("utf-8", "replace")
    return ProviderAnswer(
        status=status,
        words=clean(words, _LONGEST_WORDS) if isinstance(words, str) else "",
        retry_after_s=wait_s,
        is_denied=is_denied,
        moved_to=moved if type(moved) is int else None,
    )


@lru_cache(maxsize=64)
def status_words(status: int) -> str:
    """`HTTP 404 Not Found`; the number alone where it is nobody's."""
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _object(body: bytes) -> dict[str, Any] | None:
    """None: it is no JSON object, or larger than any that says something."""
    if len(body) > _LARGEST_BYTES:
        return None
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if isinstance(found, dict) else None
