from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from alertd.domain.errors import (
    AlertdError,
    ClockRefused,
    ConnectionLost,
    Disposition,
    LoginRefused,
    StreamStale,
)
from alertd.domain.events import Event
from alertd.domain.stream import ClosingSoon, Subscription
from alertd.sources.protocol import StreamProtocol
from alertd.sources.states import TRANSITIONS, IllegalTransition, StreamState
from alertd.sources.subscriptions import ChannelStatus
from alertd.sources.timing import StreamTiming
from tests.doubles.json_exchange import ALL, EXTRA, MARGIN, NOTICES, JsonExchange

AT = datetime(2026, 11, 21, tzinfo=UTC)
TIMING = StreamTiming()


class Talk:
    """A protocol and its clock; what it sends is collected in `sent` with the second it was sent at."""

    def __init__(
        self,
        subscriptions: Sequence[Subscription] = ALL,
        timing: StreamTiming = TIMING,
        start_s: float = 1000.0,
    ) -> None:
        self.now_s = start_s
        self.exchange = JsonExchange(subscriptions)
        self.protocol = StreamProtocol(self.exchange, timing)
        self.sent: list[tuple[float, str]] = []
        self.events: list[Event] = []
        self.pings_are_answered = False
        self.protocol.opened(self.now_s, AT)
        self._collect()

    def hear(self, told: str | None = None, **fields: object) -> None:
        frame = told if told is not None else json.dumps(fields)
        try:
            push = self.protocol.receive(frame.encode(), AT, self.now_s)
            self.events += push.events if push is not None else ()
        finally:
            self._collect()

    def wait(self, seconds: float) -> None:
        """Let time pass, calling the timer exactly when it asks to be called."""
        until_s = self.now_s + seconds
        while (due := self.protocol.next_deadline_s()) is not None and due <= until_s:
            self.now_s = max(due, self.now_s)
            try:
                self.protocol.timer(self.now_s)
            finally:
                self._collect()
            if self.pings_are_answered and self.sent[-1] == (self.now_s, "ping"):
                self.hear("pong")
        self.now_s = until_s

    def requests(self) -> list[dict[str, str]]:
        texts = [json.loads(text) for _, text in self.sent if text.startswith("{")]
        return [text for text in texts if text["op"] == "subscribe"]

    def last_request(self, channel: str) -> str:
        return [request["id"] for request in self.requests() if request["channel"] == channel][-1]

    def log_in(self) -> None:
        self.hear(event="login")
        self.wait(1.0)

    def acknowledge(self, *channels: str) -> None:
        for channel in channels:
            self.hear(event="ack", id=self.last_request(channel), channel=channel)

    def _collect(self) -> None:
        self.sent += [(self.now_s, text) for text in self.protocol.texts_to_send()]


def live(subscriptions: Sequence[Subscription] = ALL, timing: StreamTiming = TIMING) -> Talk:
    talk = Talk(subscriptions, timing)
    talk.log_in()
    talk.acknowledge(*(wanted.channel for wanted in subscriptions))
    assert talk.protocol.state is StreamState.LIVE
    return talk


# --- the way to live ----------------------------------------------------------------------------------


def test_logs_in_first_and_subscribes_only_after_the_answer() -> None:
    talk = Talk()

    assert [json.loads(text) for _, text in talk.sent] == [{"op": "login", "at": AT.isoformat()}]
    assert talk.exchange.connections == 1
    talk.wait(5.0)
    assert talk.requests() == []

    talk.log_in()
    assert [request["channel"] for request in talk.requests()] == ["notices", "margin", "wallet", "extra"]


def test_subscribes_one_argument_per_request_with_its_own_id_the_first_together_then_with_a_gap() -> None:
    talk = Talk((*ALL, *(replace(EXTRA, channel=f"extra{n}") for n in range(3))))
    talk.log_in()
    talk.wait(0.5)

    ids = [request["id"] for request in talk.requests()]
    assert len(set(ids)) == 7
    assert all(1 <= len(one) <= 32 and one.isalnum() and one.isascii() for one in ids)
    times = [at_s for at_s, text in talk.sent if "subscribe" in text]
    assert [round(b - a, 3) for a, b in pairwise(times)] == [0.0, 0.0, 0.0, 1.0, 0.25, 0.25]


