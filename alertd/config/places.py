"""Where the configuration, its secrets and the daemon's state lie."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from alertd.domain.errors import ConfigError

CONFIG_PLACES = (Path("config/alertd.toml"), Path("/etc/alertd/alertd.toml"))
SHARED_SECRETS = Path("/run/secrets")
SYSTEM_STATE = Path("/var/lib/alertd")  # of the service, whose environment another command does not see

SMALLEST_FILE = """\
[accounts.main]
exchange = "okx"     # secrets: ALERTD_ACCOUNTS__MAIN__API_KEY, ..__API_SECRET, ..__PASSPHRASE

[sinks.phone]        # secret: ALERTD_SINKS__PHONE__URL, such as tgram://TOKEN/CHAT
"""


class SecretsFolder(msgspec.Struct, frozen=True):
    """`shared`: files of other programs may lie there too, and whoever mounts it chooses the modes."""

    path: Path
    shared: bool


def find_config(path: Path | None, env: Mapping[str, str]) -> Path:
    """The configuration file: `path`, else `$ALERTD_CONFIG`, else the usual places.

    Raises: ConfigError that names every place looked at and shows the smallest file.
    """
    if path is not None:
        return _existing((path,), "--config")
    if named := env.get("ALERTD_CONFIG"):
        return _existing((Path(named),), "$ALERTD_CONFIG")
    return _existing(CONFIG_PLACES, "neither --config nor $ALERTD_CONFIG is given")


def _existing(places: tuple[Path, ...], why: str) -> Path:
    for place in places:
        if place.is_file():
            return place
    looked_at = ", ".join(str(place) for place in places)
    smallest = "\n".join(f"    {line}" for line in SMALLEST_FILE.splitlines())
    problem = f"no configuration file; looked at: {looked_at} ({why})\nThe smallest one is:\n{smallest}"
    raise ConfigError([problem])


def secrets_folder(given: Path | None, env: Mapping[str, str]) -> SecretsFolder | None:
    """Where secret files lie: `--secrets-dir`, else `$CREDENTIALS_DIRECTORY`, else /run/secrets if any."""
    if given is not None:
        return SecretsFolder(given, shared=False)
    if by_systemd := env.get("CREDENTIALS_DIRECTORY"):
        return SecretsFolder(Path(by_systemd), shared=True)
    return SecretsFolder(SHARED_SECRETS, shared=True) if SHARED_SECRETS.is_dir() else None


def state_folder(config_path: Path, env: Mapping[str, str]) -> Path:
    """Where the daemon keeps things: `$STATE_DIRECTORY` (its first entry), else beside the configuration."""
    by_systemd = env.get("STATE_DIRECTORY", "").split(":")[0]
    return Path(by_systemd) if by_systemd else config_path.absolute().parent


def near_state_folders(config: Path | None, env: Mapping[str, str]) -> tuple[Path, ...]:
    """Where a daemon on this machine may keep things, the likeliest first."""
    try:
        return state_folder(find_config(config, env), env), SYSTEM_STATE
    except ConfigError:
        return (SYSTEM_STATE,)


def system_timezone() -> ZoneInfo:
    """The machine's time zone by its IANA name: `$TZ`, /etc/localtime, /etc/timezone, else UTC."""
    for name in (os.environ.get("TZ", "").lstrip(":"), _localtime_name(), _read_name(Path("/etc/timezone"))):
        if name and not name.startswith("/"):
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return ZoneInfo("UTC")


def _localtime_name() -> str:
    localtime = Path("/etc/localtime")
    target = str(localtime.resolve()) if localtime.is_symlink() else ""
    return target.partition("zoneinfo/")[2]


def _read_name(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
