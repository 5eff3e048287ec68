"""Every error and close code of OKX and what it asks for. The only such table.

For reads and streams: there, a code whose outcome is unknown is safe to repeat. What an answer to a change
means stands in `stop_codes.py`. Source: OKX API guide, "Error Code > WebSocket" and "> REST API > Public",
"Account"; older codes from public client libraries.
"""

from __future__ import annotations

from typing import NamedTuple

from alertd.domain.errors import Disposition

RETRY, CLOCK, CREDENTIALS = Disposition.RETRY, Disposition.CLOCK, Disposition.CREDENTIALS
BUG, RATE, CONFIG = Disposition.BUG, Disposition.RATE, Disposition.CONFIG


class CodeMeaning(NamedTuple):
    """What a code asks for, and in a few words why."""

    disposition: Disposition
    meaning: str


_WEBSOCKET = {
    "60004": (CLOCK, "timestamp not valid"),
    "60005": (CREDENTIALS, "API key not valid"),
    "60006": (CLOCK, "timestamp expired"),
    "60007": (CREDENTIALS, "signature not valid: wrong secret"),
    "60008": (BUG, "this URL does not serve the channel"),
    "60009": (CREDENTIALS, "login failed"),
    "60011": (RETRY, "login is gone: reconnect and log in"),
    "60012": (BUG, "request not valid"),
    "60013": (BUG, "args not valid"),
    "60014": (RATE, "too many requests"),
    "60018": (CONFIG, "channel or instrument does not exist"),
    "60019": (BUG, "unknown op"),
    "60023": (RATE, "logins too frequent"),
    "60024": (CREDENTIALS, "passphrase wrong"),
    "60026": (BUG, "key and token login mixed"),
    "60027": (BUG, "a required parameter is empty"),
    "60028": (BUG, "operation not available at this URL"),
    "60031": (BUG, "repeated login on one connection"),
    "60032": (CREDENTIALS, "API key does not exist: also wrong region or environment"),
    "60033": (BUG, "a parameter has a wrong value"),
    "63999": (RETRY, "login failed inside the exchange"),
    "64000": (BUG, "old parameter uly"),
    "64001": (BUG, "channel moved to business"),
    "64002": (BUG, "channel not served by business"),
    "64003": (CONFIG, "fee tier too low for this channel"),
    "64004": (BUG, "conflicting book subscriptions"),
    "64007": (RETRY, "operation failed inside the exchange"),
    "64008": (RETRY, "connection closes for an upgrade"),
}

# Gone from the table of July 2026, still seen in client libraries.
_WEBSOCKET_OLDER = {
    "60001": (BUG, "API key empty"),
    "60002": (BUG, "signature empty"),
    "60003": (BUG, "passphrase empty"),
    "60010": (BUG, "already logged in"),
    "60015": (RETRY, "silent for 30 s"),
    "60016": (RETRY, "buffer full"),
    "60017": (BUG, "bad URL path"),
    "60020": (BUG, "subscriptions over a limit"),
    "60021": (BUG, "login of several accounts refused"),
    "60022": (BUG, "login of several accounts partly done"),
    "60029": (CONFIG, "fee tier too low for this channel"),
    "60030": (CONFIG, "fee tier too low for this channel"),
}

