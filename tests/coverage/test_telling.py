"""alertd/coverage/telling.py"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from alertd.coverage.outage import Reach
from alertd.coverage.standing import Standing
from alertd.coverage.telling import Teller
from alertd.coverage.urgency import Exposure
from alertd.domain.events import Coverage, CoverageCause, CoverageState
from alertd.domain.maintenance import Excuse
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
        self.reach = Reach(failing=True, gap_s=1.04 / 3)

    def see(self, *standings: Standing) -> list[tuple[str, str, int]]:
        self.now_s += 1
        new = self.teller.news({one.account: one for one in standings}, at(self.now_s), {"okx": self.reach})
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
    house.now_s += 10
    # who is lost later joins, and is named
    assert house.see(lost("a", 3), lost("b", 2), lost("c")) == [("c", "blind", 0), ("a+b+c", "blind", 3)]
    assert house.see(lost("a", 3), lost("b", 3), lost("c", 2)) == []
    assert house.see(up("a"), lost("b", 3), lost("c", 3)) == [("a", "watched", 0), ("b+c", "blind", 3)]
    over = house.see(up("a"), up("b", missed=1), up("c", missed=0))
    assert over == [("b", "watched", 0), ("c", "watched", 0), ("a+b+c", "watched", 0)]
    assert (house.events[-1].account, house.events[-1].subject) == ("", "accounts/okx/connection")
    assert house.events[-1].lasted_s == 16
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


def test_who_still_had_another_trouble_when_all_lost_the_line_is_told_with_them() -> None:
    house = House()
    behind = {"cause": CoverageCause.UNRECONCILED, "state": CoverageState.DEGRADED}
    # all three start so, and two are through a moment before the line is cut
    house.see(*(replace(lost(name), **behind) for name in "abc"))
    house.see(replace(lost("a"), **behind), up("b"), up("c"))
    said = house.see(lost("a"), lost("b"), lost("c"))
    assert ("a+b+c", "blind", 0) in said
    assert house.see(lost("a", 1), lost("b", 1), lost("c", 1)) == [("a+b+c", "blind", 1)]
    house.now_s += 60
    assert house.see(lost("a", 2), lost("b", 2), lost("c", 2)) == [("a+b+c", "blind", 2)]


def test_who_moves_to_those_that_lost_the_line_is_not_back() -> None:
    house = House()
    behind = {"cause": CoverageCause.UNRECONCILED, "state": CoverageState.DEGRADED}
    house.see(*(replace(lost(name), **behind) for name in "abc"))
    house.see(lost("a"), *(replace(lost(name), **behind) for name in "bc"))
    ours = [one for one in house.events if one.cause == CoverageCause.UNRECONCILED and one.accounts]
    assert [one.back for one in ours] == [(), ()]
    assert ours[-1].accounts == ("b", "c")


def test_a_trouble_that_was_told_is_not_told_again_when_the_line_is_lost_too() -> None:
    house = House()
    behind = {"cause": CoverageCause.UNRECONCILED, "state": CoverageState.DEGRADED, "urgency": 2}
    assert house.see(*(replace(lost(name), **behind) for name in "ab"))[-1] == ("a+b", "degraded", 2)
    assert house.see(lost("a", 2), lost("b", 2))[-1] == ("a+b", "blind", 2)
    assert house.events[-1].cause == CoverageCause.UNRECONCILED


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


def test_the_end_of_refused_credentials_waits_until_the_account_is_seen_and_compared() -> None:
    house = House()
    house.see(lost("a", 0, CoverageCause.CREDENTIALS))
    on_the_way = (
        CoverageCause.STARTING, CoverageCause.CONNECTION, CoverageCause.WAITING, CoverageCause.UNRECONCILED,
    )  # fmt: skip
    for cause in on_the_way:
        assert house.see(lost("a", 0, cause)) == []
    assert house.see(up("a")) == [("a", "watched", 0)]


@pytest.mark.parametrize("cause", [CoverageCause.SINK_UNPROVEN, CoverageCause.SINK_DEAD])
def test_what_a_sink_is_told_of_is_not_gathered(cause: CoverageCause) -> None:
    assert [one[0] for one in House().see(lost("a", 0, cause), lost("b", 0, cause))] == ["a", "b"]


def test_what_an_earlier_run_told_goes_on_until_it_is_over() -> None:
    first = House()
    first.see(lost("a", 2), lost("b", 2), lost("c", 2, CoverageCause.CLOCK))
    first.now_s += 10
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
    first.now_s += 10
    first.see(lost("a", 3), lost("b", 2))
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


def away(*names: str, urgency: int = 2, **more: Any) -> list[Standing]:
    """Accounts whose two streams are lost."""
    return [lost(name, urgency, waiting=2, **more) for name in names]


def outage(house: House) -> list[Coverage]:
    return [event for event in house.events if not event.account]


def test_an_outage_says_who_joined_who_is_back_and_of_how_many() -> None:
    house = House()
    house.see(*away("a", "b", "c"), up("d"), replace(up("e"), exchange="toobit"))
    first = outage(house)[-1]
    assert (first.accounts, first.joined, first.back, first.of_accounts) == (("a", "b", "c"), (), (), 4)
    house.now_s += 100
    house.see(*away("a", "b"), up("c"), *away("d"))
    later = outage(house)[-1]
    assert (later.accounts, later.joined, later.back) == (("a", "b", "d"), ("d",), ("c",))
    house.see(up("a"), up("b"), up("c"), up("d"))
    ended = outage(house)[-1]
    assert (ended.state, set(ended.back)) == (CoverageState.WATCHED, {"a", "b", "c", "d"})


def test_while_nobody_can_connect_it_is_unreachable_and_gets_critical() -> None:
    house = House()
    house.see(*away("a", "b", urgency=0))
    house.now_s = 60
    house.see(*away("a", "b"))
    house.now_s = 180
    house.see(*away("a", "b", urgency=3))
    told = [(one.phase, one.urgency, one.seconds_left) for one in outage(house)]
    assert told == [("connecting", 0, None), ("unreachable", 2, None), ("unreachable", 3, None)]
    assert {one.subject for one in outage(house)} == {"accounts/okx/connection"}


def test_while_they_come_back_one_by_one_nobody_is_woken_and_it_is_told_how_long() -> None:
    house = House()
    house.reach = Reach(gap_s=1.04 / 3)
    names = [f"a{number}" for number in range(500)]
    for number in range(len(names)):
        # Both streams of an account are up every 0.7 s.
        house.now_s = round(number * 0.7)
        lasted = 3 if house.now_s >= 180 else 2 if house.now_s >= 60 else 0
        house.see(*(up(name) for name in names[:number]), *away(*names[number:], urgency=lasted))
    told = outage(house)
    assert {one.phase for one in told} == {"connecting"}
    assert max(one.urgency for one in told) == 2
    first = next(one for one in told if one.urgency)
    assert (len(first.accounts), first.of_accounts, first.seconds_left) == (414, 500, 288)
    house.see(*(up(name) for name in names))
    assert (outage(house)[-1].state, len(outage(house)[-1].back)) == (CoverageState.WATCHED, 500)
    assert all(one.urgency == 0 for one in house.events if one.account)


def test_nobody_back_for_a_minute_is_no_queue_any_more() -> None:
    house = House()
    house.reach = Reach(gap_s=1.04 / 3)
    house.see(*away("a", "b"), up("c"))
    for house.now_s in (50, 60, 90, 100, 150, 160, 190, 200):  # another one comes and goes all the time
        house.see(*away("a", "b", urgency=3), away("c")[0] if house.now_s % 20 else up("c"))
    assert [(one.phase, one.urgency) for one in outage(house)][-1] == ("lost", 3)


@pytest.mark.parametrize("phase", ["unreachable", "connecting"])
def test_an_open_alert_among_the_lost_is_critical_in_every_phase(phase: str) -> None:
    house = House()
    house.reach = Reach(failing=phase == "unreachable", gap_s=0.35)
    house.see(*away("a", urgency=0), *away("b", urgency=0))
    house.now_s = 5
    house.see(*away("a", urgency=3, exposure=Exposure(1, alarmed=True)), *away("b", urgency=0))
    told = outage(house)[-1]
    assert (told.phase, told.urgency, told.accounts) == (phase, 3, ("a", "b"))


def test_who_was_in_danger_is_back_and_the_others_are_not_told_once_more() -> None:
    house = House()
    house.see(*away("a", "b", "c", urgency=0))
    house.now_s = 5
    house.see(*away("a", urgency=3, exposure=Exposure(1, alarmed=True)), *away("b", "c", urgency=0))
    house.now_s = 10
    house.see(up("a"), *away("b", "c", urgency=0))  # nothing to be told of them yet
    house.now_s = 60
    house.see(up("a"), *away("b", "c", urgency=2))
    assert [one.urgency for one in outage(house)] == [0, 3, 3, 3]
    house.see(up("a"), up("b"), up("c"))
    assert outage(house)[-1].urgency == 0


def test_what_was_told_of_an_account_is_not_over_because_its_alert_is() -> None:
    house = House()
    house.see(lost("a", 3, exposure=Exposure(1, alarmed=True)))
    assert house.see(lost("a", 0)) == [("a", "blind", 1)]
    assert house.see(lost("a", 2)) == [("a", "blind", 2)]
    assert house.see(up("a")) == [("a", "watched", 0)]


def test_what_was_told_as_critical_stays_so_while_they_come_back() -> None:
    house = House()
    house.see(*away("a", "b", "c"))
    house.now_s = 180
    house.see(*away("a", "b", "c", urgency=3))
    house.reach = Reach(gap_s=0.35)
    house.see(up("a"), *away("b", "c", urgency=3))
    last = outage(house)[-1]
    assert (last.phase, last.urgency) == ("connecting", 3)


def test_a_refused_login_in_an_outage_is_no_return_and_the_end_says_so() -> None:
    house = House()
    house.see(*away("a", "b", "c"))
    refused = lost("c", 0, CoverageCause.CREDENTIALS)
    house.see(*away("a", "b"), refused)
    assert (outage(house)[-1].accounts, outage(house)[-1].back) == (("a", "b"), ())
    house.see(up("a"), up("b"), refused)
    ended = outage(house)[-1]
    assert (ended.accounts, ended.back) == (("a", "b", "c"), ("a", "b"))


def test_the_one_that_lags_is_not_back_when_the_outage_ends() -> None:
    house = House()
    house.see(*away("a", "b", "c"))
    house.see(up("a"), *away("b"), up("c"))
    house.now_s += 60
    house.see(up("a"), *away("b"), up("c"))
    ended = outage(house)[-1]
    assert (ended.state, set(ended.accounts), set(ended.back)) == ("watched", {"a", "b", "c"}, {"a", "c"})


def test_an_account_that_was_taken_away_is_neither_lost_nor_back() -> None:
    house = House()
    house.see(*away("a", "b", "c"))
    house.see(*away("a", "b"))
    assert outage(house)[-1].back == ()
    house.see(up("a"), up("b"))
    assert set(outage(house)[-1].accounts) == {"a", "b"}


def test_after_a_restart_they_have_a_minute_to_come_back() -> None:
    first = House()
    first.see(*away("a", "b"))
    again = House(outage(first)[-1])
    again.reach = Reach(gap_s=0.35)
    again.now_s = 3600
    again.see(*away("a", "b", urgency=0, told_from=at(3600)))
    assert (outage(again)[-1].phase, outage(again)[-1].since) == ("connecting", START)
    again.now_s += 60
    again.see(*away("a", "b", told_from=at(3600)))
    assert outage(again)[-1].phase == "lost"


def test_a_start_does_not_count_how_long_alertd_was_stopped() -> None:
    house = House()
    house.now_s = 3600
    house.see(*away("a", "b", told_from=at(3600)))
    assert outage(house)[-1].since == at(3600)


def test_another_cause_has_no_phase() -> None:
    house = House()
    house.see(*away("a", "b", cause=CoverageCause.CLOCK))
    assert (outage(house)[-1].phase, outage(house)[-1].seconds_left) == ("", None)


def test_planned_maintenance_is_said_for_one_and_for_several_only_if_it_explains_all() -> None:
    planned = Excuse(since=START, until=at(600))
    house = House()
    house.see(up("a"), up("b"))
    house.see(lost("a", 2, excuse=planned), up("b"))
    assert (house.events[-1].planned, house.events[-1].planned_until) == (True, at(600))
    assert house.see(lost("a", 2, excuse=planned), up("b")) == []
    house.see(lost("a", 3), up("b"))
    assert (house.events[-1].urgency, house.events[-1].planned) == (3, False)

    both = House()
    both.see(up("a"), up("b"))
    longer = Excuse(since=START, until=at(900))
    both.see(lost("a", 2, excuse=planned), lost("b", 2, excuse=longer))
    assert both.events[-1].accounts == ("a", "b")
    assert (both.events[-1].planned, both.events[-1].planned_until) == (True, at(900))
    both.now_s += 10
    both.see(lost("a", 2, excuse=planned), lost("b", 3))
    assert (both.events[-1].urgency, both.events[-1].planned, both.events[-1].planned_until) == (
        3,
        False,
        None,
    )
