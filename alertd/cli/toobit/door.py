"""One Toobit account of the configuration: asks it, and turns what goes wrong into words and exit codes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer

from alertd.cli.output import FAILED, UNUSABLE, err, print_json, print_problems, refusing_bad_configuration
from alertd.clock import Clock
from alertd.config import Settings, load
from alertd.domain.errors import (
    ChangeRefused,
    ConfigError,
    Disposition,
    HostBlocked,
    OutcomeUnknown,
    RequestRefused,
    RequestUnavailable,
)
from alertd.exchanges.toobit import codes
from alertd.exchanges.toobit.follower import FollowerCalls
from alertd.exchanges.toobit.leader import LeaderCalls
from alertd.exchanges.toobit.requests import Credentials
from alertd.exchanges.toobit.rest import Host, ToobitRest
from alertd.exchanges.toobit.settings import ToobitAccount
from alertd.sources.session import open_session
from alertd.sources.trust import TrustStores
from alertd.telemetry import redact, set_up_logging

Item = TypeVar("Item")

AccountName = Annotated[
    str | None,
    typer.Option(
        "--account", metavar="NAME", help="Which account; needed only if there are several of Toobit."
    ),
]
_LEADER_HINT = "for what an account copies there are leaders, copies and copy-history"
_FOLLOWER_HINT = "for what an account leads there are orders, history and followers"


@dataclass(frozen=True, slots=True)
class Calls:
    """What one account can ask."""

    rest: ToobitRest
    leader: LeaderCalls
    follower: FollowerCalls


@dataclass(frozen=True, slots=True)
class Door:
    """`name`: of the account."""

    name: str
    account: ToobitAccount
    settings: Settings
    as_json: bool

    @classmethod
    def found(cls, name: str | None, config: Path | None, secrets_dir: Path | None, *, as_json: bool) -> Door:
        """The named account, or the only one of Toobit. Exit code 2 where there is none."""
        with refusing_bad_configuration(as_json=as_json):
            settings = load(config, secrets_dir, for_watching=False)
        set_up_logging(settings.log.format, "error")  # what goes wrong is said by the command
        there = {key: one for key, one in settings.accounts.items() if isinstance(one, ToobitAccount)}
        chosen = name if name is not None or len(there) != 1 else next(iter(there))
        if chosen is None or chosen not in there:
            known = ", ".join(there) or "none"
            problem = f'which account? of exchange = "toobit" there are: {known}; name it with --account'
            print_problems([problem], as_json=as_json, closing="")
            raise typer.Exit(UNUSABLE)
        return cls(chosen, there[chosen], settings, as_json)

    def ask(self, work: Callable[[Calls], Awaitable[Item]]) -> Item:
        """What the work gives. Exit code 1, and why, where it cannot be done; 2 where it is not allowed."""
        try:
            return asyncio.run(self._work(work))
        except RequestRefused as exc:
            self.fail(self._refusal(exc), exc.code)
        except RequestUnavailable as exc:
            self.fail(f"the exchange could not be asked: {exc}")
        except OutcomeUnknown as exc:
            self.fail(
                f"nobody knows whether the change was made: {exc}. Look (it may take effect late) before "
                "it is made again"
            )
        except (ChangeRefused, ConfigError) as exc:
            self.refuse(exc.problems)

    def refuse(self, problems: list[str]) -> NoReturn:
        """What is asked for does not make sense: exit code 2."""
        closing = "; nothing was changed" if problems else ""
        print_problems([redact(one) for one in problems], as_json=self.as_json, closing=closing)
        raise typer.Exit(UNUSABLE)

    def fail(self, text: str, code: str = "") -> NoReturn:
        """It could not be done: exit code 1."""
        shown = redact(text)
        if self.as_json:
            print_json({"ok": False, "account": self.name, "code": code, "error": shown})
        else:
            err().print(f"error: {self.name}: {shown}", style="red", markup=False)
        raise typer.Exit(FAILED)

    async def _work(self, work: Callable[[Calls], Awaitable[Item]]) -> Item:
        async with self._calls() as calls:
            return await work(calls)

    @asynccontextmanager
    async def _calls(self) -> AsyncIterator[Calls]:
        trusted = await asyncio.to_thread(self._trusted)
        who = Credentials(self.account.api_key.get_secret_value(), self.account.api_secret.get_secret_value())
        async with open_session() as session:
            rest = ToobitRest(session, Host(self.account.rest_url), who, Clock(), trusted)
            yield Calls(rest, LeaderCalls(rest), FollowerCalls(rest))

    def _trusted(self) -> ssl.SSLContext | None:
        """None: the system's authorities. Blocks. Raises: ConfigError."""
        ca_file = self.account.ca_file
        try:
            return TrustStores().read(ca_file) if ca_file else None
        except OSError as exc:  # also what the TLS library raises
            problem = f"accounts.{self.name}.ca_file: cannot be used ({exc.strerror or exc})"
            raise ConfigError([problem]) from exc

    def _refusal(self, refused: RequestRefused) -> str:
        """The exchange's refusal in the configured language, and what else helps."""
        known = codes.find(refused.code)
        text = f"{refused.code}: {refused.detail}"
        if known is not None and self.settings.language != "en":
            text = f"{refused.code}: {known.text(self.settings.language)} ({refused.detail})"
        if refused.code == codes.NOT_A_LEADER:
            text += f"; {_LEADER_HINT}"
        elif refused.code == codes.NOT_FOLLOWING:
            text += f"; {_FOLLOWER_HINT}"
        elif isinstance(refused, HostBlocked):
            text += "; this concerns every program at this address: wait, and ask less"
        elif refused.wanted is Disposition.CREDENTIALS and known is None:
            text += "; look at the key on Toobit's API page"
        return text
