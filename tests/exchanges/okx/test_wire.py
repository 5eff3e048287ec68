"""Frames as OKX names them."""

from __future__ import annotations

import pytest

from alertd.domain.errors import DecodeError
from alertd.exchanges.okx import push_rows, wire
from tests.exchanges.okx.frames import frame, push_of

PUSHES = [
    "positions_isolated_short", "account_futures_mode", "warning_isolated", "balance_and_position_adl",
    "lead_low_equity",
]  # fmt: skip


@pytest.mark.parametrize("name", PUSHES)
def test_a_documented_push_is_read_in_one_pass(name):
    push = wire.read_push(frame(name))
    assert push.arg.channel in wire.ROW_TYPES
    assert isinstance(push.data[0], wire.ROW_TYPES[push.arg.channel])


@pytest.mark.parametrize(
    "text",
    [
        b"pong",
        frame("login_accepted"),
        frame("subscribed_any"),
        frame("positions_isolated_short")[:-1],
        push_of("positions_isolated_short", 7),
        b'{"arg":{"channel":"tickers"},"data":[]}',
        # The name near the start is a guess; the argument decides.
        b'{"x":{"channel":"positions"},"arg":{"channel":"account"},"data":[]}',
        b'{"event":"subscribe","arg":{"channel":"positions"},"data":[]}',
    ],
)
def test_everything_else_is_left_to_the_envelope(text):
    assert wire.read_push(text) is None


def test_rows_are_read_one_by_one():
    rows, bad = wire.read_rows(b'[{"ccy":"USDT"},{"ccy":5},6]', push_rows.DetailRow)
    assert [row.ccy for row in rows] == ["USDT"]
    assert [item.text for item in bad] == [b'{"ccy":5}', b"6"]
    assert "ccy" in bad[0].reason


@pytest.mark.parametrize(
    "text", [b"{}", b"7", b"[", b"[" * 10_000, b'["\xff"', b"[" + b"1," * 30_000 + b"1]"]
)
def test_what_is_no_list_of_rows_is_a_decode_error(text):
    with pytest.raises(DecodeError):
        wire.read_rows(text, push_rows.DetailRow)


@pytest.mark.parametrize("text", [b"7", b'{"a":' * 10_000, b'{"event":5}', b'{"event":"\xff"}', b""])
def test_what_is_no_envelope_is_a_decode_error(text):
    with pytest.raises(DecodeError) as refused:
        wire.read_envelope(text)
    assert len(refused.value.detail) < 200


def test_null_and_missing_are_the_same():
    assert wire.read_one(b'{"ccy":null}', push_rows.DetailRow) == push_rows.DetailRow()


def test_texts_of_an_unreadable_row():
    assert wire.texts_of(b'{"posId":"1","pos":2,"instId":null}', "posId", "pos", "instId", "ccy") == {
        "posId": "1"
    }
    assert wire.texts_of(b"7", "posId") == {}
