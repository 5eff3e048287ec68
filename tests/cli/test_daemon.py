"""alertd/cli/daemon.py"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.cli.console import CommandLine
from tests.config.folder import SMALLEST


@contextmanager
def daemon(status: int, body: str) -> Iterator[tuple[int, list[str | None]]]:
    """Answers everything with this; keeps the Authorization headers."""
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization"))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

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
    ("status", "body", "code", "says"),
    [
        (400, '{"problems": ["since: wrong"]}', 2, "since: wrong"),
        (401, "send the web token", 2, "the daemon answers 401: send the web token"),
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
