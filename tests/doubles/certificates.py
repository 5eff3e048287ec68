"""A server's certificates under an authority that is thrown away, and the wrong ones it may show instead."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

HOST = "127.0.0.1"


class Certificates:
    """`server`: for every handshake to come it shows what was chosen last."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.show_right()

    def show_right(self) -> None:
        self._authority.issue_cert(HOST).configure_cert(self.server)

    def show_untrusted(self) -> None:
        trustme.CA().issue_cert(HOST).configure_cert(self.server)

    def show_expired(self) -> None:
        now = datetime.now(UTC)
        old = self._authority.issue_cert(HOST, not_before=now - timedelta(2), not_after=now - timedelta(1))
        old.configure_cert(self.server)

    def show_other_name(self) -> None:
        self._authority.issue_cert("elsewhere.example").configure_cert(self.server)
