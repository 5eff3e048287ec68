"""The bytes of an HTTP/1.1 answer -> its status, and whether the connection can be used again. Pure.

Of the body only its end is looked for. What is unusual but readable costs the connection, not the answer.
Source: RFC 9112, sections 4, 6, 7 and 9.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

LONGEST_HEAD = 65_536
LONGEST_BODY = 65_536  # more of it is not waited for

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n]*)?")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_KEEP_ALIVE = re.compile(r"timeout=([0-9]{1,6})")
_DIGITS = re.compile(r"[0-9]{1,18}")
_UPGRADE = 101
_FINAL = 200
_WITHOUT_BODY = (204, 304)


class BadAnswer(Exception):
    """No HTTP, or broken HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`retry_after`: the header as it came, "" without. `idle_s`: how long the other side keeps a connection
    that is not used; None where it does not say.
    """

    status: int
    reusable: bool
    retry_after: str = ""
    idle_s: int | None = None


@dataclass(frozen=True, slots=True)
class _Head:
    """What a head says. `length` None: as long as the connection, or `chunked`.

    `answer`: where nothing unusual follows.
    """

    answer: Answer
    length: int | None
    chunked: bool


class AnswerReader:
    """Reads one answer. `to_head`: the request was a HEAD, so that no body follows."""

    def __init__(self, *, to_head: bool = False) -> None:
        self._to_head = to_head
        self._waiting = b""
        self._head: _Head | None = None
        self._read = 0  # bytes of chunks
        self._chunk_left = 0  # of this chunk and its line end; 0: a size comes next
        self._in_trailer = False

    def feed(self, data: bytes) -> Answer | None:
        """What arrived. The answer once it is whole, or longer than is waited for. Raises: BadAnswer."""
        self._waiting = self._waiting + data if self._waiting else data
        head = self._head or self._take_heads()
        if head is None:
            return None
        if head.chunked:
            return self._take_chunks(head)
        arrived = len(self._waiting)
        if head.length is not None and arrived >= head.length:
            return head.answer if arrived == head.length else _lost(head)
        return _lost(head) if arrived > LONGEST_BODY else None

    def closed(self) -> Answer | None:
        """The other side said that nothing more comes: the answer if it was whole but for that."""
        head = self._head
        return _lost(head) if head is not None and head.length is None and not head.chunked else None

    def _take_heads(self) -> _Head | None:
        """None: it is not whole yet. Passes over what is only preliminary (1xx)."""
        while self._head is None:
            end = _HEAD_END.search(self._waiting)
            if end is None:
                if len(self._waiting) > LONGEST_HEAD:
                    raise BadAnswer("the head of the answer has no end")
                return None
            text, self._waiting = self._waiting[: end.start()], self._waiting[end.end() :]
            self._head = _read_head(text, to_head=self._to_head)
        return self._head

    def _take_chunks(self, head: _Head) -> Answer | None:
        while not self._in_trailer:
            if self._read > LONGEST_BODY:
                return _lost(head)
            if self._chunk_left:
                passed = min(self._chunk_left, len(self._waiting))
                self._waiting = self._waiting[passed:]
                self._chunk_left -= passed
                self._read += passed
                if self._chunk_left:
                    return None
            elif not self._take_size():
                return None
        end = _LINE_END.match(self._waiting) or _HEAD_END.search(self._waiting)
        if end is None:
            return _lost(head) if len(self._waiting) > LONGEST_HEAD else None
        return head.answer if end.end() == len(self._waiting) else _lost(head)

    def _take_size(self) -> bool:
        """The size of the next chunk; False: it is not whole yet."""
        found = _CHUNK.match(self._waiting)
        if found is None:
            if b"\n" in self._waiting or len(self._waiting) > LONGEST_HEAD:
                raise BadAnswer("the body of the answer is cut into no chunks")
            return False
        self._waiting = self._waiting[found.end() :]
        size = int(found[1], 16)
        self._in_trailer = size == 0
        self._chunk_left = size + len(b"\r\n") if size else 0
        return True


@lru_cache(maxsize=16)  # a receiver answers all requests of a second with the same head
def _read_head(text: bytes, *, to_head: bool) -> _Head | None:
    """None: a preliminary answer. Raises: BadAnswer."""
    first, *lines = text.splitlines() or [b""]
    found = _STATUS_LINE.fullmatch(first)
    if found is None:
        raise BadAnswer("the answer is no HTTP")
    status = int(found[2])
    if status == _UPGRADE:
        raise BadAnswer("the answer changes the protocol")
    if status < _FINAL:
        return None
    headers, is_plain = _headers(lines)
    is_kept = "close" not in headers.get("connection", "").lower()
    idle_s = _KEEP_ALIVE.search(headers.get("keep-alive", "").lower())
    answer = Answer(
        status=status,
        reusable=is_plain and is_kept and found[1] == b"1",
        retry_after=headers.get("retry-after", ""),
        idle_s=int(idle_s[1]) if idle_s else None,
    )
    return _Head(answer, *_framing(status, headers, to_head=to_head))


def _framing(status: int, headers: Mapping[str, str], *, to_head: bool) -> tuple[int | None, bool]:
    """`length` and `chunked` of a `_Head`."""
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if to_head or status in _WITHOUT_BODY:
        return 0, False
    if coding is not None:
        return None, coding.lower() == "chunked" and length is None
    return (int(length) if length is not None and _DIGITS.fullmatch(length) else None), False


def _lost(head: _Head) -> Answer:
    """The answer, of a connection that cannot be used again."""
    return replace(head.answer, reusable=False)


def _headers(lines: list[bytes]) -> tuple[dict[str, str], bool]:
    """By name in lower case, and whether all of it was written as it should be."""
    headers: dict[str, str] = {}
    is_plain = True
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        key = name.lower()
        if not colon or key != key.strip() or (key in headers and key in _FRAMING):
            is_plain = False
        headers[key] = value.strip()
    return headers, is_plain


_FRAMING = ("content-length", "transfer-encoding", "connection")
