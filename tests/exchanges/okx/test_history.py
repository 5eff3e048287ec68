"""Covers alertd/exchanges/okx/history.py."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alertd.domain.events import Direction, LiquidationType, MarginMode, Source
from alertd.exchanges.okx import answer_rows, push_rows, wire
from alertd.exchanges.okx.history import OVERLAP, Mark, find_liquidations, mark_of, sizes_of
from alertd.exchanges.okx.observed import Observed
from alertd.exchanges.okx.positions import PositionBook
from tests.exchanges.okx.frames import NOW, D, frame, new_stream, read

LONG = "BTC-USDT-SWAP"


def ms(after_s: float) -> str:
    return str(int((NOW + timedelta(seconds=after_s)).timestamp() * 1000))


def row(at_s: float = -75, **changes) -> answer_rows.HistoryRow:
    shown = {
        "instType": "SWAP", "instId": LONG, "mgnMode": "isolated", "posId": "711", "posSide": "net",
        "direction": "long", "ccy": "USDT", "type": "3", "openAvgPx": "100000", "cTime": ms(-9000),
        "uTime": ms(at_s),
    }  # fmt: skip
    return answer_rows.HistoryRow(**shown | changes)


SEEN = Observed("main", "positions-history", None, NOW, b"{}", asked_at=NOW)
MARK = Mark(NOW - timedelta(minutes=10))


def found(*rows, mark=MARK, book=None, sizes=None, bad=(), asked_at=NOW):
    return find_liquidations(rows, bad, SEEN, mark, book or PositionBook(), asked_at, sizes)


def test_a_liquidation_is_told_with_what_the_record_says():
    [event] = found(row()).liquidations
    assert event.event_id == f"okx:positions-history:liquidation:711:{ms(-75)}"
    assert (event.source, event.account) == (Source.RECONCILE, "main")
    assert event.received_at - event.observed_at == timedelta(seconds=75)
    assert (event.subject, event.direction) == (f"{LONG}/long/isolated", Direction.LONG)
    assert (event.entry_price, event.remaining_size, event.margin_currency) == (D(100000), D(0), "USDT")
    assert event.opened_at == NOW - timedelta(seconds=9000)


def test_a_cross_position_is_told_under_its_currency():
    [event] = found(row(mgnMode="cross", direction="", posSide="short")).liquidations
    assert (event.subject, event.direction) == ("cross/USDT", Direction.SHORT)
    assert event.margin_mode is MarginMode.CROSS


@pytest.mark.parametrize(
    ("close_type", "sizes", "happened", "left"),
    [
        ("3", {"711": D(5)}, LiquidationType.LIQUIDATION, D(0)),
        ("4", {"711": D(5)}, LiquidationType.LIQUIDATION, D(5)),
        ("4", None, LiquidationType.LIQUIDATION, None),
        ("5", {}, LiquidationType.ADL, D(0)),
        ("5", {"711": D(2)}, LiquidationType.ADL, D(2)),
    ],
)
def test_what_is_left_is_what_is_open_now(close_type, sizes, happened, left):
    [event] = found(row(type=close_type), sizes=sizes).liquidations
    assert (event.liquidation_type, event.remaining_size) == (happened, left)


@pytest.mark.parametrize("close_type", ["1", "2"])
def test_what_its_owner_closed_is_no_news(close_type):
    result = found(row(type=close_type))
    assert (result.liquidations, result.unreadable) == ([], [])


def test_each_is_told_once():
    first = found(row(), row(at_s=-5, posId="712"))
    assert [event.position_id for event in first.liquidations] == ["711", "712"]
    again = found(row(), row(at_s=-5, posId="712"), mark=first.mark)
    assert again.liquidations == []
    later = found(row(at_s=20), row(at_s=-5, posId="712"), mark=again.mark)
    assert [event.position_id for event in later.liquidations] == ["711"]  # a new position under its old id


def test_at_the_first_start_old_history_is_not_told():
    begun = mark_of(None, NOW)
    assert found(row(at_s=-1), mark=begun).liquidations == []
    assert len(found(row(at_s=1), mark=begun).liquidations) == 1


def test_after_a_restart_the_mark_goes_on():
    first = found(row(at_s=-5))
    kept = mark_of(first.mark.encoded(), NOW + timedelta(days=1))
    assert kept == first.mark
    assert found(row(at_s=-5), mark=kept).liquidations == []
    assert len(found(row(at_s=-4), mark=kept).liquidations) == 1


def test_a_mark_that_cannot_be_read_begins_anew():
    assert mark_of("yesterday", NOW) == Mark(NOW)


def test_a_record_that_is_written_late_is_still_found():
    mark = MARK
    for asked_s in (0, 60, 110):
        mark = found(mark=mark, asked_at=NOW + timedelta(seconds=asked_s)).mark
    assert mark.read_to == NOW + timedelta(seconds=110) - OVERLAP
    late = found(row(at_s=0), mark=mark, asked_at=NOW + timedelta(seconds=115))
    assert len(late.liquidations) == 1


def test_what_lies_before_what_is_read_next_is_forgotten():
    mark = found(row(at_s=-5)).mark
    assert list(mark.told_ms) == ["711"]
    assert found(mark=mark, asked_at=NOW + timedelta(seconds=200)).mark.told_ms == {}


def test_what_a_push_has_told_is_not_told_again():
    stream = new_stream()
    event, *_ = read(stream, frame("balance_and_position_liquidation")).events
    book = stream.stream._book
    at_s = (event.observed_at - NOW).total_seconds()
    told = row(at_s=at_s - 0.2, posId=event.position_id)
    assert found(told, book=book, mark=Mark(event.observed_at - timedelta(hours=1))).liquidations == []
    later = row(at_s=at_s + 30, posId=event.position_id)
    assert len(found(later, book=book, mark=Mark(event.observed_at - timedelta(hours=1))).liquidations) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"direction": "up", "posSide": "net"},
        {"instId": ""},
        {"mgnMode": "loose"},
        {"uTime": ""},
        {"uTime": "soon"},
    ],
    ids=str,
)
def test_a_liquidation_that_cannot_be_read_is_told_all_the_same(changes):
    result = found(row(**changes))
    [event] = result.liquidations
    assert (event.liquidation_type, event.position_id) == (LiquidationType.LIQUIDATION, "711")
    assert len(result.unreadable) == 1


def test_what_cannot_be_read_at_all_is_said():
    result = found(row(type="9"), bad=[wire.BadRow(b"{}", "no row")])
    assert result.liquidations == []
    assert len(result.unreadable) == 2


def test_sizes_of_what_is_open():
    rows = [
        push_rows.PositionRow(posId="1", pos="-5"),
        push_rows.PositionRow(posId="2", pos="x"),
        push_rows.PositionRow(pos="1"),
    ]
    assert sizes_of(rows) == {"1": D(5)}
