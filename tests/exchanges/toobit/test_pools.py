"""Covers alertd/exchanges/toobit/pools.py."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given

from alertd.domain.events import CopyRelation, LeaderState
from alertd.exchanges.toobit import decode
from alertd.exchanges.toobit.models import FollowedLeader, Rows
from alertd.exchanges.toobit.pools import Compared, Known, compare, known_of
from alertd.exchanges.toobit.wire import BadRow
from tests.exchanges.toobit.documented import FOLLOWED_LEADER, raw, with_holes
from tests.exchanges.toobit.test_copies import polled


def leader(leader_id: str = "77", equity: int = 500, won: int = 0, **more: Any) -> FollowedLeader:
    fields: dict[str, Any] = {
        "leader_name": "whale",
        "equity_usdt": Decimal(equity),
        "available_usdt": None,
        "unrealised_usdt": Decimal(0),
        "realised_usdt": Decimal(won),
        "withheld_usdt": None,
        "settled_usdt": None,
        "net_profit_usdt": None,
    }
    return FollowedLeader(leader_id=leader_id, **(fields | more))


def after(*answers: Rows[FollowedLeader], known: Known | None = None) -> Compared:
    compared = Compared((), known or Known())
    for at_s, rows in enumerate(answers):
        compared = compare(rows, compared.known, compared.missing, polled(10.0 * at_s))
    return compared


def changes(compared: Compared) -> list[tuple[str, str | None, int]]:
    return [
        (str(event.change), event.trader, event.revision)
        for event in compared.events
        if isinstance(event, CopyRelation)
    ]


def states(compared: Compared) -> list[LeaderState]:
    return [event for event in compared.events if isinstance(event, LeaderState)]


def test_what_is_known_first_is_nobodys_news_and_who_comes_is() -> None:
    assert changes(after(Rows([leader()]))) == []
    assert changes(after(Rows([leader()]), Rows([leader(), leader("88")]))) == [("appeared", "88", 1)]


def test_who_is_lacking_twice_is_gone_once() -> None:
    gone = after(Rows([leader()]), Rows([]), Rows([]))
    assert changes(gone) == [("left", "77", 1)]
    assert [state.followed for state in states(gone)] == [False]
    assert changes(after(Rows([]), Rows([]), known=gone.known)) == []
    assert changes(after(Rows([leader()]), Rows([]), Rows([leader()]), Rows([]))) == []


def test_where_not_all_can_be_read_nobody_is_gone() -> None:
    for rows in (Rows[FollowedLeader]([], [BadRow(b"{}", "?")]), Rows[FollowedLeader]([], (), True)):
        assert changes(after(Rows([leader()]), rows, rows, rows)) == []


def test_a_unit_falls_by_what_is_lost_and_not_by_what_is_taken_out() -> None:
    [lost] = states(after(Rows([leader(equity=500)]), Rows([leader(equity=400, won=-100)])))
    assert (lost.unit_value, lost.equity, lost.is_certain) == (Decimal("0.8"), Decimal(400), True)
    [taken] = states(after(Rows([leader(equity=500)]), Rows([leader(equity=400)])))
    assert taken.unit_value == 1
    both = after(Rows([leader(500)]), Rows([leader(equity=1000)]), Rows([leader(equity=900, won=-100)]))
    assert states(both)[0].unit_value == Decimal("0.9")


def test_what_is_known_survives_the_store() -> None:
    known = after(Rows([leader()]), Rows([leader(equity=400, won=-100)])).known
    assert known_of(known.encoded()) == known
    assert known_of(None) == known_of("of another version") == Known()
    assert not known_of(known.encoded()).is_news_to(known)
    assert known.is_news_to(None)


@given(with_holes(FOLLOWED_LEADER, {"leaderUserId"}))
def test_holes_in_a_row_change_no_relation(row: dict[str, Any]) -> None:
    """Whatever fields come and go: who is copied is copied, and a unit is worth what it was."""
    answers = [decode.followed_leaders(raw([one])) for one in (FOLLOWED_LEADER, row, FOLLOWED_LEADER)]
    seen = after(*answers)
    assert changes(seen) == []
    assert [state.followed for state in states(seen)] == [True]
    assert states(seen)[0].unit_value == states(after(answers[0]))[0].unit_value
