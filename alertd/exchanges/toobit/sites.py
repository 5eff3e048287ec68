"""The hosts of Toobit that are asked: each has one budget, one clock and one ban for all accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alertd.exchanges.toobit.rest import Host


class Hosts:
    """By the URL of their REST interface."""

    def __init__(self) -> None:
        self._hosts: dict[str, Host] = {}

    def of(self, rest_url: str) -> Host:
        """The one host of that URL."""
        # Late: every process has this object, few have an account there.
        from alertd.exchanges.toobit.rest import Host

        return self._hosts.setdefault(rest_url, Host(rest_url))
