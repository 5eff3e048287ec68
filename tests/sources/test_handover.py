from __future__ import annotations

import json

import pytest

from alertd.sources.handover import missing, ready_at_s
from alertd.sources.protocol import StreamProtocol
from alertd.sources.states import StreamState
from alertd.sources.timing import StreamTiming
from tests.doubles.json_exchange import JsonExchange
from tests.sources.test_protocol import AT, Talk, live

TIMING = StreamTiming()


def test_one_that_is_not_live_is_not_ready() -> None:
    protocol = StreamProtocol(JsonExchange(), TIMING)
    assert ready_at_s(protocol, TIMING) is None
    protocol.opened(5.0, AT)
    assert ready_at_s(protocol, TIMING) is None


def test_one_whose_carriers_have_pushed_is_ready_at_once_any_other_after_a_while() -> None:
    talk = live()
    since_s = talk.protocol.live_since_s
    assert since_s is not None
    assert ready_at_s(talk.protocol, TIMING) == since_s + TIMING.first_push_within_s
    talk.hear(push="margin", n=[])
    talk.hear(push="wallet", n=[])
    assert ready_at_s(talk.protocol, TIMING) == since_s
    talk.protocol.abandon()
    assert ready_at_s(talk.protocol, TIMING) is None


def test_one_with_an_open_request_is_not_ready_though_it_is_live() -> None:
    talk = Talk()
    talk.log_in()
    talk.acknowledge("notices", "margin", "wallet")
    talk.hear(push="margin", n=[])
    talk.hear(push="wallet", n=[])
    assert talk.protocol.state is StreamState.LIVE
    assert ready_at_s(talk.protocol, TIMING) is None
    talk.hear(event="error", id=talk.last_request("extra"), code="60018", **{"class": "config"})
    assert ready_at_s(talk.protocol, TIMING) == talk.protocol.live_since_s


@pytest.mark.parametrize(
    ("new_is_down", "old_is_down", "expected"),
    [
        ((), (), ()),
        (("notices",), (), ("notices",)),
        (("notices", "wallet"), ("wallet",), ("notices",)),
        ((), ("notices",), ()),
        (("extra",), (), ("extra",)),  # tried only, but fed
    ],
)
def test_what_the_new_one_lacks(
    new_is_down: tuple[str, ...], old_is_down: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    new, old = live(), live()
    for talk, down in ((new, new_is_down), (old, old_is_down)):
        for channel in down:
            talk.hear(json.dumps({"event": "dead", "channel": channel}))
    assert missing(new.protocol, old.protocol) == expected
    old.protocol.abandon()
    assert missing(new.protocol, old.protocol) == ()
