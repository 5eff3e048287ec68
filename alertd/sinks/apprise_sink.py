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

import structlog
from msgspec.structs import replace

from alertd.domain.notification import Delivery, Outcome, SendResult, Width
from alertd.sinks.addresses import known_url
from alertd.sinks.ahead import Ahead
from alertd.sinks.document import Document, Line, LineKind
from alertd.sinks.message import Markup, Message
from alertd.sinks.moved import Facts, Moved, decode_moved, key_of
from alertd.sinks.outcome import Attempt, Status, judge, moved_to, text_is_refused
from alertd.sinks.room import names_before_loading
from alertd.sinks.settings import BEST_EFFORT, SinkSettings
from alertd.sinks.shorten import plain_essentials, shorten
from alertd.sinks.texts import TEXTS, Language
from alertd.sinks.threads import CallFailed, CallThreads, TooManyHang
from alertd.sinks.wording import Wording
from alertd.telemetry import redact

if TYPE_CHECKING:
    from alertd.sinks.apprise_plugin import ApprisePlugin

log = structlog.get_logger(__name__)

MOST_LOST = 8  # hung sends, each with a thread and a socket of its own
_LOADING_DEADLINE_S = 60.0
# Beyond the socket's own timeout, so that it speaks first: it knows whether a connection ever stood.
_GRACE_S = 0.5


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

    # At most as many as a burst of hundreds needs at a service that takes 50 ms an answer; more threads only
    # wait for each other, and the event loop for all of them. Sends of one plugin share only what is settled
    # once it is loaded. A send was measured at 1 to 1.5 ms of CPU.
    width = Width(first=2, proven=4, most=32, work_s=0.0015)

    def __init__(
        self,
        name: str,
        settings: SinkSettings,
        language: Language,
        timezone: ZoneInfo,
        facts: Facts | None = None,
    ) -> None:
        """`language` and `timezone` are the daemon's; the sink's own settings win. `facts`: where the new id
        of a Telegram group is kept; None: nowhere.
        """
        self._facts = facts
        self.name = name
        self._url = known_url(settings)
        self._timeout_s = settings.timeout_s
        reader = settings.reader(language, timezone)
        self._language: Language = reader.language
        self._wording = Wording(reader)
        self._scheme = settings.scheme
        self._best_effort = settings.scheme in BEST_EFFORT
        self._plugins: dict[
            bool, ApprisePlugin
        ] = {}  # by whether it is hushed: a switch is the service's own
        self._loading = asyncio.Lock()
        self._threads = CallThreads(f"sink:{name}", MOST_LOST)
        self._ahead: Ahead[Document] = Ahead()

    @property
    def lost_sends(self) -> int:
        """Sends that did not end by their deadline and are still running."""
        return self._threads.lost

    @property
    def names_at_most(self) -> int:
        """How many deliveries one message can name; an estimate by the scheme until the service is loaded."""
        for plugin in self._plugins.values():
            return plugin.limits.names_at_most
        return names_before_loading(self._scheme)

    def prepare(self, delivery: Delivery, now: datetime) -> None:
        """Write its message: it is being stored, and `send` follows if that succeeds."""
        self._ahead.keep(delivery, self._wording.of_one(delivery, now), now)

    async def send(self, deliveries: Sequence[Delivery], now: datetime) -> SendResult:
        """One attempt at one message for all, within `timeout_s`. Raises: nothing but CancelledError."""
        document = self._ahead.take(deliveries, now)
        if document is None:
            document = await self._wording.document(deliveries, now)
        try:
            plugin = await self._loaded(hushed=deliveries[0].notification.is_canary)
        except TimeoutError:
            return SendResult(Outcome.TRANSIENT, "loading the service takes too long")
        except TooManyHang:
            return self._sick()
        except CallFailed as failed:
            return SendResult(Outcome.TRANSIENT, redact(f"the service cannot be loaded: {failed}"))
        if isinstance(plugin, SendResult):
            return plugin
        try:
            return await self._send(plugin, document)
        except TooManyHang:
            return self._sick()

    async def close(self) -> None:
        """Nothing to wait for: what still hangs ends with the process."""

    async def _send(self, plugin: ApprisePlugin, document: Document) -> SendResult:
        """Raises: TooManyHang."""
        attempt = await self._try(plugin, document)
        note = "best effort: this service gives no proof of delivery" if self._best_effort else ""
        if (chat := moved_to(attempt)) is not None:
            note = await self._move(plugin, chat)
            first, *rest = document.lines
            moved = replace(document, lines=(first, Line(note, LineKind.NOTE), *rest))
            attempt = await self._try(plugin, moved)
        result = judge(attempt)
        if result.outcome is Outcome.SENT and note:
            return SendResult(Outcome.SENT, note, took_s=result.took_s)
        return result

    async def _try(self, plugin: ApprisePlugin, document: Document) -> Attempt:
        """With markup; once more without any where the service refuses the text. Raises: TooManyHang."""
        message = shorten(document, plugin.limits)
        attempt = await self._attempt(plugin, message, document)
        if text_is_refused(attempt, is_marked=message.markup is not Markup.PLAIN):
            return await self._attempt(plugin, plain_essentials(document), document)
        return attempt

    async def _attempt(self, plugin: ApprisePlugin, message: Message, document: Document) -> Attempt:
        call = partial(plugin.send, message, document.severity, document.good_news)
        try:
            return await self._threads.call(call, self._timeout_s + _GRACE_S)
        except TimeoutError:
            return Attempt(Status.DEADLINE, (f"no answer within {self._timeout_s:g} s",))
        except CallFailed as failed:
            return Attempt(Status.FAILURE, (redact(str(failed)),))

    async def _move(self, plugin: ApprisePlugin, chat: int) -> str:
        """Keep it, and what people are told. Raises: StoreError."""
        facts = {"chat": str(chat), "former": plugin.move(chat), "sink": self.name}
        log.warning("telegram group moved", **facts)
        if self._facts is not None:
            await self._facts.write_fact(key_of(self.name), Moved(facts["former"], chat).encoded())
        return TEXTS[self._language]["telegram_moved"].format_map(facts)

    async def _loaded(self, *, hushed: bool) -> ApprisePlugin | SendResult:
        """The service, loaded once in a thread, or why there is none.

        Raises: TimeoutError, TooManyHang, CallFailed.
        """
        async with self._loading:
            if hushed not in self._plugins:
                loaded = await self._threads.call(partial(self._load, hushed=hushed), _LOADING_DEADLINE_S)
                if isinstance(loaded, str):
                    return SendResult(Outcome.PERMANENT, loaded)
                await self._follow(loaded)
                self._plugins[hushed] = loaded
            return self._plugins[hushed]

    async def _follow(self, plugin: ApprisePlugin) -> None:
        """Go on to where the group moved before a restart. Raises: StoreError."""
        if self._facts is None or not plugin.chat:
            return
        moved = decode_moved(await self._facts.read_fact(key_of(self.name)))
        if moved is not None and moved.former == plugin.chat:
            plugin.move(moved.chat)

    def _load(self, *, hushed: bool) -> ApprisePlugin | str:
        from alertd.sinks.apprise_plugin import ApprisePlugin, UnusableUrl

        try:
            return ApprisePlugin(self._url, self._timeout_s, hushed=hushed)
        except UnusableUrl as error:
            return redact(f"sinks.{self.name}.url: {error}")

    def _sick(self) -> SendResult:
        return SendResult(Outcome.TRANSIENT, f"sick: {self._threads.lost} sends hang; not tried")
