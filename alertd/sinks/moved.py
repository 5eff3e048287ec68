"""A Telegram group that got a new id: what is kept of it, so that it holds over restarts. Pure.

The configuration wins: it counts only while the URL still names the former id.
"""

from __future__ import annotations

import re
from typing import Protocol

import msgspec


class Facts(Protocol):
    """Where it is kept."""

    async def read_fact(self, key: str) -> str | None: ...
    async def write_fact(self, key: str, value: str) -> None: ...


class Moved(msgspec.Struct, frozen=True):
    """`former` is what the URL names, `chat` takes the messages now."""

    former: str
    chat: int

    def encoded(self) -> str:
        """For the store."""
        return msgspec.json.encode(self).decode()

    def is_named_in(self, url: str) -> bool:
        """Whether the URL still names the former id."""
        return re.search(rf"/{re.escape(self.former)}(?=[:/?]|$)", url.strip()) is not None


def key_of(sink: str) -> str:
    """The fact's name."""
    return f"telegram_chat:{sink}"


def decode_moved(text: str | None) -> Moved | None:
    """None where nothing is kept, or nothing that can be read: then it is learned once more."""
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Moved)
    except msgspec.DecodeError:
        return None
