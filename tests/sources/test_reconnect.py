from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from alertd.domain.errors import AlertdError, ClockRefused, ConnectionLost, LoginRefused, StreamStale
from alertd.sources.reconnect import SLOW_S, LoginHistory, ReconnectDelays
from alertd.sources.timing import SessionCodes

LOST = ConnectionLost("gone", 4004)
BLAMED = ConnectionLost("bad request", 4002, retry_slowly=True)


def series() -> Iterator[float]:
    return map(float, count())


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ([(LOST, 0.0)] * 3, [0.0, 1.0, 2.0]),
        ([(LOST, 59.0)] * 3, [0.0, 1.0, 2.0]),
        ([(LOST, 0.0), (LOST, 0.0), (StreamStale("silent"), 60.0), (LOST, 0.0)], [0.0, 1.0, 0.0, 1.0]),
        ([(ClockRefused("60006", ""), 0.0)] * 2, [0.0, 1.0]),
        ([(BLAMED, 0.0), (BLAMED, 3600.0), (LOST, 0.0)], [SLOW_S, SLOW_S, 1.0]),
    ],
)
def test_the_next_try_is_as_far_as_the_last_end_asks(
    ends: list[tuple[Exception, float]], expected: list[float]
) -> None:
    delays = ReconnectDelays(series)
    waited = []
    for ended_by, live_s in ends:
        delays.ended(ended_by, live_s)
        waited.append(next(delays))

    assert waited == expected


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["60024"], [LoginRefused]),
        (["60009", "60009"], [ConnectionLost, LoginRefused]),
        (["60009", "60024"], [ConnectionLost, LoginRefused]),
        (["4001", "4007"], [ConnectionLost, LoginRefused]),
        (["60009", "accepted", "60009"], [ConnectionLost, ConnectionLost]),
    ],
)
def test_a_doubtful_refusal_has_one_second_chance(
    codes: list[str], expected: list[type[AlertdError]]
) -> None:
    history = LoginHistory(SessionCodes())
    judged = []
    for code in codes:
        if code == "accepted":
            history.accepted()
        else:
            judged.append(type(history.judge(LoginRefused(code, "no"))))

    assert judged == expected
