"""Every error alertd raises, each with what is to be done about it."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Disposition(StrEnum):
    """What a failure asks for."""

    RETRY = "retry"  # the same again later, with backoff
    CLOCK = "clock"  # measure the clock offset, then once more
    CREDENTIALS = "credentials"  # an operator must act; never loop
    BUG = "bug"  # our request is wrong; never resend unchanged
    RATE = "rate"  # slow down
    CONFIG = "config"  # that one channel or endpoint is not for this account
    FATAL = "fatal"  # the daemon cannot go on


class AlertdError(Exception):
    """Base of all errors of alertd."""

    disposition: ClassVar[Disposition] = Disposition.BUG


class ConfigError(AlertdError):
    """The configuration cannot be used. `problems` holds one line per finding, each with its cure."""

    disposition = Disposition.CONFIG

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ConnectionLost(AlertdError):
    """A stream's connection ended. `close_code` is None where no close frame came.

    `code`: the exchange's own code, where it gave one. `retry_slowly`: the exchange blames what we sent,
    so that trying fast would only repeat it.
    """

    disposition = Disposition.RETRY

    def __init__(
        self, detail: str, close_code: int | None = None, *, code: str = "", retry_slowly: bool = False
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.close_code = close_code
        self.code = code or (str(close_code) if close_code is not None else "")
        self.retry_slowly = retry_slowly


class NotReached(ConnectionLost):
    """No connection could be made at all: it says something of the host, and nothing of the account.

    `resolved`: whether the host's name was found.
    """

    def __init__(self, detail: str, *, resolved: bool | None = None) -> None:
        super().__init__(detail)
        self.resolved = resolved


class StreamStale(AlertdError):
    """Connected, but a carrier channel went silent, for `silent_s` seconds now."""

    disposition = Disposition.RETRY

    def __init__(self, detail: str, silent_s: float = 0.0) -> None:
        super().__init__(detail)
        self.detail = detail
        self.silent_s = silent_s


class ClockRefused(AlertdError):
    """The exchange says our clock is wrong."""

    disposition = Disposition.CLOCK

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code} {detail}")
        self.code = code
        self.detail = detail


class LoginRefused(AlertdError):
    """The exchange refuses these credentials: an operator must act."""

    disposition = Disposition.CREDENTIALS

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code} {detail}")
        self.code = code
        self.detail = detail


class KeyRefused(LoginRefused):
    """alertd itself does not use these credentials: they may do too much, or watch what others watch.

    `code`: `may_withdraw` or `same_account`.
    """


class DecodeError(AlertdError):
    """One row or frame cannot be read. It costs no neighbour."""

    disposition = Disposition.RETRY

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class RequestRefused(AlertdError):
    """The exchange answered a request with an error code."""

    disposition = Disposition.BUG

    def __init__(self, code: str, detail: str, wanted: Disposition) -> None:
        super().__init__(f"{code} {detail}")
        self.code = code
        self.detail = detail
        self.wanted = wanted


class RequestUnavailable(AlertdError):
    """The exchange could not be asked: no connection, a timeout, a gateway's page."""

    disposition = Disposition.RETRY


class HostBlocked(RequestRefused):
    """The exchange's host lets this address ask nothing for `for_s` seconds: a ban, or its firewall."""

    def __init__(self, code: str, detail: str, for_s: float) -> None:
        super().__init__(code, detail, Disposition.RATE)
        self.for_s = for_s


class OutcomeUnknown(AlertdError):
    """A change was sent and may or may not have taken effect: read back, never send it again unseen."""

    disposition = Disposition.BUG


class ChangeRefused(AlertdError):
    """alertd itself does not send this change. `problems` holds one line per finding, each with its cure."""

    disposition = Disposition.BUG

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class StoreError(AlertdError):
    """The store cannot be written: nothing may count as handled any more."""

    disposition = Disposition.FATAL
