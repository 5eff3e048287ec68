"""The short way of updates gives what the long way gives, or leaves the frame to it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.stream import Data
from alertd.exchanges.okx import wire
from alertd.exchanges.okx.feeds import Feed
from alertd.exchanges.okx.observed import Observed
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.updates import MOST_HEADS, UPDATE, Updates
from tests.exchanges.okx.frames import NOW, UID, frame, new_stream, push_of, read, row_of

ISOLATED = "positions_isolated_short"


def update(**changes: Any) -> bytes:
    """As the snapshot of one position, which is open, with these changes."""
    row = row_of(ISOLATED, **changes)
    return push_of(ISOLATED, row, eventType=UPDATE, curPage=None, lastPage=None)


class Reading:
    """An account that has shown its position, and reads its updates by either way."""

    def __init__(self, *learnt: bytes) -> None:
        self.book = PositionBook()
        self.feed: Feed = self.book.opened(1)
        self.updates = Updates("main", self.book, self.feed)
        self.plainly(frame(ISOLATED))
        for one in learnt:
            self.learn(one)

    def learn(self, text: bytes) -> None:
        push = wire.read_push(text)
        assert push is not None
        self.updates.learn(push, text)

    def plainly(self, text: bytes) -> Data | None:
        push = wire.read_push(text)
        if push is None or push.arg.uid != UID or push.eventType not in (UPDATE, "snapshot"):
            return None
        seen = Observed("main", push.arg.channel, push.arg.uid, NOW, text)
        found = self.book.read(push, (), seen, self.feed)
        return Data(push.arg.channel, tuple(found.events), tuple(found.unreadable))

    def shortly(self, text: bytes) -> Data | None:
        return self.updates.read(text, NOW)


def test_the_second_of_its_kind_is_read_the_short_way():
    short, plain = Reading(update()), Reading()
    moved = update(markPx="205", mgnRatio="3.9", pTime="1793696405000")
    assert short.shortly(moved) == plain.plainly(moved) is not None
    assert Reading().shortly(moved) is None


@given(
    st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 6), st.binary(max_size=4)), max_size=3),
    st.sampled_from([b"", b" ", b"}", b"]}", b',"eventType":"snapshot"}', b',"data":[]}', b"\x00"]),
)
def test_a_damaged_frame_is_read_as_the_long_way_reads_it_or_left_to_it(cuts, end):
    text = update(markPx="205")
    for at, length, instead in cuts:
        text = text[:at] + instead + text[at + length :]
    text = text[:-1] + end if end else text
    short, plain = Reading(update()), Reading()
    found = short.shortly(text) if text else None
    if found is not None:
        assert found == plain.plainly(text)


@pytest.mark.parametrize(
    "other",
    [
        update(pos="24"), update(pos="0"), update(lever="10"), update(markPx="NaN"), update(markPx="?"),
        update(posId="7"), update(pTime="5"), frame(ISOLATED),
        push_of(ISOLATED, row_of(ISOLATED), eventType=UPDATE, curPage=1, lastPage=None),
    ],
    ids=range(9),
)  # fmt: skip
def test_what_may_be_more_than_a_moved_market_is_left_to_the_long_way(other):
    assert Reading(update()).shortly(other) is None


@pytest.mark.parametrize(
    "text",
    [
        update()[:-1] + b',"curPage":2}',
        update().replace(b'"eventType":"event_update",', b"")[:-1] + b',"eventType":"event_update"}',
        frame(ISOLATED),
    ],
    ids=["more behind the rows", "its type behind the rows", "a snapshot"],
)
def test_a_head_that_does_not_say_all_is_not_learnt(text):
    assert wire.read_push(text) is not None
    assert Reading(text).shortly(update()) is None


def test_heads_fill_no_memory():
    names = [f"C{number}-USDT-SWAP" for number in range(MOST_HEADS + 1)]
    frames = [update().replace(b'"instType":"ANY"', b'"instId":"%s"' % name.encode(), 1) for name in names]
    reading = Reading(*frames, *frames)
    assert len(reading.updates._heads) == MOST_HEADS


def test_pushes_for_another_account_are_never_learnt():
    stream = new_stream(uid=UID)
    read(stream, frame(ISOLATED), update())
    foreign = update().replace(UID.encode(), b"1")
    for _ in range(3):
        told = read(stream, foreign)
        assert (told.events, len(told.unreadable)) == ((), 1)
