"""alertd/outbox/merging.py"""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alertd.domain.notification import Delivery, DeliveryState, Waiting
from alertd.outbox.merging import CRITICAL_PATIENCE_S, Allowance, bundles, in_order
from tests.alerts.nouns import CRITICAL, WARNING, alert_of, margin
from tests.store.samples import NOW, told

_numbers = count(1)
UNPACED = 10**9


def due(n: int = 1, *, account: str = "main", critical: bool = False, **more: Any) -> list[Waiting]:
    values = {"account": account, "is_critical": critical, "batched": False, **more}
    return [Waiting(delivery_id=next(_numbers), **values) for _ in range(n)]


def may(**values: Any) -> Allowance:
    """By default: a sink of 20 a minute that has a token for a critical one, and a slot for more."""
    usual = {"messages": 8, "criticals": 1, "others": 0, "per_s": 1 / 3, "names_at_most": 45, "shown": 256}
    return Allowance(**(usual | values))


def free(**values: Any) -> Allowance:
    """An unpaced sink."""
    return may(**({"criticals": UNPACED, "others": UNPACED, "per_s": 0.0} | values))


def sizes(waiting: list[Waiting], allowance: Allowance) -> list[int]:
    return [len(bundle) for bundle in bundles(waiting, allowance)]


def test_without_a_pace_each_leaves_by_itself_as_far_as_there_are_slots() -> None:
    assert sizes([*due(3, critical=True), *due(9)], free()) == [1] * 8
    assert sizes(due(200, critical=True), free(messages=3)) == [1] * 3


def test_what_is_batched_and_due_together_leaves_in_one_message() -> None:
    rows = [*due(), *due(3, batched=True), *due(), *due(2, batched=True, account="other")]
    assert [[one.batched for one in bundle] for bundle in bundles(rows, free())] == [
        [False],
        [True] * 5,
        [False],
    ]


def test_a_digest_names_all_of_its_members() -> None:
    assert sizes(due(100, batched=True), free()) == [45, 45, 10]
    assert sizes(due(9, batched=True), free(names_at_most=1)) == [1] * 8  # a sink that knows no digests


def test_a_digest_with_something_critical_takes_the_others_along() -> None:
    rows = [*due(2, critical=True, batched=True), *due(2, batched=True), *due()]
    assert sizes(rows, free()) == [4, 1]
    assert sizes([*due(2, critical=True, batched=True), *due(60, batched=True)], free()) == [45, 17]
    assert sizes([*due(1, critical=True), *due(2, batched=True)], free()) == [1, 2]


@pytest.mark.parametrize(
    ("criticals", "tokens", "left"),
    [
        (1, 1, [1]),
        (4, 1, [1]),  # the last one waits 9 s
        (5, 1, [5]),  # it would wait 12
        (8, 5, [1] * 5),
        (9, 5, [9]),
        (150, 1, [45]),
        (150, 3, [45, 45, 45]),
    ],
)
def test_critical_ones_that_would_wait_too_long_share_a_message(
    criticals: int, tokens: int, left: list[int]
) -> None:
    assert sizes(due(criticals, critical=True), may(criticals=tokens)) == left


def test_they_share_it_with_their_account_and_with_all_only_where_that_is_not_enough() -> None:
    three = [one for n in range(12) for one in due(account=f"account{n % 3}", critical=True)]
    assert [{one.account for one in bundle} for bundle in bundles(three, may(criticals=2))] == [
        {"account0"},
        {"account1"},
    ]
    many = [one for n in range(20) for one in due(account=f"account{n}", critical=True)]
    assert sizes(many, may()) == [20]


def test_others_that_would_wait_share_a_message_and_leave_the_critical_ones_their_share() -> None:
    assert sizes(due(3), may(criticals=4, others=3)) == [1, 1, 1]
    assert sizes(due(4), may(criticals=4, others=3)) == [4]
    assert sizes(due(37), may(criticals=2, others=1)) == [37]
    assert sizes(due(37), may(criticals=1, others=0)) == []
    # Each critical one that leaves takes from both.
    assert sizes([*due(2, critical=True), *due(3)], may(criticals=4, others=3)) == [1, 1, 3]


def test_nothing_else_leaves_while_critical_ones_wait() -> None:
    rows = [*due(3, critical=True), *due(5)]
    assert [one.is_critical for bundle in bundles(rows, may(criticals=2, others=1)) for one in bundle] == [
        True,
        True,
    ]