def test_nothing_more_goes_out_together_after_the_first_requests() -> None:
    talk = live()
    for channel in ("margin", "wallet", "extra"):
        talk.hear(event="dead", channel=channel)
    talk.sent.clear()
    while len(talk.requests()) != 3:
        talk.wait(10.0)
        talk.hear("pong")

    times = [at_s for at_s, text in talk.sent if "subscribe" in text]
    assert [round(b - a, 3) for a, b in pairwise(times)] == [0.25, 0.25]


def test_is_live_only_when_every_required_subscription_is_acknowledged() -> None:
    talk = Talk()
    talk.log_in()

    talk.acknowledge("notices", "margin")
    assert talk.protocol.state is StreamState.SUBSCRIBING
    talk.acknowledge("wallet")
    assert talk.protocol.state is StreamState.LIVE
    assert talk.protocol.channels()["extra"].status is ChannelStatus.REQUESTED


def test_without_a_subscription_it_is_live_after_the_login() -> None:
    talk = Talk(())
    talk.log_in()

    assert talk.protocol.state is StreamState.LIVE


def test_an_acknowledgement_without_id_counts_by_its_channel() -> None:
    talk = Talk((NOTICES, MARGIN))
    talk.log_in()

    talk.hear(event="ack", channel="margin")
    assert talk.protocol.channels()["margin"].status is ChannelStatus.ACKNOWLEDGED
    assert talk.protocol.channels()["notices"].status is ChannelStatus.REQUESTED


def test_an_acknowledgement_with_a_foreign_id_counts_for_nothing() -> None:
    talk = Talk((MARGIN,))
    talk.log_in()

    talk.hear(event="ack", id="somebody", channel="margin")
    assert talk.protocol.state is StreamState.SUBSCRIBING


def test_a_push_before_its_acknowledgement_is_accepted() -> None:
    talk = Talk()
    talk.log_in()

    talk.hear(push="margin", n=[7, 8])
    assert [event.event_id for event in talk.events] == ["7", "8"]


def test_requests_of_an_hour_are_bounded_with_the_login_counted() -> None:
    timing = StreamTiming(
        requests_per_hour=5, requests_at_once=1, request_gap_s=0.25, refused_retry_s=(1.0, 1.0)
    )
    talk = Talk((EXTRA, NOTICES), timing)
    talk.hear(event="login")
    for _ in range(200):
        talk.wait(10.0)
        talk.hear("pong")
        if talk.protocol.state is StreamState.SUBSCRIBING:
            talk.acknowledge("notices")
        if talk.protocol.channels()["extra"].status is not ChannelStatus.DEAD:
            talk.hear(event="error", id=talk.last_request("extra"), code="64007")

    times = [1000.0, *(at_s for at_s, text in talk.sent if "subscribe" in text)]
    assert len(times) == 5
    talk.wait(0.0)
    while talk.now_s < 5000.0:
        talk.wait(10.0)
        talk.hear("pong")
    times = [1000.0, *(at_s for at_s, text in talk.sent if "subscribe" in text)]
    assert len(times) > 5
    assert all(b - a >= 3600.0 for a, b in zip(times, times[5:], strict=False))


# --- refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("disposition", "expected", "slowly"),
    [
        ("credentials", LoginRefused, None),
        ("clock", ClockRefused, None),
        ("retry", ConnectionLost, False),
        ("rate", ConnectionLost, True),
        ("bug", ConnectionLost, True),
        ("config", ConnectionLost, True),
    ],
)
def test_a_refused_login_ends_the_connection_as_classified(
    disposition: str, expected: type[AlertdError], slowly: bool | None
) -> None:
    talk = Talk()

    with pytest.raises(expected) as caught:
        talk.hear(event="error", code="60024", detail="passphrase", **{"class": disposition})
    assert getattr(caught.value, "code", "") == "60024"
    assert getattr(caught.value, "retry_slowly", None) is slowly
    assert talk.protocol.state is StreamState.CLOSED


