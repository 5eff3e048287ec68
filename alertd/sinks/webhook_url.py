"""Which `json://` and `jsons://` URLs alertd sends itself, and what Apprise would make of them. Pure.

Only URLs whose meaning is beyond doubt are read here; every other one is Apprise's, with its own words
about what is wrong. Source for each rule: Apprise 2.2.0 and requests; `tests/sinks/test_webhook_same.py`
compares them.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlencode

METHODS = ("POST", "GET", "DELETE", "PUT", "HEAD", "PATCH", "UPDATE", "OPTIONS")

_URL = re.compile(
    r"(?P<scheme>[A-Za-z]+)://"
    r"(?:(?P<user>[A-Za-z0-9._~!$*+,=%-]+):(?P<password>[A-Za-z0-9._~!$*+,=%-]+)@)?"
    r"(?P<host>[a-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~@+=-]+)*/?)"
    r"(?:\?(?P<query>[A-Za-z0-9._~!$*+,=%/:@()'&-]+))?"
)
_LABEL = r"(?:[a-z0-9][a-z0-9-]{0,61}[a-z0-9]|[a-z])"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
_OPTION = re.compile(r"(?P<kind>[+:-]?)(?P<name>[A-Za-z0-9_-]+)=(?P<value>.*)")
_SECONDS = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})?")
_LONGEST_HOST = 253
_GREATEST_PORT = 65_535
_PORTS = {"json": 80, "jsons": 443}
# They decide how a request is framed, where it goes or what comes back.
_FRAMING = ("connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding")
_OURS = frozenset((*_FRAMING, "accept-encoding", "cookie", "host", "proxy-authorization", "upgrade"))
_TRUTH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class NotNative(Exception):
    """Apprise has to send to this URL. The text says why and holds no part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where a request goes, and what all of them have in common.

    `target`: path and query as they stand in the request. `headers`: those the URL gives. `extras`: what
    its `:key=value` options do to the body. `login`: the header of user and password; "" without.
    """

    method: str
    host: str
    port: int
    secure: bool
    verify: bool
    target: str
    headers: Mapping[str, str]
    extras: Mapping[str, str]
    login: str

    @property
    def authority(self) -> str:
        """Host and port as the `Host` header has them."""
        return self.host if self.port == (443 if self.secure else 80) else f"{self.host}:{self.port}"


@dataclass(slots=True)
class _Options:
    method: str = "POST"
    verify: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    extras: dict[str, str] = field(default_factory=dict)


def read_webhook(url: str) -> Webhook:
    """What Apprise would make of this URL. Raises: NotNative."""
    scheme = url.partition("://")[0].lower()
    if scheme not in _PORTS:
        raise NotNative("only json:// and jsons:// are sent natively")
    found = _URL.fullmatch(url)
    if found is None or not _is_host(found["host"]):
        raise NotNative("it is not written in the plain form json://USER:PASSWORD@HOST:PORT/PATH?OPTIONS")
    port = int(found["port"] or _PORTS[scheme])
    if port > _GREATEST_PORT:
        raise NotNative("there is no such port")
    path = found["path"] or "/"
    if any(part in (".", "..") for part in path.split("/")):
        raise NotNative("its path holds dots that lead elsewhere")
    if found["query"] and (url.endswith("/") or (path.endswith("/") and found["path"] != "")):
        raise NotNative("a slash before or after its options has a meaning of its own to Apprise")
    options = _read_options(found["query"])
    params = urlencode(options.params)
    return Webhook(
        method=options.method,
        host=found["host"],
        port=port,
        secure=scheme == "jsons",
        verify=options.verify,
        target=f"{path}?{params}" if params else path,
        headers=options.headers,
        extras=options.extras,
        login=_login(found["user"], found["password"]) if found["user"] else "",
    )


def _is_host(host: str) -> bool:
    last = host.rpartition(".")[2]
    if last.isdigit():
        return _IPV4.fullmatch(host) is not None
    return len(host) <= _LONGEST_HOST and _NAME.fullmatch(host) is not None


def _login(user: str, password: str) -> str:
    given = f"{_decoded(user)}:{_decoded(password)}"
    return "Basic " + b64encode(given.encode("ascii")).decode()


def _read_options(query: str | None) -> _Options:
    options = _Options()
    for text in query.split("&") if query else ():
        found = _OPTION.fullmatch(text)
        if found is None:
            raise NotNative("one of its options is not written as name=value")
        value = _decoded(_decoded(found["value"]))  # Apprise does it twice
        match found["kind"]:
            case "+":
                _add_header(options.headers, found["name"], value)
            case "-":
                options.params[found["name"]] = value
            case ":":
                options.extras[found["name"]] = value
            case _:
                _take_option(options, found["name"].lower(), value)
    return options


def _decoded(text: str) -> str:
    """Plain ASCII, without what would be cut off at its ends."""
    decoded = unquote(text)
    if not decoded.isascii() or not decoded.isprintable() or decoded != decoded.strip():
        raise NotNative("it holds other than plain characters")
    return decoded


def _add_header(headers: dict[str, str], name: str, value: str) -> None:
    is_double = any(name != other and name.lower() == other.lower() for other in headers)
    if name.lower() in _OURS or is_double:
        raise NotNative("one of its headers is not for a URL to set")
    headers[name] = value


def _take_option(options: _Options, name: str, value: str) -> None:
    if name == "method" and value.upper() in METHODS:
        options.method = value.upper()
    elif name == "verify" and value.lower() in _TRUTH:
        options.verify = _TRUTH[value.lower()]
    elif name == "redirect" and _TRUTH.get(value.lower()) is False:
        pass  # never followed
    elif name in ("cto", "rto") and _SECONDS.fullmatch(value):
        pass  # the sink's `timeout_s` is in force, as with Apprise
    else:
        raise NotNative("one of its options is for Apprise")
