"""Covers alertd/sinks/waking.py, and what `SinkSettings` makes of it."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from alertd.sinks.settings import SinkSettings
from alertd.sinks.waking import WAKING


@pytest.mark.parametrize(
    ("url", "wakes", "takes"),
    [
        ("tgram://1:a/2", None, True),
        ("json://host/x", None, True),
        ("json://host/x", True, False),
        ("twilio://a:b@1/2", None, False),
        ("PagerDuty://a@b", None, False),
        ("twilio://a:b@1/2", False, True),  # who says so knows what he does
        ("syslog://", None, False),  # would prove nothing
        ("xmpps://a:b@host", False, False),
    ],
)
def test_where_a_canary_may_go(url: str, wakes: bool | None, takes: bool) -> None:
    assert SinkSettings(url=SecretStr(url), wakes_a_sleeper=wakes).takes_canary is takes


def test_every_service_that_wakes_is_one_that_apprise_knows() -> None:
    from apprise.manager_plugins import NotificationManager

    manager = NotificationManager()
    manager.load_modules()
    assert WAKING - set(manager.schemas()) == set()
