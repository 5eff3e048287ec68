"""The bytes of an HTTP/1.1 answer -> its status, and whether the connection can be used again. Pure.

Of the body only its end is looked for. What is unusual but readable costs the connection, not the answer.
Source: RFC 9112, sections 4, 6, 7 and 9.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_HEAD = 65_536
LONGEST_BODY = 65_536  # more of it is not waited for

_HEAD_END = re.compile(rb"\r?\n\r?\n")
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


class AnswerReader:
    """Reads one answer. `to_head`: the request was a HEAD, so that no body follows."""

    def __init__(self, *, to_head: bool = False) -> None:
        self._to_head = to_head
        self._waiting = b""
        self._read = 0  # bytes after the head
        self._status = 0
        self._headers: Mapping[str, str] = {}
        self._reusable = False
        self._length: int | None = None  # None: as long as the connection, or chunked
        self._chunked = False
        self._chunk_left = 0  # of this chunk and its line end; 0: a size comes next
        self._in_trailer = False

    def feed(self, data: bytes) -> Answer | None:
        """What arrived. The answer once it is whole, or longer than is waited for. Raises: BadAnswer."""
        self._waiting += data
        if not self._status and not self._take_heads():
            return None
        if self._chunked:
            return self._take_chunks()
        arrived = len(self._waiting)
        if self._length is not None and arrived >= self._length:
            return self._answer(reusable=arrived == self._length)
        return self._answer(reusable=False) if arrived > LONGEST_BODY else None

    def closed(self) -> Answer | None:
        """The other side said that nothing more comes: the answer if it was whole but for that."""
        is_whole = self._status and self._length is None and not self._chunked
        return self._answer(reusable=False) if is_whole else None

    def _take_heads(self) -> bool:
        """False: it is not whole yet. Passes over what is only preliminary (1xx)."""
        while not self._status:
            end = _HEAD_END.search(self._waiting)
            if end is None:
                if len(self._waiting) > LONGEST_HEAD:
                    raise BadAnswer("the head of the answer has no end")
                return False
            head, self._waiting = self._waiting[: end.start()], self._waiting[end.end() :]
            self._take_head(head)
        return True

    def _take_head(self, head: bytes) -> None:
        first, *lines = head.splitlines() or [b""]
        found = _STATUS_LINE.fullmatch(first)
        if found is None:
            raise BadAnswer("the answer is no HTTP")
        status = int(found[2])
        if status == _UPGRADE:
            raise BadAnswer("the answer changes the protocol")
        if status < _FINAL:
            return
        self._status = status
        headers, is_plain = _headers(lines)
        self._headers = headers
        kept = "close" not in headers.get("connection", "").lower()
        self._reusable = is_plain and kept and found[1] == b"1"
        self._frame(headers)

    def _frame(self, headers: Mapping[str, str]) -> None:
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if self._to_head or self._status in _WITHOUT_BODY:
            self._length = 0
        elif coding is not None:
            self._chunked = coding.lower() == "chunked" and length is None
        elif length is not None and _DIGITS.fullmatch(length):
            self._length = int(length)

    def _take_chunks(self) -> Answer | None:
        while not self._in_trailer:
            if self._read > LONGEST_BODY:
                return self._answer(reusable=False)
            if self._chunk_left:
                passed = min(self._chunk_left, len(self._waiting))
                self._waiting = self._waiting[passed:]
                self._chunk_left -= passed
                self._read += passed
                if self._chunk_left:
                    return None
            elif not self._take_size():
                return None
        end = re.match(rb"\r?\n", self._waiting) or _HEAD_END.search(self._waiting)
        if end is None:
            return self._answer(reusable=False) if len(self._waiting) > LONGEST_HEAD else None
        return self._answer(reusable=end.end() == len(self._waiting))

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
        self._chunk_left = size + 2 if size else 0  # its line end may be "\n" alone: then a size is misread
        return True

    def _answer(self, *, reusable: bool) -> Answer:
        kept_s = _KEEP_ALIVE.search(self._headers.get("keep-alive", "").lower())
        return Answer(
            status=self._status,
            reusable=reusable and self._reusable,
            retry_after=self._headers.get("retry-after", ""),
            idle_s=int(kept_s[1]) if kept_s else None,
        )


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
