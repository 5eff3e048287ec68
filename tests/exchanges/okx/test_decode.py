"""Account, balance_and_position and lead notifications -> events."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alertd.domain.events import (
    Direction,
    Liquidation,
    LiquidationType,
    MarginMode,
    MarginState,
    PositionSnapshot,
)
from alertd.exchanges.okx.margin_events import MOVING
from tests.exchanges.okx.frames import NOW, UID, D, frame, load, new_stream, push_of, read, row_of

ACCOUNT = "account_futures_mode"
WHOLE = "account_multi_currency"


def ratios(message) -> dict[str, object]:
    return {event.subject: event.margin_ratio for event in message.events if isinstance(event, MarginState)}


class TestAccount:
    def test_a_currency_with_a_cross_position_has_a_ratio_and_no_other(self):
        [state] = [e for e in read(new_stream(), frame(ACCOUNT)).events if isinstance(e, MarginState)]
        assert (state.subject, state.margin_ratio, state.maintenance_margin) == (
            "cross/USDT",
            D("7.45"),
            D(184),
        )
        assert (state.margin_mode, state.margin_currency) == (MarginMode.CROSS, "USDT")
        assert (state.instrument, state.mark_price, state.open) == (None, None, True)

    def test_beside_the_ratio_stand_the_figures_of_the_nearest_position(self):
        stream = new_stream()
        read(stream, frame("positions_cross_two_currencies"))
        [state] = [e for e in read(stream, frame(ACCOUNT), after_s=10).events if isinstance(e, MarginState)]
        assert (state.subject, state.margin_ratio, state.maintenance_margin) == (
            "cross/USDT",
            D("7.45"),
            D(184),
        )
        assert (state.instrument, state.direction) == ("ETH-USDT-SWAP", Direction.SHORT)
        assert (state.position_count, state.distance_to_liquidation) == (2, D("0.1"))
        assert state.observed_at == datetime(2026, 11, 3, 9, 0, 0, 200000, UTC)
        assert (state.stale, state.stale_since) == ((), None)

    def test_figures_that_no_push_has_shown_for_a_while_are_said_to_be_older(self):
        stream = new_stream()
        read(stream, frame("positions_cross_two_currencies"))
        [state] = [e for e in read(stream, frame(ACCOUNT), after_s=11).events if isinstance(e, MarginState)]
        assert (state.stale, state.stale_since) == (MOVING, NOW)
        assert state.distance_to_liquidation == D("0.1")
        assert "margin_ratio" not in state.stale

    def test_the_whole_account_has_the_nearest_of_all_cross_positions(self):
        stream = new_stream()
        read(stream, frame("positions_cross_two_currencies"))
        [state] = [e for e in read(stream, frame(WHOLE)).events if e.subject == "cross/*"]
        assert (state.instrument, state.margin_currency, state.position_count) == ("ETH-USDT-SWAP", None, 3)

    def test_isolated_positions_lend_it_no_figures(self):
        stream = new_stream()
        read(stream, frame("positions_isolated_short"))
        [state] = [e for e in read(stream, frame(ACCOUNT)).events if isinstance(e, MarginState)]
        assert (state.instrument, state.distance_to_liquidation, state.stale) == (None, None, ())

    def test_its_time_is_that_of_the_account_not_of_the_last_change_of_balance(self):
        [state] = [e for e in read(new_stream(), frame(ACCOUNT)).events if isinstance(e, MarginState)]
        assert state.observed_at == datetime(2026, 11, 3, 9, 0, 0, 200000, UTC)

    @pytest.mark.parametrize("name", ["account_futures_mode_flat", "account_empty"])
    def test_an_account_without_cross_positions_says_nothing(self, name):
        message = read(new_stream(), frame(name))
        assert (message.channel, message.events, message.unreadable) == ("account", (), ())

    def test_the_accounts_own_ratio_has_no_currency(self):
        message = read(new_stream(), frame(WHOLE))
        assert ratios(message) == {"cross/*": D("2.75")}

    def test_the_accounts_own_ratio_is_open_until_it_is_empty(self):
        stream = new_stream()
        read(stream, frame("positions_empty_snapshot"), frame(WHOLE))
        stream.opened()
        message = read(stream, frame("positions_empty_snapshot"))
        assert [event.subjects for event in message.events] == [{"cross/*"}]
        message = read(stream, push_of(WHOLE, row_of(WHOLE, mgnRatio="")))
        assert [(e.subject, e.open) for e in message.events if isinstance(e, MarginState)] == [
            ("cross/*", False)
        ]
        assert [e.subjects for e in message.events if isinstance(e, PositionSnapshot)] == [frozenset()]

    def test_a_currency_that_loses_its_ratio_does_not_end_open_positions(self):
        stream = new_stream()
        read(stream, frame("positions_cross_two_currencies"), frame(ACCOUNT))
        assert read(stream, frame("account_futures_mode_flat")).events == ()

    @pytest.mark.parametrize("mmr", ["0", "", None])
    def test_a_zero_ratio_without_maintenance_margin_raises_no_alarm(self, mmr):
        assert ratios(read(new_stream(), push_of(WHOLE, row_of(WHOLE, mgnRatio="0", mmr=mmr)))) == {}

    @pytest.mark.parametrize(
        "broken",
        [
            {"ccy": "ETH", "mgnRatio": "x"},
            {"ccy": "ETH", "mgnRatio": 4},
            {"mgnRatio": "2"},
            7,
            None,
            {"ccy": []},
        ],
        ids=repr,
    )
    def test_a_currency_that_cannot_be_read_costs_no_other(self, broken):
        row = row_of(ACCOUNT)
        row["details"] = [broken, *row["details"]]
        message = read(new_stream(), push_of(ACCOUNT, row))
        assert ratios(message) == {"cross/USDT": D("7.45")}
        assert len(message.unreadable) == 1

    @pytest.mark.parametrize("details", ["", {}, 5])
    def test_details_of_a_wrong_shape_are_told(self, details):
        message = read(new_stream(), push_of(ACCOUNT, {**row_of(ACCOUNT), "details": details}))
        assert (message.events, len(message.unreadable)) == ((), 1)

    def test_absurd_times_are_told(self):
        message = read(new_stream(), push_of(ACCOUNT, row_of(ACCOUNT, uTime="77")))
        assert (message.events, len(message.unreadable)) == ((), 1)


class TestLiquidations:
    def test_one_event_per_position_with_what_the_book_knows(self):
        stream = new_stream()
        read(stream, frame("positions_isolated_short"), frame("positions_update_closed"))
        message = read(stream, frame("balance_and_position_liquidation"))
        gone, reduced = message.events
        assert (gone.liquidation_type, gone.instrument) == (LiquidationType.LIQUIDATION, "SOL-USDT-SWAP")
        assert (gone.direction, gone.subject) == (Direction.SHORT, "SOL-USDT-SWAP/short/isolated")
        assert (gone.remaining_size, gone.entry_price, gone.uid) == (D(0), D(200), UID)
        assert gone.observed_at == datetime(2026, 11, 3, 9, 0, 4, 10000, UTC)
        assert (reduced.direction, reduced.remaining_size, reduced.subject) == (
            Direction.LONG, D("1.5"), "cross/USDT",
        )  # fmt: skip
        assert gone.event_id != reduced.event_id

    def test_a_net_position_nobody_knows_has_no_direction(self):
        gone = read(new_stream(), frame("balance_and_position_liquidation")).events[0]
        assert (gone.direction, gone.instrument) == (None, "SOL-USDT-SWAP")

    def test_what_the_row_leaves_out_comes_from_the_book(self):
        stream = new_stream()
        read(stream, frame("positions_isolated_short"))
        bare = {"posId": "711000000000000001", "pos": "0"}
        message = read(stream, push_of("balance_and_position_liquidation", self.row(posData=[bare])))
        [event] = message.events
        assert (event.instrument, event.direction) == ("SOL-USDT-SWAP", Direction.SHORT)
        assert (event.margin_mode, event.margin_currency) == (MarginMode.ISOLATED, "USDT")

    def test_deleveraging_and_claw_back(self):
        [adl] = read(new_stream(), frame("balance_and_position_adl")).events
        assert (adl.liquidation_type, adl.direction, adl.remaining_size) == (
            LiquidationType.ADL,
            Direction.SHORT,
            4,
        )
        [claw] = read(new_stream(), frame("balance_and_position_claw_back")).events
        assert (claw.liquidation_type, claw.instrument, claw.remaining_size) == (
            LiquidationType.CLAW_BACK, None, None,
        )  # fmt: skip

    @pytest.mark.parametrize(
        "kind",
        [
            "snapshot", "delivered", "exercised", "transferred", "filled", "funding_fee", "adjust_margin",
            "set_leverage", "interest_deduction", "settlement",
        ],
    )  # fmt: skip
    def test_what_is_no_liquidation_is_no_event(self, kind):
        message = read(new_stream(), push_of("balance_and_position_filled", self.row(eventType=kind)))
        assert (message.events, message.unreadable) == ((), ())

    @pytest.mark.parametrize("kind", ["vaporised", "", None])
    def test_an_unknown_event_type_is_told_and_no_event(self, kind):
        message = read(new_stream(), push_of("balance_and_position_filled", self.row(eventType=kind)))
        assert (message.events, len(message.unreadable)) == ((), 1)

    @pytest.mark.parametrize("name", ["balance_and_position_snapshot", "balance_and_position_filled"])
    def test_ordinary_pushes(self, name):
        message = read(new_stream(), frame(name))
        assert (message.events, message.unreadable) == ((), ())

    @pytest.mark.parametrize(
        "rows",
        [7, {}, [7], [{"posId": 5}], [{"pos": "0"}], [{"instId": "A-B", "mgnMode": "x", "posSide": "net"}]],
        ids=repr,
    )
    def test_what_happened_is_told_even_if_its_rows_cannot_be_read(self, rows):
        message = read(
            new_stream(), push_of("balance_and_position_adl", self.row(eventType="adl", posData=rows))
        )
        assert [(type(e), e.liquidation_type, e.instrument) for e in message.events] == [
            (Liquidation, LiquidationType.ADL, None)
        ]
        assert len(message.unreadable) == 1

    def test_an_unreadable_row_beside_a_good_one_is_one_event_more(self):
        rows = [*load("balance_and_position_adl")["data"][0]["posData"], 7]
        message = read(
            new_stream(), push_of("balance_and_position_adl", self.row(eventType="adl", posData=rows))
        )
        assert [event.instrument for event in message.events] == ["SOL-USDT-SWAP", None]

    def test_an_absurd_time_costs_no_event(self):
        message = read(new_stream(), push_of("balance_and_position_claw_back", self.row(
            eventType="claw_back", posData=[], pTime="5")))  # fmt: skip
        assert [event.observed_at for event in message.events] == [None]

    @staticmethod
    def row(**changes):
        return row_of("balance_and_position_liquidation", **changes)


class TestLeadNotifications:
    @pytest.mark.parametrize(
        ("name", "info_type", "limits"),
        [
            ("lead_position_limit", "1", (None, None)),
            ("lead_daily_limit", "2", (D(40), None)),
            ("lead_low_equity", "3", (None, D(500))),
            ("lead_unknown_type", "17", (None, None)),
        ],
    )
    def test_each_type_is_told(self, name, info_type, limits):
        [event] = read(new_stream(), frame(name)).events
        assert (event.info_type, (event.max_lead_trades, event.min_lead_equity)) == (info_type, limits)
        assert (event.observed_at, event.received_at, event.uid) == (None, NOW, UID)
        assert event.sub_position_id == "822000000000000001"

    def test_fields_of_the_trade(self):
        [event] = read(new_stream(), frame("lead_position_limit")).events
        assert (event.instrument, event.direction, event.side) == ("SOL-USDT-SWAP", Direction.LONG, "buy")
        assert event.trader == "0A1B2C3D4E5F6071"

    def test_empty_fields_are_absent_and_an_all_digit_code_stays_a_text(self):
        [event] = read(new_stream(), frame("lead_daily_limit")).events
        assert (event.instrument, event.direction, event.side) == (None, None, None)
        [event] = read(new_stream(), frame("lead_low_equity")).events
        assert (event.trader, event.subject) == ("123456789012345678", "trader/123456789012345678")

    def test_a_limit_that_cannot_be_read_does_not_cost_the_event(self):
        message = read(
            new_stream(), push_of("lead_daily_limit", row_of("lead_daily_limit", maxLeadTraderNum="?"))
        )
        assert [event.max_lead_trades for event in message.events] == [None]
        assert len(message.unreadable) == 1

    @pytest.mark.parametrize(
        "row", [7, {"infoType": ""}, {"infoType": 2}, {}, {"infoType": "1" * 999}], ids=str
    )
    def test_a_row_that_cannot_be_read_costs_no_neighbour(self, row):
        message = read(new_stream(), push_of("lead_low_equity", row, row_of("lead_low_equity")))
        assert [event.info_type for event in message.events] == ["3"]
        assert len(message.unreadable) == 1
