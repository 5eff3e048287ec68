"""Covers alertd/exchanges/okx/relations.py"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.events import CopyChange, CopyParty, CopyRelation, Source
from alertd.exchanges.okx import answer_rows, wire
from alertd.exchanges.okx.observed import Answered, Observed
from alertd.exchanges.okx.relations import (
    Compared,
    Known,
    compare_followers,
    compare_traders,
    copies_nobody,
    known_of,
)

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SEEN = Observed("main", "copying", "90210", AT, b"{}", asked_at=AT)
NOBODY: frozenset[str] = frozenset()
ANNA, BEN = "25CD5A80241D6FE6", "123456789012345678"  # the longer one is all digits


def trader(code: str = ANNA, **texts: Any) -> answer_rows.LeadTraderRow:
    usual = {
        "nickName": "anna",
        "copyTotalAmt": "500",
        "ccy": "USDT",
        "profitSharingRatio": "0.1",
        "leadMode": "public",
        "beginCopyTime": "1701224821936",
    }
    return answer_rows.LeadTraderRow(uniqueCode=code, **{**usual, **texts})


def answer(
    *rows: answer_rows.LeadTraderRow, bad: tuple[wire.BadRow, ...] = ()
) -> Answered[answer_rows.LeadTraderRow]:
    return Answered(rows, bad, AT, b"{}")


def known(*rows: answer_rows.LeadTraderRow) -> Known:
    return compare_traders(answer(*rows), Known(), NOBODY, SEEN).known


def compared(before: Known, *rows: answer_rows.LeadTraderRow, missing: frozenset[str] = NOBODY) -> Compared:
    return compare_traders(answer(*rows), before, missing, SEEN)


def test_what_is_known_for_the_first_time_is_nobodys_news() -> None:
    first = compared(Known(), trader(), trader(BEN))
    assert first.events == ()
    assert known_of(first.known.encoded()) == first.known
    assert compared(first.known, trader(), trader(BEN)) == Compared([], first.known, unreadable=[])


def test_who_is_copied_after_nobody_was_has_appeared() -> None:
    said = compared(copies_nobody(Known()), trader())
    [event] = said.events
    assert event == CopyRelation(
        event_id="okx:copying:trader/25CD5A80241D6FE6:appeared:1:r1795262400000",
        exchange="okx",
        account="main",
        received_at=AT,
        source=Source.RECONCILE,
        uid="90210",
        margin_currency="USDT",
        change=CopyChange.APPEARED,
        trader=ANNA,
        trader_name="anna",
        copy_amount=Decimal(500),
        profit_sharing_ratio=Decimal("0.1"),
        lead_mode="public",
        began_at=datetime(2023, 11, 29, 2, 27, 1, 936000, tzinfo=UTC),
        revision=1,
    )
    assert event.subject == f"trader/{ANNA}"


@pytest.mark.parametrize(
    ("texts", "changed"),
    [
        ({"copyTotalAmt": "800"}, ("copy_amount",)),
        ({"copyTotalAmt": ""}, ("copy_amount",)),
        ({"profitSharingRatio": "0.2", "leadMode": "private"}, ("profit_sharing_ratio", "lead_mode")),
        ({"beginCopyTime": "1701224829999"}, ("began_at",)),
        ({"copyTotalAmt": "500.00"}, ()),
        ({"nickName": "Anna II"}, ()),
    ],
)
def test_a_setting_that_differs_is_told_with_what_it_was(
    texts: dict[str, str], changed: tuple[str, ...]
) -> None:
    said = compared(known(trader()), trader(**texts))
    assert [event.changed for event in said.events] == ([changed] if changed else [])
    for event in said.events:
        assert (event.change, event.copy_amount_before) == (CopyChange.CHANGED, Decimal(500))
    assert compared(said.known, trader(**texts)).events == []


def test_the_same_change_again_is_another_fact() -> None:
    less, more = trader(), trader(copyTotalAmt="800")
    state, revisions = known(less), []
    for row in (more, less, more):
        said = compared(state, row)
        revisions += [event.revision for event in said.events]
        state = said.known
    assert revisions == [1, 2, 3]


def test_who_is_not_named_has_left_once_another_answer_says_so() -> None:
    once = compared(known(trader(), trader(BEN)), trader(BEN))
    assert (once.events, once.missing) == ([], {ANNA})
    twice = compared(once.known, trader(BEN), missing=once.missing)
    [event] = twice.events
    assert (event.change, event.trader, event.copy_amount) == (CopyChange.LEFT, ANNA, Decimal(500))
    assert list(twice.known.traders or ()) == [BEN]
    assert twice.missing == NOBODY


def test_one_answer_without_them_is_forgotten_when_the_next_names_them() -> None:
    once = compared(known(trader()))
    again = compared(once.known, trader(), missing=once.missing)
    assert (again.events, again.missing) == ([], NOBODY)
    assert compared(again.known, missing=again.missing).events == []


@pytest.mark.parametrize(
    "row",
    [
        trader(copyTotalAmt="much"),
        trader(""),
        trader("x" * 200),
        trader(leadMode="x" * 200),
        trader(beginCopyTime="5"),
    ],
    ids=["amount", "no code", "long code", "long mode", "time"],
)
def test_while_a_row_cannot_be_read_nobody_has_left_and_nothing_is_a_first_sight(
    row: answer_rows.LeadTraderRow,
) -> None:
    before = known(trader(), trader(BEN))
    said = compared(before, row, trader(BEN, copyTotalAmt="1"), missing=frozenset({ANNA}))
    assert [event.trader for event in said.events] == [BEN]  # it costs no neighbour
    assert (said.missing, len(said.unreadable)) == (NOBODY, 1)
    assert set(said.known.traders or ()) == {ANNA, BEN}
    assert compared(Known(), row).known == Known()
    bad = compare_traders(answer(bad=(wire.BadRow(b"{}", "no object"),)), before, frozenset({ANNA}), SEEN)
    assert (bad.events, bad.unreadable) == ([], ["copied trader: no object"])


def counts(text: str, role: str = "1", inst_type: str = "SWAP") -> Answered[answer_rows.CopyConfigRow]:
    detail = answer_rows.CopyRoleRow(instType=inst_type, roleType=role, copyTraderNum=text)
    spot = answer_rows.CopyRoleRow(instType="SPOT", roleType="0")
    return Answered([answer_rows.CopyConfigRow(uniqueCode="ME", details=[spot, detail])], (), AT, b"{}")


def test_another_number_of_followers() -> None:
    first = compare_followers(counts("7"), Known(), SEEN)
    assert (first.events, first.known.followers) == ((), 7)
    [more] = compare_followers(counts("9"), first.known, SEEN).events
    [fewer] = compare_followers(counts("6"), first.known, SEEN).events
    assert (more.change, more.followers_before, more.followers) == (CopyChange.APPEARED, 7, 9)
    assert (fewer.change, fewer.subject, fewer.trader) == (CopyChange.LEFT, "followers", "ME")
    assert more.party is CopyParty.FOLLOWERS


@pytest.mark.parametrize("given_", [counts(""), counts("many"), counts("7", inst_type="SPOT")])
def test_no_number_of_followers_changes_nothing(given_: Answered[answer_rows.CopyConfigRow]) -> None:
    assert compare_followers(given_, Known(followers=3), SEEN)[:2] == ((), Known(followers=3))


def test_what_another_version_stored_counts_as_unknown() -> None:
    assert known_of('{"traders": 5}') == known_of(None) == Known()


CODES = st.sampled_from(["A", "B", "C"])
ANSWERS = st.lists(st.dictionaries(CODES, st.sampled_from(["1", "2"])), min_size=1, max_size=8)


@given(ANSWERS)
def test_what_was_told_adds_up_to_what_is_known(answers: list[dict[str, str]]) -> None:
    """Who follows the events alone knows whom the account copies, save who is missing for the first time."""
    state, missing = copies_nobody(Known()), NOBODY
    followed: dict[str, Decimal | None] = {}
    for one in answers:
        rows = [trader(code, copyTotalAmt=amount) for code, amount in one.items()]
        said = compared(state, *rows, missing=missing)
        state, missing = said.known, said.missing
        for event in said.events:
            assert event.trader is not None
            if event.change is CopyChange.LEFT:
                del followed[event.trader]
            else:
                assert (event.trader in followed) == (event.change is CopyChange.CHANGED)
                followed[event.trader] = event.copy_amount
    assert followed == {code: copied.copy_amount for code, copied in (state.traders or {}).items()}
    assert followed.keys() - missing == answers[-1].keys()
