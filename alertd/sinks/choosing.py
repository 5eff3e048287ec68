"""Which sender a sink gets: decided from its URL, once, when it is built."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from alertd.sinks.addresses import known_url
from alertd.sinks.apprise_sink import AppriseSink
from alertd.sinks.apprise_sink import validate as validate_apprise
from alertd.sinks.environment import refuse_special_ways, tls_context
from alertd.sinks.moved import Facts
from alertd.sinks.settings import SinkSettings
from alertd.sinks.texts import Language
from alertd.sinks.webhook_sink import WebhookSink
from alertd.sinks.webhook_url import NotNative, Webhook, read_webhook
from alertd.telemetry import register_secret


def make_sink(
    name: str, settings: SinkSettings, language: Language, timezone: ZoneInfo, facts: Facts | None = None
) -> WebhookSink | AppriseSink:
    """`language` and `timezone` are the daemon's; the sink's own settings win. `facts`: where a sink keeps
    what it learns.

    A URL that must be sent natively and cannot be is left to Apprise: `validate` has refused it.
    """
    try:
        webhook = _webhook(settings)
    except NotNative:
        return AppriseSink(name, settings, language=language, timezone=timezone, facts=facts)
    return WebhookSink(
        name, webhook, timeout_s=settings.timeout_s, reader=settings.reader(language, timezone)
    )


def validate(name: str, settings: SinkSettings) -> str | None:
    """None, or a line that names the key, what is wrong and the cure.

    Blocks, and loads Apprise where it is needed: call it in a thread where a loop runs.
    """
    try:
        webhook = _webhook(settings)
    except NotNative as reason:
        problem = validate_apprise(name, settings)
        if problem is None and settings.via == "native":
            return f"sinks.{name}.via: this URL cannot be sent natively: {reason}; leave the key out"
        return problem
    if webhook.secure:
        try:
            tls_context(verify=webhook.verify)
        except OSError as error:
            return f"sinks.{name}.url: the authorities named in the environment cannot be read: {error}"
    return None


def _webhook(settings: SinkSettings) -> Webhook:
    """Raises: NotNative."""
    url = known_url(settings)
    if settings.via == "apprise":
        raise NotNative("Apprise is asked for")
    webhook = read_webhook(url)
    refuse_special_ways(webhook)
    register_secret(webhook.login.removeprefix("Basic "))  # user and password, as a receiver may repeat them
    return webhook
