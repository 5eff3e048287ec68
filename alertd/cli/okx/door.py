"""The door to one account of OKX."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from alertd.cli.exchange.door import Door
from alertd.clock import Clock
from alertd.domain.errors import RequestRefused
from alertd.exchanges.okx import findings
from alertd.exchanges.okx.copy_texts import COPY_TEXTS
from alertd.exchanges.okx.findings import Wanted
from alertd.exchanges.okx.requests import Credentials
from alertd.exchanges.okx.settings import OkxAccount
from alertd.exchanges.okx.texts import copy_trading_text
from alertd.sinks.finding_words import words_of

if TYPE_CHECKING:
    from alertd.exchanges.okx.copy_rest import CopyRest


class _Hint(NamedTuple):
    en: str
    zh: str


# What the code alone does not say, `{region}` and `{environment}` as they are configured.
_HINTS = {
    "404": _Hint(
        "this page does not exist at the configured address: copy trading is not offered in every region "
        '(region = "{region}")',
        '所配置的地址没有这个页面：并非每个地区都提供跟单（region = "{region}"）',
    ),
    "50038": _Hint(
        'OKX does not offer copy trading in its demo environment (environment = "{environment}")',
        'OKX 的模拟盘不提供跟单（environment = "{environment}"）',
    ),
}
# Said to who is not in the role that the page is for.
_WRONG_ROLE = frozenset({"59258", "59260", "59262", "59273", "59285"})
_ROLE_HINT = _Hint(
    "`alertd okx role` shows what this account is in copy trading",
    "用 `alertd okx role` 查看本账户在跟单中的角色",
)


class OkxDoor(Door[OkxAccount, "CopyRest"]):
    """See `Door`."""

    kind = OkxAccount
    exchange = "okx"

    @asynccontextmanager
    async def calls(self) -> AsyncIterator[CopyRest]:
        """Measures the clock first, with which calls are signed. Raises: ConfigError, RequestUnavailable."""
        # Late: `alertd okx code` asks nobody.
        from alertd.exchanges.okx.copy_rest import CopyRest
        from alertd.exchanges.okx.rest import OkxRest
        from alertd.sources.session import open_session

        trusted = await self.trusted()
        account = self.account
        who = Credentials(
            api_key=account.api_key.get_secret_value(),
            api_secret=account.api_secret.get_secret_value(),
            passphrase=account.passphrase.get_secret_value(),
        )
        async with open_session() as session:
            rest = OkxRest(
                session=session,
                base_url=account.endpoints().rest_url,
                credentials=who,
                demo=account.environment == "demo",
                clock=Clock(),
                ssl=trusted,
            )
            await rest.server_time_offset_s()
            yield CopyRest(rest)

    def refusal(self, refused: RequestRefused) -> str:
        """See `Door`. What key, region or environment have to do with it is said as doctor says it."""
        code, language = refused.code, self.settings.language
        if hint := _HINTS.get(code):
            return f"{code}: {self._said(hint)} ({refused.detail})"
        if code in COPY_TEXTS or code.startswith("59"):
            text = copy_trading_text(code, refused.detail, language)
            told = f"{code}: {text.meaning} {text.cure}"
            return f"{told} {self._said(_ROLE_HINT)}" if code in _WRONG_ROLE else told
        account = self.account
        wanted = Wanted(account=self.name, region=account.region, environment=account.environment)
        words = words_of(findings.of_refusal(code, refused.detail, wanted), language)
        return f"{code}: {words.what} {words.cure}".rstrip()

    def _said(self, hint: _Hint) -> str:
        text = hint.zh if self.settings.language == "zh" else hint.en
        return text.format(region=self.account.region, environment=self.account.environment)
