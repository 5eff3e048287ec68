"""The `[store]` table of the configuration."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

A_DAY_S = 86_400.0
PRUNES_PER_RETENTION = 24
COMING_KEYS: tuple[str, ...] = ()

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgres://")


class StoreSettings(BaseModel):
    """Where alertd keeps what it must not forget, and for how long."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: SecretStr = Field(
        default=SecretStr("sqlite:///alertd.db"),
        description="sqlite:///relative.db, sqlite:////absolute/path.db or postgresql://user@host/name. "
        "With a password it is a secret: environment variable ALERTD_STORE__URL or secret file store.url.",
    )
    retention_days: int = Field(
        default=90,
        ge=1,
        le=36_500,
        description="Days that resolved alerts, finished deliveries and the journal of actions (31 at least) "
        "are kept.",
    )

    @field_validator("url")
    @classmethod
    def _is_a_known_form(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value().strip()
        if text.startswith(_SQLITE):
            if text.removeprefix(_SQLITE) in ("", ":memory:"):
                raise ValueError(
                    "names no file, so a restart would forget every alert: write sqlite:///alertd.db"
                )
        elif not text.startswith(_POSTGRESQL):
            raise ValueError(
                "is neither sqlite:///relative.db, sqlite:////absolute/path.db nor postgresql://user@host/name"
            )
        return SecretStr(text)

    @property
    def prune_interval_s(self) -> float:
        """How often what is too old is deleted: so that hardly more is kept than was asked for."""
        return min(A_DAY_S, self.retention_days * A_DAY_S / PRUNES_PER_RETENTION)

    def resolved_url(self, folder: Path) -> str:
        """The URL with a relative SQLite path put under `folder`. It may hold a password."""
        text = self.url.get_secret_value()
        if not text.startswith(_SQLITE):
            return text
        path = Path(text.removeprefix(_SQLITE))
        return _SQLITE + str(path if path.is_absolute() else folder.resolve() / path)
