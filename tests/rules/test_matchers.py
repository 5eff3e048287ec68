from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.events import Direction, Event, EventKind, MarginState
from alertd.rules.matchers import Gate, Matchers, compile_matchers

MakeEvent = Callable[..., Event]


def _compiled(kind: str, match: dict[str, Any]) -> Matchers:
    matchers, problems = compile_matchers(EventKind(kind), match)
    assert problems == []
    return matchers


def _holds(matchers: Matchers, event: Event, labels: dict[str, str] | None = None) -> bool:
    return matchers.covers(event.account, event.exchange, labels or {}) and (
        matchers.live is None or matchers.live(event)
    )


CASES: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("margin_state", {}, {}, True),
    ("margin_state", {"instrument": "BTC-*"}, {}, True),
    ("margin_state", {"instrument": "btc-*"}, {}, False),
    ("margin_state", {"instrument": "*-SWAP"}, {}, True),
    ("margin_state", {"instrument": ["ETH-*", "BTC-*"]}, {}, True),
    ("margin_state", {"instrument": ["ETH-*", "SOL-*"]}, {}, False),
    ("margin_state", {"instrument": "!BTC-*"}, {}, False),
    ("margin_state", {"instrument": ["!ETH-*", "!SOL-*"]}, {}, True),
    ("margin_state", {"instrument": ["!ETH-*", "!BTC-*"]}, {}, False),
    ("margin_state", {"instrument": ["BTC-*", "!BTC-USDC-*"]}, {}, True),
    ("margin_state", {"instrument": "BTC-*"}, {"instrument": None}, False),
    ("margin_state", {"instrument": "!BTC-*"}, {"instrument": None}, False),
    ("margin_state", {"instrument": "*"}, {"instrument": None}, True),
    ("margin_state", {"instrument": ["*", "!ETH-*"]}, {"instrument": None}, True),
    ("margin_state", {"direction": "long"}, {}, True),
    ("margin_state", {"direction": ["short", "long"]}, {}, True),
    ("margin_state", {"direction": "!long"}, {}, False),
    ("margin_state", {"direction": "short"}, {"direction": None}, False),
    ("margin_state", {"margin_ratio": "<= 3.0"}, {"margin_ratio": 3.0}, True),
    ("margin_state", {"margin_ratio": "< 3.0"}, {"margin_ratio": 3.0}, False),
    ("margin_state", {"margin_ratio": "== 3"}, {"margin_ratio": 3.0}, True),
    ("margin_state", {"margin_ratio": "> 3"}, {}, False),
    ("margin_state", {"margin_ratio": "*"}, {}, True),
    ("margin_state", {"margin_ratio": [">= 1", "> 5"]}, {"margin_ratio": 2.0}, True),
    ("margin_state", {"adl_priority": ">= 4"}, {"adl_priority": 5}, True),
    ("margin_state", {"position_count": 1}, {}, True),
    ("margin_state", {"open": True}, {}, True),
    ("margin_state", {"account": "ma*", "exchange": "okx"}, {}, True),
    ("margin_state", {"account": "!main"}, {}, False),
    ("margin_state", {"exchange": "toobit"}, {}, False),
    ("margin_state", {"instrument": "BTC*", "direction": "long", "margin_mode": "cross"}, {}, False),
    ("margin_state", {"instrument": "BTC*", "direction": "long", "margin_mode": "isolated"}, {}, True),
    ("lead_trade_failed", {"info_type": "3"}, {"info_type": "3"}, True),
    ("lead_trade_failed", {"info_type": ["!1", "!2", "!3"]}, {"info_type": "3"}, False),
    ("lead_trade_failed", {"info_type": ["!1", "!2", "!3"]}, {"info_type": "7"}, True),
    ("lead_trade_failed", {"info_type": ["!1", "!2", "!3"]}, {"info_type": ""}, True),
    ("delivery", {"healthy": False}, {"healthy": False}, True),
    ("delivery", {"healthy": "false"}, {"healthy": True}, False),
    ("liquidation_warning", {"instruments": "ETH-*"}, {"instruments": ("BTC-1", "ETH-1")}, True),
    ("liquidation_warning", {"instruments": "!ETH-*"}, {"instruments": ("BTC-1", "ETH-1")}, False),
    ("liquidation_warning", {"instruments": "ETH-*"}, {"instruments": ()}, False),
    ("liquidation_warning", {"instruments": "!ETH-*"}, {"instruments": ()}, False),
    ("liquidation_warning", {"instruments": ["*", "!ETH-*"]}, {"instruments": ()}, True),
    ("coverage", {"received_at": "*"}, {}, True),
]


@pytest.mark.parametrize(("kind", "match", "fields", "wanted"), CASES)
def test_matchers(
    make_event: MakeEvent, kind: str, match: dict[str, Any], fields: dict[str, Any], wanted: bool
) -> None:
    assert _holds(_compiled(kind, match), make_event(kind, **fields)) is wanted


