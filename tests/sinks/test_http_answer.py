"""alertd/sinks/http_answer.py"""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.sinks.http_answer import LONGEST_BODY, LONGEST_HEAD, Answer, AnswerReader, BadAnswer


def read(*parts: bytes, to_head: bool = False) -> Answer | None:
    reader = AnswerReader(to_head=to_head)
    answer = None
    for part in parts:
        assert answer is None
        answer = reader.feed(part)
    return answer


def good(status: int = 200, **more: object) -> Answer:
    return Answer(**{"status": status, "reusable": True, **more})  # type: ignore[arg-type]


def lost(status: int = 200) -> Answer:
    """Of a connection that cannot be used again."""
    return Answer(status=status, reusable=False)


WHOLE = {
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok": good(),
    b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n": good(),
    b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok": good(),
    b"HTTP/1.1 204 No Content\r\n\r\n": good(204),
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n": good(304),
    b"HTTP/1.1 404 Not Found\r\ncontent-length:  3 \r\n\r\nno!": good(404),
    b"HTTP/1.1 429 x\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n": good(429, retry_after="7"),
    b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100\r\nContent-Length: 0\r\n\r\n": good(idle_s=5),
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n": lost(),
    b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n": lost(),
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n": lost(),
    b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\nContent-Length: 0\r\n\r\n": lost(),
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n": good(),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n": good(),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
    b"5;a=b\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n": good(),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n": good(),
}


@pytest.mark.parametrize("data", WHOLE)
def test_whole_answers(data: bytes) -> None:
    assert read(data) == WHOLE[data]


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_however_it_is_cut(data: bytes, draws: st.DataObject) -> None:
    cuts = draws.draw(st.lists(st.integers(0, len(data)), max_size=6).map(sorted))
    edges = [0, *cuts, len(data)]
    parts = [data[a:b] for a, b in pairwise(edges)]
    reader = AnswerReader()
    answers = [answer for part in parts if part and (answer := reader.feed(part)) is not None]
    assert answers == [WHOLE[data]]


@given(st.sampled_from(sorted(WHOLE)), st.binary(min_size=1, max_size=20))
def test_with_more_behind_it_the_connection_is_lost(data: bytes, more: bytes) -> None:
    with suppress(BadAnswer):
        answer = AnswerReader().feed(data + more)
        assert answer is None or not answer.reusable


@pytest.mark.parametrize("data", [data for data in WHOLE if b" 204 " not in data and b" 304 " not in data])
def test_what_is_cut_short_is_no_answer(data: bytes) -> None:
    assert read(data[:-1]) is None


def test_to_a_head_no_body_follows() -> None:
    assert read(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", to_head=True) == good()
    assert read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", to_head=True) == good()


def test_without_a_length_the_end_of_the_connection_ends_it() -> None:
    reader = AnswerReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\n\r\nsome") is None
    assert reader.closed() == lost()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
def test_an_end_in_the_middle_is_no_answer(data: bytes) -> None:
    reader = AnswerReader()
    assert reader.feed(data) is None
    assert reader.closed() is None


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
    ],
)
def test_a_body_without_end_is_not_waited_for(head: bytes) -> None:
    reader = AnswerReader()
    answer, fed = reader.feed(head), 0
    while answer is None:
        answer = reader.feed(b"x" * 1000)
        fed += 1000
        assert fed <= LONGEST_BODY + 2000
    assert answer == lost()


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"\r\n\r\n",
        b"x" * (LONGEST_HEAD + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_answer_at_all(data: bytes) -> None:
    with pytest.raises(BadAnswer):
        AnswerReader().feed(data)


@given(st.lists(st.one_of(st.binary(max_size=30), st.sampled_from(sorted(WHOLE))), max_size=5))
def test_it_raises_nothing_else(parts: list[bytes]) -> None:
    reader = AnswerReader()
    with suppress(BadAnswer):
        for part in parts:
            if reader.feed(part) is not None:
                break
        reader.closed()
