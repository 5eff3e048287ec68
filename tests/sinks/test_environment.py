"""alertd/sinks/environment.py"""

from __future__ import annotations

import ssl
from contextlib import nullcontext
from pathlib import Path

import pytest

from alertd.sinks.environment import refuse_special_ways, tls_context
from alertd.sinks.webhook_url import NotNative, read_webhook
from tests.doubles.certificates import Certificates


@pytest.fixture(autouse=True)
def no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("netrc", "is_refused"),
    [("{here}/.netrc", True), ("{here}/none", False), ("~nobody-of-that-name/.netrc", False)],
)
def test_a_file_of_logins_is_for_apprise(
    netrc: str, is_refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user of a service may have no home at all."""
    (tmp_path / ".netrc").touch()
    monkeypatch.setenv("NETRC", netrc.format(here=tmp_path))
    webhook = read_webhook("json://example.org/x")
    with pytest.raises(NotNative) if is_refused else nullcontext():
        refuse_special_ways(webhook)


def authorities(context: ssl.SSLContext) -> int:
    return len(context.get_ca_certs())


def test_the_authorities_of_certifi() -> None:
    context = tls_context(verify=True)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert authorities(context) > 50


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_those_named_in_the_environment(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, str(Certificates(tmp_path).ca_file))
    assert authorities(tls_context(verify=True)) == 1


def test_a_file_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    with pytest.raises(OSError, match="No such file"):
        tls_context(verify=True)


def test_without_verification() -> None:
    context = tls_context(verify=False)
    assert context.verify_mode is ssl.CERT_NONE
    assert not context.check_hostname
