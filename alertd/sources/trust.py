"""Whom to trust: one TLS context per authority for the whole process, however many accounts name it."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path
from weakref import WeakValueDictionary


class TrustStores:
    """Gives accounts that trust the same authority the same context; it lives as long as one of them.

    Who names none shares the one context, of the system's authorities, that the HTTP client makes itself.
    """

    def __init__(self) -> None:
        self._by_content: WeakValueDictionary[bytes, ssl.SSLContext] = WeakValueDictionary()

    def read(self, ca_file: Path) -> ssl.SSLContext:
        """The context for what the file holds now: another one only if that has changed. Blocks.

        Raises: OSError (also ssl.SSLError) where it cannot be read or holds no certificate.
        """
        content = ca_file.read_bytes()
        key = hashlib.sha256(content).digest()
        known = self._by_content.get(key)
        if known is None:
            known = self._by_content[key] = ssl.create_default_context(cafile=ca_file)
        return known
