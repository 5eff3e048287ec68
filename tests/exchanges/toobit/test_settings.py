"""`[accounts.X]` of a Toobit account."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from alertd.exchanges.toobit.settings import ToobitAccount

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


def test_the_key_for_actions_is_given_whole_or_not_at_all() -> None:
    own = account()
    assert own.for_actions() is own
    acting = account(action_api_key="other", action_api_secret="hush\n").for_actions()
    assert (acting.api_key.get_secret_value(), acting.api_secret.get_secret_value()) == ("other", "hush")
    assert "action_api_secret is missing" in problems(action_api_key="other")[""]
    assert "control characters" in problems(action_api_key="", action_api_secret="x")["action_api_key"]


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
