"""PURE: what a running daemon cannot change, because it stands on it."""

from __future__ import annotations

from alertd.config.settings import Settings


def with_fixed_kept(old: Settings, new: Settings) -> tuple[Settings, list[str]]:
    """`new` as far as it can be applied without a restart, and one line for each key that stays as it was.

    No line shows a value: the store's URL may hold a password.
    """
    kept = []
    if old.store.resolved_url(old.state_dir) != new.store.resolved_url(new.state_dir):
        kept.append("store.url")
    kept += [f"web.{key}" for key in ("host", "port") if getattr(old.web, key) != getattr(new.web, key)]
    fitted = new.model_copy(
        update={
            "store": new.store.model_copy(update={"url": old.store.url}),
            "web": new.web.model_copy(update={"host": old.web.host, "port": old.web.port}),
        }
    )
    fitted._state_dir = old.state_dir
    return fitted, [f"{key}: keeps its old value until alertd is restarted" for key in kept]
