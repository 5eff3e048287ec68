"""Covers alertd/exchanges/toobit/sites.py."""

from __future__ import annotations

from alertd.exchanges.toobit.sites import Hosts


def test_accounts_of_one_host_share_it() -> None:
    hosts = Hosts()
    assert hosts.of("https://one") is hosts.of("https://one")
    assert hosts.of("https://one") is not hosts.of("https://two")
