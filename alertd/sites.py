"""The hosts that are asked for announcements of maintenance, and the accounts there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from alertd.coverage.maintenance import Known
from alertd.domain.maintenance import Service, Window
from alertd.domain.presence import OpenPosition
from alertd.exchanges.okx.answer_rows import StatusRow
from alertd.exchanges.okx.wire import BadRow


class Site(NamedTuple):
    """One environment of one host: what is announced there concerns every account there."""

    rest_url: str
    demo: bool

    def __str__(self) -> str:
        return f"{urlsplit(self.rest_url).netloc}{' demo' if self.demo else ''}"


class Answers(Protocol):
    """What an exchange says of its maintenance."""

    @property
    def rows(self) -> Sequence[StatusRow]: ...
    @property
    def bad(self) -> Sequence[BadRow]: ...


@dataclass(frozen=True, slots=True)
class Concerned:
    """One account, as its watch hands it in. `ask` takes a state, "" = what lies ahead or goes on.

    `positions`: what is open, None where that is not known. `copies`: whether it copies or leads, or may.
    """

    site: Site
    ask: Callable[[str], Awaitable[Answers]]
    positions: Callable[[], Sequence[OpenPosition] | None]
    copies: Callable[[], bool]

    def is_concerned_by(self, window: Window) -> bool:
        """Whether a window of its site means this account."""
        return window.services != (Service.COPYING,) or self.copies()


@dataclass
class SiteView:
    """What is known of one site. `failed`: why the exchange gave no list when asked last; "": it did."""

    site: Site
    known: tuple[Known, ...] = ()
    asked_at: datetime | None = None
    failed: str = ""
    kept: str | None = None  # as it stands in the store; None: not read yet
    next_ask_s: float = field(default=0.0, compare=False)
