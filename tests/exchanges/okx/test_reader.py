"""What each frame means to a stream, and that no frame can break it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from alertd.domain.errors import Disposition
from alertd.domain.events import Event
from alertd.domain.stream import (
    Acknowledged,
    ChannelDead,
    ClosingSoon,
    Data,
    Ignored,
    KeepAlive,
    LoggedIn,
    Message,
    PingReceived,
    Refused,
    Unreadable,
)
from alertd.exchanges.okx.observed import MOST_REASONS
from alertd.exchanges.okx.positions import PositionBook
from tests.exchanges.okx.frames import (
    DATA,
    NAMES,
    NOW,
    compact,
    frame,
    load,
    new_exchange,
    new_stream,
    push_of,
    read,
)

UPGRADE = "The connection will soon be closed for a service upgrade. Please reconnect."


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (b"pong", KeepAlive()),
        (b"ping", PingReceived()),
        (b" pong\n", KeepAlive()),
        (frame("login_accepted"), LoggedIn()),
        (frame("login_accepted_older"), LoggedIn()),
        (frame("login_refused"), Refused(None, "60032", "API key doesn't exist", Disposition.CREDENTIALS)),
        (frame("login_refused_as_login"), Refused(None, "60009", "Login failed.", Disposition.CREDENTIALS)),
        (b'{"event":"login"}', Refused(None, "", "", Disposition.RETRY)),
        (b'{"event":"login","code":0}', LoggedIn()),
        (b'{"event":"error","code":60014,"msg":"slow"}', Refused(None, "60014", "slow", Disposition.RATE)),
        (
            frame("subscribe_refused"),
            Refused("a7", "60018", "Wrong URL or channel:positions doesn't exist.", Disposition.CONFIG),
        ),
        (frame("subscribed_any"), Acknowledged("a9", "liquidation-warning")),
        (frame("subscribed_type"), Acknowledged("a9", "liquidation-warning")),
        (frame("subscribed_family"), Acknowledged("a9", "liquidation-warning")),
        (frame("subscribed_instrument"), Acknowledged("a9", "liquidation-warning")),
        (b'{"event":"subscribe","arg":{"channel":"positions"}}', Acknowledged(None, "positions")),
        (b'{"event":"subscribe"}', Unreadable("acknowledgement without arg")),
        (frame("unsubscribed"), Ignored("unsubscribe")),
        (frame("notice_upgrade"), ClosingSoon("64008", UPGRADE)),
        (b'{"event":"notice","code":"64999","msg":"hello"}', Ignored("notice")),
        (frame("connection_count"), Ignored("channel-conn-count")),
        (frame("connection_count_error"), ChannelDead("positions", "connections of this channel: '31'")),
        (b'{"event":"channel-conn-count-error"}', Unreadable("channel-conn-count-error without channel")),
        (b'{"event":"carnival"}', Ignored("unknown-event")),
        (b'{"arg":{"channel":"tickers"},"data":[{}]}', Ignored("unknown-channel")),
        (b"{}", Unreadable("neither event nor push")),
        (b'{"code":"50101","msg":"x"}', Unreadable("neither event nor push")),
    ],
    ids=lambda value: value.decode()[:40] if isinstance(value, bytes) else None,
)
def test_meaning(text, meaning):
    assert read(new_stream(), text) == meaning


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"pang", b"null", b"\xff\xfe", b"{", b"[" * 100_000, b'{"a":' * 100_000]
)
def test_what_is_no_frame_is_unreadable(text):
    assert isinstance(read(new_stream(), text), Unreadable)


@pytest.mark.parametrize("name", NAMES)
def test_spaces_and_order_change_nothing(name):
    """One line, many lines, or keys in another order: the exchange promises none of them."""
    pretty = (DATA / f"{name}.json").read_bytes()
    turned = compact(dict(reversed(load(name).items())))
    wanted = read(new_stream(), frame(name))
    assert read(new_stream(), pretty) == wanted
    assert read(new_stream(), turned) == wanted


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n.startswith(("positions", "account", "warning", "lead", "bal"))]
)
def test_fields_nobody_knows_are_ignored(name):
    pushed = load(name)
    richer = {"v": 7, **pushed, "data": [{"brandNew": [1], **row} for row in pushed["data"]]}
    assert read(new_stream(), compact(richer)) == read(new_stream(), frame(name))


class TestRefusals:
    """The text of an error may repeat what we sent."""

    def detail(self, msg: str) -> str:
        return read(new_stream(), compact({"event": "error", "code": "60012", "msg": msg})).detail

    def test_a_quoted_subscription_is_told(self):
        assert "liquidation-warning" in read(new_stream(), frame("subscribe_invalid")).detail

    def test_it_is_clipped_and_on_one_line(self):
        assert self.detail("a\n\t b" + "x" * 10_000) == "a b" + "x" * 197

    @pytest.mark.parametrize("indent", [None, 1])
    def test_a_quoted_login_is_withheld(self, indent):
        login = json.loads(new_exchange().login_text(NOW))
        detail = self.detail("Invalid request: " + json.dumps(login, indent=indent))
        assert "withheld" in detail
        assert not re.search(r"test|sign", detail)

    def test_so_is_a_part_of_one(self):
        assert "withheld" in self.detail('..."sign":"5/36BgGV6m","timestamp":"17')

    @pytest.mark.parametrize("secret", ["key-of-the-test", "secret-of-the-test", "phrase-of-the-test"])
    def test_our_secrets_are_taken_out(self, secret):
        assert self.detail(f"Wrong: {secret}!") == "Wrong: ***!"

    @pytest.mark.parametrize(
        "plain", ["Passphrase incorrect", "Invalid apiKey", "Invalid sign", "Login failed."]
    )
    def test_ordinary_words_are_kept(self, plain):
        assert self.detail(plain) == plain


class TestAccountOfAPush:
    """`arg.uid` must be the account the credentials belong to."""

    def test_an_expected_uid_lets_its_own_pushes_through(self):
        message = read(new_stream(uid="90210000000000077"), frame("positions_isolated_short"))
        assert (len(message.events), message.unreadable) == (2, ())

    def test_another_ones_push_is_refused_with_the_reason(self):
        message = read(new_stream(uid="1"), frame("positions_isolated_short"))
        assert message.events == ()
        assert "'90210000000000077'" in message.unreadable[0]

    def test_a_warning_of_another_one_is_told_as_unreadable(self):
        message = read(new_stream(uid="1"), frame("warning_isolated"))
        assert [event.readable for event in message.events] == [False]

    def test_without_an_expected_one_a_channel_keeps_to_the_first(self):
        stream = new_stream()
        read(stream, frame("account_futures_mode"))
        stream.opened()
        other = push_of("account_futures_mode", arg={"channel": "account", "uid": "2"})
        assert read(stream, other).unreadable
        assert not read(stream, frame("account_futures_mode")).unreadable

    def test_older_pushes_without_one_are_taken(self):
        assert not read(new_stream(uid="1"), push_of("account_empty", arg={"channel": "account"})).unreadable


def test_wrong_shapes_name_their_channel():
    for data in (None, 7, {}, "x"):
        message = read(new_stream(), compact({"arg": {"channel": "positions"}, "data": data}))
        assert (message.channel, message.events, len(message.unreadable)) == ("positions", (), 1)
    cut = read(new_stream(), frame("account_futures_mode")[:-10])
    assert (cut.channel, len(cut.unreadable)) == ("account", 1)


def test_a_page_number_of_a_wrong_type_is_unreadable():
    message = read(new_stream(), push_of("positions_isolated_short", curPage="one"))
    assert (message.channel, message.events, len(message.unreadable)) == ("positions", (), 1)


@pytest.mark.parametrize(
    "text",
    [
        b'{"arg":{"channel":"positions"},"data":[' + b"1," * 2_000_000 + b"1]}",
        b'{"arg":{"channel":"positions"},"data":[{"posId":"' + b"a" * 4_000_000 + b'","pos":"1"}]}',
        b'{"arg":{"channel":"account"},"data":' + b"[" * 4_000_000,
        b'{"event":"error","code":"60012","msg":"' + b"m" * 4_000_000 + b'"}',
        b'{"event":"error","code":' + b"9" * 4_000_000 + b"}",
        bytes(range(256)) * 16_384,
    ],
    ids=["rows", "long id", "deep", "long message", "long number", "bytes"],
)
def test_a_frame_of_4_mib_is_read_or_refused(text):
    message = read(new_stream(), text)
    assert len(repr(message)) < 20_000
    if isinstance(message, Data):
        assert message.events == ()
        assert message.unreadable


def test_the_business_stream_does_not_touch_the_positions_of_the_private_one():
    book = PositionBook()
    private = new_stream(book=book)
    read(private, frame("positions_page_1"))
    business = new_exchange(book=book, service="business").opened()
    assert read(business, frame("lead_low_equity")).events
    message = read(private, frame("positions_page_2"), frame("positions_page_3"))
    assert len(message.events[-1].subjects) == 3


def acceptable(message: Message) -> None:
    """What read() may answer to anything at all."""
    assert isinstance(message, Message)
    if isinstance(message, Data):
        assert len(message.unreadable) <= MOST_REASONS + 1
        assert all(len(reason) < 400 for reason in message.unreadable)
        for event in message.events:
            assert isinstance(event, Event)
            figures = [getattr(event, name) for name in event.__slots__ if name != "raw"]
            assert all(value.is_finite() for value in figures if isinstance(value, Decimal))
            assert event.subject
    if isinstance(message, Refused | ClosingSoon):
        assert len(message.detail) <= 200


TELLING = (
    "", "0", "-1", "NaN", "Infinity", "1e40", "1e-40", "net", "long", "cross", "isolated", "snapshot",
    "event_update", "liquidation", "adl", "SWAP", "MARGIN", "BTC-USDT", "USDT", "1793696400000",
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=8), st.sampled_from(TELLING))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)


@given(st.binary(max_size=200))
@example(b'{"event":"error","code":' + b"9" * 4301 + b"}")
@example(b'{"event":"channel-conn-count-error","channel":"x","connCount":' + b"9" * 4300 + b"}")
def test_random_bytes_break_nothing(text):
    acceptable(read(new_stream(), text))


@given(VALUES)
def test_random_json_breaks_nothing(value):
    acceptable(read(new_stream(), json.dumps(value).encode()))


@st.composite
def mutated(draw):
    """A documented frame with a few values changed, left out or turned into something else."""
    value = load(draw(st.sampled_from(NAMES)))
    for _ in range(draw(st.integers(1, 4))):
        place = value
        while isinstance(place, dict | list) and place:
            keys = sorted(place) if isinstance(place, dict) else range(len(place))
            key = draw(st.sampled_from(list(keys)))
            if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
                place = place[key]
                continue
            if isinstance(place, dict) and draw(st.booleans()):
                del place[key]
            else:
                place[key] = draw(VALUES)
            break
    return json.dumps(value, separators=(",", ":")).encode()


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(mutated(), min_size=1, max_size=4))
def test_mutated_frames_break_nothing(frames):
    stream = new_stream()
    for text in frames:
        acceptable(stream.read(text, datetime(2026, 11, 3, 9, 0, tzinfo=UTC)))


@given(st.sampled_from(NAMES), st.integers(0, 2_000), st.binary(min_size=1, max_size=4))
def test_damaged_frames_break_nothing_and_no_warning_is_lost(name, at, damage):
    text = frame(name)
    at %= len(text)
    damaged = text[:at] + damage + text[at + len(damage) :]
    message = read(new_stream(), damaged)
    acceptable(message)
    intact = b'"liquidation-warning"' in damaged and b'"data"' in damaged and b'"event"' not in damaged
    if name.startswith("warning") and intact and b'"arg":{"channel"' in damaged:
        assert isinstance(message, Data)
        assert message.events
