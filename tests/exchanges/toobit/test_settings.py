"""`[accounts.X]` of a Toobit account."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from alertd.exchanges.toobit.settings import COMING_KEYS, ToobitAccount

SECRETS = {"api_key": "k1", "api_secret": "s1"}


def account(**keys: Any) -> ToobitAccount:
    return ToobitAccount.model_validate({"exchange": "toobit", **SECRETS, **keys})


def problems(**keys: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as refused:
        account(**keys)
    return {".".join(map(str, error["loc"])): error["msg"] for error in refused.value.errors()}


def test_keys_are_enough() -> None:
    small = account(api_secret="s1\n")
    assert (small.role, small.rest_url, small.labels) == ("auto", "https://api.toobit.com", {})
    assert small.api_secret.get_secret_value() == "s1"
    assert "s1" not in repr(small)


@pytest.mark.parametrize("key", sorted(SECRETS))
def test_a_missing_secret_is_named_with_its_variable(key: str) -> None:
    assert f"ALERTD_ACCOUNTS__NAME__{key.upper()}" in problems(**{key: ""})[key]
    assert "control characters" in problems(**{key: "a\x00b"})[key]


@pytest.mark.parametrize("key", sorted(COMING_KEYS))
def test_keys_of_later_versions_are_refused_by_name(key: str) -> None:
    assert "not available in this version yet" in problems(**{key: "1"})[key]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://api.toobit.com", "keys would travel in the open"),
        ("wss://api.toobit.com", "must begin with https://"),
        ("https://me:pw@api.toobit.com", "must not hold a user name"),
        ("https://", "name a host"),
    ],
)
def test_urls_that_are_refused(url: str, said: str) -> None:
    assert said in problems(rest_url=url)["rest_url"]


def test_a_simulator_on_this_machine() -> None:
    assert account(rest_url="http://127.0.0.1:8791/").rest_url == "http://127.0.0.1:8791"