def test_a_login_without_an_answer_is_given_up() -> None:
    talk = Talk()

    talk.wait(9.9)
    with pytest.raises(ConnectionLost, match="login"):
        talk.wait(0.2)


@pytest.mark.parametrize(("disposition", "hold"), [("retry", False), ("rate", True)])
def test_a_passing_refusal_is_sent_again_with_backoff(disposition: str, hold: bool) -> None:
    talk = Talk((MARGIN,))
    talk.log_in()
    times = []
    for _ in range(6):
        talk.hear(event="error", id=talk.last_request("margin"), code="64007", **{"class": disposition})
        before = len(talk.requests())
        refused_at_s = talk.now_s
        while len(talk.requests()) == before:
            talk.wait(0.5)
            talk.hear("pong")
        times.append(round(talk.sent[-1][0] - refused_at_s))

    assert times == [5, 10, 20, 40, 60, 60]
    assert len({request["id"] for request in talk.requests()}) == 7


def test_after_a_rate_refusal_nothing_else_is_asked_for_meanwhile() -> None:
    talk = Talk((NOTICES, MARGIN), StreamTiming(requests_at_once=1))
    talk.hear(event="login")
    talk.hear(event="error", id=talk.last_request("notices"), code="60014", **{"class": "rate"})

    talk.wait(4.9)
    assert [request["channel"] for request in talk.requests()] == ["notices"]
    talk.wait(1.0)
    assert [request["channel"] for request in talk.requests()] == ["notices", "notices", "margin"]


def test_a_channel_refused_again_and_again_is_down_and_holds_up_the_others_no_more() -> None:
    talk = Talk((MARGIN, NOTICES))
    talk.log_in()
    talk.acknowledge("notices")
    for _ in range(3):
        assert talk.protocol.state is StreamState.SUBSCRIBING
        talk.hear(event="error", id=talk.last_request("margin"), code="64007", detail="internal")
        talk.wait(11.0)
        talk.hear("pong")

    assert talk.protocol.state is StreamState.LIVE
    down = talk.protocol.channels()["margin"]
    assert (down.is_down, down.code, down.detail) == (True, "64007", "internal")
    talk.wait(15.0)
    talk.acknowledge("margin")
    assert talk.protocol.channels()["margin"].status is ChannelStatus.ACKNOWLEDGED


@pytest.mark.parametrize("disposition", ["bug", "config", "fatal"])
def test_a_lasting_refusal_is_never_sent_again_and_the_others_go_live(disposition: str) -> None:
    talk = Talk((MARGIN, NOTICES))
    talk.log_in()
    talk.acknowledge("notices")
    talk.hear(event="error", id=talk.last_request("margin"), code="60018", **{"class": disposition})

    assert talk.protocol.state is StreamState.LIVE
    state = talk.protocol.channels()["margin"]
    assert (state.status, state.code, state.required) == (ChannelStatus.REFUSED, "60018", True)
    for _ in range(400):
        talk.wait(10.0)
        talk.hear("pong")
    assert [request["channel"] for request in talk.requests()].count("margin") == 1


def test_credentials_refused_for_a_subscription_refuse_the_account() -> None:
    talk = Talk()
    talk.log_in()

    with pytest.raises(LoginRefused):
        talk.hear(event="error", id=talk.last_request("margin"), code="50030", **{"class": "credentials"})


@pytest.mark.parametrize("disposition", ["credentials", "clock", "bug", "config"])
def test_what_was_only_an_attempt_may_be_refused(disposition: str) -> None:
    talk = Talk()
    talk.log_in()
    talk.acknowledge("notices", "margin", "wallet")
    talk.hear(event="error", id=talk.last_request("extra"), code="50030", **{"class": disposition})

    assert talk.protocol.state is StreamState.LIVE
    assert not talk.protocol.channels()["extra"].required


