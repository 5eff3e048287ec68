"""The door to one account of Toobit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from alertd.cli.exchange.door import Door
from alertd.clock import Clock
from alertd.domain.errors import Disposition, HostBlocked, RequestRefused
from alertd.exchanges.toobit import codes
from alertd.exchanges.toobit.follower import FollowerCalls
from alertd.exchanges.toobit.leader import LeaderCalls
from alertd.exchanges.toobit.requests import Credentials
from alertd.exchanges.toobit.rest import Host, ToobitRest
from alertd.exchanges.toobit.settings import ToobitAccount
from alertd.sources.session import open_session

_LEADER_HINT = "for what an account copies there are leaders, copies and copy-history"
_FOLLOWER_HINT = "for what an account leads there are orders, history and followers"


@dataclass(frozen=True, slots=True)
class ToobitCalls:
    """What one account can ask."""

    rest: ToobitRest
    leader: LeaderCalls
    follower: FollowerCalls


class ToobitDoor(Door[ToobitAccount, ToobitCalls]):
    """See `Door`."""

    kind = ToobitAccount
    exchange = "toobit"

    @asynccontextmanager
    async def calls(self) -> AsyncIterator[ToobitCalls]:
        """Raises: ConfigError."""
        trusted = await self.trusted()
        who = Credentials(self.account.api_key.get_secret_value(), self.account.api_secret.get_secret_value())
        async with open_session() as session:
            rest = ToobitRest(session, Host(self.account.rest_url), who, Clock(), trusted)
            yield ToobitCalls(rest, LeaderCalls(rest), FollowerCalls(rest))

    def refusal(self, refused: RequestRefused) -> str:
        """See `Door`."""
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
