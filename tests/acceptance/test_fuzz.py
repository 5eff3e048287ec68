"""Whatever comes on a live stream is counted and kept, and the stream goes on.

Frames come from Hypothesis into a daemon that lives on; after them a real warning must still arrive, and a
restart on the same store must be possible.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMsgType
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from tests.acceptance.house import (
    LIMITS,
    Hook,
    House,
    Lodging,
    house,
    hurried,
    running,
    settings,
    sinks_of,
    until,
)
from tests.doubles.okx_like import KEY, PASSPHRASE, SECRET, UID, OkxLike

# The daemon, in a thread of its own, draws its jitter while Hypothesis draws a frame.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")


DATA = Path(__file__).parent.parent / "data" / "okx"
PUSHES = [
    json.loads((DATA / f"{name}.json").read_text())
    for name in (
        "warning_isolated", "warning_cross_two_currencies", "positions_isolated_short", "positions_page_1",
        "positions_update_closed", "account_multi_currency", "account_futures_mode",
        "balance_and_position_liquidation", "balance_and_position_adl",
    )
]  # fmt: skip
# The simulator speaks only when told, so that every frame that is counted is ours.
QUIET = replace(LIMITS, regular_push_s=100_000.0)
FEW = hypothesis_settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@contextmanager
def lodging(folder: Path, store_url: str | None = None) -> Iterator[Lodging[House]]:
    with Lodging(lambda: house(folder, limits=QUIET, store_url=store_url, stale_after_s=100_000.0)) as lodged:
        yield lodged


def frames_seen(home: House) -> float:
    return home.app.counters.value("frames_total", account="main", stream="private")


async def inject(home: House, frame: str | bytes) -> None:
    """Send one frame on the private stream and wait until it was taken."""
    before = frames_seen(home)
    if isinstance(frame, str):
        assert home.okx.inject_text(frame, "private") == 1
    else:
        assert home.okx.inject_bytes(frame, "private") == 1
    await until(lambda: frames_seen(home) > before or not home.is_live("private"), lambda: repr(frame)[:500])


async def has_stood_it(home: House) -> None:
    """One connection from the beginning, and a danger is still told on it."""
    assert (home.connects("private"), home.connects("business")) == (1, 1)
    await home.alert_arrives()


def kept_frames(url: str) -> list[tuple[str | None, str, bytes]]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        rows = connection.execute(text("select channel, reason, frame from kept_frames")).all()
    engine.dispose()
    return [(channel, reason, bytes(frame)) for channel, reason, frame in rows]


# --- what is no push at all -------------------------------------------------------------------------

ODD_NUMBERS = st.sampled_from([10**400, -(10**400), 1e308, float("nan"), float("inf"), -0.0, 2**63, 2**64])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ODD_NUMBERS, st.text(max_size=20))
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
HARMLESS_EVENTS = st.fixed_dictionaries(
    {
        "event": st.sampled_from(
            ["subscribe", "unsubscribe", "channel-conn-count", "notice", "login", "future"]
        )
        | st.text(max_size=10).filter(lambda name: name != "error")
    },
    optional={
        "id": JSON,
        "arg": JSON,
        "msg": JSON,
        "connId": JSON,
        "channel": st.just("unheard-of"),
        "connCount": JSON,
        "data": JSON,
        "code": st.sampled_from(["0", 0, "", None, "99999", [], {}]),
    },
)
# Nobody asked, so that no answer and no refusal may concern us.
REFUSALS = st.fixed_dictionaries(
    {
        "event": st.just("error"),
        "code": st.sampled_from(["60005", "60012", "60018", "60014", "64007", 7, None]),
    },
    optional={"id": st.sampled_from(["s1", "s99", "", 5]), "msg": st.text(max_size=30)},
)
GARBAGE = st.one_of(
    st.binary(max_size=200),
    st.text(st.characters(codec="utf-8"), max_size=200),
    st.one_of(JSON, HARMLESS_EVENTS, REFUSALS).map(json.dumps),
    # As JSON may stand in a text: all of Unicode unescaped.
    JSON.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")),
)


def test_garbage_is_counted_and_kept_and_ends_nothing(tmp_path: Path) -> None:
    with lodging(tmp_path) as lodged:

        @FEW
        @given(GARBAGE)
        @example('{"event":')
        @example("[" * 100_000)
        @example('{"arg":{"channel":"positions"},"data":' + "[" * 50_000 + "]" * 50_000 + "}")
        @example('{"arg":{"channel":"positions","instType":"ANY"},"data":[{"posId":"1","pos":NaN}]}')
        @example('{"arg":{"channel":"account"},"data":[{"mgnRatio":Infinity}]}')
        @example('{"arg":{"channel":"unheard-of"},"data":[{"a":1}]}')
        @example('{"event":"unheard-of"}')
        @example('{"event":"error","msg":"Invalid request","code":"60012","connId":"a4d3ae55"}')
        @example("null")
        @example("{}")
        @example("")
        @example(b"")
        @example(b"\xff\xfe\x00")
        @example('{"arg":{"channel":"\\ud800"},"data":["\\udfff"]}')
        def thrown_in(frame: str | bytes) -> None:
            lodged.call(inject(lodged.home, frame))

        thrown_in()
        lodged.call(has_stood_it(lodged.home))
        assert lodged.home.counted("frames_unreadable_total") > 20
    kept = kept_frames(f"sqlite:///{tmp_path / 'alertd.db'}")
    assert 5 <= len(kept) <= 200


@pytest.mark.parametrize(
    "frame",
    [
        '{"event":',
        b"\x00\x01\x02",
        "[" * 100_000,
        '{"arg":{"channel":"positions","instType":"ANY"},"data":[{"posId":"1","pos":NaN}]}',
        '{"arg":{"channel":"positions","instType":"ANY"},"data":{"posId":"1"}}',
        '{"arg":{"channel":"positions","instType":"ANY"},"data":[{"posId":"1","pos":"1e99999"}]}',
        '{"arg":{"channel":"positions","instType":"ANY"},"data":[{"posId":"1","pos":"' + "9" * 5000 + '"}]}',
        '{"arg":{"channel":"positions","instType":"ANY"},"data":[{"pos":"1"}]}',
        '{"arg":{"channel":"positions","instType":"ANY"},"eventType":"later","data":[]}',
        '{"arg":{"channel":"account"},"data":[{"details":[{"ccy":"USDT","mgnRatio":2.5}]}]}',
    ],
    ids=[
        "cut JSON", "binary", "nested", "NaN", "an object for a list", "huge exponent", "huge number",
        "no identity", "unknown event type", "a number for a text",
    ],
)  # fmt: skip
@hurried(10)
async def test_each_unreadable_frame_is_counted_once_and_kept_as_it_came(
    tmp_path: Path, frame: str | bytes
) -> None:
    async with house(tmp_path, limits=QUIET, stale_after_s=100_000.0) as home:
        await inject(home, frame)
        await until(lambda: home.counted("frames_unreadable_total") == 1)
        await has_stood_it(home)
    (kept,) = kept_frames(f"sqlite:///{tmp_path / 'alertd.db'}")
    as_bytes = frame.encode() if isinstance(frame, str) else frame
    assert kept[2] == as_bytes[: 64 * 1024]


# --- pushes with something wrong in them --------------------------------------------------------------

STRANGE = st.one_of(
    st.sampled_from(
        [None, "", "0", "-0", "1e400", "-1e400", "NaN", "Infinity", "1_000", "０", " 1", "x" * 2000, "\x00",
         "\ud800", "\udfff\ud800", "BTC\x00-USDT", "|", "a|b|c|d|e", "*", "/", "\u202e", "😀" * 50,
         "-1", "1e-39", "9" * 64, "18446744073709551616", "liquidation", "snapshot"]
    ),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
    st.text(max_size=30),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of every leaf and every container within."""
    yield path
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


