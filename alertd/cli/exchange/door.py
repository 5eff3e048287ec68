"""One account of the configuration: asks its exchange, turns what goes wrong into words and exit codes."""

from __future__ import annotations

import asyncio
import ssl
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, NoReturn, Protocol, Self, TypeVar

import typer

from alertd.cli.output import FAILED, UNUSABLE, err, print_json, print_problems, refusing_bad_configuration
from alertd.config import Settings, load
from alertd.domain.errors import (
    ChangeRefused,
    ConfigError,
    OutcomeUnknown,
    RequestRefused,
    RequestUnavailable,
)
from alertd.sources.trust import TrustStores
from alertd.telemetry import redact, set_up_logging


class Configured(Protocol):
    """What every account's table has that is asked here."""

    @property
    def exchange(self) -> str: ...
    @property
    def ca_file(self) -> Path | None: ...


Account = TypeVar("Account", bound=Configured)
Calls = TypeVar("Calls")
Item = TypeVar("Item")

AccountName = Annotated[
    str | None,
    typer.Option(
        "--account", metavar="NAME", help="Which account; needed only if there are several of this exchange."
    ),
]


@dataclass(frozen=True)
class Door(ABC, Generic[Account, Calls]):
    """`name`: of the account. Each exchange's door says for which accounts it is, and what they can ask."""

    name: str
    account: Account
    settings: Settings
    as_json: bool

    kind: ClassVar[type[Any]]
    exchange: ClassVar[str]

    @abstractmethod
    def calls(self) -> AbstractAsyncContextManager[Calls]:
        """What this account can ask."""

    @abstractmethod
    def refusal(self, refused: RequestRefused) -> str:
        """What the exchange refused, in the configured language, and what helps."""

    @classmethod
    def found(cls, name: str | None, config: Path | None, secrets_dir: Path | None, *, as_json: bool) -> Self:
        """The named account, or the only one of this exchange. Exit code 2 where there is none."""
        with refusing_bad_configuration(as_json=as_json):
            settings = load(config, secrets_dir, for_watching=False)
        set_up_logging(settings.log.format, "error")  # what goes wrong is said by the command
        there = {key: one for key, one in settings.accounts.items() if isinstance(one, cls.kind)}
        chosen = name if name is not None or len(there) != 1 else next(iter(there))
        if chosen is None or chosen not in there:
            known = ", ".join(there) or "none"
            problem = (
                f'which account? of exchange = "{cls.exchange}" there are: {known}; name it with --account'
            )
            print_problems([problem], as_json=as_json, closing="")
            raise typer.Exit(UNUSABLE)
        return cls(chosen, there[chosen], settings, as_json)

    def ask(self, work: Callable[[Calls], Awaitable[Item]]) -> Item:
        """What the work gives. Exit code 1, and why, where it cannot be done; 2 where it is not allowed."""
        try:
            return asyncio.run(self._work(work))
        except RequestRefused as exc:
            self.fail(self.refusal(exc), exc.code)
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

    async def trusted(self) -> ssl.SSLContext | None:
        """None: the system's authorities. Raises: ConfigError."""
        return await asyncio.to_thread(self._trusted)

    async def _work(self, work: Callable[[Calls], Awaitable[Item]]) -> Item:
        async with self.calls() as calls:
            return await work(calls)

    def _trusted(self) -> ssl.SSLContext | None:
        ca_file = self.account.ca_file
        try:
            return TrustStores().read(ca_file) if ca_file else None
        except OSError as exc:  # also what the TLS library raises
            problem = f"accounts.{self.name}.ca_file: cannot be used ({exc.strerror or exc})"
            raise ConfigError([problem]) from exc
