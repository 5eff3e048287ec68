"""Asks the running daemon over HTTP, as its configuration says where it listens."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode, urlsplit

import typer

from alertd.cli.output import FAILED, UNUSABLE, print_problems, refusing_bad_configuration

if TYPE_CHECKING:
    from urllib.error import HTTPError

TIMEOUT_S = 10.0
_SHOWN = 100  # letters of what was given, in a refusal
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where it listens, not where we do

DaemonUrl = Annotated[
    str | None,
    typer.Option(
        "--url", metavar="URL", help="Where the daemon answers, instead of what the configuration says."
    ),
]


TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="PATH",
        help="A file with your token. Default: web.token of the configuration, or the one the daemon keeps.",
    ),
]


class DaemonDoor:
    """Where the daemon answers, and the token to show. `token_from`: where that is from, for a refusal."""

    def __init__(self, url: str, token: str | None = None, token_from: str = "") -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._token_from = token_from

    @classmethod
    def found(
        cls,
        url: str | None,
        config: Path | None,
        secrets_dir: Path | None,
        *,
        as_json: bool,
        token_file: Path | None = None,
    ) -> DaemonDoor:
        """By its URL, or else by the configuration. Exit code 2 where that cannot be used.

        The token the daemon keeps on this machine is shown to nobody on another one.
        """
        from alertd.config import load_web

        if url is not None:
            _refuse_no_url(url, as_json=as_json)
        own: str | None = None
        if url is None:
            with refusing_bad_configuration(as_json=as_json):
                web, _ = load_web(config, secrets_dir)
            host = _EVERYWHERE.get(web.host, web.host)
            url = f"http://[{host}]:{web.port}" if ":" in host else f"http://{host}:{web.port}"
            own = web.token.get_secret_value() if web.token else None
        if token_file is not None:
            return cls(url, _read_given(token_file, as_json=as_json), str(token_file))
        if own is not None:
            return cls(url, own, "web.token of the configuration")
        return cls(url, *_kept_token(config)) if _is_here(url) else cls(url)

    def ask(self, path: str, *, as_json: bool, **query: str) -> Any:
        """What it answers. Exit code 1 where nobody does, 2 where the question is wrong or not allowed."""
        return self._request(path + (f"?{urlencode(query)}" if query else ""), None, as_json=as_json)

    def tell(self, path: str, body: dict[str, Any], *, as_json: bool) -> Any:
        """What it answers to a command. Exit codes as for `ask`; 1 where it refuses."""
        return self._request(path, json.dumps(body).encode(), as_json=as_json)

    def _request(self, path: str, body: bytes | None, *, as_json: bool) -> Any:
        # Late: no other command needs an HTTP client of the standard library.
        from urllib.error import HTTPError, URLError
        from urllib.request import Request, urlopen

        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        request = Request(self.url + path, data=body, headers=headers)  # noqa: S310 - the user's own URL
        try:
            with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as refused:
            problems = [self._token_problem()] if refused.code == 401 else _refusal(refused)
            code = UNUSABLE if refused.code in (400, 401, 403) else FAILED
        except (URLError, OSError, ValueError) as exc:
            reason = getattr(exc, "reason", exc)
            problems, code = [f"no daemon answers at {self.url} ({reason}): start it with alertd run"], FAILED
        print_problems(problems, as_json=as_json, closing="")
        raise typer.Exit(code)

    def _token_problem(self) -> str:
        cure = "give --token-file, or run this as the user who runs the daemon"
        if self._token is None:
            return f"the daemon at {self.url} wants a token, and none was found: {cure}"
        return f"the daemon at {self.url} does not know the token ({self._token_from}): {cure}"


def _refuse_no_url(url: str, *, as_json: bool) -> None:
    """Exit code 2 for what nobody can answer at, with what it should be."""
    scheme, colon, host = url.partition("://")
    if colon and host and scheme in ("http", "https"):
        return
    rest = (host if colon else scheme).strip("/") or "127.0.0.1:8787"
    problem = f"--url {url[:_SHOWN]!r} is no address of a daemon; write http://{rest[:_SHOWN]}"
    print_problems([problem], as_json=as_json, closing="")
    raise typer.Exit(UNUSABLE)


def _read_given(file: Path, *, as_json: bool) -> str:
    from alertd.web.token import read_token

    try:
        token, reason = read_token(file), "no such file, or no token in it"
    except OSError as exc:
        token, reason = None, exc.strerror or "cannot be read"
    if token is None:
        print_problems([f"--token-file {file}: {reason}"], as_json=as_json, closing="")
        raise typer.Exit(UNUSABLE)
    return token


def _kept_token(config: Path | None) -> tuple[str | None, str]:
    """What a daemon on this machine keeps for its user, and where; None where there is none to read."""
    from alertd.config import near_state_folders
    from alertd.web.token import FILE_NAME, read_token

    for folder in near_state_folders(config, os.environ):
        file = folder / FILE_NAME
        try:
            token = read_token(file)
        except OSError:  # another user's: the daemon says that it wants one
            continue
        if token is not None:
            return token, str(file)
    return None, ""


def _is_here(url: str) -> bool:
    from alertd.web.settings import is_loopback

    return is_loopback(urlsplit(url).hostname or "")


def _refusal(refused: HTTPError) -> list[str]:
    body = refused.read(4096).decode(errors="replace")
    try:
        return [str(problem) for problem in json.loads(body)["problems"]]
    except (ValueError, KeyError, TypeError):
        return [f"the daemon answers {refused.code}: {' '.join(body.split())[:200]}"]
