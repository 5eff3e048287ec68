from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from alertd.alerts.pausing import at_once
from alertd.alerts.timers import Timers
from alertd.domain.alert import Fingerprint
from alertd.domain.events import EventKind
from tests.alerts.nouns import at


def name(subject: str) -> Fingerprint:
    return Fingerprint("main", EventKind.MARGIN_STATE, "r", subject)


def taken(timers: Timers, now: datetime) -> list[Fingerprint]:
    return at_once(timers.take_due(now))


def test_what_is_due_comes_once_and_in_order() -> None:
    timers = Timers()
    for subject, seconds in (("c", 30), ("a", 10), ("b", 20), ("d", 40)):
        timers.set(name(subject), at(seconds))
    assert not timers.is_due(at(9))
    assert taken(timers, at(30)) == [name("a"), name("b"), name("c")]
    assert taken(timers, at(30)) == []
    assert timers.next_due() == at(40)


def test_a_later_time_replaces_an_earlier_one_and_none_removes_it() -> None:
    timers = Timers()
    timers.set(name("a"), at(10))
    timers.set(name("a"), at(50))
    timers.set(name("b"), at(20))
    timers.set(name("b"), None)
    assert (timers.at(name("a")), timers.at(name("b"))) == (at(50), None)
    assert timers.next_due() == at(50)
    assert taken(timers, at(49)) == []
    assert taken(timers, at(50)) == [name("a")]
    assert timers.next_due() is None


def test_fluttering_does_not_fill_the_heap() -> None:
    timers = Timers()
    for second in range(10_000):
        timers.set(name("a"), at(300 + second))
        timers.set(name("a"), None)
    assert len(timers._heap) == 1


_steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 40), st.integers(0, 5)), max_size=60
)


@given(_steps)
def test_it_agrees_with_a_plain_dict(steps: list[tuple[str, int | None, int]]) -> None:
    timers, plain, now = Timers(), dict[Fingerprint, datetime](), 0
    for subject, ahead, passed in steps:
        when = None if ahead is None else at(now + ahead)
        timers.set(name(subject), when)
        plain.pop(name(subject), None)
        if when:
            plain[name(subject)] = when
        now += passed
        assert timers.next_due() == min(plain.values(), default=None)
        due = sorted((when, who) for who, when in plain.items() if when <= at(now))
        assert timers.is_due(at(now)) or not due
        assert taken(timers, at(now)) == [who for _, who in due]
        for _, who in due:
            timers.set(who, at(now + 7))
            plain[who] = at(now + 7)
