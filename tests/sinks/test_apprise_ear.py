"""What an exception behind a failed send proves, and that no text of Apprise's own secrets is kept."""

import smtplib
from importlib import import_module
from typing import Any

import pytest
import requests
from requests.exceptions import ConnectTimeout, ReadTimeout

from alertd.sinks.apprise_ear import (
    Ear,
    _ask,
    _Requests,
    cause_of,
    listen_to_answers,
    listen_to_mail,
    listening,
)
from alertd.sinks.apprise_plugin import ApprisePlugin
from alertd.sinks.outcome import Cause
from alertd.sinks.provider_answer import ProviderAnswer

# Apprise imports a module that Python 3.11 and 3.12 call outdated.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ConnectTimeout(), Cause.NOT_SENT),
        (ConnectionRefusedError(), Cause.NOT_SENT),
        (smtplib.SMTPConnectError(554, "no"), Cause.NOT_SENT),
        (ReadTimeout(), Cause.UNCLEAR),
        (TimeoutError(), Cause.UNCLEAR),
        (smtplib.SMTPServerDisconnected("gone"), Cause.UNCLEAR),
        (smtplib.SMTPAuthenticationError(535, b"no"), Cause.LOGIN_REFUSED),
        (smtplib.SMTPAuthenticationError(454, b"later"), Cause.NOT_SENT),
        (smtplib.SMTPRecipientsRefused({"a@b": (550, b"no such user")}), Cause.REFUSED),
        (smtplib.SMTPRecipientsRefused({"a@b": (450, b"greylisted")}), Cause.NOT_SENT),
        (smtplib.SMTPRecipientsRefused({"a@b": (550, b"no"), "c@d": (450, b"later")}), Cause.NOT_SENT),
        (smtplib.SMTPSenderRefused(553, b"no", "a@b"), Cause.REFUSED),
        (smtplib.SMTPDataError(451, b"later"), Cause.NOT_SENT),
        (smtplib.SMTPDataError(554, b"spam"), Cause.REFUSED),
        (ValueError("x"), None),
    ],
    ids=repr,
)
def test_what_an_exception_proves(error: BaseException, cause: Cause | None) -> None:
    assert cause_of(error) is cause


def test_every_answer_is_heard_on_its_way_and_only_while_somebody_listens() -> None:
    service = ApprisePlugin("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts", 1.0)._service
    module: Any = import_module(type(service).__module__)
    listen_to_answers(service)  # once more changes nothing
    assert isinstance(module.requests, _Requests)
    assert module.requests.codes.ok == 200
    assert module.requests.RequestException is requests.RequestException
    answer = requests.Response()
    answer.status_code, answer._content = 429, b'{"ok": false, "error": "ratelimited"}'
    answer.headers["Retry-After"] = "7"
    ear = listening.ear = Ear()
    try:
        assert _ask(lambda: answer) is answer
        assert ear.answer == ProviderAnswer(429, "ratelimited", 7.0, is_denied=True)
        with pytest.raises(requests.ConnectionError):
            _ask(raising)
        assert ear.answer is None  # the one before answered another question
    finally:
        listening.ear = None
    assert _ask(lambda: answer) is answer


def raising() -> requests.Response:
    raise requests.ConnectionError


def test_why_a_mail_was_not_sent_is_heard_although_apprise_swallows_it() -> None:
    listen_to_mail()
    listen_to_mail()  # once is enough
    module: Any = import_module("apprise.plugins.email.smtp")
    ear = listening.ear = Ear()
    try:
        try:
            raise smtplib.SMTPRecipientsRefused({"a@b": (550, b"5.1.1 no such user")})
        except smtplib.SMTPException as error:
            module.logger.debug("Socket Exception: %s planted-Secret9", str(error))
    finally:
        listening.ear = None
    assert ear.cause is Cause.REFUSED
    assert ear.texts == ["the mail server says: 550 5.1.1 no such user"]
    module.logger.debug("nobody listens")
    assert module.logger.name == "apprise"  # all else goes where it went
