"""Covers alertd/alerts/obeying.py."""

from __future__ import annotations

import pytest

from alertd.domain.command import Command, CommandRefused
from tests.alerts.nouns import START, Run


def test_what_nobody_serves_is_refused() -> None:
    with pytest.raises(CommandRefused, match="Command is not available"):
        Run().obey(Command(person="anna", at=START))  # type: ignore[arg-type]
