"""A sink that sends what Apprise's `json://` sends, itself: on the event loop, without a thread."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from alertd.clock import Clock
from alertd.domain.notification import Delivery, Outcome, SendResult, Width
from alertd.sinks.ahead import Ahead
from alertd.sinks.document import Document
from alertd.sinks.environment import tls_context
from alertd.sinks.http_connection import NoAnswer, NotSent
from alertd.sinks.http_pool import HttpPool
from alertd.sinks.shorten import shorten
from alertd.sinks.speech import Reader
from alertd.sinks.webhook_outcome import judge_answer, said_by
from alertd.sinks.webhook_request import LIMITS, RequestMaker
from alertd.sinks.webhook_url import Webhook
from alertd.sinks.wording import Wording
from alertd.telemetry import redact


class WebhookSink:
    """See `alertd.outbox.delivery.Sink`, which it fits without knowing it."""

    names_at_most = LIMITS.names_at_most
    width = Width(first=2, proven=64, most=256, work_s=0.0002)

    def __init__(
        self,
        name: str,
        webhook: Webhook,
        *,
        timeout_s: float,
        reader: Reader,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self._timeout_s = timeout_s
        self._wording = Wording(reader)
        self._maker = RequestMaker(webhook)
        self._to_head = webhook.method == "HEAD"
        self._clock = clock or Clock()
        tls = partial(_context, verify=webhook.verify) if webhook.secure else None
        self._pool = HttpPool(webhook.host, webhook.port, tls, self._clock)
        self._ahead: Ahead[bytes] = Ahead()

    def prepare(self, delivery: Delivery, now: datetime) -> None:
        """Make its request: it is being stored, and `send` follows if that succeeds."""
        self._ahead.keep(delivery, self._request(self._wording.of_one(delivery, now)), now)

    async def send(self, deliveries: Sequence[Delivery], now: datetime) -> SendResult:
        """One attempt within `timeout_s`. Raises: nothing but CancelledError."""
        request = self._ahead.take(deliveries, now)
        if request is None:
            request = self._request(await self._wording.document(deliveries, now))
        began_s, busy_s = self._clock.monotonic_s(), self._clock.busy_s()
        try:
            answer = await self._pool.ask(request, self._timeout_s, to_head=self._to_head)
        except NotSent as failed:
            return SendResult(Outcome.TRANSIENT, redact(str(failed)))
        except NoAnswer as failed:
            return SendResult(Outcome.UNKNOWN, redact(str(failed)))
        # What the loop was busy with meanwhile is not the receiver's doing: taken for it, a burst to a quick
        # receiver would look slow for its own size, and be widened for that.
        took_s = self._clock.monotonic_s() - began_s - (self._clock.busy_s() - busy_s)
        result = judge_answer(answer, now, max(0.0, took_s))
        return replace(result, answer=said_by(answer, redact)) if answer.status >= 300 else result

    async def close(self) -> None:
        """Let go of the connections that are kept."""
        self._pool.close()

    def _request(self, document: Document) -> bytes:
        return self._maker.request(shorten(document, LIMITS), document.severity, document.good_news)


async def _context(*, verify: bool) -> ssl.SSLContext:
    """Raises: NotSent."""
    try:
        return await asyncio.to_thread(tls_context, verify=verify)
    except OSError as error:
        raise NotSent(f"the authorities to trust cannot be read: {error.strerror}") from error
