"""Where the configuration, secrets and state are looked for."""

from __future__ import annotations

import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alertd.config.places import (
    SMALLEST_FILE,
    SYSTEM_STATE,
    find_config,
    near_state_folders,
    secrets_folder,
    state_folder,
    system_timezone,
)
from alertd.domain.errors import ConfigError


def test_the_option_wins_over_the_environment(tmp_path: Path) -> None:
    given, named = tmp_path / "given.toml", tmp_path / "named.toml"
    given.touch()
    named.touch()
    assert find_config(given, {"ALERTD_CONFIG": str(named)}) == given
    assert find_config(None, {"ALERTD_CONFIG": str(named)}) == named


def test_the_usual_place_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "alertd.toml").touch()
    assert find_config(None, {}) == Path("config/alertd.toml")


@pytest.mark.parametrize(
    ("option", "env", "looked_at"),
    [
        (Path("no/such.toml"), {"ALERTD_CONFIG": "other.toml"}, ["no/such.toml", "--config"]),
        (None, {"ALERTD_CONFIG": "no/named.toml"}, ["no/named.toml", "$ALERTD_CONFIG"]),
        (None, {}, ["config/alertd.toml", "/etc/alertd/alertd.toml"]),
    ],
)
def test_a_missing_file_names_the_places_and_the_smallest_file(
    option: Path | None,
    env: dict[str, str],
    looked_at: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        find_config(option, env)
    assert all(place in str(caught.value) for place in looked_at)
    assert '[accounts.main]\n    exchange = "okx"' in str(caught.value)
    assert "[sinks.phone]" in str(caught.value)


def test_the_smallest_file_is_toml() -> None:
    assert tomllib.loads(SMALLEST_FILE) == {"accounts": {"main": {"exchange": "okx"}}, "sinks": {"phone": {}}}


def test_secrets_come_from_the_option_then_from_systemd(tmp_path: Path) -> None:
    env = {"CREDENTIALS_DIRECTORY": "/run/credentials/alertd.service"}
    given = secrets_folder(tmp_path, env)
    assert given is not None
    assert (given.path, given.shared) == (tmp_path, False)
    systemd = secrets_folder(None, env)
    assert systemd is not None
    assert (systemd.path, systemd.shared) == (Path("/run/credentials/alertd.service"), True)


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, Path("/etc/alertd")),
        ({"STATE_DIRECTORY": ""}, Path("/etc/alertd")),
        ({"STATE_DIRECTORY": "/var/lib/alertd"}, Path("/var/lib/alertd")),
        ({"STATE_DIRECTORY": "/var/lib/alertd:/var/lib/other"}, Path("/var/lib/alertd")),
    ],
)
def test_state_lies_where_systemd_says_else_beside_the_configuration(
    env: dict[str, str], expected: Path
) -> None:
    assert state_folder(Path("/etc/alertd/alertd.toml"), env) == expected


def test_the_state_folder_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert state_folder(Path("config/alertd.toml"), {}) == tmp_path / "config"


@pytest.mark.parametrize(
    ("tz", "expected"), [("Asia/Shanghai", "Asia/Shanghai"), (":Europe/Berlin", "Europe/Berlin")]
)
def test_the_time_zone_of_the_process_is_used(
    tz: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", tz)
    assert system_timezone() == ZoneInfo(expected)


@pytest.mark.parametrize("tz", ["", "No/Such_Zone", "../../etc/passwd", "/usr/share/zoneinfo/UTC"])
def test_a_time_zone_that_says_nothing_still_gives_one(tz: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", tz)
    assert system_timezone().key


def test_a_daemon_of_this_machine_keeps_things_beside_its_file_or_where_the_service_does(
    tmp_path: Path,
) -> None:
    file = tmp_path / "alertd.toml"
    file.touch()
    assert near_state_folders(file, {}) == (tmp_path, SYSTEM_STATE)
    assert near_state_folders(file, {"STATE_DIRECTORY": "/x"}) == (Path("/x"), SYSTEM_STATE)
    assert near_state_folders(tmp_path / "none.toml", {}) == (SYSTEM_STATE,)
