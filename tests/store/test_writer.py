"""alertd/store/writer.py"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import Connection, Engine, event, text

from alertd.domain.errors import StoreError
from alertd.store.engine import make_engine
from alertd.store.jobs import LARGEST_GROUP
from alertd.store.writer import Writer


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY, note TEXT NOT NULL)"))
    yield engine
    engine.dispose()


@pytest.fixture
async def writer(engine: Engine) -> AsyncIterator[Writer]:
    writer = Writer(engine)
    yield writer
    await writer.close()


def insert(n: int, note: str | None = "") -> object:
    def work(connection: Connection) -> int:
        connection.execute(text("INSERT INTO numbers (n, note) VALUES (:n, :note)"), {"n": n, "note": note})
        return n

    return work


def read(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT n FROM numbers ORDER BY n")).scalars())


class Gate:
    """Holds the writer, so that a test decides what waits together."""

    def __init__(self) -> None:
        self._entered, self._opened = threading.Event(), threading.Event()

    def _wait(self, _: Connection) -> None:
        self._entered.set()
        assert self._opened.wait(10)

    @classmethod
    async def closed(cls, writer: Writer) -> Self:
        gate = cls()
        writer.submit(gate._wait)
        assert await asyncio.to_thread(gate._entered.wait, 10)
        return gate

    def open(self) -> None:
        self._opened.set()


async def test_a_job_returns_its_result_and_is_durable(writer: Writer) -> None:
    assert await writer.submit(insert(7)) == 7
    assert await writer.submit(read) == [7]


async def test_what_waits_together_is_one_commit(engine: Engine, writer: Writer) -> None:
    commits: list[int] = []
    event.listen(engine, "commit", lambda _: commits.append(1))
    gate = await Gate.closed(writer)
    waiting = [writer.submit(insert(n)) for n in range(256)]
    gate.open()
    assert await asyncio.gather(*waiting) == list(range(256))
    assert len(commits) == 2  # the gate's, and one for all
    assert await writer.submit(read) == list(range(256))


async def test_who_asks_hears_of_the_result_before_it_is_durable(engine: Engine, writer: Writer) -> None:
    heard: list[int] = []
    is_committing, may_commit = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        is_committing.set()
        assert may_commit.wait(10)

    event.listen(engine, "commit", hold)
    stored = writer.submit(insert(7), heard.append)
    assert await asyncio.to_thread(is_committing.wait, 10)
    await asyncio.sleep(0)
    assert heard == [7]
    assert not stored.done()
    may_commit.set()
    assert await stored == 7


async def test_what_was_almost_done_may_fail(engine: Engine, writer: Writer) -> None:
    heard: list[int] = []

    def fail(_: Connection) -> None:
        raise OSError("the disk is gone")

    event.listen(engine, "commit", fail)
    with pytest.raises(StoreError):
        await writer.submit(insert(7), heard.append)
    event.remove(engine, "commit", fail)
    assert heard == [7]
    assert await writer.submit(read) == []


async def test_256_concurrent_writers_share_commits(engine: Engine, writer: Writer) -> None:
    commits: list[int] = []
    event.listen(engine, "commit", lambda _: commits.append(1))

    async def write(first: int) -> None:
        for n in range(first, first + 4):
            await writer.submit(insert(n))

    await asyncio.gather(*(write(4 * i) for i in range(256)))
    assert await writer.submit(read) == list(range(1024))
    assert len(commits) < 256


async def test_a_group_is_bounded(engine: Engine, writer: Writer) -> None:
    commits: list[int] = []
    event.listen(engine, "commit", lambda _: commits.append(1))
    gate = await Gate.closed(writer)
    waiting = [writer.submit(insert(n)) for n in range(LARGEST_GROUP + 1)]
    gate.open()
    await asyncio.gather(*waiting)
    assert len(commits) == 3


async def test_refused_data_cost_no_neighbour(writer: Writer) -> None:
    gate = await Gate.closed(writer)
    waiting = [
        writer.submit(insert(1)),
        writer.submit(insert(1, "the number is taken")),
        writer.submit(insert(2, None)),
        writer.submit(insert(3)),
    ]
    gate.open()
    first, taken, without_note, last = await asyncio.gather(*waiting, return_exceptions=True)
    assert (first, last) == (1, 3)
    assert isinstance(taken, StoreError)
    assert isinstance(without_note, StoreError)
    assert await writer.submit(read) == [1, 3]


async def test_a_bug_in_a_job_reaches_its_caller_only(writer: Writer) -> None:
    def broken(_: Connection) -> None:
        raise KeyError("gone")

    gate = await Gate.closed(writer)
    waiting = [writer.submit(insert(1)), writer.submit(broken)]
    gate.open()
    good, bad = await asyncio.gather(*waiting, return_exceptions=True)
    assert good == 1
    assert isinstance(bad, StoreError)
    assert isinstance(bad.__cause__, KeyError)


async def test_a_store_error_of_a_job_is_passed_on(writer: Writer) -> None:
    def refuse(_: Connection) -> None:
        raise StoreError("not this one")

    with pytest.raises(StoreError, match=r"^not this one$"):
        await writer.submit(refuse)


async def test_a_caller_that_went_away_changes_nothing_for_others(writer: Writer) -> None:
    gate = await Gate.closed(writer)
    gone, stays = writer.submit(insert(1)), writer.submit(insert(2))
    gone.cancel()
    gate.open()
    assert await stays == 2
    assert await writer.submit(read) == [1, 2]


async def test_closing_does_what_is_queued(engine: Engine) -> None:
    writer = Writer(engine)
    waiting = [writer.submit(insert(n)) for n in range(3)]
    await writer.close()
    assert await asyncio.gather(*waiting) == [0, 1, 2]
    with pytest.raises(StoreError, match="closed"):
        await writer.submit(read)
    await writer.close()  # again is harmless


async def test_a_full_database_fails_all_at_once_and_heals(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'full.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY, note TEXT NOT NULL)"))
    writer = Writer(engine)
    await writer.submit(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 4").close())
    gate = await Gate.closed(writer)
    waiting = [writer.submit(insert(1)), writer.submit(insert(2, "x" * 100_000))]
    gate.open()
    errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(error) for error in errors] == ["the store cannot be used: database or disk is full"] * 2
    await writer.submit(
        lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1000000").close()
    )
    assert await writer.submit(insert(3, "x" * 100_000)) == 3
    assert await writer.submit(read) == [3]
    await writer.close()


async def transactions_of(engine: Engine, writer: Writer, *jobs: tuple[int, bool]) -> list[list[int]]:
    """Jobs given at once, while the writer is held: what each transaction did, in its order."""
    done: list[list[int]] = [[]]
    event.listen(engine, "commit", lambda _: done.append([]))
    gate = await Gate.closed(writer)

    def note(number: int) -> object:
        return lambda _: done[-1].append(number)

    told = [writer.submit(note(number), is_patient=is_patient) for number, is_patient in jobs]
    gate.open()
    await asyncio.gather(*told)
    return [numbers for numbers in done if numbers]


async def test_what_is_patient_stands_behind_the_others_of_a_transaction(
    engine: Engine, writer: Writer
) -> None:
    given = [(1, True), (2, False), (3, True), (4, False)]
    assert await transactions_of(engine, writer, *given) == [[2, 4, 1, 3]]


async def test_what_is_patient_waits_for_a_transaction_of_others_and_not_for_ever(
    engine: Engine, writer: Writer
) -> None:
    commits: list[int] = []
    event.listen(engine, "commit", lambda _: commits.append(1))
    patient = writer.submit(insert(1), is_patient=True)  # type: ignore[arg-type]
    hurried = writer.submit(insert(2))  # type: ignore[arg-type]
    assert await asyncio.gather(patient, hurried) == [1, 2]
    together = len(commits)
    assert await asyncio.wait_for(writer.submit(insert(3), is_patient=True), 10) == 3  # type: ignore[arg-type]
    assert (together, len(commits)) == (1, 2)


async def test_what_is_patient_is_done_before_the_end(engine: Engine) -> None:
    writer = Writer(engine)
    patient = writer.submit(insert(1), is_patient=True)  # type: ignore[arg-type]
    await writer.close()
    assert await patient == 1
