"""A sink's URL, its secrets registered before anything can show them."""

from __future__ import annotations

from alertd.sinks.settings import SinkSettings
from alertd.sinks.url_secrets import secret_parts
from alertd.telemetry import register_secret


def known_url(settings: SinkSettings) -> str:
    """The URL, for whoever loads or sends to it."""
    url = settings.url.get_secret_value().strip()
    for part in secret_parts(url):
        register_secret(part)
    return url
