"""What an OKX stream sends, and what a close asks for."""

from __future__ import annotations

import json

from alertd.domain.errors import Disposition
from alertd.exchanges.okx.requests import subscriptions
from alertd.exchanges.okx.settings import Instrument
from tests.exchanges.okx.frames import NOW, new_exchange


def test_login_subscriptions_and_close_codes():
    wanted = subscriptions("private", [Instrument(inst_type="SWAP")])
    stream = new_exchange(wanted)
    assert json.loads(stream.login_text(NOW))["args"][0]["timestamp"] == str(int(NOW.timestamp()))
    assert stream.subscriptions() == wanted
    assert '"id":"a1"' in stream.subscribe_text(wanted[0], "a1")
    assert stream.close_disposition(4007) is Disposition.CREDENTIALS
    assert stream.close_disposition(None) is Disposition.RETRY
    assert (stream.ping_text, stream.pong_text) == ("ping", "pong")
