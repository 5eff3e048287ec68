"""Values as people read them, and as machines do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from rich.cells import cell_len

from alertd.cli.exchange import tables
from alertd.cli.exchange.tables import Column

BERLIN = ZoneInfo("Europe/Berlin")


class Row(msgspec.Struct):
    name: str | None
    share: Decimal | None
    at: datetime | None = None


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, "-"), (True, "yes"), (False, "no"), (Decimal("1E-7"), "0.0000001"), (5, "5"),
        (datetime(2026, 11, 21, 8, tzinfo=UTC), "2026-11-21 09:00:00 CET"), (date(2026, 1, 2), "2026-01-02"),
        ((), "none"), (("a", "b"), "a, b"), ("a\x1b[1mb\n", "a?[1mb?"),
    ],
    ids=str,
)  # fmt: skip
def test_values(value: object, wanted: str) -> None:
    assert tables.shown(value, BERLIN) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("0", "0.00"), ("1.005", "1.00"), ("-3", "-3.00"), ("0.0042", "0.0042"), ("12345.678", "12345.68")],
)
def test_money(value: str, wanted: str) -> None:
    assert tables.money(Decimal(value)) == wanted


def test_shares_signs_switches_and_days() -> None:
    assert tables.percent(Decimal("-24.07")) == "-2407.00 %"
    assert [tables.signed(Decimal(one)) for one in ("5", "0", "-5")] == ["+5.00", "0.00", "-5.00"]
    assert (tables.switch(True), tables.switch(False), tables.days(43_200_000)) == ("on", "off", "0.5 d")


def test_columns_stand_under_each_other_also_in_chinese() -> None:
    columns = (Column("name", "name"), Column("share", "share", tables.percent, untold="unknown"))
    lines = list(tables.lines(columns, [Row("鲸鱼", Decimal("0.1")), Row("x", None)], BERLIN))
    assert lines == ["name    share", "鲸鱼  10.00 %", "   x  unknown"]
    assert len({cell_len(line) for line in lines}) == 1


def test_json_types() -> None:
    row = Row("x", Decimal("0.10"), datetime(2026, 11, 21, 8, tzinfo=UTC))
    assert tables.plain(row) == {"name": "x", "share": "0.10", "at": "2026-11-21T08:00:00Z"}
    assert list(tables.facts(row, BERLIN))[1:] == ["share: 0.10", "at: 2026-11-21 09:00:00 CET"]