@st.composite
def damaged_pushes(draw: st.DrawFn, uid: str) -> str:
    """A real push of our account with up to three values replaced, removed or repeated."""
    push = json.loads(json.dumps(draw(st.sampled_from(PUSHES))))
    push["arg"]["uid"] = uid
    for _ in range(draw(st.integers(1, 3))):
        found = [path for path in places(push) if path and path[0] != "arg"]
        if not found:
            break
        at = draw(st.sampled_from(found))
        holder = push
        for step in at[:-1]:
            holder = holder[step]
        change = draw(st.sampled_from(["replace", "replace", "replace", "remove", "repeat"]))
        if change == "remove":
            del holder[at[-1]]
        elif change == "repeat" and isinstance(holder, list):
            holder.append(holder[at[-1]])
        else:
            holder[at[-1]] = draw(STRANGE)
    return json.dumps(push)


def test_damaged_pushes_end_neither_the_stream_nor_the_store(tmp_path: Path, database_url: str) -> None:
    """On both databases, and with a restart on what they left."""
    with lodging(tmp_path, database_url) as lodged:
        uid = lodged.home.okx.account().uid

        @FEW
        @given(damaged_pushes(uid))
        def thrown_in(frame: str) -> None:
            lodged.call(inject(lodged.home, frame))

        thrown_in()
        for nasty in ("BTC\x00-USDT", "BTC-\ud800", "|", "a|b|c", "x" * 128, "😀"):
            push = json.loads(json.dumps(PUSHES[0]))
            push["arg"]["uid"] = uid
            push["data"][0] |= {"instId": nasty, "posId": nasty, "ccy": nasty}
            lodged.call(inject(lodged.home, json.dumps(push)))
        lodged.call(has_stood_it(lodged.home))
        told = list(lodged.home.hook.texts)
    assert told
    with lodging(tmp_path, database_url) as lodged:
        lodged.call(lodged.home.alert_arrives("BTC-USDT"))  # those before are told and still open


