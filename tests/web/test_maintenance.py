"""Covers alertd/web/maintenance.py; more in tests/test_maintaining.py."""

from __future__ import annotations

from alertd.web.maintenance import no_announcements


def test_where_none_are_followed_there_are_none() -> None:
    assert no_announcements() == {"windows": [], "sites": []}
