"""`[accounts.X]` of an OKX account."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from alertd.exchanges.okx.requests import subscriptions
from alertd.exchanges.okx.settings import COMING_KEYS, Instrument, OkxAccount

SECRETS = {"api_key": "k1", "api_secret": "s1", "passphrase": "p1"}


def account(**keys) -> OkxAccount:
    return OkxAccount.model_validate({"exchange": "okx", **SECRETS, **keys})


def problems(**keys) -> dict[str, str]:
    with pytest.raises(ValidationError) as refused:
        OkxAccount.model_validate({"exchange": "okx", **SECRETS, **keys})
    return {".".join(map(str, error["loc"])): error["msg"] for error in refused.value.errors()}


def test_keys_are_enough():
    small = account()
    assert (small.role, small.region, small.environment) == ("auto", "global", "production")
    assert small.instruments == (Instrument(inst_type="ANY"),)
    assert small.update_interval_ms is None
    assert small.endpoints().private_ws_url == "wss://ws.okx.com/ws/v5/private"


@pytest.mark.parametrize("key", SECRETS)
@pytest.mark.parametrize("value", [None, "", "\n"])
def test_a_missing_secret_is_named_with_its_variable_and_file(key, value):
    given = {**SECRETS, key: value}
    if value is None:
        del given[key]
    with pytest.raises(ValidationError) as refused:
        OkxAccount.model_validate({"exchange": "okx", **given})
    [error] = refused.value.errors()
    assert error["loc"] == (key,)
    assert f"ALERTD_ACCOUNTS__NAME__{key.upper()}" in error["msg"]
    assert f"accounts.NAME.{key}" in error["msg"]


def test_secrets_are_hidden_and_lose_the_newline_of_their_file():
    held = account(api_secret="very-secret\r\n")
    assert held.api_secret.get_secret_value() == "very-secret"
    assert "very-secret" not in repr(held)
    with pytest.raises(ValidationError) as refused:
        account(api_secret="very-secret\x00")
    assert "very-secret" not in str(refused.value)


@pytest.mark.parametrize("key", sorted(COMING_KEYS))
def test_keys_of_later_versions_are_refused_by_name(key):
    assert "not available in this version yet" in problems(**{key: "1"})[key]


def test_the_key_for_actions_is_given_whole_or_not_at_all():
    own = account()
    assert own.for_actions() is own
    keys = {"action_api_key": "other", "action_api_secret": "hush\n", "action_passphrase": "words"}
    acting = account(**keys).for_actions()
    given = (acting.api_key, acting.api_secret, acting.passphrase)
    assert [secret.get_secret_value() for secret in given] == ["other", "hush", "words"]
    refused = problems(action_api_key="other")[""]
    assert "action_api_secret and action_passphrase is missing" in refused
    assert "accounts.NAME.action_api_secret" in refused


@pytest.mark.parametrize(
    "keys",
    [
        {"role": "king"}, {"region": "mars"}, {"environment": "test"}, {"poll": 1}, {"exchange": "toobit"},
        {"labels": {"owner": 3}}, {"stale_after_s": 0}, {"instruments": [{"inst_type": "EVENTS"}]},
        {"instruments": [{"inst": "x"}]}, {"instruments": [{"inst_id": "BTC USDT"}]},
        {"instruments": [{"inst_type": "MARGIN", "inst_family": "BTC-USDT"}]}, {"instruments": []},
    ],
    ids=str,
)  # fmt: skip
def test_values_that_do_not_exist_are_refused(keys):
    assert problems(**keys)


@pytest.mark.parametrize("value", [0, 2000, 3000, 4000, "2000"])
def test_update_intervals_the_exchange_offers(value):
    assert account(update_interval_ms=value).update_interval_ms == int(value)


@pytest.mark.parametrize("value", [1, 1000, 5000, -1])
def test_other_update_intervals_are_refused(value):
    assert "2000, 3000 or 4000" in problems(update_interval_ms=value)["update_interval_ms"]


def test_a_decimal_of_the_file_is_a_number():
    assert account(stale_after_s=Decimal("12.5")).stale_after_s == 12.5


def test_as_many_instruments_as_a_connection_takes():
    entries = [{"inst_id": f"C{number}-USDT-SWAP"} for number in range(199)]
    assert len(subscriptions("private", account(instruments=entries).instruments)) == 400
    assert "inst_family" in problems(instruments=[*entries, {"inst_type": "SWAP"}])["instruments"]


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("private_ws_url", "ws://127.0.0.1:9001/private"),
        ("private_ws_url", "ws://[::1]:9001/private"),
        ("business_ws_url", "ws://localhost:9001/business"),
        ("private_ws_url", "wss://proxy.example:8443/okx"),
        ("rest_url", "http://127.0.0.1:9002"),
        ("rest_url", "https://www.okx.com"),
    ],
)
def test_addresses_can_be_overridden(key, url):
    found = account(**{key: url})
    assert getattr(found.endpoints(), key) == url


def test_a_slash_at_the_end_of_the_rest_address_is_dropped():
    assert account(rest_url="https://www.okx.com/").endpoints().rest_url == "https://www.okx.com"


@pytest.mark.parametrize("key", ["private_ws_url", "business_ws_url", "rest_url"])
def test_the_switched_off_port_is_refused_with_reason_and_cure(key):
    scheme = "https" if key == "rest_url" else "wss"
    message = problems(**{key: f"{scheme}://ws.okx.com:8443/ws/v5/private"})[key]
    assert "2026-10-31" in message
    assert "remove :8443" in message


@pytest.mark.parametrize(
    ("key", "url", "told"),
    [
        ("private_ws_url", "https://ws.okx.com", "wss://"),
        ("rest_url", "wss://ws.okx.com", "https://"),
        ("rest_url", "ftp://x", "https://"),
        ("private_ws_url", "ws://ws.okx.com/ws/v5/private", "in the open"),
        ("rest_url", "http://10.0.0.7", "in the open"),
        ("rest_url", "https://user:pass@www.okx.com", "user name"),
        ("rest_url", "https://www.okx.com:99999", "URL"),
        ("rest_url", "https://", "host"),
        ("rest_url", "", "host"),
    ],
)
def test_unusable_addresses_are_refused(key, url, told):
    assert told in problems(**{key: url})[key]
