"""Covers alertd/canary/settings.py."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from alertd.canary.settings import CanarySettings, DeadManSettings, PeerSettings


def test_by_default_it_flies_and_nobody_is_pinged() -> None:
    canary, dead_man = CanarySettings(), DeadManSettings()
    assert (canary.enabled, canary.interval_s, canary.chat_interval_s) == (True, 300, 6 * 3600)
    assert (dead_man.address, dead_man.interval_s) == (None, 300)


@pytest.mark.parametrize(
    ("seconds", "taken"), [(0, True), (21_600, True), (86_400, True), (21_599, False), (-1, False)]
)
def test_a_chat_is_left_in_peace(seconds: float, taken: bool) -> None:
    if taken:
        assert CanarySettings(chat_interval_s=seconds).chat_interval_s == seconds
        return
    with pytest.raises(ValidationError, match="21600"):
        CanarySettings(chat_interval_s=seconds)


@pytest.mark.parametrize(
    "url",
    ["hc-ping.com/abc", "ftp://h/secretpath", "https://", "http://h:x/secretpath", "tgram://secretpath/1"],
)
def test_what_is_no_web_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ValidationError, match="is no web address") as refused:
        DeadManSettings.model_validate({"url": url})
    assert "secretpath" not in str(refused.value)


def test_a_web_address() -> None:
    settings = DeadManSettings.model_validate({"url": " https://watch.example/ping/uuid "})
    assert settings.address == "https://watch.example/ping/uuid"
    assert "uuid" not in repr(settings)


@pytest.mark.parametrize(
    "token", ["", "short", "fifteen-letters", "with a space in it", "with/a/slash/in/it", "ü" * 20]
)
def test_a_token_that_could_be_guessed_or_not_stand_in_a_path_is_refused(token: str) -> None:
    with pytest.raises(ValidationError, match="16 letters") as refused:
        PeerSettings.model_validate({"token": token})
    assert not token or token not in str(refused.value)
