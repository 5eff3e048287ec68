"""alertd/store/jobs.py"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from alertd.clock import Clock
from alertd.store.jobs import LARGEST_GROUP, PATIENT_S, Job, Jobs, Work


@dataclass
class Still(Clock):
    """Goes on only where it is told to."""

    at_s: float = 100.0

    def monotonic_s(self) -> float:
        return self.at_s


def says(letter: str) -> Work[str]:
    return lambda _: letter


def said(jobs: Sequence[Job]) -> str:
    connection: Any = None
    return "".join(job.work(connection) for job in jobs)


@dataclass
class Given:
    """A few letters: small ones are in no hurry, of `S` something is sent as soon as it is done."""

    clock: Still
    jobs: Jobs

    def give(self, letters: str) -> None:
        loop = asyncio.get_running_loop()
        for letter in letters:
            almost = (lambda _: None) if letter == "S" else None
            self.jobs.put(Job(says(letter), loop.create_future(), almost, is_patient=letter.islower()))

    def taken(self) -> str:
        jobs, _ = self.jobs.take()
        return said(jobs)


@pytest.fixture
def given() -> Given:
    clock = Still()
    return Given(clock, Jobs(clock))


@pytest.mark.parametrize(
    ("letters", "taken"),
    [("A", "A"), ("ABC", "ABC"), ("aB", "Ba"), ("aBbC", "BCab"), ("ab", "ab"), ("SA", "SA")],
)
async def test_what_is_patient_stands_behind_the_others(given: Given, letters: str, taken: str) -> None:
    given.give(letters)
    assert given.taken() == taken


@pytest.mark.parametrize("letters", ["aS", "Sa", "aASB"])
async def test_what_is_sent_next_does_not_wait_for_it(given: Given, letters: str) -> None:
    given.give(letters)
    assert given.taken() == letters.replace("a", "")
    given.give("bC")
    assert given.taken() == "Cab"


async def test_it_waits_for_others_a_bounded_time(given: Given) -> None:
    given.give("aS")
    assert given.taken() == "S"
    given.clock.at_s += PATIENT_S
    given.give("bS")
    assert given.taken() == "Sab"


async def test_where_nobody_comes_it_is_done_by_itself(given: Given) -> None:
    given.give("aS")
    assert given.taken() == "S"
    assert given.taken() == "a"
    given.give("b")
    given.clock.at_s += PATIENT_S
    assert given.taken() == "b"


async def test_at_the_end_nothing_is_left(given: Given) -> None:
    given.give("aS")
    given.jobs.end()
    jobs, is_open = given.jobs.take()
    assert (said(jobs), is_open) == ("Sa", False)


@pytest.mark.parametrize("letter", ["A", "a", "S"])
async def test_a_group_is_bounded(given: Given, letter: str) -> None:
    given.give(letter * (LARGEST_GROUP + 1))
    assert given.taken() == letter * LARGEST_GROUP
    assert given.taken() == letter
