"""Each page's documented row; each with fields missing, null, of another type, and unknown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, MarginMode
from alertd.exchanges.okx import copy_decode, copy_wire, wire
from alertd.exchanges.okx.copy_models import Listed, Role

EXAMPLES = Path(__file__).parents[2] / "data" / "okx_simulator"
TRADER = "0F1E2D3C4B5A6978"


def example(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))["data"][0]
    return found


OPEN = example("rest_current_subpositions")
CLOSED = {
    "ccy": "USDT", "closeAvgPx": "92000", "closeSubPos": "2", "closeTime": "1795200000000",
    "instId": "BTC-USDT-SWAP", "instType": "SWAP", "lever": "3", "margin": "65.6697", "mgnMode": "isolated",
    "openAvgPx": "90000", "openOrdId": "", "openTime": "1795116175412", "pnl": "40", "pnlRatio": "0.61",
    "posSide": "net", "profitSharingAmt": "", "subPos": "-2", "subPosId": "534096574507826998", "type": "1",
    "uniqueCode": TRADER,
}  # fmt: skip
STATS = {
    "avgSubPosNotional": "213.1", "ccy": "USDT", "curCopyTraderPnl": "96.8", "investAmt": "265.09",
    "lossDays": "1", "profitDays": "2", "winRatio": "0.6667",
}  # fmt: skip


class Kind(NamedTuple):
    """A page: its row, what it is read as and by, and what a row cannot be without."""

    row: Mapping[str, Any]
    row_type: type[Any]
    decode: Callable[[Any], Any]
    needed: frozenset[str] = frozenset()


KINDS: dict[str, Kind] = {
    "current-lead-traders": Kind(
        example("rest_current_lead_traders"), copy_wire.CopiedTraderRow, copy_decode.copied_trader,
        frozenset({"uniqueCode"}),
    ),
    "copy-settings": Kind(
        example("rest_copy_settings"), copy_wire.CopySettingsRow,
        lambda row: copy_decode.copy_settings(row, TRADER), frozenset({"copyState"}),
    ),
    "config": Kind(example("rest_copytrading_config"), copy_wire.OwnRow, copy_decode.copy_roles),
    "current-subpositions": Kind(
        OPEN, copy_wire.OpenRow, copy_decode.open_position, frozenset({"instId", "subPosId"})
    ),
    "subpositions-history": Kind(
        CLOSED, copy_wire.ClosedRow, copy_decode.closed_position, frozenset({"instId", "subPosId"})
    ),
    "public-stats": Kind(STATS, copy_wire.StatsRow, lambda row: copy_decode.trader_figures(row, 30)),
}  # fmt: skip
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=12)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def one(kind: Kind, row: Mapping[str, Any]) -> Any:
    """The row decoded. Raises: DecodeError, whether its types or its values are wrong."""
    rows, bad = wire.read_rows(json.dumps([row]).encode(), kind.row_type)
    found = copy_decode.listed(rows, bad, kind.decode)
    if found.unreadable:
        assert not found.items
        raise DecodeError(found.unreadable[0])
    [item] = found.items
    return item


def test_a_position_that_is_copied() -> None:
    found = one(KINDS["current-subpositions"], OPEN)
    assert (found.trader, found.instrument, found.direction) == (TRADER, "BTC-USDT-SWAP", Direction.LONG)
    assert (found.margin_mode, found.size, found.leverage) == (MarginMode.ISOLATED, Decimal(1), Decimal(3))
    assert (found.take_profit_price, found.stop_loss_price) == (None, None)
    assert found.opened_at == datetime(2026, 11, 19, 19, 22, 55, 412000, tzinfo=UTC)


@pytest.mark.parametrize(("text", "wanted"), [("1", False), ("2", True), ("", None), (None, None)])
def test_a_position_that_was_closed_in_part_or_whole(text: str | None, wanted: bool | None) -> None:
    found = one(KINDS["subpositions-history"], {**CLOSED, "type": text})
    assert (found.is_whole, found.closed_size, found.direction) == (wanted, Decimal(2), Direction.SHORT)


def test_whom_and_how_one_copies() -> None:
    trader = one(KINDS["current-lead-traders"], KINDS["current-lead-traders"].row)
    assert (trader.name, trader.amount, trader.profit_share) == ("leader-two", Decimal(755), Decimal("0.99"))
    settings = one(KINDS["copy-settings"], KINDS["copy-settings"].row)
    assert (settings.is_copied, settings.amount, settings.ratio) == (True, None, Decimal(1))
    assert settings.instruments == ("BTC-USDT-SWAP", "ETH-USDT-SWAP")


def test_a_pair_that_is_switched_off_is_not_named() -> None:
    pairs = [{"instId": "A", "enabled": "0"}, {"instId": "B", "enabled": "1"}, {"instId": "C"}]
    kind = KINDS["copy-settings"]
    assert one(kind, {**kind.row, "instIds": pairs}).instruments == ("B", "C")


def test_a_role_by_market() -> None:
    roles = one(KINDS["config"], KINDS["config"].row)
    assert [(role.market, role.role, role.copiers) for role in roles.items] == [
        ("SWAP", Role.LEADS, Decimal(1)), ("SPOT", Role.NONE, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("copy-settings", {"copyState": "2"}, "copyState is not known: '2'"),
        ("subpositions-history", {"type": "3"}, "type is not known: '3'"),
        ("current-subpositions", {"posSide": "up"}, "posSide is not known: 'up'"),
        ("current-subpositions", {"mgnMode": "both"}, "mgnMode is not known: 'both'"),
        ("current-lead-traders", {"uniqueCode": ""}, "uniqueCode is missing"),
        ("current-lead-traders", {"nickName": "x" * 129}, "nickName is too long"),
        ("public-stats", {"winRatio": "much"}, "winRatio is no usable number"),
    ],
)
def test_what_is_not_known_is_refused_by_name(kind: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        one(KINDS[kind], {**KINDS[kind].row, **changes})


def test_an_unknown_role_costs_no_neighbour() -> None:
    kind = KINDS["config"]
    roles = one(kind, {**kind.row, "details": [{"roleType": "7"}, {"roleType": "2"}]})
    assert [role.role for role in roles.items] == [Role.COPIES]
    assert roles.unreadable == ["roleType is not known: '7'"]


@each_kind
@pytest.mark.parametrize("how", ["missing", "null", "empty"])
def test_fields_that_are_not_there(kind: Kind, how: str) -> None:
    """None where they can be done without, else refused; the others are what they were."""
    for name, value in kind.row.items():
        if isinstance(value, list):
            continue
        row = dict(kind.row) | {name: None if how == "null" else ""}
        if how == "missing":
            del row[name]
        if name in kind.needed and not (name == "subPosId" and how == "empty"):
            with pytest.raises(DecodeError):
                one(kind, row)
        elif not isinstance(found := one(kind, row), Listed):
            changed, whole = (msgspec.structs.asdict(item) for item in (found, one(kind, kind.row)))
            different = {key for key in whole if whole[key] != changed[key]}
            assert all(changed[key] in (None, "") for key in different), name


@each_kind
def test_numbers_instead_of_texts_are_refused(kind: Kind) -> None:
    """The guide writes every number as a text, and so does every recorded answer."""
    read = {field.encode_name for field in msgspec.structs.fields(kind.row_type)}
    for name in read & kind.row.keys():
        with pytest.raises(DecodeError, match=name):
            one(kind, {**kind.row, name: 5})


@each_kind
def test_unknown_fields_are_ignored(kind: Kind) -> None:
    assert one(kind, {**kind.row, "brandNew": {"a": [1]}}) == one(kind, kind.row)


@each_kind
@given(data=st.data())
def test_any_field_may_hold_anything(kind: Kind, data: st.DataObject) -> None:
    """Decoded or refused, never something else."""
    name = data.draw(st.sampled_from(sorted(kind.row)))
    try:
        one(kind, {**kind.row, name: data.draw(JSON)})
    except DecodeError as exc:
        assert exc.detail  # noqa: PT017 - that it is raised is not certain
