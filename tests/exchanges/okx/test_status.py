"""Covers alertd/exchanges/okx/status.py."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.maintenance import Service, WindowState
from alertd.exchanges.okx import answer_rows, wire
from alertd.exchanges.okx.status import LONGEST_TITLE, Announced, read_windows

BEGIN, END = 1_795_000_000_000, 1_795_003_600_000
DOCUMENTED = Path(__file__).parents[2] / "data" / "okx_simulator" / "rest_system_status.json"


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def row(**changes: object) -> dict[str, object]:
    return {
        "begin": str(BEGIN), "end": str(END), "href": "", "preOpenBegin": "", "scheDesc": "",
        "serviceType": "5", "state": "scheduled", "maintType": "1", "env": "1", "system": "unified",
        "title": "Trading system upgrade",
    } | changes  # fmt: skip


def read(*rows: object, demo: bool = False) -> Announced:
    found, bad = wire.read_rows(json.dumps(rows).encode(), answer_rows.StatusRow)
    return read_windows(found, bad, demo=demo)


def test_the_documented_example() -> None:
    example = json.loads(DOCUMENTED.read_bytes())["data"][0]
    # The printed example ends before it begins.
    [window] = read(example).windows
    assert window.begin == moment(1_795_109_086_425)
    assert (window.end, window.state, window.planned) == (None, WindowState.OVER, True)
    assert (window.services, window.title) == ((Service.TRADING,), "Trading system upgrade")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"begin": moment(BEGIN), "end": moment(END), "state": WindowState.SCHEDULED, "planned": True}),
        ({"begin": BEGIN, "end": END, "serviceType": 5, "env": 1, "maintType": 1}, {"planned": True}),
        ({"end": ""}, {"end": None}),
        ({"end": None}, {"end": None}),
        ({"end": str(BEGIN)}, {"end": None}),
        ({"state": "ongoing"}, {"state": WindowState.RUNNING}),
        ({"state": "ongoing", "begin": ""}, {"begin": None}),
        ({"state": "pre_open"}, {"state": WindowState.RUNNING}),
        ({"state": "completed"}, {"state": WindowState.OVER}),
        ({"state": "canceled"}, {"state": WindowState.CANCELLED}),
        ({"maintType": "2"}, {"planned": False}),
        ({"maintType": "3", "state": "ongoing"}, {"planned": False}),
        ({"maintType": ""}, {"planned": True}),
        ({"maintType": "", "state": "ongoing"}, {"planned": False}),
        ({"serviceType": "0"}, {"services": (Service.STREAMS,), "blinds": True}),
        ({"serviceType": "8"}, {"services": (Service.TRADING,), "blinds": True}),
        ({"serviceType": "11"}, {"services": (Service.COPYING,), "blinds": False}),
        ({"serviceType": "99"}, {"services": (Service.OTHER,), "blinds": False}),
        ({"serviceType": "12"}, {"services": (Service.OTHER,)}),
        ({"serviceType": ""}, {"services": (Service.OTHER,)}),
        ({"title": " a\tb\x1b[31m " + "c" * 999}, {"title": ("a b[31m " + "c" * 999)[:LONGEST_TITLE]}),
        ({"unheardOf": {"a": 1}}, {"system": "unified"}),
    ],
)
def test_what_a_row_says(changes: dict[str, object], expected: dict[str, object]) -> None:
    [window] = read(row(**changes)).windows
    assert {name: getattr(window, name) for name in expected} == expected


@pytest.mark.parametrize("service", ["6", "7", "10"])
def test_what_is_no_concern_of_ours(service: str) -> None:
    assert read(row(serviceType=service)) == Announced(())


@pytest.mark.parametrize(("env", "production", "demo"), [("1", 1, 0), ("2", 0, 1), ("", 1, 1), ("7", 1, 1)])
def test_each_environment_has_its_own(env: str, production: int, demo: int) -> None:
    assert len(read(row(env=env)).windows) == production
    assert len(read(row(env=env), demo=True).windows) == demo


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "soon"}, "state is not known: 'soon'"),
        ({"state": ""}, "state is not known"),
        ({"begin": ""}, "begin is missing"),
        ({"begin": "tomorrow"}, "begin is no usable time"),
        ({"end": "1"}, "end is no usable time"),
        ({"title": ["a"]}, "maintenance: "),
    ],
)
def test_what_cannot_be_read_costs_no_neighbour(changes: dict[str, object], reason: str) -> None:
    windows, unreadable = read(row(**changes), row())
    assert [window.begin for window in windows] == [moment(BEGIN)]
    assert len(unreadable) == 1
    assert reason in unreadable[0]


def test_rows_that_differ_in_their_service_are_one_maintenance() -> None:
    [window] = read(row(serviceType="11"), row(serviceType="0"), row(state="ongoing")).windows
    assert window.services == (Service.STREAMS, Service.TRADING, Service.COPYING)
    assert window.state is WindowState.RUNNING
    [left] = read(row(serviceType="0", state="completed"), row(state="ongoing")).windows
    assert (left.services, left.state) == ((Service.TRADING,), WindowState.RUNNING)
    assert len(read(row(), row(end=str(END + 1))).windows) == 2


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text("ab01 .:-\x00é中", max_size=9),
    st.sampled_from(["", "0", "5", "ongoing", "scheduled", str(BEGIN), str(END)]),
    st.just([1]),
)


@given(st.lists(st.dictionaries(st.sampled_from([*row(), "new"]), VALUES), max_size=3), st.booleans())
def test_whatever_comes_is_read_or_named(changes: list[dict[str, object]], demo: bool) -> None:
    rows = [{name: value for name, value in row(**one).items() if value != "new"} for one in changes]
    windows, unreadable = read(*rows, demo=demo)
    assert len(windows) + len(unreadable) <= len(rows)
    for window in windows:
        assert window.services
        assert window.begin is None or window.end is None or window.begin < window.end
        assert window.begin is not None or window.state is not WindowState.SCHEDULED


@given(st.sets(st.sampled_from([name for name in row() if name not in ("state", "begin")])))
def test_missing_fields_lose_no_window(missing: set[str]) -> None:
    shown = {name: value for name, value in row().items() if name not in missing}
    [window] = read(shown).windows
    assert window.begin == moment(BEGIN)
