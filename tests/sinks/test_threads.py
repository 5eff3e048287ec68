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
