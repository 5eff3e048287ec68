"""Each endpoint's documented answer; each with fields missing, null, of the other type, and unknown."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, MarginMode
from alertd.exchanges.toobit import decode, models
from tests.exchanges.toobit.documented import (
    CLOSED_LEAD_ORDER,
    ENDPOINTS,
    FOLLOW_CONFIG,
    FOLLOW_ORDER,
    LEAD_ORDER,
    LEADER_CONFIG,
    TRADE_DATA,
    Endpoint,
    raw,
)

each_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS.keys())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=12)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def one(endpoint: Endpoint, row: Any) -> Any:
    """The only item of an answer that holds the row; the DecodeError of a row that cannot be read."""
    found = endpoint.decode(raw(endpoint.wrap(row)))
    if endpoint.is_object:
        return found
    if found.bad:
        assert not found.items
        raise DecodeError(found.bad[0].reason)
    [item] = found.items
    return item


def test_an_order_that_is_led() -> None:
    [order] = decode.lead_orders(raw([LEAD_ORDER])).items
    assert order == models.LeadOrder(
        instrument="BTC-SWAP-USDT",
        direction=Direction.LONG,
        name="BTCUSDT",
        margin_mode=MarginMode.CROSS,
        leverage=Decimal(20),
        opened_at=datetime(2025, 11, 21, 4, 40, 0, 123000, tzinfo=UTC),
        quantity=Decimal("0.5"),
        entry_price=Decimal(90000),
        last_price=Decimal("91000.5"),
        mark_price=Decimal("90999.9"),
        profit_ratio=Decimal("-24.07"),
        follower_count=12,
        follower_margin_usdt=Decimal("3456.78"),
    )


def test_a_closed_order_s_net_profit_is_what_fees_leave() -> None:
    page = decode.lead_history(raw({"pages": 3, "total": "25", "list": [CLOSED_LEAD_ORDER]}), 2)
    assert (page.number, page.pages, page.total) == (2, 3, 25)
    [order] = page.items
    assert order.is_fully_closed
    assert order.gross_profit is not None
    assert order.open_fee is not None
    assert order.close_fee is not None
    assert order.net_profit == order.gross_profit + order.open_fee + order.close_fee


@pytest.mark.parametrize(("text", "wanted"), [("2.18:1", "2.18:1"), ("--", None), ("****", None), ("", None)])
def test_profit_to_loss_is_a_text(text: str, wanted: str | None) -> None:
    [data] = decode.trade_data(raw([TRADE_DATA | {"profitLossRatio": text}]), 365).items
    assert (data.profit_to_loss, data.days, data.order_count) == (wanted, 365, 42)


def test_a_settlement() -> None:
    [one_] = ENDPOINTS["leader/profit-sharings"].decode(raw([ENDPOINTS["leader/profit-sharings"].row])).items
    assert one_.shared_on == date(2026, 11, 16)
    assert one_.total_usdt == one_.leader_usdt + one_.referrers_usdt


def test_the_settings_of_a_leader() -> None:
    config = decode.leader_config(raw(LEADER_CONFIG))
    assert config.margin_modes is models.MarginModes.CROSS
    assert config.profit_period is models.ProfitPeriod.WEEKLY
    assert config.cool_down_until == datetime(2025, 11, 22, 4, 40, tzinfo=UTC)
    assert config.instruments == ("BTC-SWAP-USDT", "ETH-SWAP-USDT")
    assert (config.has_cool_down, config.is_private, config.invite_scope) == (True, True, 2)


def test_modes_are_coded_differently_on_each_side() -> None:
    for number, wanted in ((-1, "all"), (0, "cross"), (1, "isolated")):
        assert decode.leader_config(raw(LEADER_CONFIG | {"leadPositionType": number})).margin_modes == wanted
    for number, wanted in ((0, "all"), (1, "cross"), (2, "isolated")):
        assert decode.follow_config(raw(FOLLOW_CONFIG | {"followMarginType": number})).margin_modes == wanted


@pytest.mark.parametrize("price", ["", "0", None, 0])
def test_an_unknown_liquidation_price_is_none_and_never_0(price: Any) -> None:
    [order] = decode.follow_orders(raw([FOLLOW_ORDER | {"liquidationPrice": price}])).items
    assert order.liquidation_price is None
    assert order.take_profit_ratio is None
    assert order.leader_id == "9007199254740993"


def test_a_row_that_cannot_be_read_costs_no_neighbour() -> None:
    found = decode.lead_orders(raw([LEAD_ORDER, LEAD_ORDER | {"isLong": 7}, 5, LEAD_ORDER]))
    assert len(found.items) == 2
    assert [bad.reason for bad in found.bad] == ["isLong is not known: 7", "Expected `object`, got `int`"]


@each_endpoint
def test_null_is_not_taken_for_an_empty_list(endpoint: Endpoint) -> None:
    if endpoint.is_object:
        with pytest.raises(DecodeError, match="data is null"):
            endpoint.decode(None)
        return
    assert endpoint.decode(None).is_null
    empty = endpoint.decode(raw({"list": []} if endpoint.wrap({}) != [{}] else []))
    assert (empty.items, empty.is_null) == ((), False)


@each_endpoint
@pytest.mark.parametrize("data", [5, "text", True], ids=str)
def test_what_is_no_list_and_no_object_is_refused(endpoint: Endpoint, data: Any) -> None:
    with pytest.raises(DecodeError):
        endpoint.decode(raw(data))


@each_endpoint
@pytest.mark.parametrize("how", ["missing", "null", "empty"])
def test_fields_that_are_not_there(endpoint: Endpoint, how: str) -> None:
    for name in endpoint.row:
        row = dict(endpoint.row) | {name: None if how == "null" else ""}
        if how == "missing":
            del row[name]
        if name in endpoint.needed:
            with pytest.raises(DecodeError, match=name):
                one(endpoint, row)
        elif not (name == "symbolIds" and how == "empty"):
            changed = msgspec.structs.asdict(one(endpoint, row))
            whole = msgspec.structs.asdict(one(endpoint, endpoint.row))
            different = {key for key in whole if whole[key] != changed[key]}
            assert all(changed[key] is None for key in different), name


@each_endpoint
def test_numbers_instead_of_texts_and_texts_instead_of_numbers(endpoint: Endpoint) -> None:
    swapped = {name: _swapped(value) for name, value in endpoint.row.items()}
    assert swapped != endpoint.row
    assert one(endpoint, swapped) == one(endpoint, endpoint.row)


def _swapped(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


@each_endpoint
def test_unknown_fields_are_ignored(endpoint: Endpoint) -> None:
    assert one(endpoint, {**endpoint.row, "brandNew": {"a": [1]}}) == one(endpoint, endpoint.row)


@each_endpoint
@given(data=st.data())
def test_any_field_may_hold_anything(endpoint: Endpoint, data: st.DataObject) -> None:
    """Decoded or refused by its name, never something else; and the whole never falls for one row."""
    name = data.draw(st.sampled_from(sorted(endpoint.row)))
    value = data.draw(JSON)
    try:
        one(endpoint, {**endpoint.row, name: value})
    except DecodeError as exc:
        assert name in exc.detail  # noqa: PT017 - that it is raised is not certain


@each_endpoint
@given(body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_data_at_all(endpoint: Endpoint, body: bytes) -> None:
    with suppress(DecodeError):
        endpoint.decode(msgspec.Raw(body))


@pytest.mark.parametrize("time", [1790112378318, "1790112378318"])
def test_the_server_s_time(time: Any) -> None:
    assert decode.server_time_ms(raw({"serverTime": time})) == 1790112378318


@pytest.mark.parametrize(
    "body", [{}, {"serverTime": ""}, {"serverTime": "x"}, [], {"serverTime": 5}], ids=str
)
def test_no_time_is_no_answer(body: Any) -> None:
    with pytest.raises(DecodeError):
        decode.server_time_ms(raw(body))


def test_the_kind_of_a_key() -> None:
    assert decode.account_type(raw({"accountType": "master"})) == "master"
    assert decode.account_type(raw({})) is None
