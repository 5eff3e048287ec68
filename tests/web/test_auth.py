"""Covers alertd/web/auth.py."""

from __future__ import annotations

import pytest

from alertd.web.auth import bearer_check


@pytest.mark.parametrize(
    ("token", "header", "passes"),
    [
        ("t0ken", "Bearer t0ken", True),
        ("t0ken", "Bearer wrong", False),
        ("t0ken", "t0ken", False),
        ("t0ken", "", False),
        ("t0ken", None, False),
        (None, "Bearer ", False),
        (None, "Bearer None", False),
        ("tökén", "Bearer tökén", True),
    ],
)
def test_only_the_bearer_of_the_token_passes(token: str | None, header: str | None, passes: bool) -> None:
    assert bearer_check(token)(header) is passes