_REST = {
    "50000": (BUG, "empty body"),
    "50001": (RETRY, "service temporarily unavailable"),
    "50002": (BUG, "JSON error"),
    "50004": (RETRY, "timeout, outcome not known"),
    "50005": (CONFIG, "endpoint inactive"),
    "50006": (BUG, "content type"),
    "50007": (CREDENTIALS, "user blocked"),
    "50008": (CREDENTIALS, "user does not exist"),
    "50009": (RETRY, "account frozen by liquidation"),
    "50011": (RATE, "rate limit"),
    "50012": (CREDENTIALS, "account status invalid"),
    "50013": (RETRY, "system busy"),
    "50014": (BUG, "parameter empty"),
    "50015": (BUG, "one of two parameters needed"),
    "50016": (BUG, "parameters do not match"),
    "50017": (RETRY, "position frozen by ADL"),
    "50018": (RETRY, "currency frozen by ADL"),
    "50019": (RETRY, "account frozen by ADL"),
    "50020": (RETRY, "position frozen by liquidation"),
    "50021": (RETRY, "currency frozen by liquidation"),
    "50022": (RETRY, "account frozen by liquidation"),
    "50023": (RETRY, "frozen for funding fee settlement"),
    "50024": (BUG, "only one of two parameters allowed"),
    "50025": (BUG, "too many values in a parameter"),
    "50026": (RETRY, "system error"),
    "50027": (CREDENTIALS, "account restricted from trading"),
    "50028": (CREDENTIALS, "account unusable"),
    "50029": (CREDENTIALS, "risk control"),
    "50030": (CREDENTIALS, "no permission for this endpoint"),
    "50035": (CREDENTIALS, "endpoint needs an IP-bound key"),
    "50038": (CONFIG, "not available in demo"),
    "50040": (RATE, "operation too frequent"),
    "50041": (CREDENTIALS, "user not on an allow list"),
    "50042": (RETRY, "repeated request, outcome not known"),
    "50044": (BUG, "broker type needed"),
    "50046": (RETRY, "feature temporarily unavailable"),
    "50051": (CREDENTIALS, "refused for compliance in the region"),
    "50052": (CREDENTIALS, "refused for compliance in the region"),
    "50053": (CONFIG, "demo only"),
    "50059": (CREDENTIALS, "a regulator's step is needed"),
    "50060": (CREDENTIALS, "identity check needed"),
    "50061": (RATE, "order rate limit of the account"),
    "50062": (RETRY, "feature temporarily unavailable"),
    "50067": (CREDENTIALS, "cross-site trading not supported: wrong region"),
    "50100": (CREDENTIALS, "API frozen"),
    "50101": (CREDENTIALS, "key belongs to the other environment"),
    "50102": (CLOCK, "timestamp expired"),
    "50103": (BUG, "key header empty"),
    "50104": (BUG, "passphrase header empty"),
    "50105": (CREDENTIALS, "passphrase wrong"),
    "50106": (BUG, "signature header empty"),
    "50107": (BUG, "timestamp header empty"),
    "50108": (BUG, "exchange id does not exist"),
    "50109": (BUG, "domain does not exist"),
    "50110": (CREDENTIALS, "our IP is not on the key's list"),
    "50111": (CREDENTIALS, "key invalid"),
    "50112": (BUG, "timestamp malformed"),
    "50113": (CREDENTIALS, "signature invalid: wrong secret"),
    "50114": (CREDENTIALS, "authorization invalid"),
    "50115": (BUG, "method invalid"),
    "50118": (CREDENTIALS, "broker must share its IP"),
    "50119": (CREDENTIALS, "key does not exist: typically the wrong region"),
    "50120": (CREDENTIALS, "key lacks this permission"),
    "50121": (CREDENTIALS, "IP address not served"),
    "51000": (BUG, "a parameter is wrong"),
    "51001": (CONFIG, "instrument unknown"),
    "51010": (CONFIG, "not supported in this account mode"),
    "51023": (BUG, "position does not exist"),
    "51024": (CREDENTIALS, "trading account blocked"),
    "51032": (RETRY, "closing all positions at market"),
    "51037": (BUG, "only risk-reducing orders accepted"),
    "51043": (BUG, "position does not exist"),
    "51054": (RETRY, "request timed out, outcome not known"),
}

CODES: dict[str, CodeMeaning] = {
    code: CodeMeaning(*row) for table in (_WEBSOCKET, _WEBSOCKET_OLDER, _REST) for code, row in table.items()
}

CLOSE_CODES: dict[int, CodeMeaning] = {
    1006: CodeMeaning(RETRY, "closed without a close frame"),
    1009: CodeMeaning(BUG, "our message was too long"),
    # The error event before it decides; alone it does not say whose fault it was.
    4001: CodeMeaning(RETRY, "login failed"),
    4002: CodeMeaning(BUG, "invalid request"),
    4003: CodeMeaning(BUG, "too many accounts on one connection"),
    4004: CodeMeaning(RETRY, "nothing received for 30 s"),
    4005: CodeMeaning(RETRY, "we read too slowly"),
    4006: CodeMeaning(RETRY, "abnormal disconnection"),
    4007: CodeMeaning(CREDENTIALS, "API key updated or deleted"),
    4008: CodeMeaning(BUG, "subscribed channels over the limit"),
    4009: CodeMeaning(BUG, "channels on this connection over the limit"),
}


def find(code: str) -> CodeMeaning | None:
    """What is known about an error code; a suffix (`51008_1000`) is ignored."""
    return CODES.get(code) or CODES.get(code.partition("_")[0])


def classify(code: str) -> Disposition:
    """What an error code asks for; an unknown code is retried."""
    known = find(code)
    return known.disposition if known else RETRY


def classify_close(close_code: int | None) -> Disposition:
    """What a close code asks for; none, or an unknown one, is retried."""
    known = CLOSE_CODES.get(close_code) if close_code is not None else None
    return known.disposition if known else RETRY
