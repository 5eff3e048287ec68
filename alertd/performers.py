"""Finds who carries an intent out: by its exchange and type, with the key that may act.

Reads use the account's own key, changes the one for actions, where there is one apart.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import structlog

from alertd.acting import Found
from alertd.actions.copied import Remembered, nobody_known
from alertd.actions.moves import Patience
from alertd.actions.okx_stop import OkxStop
from alertd.actions.performing import Answer, Performer, Reading, Said, Seen
from alertd.actions.settings import AnyAction, StopCopying
from alertd.config import Settings
from alertd.domain.action import Exposure, Intent
from alertd.domain.errors import RequestUnavailable
from alertd.exchanges.okx.requests import Credentials
from alertd.exchanges.okx.rest import OkxRest
from alertd.exchanges.okx.settings import OkxAccount
from alertd.exchanges.toobit.settings import ToobitAccount
from alertd.sources.trust import TrustStores
from alertd.surroundings import Reaching

log = structlog.get_logger(__name__)

NOT_CONFIGURED = "not_configured"

Account: TypeAlias = OkxAccount | ToobitAccount


class Wanted(NamedTuple):
    """What a performer is made from. `tls` None: the system's authorities."""

    account: Account
    action: AnyAction
    tls: ssl.SSLContext | None


class Performers:
    """One for each account and action, made anew when one of them is configured otherwise."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        shared: Reaching,
        may_send: Callable[[], bool] = lambda: True,
        remembered_of: Callable[[str, str], Remembered] = lambda *_: nobody_known,
    ) -> None:
        """`settings`: those in force, asked each time. `may_send`: asked right before a request leaves.
        `remembered_of`: whom an account of an exchange copied before, by its name.
        """
        self._may_send = may_send
        self._remembered_of = remembered_of
        self._settings = settings
        self._shared = shared
        self._trust = TrustStores()
        self._made: dict[tuple[str, str], tuple[Wanted, Performer | None]] = {}

    async def of(self, intent: Intent) -> Found:
        """Who carries it out. What is not configured any more is neither read nor sent, and says so."""
        performer = await self.find(intent.account, intent.action)
        action = self._settings().actions.get(intent.action)
        if performer is None or action is None or action.type != intent.type:
            return Found(_Nobody(self._shared), Patience())
        return Found(performer, Patience(action.retry_s, action.retry_for_s))

    async def find(self, account: str, action: str) -> Performer | None:
        """By the names in the configuration; None where the account has no such action."""
        settings = self._settings()
        its_account, its_action = settings.accounts.get(account), settings.actions.get(action)
        if its_account is None or its_action is None:
            return None
        known = self._made.get((account, action))
        if known is not None and known[0][:2] == (its_account, its_action):
            return known[1]
        try:
            tls = await self._tls(its_account)
        except OSError as exc:  # also what the TLS library raises
            log.error("action has no authority to trust", account=account, action=action, reason=str(exc))
            return None
        wanted = Wanted(its_account, its_action, tls)
        remembered = self._remembered_of(account, its_account.exchange)
        performer = _made(wanted, self._shared, self._may_send, remembered)
        self._made[account, action] = wanted, performer
        return performer

    async def _tls(self, account: Account) -> ssl.SSLContext | None:
        """Raises: OSError: the file was there when the account was first watched, and may be gone."""
        return None if account.ca_file is None else await asyncio.to_thread(self._trust.read, account.ca_file)


def _made(
    wanted: Wanted, shared: Reaching, may_send: Callable[[], bool], remembered: Remembered
) -> Performer | None:
    """None: the exchange has no such action."""
    match wanted.account, wanted.action:
        case OkxAccount() as account, StopCopying():
            reads = _okx_rest(account, wanted.tls, shared)
            apart = account.action_api_key is not None
            changes = _okx_rest(account.for_actions(), wanted.tls, shared) if apart else reads
            return OkxStop(reads, changes, shared.clock, may_send, remembered)
        case ToobitAccount() as account, action:
            # Late: a process without such an account does without all that these need.
            from alertd.toobit_performers import toobit_performer

            return toobit_performer(account, action, wanted.tls, shared, may_send, remembered)
        case _:
            return None


def _okx_rest(account: OkxAccount, tls: ssl.SSLContext | None, shared: Reaching) -> OkxRest:
    """It measures OKX's clock itself where that refuses ours: an old figure must not stand in the way."""
    return OkxRest(
        session=shared.session,
        base_url=account.endpoints().rest_url,
        credentials=Credentials(
            api_key=account.api_key.get_secret_value(),
            api_secret=account.api_secret.get_secret_value(),
            passphrase=account.passphrase.get_secret_value(),
        ),
        demo=account.environment == "demo",
        clock=shared.clock,
        ssl=tls,
        shared=shared.address_budget,
    )


class _Nobody:
    """In the place of a performer that is not configured any more."""

    def __init__(self, shared: Reaching) -> None:
        self._clock = shared.clock

    async def traders(self) -> Mapping[str, str]:
        """Raises: RequestUnavailable."""
        raise RequestUnavailable(NOT_CONFIGURED)

    async def read(self, intent: Intent) -> Reading:  # noqa: ARG002 - the shape of a performer
        """Nothing can be read."""
        return Reading(seen=Seen.UNREADABLE, code=NOT_CONFIGURED)

    async def send(self, intent: Intent) -> Answer:  # noqa: ARG002 - the shape of a performer
        """Nothing is sent."""
        return Answer(said=Said.NOT_TAKEN, code=NOT_CONFIGURED)

    async def exposure(self, intent: Intent) -> Exposure:  # noqa: ARG002 - the shape of a performer
        """Nothing can be read."""
        return Exposure(at=self._clock.now())
