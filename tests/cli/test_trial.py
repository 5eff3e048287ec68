"""`alertd test-sink` against receivers on loopback: what it sends, what it says, exit codes."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.house import Hook, Lodging
from tests.cli.console import CommandLine

# Apprise imports a module that Python 3.11 and 3.12 call outdated.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

ACCOUNT = '[accounts.main]\nexchange = "okx"\n'


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Lodging(Hook) as lodging:
        yield lodging.home


def house(alertd: CommandLine, **urls: str) -> None:
    alertd.write(ACCOUNT + "".join(f"[sinks.{name}]\ntimeout_s = 1\n" for name in urls))
    alertd.env(**{f"ALERTD_SINKS__{name.upper()}__URL": url for name, url in urls.items()})


def nobody() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_it_sends_one_marked_message_and_shows_the_answer(alertd: CommandLine, hook: Hook) -> None:
    house(alertd, phone=hook.url)
    said = alertd("test-sink", "phone")
    assert (said.code, said.err) == (0, "")
    first, second = said.out.splitlines()
    assert first.startswith("phone (json): sent, 0.")
    assert second == "  HTTP 200 OK"
    (message,) = hook.messages
    assert message["title"] == "INFO TEST: only a test"
    assert message["message"].startswith("This is a test, nothing is wrong.")
    assert "alertd test-sink" in message["message"]


def test_a_failure_is_named_with_the_providers_words_and_no_secret(alertd: CommandLine, hook: Hook) -> None:
    hook.status = 403
    house(alertd, phone=f"json://{hook.url.removeprefix('json://')}?+X-Token=planted-Secret1")
    said = alertd("test-sink", "phone")
    assert said.code == 1
    assert "phone (json): failed for good" in said.out
    assert "403" in said.out
    assert "planted" not in said.out + said.err


@pytest.mark.parametrize(
    ("status", "words", "headers", "said"),
    [
        (401, "token revoked", {}, "HTTP 401 Unauthorized: token revoked"),
        (429, "", {"Retry-After": "120"}, "HTTP 429 Too Many Requests: Retry-After: 120"),
        (400, "no planted-Secret1 here\nplease", {}, "HTTP 400 Bad Request: no *** here please"),
    ],
)
def test_the_receivers_own_words_are_shown(
    alertd: CommandLine, hook: Hook, status: int, words: str, headers: dict[str, str], said: str
) -> None:
    hook.status, hook.words, hook.headers = status, words, headers
    house(alertd, phone=f"json://{hook.url.removeprefix('json://')}?+X-Token=planted-Secret1")
    shown = alertd("test-sink", "phone")
    assert (shown.code, shown.out.splitlines()[1]) == (1, f"  {said}")
    answer = json.loads(alertd("test-sink", "phone", "--json").out)["sinks"][0]["answer"]
    assert answer == said


def test_all_of_them_at_once_and_one_bad_is_a_failure(alertd: CommandLine, hook: Hook) -> None:
    house(alertd, phone=hook.url, gone=f"json://{nobody()}/x", wrong="tgramm://x/1")
    said = alertd("test-sink", "--all", "--json")
    assert said.code == 1
    rows = {row["sink"]: row for row in json.loads(said.out)["sinks"]}
    assert {name: row["outcome"] for name, row in rows.items()} == {
        "phone": "sent",
        "gone": "transient",
        "wrong": "permanent",
    }
    assert 'did you mean "tgram"' in rows["wrong"]["answer"]
    assert rows["phone"]["took_s"] >= 0


def test_no_answer_is_unknown_and_not_a_success(alertd: CommandLine) -> None:
    with socket.socket() as silent:  # takes the connection, and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        house(alertd, phone=f"json://127.0.0.1:{silent.getsockname()[1]}/x")
        said = alertd("test-sink", "phone")
    assert said.code == 1
    assert "phone (json): unknown: it may have arrived, look there" in said.out


def test_only_what_was_named_is_sent_to(alertd: CommandLine, hook: Hook) -> None:
    house(alertd, phone=hook.url, other=f"{hook.url}/other")
    assert alertd("test-sink", "phone", "phone").code == 0
    assert len(hook.messages) == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "name sinks, or --all for every one of them: phone"),
        (("phone", "--all"), "name sinks, or --all"),
        (("fone",), 'there is no sink "fone"; did you mean "phone"?'),
        (("zzz",), 'there is no sink "zzz"; known: phone'),
    ],
)
def test_what_cannot_be_done_says_what_can(alertd: CommandLine, args: tuple[str, ...], words: str) -> None:
    house(alertd, phone="json://127.0.0.1:1/x")
    said = alertd("test-sink", *args)
    assert (said.code, said.out) == (2, "")
    assert words in said.err


def test_it_is_listed(alertd: CommandLine, tmp_path: Path) -> None:
    assert "test-sink" in alertd("--help").out
    help_text = " ".join(alertd("test-sink", "--help").out.split())
    assert "marked as a test" in help_text
    assert "Sinks, by their names in the configuration." in help_text
