"""Hears what Apprise says of one send, and which exception it was handling when it said so.

Importing this module imports requests and structlog, not Apprise.
"""

from __future__ import annotations

import logging
import smtplib
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import requests
import structlog
from msgspec.structs import replace
from requests.exceptions import ConnectTimeout, RequestException
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from alertd.sinks.figures import clean
from alertd.sinks.outcome import Cause
from alertd.sinks.provider_answer import ProviderAnswer, read_provider_answer
from alertd.telemetry import redact

log = structlog.get_logger(__name__)

_APPRISE = "apprise"  # the name of its logger
_MAIL = "apprise.plugins.email.smtp"
# Raised only before a request can have left. Not ProxyError: it is also raised for an answer that never came.
_NO_CONNECTION = (
    ConnectTimeout,
    NewConnectionError,  # also a name that does not resolve
    ConnectTimeoutError,
    ConnectionRefusedError,
    socket.gaierror,
    ssl.SSLCertVerificationError,
    smtplib.SMTPConnectError,
)
_PROXY_REFUSES = "Tunnel connection failed"  # an OSError without a type of its own
_DEEPEST = 8
_ASKING = ("request", "get", "post", "put", "patch", "delete", "head")


class Ear:
    """Hears what Apprise logs during one send, and which exception it was handling when it did.

    A plugin logs "A connection error occurred" inside its `except` block. The exception tells a refused
    connection from an answer that never came; the DEBUG record that would also tell holds the token.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.cause: Cause | None = None
        self.answer: ProviderAnswer | None = None  # to the request made last

    def hear_answer(self, answer: requests.Response | None) -> None:
        """None: another request begins."""
        if answer is None:
            self.answer = None
            return
        wish = answer.headers.get("Retry-After", "")
        found = read_provider_answer(answer.status_code, wish, answer.content)
        self.answer = replace(found, words=redact(found.words))

    def hear(self, text: str) -> None:
        """Inside the `except` block, if there is one."""
        self.texts.append(redact(text))
        self.hear_cause()

    def hear_cause(self) -> None:
        """Only what is being handled now, if anything is."""
        error = sys.exc_info()[1]
        if error is None:
            return
        self.cause = cause_of(error)
        self.texts += [
            redact(f"the mail server says: {code} {words}") for code, words in _mail_answers(error)
        ]


class Listening(threading.local):
    """Who listens on this thread."""

    ear: Ear | None = None


listening = Listening()


def cause_of(error: BaseException) -> Cause | None:
    """What an exception proves about the request; None where it is no network failure."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Cause.LOGIN_REFUSED if error.smtp_code >= 500 else Cause.NOT_SENT
    if (answers := _mail_answers(error)) and not isinstance(error, smtplib.SMTPConnectError):
        return Cause.REFUSED if min(code for code, _ in answers) >= 500 else Cause.NOT_SENT
    here: object = error
    for _ in range(_DEEPEST):
        if isinstance(here, _NO_CONNECTION) or (
            type(here) is OSError and str(here).startswith(_PROXY_REFUSES)
        ):
            return Cause.NOT_SENT
        inner = getattr(here, "reason", None) or getattr(here, "__cause__", None)
        if inner is None and isinstance(here, BaseException) and here.args:
            inner = here.args[0]
        if not isinstance(inner, BaseException):
            break
        here = inner
    network = (RequestException, OSError, smtplib.SMTPException)
    return Cause.UNCLEAR if isinstance(error, network) else None


def _mail_answers(error: BaseException) -> list[tuple[int, str]]:
    """What a mail server answered, clipped; nothing where it did not answer."""
    answers: list[tuple[int, bytes | str]] = []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        answers = [(error.smtp_code, error.smtp_error)]
    return [
        (code, clean(words.decode("utf-8", "replace") if isinstance(words, bytes) else words))
        for code, words in answers
    ]


def listen_to_answers(service: object) -> None:
    """Hear what a provider answers: Apprise keeps the status in a text, and drops body and headers."""
    for cls in type(service).__mro__:
        module: Any = sys.modules.get(cls.__module__)
        if getattr(module, "requests", None) is requests:
            module.requests = _Requests()


class _Requests:
    """The module `requests` as one plugin sees it: every answer is heard on its way."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(requests, name)
        return partial(_ask, found) if name in _ASKING else found


def _ask(call: Callable[..., requests.Response], *args: Any, **options: Any) -> requests.Response:
    ear = listening.ear
    if ear is None:
        return call(*args, **options)
    ear.hear_answer(None)
    answer = call(*args, **options)
    ear.hear_answer(answer)
    return answer


def listen_to_mail() -> None:
    """Hear why a mail was not sent: Apprise tells that at DEBUG only, which stays switched off."""
    module: Any = import_module(_MAIL)
    if not isinstance(module.logger, _MailLogger):
        module.logger = _MailLogger(module.logger)


class _MailLogger:
    """The logger of that one module: of what is told at DEBUG the exception is looked at, never the text."""

    def __init__(self, logger: Any) -> None:
        self._logger = logger

    def debug(self, *_: object) -> None:
        if listening.ear is not None:
            listening.ear.hear_cause()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._logger, name)


def keep_apprise_quiet() -> None:
    """Warnings only, into our own log, redacted: at DEBUG Apprise and urllib3 log URLs with tokens.

    Higher than WARNING would empty what a send reports.
    """
    for name in (_APPRISE, "urllib3"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        logger.propagate = False
        if not any(isinstance(handler, _ToOurLog) for handler in logger.handlers):
            logger.addHandler(_ToOurLog())


class _ToOurLog(logging.Handler):
    """The delivery's outcome says it to people already, so here it is kept for debugging only."""

    def emit(self, record: logging.LogRecord) -> None:
        text = redact(record.getMessage())
        log.debug("library_says", library=record.name, text=text)
        # `apprise_capture`: Apprise's own mark of what must not stand in a result.
        is_for_results = record.name == _APPRISE and getattr(record, "apprise_capture", True)
        if is_for_results and listening.ear is not None:
            listening.ear.hear(text)
