"""IP addresses in what an exchange says, and URLs in what a user writes."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

# Whatever could be an IPv4 or IPv6 address; what it is, is for the standard library to say.
_CANDIDATE = re.compile(r"[0-9A-Fa-f:.]{2,45}")


def first_address(text: str) -> str | None:
    """The first IP address in a sentence; None where there is none."""
    for candidate in _CANDIDATE.findall(text):
        try:
            return str(ip_address(candidate.rstrip(".:") if not candidate.endswith("::") else candidate))
        except ValueError:
            continue
    return None


def checked_url(url: str, safe: str, plain: str) -> SplitResult:
    """The parts of an exchange's URL; `safe` and `plain` are the schemes it may have.

    Raises: ValueError with the cure.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as exc:
        raise ValueError(f"is no URL: {exc}") from exc
    if parts.scheme not in (safe, plain) or not parts.hostname:
        raise ValueError(f"must begin with {safe}:// and name a host")
    if parts.username or parts.password:
        raise ValueError("must not hold a user name or password")
    return parts


def check_plain_stays_here(parts: SplitResult, safe: str, plain: str) -> None:
    """Raises: ValueError where keys would travel to another machine in the open."""
    if parts.scheme == plain and not is_loopback(parts.hostname or ""):
        raise ValueError(f"{plain}:// is for this machine only, keys would travel in the open: use {safe}://")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
