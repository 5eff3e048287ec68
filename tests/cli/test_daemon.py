"""alertd/cli/daemon.py"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from alertd.cli.daemon import DaemonDoor
from tests.cli.console import CommandLine
from tests.config.folder import SMALLEST


@contextmanager
def daemon(status: int, body: str) -> Iterator[tuple[int, list[str | None]]]:
    """Answers everything with this; keeps the Authorization headers."""
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append(self.headers.get("Authorization"))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, seen
        server.shutdown()
        thread.join()


def test_where_nobody_answers_it_ends_with_1_and_says_what_to_do(alertd: CommandLine) -> None:
    said = alertd("status", "--url", "http://127.0.0.1:9")
    assert said.code == 1
    assert "no daemon answers at http://127.0.0.1:9" in said.err
    assert "start it with alertd run" in said.err
    said = alertd("status", "--url", "http://127.0.0.1:9", "--json")
    assert (said.code, json.loads(said.out)["ok"]) == (1, False)


@pytest.mark.parametrize(
    ("url", "cure"),
    [
        ("localhost:8841", "write http://localhost:8841"),
        ("ftp://localhost:8841", "write http://localhost:8841"),
        ("http://", "write http://127.0.0.1:8787"),
        ("", "write http://127.0.0.1:8787"),
    ],
)
def test_an_address_without_its_scheme_is_wrong_usage(alertd: CommandLine, url: str, cure: str) -> None:
    said = alertd("alerts", "--url", url)
    assert said.code == 2
    assert f"--url {url!r} is no address of a daemon; {cure}" in said.err


@pytest.mark.parametrize(
    ("status", "body", "code", "says"),
    [
        (400, '{"problems": ["since: wrong"]}', 2, "since: wrong"),
        (403, '{"problems": ["vera may not"]}', 2, "vera may not"),
        (404, '{"problems": ["no alert"]}', 1, "no alert"),
        (500, "oh", 1, "the daemon answers 500: oh"),
        (200, "<html>", 1, "no daemon answers at"),
    ],
)
def test_a_refusal_is_passed_on(alertd: CommandLine, status: int, body: str, code: int, says: str) -> None:
    with daemon(status, body) as (port, _):
        said = alertd("coverage", "report", "--url", f"http://127.0.0.1:{port}")
    assert (said.code, says in said.err) == (code, True), said


def test_the_configuration_says_where_it_listens_and_which_token_it_wants(alertd: CommandLine) -> None:
    with daemon(200, '{"accounts": []}') as (port, seen):
        file = alertd.write(f'{SMALLEST}\n[web]\nhost = "0.0.0.0"\nport = {port}\n')
        alertd.env(ALERTD_WEB__TOKEN="t0ken")
        said = alertd("coverage", "report", "--config", str(file))
    assert (said.code, seen) == (0, ["Bearer t0ken"]), said


def test_a_configuration_that_cannot_be_used_ends_with_2(alertd: CommandLine) -> None:
    assert alertd("status").code == 2


def test_whoever_asks_needs_none_of_the_daemons_secrets(alertd: CommandLine) -> None:
    with daemon(200, '{"accounts": []}') as (port, seen):
        alertd.write(f"{SMALLEST}\n[web]\nport = {port}\n[rules.broken]\n")  # and whatever else is wrong
        assert alertd("coverage", "report").code == 0
        (alertd.folder / "config" / "web.token").write_text("kept-by-the-daemon-1\n")
        assert alertd("coverage", "report").code == 0
        assert alertd("coverage", "report", "--url", f"http://127.0.0.1:{port}").code == 0
    assert seen[1:] == ["Bearer kept-by-the-daemon-1"] * 2


@pytest.mark.parametrize("table", ["port = 99999", 'host = ""', "port = 1\nprot = 2"])
def test_a_web_table_that_cannot_be_used_is_told_like_everywhere(alertd: CommandLine, table: str) -> None:
    alertd.write(f"{SMALLEST}\n[web]\n{table}\n")
    said = alertd("alerts")
    assert (said.code, "web." in said.err) == (2, True), said


def test_a_token_of_ones_own_is_read_from_a_file(alertd: CommandLine) -> None:
    file = alertd.folder / "mine"
    file.write_text("annas-own-token-1\n")
    with daemon(200, '{"count": 0, "acknowledged": [], "over": [], "person": "anna"}') as (port, seen):
        url = f"http://127.0.0.1:{port}"
        assert alertd("ack", "--all", "--url", url, "--token-file", str(file)).code == 0
        said = alertd("ack", "--all", "--url", url, "--token-file", "nowhere")
        assert (said.code, "--token-file nowhere: no such file" in said.err) == (2, True)
    assert seen == ["Bearer annas-own-token-1"]


def test_a_refused_token_is_told_with_where_it_was_from(alertd: CommandLine) -> None:
    with daemon(401, '{"problems": ["show a token"]}') as (port, _):
        alertd.write(f"{SMALLEST}\n[web]\nport = {port}\n")
        said = alertd("ack", "--all")
        assert (said.code, "wants a token, and none was found: give --token-file" in said.err) == (2, True)
        kept = alertd.folder / "config" / "web.token"
        kept.write_text("kept-by-the-daemon-1\n")
        said = alertd("ack", "--all")
        assert (said.code, f"does not know the token ({kept})" in said.err) == (2, True)
        alertd.env(ALERTD_WEB__TOKEN="t0ken-of-the-configuration")
        assert "does not know the token (web.token of the configuration)" in alertd("ack", "--all").err


def test_what_the_daemon_keeps_here_is_shown_to_nobody_elsewhere() -> None:
    with pytest.MonkeyPatch.context() as here:
        here.setenv("STATE_DIRECTORY", "/nowhere")
        assert DaemonDoor.found("http://192.0.2.1:8787", None, None, as_json=True)._token is None
