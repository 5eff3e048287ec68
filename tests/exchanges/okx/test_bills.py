"""Covers alertd/exchanges/okx/bills.py, and how it is joined with history.py in reconcile.py."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, LiquidationType, MarginMode, Source
from alertd.exchanges.okx import answer_rows, push_rows, wire
from alertd.exchanges.okx.bills import Span, claw_back_key, find_in_bills, holdings_of
from alertd.exchanges.okx.history import OVERLAP, Mark
from alertd.exchanges.okx.observed import Answered, Observed
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.reconcile import Answers, Asked, reconcile
from alertd.rules.judging import fact_of
from tests.exchanges.okx.frames import NOW, D, frame, new_stream, read

BTC = "BTC-USDT-SWAP"
SEEN = Observed("main", "bills", None, NOW, b"{}", asked_at=NOW)
SPAN = Span.of(NOW - timedelta(hours=1), NOW)
LIQUIDATION, CLAW_BACK = LiquidationType.LIQUIDATION, LiquidationType.CLAW_BACK


def ms(after_s: float) -> str:
    return str(int((NOW + timedelta(seconds=after_s)).timestamp() * 1000))


def bill(at_s: float = -300, **changes) -> answer_rows.BillRow:
    shown = {
        "billId": "1", "type": "5", "subType": "100", "ts": ms(at_s), "instId": BTC, "mgnMode": "isolated",
        "ccy": "USDT", "balChg": "-12.5",
    }  # fmt: skip
    return answer_rows.BillRow(**shown | changes)


def closed(at_s: float = -100, **changes) -> answer_rows.HistoryRow:
    shown = {
        "instType": "SWAP", "instId": BTC, "mgnMode": "isolated", "posId": "711", "posSide": "net",
        "direction": "long", "ccy": "USDT", "type": "2", "openAvgPx": "100000", "cTime": ms(-9000),
        "uTime": ms(at_s),
    }  # fmt: skip
    return answer_rows.HistoryRow(**shown | changes)


def opened(**changes) -> push_rows.PositionRow:
    shown = {
        "instType": "SWAP", "instId": BTC, "mgnMode": "isolated", "posId": "711", "posSide": "net",
        "pos": "5", "ccy": "USDT", "avgPx": "100000", "cTime": ms(-9000), "uTime": ms(-300),
    }  # fmt: skip
    return push_rows.PositionRow(**shown | changes)


def found(*rows, open_rows=(), closed_rows=(), told_ms=None, bad=()):
    holdings = holdings_of(open_rows, closed_rows, {row.posId: D(row.pos) for row in open_rows})
    told = {} if told_ms is None else told_ms
    return find_in_bills(rows, bad, SEEN, told, holdings, SPAN)


def test_a_part_that_was_liquidated_before_its_owner_closed_the_rest():
    [event] = found(bill(), closed_rows=[closed()]).liquidations
    assert event.event_id == f"okx:bills:liquidation:711:{ms(-300)}"
    assert (event.source, event.account, event.liquidation_type) == (Source.RECONCILE, "main", LIQUIDATION)
    assert (event.subject, event.position_id) == (f"{BTC}/long/isolated", "711")
    assert (event.remaining_size, event.was_a_part) == (None, True)
    assert (event.entry_price, event.opened_at) == (D(100000), NOW - timedelta(seconds=9000))
    assert event.received_at - event.observed_at == timedelta(seconds=300)
    assert event.balance_change is None


def test_it_is_the_same_fact_as_a_push_would_have_told():
    stream = new_stream()
    read(stream, frame("positions_isolated_short"))
    row = read(stream, frame("balance_and_position_adl")).events[0]
    held = stream.stream._book.find(row.position_id)
    opened_ms = str(int(held.opened_at.timestamp() * 1000)) if held and held.opened_at else ms(-9000)
    ended = closed(
        posId=row.position_id, instId=row.instrument, direction=str(row.direction), cTime=opened_ms,
        uTime=str(int(row.observed_at.timestamp() * 1000) + 5000), mgnMode=str(row.margin_mode),
    )  # fmt: skip
    line = bill(
        type="9", subType="126", instId=row.instrument, mgnMode=str(row.margin_mode),
        ts=str(int(row.observed_at.timestamp() * 1000)),
    )  # fmt: skip
    [event] = found(line, closed_rows=[ended]).liquidations
    assert event.subject == row.subject
    if held is not None:
        assert fact_of(event) == fact_of(row)


def test_what_is_left_of_an_open_position_is_what_is_open_now():
    [event] = found(bill(), open_rows=[opened()], closed_rows=[closed(type="1")]).liquidations
    assert (event.remaining_size, event.was_a_part, event.direction) == (D(5), True, Direction.LONG)


@pytest.mark.parametrize("close_type", ["3", "4", "5"])
def test_what_the_record_tells_by_itself_is_left_to_it(close_type):
    assert found(bill(), closed_rows=[closed(type=close_type)]).liquidations == []
    assert found(bill(), open_rows=[opened()], closed_rows=[closed(type=close_type)]).liquidations == []


@pytest.mark.parametrize(
    ("sub_type", "direction"),
    [("100", "long"), ("103", "long"), ("104", "long"), ("107", "long"), ("101", "short"), ("102", "short"),
     ("105", "short"), ("106", "short"), ("999", None)],
)  # fmt: skip
def test_a_line_that_fits_no_position_is_told_by_what_it_says_itself(sub_type, direction):
    [event] = found(bill(subType=sub_type)).liquidations
    assert (event.instrument, event.direction, event.position_id) == (BTC, direction, None)
    assert (event.margin_mode, event.was_a_part, event.remaining_size) == (MarginMode.ISOLATED, False, None)


def test_a_line_waits_a_minute_for_its_record():
    told: dict[str, int] = {}
    assert found(bill(-59), told_ms=told).liquidations == []
    assert told == {}
    assert len(found(bill(-61), told_ms=told).liquidations) == 1
    assert found(bill(-61), told_ms=told).liquidations == []


@pytest.mark.parametrize(
    "other",
    [
        {"instId": "ETH-USDT-SWAP"},
        {"mgnMode": "cross"},
        {"direction": "short"},
        {"cTime": ms(-299)},
        {"uTime": ms(-500)},
    ],
    ids=str,
)
def test_another_position_is_not_meant(other):
    [event] = found(bill(), closed_rows=[closed(**other)]).liquidations
    assert event.position_id is None


def test_of_two_positions_one_after_the_other_the_one_open_then_is_meant():
    rows = [closed(-250, posId="1", cTime=ms(-400)), closed(-100, posId="2", cTime=ms(-240))]
    assert [one.position_id for one in found(bill(-300), closed_rows=rows).liquidations] == ["1"]
    assert [one.position_id for one in found(bill(-200), closed_rows=rows).liquidations] == ["2"]


def test_the_lines_of_one_fact_are_one_event_at_the_time_of_the_first():
    rows = [bill(-298, billId="3"), bill(-300, billId="1"), bill(-299, billId="2")]
    told: dict[str, int] = {}
    [event] = found(*rows, closed_rows=[closed()], told_ms=told).liquidations
    assert event.observed_at == NOW - timedelta(seconds=300)
    assert told == {"711": int(ms(-298))}


@pytest.mark.parametrize(("told_s", "count"), [(-300, 0), (-340, 0), (-361, 1)])
def test_what_was_told_up_to_a_minute_before_is_not_told_again(told_s, count):
    told = {"711": int(ms(told_s))}
    assert len(found(bill(), closed_rows=[closed()], told_ms=told).liquidations) == count


@pytest.mark.parametrize("row", [bill(type="2"), bill(type="8"), bill(subType="110"), bill(subType="111")])
def test_other_bills_are_no_news(row):
    assert found(row) == ([], [])


def test_a_claw_back_has_the_shape_of_its_push():
    rows = [
        bill(-300, type="10", subType="108", balChg="-12.5", mgnMode="", instId=""),
        bill(-299, type="10", subType="108", balChg="-7.5", mgnMode="", instId=""),
    ]
    told: dict[str, int] = {}
    [event] = found(*rows, told_ms=told).liquidations
    [push] = read(new_stream(), frame("balance_and_position_claw_back")).events
    same_time = replace(event, observed_at=push.observed_at)
    assert (event.subject, fact_of(same_time)) == (push.subject, fact_of(push))
    assert (event.margin_currency, push.margin_currency) == ("USDT", "USDT")
    assert (event.balance_change, event.instrument) == (D(-20), None)
    assert told == {claw_back_key("USDT"): int(ms(-299))}


@pytest.mark.parametrize(("currency", "count"), [("USDT", 0), (None, 0), ("BTC", 1)])
def test_a_claw_back_that_was_pushed_is_not_told_again(currency, count):
    told = {claw_back_key(currency): int(ms(-301))}
    assert len(found(bill(type="10"), told_ms=told).liquidations) == count


def test_a_pushed_claw_back_is_remembered_and_hides_no_liquidation():
    stream = new_stream()
    read(stream, frame("balance_and_position_claw_back"))
    assert list(stream.stream._book.liquidated_ms) == [claw_back_key("USDT")]


@pytest.mark.parametrize("changes", [{"ts": ""}, {"ts": "soon"}, {"balChg": "much"}], ids=str)
def test_a_bill_that_cannot_be_read_is_said_and_costs_no_neighbour(changes):
    said = found(bill(**changes), bill(), bad=[wire.BadRow(b"{}", "no row")])
    assert (len(said.liquidations), len(said.unreadable)) == (1, 2)


def test_positions_that_cannot_be_read_are_none():
    bad_open = [opened(pos="x"), opened(posId=""), opened(cTime="")]
    bad_closed = [closed(mgnMode="loose"), closed(posId=""), closed(uTime="")]
    assert holdings_of(bad_open, bad_closed, None) == []


TEXTS = st.sampled_from(
    ["", "1", "5", "9", "10", "100", "108", "cross", "isolated", BTC, ms(-300), "-1", "x"]
)


@given(
    st.builds(
        answer_rows.BillRow, billId=TEXTS, type=TEXTS, subType=TEXTS, ts=TEXTS, instId=TEXTS, mgnMode=TEXTS,
        ccy=TEXTS, balChg=TEXTS,
    )
)  # fmt: skip
def test_whatever_a_bill_says_it_is_told_refused_or_no_news(row):
    try:
        said = found(row, closed_rows=[closed()])
    except DecodeError:  # pragma: no cover - what must not happen
        raise AssertionError("it came out") from None
    assert len(said.liquidations) + len(said.unreadable) <= 1


# --- with the records of positions --------------------------------------------------------------------


def answered(*rows, at=NOW):
    return Answered(rows, (), at, b"{}")


def compared(mark: Mark, *, bills=(), closed_rows=(), open_rows=(), book=None, at=NOW):
    asked = Asked("main", None, (), timedelta(0), at)
    answers = Answers(
        answered(*open_rows, at=at), answered(at=at), answered(*closed_rows, at=at), answered(*bills, at=at)
    )
    return reconcile(asked, answers, book or PositionBook(), mark)


def test_records_and_bills_together_tell_each_once():
    mark = Mark(NOW - timedelta(minutes=10))
    rows = [closed(-200, posId="1", type="3"), closed(-100, posId="2", instId="ETH-USDT-SWAP", type="2")]
    bills = [bill(-200, subType="104"), bill(-300, instId="ETH-USDT-SWAP")]
    first = compared(mark, bills=bills, closed_rows=rows)
    told = [(event.position_id, event.was_a_part) for event in first.events if event.kind == "liquidation"]
    assert (sorted(told), first.missed) == ([("1", False), ("2", True)], 2)
    later = NOW + timedelta(seconds=30)
    again = compared(first.mark, bills=bills, closed_rows=rows, at=later)
    assert again.missed == 0


def test_the_mark_remembers_as_long_as_bills_are_read_again():
    mark = Mark(NOW - timedelta(minutes=10))
    first = compared(mark, bills=[bill(-100)], closed_rows=[closed(-50)])
    assert first.mark.bills_to == NOW - OVERLAP
    asked = Asked("main", None, (), timedelta(0), NOW)
    at = NOW + timedelta(minutes=4)
    without = Answers(answered(at=at), answered(at=at), answered(at=at))
    second = reconcile(asked, without, PositionBook(), first.mark)
    assert (second.mark.bills_to, second.mark.oldest) == (NOW - OVERLAP, NOW - OVERLAP)
    third = compared(second.mark, bills=[bill(-100)], closed_rows=[closed(-50)], at=at)
    assert (first.missed, third.missed) == (1, 0)
    assert third.mark.told_ms == {}


def test_a_mark_of_before_bills_were_read_begins_where_the_records_do():
    mark = Mark(NOW - timedelta(minutes=10))
    assert mark.oldest == mark.read_to
    assert found(bill(-3601)) == ([], [])


def test_what_was_told_before_a_restart_is_known_although_records_are_read_further():
    told_ms = {"711": int(ms(-500))}
    mark = Mark(NOW - timedelta(seconds=600), told_ms)
    assert compared(mark, bills=[bill(-500)], closed_rows=[closed(-400)]).missed == 0
