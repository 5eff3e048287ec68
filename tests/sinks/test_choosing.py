"""alertd/sinks/choosing.py"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from alertd.sinks.apprise_sink import AppriseSink
from alertd.sinks.choosing import make_sink, validate
from alertd.sinks.settings import SinkSettings
from alertd.sinks.webhook_sink import WebhookSink
from tests.sinks.samples import BERLIN

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

PLAIN, UNUSUAL = "json://localhost/x", "json://localhost/x?format=html"


def settings_of(url: str, **values: Any) -> SinkSettings:
    return SinkSettings.model_validate({"url": url, **values})


@pytest.mark.parametrize(
    ("url", "via", "sender"),
    [
        (PLAIN, None, WebhookSink),
        (PLAIN, "native", WebhookSink),
        (PLAIN, "apprise", AppriseSink),
        ("jsons://localhost/x", None, WebhookSink),
        (f"  {PLAIN} ", None, WebhookSink),
        (UNUSUAL, None, AppriseSink),
        (UNUSUAL, "apprise", AppriseSink),
        ("tgram://123456789:AAabcdefghijklmnopqrstuvwxyz012345678/1001", None, AppriseSink),
    ],
)
async def test_who_sends(url: str, via: str | None, sender: type) -> None:
    assert type(make_sink("phone", settings_of(url, via=via), "en", BERLIN)) is sender
    assert validate("phone", settings_of(url, via=via)) is None


def test_a_url_that_cannot_be_sent_natively_and_must_be() -> None:
    assert validate("phone", settings_of(UNUSUAL, via="native")) == (
        "sinks.phone.via: this URL cannot be sent natively: one of its options is for Apprise; "
        "leave the key out"
    )


def test_what_is_wrong_with_a_url_is_apprises_to_say() -> None:
    problem = validate("phone", settings_of("json://localhost:http/planted-1", via="native"))
    assert problem is not None
    assert problem.startswith("sinks.phone.url: a part is missing or malformed")


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
async def test_through_a_proxy_goes_apprise(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:3128")
    assert type(make_sink("phone", settings_of(PLAIN), "en", BERLIN)) is AppriseSink


async def test_who_may_log_in_by_netrc_is_apprises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    monkeypatch.setenv("NETRC", str(netrc))
    assert type(make_sink("phone", settings_of(PLAIN), "en", BERLIN)) is WebhookSink
    netrc.touch()
    assert type(make_sink("phone", settings_of(PLAIN), "en", BERLIN)) is AppriseSink
    with_login = settings_of("json://anna:planted-Two2@localhost/x")
    assert type(make_sink("phone", with_login, "en", BERLIN)) is WebhookSink


def test_authorities_that_cannot_be_read_are_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    problem = validate("phone", settings_of("jsons://localhost/x"))
    assert problem is not None
    assert "authorities" in problem


def test_a_native_sink_needs_no_apprise() -> None:
    """It takes 79 MB."""
    code = (
        "import sys\n"
        "from zoneinfo import ZoneInfo\n"
        "from alertd.sinks.choosing import make_sink, validate\n"
        "from alertd.sinks.settings import SinkSettings\n"
        f"settings = SinkSettings.model_validate({{'url': {PLAIN!r}}})\n"
        "assert validate('phone', settings) is None\n"
        "assert 'apprise' not in sys.modules and 'requests' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
