"""Addresses by region and environment."""

from __future__ import annotations

import pytest

from alertd.exchanges.okx.hosts import endpoints


@pytest.mark.parametrize(
    ("region", "environment", "host", "rest"),
    [
        ("global", "production", "ws.okx.com", "https://openapi.okx.com"),
        ("global", "demo", "wspap.okx.com", "https://openapi.okx.com"),
        ("eea", "production", "wseea.okx.com", "https://eea.okx.com"),
        ("eea", "demo", "wseeapap.okx.com", "https://eea.okx.com"),
        ("us", "production", "wsus.okx.com", "https://us.okx.com"),
        ("us", "demo", "wsuspap.okx.com", "https://us.okx.com"),
        ("tr", "production", "ws.okx.com", "https://tr.okx.com"),
        ("tr", "demo", "wspap.okx.com", "https://tr.okx.com"),
    ],
)
def test_each_region_and_environment_on_port_443(region, environment, host, rest):
    found = endpoints(region, environment)
    assert found.private_ws_url == f"wss://{host}/ws/v5/private"
    assert found.business_ws_url == f"wss://{host}/ws/v5/business"
    assert found.rest_url == rest