@hurried(10)
async def test_a_warning_that_cannot_be_read_is_told_all_the_same(tmp_path: Path) -> None:
    async with house(tmp_path, limits=QUIET, stale_after_s=100_000.0) as home:
        warning = {
            "arg": {"channel": "liquidation-warning", "instType": "SWAP", "uid": home.okx.account().uid},
            "data": [{"instId": "DOGE-USDT-SWAP", "mgnMode": "isolated", "posSide": "long", "mgnRatio": []}],
        }
        await inject(home, json.dumps(warning))
        await until(lambda: home.hook.about("CRITICAL", "DOGE-USDT-SWAP"), home.standing)
        (told,) = home.hook.texts
        assert "unreadable" in told
        # Also where not even the row can be told apart.
        await inject(home, json.dumps(warning)[:-20])
        await until(lambda: home.hook.about("CRITICAL", "which position it means is not known"))
        await has_stood_it(home)


# --- large ------------------------------------------------------------------------------------------

MIB = 1 << 20


@pytest.mark.parametrize("size", [1 * MIB, 4 * MIB, 7 * MIB])
@hurried(10)
async def test_a_large_push_is_read(tmp_path: Path, size: int) -> None:
    async with house(tmp_path, limits=QUIET, stale_after_s=100_000.0) as home:
        before = frames_seen(home)
        home.okx.oversized(size, "private")
        await until(lambda: frames_seen(home) > before)
        assert home.counted("frames_unreadable_total") == 0
        await has_stood_it(home)


@hurried(10)
async def test_a_large_frame_of_garbage_is_kept_in_part(tmp_path: Path) -> None:
    async with house(tmp_path, limits=QUIET, stale_after_s=100_000.0) as home:
        await inject(home, '{"arg":{"channel":"positions","instType":"ANY"},"data":["' + "x" * (4 * MIB))
        await has_stood_it(home)
    ((channel, _, frame),) = kept_frames(f"sqlite:///{tmp_path / 'alertd.db'}")
    assert channel == "positions"
    assert len(frame) == 64 * 1024


