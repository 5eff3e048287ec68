"""Covers alertd/canary/judging.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from alertd.canary.judging import CHAT_BOUND_S, Ways, due_chats, is_lost, is_proven, watcher_findings
from alertd.domain.coverage import SinkProof

H = 3600.0
START = datetime(2026, 11, 3, tzinfo=UTC)
SIX_H = 6 * H


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def sent(hours: float, *, dead: bool = False) -> SinkProof:
    return SinkProof(sent_at=at(hours), is_dead=dead)


NEVER, DEAD = SinkProof(), SinkProof(is_dead=True)


def asked(**proofs: SinkProof) -> Callable[[str], SinkProof]:
    return lambda sink: proofs.get(sink, NEVER)


def ways(*sinks: str, chats: tuple[str, ...] = ("phone", "desk"), interval_s: float = SIX_H) -> Ways:
    return Ways(routes={"main": sinks}, chats=chats, chat_interval_s=interval_s)


@pytest.mark.parametrize(
    ("route", "proofs", "proven", "lost"),
    [
        (ways("phone"), {"phone": sent(19.9)}, True, False),
        (ways("phone"), {"phone": sent(12.1)}, True, False),  # late, and has its time
        (ways("phone"), {"phone": sent(11.9)}, False, True),
        (ways("phone"), {}, False, True),
        (ways("phone"), {"phone": sent(19.9, dead=True)}, False, True),
        (ways("phone", "desk"), {"phone": DEAD, "desk": sent(19)}, True, False),  # one is enough
        (ways("phone", "desk"), {"phone": DEAD, "desk": sent(2)}, False, True),
        # Where a canary may not go anywhere, a sink is only known to fail or not.
        (ways("call"), {}, True, False),
        (ways("call"), {"call": DEAD}, False, True),
        (ways("phone", "call"), {"phone": DEAD}, False, True),  # it may go to one, and that one fails
        (ways("phone", interval_s=0), {}, True, False),
        (ways("phone", interval_s=0), {"phone": DEAD}, False, True),
        (ways(), {}, False, True),
    ],
)
def test_whether_somebody_would_hear(
    route: Ways, proofs: dict[str, SinkProof], proven: bool, lost: bool
) -> None:
    proof_of = asked(**proofs)
    assert is_proven("main", route, proof_of, at(20)) is proven
    assert is_lost("main", route, proof_of, START, at(20)) is lost


def test_at_the_start_only_a_refusal_counts_until_a_chat_had_its_time() -> None:
    began, soon, late = at(20), at(20.1), at(20) + timedelta(seconds=CHAT_BOUND_S + 1)
    for proof in (NEVER, sent(2)):
        assert not is_lost("main", ways("phone"), asked(phone=proof), began, soon)
        assert not is_proven("main", ways("phone"), asked(phone=proof), soon)
        assert is_lost("main", ways("phone"), asked(phone=proof), began, late)
    assert is_lost("main", ways("phone"), asked(phone=DEAD), began, soon)


@pytest.mark.parametrize(
    ("proof", "under_way", "tried_h", "due"),
    [
        (NEVER, (), None, True),
        (sent(14.1), (), None, False),
        (sent(13.9), (), None, True),
        (sent(13.9), ("phone",), None, False),
        # It is not known what became of the last one: it may stand in the chat.
        (sent(13.9), (), 19.5, False),
        (sent(13.9), (), 18.9, True),
        (sent(13.9), (), 13.8, True),
        (sent(19, dead=True), (), 19.9, True),  # a refused message stands nowhere
        (DEAD, ("phone",), None, False),
    ],
)
def test_when_a_chat_is_due(
    proof: SinkProof, under_way: tuple[str, ...], tried_h: float | None, due: bool
) -> None:
    tried = {} if tried_h is None else {"phone": at(tried_h)}
    found = due_chats(ways("phone", "call"), asked(phone=proof), under_way, tried, at(20))
    assert found == (["phone"] if due else [])


def test_a_chat_of_several_accounts_is_due_once_and_one_of_none_never() -> None:
    several = Ways(
        routes={"a": ("phone",), "b": ("phone", "desk")},
        chats=("phone", "desk", "other"),
        chat_interval_s=SIX_H,
    )
    assert due_chats(several, asked(), (), {}, START) == ["phone", "desk"]
    assert due_chats(ways("phone", interval_s=0), asked(), (), {}, START) == []


@pytest.mark.parametrize(
    ("canary", "dead_man", "codes"),
    [
        (True, True, ["watcher_pinged"]),
        (True, False, ["no_watcher"]),
        (False, False, ["canary_off", "no_watcher"]),
    ],
)
def test_what_is_said_of_who_watches(canary: bool, dead_man: bool, codes: list[str]) -> None:
    assert [one.code for one in watcher_findings(canary=canary, dead_man=dead_man)] == codes