@pytest.mark.parametrize(("unknowns", "left"), [(3, [4]), (4, [3, 1])])
def test_what_got_no_answer_too_often_with_others_leaves_alone(unknowns: int, left: list[int]) -> None:
    rows = [*due(2, batched=True), *due(batched=True, unknowns=unknowns), *due(batched=True)]
    assert sizes(rows, free()) == left


def test_what_is_whole_or_was_refused_with_others_leaves_alone() -> None:
    report = due(is_whole=True, batched=True)
    (refused,) = due(batched=True)
    rows = [*due(2, batched=True), *report, refused, *due(2, batched=True)]
    assert sizes(rows, free(alone={refused.delivery_id})) == [4, 1, 1]
    assert sizes([*due(30), *report, *due(30)], may(criticals=3, others=3)) == [45, 1, 15]


ROWS = st.lists(
    st.builds(
        lambda account, critical, batched, whole: due(
            account=account, critical=critical, batched=batched, is_whole=whole
        )[0],
        st.sampled_from("abc"),
        st.booleans(),
        st.booleans(),
        st.sampled_from([False] * 9 + [True]),
    ),
    max_size=120,
).map(lambda rows: sorted(rows, key=lambda one: not one.is_critical))
ALLOWANCES = st.builds(
    lambda messages, tokens, reserved, per_s, names: may(
        messages=messages,
        criticals=tokens if per_s else UNPACED,
        others=max(0, tokens - reserved) if per_s else UNPACED,
        per_s=per_s,
        names_at_most=names,
    ),
    st.integers(0, 20),
    st.integers(0, 12),
    st.integers(0, 3),
    st.sampled_from([0.0, 1 / 60, 1 / 3, 1.0, 20.0]),
    st.integers(1, 60),
)


@given(ROWS, ALLOWANCES)
def test_no_promise_is_broken(rows: list[Waiting], allowance: Allowance) -> None:
    left = bundles(rows, allowance)
    members = [one.delivery_id for bundle in left for one in bundle]
    assert len(members) == len(set(members))
    assert set(members) <= {one.delivery_id for one in rows}
    assert all(0 < len(bundle) <= allowance.names_at_most for bundle in left)
    assert all(len(bundle) == 1 for bundle in left if any(one.is_whole for one in bundle))
    # Neither slots nor pace are exceeded, and the share of the critical ones is left.
    calm = [bundle for bundle in left if not any(one.is_critical for one in bundle)]
    assert len(left) <= min(allowance.messages, allowance.criticals)
    assert not calm or len(left) <= allowance.others
    # Strictly first: others only where no critical one stays behind.
    stays = {one.delivery_id for one in rows if one.is_critical} - set(members)
    assert not (stays and calm)
    assert not (stays and len(left) < min(allowance.messages, allowance.criticals))


@given(
    st.integers(0, 250),
    st.integers(0, 40),
    st.integers(1, 30),
    st.integers(0, 7),
    st.sampled_from([0.0, 1 / 60, 1 / 3, 1.0, 20.0]),
)
def test_where_it_is_no_crowd_the_first_few_show_all_that_leaves(
    criticals: int, others: int, tokens: int, reserved: int, per_s: float
) -> None:
    """The store shows no more than can leave, unless it counts a crowd: nothing else may come of that."""
    granted = max(0, tokens - reserved)
    allowance = may(criticals=tokens, others=granted, per_s=per_s, names_at_most=200, messages=64)
    rows, calm = due(criticals, critical=True), due(others)
    left = bundles([*rows, *calm], allowance)
    is_shared = any(len(bundle) > 1 for bundle in left)
    crowd = allowance.crowd
    if crowd is not None and (criticals > crowd.criticals or criticals + others > crowd.others):
        return
    assert not is_shared
    first = [*rows[:tokens], *calm[: min(granted, tokens - len(rows[:tokens]))]]
    assert bundles(first, allowance) == left


@pytest.mark.parametrize(
    ("per_s", "waiting", "names"),
    [
        *((per_s, waiting, 200) for per_s in (1 / 3, 1.0, 4.9) for waiting in (255, 256)),
        *((per_s, 255, 16) for per_s in (5.0, 20.0)),
        *((per_s, 256, 64) for per_s in (5.0, 20.0)),  # there may be any number more
    ],
)
def test_a_quick_sink_gets_shorter_messages_of_critical_ones(per_s: float, waiting: int, names: int) -> None:
    assert sizes(due(waiting, critical=True), may(per_s=per_s, names_at_most=200)) == [names]
    assert sizes(due(waiting, critical=True), may(per_s=per_s, names_at_most=12)) == [12]