def test_an_error_without_id_answers_the_request_that_waits_longest() -> None:
    talk = Talk((MARGIN, NOTICES))
    talk.log_in()
    talk.hear(event="error", code="60018", **{"class": "config"})

    assert talk.protocol.channels()["margin"].status is ChannelStatus.REFUSED
    assert talk.protocol.channels()["notices"].status is ChannelStatus.REQUESTED


@pytest.mark.parametrize("fields", [{}, {"id": "s1"}, {"id": "unknown"}])
def test_an_error_nobody_waits_for_is_counted_only(fields: dict[str, str]) -> None:
    talk = live()
    talk.hear(event="error", code="60012", **{"class": "bug"}, **fields)

    assert talk.protocol.unmatched_errors == 1
    assert talk.protocol.state is StreamState.LIVE


@pytest.mark.parametrize("code", ["60011", "60031"])
def test_a_lost_login_ends_the_connection(code: str) -> None:
    talk = live()

    with pytest.raises(ConnectionLost) as caught:
        talk.hear(event="error", code=code, **{"class": "bug"})
    assert caught.value.code == code


def test_a_missing_acknowledgement_ends_the_connection() -> None:
    talk = Talk((MARGIN, NOTICES))
    talk.log_in()
    talk.acknowledge("notices")

    with pytest.raises(ConnectionLost, match="margin"):
        talk.wait(10.0)


def test_an_attempt_without_an_answer_does_not() -> None:
    talk = Talk((NOTICES, EXTRA))
    talk.log_in()
    talk.acknowledge("notices")

    talk.wait(15.0)
    assert talk.protocol.state is StreamState.LIVE
    assert talk.protocol.channels()["extra"].is_down


# --- dead channels ------------------------------------------------------------------------------------


def test_a_dead_channel_is_asked_for_much_later_and_must_hold_before_it_counts() -> None:
    talk = live((MARGIN, NOTICES))
    talk.hear(event="dead", channel="margin")
    assert talk.protocol.channels()["margin"].status is ChannelStatus.DEAD
    assert talk.protocol.channels()["notices"].status is ChannelStatus.ACKNOWLEDGED

    for _ in range(29):
        talk.wait(10.0)
        talk.hear("pong")
    assert len(talk.requests()) == 2
    talk.wait(11.0)
    assert len(talk.requests()) == 3
    talk.acknowledge("margin")
    assert talk.protocol.channels()["margin"].status is ChannelStatus.DEAD
    talk.wait(10.0)
    assert talk.protocol.channels()["margin"].status is ChannelStatus.ACKNOWLEDGED


def test_a_channel_refused_for_good_stays_so_when_it_is_also_said_to_be_dead() -> None:
    talk = Talk((MARGIN, NOTICES))
    talk.log_in()
    talk.acknowledge("notices")
    talk.hear(event="error", id=talk.last_request("margin"), code="60018", **{"class": "config"})
    talk.hear(event="dead", channel="margin")
    for _ in range(60):
        talk.wait(10.0)
        talk.hear("pong")

    assert talk.protocol.channels()["margin"].code == "60018"
    assert len(talk.requests()) == 2


def test_a_channel_that_died_before_its_acknowledgement_is_dead_all_the_same() -> None:
    talk = Talk((MARGIN, NOTICES))
    talk.log_in()
    talk.hear(event="dead", channel="margin")
    talk.acknowledge("margin", "notices")

    talk.wait(15.0)
    assert talk.protocol.state is StreamState.LIVE
    assert talk.protocol.channels()["margin"].status is ChannelStatus.DEAD


def test_an_unanswered_revival_does_not_cost_the_other_channels() -> None:
    talk = live((MARGIN, NOTICES))
    talk.hear(event="dead", channel="margin")
    for _ in range(65):
        talk.wait(10.0)
        talk.hear("pong")

    assert talk.protocol.state is StreamState.LIVE
    assert len(talk.requests()) == 4


