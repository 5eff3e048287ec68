"""alertd/store/settings.py"""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from alertd.store.settings import StoreSettings


@pytest.mark.parametrize(
    ("url", "resolved"),
    [
        ("sqlite:///alertd.db", "sqlite:////var/lib/alertd/alertd.db"),
        ("sqlite:///deep/a.db", "sqlite:////var/lib/alertd/deep/a.db"),
        ("sqlite:////srv/a.db", "sqlite:////srv/a.db"),
        (" postgresql://anna:secret@db/alertd ", "postgresql://anna:secret@db/alertd"),
    ],
)
def test_a_relative_file_lies_in_the_folder_given(url: str, resolved: str) -> None:
    assert StoreSettings.model_validate({"url": url}).resolved_url(Path("/var/lib/alertd")) == resolved


def test_defaults() -> None:
    settings = StoreSettings()
    assert settings.resolved_url(Path("/x")) == "sqlite:////x/alertd.db"
    assert settings.retention_days == 90


def test_a_password_is_not_shown() -> None:
    settings = StoreSettings.model_validate({"url": "postgresql://anna:hunter2@db/alertd"})
    assert "hunter2" not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:", "mysql://hunter2@db", "hunter2"])
def test_urls_that_cannot_work(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        StoreSettings.model_validate({"url": url})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{"retention_days": 0}, {"retention": 3}])
def test_wrong_keys_and_values_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        StoreSettings.model_validate(wrong)


@pytest.mark.parametrize(("kept_days", "interval_s"), [(1, 3_600), (7, 25_200), (24, 86_400), (90, 86_400)])
def test_what_is_kept_briefly_is_pruned_more_often_than_daily(kept_days: int, interval_s: float) -> None:
    assert StoreSettings(retention_days=kept_days).prune_interval_s == interval_s
