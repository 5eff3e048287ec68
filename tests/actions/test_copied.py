"""Covers alertd/actions/copied.py."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from alertd.actions.copied import EverCopied, TradersUnproved, nobody_known

A, B = "AA11", "BB22"


def ever(known: Mapping[str, str] | None, **settings: bool | None) -> EverCopied:
    """`settings`: what they say of each."""

    async def remembered() -> Mapping[str, str] | None:
        return known

    async def asked_one(trader: str) -> bool | None:
        return settings[trader]

    return EverCopied(remembered, asked_one)


@pytest.mark.parametrize(
    ("known", "listed", "settings", "wanted"),
    [
        ({}, {}, {}, {}),
        ({}, {A: "a"}, {}, {A: "a"}),
        ({A: "was a"}, {A: "a"}, {}, {A: "a"}),  # nobody asks for whom the list shows
        ({A.lower(): "was a"}, {A: "a"}, {}, {A: "a"}),
        ({A: "a"}, {}, {A: True}, {A: "a"}),
        ({A: "a"}, {}, {A: None}, {A: "a"}),
        ({A: "a"}, {}, {A: False}, {}),
        ({A: "a", B: "b"}, {A: "a"}, {B: True}, {A: "a", B: "b"}),
        (None, {A: "a"}, {}, {A: "a"}),
        (None, {}, {}, {}),
    ],
)
async def test_whom_the_list_leaves_out_is_out_only_by_his_settings(
    known: Mapping[str, str] | None,
    listed: Mapping[str, str],
    settings: dict[str, bool | None],
    wanted: Mapping[str, str],
) -> None:
    assert await ever(known, **settings).all_of(listed) == wanted


async def test_of_whom_nothing_is_known_an_empty_list_proves_nothing_while_positions_are_open() -> None:
    with pytest.raises(TradersUnproved):
        await ever(None).all_of({}, is_certain=False)
    assert await ever({}).all_of({}, is_certain=False) == {}
    assert await ever(None, AA11=True).all_of({}, {A: ""}, is_certain=False) == {A: ""}


async def test_where_nothing_is_remembered_nobody_is_known() -> None:
    assert await nobody_known() == {}
