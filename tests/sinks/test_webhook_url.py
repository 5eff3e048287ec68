"""alertd/sinks/webhook_url.py; that what it reads is what Apprise reads: test_webhook_same.py"""

from __future__ import annotations

import pytest

from alertd.sinks.webhook_url import NotNative, Webhook, read_webhook


def test_what_it_reads() -> None:
    url = "jsons://anna:s3cret@hooks.example.org/a/b?method=put&verify=no&+X-Token=t%2520k&-q=1&:k=v&:title="
    assert read_webhook(url) == Webhook(
        method="PUT",
        host="hooks.example.org",
        port=443,
        secure=True,
        verify=False,
        target="/a/b?q=1",
        headers={"X-Token": "t k"},
        extras={"k": "v", "title": ""},
        login="Basic YW5uYTpzM2NyZXQ=",
    )


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("json://localhost", "localhost", "/"),
        ("json://localhost/", "localhost", "/"),
        ("json://127.0.0.1:80/x", "127.0.0.1", "/x"),
        ("json://example.org:8080/x/", "example.org:8080", "/x/"),
        ("jsons://example.org:443/x", "example.org", "/x"),
        ("jsons://example.org:80/x", "example.org:80", "/x"),
        ("JSON://example.org/X", "example.org", "/X"),
    ],
)
def test_addresses(url: str, authority: str, target: str) -> None:
    webhook = read_webhook(url)
    assert (webhook.authority, webhook.target) == (authority, target)


@pytest.mark.parametrize(
    "url",
    [
        "tgram://TOKEN/CHAT",
        "xml://localhost",
        "https://example.org/x",
        "json://",
        "json:///x",
        "json://[::1]/x",
        "json://Example.org",
        "json://example.org.",
        "json://a..b",
        "json://-a.org",
        "json://256.1.1.1",
        "json://1.2.3",
        "json://01.2.3.4",
        "json://a.5",
        "json://x_y/",
        f"json://{'a' * 64}.org",
        f"json://{'abc.' * 64}org",
        "json://localhost:0/x",
        "json://localhost:65536/x",
        "json://localhost:http/x",
        "json://anna@localhost/x",
        "json://anna:@localhost/x",
        "json://:pass@localhost/x",
        "json://anna:p%C3%A9ss@localhost/x",
        "json://localhost/a//b",
        "json://localhost/a/../b",
        "json://localhost/a%20b",
        "json://localhost/a b",
        "json://localhost/a,b",
        "json://localhost/a?",
        "json://localhost/a#b",
        "json://localhost/a/?x=1",
        "json://localhost/a?-x=1/",
        "json://localhost/a?x",
        "json://localhost/a?x=1",
        "json://localhost/a?-x=1&&-y=2",
        "json://localhost/a?-x=1;-y=2",
        "json://localhost/a?-x=%0A",
        "json://localhost/a?-x=%20a",
        "json://localhost/a?+X=é",
        "json://localhost/a?+Host=b",
        "json://localhost/a?+content-length=1",
        "json://localhost/a?+Transfer-Encoding=chunked",
        "json://localhost/a?+X-A=1&+x-a=2",
        "json://localhost/a?method=BREW",
        "json://localhost/a?verify=maybe",
        "json://localhost/a?redirect=yes",
        "json://localhost/a?format=html",
        "json://localhost/a?overflow=split",
        "json://localhost/a?user=anna",
        "json://localhost/a?rto=abc",
        "json://a/b json://c/d",
        "json://a/b,json://c/d",
        "json://localhost/a\n",
        "json://localhost/a\r\nX: y",
    ],
)
def test_what_is_left_to_apprise(url: str) -> None:
    with pytest.raises(NotNative):
        read_webhook(url)


def test_the_reason_holds_no_part_of_the_url() -> None:
    for url in (
        "json://anna:planted-1é@localhost",
        "json://localhost/planted-2?planted-3=1",
        "planted-4://x",
    ):
        with pytest.raises(NotNative) as refused:
            read_webhook(url)
        assert "planted" not in str(refused.value)
