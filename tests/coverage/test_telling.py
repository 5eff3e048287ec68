"""alertd/coverage/telling.py"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from alertd.coverage.telling import Standing, Teller
from alertd.domain.events import Coverage, CoverageCause, CoverageState
from tests.coverage.evidence import START, at

UP = {"state": CoverageState.WATCHED, "cause": None}
CONNECTION, STALE = CoverageCause.CONNECTION, CoverageCause.STALE


def lost(account: str, urgency: int = 0, cause: CoverageCause = CONNECTION, **more: Any) -> Standing:
    return Standing(
        account=account,
        exchange="okx",
        state=CoverageState.BLIND,
        cause=cause,
        causes=(cause,),
        since=START,
        urgency=urgency,
        **more,
    )


def up(account: str, **more: Any) -> Standing:
    return Standing(account=account, exchange="okx", **more)


class House:
    """A teller; `see` gives what is new: (account or accounts, state, urgency)."""

    def __init__(self, *told: Coverage) -> None:
        self.teller = Teller(told)
        self.now_s = 0
        self.events: list[Coverage] = []

    def see(self, *standings: Standing) -> list[tuple[str, str, int]]:
        self.now_s += 1
        new = self.teller.news({one.account: one for one in standings}, at(self.now_s))
        self.events += new
        return [("+".join(one.accounts) or one.account, str(one.state), one.urgency) for one in new]


def test_one_account_is_told_by_itself() -> None:
    house = House()
    assert house.see(up("a"), up("b")) == [("a", "watched", 0), ("b", "watched", 0)]
    assert house.see(lost("a"), up("b")) == [("a", "blind", 0)]
    assert house.see(lost("a"), up("b")) == []
    assert house.see(lost("a", 2), up("b")) == [("a", "blind", 2)]
    assert house.see(lost("a", 3), up("b")) == [("a", "blind", 3)]
    assert house.see(up("a", lasted_s=200, missed=2), up("b")) == [("a", "watched", 0)]
    assert (house.events[-1].lasted_s, house.events[-1].missed) == (200, 2)
    assert {event.subject for event in house.events} == {"account"}


def test_one_cause_over_several_accounts_is_one_alert_with_a_list() -> None:
    house = House()
    house.see(lost("a"), lost("b"), up("c"))
    assert house.see(lost("a", 2), lost("b"), up("c")) == [("a+b", "blind", 2)]
    # who is lost later joins, and is named
    assert house.see(lost("a", 3), lost("b", 2), lost("c")) == [("c", "blind", 0), ("a+b+c", "blind", 3)]
    assert house.see(lost("a", 3), lost("b", 3), lost("c", 2)) == []
    assert house.see(up("a"), lost("b", 3), lost("c", 3)) == [("a", "watched", 0), ("b+c", "blind", 3)]
    over = house.see(up("a"), up("b", missed=1), up("c", missed=0))
    assert over == [("b", "watched", 0), ("c", "watched", 0), ("a+b+c", "watched", 0)]
    assert (house.events[-1].account, house.events[-1].subject) == ("", "accounts/okx/connection")
    assert house.events[-1].lasted_s == 6
    assert house.events[-1].missed is None  # of one of them nothing was compared
    assert house.see(up("a"), up("b"), up("c")) == [("b", "watched", 0), ("c", "watched", 0)]


def test_who_joins_late_is_told_anew() -> None:
    house = House()
    house.see(lost("a", 2), lost("b", 2), up("c"))
    house.now_s += 100
    house.see(lost("a", 3), lost("b", 3), lost("c"))
    house.now_s += 60
    assert house.see(lost("a", 3), lost("b", 3), lost("c", 2)) == [("a+b+c", "blind", 3)]
    assert house.events[-1].wave == 2


def test_the_last_one_of_them_is_told_by_itself_in_the_end() -> None:
    house = House()
    house.see(lost("a", 2), lost("b", 2))
    house.see(lost("a", 3), up("b"))
    house.now_s += 60
    assert house.see(lost("a", 3), up("b")) == [("a", "blind", 3), ("a+b", "watched", 0)]


def test_a_line_that_is_silent_or_cut_is_one_trouble_and_other_causes_are_not() -> None:
    house = House()
    said = house.see(lost("a", 2), lost("b", 2, STALE), lost("c", 2, CoverageCause.CLOCK))
    assert [one for one in said if one[2]] == [("c", "blind", 2), ("a+b", "blind", 2)]


def test_two_exchanges_are_told_apart() -> None:
    said = House().see(lost("a", 2), replace(lost("b", 2), exchange="toobit"))
    assert said == [("a", "blind", 2), ("b", "blind", 2)]


def test_who_was_told_alone_stays_alone() -> None:
    house = House()
    house.see(lost("a", 2), up("b"), up("c"))
    said = house.see(lost("a", 3), lost("b", 2), lost("c", 2))
    assert said == [("a", "blind", 3), ("b", "blind", 0), ("c", "blind", 0), ("b+c", "blind", 2)]


def test_another_cause_on_the_way_back_makes_no_second_alert() -> None:
    house = House()
    house.see(lost("a", 2), lost("b", 2))
    said = house.see(lost("a", 2, CoverageCause.WAITING), lost("b", 2))
    assert [one for one in said if one[2]] == []
    assert house.see(up("a"), up("b"))[-1] == ("a+b", "watched", 0)


def test_refused_credentials_leave_the_list_and_are_told_by_their_own_rule() -> None:
    house = House()
    house.see(lost("a", 2), lost("b", 2))
    said = house.see(lost("a", 0, CoverageCause.CREDENTIALS), lost("b", 2))
    assert said == [("a", "blind", 0), ("b", "blind", 2)]
    assert house.events[-2].cause == "credentials"
    assert house.events[-1].accounts == ("b",)


def test_refused_credentials_that_are_tried_again_are_told_again_only_if_that_changes_something() -> None:
    refused, trying = lost("a", 0, CoverageCause.CREDENTIALS), lost("a", 0, CoverageCause.STARTING)
    house = House()
    assert house.see(refused) == [("a", "blind", 0)]
    assert house.see(trying) == []
    assert house.see(refused) == []
    again = House(house.events[0])  # also over a restart
    assert again.see(trying) == []
    assert again.see(refused) == []
    assert again.see(up("a")) == [("a", "watched", 0)]


@pytest.mark.parametrize("cause", [CoverageCause.SINK_UNPROVEN, CoverageCause.SINK_DEAD])
def test_what_a_sink_is_told_of_is_not_gathered(cause: CoverageCause) -> None:
    assert [one[0] for one in House().see(lost("a", 0, cause), lost("b", 0, cause))] == ["a", "b"]


def test_what_an_earlier_run_told_goes_on_until_it_is_over() -> None:
    first = House()
    first.see(lost("a", 3), lost("b", 2), lost("c", 2, CoverageCause.CLOCK))
    told = [event for event in first.events if event.urgency]
    again = House(*told)
    said = again.see(*(lost(name, 0, CoverageCause.STARTING) for name in "abc"))
    assert ("a+b", "blind", 3) in said
    assert ("c", "blind", 2) in said
    assert again.events[-1].since == START
    assert again.see(up("a"), up("b"), up("c"))[-1] == ("a+b", "watched", 0)


def test_a_list_of_one_that_an_earlier_run_left_is_ended_and_the_one_told_by_itself() -> None:
    first = House()
    first.see(lost("a", 2), lost("b", 2))
    first.see(lost("a", 3), up("b"))
    again = House(first.events[-1])
    assert again.see(lost("a", 0), up("b")) == [("a", "blind", 3), ("b", "watched", 0), ("a", "watched", 0)]
    assert again.events[-1].subject == first.events[-1].subject
    assert again.see(lost("a", 0), up("b")) == []


def test_an_account_that_was_taken_away_is_in_no_list() -> None:
    house = House()
    house.see(lost("a", 2), lost("b", 2), lost("c", 2))
    assert house.see(lost("a", 2), lost("b", 2)) == [("a+b", "blind", 2)]


def test_every_event_has_a_name_of_its_own() -> None:
    house = House()
    house.see(lost("a", 2), lost("b", 2))
    house.see(lost("a", 3), lost("b", 3))
    house.see(up("a"), up("b"))
    assert len({event.event_id for event in house.events}) == len(house.events)
