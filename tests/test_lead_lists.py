"""Covers alertd/lead_lists.py, against a scripted exchange."""

from __future__ import annotations

from typing import Any

import pytest

from alertd.domain.errors import Disposition, RequestRefused
from alertd.lead_lists import OWN, PUBLIC, LeadLists
from tests.lead_exchange import ANNA, BUSY, DOWN, NO_LEADER, REFUSED, Exchange, closed, held

ASKED_OWN = ["own_orders", "own_records"]
NO_RIGHT = RequestRefused("50120", "no right", Disposition.CONFIG)


def lists(exchange: Any) -> LeadLists:
    return LeadLists(exchange)


@pytest.mark.parametrize(
    ("failing", "is_private", "view", "failure", "asked"),
    [
        ({}, False, PUBLIC, None, ["public_orders", "public_records"]),
        ({}, True, OWN, None, ASKED_OWN),
        ({"public_orders": REFUSED}, False, OWN, REFUSED, ["public_orders", *ASKED_OWN]),
        ({"public_orders": NO_RIGHT}, False, OWN, NO_RIGHT, ["public_orders", *ASKED_OWN]),
        # Passing by its disposition, but it speaks of the trader.
        ({"public_orders": NO_LEADER}, False, OWN, NO_LEADER, ["public_orders", *ASKED_OWN]),
        (
            {"public_records": REFUSED},
            False,
            OWN,
            REFUSED,
            ["public_orders", "public_records", *ASKED_OWN],
        ),
        ({"public_orders": BUSY}, False, None, BUSY, ["public_orders"]),
        ({"public_orders": DOWN}, False, None, DOWN, ["public_orders"]),
        ({"own_orders": DOWN}, True, None, DOWN, ["own_orders"]),
        (
            {"public_orders": REFUSED, "own_records": DOWN},
            False,
            None,
            REFUSED,
            ["public_orders", *ASKED_OWN],
        ),
    ],
    ids=[
        "who shows it",
        "who leads in private",
        "refused for good",
        "refused to this key",
        "no such leader",
        "half refused",
        "refused for the moment",
        "no answer",
        "no answer about our own",
        "refused, and no answer about our own",
    ],
)
async def test_the_best_lists_there_are(
    failing: dict[str, Exception],
    is_private: bool,
    view: str | None,
    failure: Exception | None,
    asked: list[str],
) -> None:
    exchange = Exchange()
    exchange.failing = failing
    found, why = await lists(exchange).of(ANNA, is_private=is_private)
    assert (found and found.view, why, exchange.asked) == (view, failure, asked)


async def test_the_rows_are_those_of_their_lists() -> None:
    exchange = Exchange()
    exchange.pages = {
        "public_orders": [held("1")],
        "public_records": [closed("2")],
        "own_orders": [held("3")],
        "own_records": [closed("4")],
    }
    for is_private, keys in ((False, ["1", "2"]), (True, ["3", "4"])):
        found, _ = await lists(exchange).of(ANNA, is_private=is_private)
        assert found is not None
        assert [row.subPosId for row in (*found.orders.rows, *found.records.rows)] == keys


async def test_our_own_are_asked_once_for_each_look() -> None:
    exchange = Exchange()
    one = lists(exchange)
    for look in (1, 2):
        one.begin()
        for trader in (ANNA, "BEN"):
            await one.of(trader, is_private=True)
        assert exchange.asked == ASKED_OWN * look
    await one.own()  # of an account that leads itself: never older than its question
    assert exchange.asked == ASKED_OWN * 3