def test_the_death_of_a_foreign_channel_is_nothing_to_us() -> None:
    talk = live()
    talk.hear(event="dead", channel="orders")

    assert not any(channel.is_down for channel in talk.protocol.channels().values())


def test_of_several_subscriptions_of_a_channel_the_worst_is_shown() -> None:
    other = Subscription("margin", (("channel", "margin"), ("id2", "x")), carrier=True)
    talk = Talk((MARGIN, other))
    talk.log_in()
    first, second = (request["id"] for request in talk.requests())
    talk.hear(event="ack", id=first, channel="margin")
    talk.hear(event="error", id=second, code="60018", **{"class": "config"})

    assert talk.protocol.channels()["margin"].status is ChannelStatus.REFUSED
    talk.pings_are_answered = True
    for _ in range(3):
        talk.hear(push="margin", n=[1])
    with pytest.raises(StreamStale, match="margin"):  # the other one is still judged
        talk.wait(31.0)


# --- keep-alive and silence ---------------------------------------------------------------------------


def test_pings_regularly_and_gives_up_without_an_answer() -> None:
    talk = live((NOTICES,))

    talk.wait(18.9)  # the login was the first word
    assert talk.sent[-1][1] != "ping"
    talk.wait(0.2)
    assert talk.sent[-1][1] == "ping"
    with pytest.raises(StreamStale, match="ping"):
        talk.wait(10.0)


def test_any_frame_answers_a_ping() -> None:
    talk = live((NOTICES,))
    for _ in range(100):
        talk.wait(20.0)
        talk.hear(event="info")

    assert [text for _, text in talk.sent].count("ping") == 100


def test_speaks_up_even_while_frames_keep_coming() -> None:
    talk = live((NOTICES,))
    for _ in range(200):
        talk.wait(1.0)
        talk.hear(event="info")

    pinged = [at for at, text in talk.sent if text == "ping"]
    assert len(pinged) == 10
    assert all(20.0 <= later - earlier < 21.1 for earlier, later in itertools.pairwise(pinged))


def test_answers_the_servers_ping() -> None:
    talk = live((NOTICES,))
    talk.hear("ping")

    assert talk.sent[-1][1] == "pong"


def test_a_carrier_that_had_its_rhythm_is_stale_after_a_short_silence() -> None:
    talk = live()
    talk.pings_are_answered = True
    talk.hear(push="margin", n=[1])
    talk.hear(push="margin", n=[2])
    talk.wait(15.0)
    talk.hear(push="wallet", n=[1])
    talk.wait(14.9)

    with pytest.raises(StreamStale, match="margin"):
        talk.wait(0.2)


def test_a_carrier_without_a_rhythm_is_given_more_time() -> None:
    talk = live((NOTICES, MARGIN))
    talk.hear(push="margin", n=[1])
    for _ in range(29):
        talk.wait(10.0)
        talk.hear("pong")

    with pytest.raises(StreamStale, match="margin"):
        talk.wait(10.1)


def test_the_silence_of_other_channels_proves_nothing() -> None:
    talk = live((NOTICES,))
    for n in range(3):
        talk.hear(push="notices", n=[n])
    for _ in range(1000):
        talk.wait(10.0)
        talk.hear("pong")

    assert talk.protocol.state is StreamState.LIVE


def test_a_dead_carrier_is_not_stale() -> None:
    talk = live((NOTICES, MARGIN))
    for n in range(3):
        talk.hear(push="margin", n=[n])
    talk.hear(event="dead", channel="margin")
    for _ in range(10):
        talk.wait(10.0)
        talk.hear("pong")

    assert talk.protocol.state is StreamState.LIVE


# --- ends ---------------------------------------------------------------------------------------------


def test_an_announced_close_is_seen_and_ends_nothing() -> None:
    talk = live()
    assert talk.protocol.announced_close is None
    talk.protocol.has_news = False
    talk.hear(event="bye", code="64008")

    assert talk.protocol.announced_close == ClosingSoon("64008", "an upgrade")
    assert (talk.protocol.state, talk.protocol.has_news) == (StreamState.LIVE, True)
    talk.hear(push="margin", n=[1])
    assert len(talk.events) == 1


