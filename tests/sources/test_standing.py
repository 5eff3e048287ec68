from __future__ import annotations

import pytest

from alertd.domain.errors import ClockRefused, ConnectionLost, KeyRefused, LoginRefused, StreamStale
from alertd.sources.standing import after_end, while_live
from alertd.sources.subscriptions import ChannelState, ChannelStatus

UP = ChannelState("up", ChannelStatus.ACKNOWLEDGED, True)
REFUSED = ChannelState("positions", ChannelStatus.REFUSED, True, "60018", "wrong")
DEAD = ChannelState("account", ChannelStatus.DEAD, True, "", "31 connections")
OPTIONAL = ChannelState("extra", ChannelStatus.REFUSED, False, "60018", "wrong")
ASKED_AGAIN = ChannelState("wallet", ChannelStatus.WAITING, True)


@pytest.mark.parametrize(
    ("channels", "unread", "expected"),
    [
        ([UP], None, ("watched", "", "", "")),
        ([UP, OPTIONAL, ASKED_AGAIN], None, ("watched", "", "", "")),
        (
            [UP, REFUSED],
            None,
            ("degraded", "channel_refused", "60018", "The exchange refuses: positions (60018 wrong)."),
        ),
        (
            [DEAD],
            None,
            ("degraded", "channel_limit", "", "The exchange no longer feeds: account (31 connections)."),
        ),
        (
            [DEAD, REFUSED],
            "row",
            ("degraded", "channel_refused", "60018", "The exchange refuses: positions (60018 wrong)."),
        ),
        (
            [UP],
            "positions, row 3",
            ("degraded", "unreadable", "", "A push could not be read: positions, row 3."),
        ),
    ],
)
def test_a_live_stream_stands_as_its_worst_trouble(
    channels: list[ChannelState], unread: str | None, expected: tuple[str, str, str, str]
) -> None:
    standing = while_live({channel.channel: channel for channel in channels}, unread)

    assert (standing.state, standing.cause, standing.code, standing.detail) == expected


@pytest.mark.parametrize(
    ("ended_by", "cause", "code", "words"),
    [
        (LoginRefused("60024", "passphrase"), "credentials", "60024", "passphrase"),
        (KeyRefused("may_withdraw", "It may withdraw."), "credentials", "may_withdraw", "It may withdraw."),
        (ClockRefused("60006", "expired"), "clock", "60006", "expired"),
        (StreamStale("channel x has been silent for 30 s"), "stale", "", "channel x"),
        (ConnectionLost("closed", 4004), "connection", "4004", "Closed."),
        (ConnectionLost("closed", 4002, retry_slowly=True), "connection", "4002", "once a minute"),
        (KeyError("secret"), "connection", "", "KeyError"),
    ],
)
def test_without_a_connection_it_is_blind(ended_by: Exception, cause: str, code: str, words: str) -> None:
    standing = after_end(ended_by)

    assert (standing.state, standing.cause, standing.code) == ("blind", cause, code)
    assert words in standing.detail
    assert "secret" not in standing.detail


def test_what_alertd_itself_refuses_is_not_laid_at_the_exchange_s_door() -> None:
    assert "exchange" not in after_end(KeyRefused("may_withdraw", "It may withdraw.")).detail


def test_another_text_is_no_news_but_another_channel_is() -> None:
    first = while_live({"a": DEAD}, None)

    assert after_end(ConnectionLost("x", 4004)).says_the_same_as(after_end(ConnectionLost("y", 4006)))
    assert not after_end(StreamStale("x")).says_the_same_as(after_end(ConnectionLost("y")))
    other = ChannelState("other", ChannelStatus.DEAD, True)
    assert not first.says_the_same_as(while_live({"a": DEAD, "b": other}, None))
    assert not first.says_the_same_as(None)
