"""What all rows share: the exchange, the webhook, a folder, and how subjects are made."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import trustme

from benchmarks import configuration
from benchmarks.exchange import Exchange
from benchmarks.receiver import Receiver
from benchmarks.subject import PEERS_PYTHON, Subject

ROW_S = 15.0


@dataclass
class Bench:
    """One run."""

    exchange: Exchange
    receiver: Receiver
    folder: Path
    ca_file: Path
    rounds: int
    _numbers: count[int] = field(default_factory=count)

    def turns(self, at_least: int = 1) -> Iterator[int]:
        """The rounds of one row: no new one after `ROW_S`, whatever a round takes, but so many at least where
        as many were asked for.
        """
        began_s = time.monotonic()
        for number in range(self.rounds):
            if number >= at_least and time.monotonic() - began_s > ROW_S:
                return
            yield number

    def key(self, name: str) -> str:
        """An API key that no other subject of the run has."""
        return f"{name}_{next(self._numbers)}"

    def urls(self, *, tls: bool) -> dict[str, str]:
        """The daemon's endpoints."""
        return {
            "private": self.exchange.url("private", tls=tls),
            "business": self.exchange.url("business", tls=tls),
            "rest": self.exchange.rest_url,
        }

    def client(self, module: str, key: str, *, tls: bool, **more: Any) -> Subject:
        """The floor, or another script of ours."""
        return Subject(module, self._client_settings(key, tls=tls) | more, self._log(key))

    def peer(self, module: str, key: str, *, tls: bool) -> Subject:
        """Another's client, in the environment that has it."""
        # python-okx knows no other way to be told of an authority.
        env = {"SSL_CERT_FILE": str(self.ca_file)}
        settings = self._client_settings(key, tls=tls)
        return Subject(module, settings, self._log(key), python=PEERS_PYTHON, env=env)

    def daemon(
        self,
        keys: list[str],
        sinks: Mapping[str, Mapping[str, object]],
        *,
        tls: bool = False,
        role: str = "copier",
        rules: str = "",
        unpaced: bool = False,
    ) -> Subject:
        """alertd with an account per key, each in a folder of its own."""
        path = self.configured(keys, sinks, tls=tls, role=role, rules=rules)
        settings = {"config": str(path), "unpaced": unpaced}
        return Subject("alertd_daemon", settings, path.parent / "log")

    def configured(
        self,
        keys: list[str],
        sinks: Mapping[str, Mapping[str, object]],
        *,
        tls: bool = False,
        role: str = "copier",
        rules: str = "",
    ) -> Path:
        """Its configuration file; the store will stand beside it."""
        folder = self.folder / keys[0]
        folder.mkdir()
        path = folder / "alertd.toml"
        ca_file = str(self.ca_file) if tls else None
        path.write_text(
            configuration.daemon(keys, self.urls(tls=tls), sinks, ca_file=ca_file, role=role, rules=rules)
        )
        path.chmod(0o600)
        return path

    def sink(self, path: str, via: str = "native") -> dict[str, object]:
        """A webhook of ours as a sink. `via`: native or apprise."""
        return {"url": self.receiver.apprise_url(path), "via": via}

    def _client_settings(self, key: str, *, tls: bool) -> dict[str, Any]:
        url = self.exchange.url("private", tls=tls)
        return {
            "url": url,
            "base_url": url.rsplit("/", 1)[0],
            "rest_url": self.exchange.rest_url,
            "key": key,
            "tls": tls,
            "ca_file": str(self.ca_file),
        }

    def _log(self, key: str) -> Path:
        return self.folder / f"{key}.log"


@asynccontextmanager
async def opened(folder: Path, rounds: int) -> AsyncIterator[Bench]:
    """Everything that stands for the whole run, with a certificate that is thrown away after it."""
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    async with Exchange(tls) as exchange, Receiver() as receiver:
        yield Bench(exchange, receiver, folder, ca_file, rounds)
