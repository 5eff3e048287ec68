"""A sink that sends through Apprise: one URL, one target, threads of its own.

Threads that hang are daemon threads: the process may simply end, and neither `close` nor the end of the
interpreter waits for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from alertd.domain.notification import Delivery, Outcome, Reason, SendResult, Width
from alertd.sinks.addresses import known_url
from alertd.sinks.outcome import Attempt, Status, judge, text_is_refused
from alertd.sinks.render import Message, render
from alertd.sinks.settings import BEST_EFFORT, SinkSettings
from alertd.sinks.shorten import plain_essentials, shorten
from alertd.sinks.texts import Language
from alertd.sinks.threads import CallFailed, CallThreads, TooManyHang
from alertd.telemetry import redact

if TYPE_CHECKING:
    from alertd.sinks.apprise_plugin import ApprisePlugin

MOST_LOST = 8  # hung sends, each with a thread and a socket of its own
_LOADING_DEADLINE_S = 60.0
# Beyond the socket's own timeout, so that it speaks first: it knows whether a connection ever stood.
_GRACE_S = 0.5
_GOOD_NEWS = (Reason.RECOVERED, Reason.CLOSED)


def validate(name: str, settings: SinkSettings) -> str | None:
    """Load the sink's URL; None, or a line that names the key, what is wrong and the cure.

    Blocks, and loads Apprise (27 MB, then 52 MB for its plugins): call it in a thread where a loop runs.
    """
    url = known_url(settings)
    from alertd.sinks.apprise_plugin import ApprisePlugin, UnusableUrl

    try:
        ApprisePlugin(url, settings.timeout_s)
    except UnusableUrl as error:
        return redact(f"sinks.{name}.url: {error}")
    return None


class AppriseSink:
    """See `alertd.outbox.delivery.Sink`, which it fits without knowing it."""

    names_at_most = 1
    # At most as many as a burst of hundreds needs at a service that takes 50 ms an answer; more threads only
    # wait for each other, and the event loop for all of them. Sends of one plugin share only what is settled
    # once it is loaded. A send was measured at 1 to 1.5 ms of CPU.
    width = Width(first=2, proven=4, most=32, work_s=0.0015)

    def __init__(self, name: str, settings: SinkSettings, language: Language, timezone: ZoneInfo) -> None:
        """`language` and `timezone` are the daemon's; the sink's own settings win."""
        self.name = name
        self._url = known_url(settings)
        self._timeout_s = settings.timeout_s
        self._language: Language = settings.language or language
        self._timezone = settings.timezone or timezone
        self._best_effort = settings.scheme in BEST_EFFORT
        self._plugins: dict[
            bool, ApprisePlugin
        ] = {}  # by whether it is hushed: a switch is the service's own
        self._loading = asyncio.Lock()
        self._threads = CallThreads(f"sink:{name}", MOST_LOST)

    @property
    def lost_sends(self) -> int:
        """Sends that did not end by their deadline and are still running."""
        return self._threads.lost

    async def send(self, deliveries: Sequence[Delivery], now: datetime) -> SendResult:
        """One attempt within `timeout_s`. Raises: nothing but CancelledError."""
        delivery = deliveries[0]
        message = render(delivery, language=self._language, timezone=self._timezone, now=now)
        try:
            plugin = await self._loaded(hushed=delivery.notification.is_canary)
        except TimeoutError:
            return SendResult(Outcome.TRANSIENT, "loading the service takes too long")
        except TooManyHang:
            return self._sick()
        except CallFailed as failed:
            return SendResult(Outcome.TRANSIENT, redact(f"the service cannot be loaded: {failed}"))
        if isinstance(plugin, SendResult):
            return plugin
        return await self._send(plugin, shorten(message, plugin.limits), delivery)

    async def close(self) -> None:
        """Nothing to wait for: what still hangs ends with the process."""

    async def _send(self, plugin: ApprisePlugin, message: Message, delivery: Delivery) -> SendResult:
        try:
            attempt = await self._attempt(plugin, message, delivery)
            if text_is_refused(attempt):
                attempt = await self._attempt(plugin, plain_essentials(message), delivery)
        except TooManyHang:
            return self._sick()
        result = judge(attempt)
        if result.outcome is Outcome.SENT and self._best_effort:
            detail = "best effort: this service gives no proof of delivery"
            return SendResult(Outcome.SENT, detail, took_s=result.took_s)
        return result

    async def _attempt(self, plugin: ApprisePlugin, message: Message, delivery: Delivery) -> Attempt:
        notification = delivery.notification
        good_news = notification.reason in _GOOD_NEWS
        call = partial(plugin.send, message, notification.alert.severity, good_news)
        try:
            return await self._threads.call(call, self._timeout_s + _GRACE_S)
        except TimeoutError:
            return Attempt(Status.DEADLINE, (f"no answer within {self._timeout_s:g} s",))
        except CallFailed as failed:
            return Attempt(Status.FAILURE, (redact(str(failed)),))

    async def _loaded(self, *, hushed: bool) -> ApprisePlugin | SendResult:
        """The service, loaded once in a thread, or why there is none.

        Raises: TimeoutError, TooManyHang, CallFailed.
        """
        async with self._loading:
            if hushed not in self._plugins:
                loaded = await self._threads.call(partial(self._load, hushed=hushed), _LOADING_DEADLINE_S)
                if isinstance(loaded, str):
                    return SendResult(Outcome.PERMANENT, loaded)
                self._plugins[hushed] = loaded
            return self._plugins[hushed]

    def _load(self, *, hushed: bool) -> ApprisePlugin | str:
        from alertd.sinks.apprise_plugin import ApprisePlugin, UnusableUrl

        try:
            return ApprisePlugin(self._url, self._timeout_s, hushed=hushed)
        except UnusableUrl as error:
            return redact(f"sinks.{self.name}.url: {error}")

    def _sick(self) -> SendResult:
        return SendResult(Outcome.TRANSIENT, f"sick: {self._threads.lost} sends hang; not tried")
