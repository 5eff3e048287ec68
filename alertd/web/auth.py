"""Who asks: every bearer of a token is somebody, with a name and rights."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping

import msgspec

from alertd.domain.people import ADMIN, Right
from alertd.web.settings import PersonSettings

ALL_RIGHTS = frozenset(Right)
_SCHEME = "Bearer "


class Caller(msgspec.Struct, frozen=True):
    """Somebody who showed a token."""

    name: str
    can: frozenset[Right]


class Callers:
    """All who have a token."""

    def __init__(self, known: Iterable[tuple[str, Caller]]) -> None:
        """`known`: each token with its bearer."""
        self._known = [(token.encode("utf-8", "surrogateescape"), caller) for token, caller in known]

    @classmethod
    def of(cls, admin_token: str | None, people: Mapping[str, PersonSettings]) -> Callers:
        """As the configuration names them; the web token is the admin's."""
        known = [] if admin_token is None else [(admin_token, Caller(ADMIN, ALL_RIGHTS))]
        for name, person in people.items():
            if person.token is not None:
                known.append((person.token.get_secret_value(), Caller(name, frozenset(person.can))))
        return cls(known)

    def who(self, header: str | None) -> Caller | None:
        """The bearer of an `Authorization` header; None: nobody known.

        Takes as long for whoever it is: each token is compared, and each in constant time.
        """
        if header is None or not header.startswith(_SCHEME):
            return None
        shown = header.removeprefix(_SCHEME).encode("utf-8", "surrogateescape")
        found: Caller | None = None
        for token, caller in self._known:
            if hmac.compare_digest(shown, token):
                found = caller
        return found
