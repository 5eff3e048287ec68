"""Where OKX listens, by region and environment. Port 443: the old 8443 was switched off on 2026-10-31.

Source: OKX API guide, "Production/Demo Trading Services"; announcement of 2026-09-30.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Region = Literal["global", "eea", "us", "tr"]
Environment = Literal["production", "demo"]


class Endpoints(NamedTuple):
    """Full WebSocket URLs, and the base of REST calls without a slash at its end."""

    private_ws_url: str
    business_ws_url: str
    rest_url: str


# Türkiye has no demo host of its own in the guide: the global one is used (UNVERIFIED).
_WS_HOSTS: dict[tuple[Region, Environment], str] = {
    ("global", "production"): "ws.okx.com",
    ("global", "demo"): "wspap.okx.com",
    ("eea", "production"): "wseea.okx.com",
    ("eea", "demo"): "wseeapap.okx.com",
    ("us", "production"): "wsus.okx.com",
    ("us", "demo"): "wsuspap.okx.com",
    ("tr", "production"): "ws.okx.com",
    ("tr", "demo"): "wspap.okx.com",
}
# Demo has no REST host of its own; a header selects it.
_REST_URLS: dict[Region, str] = {
    "global": "https://openapi.okx.com",
    "eea": "https://eea.okx.com",
    "us": "https://us.okx.com",
    "tr": "https://tr.okx.com",
}


def endpoints(region: Region, environment: Environment) -> Endpoints:
    """The exchange's own addresses. A key belongs to exactly one region and environment."""
    base = f"wss://{_WS_HOSTS[region, environment]}/ws/v5"
    return Endpoints(f"{base}/private", f"{base}/business", _REST_URLS[region])
