"""What the end of a connection means: the exchange's words turned into our errors. Pure."""

from __future__ import annotations

from alertd.domain.errors import AlertdError, ClockRefused, ConnectionLost, Disposition, LoginRefused
from alertd.domain.stream import Refused

_LONGEST_DETAIL = 200
# The exchange blames what we sent, or how often: trying again fast would only repeat it.
_SLOW = frozenset({Disposition.BUG, Disposition.CONFIG, Disposition.RATE, Disposition.FATAL})


def clip(text: str) -> str:
    """Texts from outside are kept short."""
    return text[:_LONGEST_DETAIL]


def told(code: str, detail: str) -> str:
    """A code and the exchange's words for it."""
    return f"{code} {clip(detail)}".strip()


def after_close(
    close_code: int | None, reason: str, disposition: Disposition, *, logging_in: bool
) -> AlertdError:
    """What a close from outside means. `close_code` None: the connection broke without a close frame."""
    if close_code is None:
        return ConnectionLost(clip(reason) or "the connection broke without a close frame")
    text = f"closed by the exchange: {told(str(close_code), reason)}"
    # Without an answer to the login the code is all we have. Later it only says that the credentials
    # were changed: whether they still work is for the next login to show.
    if disposition is Disposition.CREDENTIALS and logging_in:
        return LoginRefused(str(close_code), text)
    return ConnectionLost(text, close_code, retry_slowly=disposition in _SLOW)


def after_refused_login(refused: Refused) -> AlertdError:
    """What a refused login means."""
    if account_wide := after_refusal(refused):
        return account_wide
    text = f"the login failed: {told(refused.code, refused.detail)}"
    return ConnectionLost(text, code=refused.code, retry_slowly=refused.disposition in _SLOW)


def after_refusal(refused: Refused) -> AlertdError | None:
    """What any refusal says about the whole account; None if it concerns the request alone."""
    if refused.disposition is Disposition.CREDENTIALS:
        return LoginRefused(refused.code, clip(refused.detail))
    if refused.disposition is Disposition.CLOCK:
        return ClockRefused(refused.code, clip(refused.detail))
    return None
