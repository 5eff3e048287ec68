"""Two connections of one account at once: what each of them may still say."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.events import LiquidationWarning, MarginState
from alertd.exchanges.okx.feeds import ACCOUNT, Feeds
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.reader import OkxReader
from alertd.exchanges.okx.requests import subscriptions
from alertd.exchanges.okx.settings import Instrument
from tests.exchanges.okx.frames import frame, new_exchange, push_of, read, row_of
from tests.exchanges.okx.test_positions import ISOLATED, SHORT, ended, opened, snapshot, snapshots, update

EMPTY = "positions_empty_snapshot"
PAGES = [f"positions_page_{number}" for number in (1, 2, 3)]


def two(book: PositionBook | None = None) -> tuple[OkxReader, OkxReader]:
    """The old and the new connection of one stream."""
    stream = new_exchange(book=book)
    return stream.opened(), stream.opened()


def test_the_newer_one_counts_from_its_first_whole_snapshot_on():
    feeds = Feeds()
    old, new = feeds.open(1), feeds.open(1)
    assert not feeds.is_overtaken(old, "a")
    new.whole |= {"a", ACCOUNT}
    assert [feeds.is_overtaken(old, scope) for scope in ("a", "b", ACCOUNT)] == [True, False, True]
    assert not feeds.is_overtaken(new, "a")
    feeds.close(new)
    feeds.close(new)
    assert not feeds.is_overtaken(old, "a")
    assert feeds.is_overtaken(new, "a")


def test_the_account_channel_is_no_scope_of_positions():
    feeds = Feeds()
    feed = feeds.open(1)
    feed.whole.add(ACCOUNT)
    assert not feeds.are_complete
    feed.whole.add("a")
    assert feeds.are_complete


def test_a_new_connection_leaves_the_pages_of_the_old_one_alone():
    old, new = two()
    read(old, frame(PAGES[0]), frame(PAGES[1]))
    read(new, frame(PAGES[0]))
    message = read(old, frame(PAGES[2]))
    assert (len(opened(message)) > 0, len(snapshots(message)[0])) == (True, 3)
    read(new, frame(PAGES[1]))
    assert snapshots(read(new, frame(PAGES[2]))) == snapshots(message)


def test_a_snapshot_half_read_on_one_does_not_end_what_the_other_shows():
    old, new = two()
    read(old, frame(ISOLATED))
    assert read(new, frame(PAGES[0])).events == ()
    assert ended(read(old, frame(ISOLATED))) == []


def test_what_has_ended_is_not_opened_again_by_an_older_snapshot():
    old, new = two()
    read(old, frame(ISOLATED))
    assert ended(read(new, frame(EMPTY))) == [SHORT]
    assert read(old, frame(ISOLATED)).events == ()
    assert read(old, update(row_of(ISOLATED))).events == ()


def test_what_has_been_opened_is_not_ended_by_an_older_snapshot():
    old, new = two()
    read(old, frame(EMPTY))
    assert len(opened(read(new, frame(ISOLATED)))) == 1
    assert read(old, frame(EMPTY)).events == ()
    assert ended(read(new, frame(EMPTY))) == [SHORT]


def test_an_older_account_push_brings_no_ratio_back():
    old, new = two()
    read(old, frame("positions_empty_snapshot"), frame("account_multi_currency"))
    read(new, frame("positions_empty_snapshot"))
    whole = row_of("account_multi_currency", mgnRatio="")
    assert ended(read(new, push_of("account_multi_currency", whole))) == ["cross/*"]
    assert read(old, frame("account_multi_currency")).events == ()


def test_the_old_one_counts_again_if_the_new_one_ends():
    old, new = two()
    read(old, frame(ISOLATED))
    read(new, frame(EMPTY))
    new.closed()
    [state] = [e for e in read(old, frame(ISOLATED)).events if isinstance(e, MarginState)]
    assert state.subject == SHORT


def test_the_end_of_the_old_one_changes_nothing():
    old, new = two()
    read(old, frame(ISOLATED))
    assert snapshots(read(new, frame(ISOLATED))) == [{SHORT}]
    old.closed()
    message = read(new, frame(ISOLATED))
    assert (len(opened(message)), snapshots(message), ended(message)) == (1, [], [])


def test_warnings_and_liquidations_of_both_are_told():
    for told in ("warning_isolated", "balance_and_position_liquidation"):
        old, new = two()
        read(new, frame(EMPTY))
        assert 0 < len(read(old, frame(told)).events) == len(read(new, frame(told)).events)
    assert isinstance(read(two()[0], frame("warning_isolated")).events[0], LiquidationWarning)


def test_rows_that_cannot_be_read_are_named_on_the_old_one_too():
    old, new = two()
    read(new, frame(EMPTY))
    assert read(old, snapshot(row_of(ISOLATED, pos="x"))).unreadable


def test_each_scope_is_overtaken_by_itself():
    wanted = subscriptions("private", [Instrument(inst_type="SWAP"), Instrument(inst_type="MARGIN")])
    stream = new_exchange(wanted)
    old, new = stream.opened(), stream.opened()
    swaps = {"arg": {"channel": "positions", "instType": "SWAP"}}
    margins = {"arg": {"channel": "positions", "instType": "MARGIN"}}
    read(new, snapshot(**swaps))
    assert read(old, snapshot(row_of(ISOLATED), **swaps)).events == ()
    assert len(opened(read(old, snapshot(row_of(ISOLATED), **margins)))) == 1


@pytest.mark.parametrize("lag", [1, 3])
@given(seed=st.integers(0, 2**32))
def test_two_that_show_the_same_end_where_one_does(lag: int, seed: int):
    """The older one lags: whatever it still says, the newer one's last snapshot is what is open."""
    chance = random.Random(seed)
    rows = [row_of(ISOLATED, posId=f"9{n:017d}", instId=f"C{n}-USDT-SWAP") for n in range(3)]
    moments = [snapshot(*chance.sample(rows, chance.randint(0, 3))) for _ in range(8)]
    book, alone = PositionBook(), PositionBook()
    old, new = two(book)
    single = new_exchange(book=alone).opened()
    open_now: set[str] = set()
    for number, moment in enumerate(moments):
        if number >= lag:
            for told in [read(new, moment), read(old, moments[number - lag])]:
                open_now |= {state.subject for state in opened(told)}
                open_now -= set(ended(told))
        read(single, moment)
    assert open_now == set(book._subjects.names) == set(alone._subjects.names)
