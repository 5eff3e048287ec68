"""Covers alertd/sources/polling.py."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alertd.domain.errors import Disposition, HostBlocked, RequestRefused, RequestUnavailable
from alertd.sources.polling import SLOW_S, Endpoint, PollRecord, refusal_of

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDERS = Endpoint("orders", 5.0, 15.0, essential=True)


def record() -> PollRecord:
    return PollRecord(ORDERS, began_s=100.0)


def refused(wanted: Disposition, code: str = "-1") -> RequestRefused:
    return RequestRefused(code, "no", wanted)


def standing(one: PollRecord, now_s: float) -> tuple[str, str]:
    found = one.standing(now_s)
    return str(found.state), str(found.cause)


def test_an_answer_proves_something_until_its_limit() -> None:
    one = record()
    assert standing(one, 100) == ("blind", "starting")
    assert one.is_missed(100)
    one.answered(AT, 110)
    assert [standing(one, now_s) for now_s in (110, 125)] == [("watched", "")] * 2
    assert not one.is_missed(125)
    assert standing(one, 125.1) == ("blind", "stale")
    assert one.is_missed(125.1)
    assert one.blind_since(AT, 130) is not None


def test_what_cannot_be_read_is_seen_in_part() -> None:
    one = record()
    one.answered(AT, 110, "row 3: isLong is missing")
    assert standing(one, 111) == ("degraded", "unreadable")
    one.answered(AT, 115)
    assert standing(one, 116) == ("watched", "")


@pytest.mark.parametrize(
    ("exc", "cause"),
    [
        (RequestUnavailable("cut"), "connection"),
        (refused(Disposition.RATE), "connection"),
        (refused(Disposition.CLOCK), "clock"),
        (refused(Disposition.CONFIG), "channel_refused"),
        (refused(Disposition.BUG), "channel_refused"),
        (RuntimeError("ours"), "connection"),
    ],
)
def test_one_failure_takes_no_proof_away_that_is_young_and_names_the_cause_later(
    exc: Exception, cause: str
) -> None:
    one = record()
    one.answered(AT, 110)
    one.failed(exc, 115)
    assert standing(one, 115) == ("watched", "")
    assert standing(one, 126) == ("blind", cause)


def test_a_ban_blinds_at_once_and_until_it_is_over() -> None:
    one = record()
    one.answered(AT, 110)
    one.failed(HostBlocked("HTTP 418", "banned", 150.0), 111)
    assert standing(one, 111) == ("blind", "banned")
    assert 150 <= one.wait_s(0.0) <= one.wait_s(1.0) <= 155
    assert standing(one, 270) == ("blind", "banned")  # the limit has passed, and nothing was asked yet


def test_it_is_asked_at_its_interval_and_after_failures_ever_later() -> None:
    one = record()
    one.answered(AT, 110)
    assert [one.wait_s(chance) for chance in (0.0, 0.5, 1.0)] == [4.5, 5.0, 5.5]
    waits = []
    for at_s in range(20):
        one.failed(RequestUnavailable("cut"), 115.0 + at_s)
        waits.append(one.wait_s(0.5))
    assert 0.5 <= waits[0] <= 1
    assert 30 <= max(waits) <= 60
    one.answered(AT, 400)
    one.failed(RequestUnavailable("cut"), 405)
    assert one.wait_s(0.5) <= 1


def test_what_only_a_person_can_mend_is_asked_seldom() -> None:
    one = record()
    one.failed(refused(Disposition.CONFIG), 110)
    assert one.wait_s(0.0) == SLOW_S


def test_only_refused_credentials_end_an_account() -> None:
    ended = [wanted for wanted in Disposition if refusal_of(refused(wanted)) is not None]
    assert ended == [Disposition.CREDENTIALS]
