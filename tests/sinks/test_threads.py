import asyncio
import subprocess
import sys
import threading
import time

import pytest

from alertd.sinks.threads import CallFailed, CallThreads, TooManyHang


async def test_a_call_runs_beside_the_loop() -> None:
    threads = CallThreads("sink:x", most_lost=2)
    name = await threads.call(lambda: threading.current_thread().name, 5)
    assert name == "sink:x"
    assert threads.lost == 0


async def test_an_exception_reaches_the_caller() -> None:
    threads = CallThreads("x", most_lost=2)

    def fail() -> None:
        raise TimeoutError("inside")

    with pytest.raises(CallFailed, match="TimeoutError: inside") as caught:
        await threads.call(fail, 5)
    assert isinstance(caught.value.__cause__, TimeoutError)
    assert threads.lost == 0


async def test_calls_that_hang_are_counted_capped_and_forgotten_when_they_end() -> None:
    threads = CallThreads("x", most_lost=2)
    release = threading.Event()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await threads.call(release.wait, 0.01)
    assert threads.lost == 2
    with pytest.raises(TooManyHang):
        await threads.call(lambda: None, 5)
    release.set()
    async with asyncio.timeout(5):
        while threads.lost:
            await asyncio.sleep(0.01)
    await threads.call(lambda: None, 5)


async def test_a_cancelled_call_is_lost_too() -> None:
    threads = CallThreads("x", most_lost=2)
    release = threading.Event()
    waiting = asyncio.ensure_future(threads.call(release.wait, 5))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert threads.lost == 1
    release.set()


async def test_a_thread_is_used_again_and_as_many_as_calls_at_once() -> None:
    threads = CallThreads("x", most_lost=2)
    both = threading.Barrier(2, timeout=10)

    def who(wait: bool) -> int:
        if wait:
            both.wait()
        return threading.get_ident()

    together = set(await asyncio.gather(*(threads.call(lambda: who(True), 10) for _ in range(2))))
    assert len(together) == 2
    assert {await threads.call(lambda: who(False), 10) for _ in range(5)} <= together


async def test_a_thread_that_failed_or_was_given_up_serves_again() -> None:
    threads = CallThreads("x", most_lost=2)
    release = threading.Event()
    first: list[int] = []

    def hang() -> None:
        first.append(threading.get_ident())
        assert release.wait(10)
        raise ValueError("nobody hears it")

    with pytest.raises(TimeoutError):
        await threads.call(hang, 0.01)
    release.set()
    async with asyncio.timeout(10):
        while threads.lost:
            await asyncio.sleep(0.001)
        while await threads.call(threading.get_ident, 5) not in first:
            await asyncio.sleep(0.001)


async def test_a_thread_without_a_call_ends() -> None:
    threads = CallThreads("short-lived", most_lost=2, idle_s=0.01)
    for _ in range(3):
        await threads.call(lambda: None, 5)
        async with asyncio.timeout(10):
            while any(thread.name == "short-lived" for thread in threading.enumerate()):
                await asyncio.sleep(0.001)


async def test_no_call_is_forgotten_where_threads_end_all_the_time() -> None:
    threads = CallThreads("x", most_lost=2, idle_s=0.0001)
    for n in range(500):
        assert await threads.call(lambda n=n: n, 10) == n  # type: ignore[misc]
        await asyncio.sleep(0.0001)


HANGING = """
import asyncio, time
from alertd.sinks.threads import CallThreads

async def main():
    try:
        await CallThreads("x", 2).call(lambda: time.sleep(60), 0.05)
    except TimeoutError:
        print("deadline")

asyncio.run(main())
"""


def test_a_hung_call_does_not_hold_up_the_end_of_the_process() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=30, check=True
    )
    assert (done.stdout, done.stderr) == ("deadline\n", "")
    assert time.monotonic() - began < 20
