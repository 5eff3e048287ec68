"""alertd/sinks/http_answer.py"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.sinks.http_answer import KEPT, LONGEST, Answer, AnswerReader, BadAnswer, whole_answer


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
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n": good(),
    b"HTTP/1.1 205 Reset\r\nConnection: x, close\r\nContent-Length: 0\r\n\r\n": lost(205),
    # Apache offers HTTP/2 so, with answers that are as usual.
    b"HTTP/1.1 200 OK\r\nUpgrade: h2\r\nConnection: Upgrade, Keep-Alive\r\n"
    b"Content-Length: 2\r\n\r\nok": good(),
    b"HTTP/1.1 503 x\r\nX:\r\nRetry-After:  9 \r\nContent-Length: 0\r\n\r\n": good(503, retry_after="9"),
    b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n": good(204),
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n": good(),
    b"HTTP/1.1 103 Hints\r\nRetry-After: 9\r\nContent-Length: 5\r\n\r\n"
    b"HTTP/1.1 100 x\r\n\r\nHTTP/1.1 204 x\r\n\r\n": good(204),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n": good(),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2  ;a\r\n\r\n\r\n0\r\n\r\n": good(),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
    b"5;a=b\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n": good(),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nRetry-After: 9\r\n\r\n": good(),
}


@pytest.mark.parametrize("data", WHOLE)
def test_whole_answers(data: bytes) -> None:
    assert read(data) == WHOLE[data]


def end_of(parts: Iterable[bytes], *, to_head: bool = False) -> Answer | str | None:
    """What one learns of `parts` and then the end; what is left over costs the connection."""
    reader, rest = AnswerReader(to_head=to_head), iter(parts)
    try:
        for part in rest:
            if (answer := reader.feed(part)) is not None:
                return replace(answer, reusable=answer.reusable and not b"".join(rest))
    except BadAnswer as bad:
        return str(bad)
    return reader.closed()


@st.composite
def cut(draw: st.DrawFn, data: bytes) -> list[bytes]:
    cuts = draw(st.lists(st.integers(0, len(data)), max_size=6).map(sorted))
    return [data[a:b] for a, b in pairwise([0, *cuts, len(data)])]


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_however_it_is_cut(data: bytes, draws: st.DataObject) -> None:
    assert end_of(draws.draw(cut(data))) == WHOLE[data]
    assert end_of(data[i : i + 1] for i in range(len(data))) == WHOLE[data]


PIECES = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 204 x\n",
    b"HTTP/1.0 100 x\r\n",
    b"HTTP/1.1 101 x\r\n",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"Connection: upgrade\r\nUpgrade: x\r\n",
    b"Retry-After: 7\r\n",
    b"X:\r\n",
    b"\r\n",
    b"\n",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"abc",
]
BABBLE = st.lists(st.one_of(st.sampled_from([*PIECES, *sorted(WHOLE)]), st.binary(max_size=3)), max_size=9)


@given(BABBLE.map(b"".join), st.booleans(), st.data())
def test_whatever_comes_means_the_same_however_it_is_cut(
    data: bytes, to_head: bool, draws: st.DataObject
) -> None:
    whole = end_of([data], to_head=to_head)
    assert end_of(draws.draw(cut(data)), to_head=to_head) == whole
    assert end_of((data[i : i + 1] for i in range(len(data))), to_head=to_head) == whole


@pytest.mark.parametrize("data", sorted(WHOLE))
def test_the_same_again_means_the_same(data: bytes) -> None:
    assert [whole_answer(data, to_head=False) for _ in range(2)] == [WHOLE[data]] * 2
    assert whole_answer(data[:-1], to_head=False) in (None, good(204), good(304))


def test_what_answers_a_head_answers_nothing_else() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    assert [whole_answer(data, to_head=to_head) for to_head in (True, False, True)] == [good(), None, good()]


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("step", [1, 1000, 2 * LONGEST])
def test_no_more_than_the_longest_is_read(more: int, step: int) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
    size = LONGEST - len(head % LONGEST) + more
    data = head % size + b"x" * size
    assert len(data) == LONGEST + more
    assert end_of(data[at : at + step] for at in range(0, len(data), step)) == (lost() if more else good())


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


@pytest.mark.parametrize("more", [b"x", b"\r\n", b"5"])
@pytest.mark.parametrize("head", [b"Content-Length: 9\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_a_body_to_a_head_costs_the_connection(head: bytes, more: bytes) -> None:
    assert read(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + more, to_head=True) == lost()


@pytest.mark.parametrize("more", [b"\r\n", b"H", b"\0", b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"])
@pytest.mark.parametrize("data", [data for data in WHOLE if WHOLE[data] == good()])
def test_what_comes_behind_it_costs_the_connection(data: bytes, more: bytes) -> None:
    assert read(data + more) == lost()


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
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhel",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"\r\n\r\n",
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
        assert fed <= LONGEST + 2000
    assert answer == lost()


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 000 x\r\n\r\n",
        b"HTTP/1.1 1000 x\r\n\r\n",
        b"x",
        b"\r\n" * LONGEST,
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * LONGEST,
        b"HTTP/1.1 100 x\r\n\r\n" * 4000,
        # Where it ends is in doubt: the rest could be taken for the next answer.
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: y\r\n folded\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok-\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok",
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


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 401 x\r\nContent-Length: 7\r\n\r\nrevoked", b"revoked"),
        (b"HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n2\r\n!!\r\n0\r\n\r\n", b"no!!"),
        (b"HTTP/1.1 401 x\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000, b"x" * KEPT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b""),
    ],
)
@pytest.mark.parametrize("cut", [None, 30, 39])
def test_how_the_body_of_a_refusal_begins_is_kept(answer: bytes, words: bytes, cut: int | None) -> None:
    parts = [answer] if cut is None else [answer[:cut], answer[cut:]]
    found = read(*parts)
    assert found is not None
    assert found.words == words
