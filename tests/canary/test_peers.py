"""Covers alertd/canary/peers.py."""

from __future__ import annotations

import pytest

from alertd.canary.peers import LOOK_S, Peers
from alertd.canary.settings import PeerSettings
from alertd.domain.events import SelfCheck
from alertd.telemetry import Counters
from tests.coverage.evidence import START, at
from tests.doubles.set_clock import SetClock

FAR, NEAR = "a-token-of-the-far-one", "another-token-of-near"


class Bench:
    """Two others are watched, and looked at every few seconds."""

    def __init__(self) -> None:
        self.clock, self.counters = SetClock(START), Counters()
        self.told: list[SelfCheck] = []
        self.settings = {
            "far": PeerSettings.model_validate({"token": FAR}),
            "near": PeerSettings.model_validate({"token": NEAR, "after_s": 120}),
        }
        self.peers = Peers(lambda: self.settings, self.clock, self.counters, self.told.append)
        self.now_s = 0.0

    def until(self, now_s: float) -> None:
        while self.now_s + LOOK_S <= now_s:
            self.now_s += LOOK_S
            self.clock.at = at(self.now_s)
            self.peers.look()

    def said(self) -> list[tuple[str, bool]]:
        return [(one.name, one.healthy) for one in self.told]


def test_one_that_falls_silent_is_told_once_and_so_is_its_return() -> None:
    one = Bench()
    for _ in range(5):
        assert one.peers.pinged(FAR)
        assert one.peers.pinged(NEAR)
        one.until(one.now_s + 100)
    assert one.said() == [("far", True), ("near", True)]
    one.until(one.now_s + 900)
    assert one.said()[2:] == [("near", False), ("far", False)]
    assert one.told[2].since == at(400)
    assert one.counters.value("peer_alive", peer="far") == 0
    one.until(one.now_s + 3600)
    assert len(one.told) == 4
    assert one.peers.pinged(FAR)
    assert one.said()[4:] == [("far", True)]


def test_one_that_never_came_is_missed_after_its_time() -> None:
    one = Bench()
    one.until(115)
    assert one.told == []
    one.until(900)
    assert one.said() == [("near", False)]
    one.until(910)
    assert [name for name, _ in one.said()] == ["near", "far"]
    assert one.told[1].since is None


@pytest.mark.parametrize("token", ["", "x", FAR[:-1], FAR + "x", "\udcff" * 16])
def test_a_stranger_is_nobody(token: str) -> None:
    one = Bench()
    assert not one.peers.pinged(token)
    assert one.told == []


def test_time_in_which_nobody_looked_counts_for_nobody() -> None:
    one = Bench()
    assert one.peers.pinged(FAR)
    one.until(300)
    one.now_s += 5000
    one.clock.at = at(one.now_s)
    one.peers.look()
    assert [told for told in one.said() if not told[1]] == [("near", False)]  # it was before
    one.until(one.now_s + 590)
    assert ("far", False) not in one.said()
    one.until(one.now_s + 20)
    assert one.said()[-1] == ("far", False)


def test_one_that_is_taken_away_is_not_missed() -> None:
    one = Bench()
    one.until(200)
    del one.settings["near"]
    one.until(210)
    assert one.said() == [("near", False)]
    assert not one.peers.pinged(NEAR)
    assert one.counters.cells("peer_alive") == {}
