"""Covers alertd/copied_before.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from alertd.copied_before import copied_before
from alertd.exchanges.okx import relations
from alertd.exchanges.toobit import pools
from alertd.following import leaders_key
from alertd.reconciling import ReconcileDoors
from alertd.relating import relations_key

OKX = relations.Known(traders={"A1": relations.Copied(name="Ann"), "B2": relations.Copied()})
TOOBIT = pools.Known(pools={"77": pools.Pool(name="whale"), "78": pools.Pool()})


class Facts:
    def __init__(self, facts: Mapping[str, str]) -> None:
        self._facts = facts

    async def read_fact(self, key: str) -> str | None:
        return self._facts.get(key)

    async def write_fact(self, key: str, value: str) -> None:
        raise AssertionError((key, value))


def doors(facts: Mapping[str, str]) -> ReconcileDoors:
    nothing: Any = None  # only facts are asked for
    return ReconcileDoors(nothing, nothing, Facts(facts), nothing)


@pytest.mark.parametrize(
    ("exchange", "stored", "wanted"),
    [
        ("okx", {}, None),
        ("okx", {relations_key("main"): relations.Known().encoded()}, None),
        ("okx", {relations_key("main"): OKX.encoded()}, {"A1": "Ann", "B2": ""}),
        ("okx", {relations_key("other"): OKX.encoded()}, None),
        ("toobit", {}, None),
        ("toobit", {leaders_key("main"): TOOBIT.encoded()}, {"77": "whale", "78": ""}),
    ],
)
async def test_it_is_as_the_store_keeps_it(
    exchange: str, stored: Mapping[str, str], wanted: Mapping[str, str] | None
) -> None:
    assert await copied_before(doors(stored), "main", exchange)() == wanted


async def test_without_a_store_nothing_has_to_be_proved_by_it() -> None:
    assert await copied_before(None, "main", "okx")() == {}