def test_every_carrier_that_is_accepted_has_pushed_or_not() -> None:
    talk = live()
    assert talk.protocol.live_since_s is not None
    assert not talk.protocol.carriers_have_pushed
    talk.protocol.has_news = False
    talk.hear(push="margin", n=[])
    assert (talk.protocol.carriers_have_pushed, talk.protocol.has_news) == (False, True)
    talk.hear(push="wallet", n=[])
    assert talk.protocol.carriers_have_pushed


def test_a_carrier_that_is_down_is_not_waited_for() -> None:
    talk = live()
    talk.hear(push="margin", n=[])
    talk.hear(event="dead", channel="wallet")
    assert talk.protocol.carriers_have_pushed


def test_a_retired_connection_is_read_until_the_answer_to_its_last_ping() -> None:
    talk = live()
    talk.wait(TIMING.ping_after_s)
    assert talk.sent[-1][1] == "ping"
    talk.protocol.retire()
    talk.wait(0.0)
    assert [text for _, text in talk.sent[-2:]] == ["ping", "ping"]
    talk.hear("pong")  # answers the first
    talk.hear(push="margin", n=[7])
    assert (talk.protocol.is_drained, len(talk.events)) == (False, 1)
    talk.hear("pong")
    assert talk.protocol.is_drained


def test_a_pong_before_the_last_ping_went_out_says_nothing() -> None:
    talk = live()
    talk.protocol.retire()
    talk.hear("pong")
    assert not talk.protocol.is_drained


def test_pongs_of_a_connection_that_is_not_retired_say_nothing() -> None:
    talk = live()
    talk.wait(TIMING.ping_after_s)
    talk.hear("pong")
    assert not talk.protocol.is_drained


def test_every_end_closes_the_reader_once() -> None:
    for end in (
        lambda talk: talk.protocol.abandon(),
        lambda talk: talk.protocol.closed(4004, "", talk.now_s),
        lambda talk: talk.protocol.frame_too_large(),
    ):
        talk = live()
        end(talk)
        talk.protocol.abandon()
        assert (talk.protocol.state, talk.exchange.closed_times) == (StreamState.CLOSED, 1)
    never_made = StreamProtocol(JsonExchange(), TIMING)
    never_made.abandon()
    assert never_made.state is StreamState.CONNECTING


@pytest.mark.parametrize(
    ("close_code", "logged_in", "expected", "slowly"),
    [
        (None, True, ConnectionLost, False),
        (1006, True, ConnectionLost, False),
        (4004, True, ConnectionLost, False),
        (4002, True, ConnectionLost, True),
        (4008, False, ConnectionLost, True),
        (4007, True, ConnectionLost, False),  # whether they still work is for the next login to show
        (4007, False, LoginRefused, None),
        (4001, False, LoginRefused, None),
        (9999, True, ConnectionLost, False),
    ],
)
def test_a_close_is_classified(
    close_code: int | None, logged_in: bool, expected: type[AlertdError], slowly: bool | None
) -> None:
    talk = live() if logged_in else Talk()

    ended_by = talk.protocol.closed(close_code, "why", talk.now_s)
    assert type(ended_by) is expected
    assert getattr(ended_by, "retry_slowly", None) is slowly
    assert talk.protocol.state is StreamState.CLOSED
    assert talk.protocol.next_deadline_s() is None


def test_a_close_after_a_refused_login_is_that_refusal() -> None:
    talk = Talk()
    with pytest.raises(LoginRefused) as refused:
        talk.hear(event="error", code="60024", **{"class": "credentials"})

    assert talk.protocol.closed(4001, "", talk.now_s) is refused.value


def test_a_frame_too_large_is_noted_and_ends_the_connection() -> None:
    talk = live()

    assert isinstance(talk.protocol.frame_too_large(), ConnectionLost)
    assert [unread.reason for unread in talk.protocol.unreadable()] == ["too_large"]


