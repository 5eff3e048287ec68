"""A message -> the bytes of the request that Apprise's `json://` would send. Pure.

Source: Apprise 2.2.0, `plugins/custom_json.py`, and the headers requests adds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from alertd.domain.alert import Severity
from alertd.sinks.message import Message
from alertd.sinks.shorten import Limits
from alertd.sinks.webhook_url import Webhook

_TYPES = {Severity.CRITICAL: "failure", Severity.WARNING: "warning", Severity.INFO: "info"}
_SUCCESS = "success"


def _utf16_units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


LIMITS = Limits(title=250, body=32_768, lines=0, length=_utf16_units)


def type_of(severity: Severity, good_news: bool) -> str:
    """Apprise's word for how bad it is."""
    return _SUCCESS if good_news else _TYPES[severity]


class RequestMaker:
    """Makes the requests of one webhook."""

    def __init__(self, webhook: Webhook) -> None:
        self._extras = webhook.extras
        headers = {
            "Host": webhook.authority,
            "User-Agent": "alertd",
            "Accept-Encoding": "gzip, deflate",
            "Accept": "*/*",
            "Connection": "keep-alive",
            "Content-Type": "application/json",
        }
        for name, value in webhook.headers.items():
            _put(headers, name, value)
        if webhook.login:
            _put(headers, "Authorization", webhook.login)
        lines = [f"{webhook.method} {webhook.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._head = "\r\n".join([*lines, "Content-Length: "]).encode("ascii")

    def request(self, message: Message, severity: Severity, good_news: bool) -> bytes:
        """Head and body. The message fits already: see `LIMITS`."""
        body = json.dumps(self._payload(message, type_of(severity, good_news))).encode("ascii")
        return b"%b%d\r\n\r\n%b" % (self._head, len(body), body)

    def _payload(self, message: Message, kind: str) -> Mapping[str, Any]:
        payload: dict[str, Any] = {
            "version": "1.0",
            "title": message.title.strip(),
            "message": message.body.rstrip(),
            "attachments": [],
            "type": kind,
        }
        for key, value in self._extras.items():
            if key not in payload:
                payload[key] = value
            elif value:
                payload[value] = payload[key]
                del payload[key]  # also under its own name: so does Apprise
            else:
                del payload[key]
        return payload


def _put(headers: dict[str, str], name: str, value: str) -> None:
    """A header replaces one of the same name, however that is written."""
    for other in [other for other in headers if other.lower() == name.lower()]:
        del headers[other]
    headers[name] = value
