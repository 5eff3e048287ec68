"""The book of open positions, fed through the stream as it is in the daemon."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from alertd.domain.events import Direction, MarginMode, MarginState, PositionSnapshot
from alertd.exchanges.okx.held import MOST_ENDED
from alertd.exchanges.okx.margin_events import MOVING
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.requests import subscriptions
from alertd.exchanges.okx.settings import Instrument
from tests.exchanges.okx.frames import NOW, UID, D, compact, frame, load, new_stream, push_of, read, row_of

ISOLATED = "positions_isolated_short"
CROSS = "positions_cross_two_currencies"
SHORT = "SOL-USDT-SWAP/short/isolated"


def states(message) -> list[MarginState]:
    return [event for event in message.events if isinstance(event, MarginState)]


def opened(message) -> list[MarginState]:
    return [state for state in states(message) if state.open]


def ended(message) -> list[str]:
    return [state.subject for state in states(message) if not state.open]


def snapshots(message) -> list[set[str]]:
    return [set(event.subjects) for event in message.events if isinstance(event, PositionSnapshot)]


def update(*rows, **envelope) -> bytes:
    return push_of(ISOLATED, *rows, eventType="event_update", curPage=None, lastPage=None, **envelope)


def snapshot(*rows, **envelope) -> bytes:
    changed = {**load("positions_empty_snapshot"), **envelope, "data": list(rows)}
    return compact(changed)


def test_an_isolated_position_is_told_with_all_its_figures():
    [state] = opened(read(new_stream(), frame(ISOLATED)))
    assert state.event_id == "okx:positions:711000000000000001:1793696400000"
    assert (state.exchange, state.account, state.uid) == ("okx", "main", UID)
    assert (state.instrument, state.direction) == ("SOL-USDT-SWAP", Direction.SHORT)
    assert (state.margin_mode, state.margin_currency, state.subject) == (MarginMode.ISOLATED, "USDT", SHORT)
    assert (state.margin_ratio, state.maintenance_margin) == (D("4.2"), D(26))
    assert state.opening_margin_ratio == D("4.2") * 250 / 150
    assert state.distance_to_liquidation == D("4.5") / 204
    assert state.buffer_used == 1 - (D("4.5") / 204) / (D("8.5") / 200)
    assert (state.position_size, state.position_count, state.adl_priority) == (D(25), 1, 3)
    assert state.raw == frame(ISOLATED)


@pytest.mark.parametrize(
    "is_in_sight", [True, False], ids=["opened before our eyes", "found open at a start"]
)
def test_a_young_position_is_as_it_was_opened_only_where_that_was_seen(is_in_sight):
    stream = new_stream()
    young = row_of(ISOLATED, cTime="1793696390000")
    if is_in_sight:
        read(stream, snapshot())
    [state] = opened(read(stream, update(young) if is_in_sight else snapshot(young)))
    used = 0 if is_in_sight else 1 - (D("4.5") / 204) / (D("8.5") / 200)
    ratio = D("4.2") if is_in_sight else D("4.2") * 250 / 150
    assert (state.buffer_used, state.opening_margin_ratio) == (used, ratio)


def test_the_first_complete_snapshot_of_each_connection_tells_what_is_open():
    stream = new_stream()
    assert snapshots(read(stream, frame(ISOLATED))) == [{SHORT}]
    assert snapshots(read(stream, frame(ISOLATED))) == []
    stream.opened()
    assert snapshots(read(stream, frame(ISOLATED))) == [{SHORT}]
    stream.opened()
    message = read(stream, frame("positions_empty_snapshot"))
    assert (ended(message), snapshots(message)) == ([SHORT], [set()])


def test_an_update_before_the_first_snapshot_tells_no_set():
    stream = new_stream()
    message = read(stream, update(row_of(ISOLATED)))
    assert (len(opened(message)), snapshots(message)) == (1, [])


@pytest.mark.parametrize("last", ["positions_empty_snapshot", "positions_update_closed"])
def test_a_position_ends_by_a_zero_or_by_absence(last):
    message = read(new_stream(), frame(ISOLATED), frame(last))
    assert (ended(message), snapshots(message)) == ([SHORT], [set()])
    [gone] = states(message)
    assert (gone.direction, gone.margin_currency, gone.margin_ratio) == (Direction.SHORT, "USDT", None)


def test_a_push_without_event_type_is_an_update():
    stream = new_stream()
    old = push_of(CROSS, eventType=None, curPage=None, lastPage=None)
    message = read(stream, frame(ISOLATED), old)
    assert (ended(message), len(opened(message))) == ([], 2)


def test_an_empty_first_push_without_event_type_says_that_nothing_is_open():
    stream = new_stream()
    empty = frame("positions_empty_without_event_type")
    assert snapshots(read(stream, empty)) == [set()]
    read(stream, frame(ISOLATED))
    assert read(stream, empty).events == ()
    stream.opened()
    assert ended(read(stream, empty)) == [SHORT]


def test_pages_are_joined_before_anything_ends():
    stream = new_stream()
    read(stream, frame(ISOLATED))
    assert read(stream, frame("positions_page_1")).events == ()
    assert read(stream, frame("positions_page_2")).events == ()
    message = read(stream, frame("positions_page_3"))
    assert ended(message) == []
    assert snapshots(message) == [{SHORT, "cross/USDT", "cross/BTC"}]


def test_a_reconnect_between_two_pages_forgets_the_first():
    stream = new_stream()
    read(stream, frame("positions_page_1"), frame("positions_page_2"))
    stream.opened()
    message = read(stream, frame("positions_page_3"))
    assert (len(opened(message)), snapshots(message)) == (1, [])


def test_cross_positions_are_one_event_per_currency_with_the_figures_of_the_nearest():
    by_currency = {state.margin_currency: state for state in opened(read(new_stream(), frame(CROSS)))}
    usdt, btc = by_currency["USDT"], by_currency["BTC"]
    assert (usdt.subject, usdt.position_count, usdt.margin_ratio) == ("cross/USDT", 2, D("7.5"))
    assert (usdt.instrument, usdt.direction) == ("ETH-USDT-SWAP", Direction.SHORT)  # 10 % away, BTC 20 %
    assert usdt.distance_to_liquidation == D("0.1")
    assert (btc.position_count, btc.liquidation_price, btc.distance_to_liquidation) == (1, None, None)
    assert btc.margin_ratio == D("31.07")


def test_an_update_of_one_cross_row_brings_the_ratio_of_all():
    newer = row_of(CROSS, 0, mgnRatio="2.2", liqPx="99000")
    [state] = opened(read(new_stream(), frame(CROSS), update(newer)))
    assert (state.margin_ratio, state.instrument, state.position_count) == (D("2.2"), "BTC-USDT-SWAP", 2)


def test_a_cross_row_without_ratio_leaves_the_one_that_is_known():
    [state] = opened(read(new_stream(), frame(CROSS), update(row_of(CROSS, 0, mgnRatio=""))))
    assert state.margin_ratio == D("7.5")


def test_figures_of_another_row_and_a_ratio_of_another_push_are_said_to_be_older():
    stream = new_stream()
    read(stream, frame(CROSS))
    btc = row_of(CROSS, 0, mgnRatio="7", markPx="100001")
    [state] = opened(read(stream, update(btc), after_s=9))
    assert (state.instrument, state.stale) == ("ETH-USDT-SWAP", ())
    [state] = opened(read(stream, update(row_of(CROSS, 0, mgnRatio="6", markPx="100002")), after_s=12))
    assert (state.instrument, state.margin_ratio, state.stale) == ("ETH-USDT-SWAP", D(6), MOVING)
    assert state.stale_since == NOW
    [state] = opened(read(stream, update(row_of(CROSS, 1, mgnRatio="")), after_s=30))
    assert (state.margin_ratio, state.stale) == (D("6"), ("margin_ratio",))
    assert state.stale_since == NOW + timedelta(seconds=12)


def test_one_cross_position_less_is_a_new_state_and_the_last_one_is_the_end():
    stream = new_stream()
    message = read(stream, frame(CROSS), update(row_of(CROSS, 1, pos="0")))
    assert [(s.position_count, s.instrument) for s in opened(message)] == [(1, "BTC-USDT-SWAP")]
    assert (ended(message), snapshots(message)) == ([], [])
    message = read(stream, update(row_of(CROSS, 0, pos="0")))
    assert (opened(message), ended(message), snapshots(message)) == ([], ["cross/USDT"], [{"cross/BTC"}])


def test_a_position_that_turns_around_ends_one_danger_and_begins_another():
    stream = new_stream()
    read(stream, snapshot(row_of(ISOLATED, posSide="net", pos="-25")))
    message = read(stream, update(row_of(ISOLATED, posSide="net", pos="25", liqPx="190")))
    assert [state.subject for state in opened(message)] == ["SOL-USDT-SWAP/long/isolated"]
    assert (ended(message), snapshots(message)) == ([SHORT], [{"SOL-USDT-SWAP/long/isolated"}])


def test_a_position_that_changes_its_margin_mode():
    stream = new_stream()
    message = read(stream, frame(ISOLATED), update(row_of(ISOLATED, mgnMode="cross", margin="")))
    assert (ended(message), snapshots(message)) == ([SHORT], [{"cross/USDT"}])
    message = read(stream, frame(ISOLATED))
    assert (ended(message), snapshots(message)) == (["cross/USDT"], [{SHORT}])


def test_an_unreadable_row_costs_no_neighbour_and_ends_nothing():
    stream = new_stream()
    read(stream, frame(CROSS))
    rows = [row_of(CROSS, 0), row_of(CROSS, 1, mgnMode="new"), row_of(CROSS, 2, pos=5)]
    message = read(stream, snapshot(*rows))
    assert [state.margin_currency for state in opened(message)] == ["USDT"]
    assert (ended(message), len(message.unreadable)) == ([], 2)


def test_a_row_that_cannot_be_named_puts_off_the_first_complete_snapshot():
    stream = new_stream()
    message = read(stream, snapshot(row_of(ISOLATED), 7))
    assert (len(opened(message)), snapshots(message)) == (1, [])
    assert snapshots(read(stream, frame(ISOLATED))) == [{SHORT}]


def test_an_unknown_event_type_is_unreadable_and_changes_nothing():
    stream = new_stream()
    message = read(stream, frame(ISOLATED), push_of("positions_empty_snapshot", eventType="rebuilt"))
    assert message.events == ()
    assert "rebuilt" in message.unreadable[0]
    assert ended(read(stream, frame("positions_empty_snapshot"))) == [SHORT]


class TestNarrowed:
    """Several subscriptions, each with snapshots of its own."""

    wanted = subscriptions(
        "private",
        [
            Instrument(inst_type="SWAP", inst_id="BTC-USDT-SWAP"),
            Instrument(inst_type="OPTION", inst_family="BTC-USD"),
        ],
    )

    def test_what_is_open_is_known_when_every_scope_was_complete(self):
        stream = new_stream(self.wanted)
        assert snapshots(read(stream, frame("positions_single_instrument"))) == []
        assert snapshots(read(stream, frame("positions_option_family"))) == [{"cross/USDT", "cross/BTC"}]

    def test_a_snapshot_replaces_the_rows_of_its_own_scope_only(self):
        stream = new_stream(self.wanted)
        read(stream, frame("positions_single_instrument"), frame("positions_option_family"))
        message = read(stream, push_of("positions_single_instrument", data=[]))
        assert (ended(message), snapshots(message)) == (["cross/USDT"], [{"cross/BTC"}])

    def test_a_position_seen_by_two_scopes_lives_until_both_have_dropped_it(self):
        stream = new_stream(self.wanted)
        whole = push_of("positions_single_instrument", arg={"channel": "positions", "instType": "SWAP"})
        read(stream, frame("positions_single_instrument"), whole)
        assert ended(read(stream, push_of("positions_single_instrument", data=[]))) == []
        none = push_of(
            "positions_single_instrument", arg={"channel": "positions", "instType": "SWAP"}, data=[]
        )
        assert ended(read(stream, none)) == ["cross/USDT"]

    def test_a_cross_danger_only_the_account_tells_of_does_not_end_by_a_narrowed_snapshot(self):
        stream = new_stream(self.wanted)
        read(stream, frame("account_futures_mode"))
        read(stream, frame("positions_option_family"))
        message = read(stream, push_of("positions_single_instrument", data=[]))
        assert snapshots(message) == [{"cross/USDT", "cross/BTC"}]
        message = read(stream, frame("account_futures_mode_flat"))
        assert (ended(message), snapshots(message)) == (["cross/USDT"], [{"cross/BTC"}])


def test_the_end_of_a_currencys_positions_does_not_wait_for_the_account():
    stream = new_stream()
    read(stream, frame(CROSS), frame("account_futures_mode"))
    message = read(stream, frame("positions_empty_snapshot"))
    assert ended(message) == ["cross/BTC", "cross/USDT"]


def test_an_ended_position_can_still_be_found_for_a_while():
    book = PositionBook()
    stream = new_stream(book=book)
    for number in range(MOST_ENDED + 10):
        key = f"7{number:017d}"
        read(stream, update(row_of(ISOLATED, posId=key)), update(row_of(ISOLATED, posId=key, pos="0")))
    assert book.find(key).direction is Direction.SHORT
    assert book.find("70000000000000000") is None
    assert book.find(None) is None


def test_memory_is_that_of_the_open_positions():
    book = PositionBook()
    stream = new_stream(book=book)
    for number in range(50):
        read(stream, snapshot(row_of(ISOLATED, posId=f"8{number:017d}")))
    assert len(book._held) == 1
    assert len(book._exposure) == 1
    assert len(book._cross) == 0


def figures(message) -> list[tuple]:
    return sorted(
        (s.subject, s.margin_ratio, s.position_count, s.distance_to_liquidation) for s in opened(message)
    )


@given(st.integers(0, 2**32), st.integers(1, 6))
def test_paged_equals_unpaged(seed, pages):
    chance = random.Random(seed)
    kinds = [row_of(ISOLATED), row_of(CROSS, 0), row_of(CROSS, 1), row_of(CROSS, 2)]
    rows = [
        {**chance.choice(kinds), "posId": f"9{n:017d}", "instId": f"C{n}-USDT-SWAP", "liqPx": str(150 + n)}
        for n in range(chance.randint(0, 8))
    ]
    cuts = sorted(chance.randint(0, len(rows)) for _ in range(pages - 1))
    parts = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    paged = [
        snapshot(*part, curPage=number, lastPage=number == len(parts)) for number, part in enumerate(parts, 1)
    ]
    first, second = new_stream(), new_stream()
    read(first, frame(ISOLATED), frame(CROSS))
    read(second, frame(ISOLATED), frame(CROSS))
    whole, joined = read(first, snapshot(*rows)), read(second, *paged)
    assert figures(joined) == figures(whole)
    assert (ended(joined), snapshots(joined)) == (ended(whole), snapshots(whole))


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 2)), max_size=30))
def test_what_is_told_as_open_is_what_is_open(steps):
    """Whatever comes in which order: a subject is open until it was told as ended, and not after."""
    kinds = [row_of(ISOLATED), row_of(CROSS, 0), row_of(CROSS, 1)]
    stream = new_stream()
    read(stream, frame("positions_empty_snapshot"))
    there: dict[int, str] = {}
    told: set[str] = set()
    for number, is_open, kind in steps:
        row = {**kinds[kind], "posId": f"6{number:017d}", "instId": f"C{number}-USDT-SWAP"}
        message = read(stream, update({**row, "pos": row["pos"] if is_open else "0"}))
        name = f"C{number}-USDT-SWAP/short/isolated" if kind == 0 else "cross/USDT"
        if is_open:
            there[number] = name
        else:
            there.pop(number, None)
        told = (told | {state.subject for state in opened(message)}) - set(ended(message))
        assert told == set(there.values())
        assert snapshots(message) in ([], [told])


def told(message) -> list[MarginState | PositionSnapshot]:
    """Its events, under one raw text: how they came must make no difference."""
    return [structs.replace(event, raw=b"") for event in message.events]


CHANGED = st.fixed_dictionaries(
    {},
    optional={
        "markPx": st.sampled_from(["204", "206.123", "199", "", "x", "0"]),
        "mgnRatio": st.sampled_from(["4.2", "1.7", "", "0", "1e999"]),
        "mmr": st.sampled_from(["26", "0", "", "27.5"]),
        "liqPx": st.sampled_from(["208.5", "", "209"]),
        "upl": st.sampled_from(["-100", "", "5"]),
        "notionalUsd": st.sampled_from(["5100.4", ""]),
        "pTime": st.sampled_from(["1793696400000", "1793696401000", "", "12"]),
        "pos": st.sampled_from(["25", "0", "24", "-25", ""]),
        "margin": st.sampled_from(["250", "251", "900"]),
        "lever": st.sampled_from(["20", "10"]),
        "avgPx": st.sampled_from(["200", "201"]),
        "adl": st.sampled_from(["3", "5", ""]),
        "mgnMode": st.sampled_from(["isolated", "cross", "neither"]),
        "posSide": st.sampled_from(["short", "net", "long"]),
    },
)


@given(st.lists(st.lists(st.tuples(st.sampled_from([0, 1, 2]), CHANGED), max_size=3), max_size=8))
def test_the_short_way_for_moved_figures_tells_what_the_long_way_tells(pushes):
    """Without eventType a push means the same as an update, and never takes the short way."""
    rows = [row_of(ISOLATED), row_of(CROSS, 0), row_of(CROSS, 1)]
    short, long = new_stream(), new_stream()
    assert told(read(short, snapshot(*rows))) == told(read(long, snapshot(*rows)))
    for changes in pushes:
        changed = [{**rows[which], **change} for which, change in changes]
        usual, bare = (
            update(*changed),
            push_of(ISOLATED, *changed, eventType=None, curPage=None, lastPage=None),
        )
        one, other = read(short, usual), read(long, bare)
        assert (told(one), one.unreadable) == (told(other), other.unreadable)


def test_whether_anything_is_open_is_what_was_seen_last():
    book = PositionBook()
    stream = new_stream(book=book)
    assert not book.has_open
    read(stream, frame(ISOLATED))
    assert book.has_open
    stream.opened()  # a new connection that has shown nothing yet
    assert book.has_open
    read(stream, frame("positions_empty_snapshot"))
    assert not book.has_open


def test_what_is_open_can_be_asked_for():
    book = PositionBook()
    [state] = opened(read(new_stream(book=book), frame(ISOLATED)))
    [held] = book.open_positions("main")
    assert (held.account, held.instrument, held.direction) == ("main", "SOL-USDT-SWAP", "short")
    assert (held.margin_mode, held.margin_ratio) == ("isolated", state.margin_ratio)
    assert held.distance_to_liquidation == state.distance_to_liquidation
