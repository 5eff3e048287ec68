"""The bytes of an HTTP/1.1 answer -> its status, and whether the connection can be used again. Pure.

llhttp reads them, through httptools; what it cannot read is no answer. Here is what it does not tell: which
answer counts, whether anything is behind it, how much of it is waited for. Source: RFC 9112, 4, 6, 7 and 9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

LONGEST = 65_536  # bytes of heads and body together; more is not waited for
KEPT = 2_000  # bytes of a body that says why not

_KEEP_ALIVE = re.compile(r"timeout=([0-9]{1,6})")
_UPGRADE = 101
_LEAST, _FINAL, _NOT_TAKEN = 100, 200, 300


class BadAnswer(Exception):
    """No HTTP, or broken HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`retry_after`: the header as it came, "" without. `idle_s`: how long the other side keeps a connection
    that is not used; None where it does not say. `words`: how the body begins, unless the request was taken;
    it may hold anything.
    """

    status: int
    reusable: bool
    retry_after: str = ""
    idle_s: int | None = None
    words: bytes = field(default=b"", compare=False, repr=False)


@lru_cache(maxsize=64)
def whole_answer(data: bytes, *, to_head: bool) -> Answer | None:
    """The answer whose first bytes these are, if they are all of it; None: more is to come. Remembered: in a
    burst a receiver says the same again and again.

    Raises: BadAnswer.
    """
    return AnswerReader(to_head=to_head).feed(data)


class AnswerReader:
    """Reads one answer. `to_head`: the request was a HEAD, so that no body follows."""

    def __init__(self, *, to_head: bool = False) -> None:
        self._parsed = _Parsed(ends_with_head=to_head)
        self._arrived = 0

    def feed(self, data: bytes) -> Answer | None:
        """What arrived. The answer once it is whole, or longer than is waited for; feed nothing after it.

        Raises: BadAnswer.
        """
        answer = self._take(data)
        if answer is not None:
            self._parsed.let_go()
        return answer

    def closed(self) -> Answer | None:
        """The other side said that nothing more comes: the answer if it was whole but for that."""
        return self._parsed.lost() if self._parsed.ends_with_connection else None

    def _take(self, data: bytes) -> Answer | None:
        readable = data[: LONGEST - self._arrived]
        self._arrived += len(data)
        parsed = self._parsed
        # Where an answer ended is not told. If it is not whole before the last byte, nothing is behind it.
        has_more = parsed.take(readable[:-1])
        is_whole = has_more or parsed.take(readable[-1:])
        if has_more or self._arrived > LONGEST:
            return parsed.lost()
        return parsed.with_words() if is_whole else None


class _Parsed:
    """What llhttp has told: one answer, without those that are only preliminary (1xx) and what follows."""

    def __init__(self, *, ends_with_head: bool) -> None:
        self.answer: Answer | None = None  # once the head is there
        self.is_whole = False
        self._ends_with_head = ends_with_head
        self._has_end = False
        self._retry_after = ""
        self._idle_s: int | None = None
        self._words = b""
        self._refused = ""
        self._parser = HttpResponseParser(self)
        # A line feed without its carriage return (2.2) and a padded size (7.1) leave nothing in doubt.
        self._parser.set_dangerous_leniencies(
            lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )

    def take(self, data: bytes) -> bool:
        """Whether the answer is whole. Raises: BadAnswer."""
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as bad:
            if not self.is_whole:
                raise BadAnswer(self._refused or f"the answer is no readable HTTP: {bad}") from bad
        if self._refused:
            raise BadAnswer(self._refused)
        return self.is_whole

    def let_go(self) -> None:
        """Each holds the other: the garbage collector need not look for what is over."""
        del self._parser

    def lost(self) -> Answer:
        """The answer, of a connection that cannot be used again. Raises: BadAnswer."""
        answer = self.with_words()
        if answer is None:
            raise BadAnswer("the head of the answer has no end")
        return replace(answer, reusable=False)

    def with_words(self) -> Answer | None:
        """The answer with what was kept of its body."""
        return replace(self.answer, words=self._words) if self.answer and self._words else self.answer

    @property
    def ends_with_connection(self) -> bool:
        return self.answer is not None and not self.is_whole and not self._has_end

    def on_header(self, name: bytes, value: bytes) -> None:
        key = name.lower()
        if self.answer is not None:
            return  # of a trailer
        if key in (b"content-length", b"transfer-encoding"):
            self._has_end = True
        elif key == b"retry-after":
            self._retry_after = value.decode("latin-1").strip()
        elif key == b"keep-alive":
            found = _KEEP_ALIVE.search(value.decode("latin-1").lower())
            self._idle_s = int(found[1]) if found else None

    def on_headers_complete(self) -> None:
        if self.answer is not None:
            return
        status = self._parser.get_status_code()
        if status == _UPGRADE or status < _LEAST:
            self._refused = f"the answer has the status {status}"
        elif status < _FINAL:
            self._has_end, self._retry_after, self._idle_s = False, "", None
        else:
            self.answer = Answer(
                status=status,
                reusable=self._parser.should_keep_alive(),
                retry_after=self._retry_after,
                idle_s=self._idle_s,
            )
            self.is_whole = self._ends_with_head

    def on_body(self, data: bytes) -> None:
        if self.answer is not None and self.answer.status >= _NOT_TAKEN:
            self._words = (self._words + data[:KEPT])[:KEPT]

    def on_message_complete(self) -> None:
        self.is_whole = self.is_whole or self.answer is not None
