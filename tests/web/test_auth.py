"""Covers alertd/web/auth.py."""

from __future__ import annotations

import pytest

from alertd.domain.people import Right
from alertd.web.auth import ALL_RIGHTS, Caller, Callers
from alertd.web.settings import PersonSettings

PEOPLE = {
    "anna": PersonSettings(can=("read", "ack"), token="annas-own-token-1"),
    "ben": PersonSettings(token="bens-own-token-12"),
    "tess": PersonSettings(telegram_user_id=7),
}


@pytest.mark.parametrize(
    ("token", "header", "name"),
    [
        ("t0ken", "Bearer t0ken", "admin"),
        ("t0ken", "Bearer wrong", None),
        ("t0ken", "t0ken", None),
        ("t0ken", "Basic t0ken", None),
        ("t0ken", "", None),
        ("t0ken", None, None),
        (None, "Bearer ", None),
        (None, "Bearer None", None),
        ("tökén", "Bearer tökén", "admin"),
        ("t0ken", "Bearer \udcff", None),
        ("t0ken", "Bearer annas-own-token-1", "anna"),
        (None, "Bearer bens-own-token-12", "ben"),
        (None, "Bearer bens-own-token-1", None),
    ],
)
def test_only_the_bearer_of_a_token_is_known(token: str | None, header: str | None, name: str | None) -> None:
    caller = Callers.of(token, PEOPLE).who(header)
    assert (caller and caller.name) == name


def test_everybody_may_do_what_the_configuration_says() -> None:
    callers = Callers.of("t0ken", PEOPLE)
    assert callers.who("Bearer t0ken") == Caller("admin", ALL_RIGHTS)
    assert callers.who("Bearer annas-own-token-1") == Caller("anna", frozenset({Right.READ, Right.ACK}))
    assert callers.who("Bearer bens-own-token-12") == Caller("ben", frozenset({Right.READ}))
