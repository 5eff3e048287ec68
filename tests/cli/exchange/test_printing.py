"""Lists: all of it, or said to be not all."""

from __future__ import annotations

import json
from decimal import Decimal

import msgspec
import pytest
import typer

from alertd.cli.exchange.printing import print_facts, print_list
from alertd.cli.exchange.tables import Column
from tests.cli.console import CommandLine
from tests.cli.exchange.test_door import SomeDoor, configured

__all__ = ["configured"]
COLUMNS = (Column("pair", "pair"), Column("size", "size"))


class Row(msgspec.Struct):
    pair: str
    size: Decimal | None


ROWS = [Row("BTC", Decimal("0.10")), Row("ETH", None)]


def door(*, as_json: bool) -> SomeDoor:
    return SomeDoor.found("anna", None, None, as_json=as_json)


def test_a_table(configured: CommandLine, capsys: pytest.CaptureFixture[str]) -> None:
    print_list(door(as_json=False), ROWS, COLUMNS, "order", [], {"total": 5})
    assert capsys.readouterr().out == "pair  size\n BTC  0.10\n ETH     -\n2 orders of 5\n"


def test_nothing_has_no_head(configured: CommandLine, capsys: pytest.CaptureFixture[str]) -> None:
    print_list(door(as_json=False), [], COLUMNS, "order", [])
    assert capsys.readouterr().out == "0 orders\n"


def test_what_is_missing_fails(configured: CommandLine, capsys: pytest.CaptureFixture[str]) -> None:
    for as_json in (False, True):
        with pytest.raises(typer.Exit) as left:
            print_list(door(as_json=as_json), ROWS, COLUMNS, "order", ["a row is bad"])
        assert left.value.exit_code == 1
        said = capsys.readouterr()
        if as_json:
            answer = json.loads(said.out)
            assert (answer["ok"], answer["missing"], answer["rows"][0]) == (
                False, ["a row is bad"], {"pair": "BTC", "size": "0.10"},
            )  # fmt: skip
        else:
            assert said.err == "warning: a row is bad\n"


def test_facts(configured: CommandLine, capsys: pytest.CaptureFixture[str]) -> None:
    print_facts(door(as_json=False), ROWS[1], "order")
    assert capsys.readouterr().out == "pair: ETH\nsize: -\n"
    print_facts(door(as_json=True), ROWS[0], "order")
    assert json.loads(capsys.readouterr().out)["order"] == {"pair": "BTC", "size": "0.10"}
