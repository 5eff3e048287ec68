"""What a receiver sees is the same whoever sends: alertd itself or Apprise, for any URL both take."""

from __future__ import annotations

import json
import string
from base64 import b64decode
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from alertd.domain.alert import Severity
from alertd.sinks.apprise_plugin import ApprisePlugin, UnusableUrl
from alertd.sinks.document import Document, Line
from alertd.sinks.message import Message
from alertd.sinks.shorten import shorten
from alertd.sinks.webhook_request import LIMITS, RequestMaker
from alertd.sinks.webhook_url import METHODS, NotNative, read_webhook

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

# They say what the client is able to do, not what it says.
NOT_COMPARED = ("accept-encoding",)

Seen = tuple[str, str, Mapping[str, str], bytes]


class Recorder:
    """Takes one request after another and keeps what was in it."""

    def __init__(self) -> None:
        seen: list[Seen] = []
        self.seen = seen

        class Handler(BaseHTTPRequestHandler):
            def do_it(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                seen.append((self.command, self.path, headers, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        for method in METHODS:
            setattr(Handler, f"do_{method}", Handler.do_it)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    made = Recorder()
    yield made
    made.server.shutdown()
    made.server.server_close()


def parsed(request: bytes) -> Seen:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return method, target, headers, body


def comparable(seen: Seen) -> Seen:
    method, target, headers, body = seen
    return method, target, {key: text for key, text in headers.items() if key not in NOT_COMPARED}, body


PLAIN = string.ascii_letters + string.digits
words = st.text(PLAIN + "-_", min_size=1, max_size=12)
anything = st.text(st.characters(codec="utf-8"), max_size=12)
escaped = st.one_of(
    words, st.text(PLAIN + " -_.~/:@!$'()*+,=&;?#%\"<>é", max_size=12).map(quote), anything.map(quote)
)
names = st.one_of(words, st.sampled_from(["title", "message", "type", "version", "attachments", "X-Token"]))
prefixed = st.tuples(st.sampled_from(["+", "-", ":"]), names, escaped).map(
    lambda parts: "{}{}={}".format(*parts)
)
PLAIN_OPTIONS = """
method=put method=GET method=head method=UPDATE method= verify=no rto=3 cto=1.5 redirect=no x=1 format=text
+User-Agent=alertd +content-type=text/plain +Accept=text/html +Authorization=Bearer%20abc +Host=a
:title= :message=text :type=level :text=title
"""
plain_options = st.sampled_from(PLAIN_OPTIONS.split())
queries = st.lists(st.one_of(prefixed, plain_options), max_size=5).map("&".join)
segments = st.one_of(
    words, st.sampled_from([".", "..", "a.b", "~x", "a@b", "a+b", "a=b,c", "%20", "a%2Fb", "a b"])
)
paths = st.tuples(
    st.lists(segments, max_size=3).map(lambda parts: "".join(f"/{part}" for part in parts)),
    st.sampled_from(["", "/"]),
).map("".join)
logins = st.one_of(st.just(""), st.tuples(escaped, escaped).map(lambda pair: "{}:{}@".format(*pair)))


@st.composite
def urls(draw: st.DrawFn) -> str:
    scheme = draw(st.sampled_from(["json", "JSON"]))
    query = draw(queries)
    return f"{scheme}://{draw(logins)}127.0.0.1:PORT{draw(paths)}" + (f"?{query}" if query else "")


def page(message: Message) -> Document:
    lines = tuple(map(Line, message.body.split("\n")))
    return Document(title=message.title, severity=Severity.INFO, lines=lines)


messages = st.builds(
    Message,
    title=st.text(min_size=1, max_size=300),
    body=st.text(min_size=1, max_size=200),
).filter(lambda message: message.body.strip() != "")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(url=urls(), message=messages, severity=st.sampled_from(Severity), good_news=st.booleans())
@example("json://127.0.0.1:PORT", Message("t" * 300, "line\n" * 7000), Severity.INFO, False)
@example("json://127.0.0.1:PORT/a,b", Message("t", "b"), Severity.INFO, False)
@example("json://127.0.0.1:PORT/", Message("t", "b"), Severity.INFO, False)
@example("json://127.0.0.1:PORT?+X=%2520a", Message("t", "b"), Severity.INFO, False)
@example("json://127.0.0.1:PORT/a/b/?-k=v%20w%26&-z=", Message(" t ", "b \n"), Severity.CRITICAL, True)
@example(
    "json://anna:p%40ss%3Aw@127.0.0.1:PORT/x?+Authorization=no", Message("é", "爆仓"), Severity.INFO, False
)
@example(
    "json://127.0.0.1:PORT/x?:title=&:message=text&:type=title&:k=v",
    Message("t", "b"),
    Severity.WARNING,
    False,
)
@example("json://127.0.0.1:PORT?:title=title&:message=k&:k=k", Message("t", "b"), Severity.INFO, False)
@example(
    "json://127.0.0.1:PORT/x?+content-type=text/plain&+user-agent=me", Message("t", "b"), Severity.INFO, False
)
def test_the_request_is_apprises(
    recorder: Recorder, url: str, message: Message, severity: Severity, good_news: bool
) -> None:
    url = url.replace("PORT", str(recorder.port))
    try:
        webhook = read_webhook(url)
    except NotNative:
        assume(False)
    native = RequestMaker(webhook).request(shorten(page(message), LIMITS), severity, good_news)
    try:
        plugin = ApprisePlugin(url, 5.0)
    except UnusableUrl:
        pytest.fail("Apprise does not take it")
    recorder.seen.clear()
    attempt = plugin.send(shorten(page(message), plugin.limits), severity, good_news)
    assert attempt.texts == ()
    assert comparable(parsed(native)) == comparable(recorder.seen[0])
    assert recorder.port == webhook.port


@pytest.mark.parametrize(
    "url", ["json://127.0.0.1:PORT/x", "json://anna:pass@127.0.0.1:PORT/a/b?+X-Token=abc&method=put"]
)
def test_what_is_compared_is_what_people_write(recorder: Recorder, url: str) -> None:
    """The property above would hold of a reader that reads nothing."""
    method, _, headers, body = parsed(
        RequestMaker(read_webhook(url.replace("PORT", str(recorder.port)))).request(
            Message("t", "b"), Severity.CRITICAL, False
        )
    )
    assert json.loads(body) == {
        "version": "1.0",
        "title": "t",
        "message": "b",
        "attachments": [],
        "type": "failure",
    }
    assert headers["user-agent"] == "alertd"
    if "anna" in url:
        assert method == "PUT"
        assert b64decode(headers["authorization"].removeprefix("Basic ")) == b"anna:pass"
        assert headers["x-token"] == "abc"
