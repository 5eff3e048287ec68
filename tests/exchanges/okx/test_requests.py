"""Texts and signatures, against the vectors computed with the guide's dummy secret."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from alertd.domain.stream import Subscription
from alertd.exchanges.okx.requests import (
    MOST_SUBSCRIPTIONS,
    Credentials,
    login_text,
    rest_headers,
    subscribe_text,
    subscriptions,
)
from alertd.exchanges.okx.settings import Instrument

DUMMY = Credentials("the-key", "22582BD0CFF14C41EDBF1AB98506286D", "the phrase")
TIME = datetime(2020, 12, 8, 9, 8, 57, 715_000, UTC)


@pytest.mark.parametrize(
    ("seconds", "sign"),
    [
        (1704876947, "5/36BgGV6m/6pmdc20zdqk0mzF5ZalmzzPD2fo3wavU="),
        (1538054050, "+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M="),
    ],
)
def test_a_login_is_signed_with_whole_seconds(seconds, sign):
    at = datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=900)
    assert json.loads(login_text(DUMMY, at)) == {
        "op": "login",
        "args": [{"apiKey": "the-key", "passphrase": "the phrase", "timestamp": str(seconds), "sign": sign}],
    }


STOP = '{"instType":"SWAP","uniqueCode":"25CD5A80241D6FE6","subPosCloseType":"manual_close"}'


@pytest.mark.parametrize(
    ("method", "path", "body", "sign"),
    [
        ("GET", "/api/v5/account/balance?ccy=BTC", "", "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY="),
        (
            "POST",
            "/api/v5/copytrading/stop-copy-trading",
            STOP,
            "WuZVmmaIZZ8YF42sbjaqNb2BtifrVPyfyh+n+5y7VUA=",
        ),
    ],
)
def test_a_rest_call_is_signed_with_path_query_and_body(method, path, body, sign):
    headers = rest_headers(DUMMY, TIME, method, path, body)
    assert headers["OK-ACCESS-SIGN"] == sign
    assert headers["OK-ACCESS-TIMESTAMP"] == "2020-12-08T09:08:57.715Z"
    assert (headers["OK-ACCESS-KEY"], headers["OK-ACCESS-PASSPHRASE"]) == ("the-key", "the phrase")
    assert ("Content-Type" in headers) == (method == "POST")


def test_a_rest_time_always_has_milliseconds_and_is_utc():
    elsewhere = datetime(2020, 12, 8, 10, 8, 57, tzinfo=timezone(timedelta(hours=1)))
    assert rest_headers(DUMMY, elsewhere, "get", "/x")["OK-ACCESS-TIMESTAMP"] == "2020-12-08T09:08:57.000Z"


def test_only_demo_sends_the_demo_header():
    assert "x-simulated-trading" not in rest_headers(DUMMY, TIME, "GET", "/x")
    assert rest_headers(DUMMY, TIME, "GET", "/x", demo=True)["x-simulated-trading"] == "1"


def test_credentials_show_nothing():
    assert repr(DUMMY) == "Credentials()"
    assert str(DUMMY) == "Credentials()"


def test_a_subscription_is_one_argument_with_an_id():
    wanted = Subscription("positions", (("channel", "positions"), ("instType", "ANY")))
    text = subscribe_text(wanted, "a1B2")
    assert text == '{"id":"a1B2","op":"subscribe","args":[{"channel":"positions","instType":"ANY"}]}'


@pytest.mark.parametrize("request_id", ["", "a" * 33, "a-b", "a_b", "é", "1 ", "a\n"])
def test_an_id_the_exchange_would_refuse_is_not_sent(request_id):
    with pytest.raises(ValueError, match="request id"):
        subscribe_text(Subscription("account", ()), request_id)


def args(found) -> list[dict[str, str]]:
    return [dict(one.arg) for one in found]


def test_without_narrowing_every_instrument_is_watched():
    found = subscriptions("private", ())
    assert args(found) == [
        {"channel": "liquidation-warning", "instType": "ANY"},
        {"channel": "account"},
        {"channel": "positions", "instType": "ANY"},
        {"channel": "balance_and_position"},
    ]
    assert [one.channel for one in found if one.carrier] == ["account", "positions"]
    assert all(one.required for one in found)
    assert found == subscriptions("private", [Instrument()])


@pytest.mark.parametrize(
    ("entry", "narrowed"),
    [
        (Instrument(inst_type="MARGIN"), {"instType": "MARGIN"}),
        (Instrument(inst_type="SWAP"), {"instType": "SWAP"}),
        (
            Instrument(inst_type="FUTURES", inst_family="BTC-USD"),
            {"instType": "FUTURES", "instFamily": "BTC-USD"},
        ),
        (
            Instrument(inst_type="OPTION", inst_family="ETH-USD"),
            {"instType": "OPTION", "instFamily": "ETH-USD"},
        ),
        (Instrument(inst_id="BTC-USDT-SWAP"), {"instType": "ANY", "instId": "BTC-USDT-SWAP"}),
        (
            Instrument(inst_type="SWAP", inst_family="BTC-USDT", inst_id="BTC-USDT-SWAP"),
            {"instType": "SWAP", "instId": "BTC-USDT-SWAP"},
        ),
    ],
    ids=str,
)
def test_narrowing_applies_to_warnings_and_positions(entry, narrowed):
    found = args(subscriptions("private", [entry]))
    assert found[0] == {"channel": "liquidation-warning", **narrowed}
    assert found[2] == {"channel": "positions", **narrowed}
    assert (found[1], found[3]) == ({"channel": "account"}, {"channel": "balance_and_position"})


def test_each_entry_is_a_subscription_of_its_own_and_the_same_one_counts_once():
    entries = [Instrument(inst_type="SWAP"), Instrument(inst_type="OPTION"), Instrument(inst_type="SWAP")]
    channels = [one.channel for one in subscriptions("private", entries)]
    assert channels == ["liquidation-warning"] * 2 + ["account"] + ["positions"] * 2 + [
        "balance_and_position"
    ]


@pytest.mark.parametrize(("interval_ms", "carries"), [(0, False), (2000, True), (3000, True), (4000, True)])
def test_the_update_interval_is_a_text_holding_json(interval_ms, carries):
    found = subscriptions("private", (), update_interval_ms=interval_ms)
    [positions] = [one for one in found if one.channel == "positions"]
    assert json.loads(dict(positions.arg)["extraParams"]) == {"updateInterval": str(interval_ms)}
    # Without regular pushes silence proves nothing.
    assert positions.carrier is carries
    assert sum("extraParams" in dict(one.arg) for one in found) == 1


def test_more_than_a_connection_takes_is_refused():
    entries = [Instrument(inst_id=f"C{number}-USDT-SWAP") for number in range(MOST_SUBSCRIPTIONS // 2 - 1)]
    assert len(subscriptions("private", entries)) == MOST_SUBSCRIPTIONS
    with pytest.raises(ValueError, match="inst_family"):
        subscriptions("private", [*entries, Instrument(inst_id="ONE-MORE")])


@pytest.mark.parametrize("role_known", [True, False])
def test_the_business_stream_is_the_lead_channel(role_known):
    [only] = subscriptions("business", [Instrument(inst_type="OPTION")], role_known=role_known)
    assert dict(only.arg) == {"channel": "copytrading-lead-notification", "instType": "SWAP"}
    assert (only.carrier, only.required) == (False, role_known)


def test_a_key_that_is_part_of_another_hides_no_less():
    key = Credentials("abc", "abcdef", "")
    assert key.hidden("abcdef abc ab") == "*** *** ab"
