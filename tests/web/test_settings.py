"""The `[web]` table."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from alertd.web.settings import WebSettings, is_loopback


def test_the_default_is_reachable_from_this_machine_only() -> None:
    web = WebSettings()
    assert (web.host, web.port, web.token) == ("127.0.0.1", 8787, None)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("localhost.example.com", False),
        ("example.com", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "alertd.example.com"])
def test_other_machines_are_let_in_only_with_a_token(host: str) -> None:
    with pytest.raises(ValidationError, match=r"set a token \(environment variable ALERTD_WEB__TOKEN"):
        WebSettings(host=host)
    assert WebSettings.model_validate({"host": host, "token": "t0ken"}).host == host


@pytest.mark.parametrize("table", [{"port": 65536}, {"port": -1}, {"host": ""}, {"token": ""}, {"prot": 1}])
def test_nonsense_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WebSettings.model_validate(table)


def test_the_token_is_not_shown() -> None:
    assert "t0ken-planted" not in repr(WebSettings.model_validate({"token": "t0ken-planted"}))
