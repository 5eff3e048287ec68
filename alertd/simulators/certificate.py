"""A certificate for a simulated exchange, under an authority of its own that ends with the process."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple


class TlsUnavailable(Exception):
    """What makes certificates is not installed."""


class Throwaway(NamedTuple):
    """`server`: for the simulator. `ca_file`: what a client must trust, for as long as it runs."""

    server: ssl.SSLContext
    ca_file: Path


@contextmanager
def throwaway(host: str) -> Iterator[Throwaway]:
    """For this address and `localhost`. The keys never stand in a file that stays.

    Raises: TlsUnavailable.
    """
    try:
        import trustme
    except ImportError as exc:
        raise TlsUnavailable("--tls needs the extra: pip install 'alertd[simulator-tls]'") from exc
    authority = trustme.CA(organization_name="alertd simulator, not to be trusted elsewhere")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*dict.fromkeys((host, "127.0.0.1", "localhost"))).configure_cert(server)
    with TemporaryDirectory(prefix="alertd-simulator-") as folder:
        ca_file = Path(folder) / "ca.pem"
        authority.cert_pem.write_to_path(str(ca_file))
        yield Throwaway(server, ca_file)
