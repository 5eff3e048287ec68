"""IP addresses in what an exchange says."""

from __future__ import annotations

import re
from ipaddress import ip_address

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
