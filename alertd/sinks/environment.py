"""What the environment says about how Apprise (by requests) reaches a web server."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from pathlib import Path
from urllib.request import getproxies

from alertd.sinks.webhook_url import NotNative, Webhook

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def refuse_special_ways(webhook: Webhook) -> None:
    """Raises: NotNative where only Apprise goes the way the environment asks for."""
    proxies = getproxies()
    if proxies.get("https" if webhook.secure else "http") or proxies.get("all"):
        raise NotNative("a proxy is set in the environment")
    if not webhook.login and any(map(_is_there, _netrc_files())):
        raise NotNative("there is a .netrc file, which may hold a login for its host")


def _netrc_files() -> list[str]:
    named = os.environ.get("NETRC")
    return [named] if named else ["~/.netrc", "~/_netrc"]


def _is_there(file: str) -> bool:
    """Whether requests would find it."""
    try:
        return Path(file).expanduser().exists()
    except (RuntimeError, OSError):
        return False  # a service's user has no home, or one that nobody may look into


def tls_context(*, verify: bool) -> ssl.SSLContext:
    """The authorities Apprise trusts: those of the environment, else those of certifi.

    Blocks (20 ms) the first time. Raises: OSError, where the file named in the environment is none.
    """
    bundle = next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), "")
    return _context(bundle if verify else "", verify=verify)


@lru_cache(maxsize=4)
def _context(bundle: str, *, verify: bool) -> ssl.SSLContext:
    if not verify:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context = _trusting(Path(bundle) if bundle else _certifi())
    context.set_alpn_protocols(["http/1.1"])
    return context


def _trusting(bundle: Path) -> ssl.SSLContext:
    if bundle.is_dir():
        return ssl.create_default_context(capath=str(bundle))
    return ssl.create_default_context(cafile=str(bundle))


def _certifi() -> Path:
    import certifi

    return Path(certifi.where())