def test_what_cannot_be_read_is_noted_and_costs_no_neighbour() -> None:
    talk = live()
    talk.hear("\x00 garbage")
    talk.hear(push="margin", n=[1, "bad", 2])

    assert [(unread.channel, unread.reason) for unread in talk.protocol.unreadable()] == [
        (None, "not the dialect"),
        ("margin", "row 'bad'"),
    ]
    assert [event.event_id for event in talk.events] == ["1", "2"]
    assert talk.protocol.unreadable() == []


def test_only_a_quiet_push_is_no_news() -> None:
    talk = live()
    talk.hear(push="margin", n=[])
    talk.hear(push="margin", n=[])
    for told in ({"push": "margin", "n": [1]}, {"push": "notices", "n": [2]}, {"event": "info"}):
        talk.protocol.has_news = False
        talk.hear(**told)
        assert not talk.protocol.has_news, told
    for told in (
        {"push": "wallet", "n": [1]},
        {"push": "wallet", "n": [1]},  # shows its rhythm
        {"push": "margin", "n": ["bad"]},
        {"event": "bye", "code": "64008"},
        {"event": "dead", "channel": "margin"},
    ):
        talk.protocol.has_news = False
        talk.hear(**told)
        assert talk.protocol.has_news, told


@pytest.mark.parametrize("state", list(StreamState))
def test_what_the_table_does_not_allow_raises_and_changes_nothing(state: StreamState) -> None:
    protocol = StreamProtocol(JsonExchange(), TIMING)
    protocol.state = state
    if StreamState.LOGGING_IN not in TRANSITIONS[state]:
        with pytest.raises(IllegalTransition):
            protocol.opened(0.0, AT)
    if state in (StreamState.CONNECTING, StreamState.CLOSED):
        with pytest.raises(IllegalTransition):
            protocol.receive(b"pong", AT, 0.0)
        with pytest.raises(IllegalTransition):
            protocol.timer(0.0)
    if state is not StreamState.CONNECTING:
        assert protocol.state is state
        assert protocol.texts_to_send() == []


# --- anything, in any order ---------------------------------------------------------------------------

CHANNELS = st.sampled_from([wanted.channel for wanted in ALL] + ["foreign"])
CODES = st.sampled_from(["60011", "60012", "60018", "64007", "60014"])
FRAMES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"ping",
            b"pong",
            b"{}",
            b'{"event":"login"}',
            b'{"event":"info"}',
            b'{"event":"bye","code":"64008"}',
        ]
    ),
    st.builds(lambda channel: json.dumps({"event": "dead", "channel": channel}).encode(), CHANNELS),
    st.builds(
        lambda channel, n: json.dumps({"push": channel, "n": n}).encode(), CHANNELS, st.lists(st.integers())
    ),
    st.builds(
        lambda code, kind: json.dumps({"event": "error", "code": code, "class": kind}).encode(),
        CODES,
        st.sampled_from(list(Disposition)),
    ),
)
ENDS = (ConnectionLost, StreamStale, ClockRefused, LoginRefused)