@hurried(10)
async def test_a_frame_too_large_for_anybody_costs_the_connection_and_is_told(tmp_path: Path) -> None:
    async with house(tmp_path, limits=QUIET, stale_after_s=100_000.0) as home:
        home.okx.oversized(9 * MIB, "private")
        await until(lambda: home.connects("private") == 2, home.standing)
        await home.complete()
        assert home.counted("frames_unreadable_total") == 1
        await home.alert_arrives()
    ((_, reason, frame),) = kept_frames(f"sqlite:///{tmp_path / 'alertd.db'}")
    assert (reason, frame) == ("too_large", b"")


# --- below JSON: what only another server than the simulator can send --------------------------------


async def text_that_is_no_utf8(server: OkxLike) -> None:
    await server.sockets["private"]._writer.send_frame(b'{"arg":\xff\xfe', WSMsgType.TEXT)


async def unknown_opcode(server: OkxLike) -> None:
    _transport(server).write(b"\x8b\x01x")


async def reserved_bits(server: OkxLike) -> None:
    _transport(server).write(b"\xf1\x01x")


async def control_frame_too_long(server: OkxLike) -> None:
    _transport(server).write(b"\x89\x7e\x01\x00" + b"p" * 256)


async def continuation_of_nothing(server: OkxLike) -> None:
    _transport(server).write(b"\x80\x01x")


async def announced_and_never_sent(server: OkxLike) -> None:
    _transport(server).write(b"\x81\x7f" + (2**62).to_bytes(8, "big") + b"{")


async def not_websocket_at_all(server: OkxLike) -> None:
    _transport(server).write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>")


def _transport(server: OkxLike) -> asyncio.WriteTransport:
    transport = server.sockets["private"]._req.transport  # type: ignore[union-attr]
    assert isinstance(transport, asyncio.WriteTransport)
    return transport


@pytest.mark.parametrize(
    "send",
    [
        text_that_is_no_utf8, unknown_opcode, reserved_bits, control_frame_too_long, continuation_of_nothing,
        announced_and_never_sent, not_websocket_at_all,
    ],
)  # fmt: skip
@hurried(10)
async def test_bytes_that_break_the_protocol_cost_one_connection_at_most(
    tmp_path: Path, send: Callable[[OkxLike], Any]
) -> None:
    async with OkxLike() as server, Hook() as hook:
        table = {
            "exchange": "okx",
            "role": "lead",
            "api_key": KEY,
            "api_secret": SECRET,
            "passphrase": PASSPHRASE,
            "private_ws_url": server.url("private"),
            "business_ws_url": server.url("business"),
            "rest_url": server.rest_url,
        }
        async with running(settings(tmp_path, {"main": table}, sinks_of({"hook": hook}))) as app:

            def is_live() -> bool:
                return app.counters.value("stream_live", account="main", stream="private") == 1

            await until(lambda: is_live() and server.subscribed_enough.is_set())
            logins = server.logins
            await send(server)
            if send is text_that_is_no_utf8:
                await until(
                    lambda: sum(c.value for c in app.counters.cells("frames_unreadable_total").values())
                )
                assert server.logins == logins
            else:
                await until(lambda: server.logins == logins + 1, lambda: server.logins)
                await until(lambda: len(server.subscribed["private"]) == 8)
            await until(is_live)
            await server.push_warning("XRP-USDT-SWAP")
            await until(lambda: hook.about("XRP-USDT-SWAP"), lambda: hook.texts)
            assert server.logins <= logins + 1


def test_the_samples_are_for_another_uid() -> None:
    """Or else the damaged ones would not be read at all."""
    assert UID not in {push["arg"]["uid"] for push in PUSHES}
