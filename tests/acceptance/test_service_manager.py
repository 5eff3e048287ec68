"""`alertd run` under a service manager: what it tells, when it falls silent, how it stops and refuses."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.acceptance.test_independent_server import configuration, environment, said
from tests.doubles.daemon import Daemon
from tests.doubles.okx_like import OkxLike
from tests.doubles.receiver import Receiver
from tests.doubles.service_manager import NotifySocket

WATCHDOG_S = 2.0
STOPPED_WITHIN_S = 25.0  # and so before TimeoutStopSec of deploy/systemd/alertd.service
WARNED = "ETH-USD-210430"


@dataclass
class House:
    """Everything a daemon needs, before it starts."""

    server: OkxLike
    receiver: Receiver
    manager: NotifySocket
    config: Path

    def daemon(self, *wrapper: str, **env: str) -> Daemon:
        return Daemon(
            self.config,
            environment(self.receiver, **self.manager.env, **env),
            wrapper=(*wrapper, *self.manager.wrapper),
        )

    async def is_subscribed(self) -> None:
        async with asyncio.timeout(20):
            await self.server.subscribed_enough.wait()


@asynccontextmanager
async def house(folder: Path, *, is_abstract: bool = False) -> AsyncIterator[House]:
    async with (
        OkxLike() as server,
        Receiver() as receiver,
        NotifySocket(folder, is_abstract=is_abstract, watchdog_s=WATCHDOG_S) as manager,
    ):
        yield House(server, receiver, manager, configuration(folder, server))


async def address_of(daemon: Daemon) -> str:
    return (await daemon.wait_for_output(r'"web": "(http://[^"]+)"'))[1]


async def get(url: str) -> tuple[int, str]:
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
        return answer.status, await answer.text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def refused(daemon: Daemon) -> tuple[int, str]:
    """The exit code and all that a daemon printed that ends by itself."""
    await daemon.start()
    async with asyncio.timeout(30):
        return await daemon.wait(), daemon.output


# --- what it tells ------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_abstract", [False, True], ids=["path", "abstract"])
async def test_it_tells_the_manager_how_it_is_from_start_to_stop(tmp_path: Path, is_abstract: bool) -> None:
    async with house(tmp_path, is_abstract=is_abstract) as home, home.daemon() as daemon:
        manager = home.manager
        ready = await manager.wait_for_field("READY", "1")
        assert "1 accounts" in ready.fields["STATUS"]
        await home.is_subscribed()
        await manager.wait_for_field("STATUS", "1 accounts, 2 live streams, 0 open alerts")
        await manager.wait_for(lambda _: len(manager.told("WATCHDOG")) >= 5)

        address = await address_of(daemon)
        assert await get(f"{address}/healthz") == (200, "ok\n")
        assert await get(f"{address}/readyz") == (200, "ready\n")
        status, metrics = await get(f"{address}/metrics")
        assert status == 200
        assert 'alertd_stream_live{account="main",stream="private"} 1.0' in metrics

        assert not manager.told("STOPPING")
        assert await daemon.terminate() == 0
        assert "stopping" in (await manager.wait_for_field("STOPPING", "1")).fields["STATUS"]
        # NotifyAccess=main would drop what another process sends.
        assert {notice.pid for notice in manager.notices} == {daemon.pid}
        petted = [notice.at_s for notice in manager.told("WATCHDOG")]
        gaps = [later - earlier for earlier, later in itertools.pairwise(petted)]
        assert max(gaps) < WATCHDOG_S / 2 + 0.5, f"less than twice per WatchdogSec: {gaps}"


async def test_the_watchdog_is_not_petted_while_a_commit_hangs(tmp_path: Path, postgres: object) -> None:
    """Another session of the database locks the tables: the event loop turns, but no alert gets through."""
    import psycopg

    url: str = postgres.new_database()  # type: ignore[attr-defined]
    async with house(tmp_path) as home, home.daemon(ALERTD_STORE__URL=url) as daemon:
        manager = home.manager
        await manager.wait_for_field("READY", "1")
        await home.is_subscribed()
        await manager.wait_for(lambda _: len(manager.told("WATCHDOG")) >= 2)

        def is_silent(_: object = None) -> bool:
            return time.monotonic() - manager.told("WATCHDOG")[-1].at_s > WATCHDOG_S

        blocker = await asyncio.to_thread(psycopg.connect, url)
        await asyncio.to_thread(blocker.execute, "LOCK TABLE alerts, deliveries IN ACCESS EXCLUSIVE MODE")
        await home.server.push_warning()
        async with asyncio.timeout(30):
            while not is_silent():
                await asyncio.sleep(0.1)
        assert await get(f"{await address_of(daemon)}/healthz") == (200, "ok\n")
        assert not home.receiver.messages

        await asyncio.to_thread(blocker.close)
        healed_at_s = time.monotonic()
        await home.receiver.wait_for(said(WARNED))
        await manager.wait_for(lambda _: manager.told("WATCHDOG")[-1].at_s > healed_at_s)
        assert await daemon.terminate() == 0


# --- how it stops -------------------------------------------------------------------------------------


async def test_a_hanging_sink_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.receiver.delay_s = 3_600.0
        daemon = home.daemon()
        async with daemon:
            await home.manager.wait_for_field("READY", "1")
            await home.is_subscribed()
            await home.server.push_warning()
            await daemon.wait_for_output("notification queued")
            assert await daemon.terminate(STOPPED_WITHIN_S) == 0
            await home.manager.wait_for_field("STOPPING", "1")
        home.receiver.delay_s = 0.0
        async with daemon:
            # Whether it arrived is not known, and the repeat says so.
            await home.receiver.wait_for(said(WARNED, "ossible duplicate"))
            assert await daemon.terminate() == 0


async def test_stopping_twice_is_stopping_once(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.daemon() as daemon:
        await home.manager.wait_for_field("READY", "1")
        os.kill(daemon.pid, signal.SIGTERM)
        os.kill(daemon.pid, signal.SIGTERM)
        assert await daemon.wait() == 0
        assert len(home.manager.told("STOPPING")) == 1


# --- what it refuses, and how -------------------------------------------------------------------------


async def test_a_wrong_key_is_named_with_its_file_and_the_cure(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.config.write_text(home.config.read_text() + "pace_per_minut = 3\n")
        code, output = await refused(home.daemon())
        assert code == 2
        assert str(home.config) in output
        assert "sinks.hook.pace_per_minut" in output
        assert 'did you mean "pace_per_minute"?' in output
        assert not home.manager.told("READY")


async def test_a_port_in_use_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        taken = str(home.receiver.port)
        code, output = await refused(home.daemon(ALERTD_WEB__PORT=taken))
        assert code == 2
        assert re.search(
            rf"web\.port: cannot listen on 127\.0\.0\.1:{taken} .*in use.*choose another", output
        )
        assert not home.manager.told("READY")


async def test_a_sink_that_no_service_takes_ends_the_start(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        code, output = await refused(home.daemon(ALERTD_SINKS__HOOK__URL="nosuchservice://planted-secret"))
        assert code == 2
        assert "sinks.hook.url" in output
        assert "planted-secret" not in output
        assert not home.manager.told("READY")


async def test_a_second_daemon_on_the_same_store_is_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.daemon() as first:
        await home.manager.wait_for_field("READY", "1")
        code, output = await refused(home.daemon())
        assert code == 1
        assert re.search(rf"alertd\.db is in use by another alertd \(process {first.pid}\)", output)
        assert await get(f"{await address_of(first)}/readyz") == (200, "ready\n")
        assert await first.terminate() == 0


async def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        state = tmp_path / "state"
        state.mkdir(mode=0o500)
        # Root may write anyway: for it the folder lies on a file system that is mounted read-only.
        wrapper = _on_small_disk(state, "ro") if os.geteuid() == 0 else ()
        code, output = await refused(home.daemon(*wrapper, STATE_DIRECTORY=str(state)))
        assert code == 1
        assert re.search(rf"{state}/alertd\.db.*(Permission denied|Read-only file system)", output)
        assert not home.manager.told("READY")


async def test_a_disk_that_is_full_at_the_start_is_told(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        state = tmp_path / "state"
        state.mkdir()
        wrapper = _on_small_disk(state, "size=16k")
        code, output = await refused(home.daemon(*wrapper, STATE_DIRECTORY=str(state)))
        assert code == 1
        # Where not even the memory-mapped index fits, SQLite knows no better word than I/O error.
        assert re.search(r"the store cannot be used: (database or disk is full|disk I/O error)", output)
        assert not home.manager.told("READY")


async def test_a_disk_that_fills_up_ends_the_daemon_with_a_clear_word(tmp_path: Path) -> None:
    """Nothing could count as handled any more; the service manager starts it again."""
    async with house(tmp_path) as home:
        state = tmp_path / "state"
        state.mkdir()
        wrapper = _on_small_disk(state, "size=1m")
        async with home.daemon(*wrapper, STATE_DIRECTORY=str(state)) as daemon:
            await home.manager.wait_for_field("READY", "1")
            await home.is_subscribed()
            # The mount belongs to the daemon's own namespace.
            _fill(Path(f"/proc/{daemon.pid}/root{state}/filler"))
            async with asyncio.timeout(30):
                for number in range(200):
                    with suppress(ConnectionError):
                        await home.server.push_warning(f"C{number}-USDT-SWAP")
                assert await daemon.wait() == 1
            assert "the store cannot be used: database or disk is full" in daemon.output


def _on_small_disk(folder: Path, options: str) -> tuple[str, ...]:
    """A wrapper that mounts a file system of its own over `folder`, where this machine lets us."""
    namespace = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--mount", "--map-root-user")
    mount = f"mount -t tmpfs -o {options} tmpfs {folder}"
    try:
        tried = subprocess.run([*namespace, "sh", "-c", mount], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("a small file system needs unshare (util-linux)")
    if tried.returncode:
        pytest.skip(f"a small file system of our own is refused here: {tried.stderr.strip()}")
    return (*namespace, "sh", "-c", f'{mount} && exec "$@"', "sh")


def _fill(path: Path) -> None:
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