class AnySession(RuleBasedStateMachine):
    """Random frames, answers and pauses: only the documented errors come out, and the promises hold."""

    def __init__(self) -> None:
        super().__init__()
        self._connect()

    def _connect(self) -> None:
        self.talk = Talk()
        self.logged_in = False
        self.was_live = False
        self.requests_when_refused: dict[str, int] = {}

    @initialize(answered=st.booleans())
    def begin(self, answered: bool) -> None:
        if answered:
            self._hear(b'{"event":"login"}')

    @precondition(lambda self: self.talk.protocol.state is not StreamState.CLOSED)
    @rule(frame=FRAMES)
    def hear_anything(self, frame: bytes) -> None:
        self._hear(frame)

    @precondition(lambda self: self._open_requests())
    @rule(data=st.data(), kind=st.sampled_from(["ack", *Disposition]), with_id=st.booleans())
    def answer_a_request(self, data: st.DataObject, kind: str, with_id: bool) -> None:
        request = data.draw(st.sampled_from(self._open_requests()))
        told = {"event": "ack", "channel": request["channel"]} if kind == "ack" else {"event": "error"}
        if kind != "ack":
            told |= {"code": "60018", "class": str(kind)}
        self._hear(json.dumps(told | ({"id": request["id"]} if with_id else {})).encode())

    @precondition(lambda self: self.talk.protocol.state is not StreamState.CLOSED)
    @rule(seconds=st.sampled_from([0.0, 0.1, 0.3, 2.0, 9.0, 19.0, 31.0, 301.0]))
    def wait(self, seconds: float) -> None:
        try:
            self.talk.wait(seconds)
        except ENDS:
            assert self.talk.protocol.state is StreamState.CLOSED

    @precondition(lambda self: self.talk.protocol.state is not StreamState.CLOSED)
    @rule(code=st.sampled_from([None, 1000, 4001, 4004, 4007, 4008]))
    def close(self, code: int | None) -> None:
        assert isinstance(self.talk.protocol.closed(code, "", self.talk.now_s), ENDS)
        assert self.talk.protocol.state is StreamState.CLOSED

    @precondition(lambda self: self.talk.protocol.state is StreamState.CLOSED)
    @rule()
    def connect_again(self) -> None:
        self._connect()

    @invariant()
    def nothing_is_asked_for_before_the_login(self) -> None:
        assert self.logged_in or not self.talk.requests()

    @invariant()
    def live_means_every_required_channel_is_known(self) -> None:
        if self.talk.protocol.state is StreamState.LIVE and not self.was_live:
            self.was_live = True
            for channel in self.talk.protocol.channels().values():
                assert not channel.required or channel.is_down or channel.status is ChannelStatus.ACKNOWLEDGED

    @invariant()
    def nothing_refused_for_good_is_asked_for_again(self) -> None:
        channels = self.talk.protocol.channels()
        for channel, count in self.requests_when_refused.items():
            if channels[channel].status is ChannelStatus.REFUSED:
                assert self._count(channel) == count

    @invariant()
    def requests_keep_their_pace(self) -> None:
        times = [at_s for at_s, text in self.talk.sent if "subscribe" in text]
        spaced = times[TIMING.requests_at_once - 1 :]
        assert all(b - a >= TIMING.request_gap_s - 1e-9 for a, b in pairwise(spaced))
        # In no second more than with that gap between all of them.
        number = TIMING.requests_at_once
        span_s = number * TIMING.request_gap_s
        assert all(b - a >= span_s - 1e-9 for a, b in zip(times, times[number:], strict=False))
        ids = [request["id"] for request in self.talk.requests()]
        assert len(ids) == len(set(ids))

    @invariant()
    def an_open_connection_always_has_a_deadline(self) -> None:
        is_open = self.talk.protocol.state is not StreamState.CLOSED
        assert (self.talk.protocol.next_deadline_s() is not None) is is_open

    def _hear(self, frame: bytes) -> None:
        before = {name: state.status for name, state in self.talk.protocol.channels().items()}
        lasting = any(f'"class": "{kind}"'.encode() in frame for kind in ("bug", "config", "fatal"))
        try:
            self.talk.protocol.receive(frame, AT, self.talk.now_s)
        except ENDS:
            assert self.talk.protocol.state is StreamState.CLOSED
        self.talk._collect()
        if self.talk.protocol.state in (StreamState.SUBSCRIBING, StreamState.LIVE):
            self.logged_in = True
        if lasting:
            for name, state in self.talk.protocol.channels().items():
                if state.status is ChannelStatus.REFUSED and before[name] is not ChannelStatus.REFUSED:
                    self.requests_when_refused[name] = self._count(name)

    def _count(self, channel: str) -> int:
        return sum(request["channel"] == channel for request in self.talk.requests())

    def _open_requests(self) -> list[dict[str, str]]:
        return [] if self.talk.protocol.state is StreamState.CLOSED else self.talk.requests()[-4:]


TestAnySession = AnySession.TestCase
TestAnySession.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