def test_what_is_not_critical_is_named_in_long_ones_there_too() -> None:
    assert sizes(due(256), may(per_s=20.0, names_at_most=200, others=8)) == [200, 56]


@given(st.integers(1, 150), st.integers(1, 12), st.integers(30, 60), st.sampled_from([1 / 3, 5 / 6]))
def test_at_a_messengers_pace_no_critical_one_waits_long(
    criticals: int, tokens: int, names: int, per_s: float
) -> None:
    """A market falls: 150 at once, and the rounds of messages that name them all fit into half a minute."""
    waiting, allowance = (
        due(criticals, critical=True),
        may(criticals=tokens, per_s=per_s, names_at_most=names),
    )
    rounds_s = 0.0
    while waiting:
        gone = {one.delivery_id for bundle in bundles(waiting, allowance) for one in bundle}
        waiting = [one for one in waiting if one.delivery_id not in gone]
        allowance = may(criticals=1, per_s=per_s, names_at_most=names)
        rounds_s += 1 / per_s if waiting else 0.0
    assert rounds_s <= 30.0


def test_a_message_names_the_worst_first_then_the_least_time_left() -> None:
    alerts = [
        alert_of(margin(minutes_to_liquidation=minutes), severity=severity)
        for severity, minutes in (
            [
                (WARNING, Decimal(1)),
                (CRITICAL, Decimal("9.5")),
                (CRITICAL, None),
                (CRITICAL, Decimal(2)),
            ]
        )
    ]
    deliveries = [
        Delivery(
            delivery_id=n,
            notification=told(alert),
            sink="phone",
            state=DeliveryState.SENDING,
            created_at=NOW,
            next_attempt_at=NOW,
        )
        for n, alert in enumerate(alerts)
    ]
    assert [one.delivery_id for one in in_order(deliveries)] == [3, 1, 2, 0]


def test_patience_is_what_people_were_promised() -> None:
    assert CRITICAL_PATIENCE_S == 10.0


# --- a sink that fails ---------------------------------------------------------------------------------

TRIED = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=12)


def probe(**values: Any) -> Allowance:
    return free(**({"messages": 1, "is_probe": True} | values))


def tried(*those: tuple[bool, int]) -> list[Waiting]:
    """Critical or not, and how often it was tried."""
    return [one for critical, attempts in those for one in due(critical=critical, attempts=attempts)]


@pytest.mark.parametrize(
    ("those", "first"),
    [
        ([(True, 3), (True, 2), (False, 2), (False, 3)], 1),
        ([(True, 3), (True, 3), (False, 2), (False, 2)], 2),
        ([(True, 9), (False, 9)], 0),
        ([(False, 0)], 0),
    ],
)
def test_a_sink_that_fails_is_tried_with_what_was_tried_least(
    those: list[tuple[bool, int]], first: int
) -> None:
    rows = tried(*those)
    assert bundles(rows, probe()) == [[rows[first]]]
    assert bundles(rows, probe(messages=0)) == []


def test_a_probe_keeps_to_the_pace_and_is_one_delivery_however_many_may_share_a_message() -> None:
    rows = tried((True, 3), (False, 0))
    assert bundles(rows, probe(others=0)) == [[rows[0]]]
    assert bundles(rows[1:], probe(others=0)) == []
    assert bundles(rows, probe(criticals=0, others=0)) == []
    assert sizes(due(9, critical=True, batched=True), probe(per_s=1 / 60, criticals=1)) == [1]


@given(TRIED, st.data())
def test_whatever_it_fails_at_the_others_get_their_turn(
    those: list[tuple[bool, int]], data: st.DataObject
) -> None:
    rows = tried(*those)
    good = data.draw(st.sampled_from(rows))
    turns = sum(max(0, good.attempts - one.attempts + 1) for one in rows)
    for _ in range(turns):
        [[asked]] = bundles(rows, probe())
        if asked is good:
            return
        # It stays due, and is the last of its urgency to be so.
        rows.remove(asked)
        rows.append(replace(asked, attempts=asked.attempts + 1))
        rows.sort(key=lambda one: not one.is_critical)
    pytest.fail("it was never tried")
