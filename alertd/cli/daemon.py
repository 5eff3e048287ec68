"""Asks the running daemon over HTTP, as its configuration says where it listens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import typer

from alertd.cli.output import FAILED, UNUSABLE, print_problems, refusing_bad_configuration

if TYPE_CHECKING:
    from urllib.error import HTTPError

TIMEOUT_S = 10.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where it listens, not where we do

DaemonUrl = Annotated[
    str | None,
    typer.Option(
        "--url", metavar="URL", help="Where the daemon answers, instead of what the configuration says."
    ),
]


class DaemonDoor:
    """Where the daemon answers, and the token it wants from other machines."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._token = token

    @classmethod
    def found(
        cls, url: str | None, config: Path | None, secrets_dir: Path | None, *, as_json: bool
    ) -> DaemonDoor:
        """By its URL, or else by the configuration. Exit code 2 where that cannot be used."""
        if url is not None:
            return cls(url)
        from alertd.config import load

        with refusing_bad_configuration(as_json=as_json):
            web = load(config, secrets_dir).web
        host = _EVERYWHERE.get(web.host, web.host)
        shown = f"[{host}]" if ":" in host else host
        return cls(f"http://{shown}:{web.port}", web.token.get_secret_value() if web.token else None)

    def ask(self, path: str, *, as_json: bool, **query: str) -> Any:
        """What it answers. Exit code 1 where nobody does, 2 where the question is wrong or not allowed."""
        # Late: no other command needs an HTTP client of the standard library.
        from urllib.error import HTTPError, URLError
        from urllib.request import Request, urlopen

        address = f"{self.url}{path}" + (f"?{urlencode(query)}" if query else "")
        request = Request(address, headers={"Accept": "application/json"})  # noqa: S310 - the user's own URL
        if self._token is not None:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as refused:
            problems, code = _refusal(refused), UNUSABLE if refused.code in (400, 401) else FAILED
        except (URLError, OSError, ValueError) as exc:
            reason = getattr(exc, "reason", exc)
            problems, code = [f"no daemon answers at {self.url} ({reason}): start it with alertd run"], FAILED
        print_problems(problems, as_json=as_json, closing="")
        raise typer.Exit(code)


def _refusal(refused: HTTPError) -> list[str]:
    body = refused.read(4096).decode(errors="replace")
    try:
        return [str(problem) for problem in json.loads(body)["problems"]]
    except (ValueError, KeyError, TypeError):
        return [f"the daemon answers {refused.code}: {' '.join(body.split())[:200]}"]