@pytest.mark.parametrize(
    ("match", "labels", "wanted"),
    [
        ({"labels": {"owner": "anna"}}, {"owner": "anna"}, True),
        ({"labels.owner": "an*"}, {"owner": "anna"}, True),
        ({"labels.owner": ["ben", "!anna"]}, {"owner": "anna"}, False),
        ({"labels": {"owner": "anna"}}, {}, False),
        ({"labels": {"owner": "!anna"}}, {}, False),
        ({"labels": {"owner": "*"}}, {}, True),
    ],
)
def test_labels(make_event: MakeEvent, match: dict[str, Any], labels: dict[str, str], wanted: bool) -> None:
    assert _holds(_compiled("margin_state", match), make_event("margin_state"), labels) is wanted


@pytest.mark.parametrize(
    ("match", "key", "text"),
    [
        ({"instrumnt": "BTC"}, "instrumnt", 'did you mean "instrument"?'),
        ({"info_type": "3"}, "info_type", "margin_state has no field"),
        ({"lables": {"owner": "x"}}, "lables", 'did you mean "labels"?'),
        ({"labels": "anna"}, "labels", "takes a table"),
        ({"labels": {"owner": {"x": "y"}}}, "labels.owner", "labels only"),
        ({"instrument": {"x": "y"}}, "instrument", "labels only"),
        ({"received_at": "> 2026"}, "received_at", "into when"),
        ({"margin_ratio": "<= 300"}, "margin_ratio", '"300%"'),
    ],
)
def test_a_problem_names_its_key_and_cure(match: dict[str, Any], key: str, text: str) -> None:
    _, problems = compile_matchers(EventKind.MARGIN_STATE, match)
    assert [found for found, _ in problems] == [key]
    assert text in problems[0][1]


def test_all_problems_are_found_at_once() -> None:
    _, problems = compile_matchers(EventKind.COVERAGE, {"x": "1", "state": "blnd", "stream": "private"})
    assert [key for key, _ in problems] == ["x", "state"]


@pytest.mark.parametrize(
    ("match", "gate"),
    [
        ({"margin_ratio": "<= 3"}, Gate("margin_ratio", below=True, bound=Decimal(3))),
        ({"instrument": "BTC*", "leverage": "> 10"}, Gate("leverage", below=False, bound=Decimal(10))),
        ({"margin_ratio": "== 3"}, Gate("margin_ratio", below=False, bound=Decimal(3))),
        ({"margin_ratio": ["< 3", "> 9"]}, None),
        ({"margin_ratio": "!< 3"}, None),
        ({"instrument": "BTC*"}, None),
    ],
)
def test_only_a_single_comparison_is_a_gate(match: dict[str, Any], gate: Gate | None) -> None:
    assert _compiled("margin_state", match).gate == gate


TEXTS = st.sampled_from(["BTC", "ETH", "BTC-*", "*T*", "*", "?TC", "!ETH", "!B*"])
NUMBERS = st.sampled_from(["< 3", "<= 3", "> 3", ">= 3", "== 3", "3", "*", "!< 3"])


def _naive(entries: list[str], value: Any, fits: Callable[[str, Any], bool]) -> bool:
    if value is None:
        return "*" in entries
    plain = [entry for entry in entries if not entry.startswith("!")]
    negated = [entry[1:] for entry in entries if entry.startswith("!")]
    return (not plain or any(entry == "*" or fits(entry, value) for entry in plain)) and not any(
        fits(entry, value) for entry in negated
    )


def _compares(entry: str, value: Decimal) -> bool:
    sign, _, figure = entry.rpartition(" ")
    bound = Decimal(figure)
    return {"<": value < bound, "<=": value <= bound, ">": value > bound, ">=": value >= bound}.get(
        sign, value == bound
    )


@given(
    st.lists(TEXTS, min_size=1, max_size=3),
    st.lists(NUMBERS, min_size=1, max_size=2),
    st.sampled_from(["long", "short", "l*", "!long", "*"]),
    st.sampled_from([None, "BTC", "ETH", "BTC-USDT"]),
    st.sampled_from([None, Decimal("2.9"), Decimal(3), Decimal("3.1")]),
    st.sampled_from([None, Direction.LONG, Direction.SHORT]),
)
def test_compiled_matchers_equal_a_naive_reading(
    make_event: MakeEvent,
    texts: list[str],
    numbers: list[str],
    way: str,
    instrument: str | None,
    ratio: Decimal | None,
    direction: Direction | None,
) -> None:
    event = make_event("margin_state", instrument=instrument, margin_ratio=ratio, direction=direction)
    wanted = (
        _naive(texts, instrument, lambda entry, value: fnmatchcase(value, entry))
        and _naive(numbers, ratio, _compares)
        and _naive([way], direction, lambda entry, value: fnmatchcase(value, entry))
    )
    match = {"instrument": texts, "margin_ratio": numbers, "direction": way}
    assert isinstance(event, MarginState)
    assert _holds(_compiled("margin_state", match), event) is wanted
