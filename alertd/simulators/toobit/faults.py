"""How the exchange can be told to misbehave. What is set stays until `heal`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(slots=True)
class Failure:
    """What calls are answered with instead. `path`: the end of those it concerns, and `method`; "" is all.

    `after`: the change is made first, and only its answer is lost. `cut`: the connection ends instead of an
    answer; `hangs`: there is none before the exchange is healed. `left`: how often still, None is for ever.
    `waits_for`: begins after the next call of that method.
    """

    status: int = 503
    code: int | None = -1001
    body: str | None = None
    path: str = ""
    method: str = ""
    after: bool = False
    cut: bool = False
    hangs: bool = False
    left: int | None = None
    waits_for: str = ""


BEFORE, NOTHING = "before", "nothing"


@dataclass(slots=True)
class Lie:
    """Reads whose path ends with `path` are answered wrongly, `left` times; then truly again.

    `says`: `before`, what they were answered last; `nothing`, as if there were no relation and no row.
    """

    path: str
    says: str
    left: int


class Faults:
    """Doors that break things."""

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self.healed = asyncio.Event()
        self.signs_body = True
        self.refused_key: int | None = None
        self.clock_shift_ms = 0
        self.lists_are_null = False
        self.leaving_reads = 0
        self.frozen: int | None = None
        self.lies: list[Lie] = []

    def fail(
        self,
        status: int = 503,
        code: int | None = -1001,
        body: str | None = None,
        *,
        path: str = "",
        method: str = "",
        after: bool = False,
        times: int | None = None,
    ) -> None:
        """Calls fail; `body` replaces the JSON (HTML, nothing). `after`: what they ask for is done all the
        same.
        """
        self._let_go()
        self.failure = Failure(status, code, body, path, method, after=after, left=times)

    def break_after(self, method: str = "PUT") -> None:
        """The next call of that method is answered, and no later one."""
        self._let_go()
        self.failure = Failure(waits_for=method)

    def firewall(self) -> None:
        """Every call gets the firewall's page."""
        self.fail(403, None, "<html><body><h1>403 Forbidden</h1></body></html>")

    def cut(self, *, path: str = "", method: str = "", after: bool = True, times: int | None = None) -> None:
        """Connections are cut instead of an answer."""
        self._let_go()
        self.failure = Failure(path=path, method=method, after=after, cut=True, left=times)

    def hang(self, *, path: str = "") -> None:
        """Calls are taken and not answered."""
        self._let_go()
        self.failure = Failure(path=path, hangs=True)

    def sign_query_only(self, *, on: bool = True) -> None:
        """Signatures of changes cover the query alone, as one page of the documentation has it."""
        self.signs_body = not on

    def refuse_keys(self, code: int = -2015) -> None:
        """Every key is refused so."""
        self.refused_key = int(code)

    def shift_clock(self, ms: int) -> None:
        """The exchange's clock goes so far ahead (below 0: behind)."""
        self.clock_shift_ms = int(ms)

    def null_lists(self, *, on: bool = True) -> None:
        """Null where a list is documented."""
        self.lists_are_null = on

    def delay_leaving(self, reads: int = 3) -> None:
        """Who leaves is still shown by so many reads."""
        self.leaving_reads = int(reads)

    def freeze(self, code: int = -1031) -> None:
        """Every change is refused so."""
        self.frozen = int(code)

    def lie(self, path: str = "/leaders", says: str = BEFORE, reads: int = 1) -> None:
        """So many reads are answered wrongly, see `Lie`. Raises: ValueError."""
        if says not in (BEFORE, NOTHING):
            raise ValueError(f"says is {BEFORE} or {NOTHING}, not {says!r}")
        self.lies.append(Lie(path, says, int(reads)))

    def lie_of(self, path: str) -> str | None:
        """What this read is to say instead of the truth; counted down."""
        for lie in self.lies:
            if lie.left > 0 and path.endswith(lie.path):
                lie.left -= 1
                return lie.says
        return None

    def failure_of(self, method: str, path: str) -> Failure | None:
        """The failure that this call meets; counted down."""
        failure = self.failure
        if failure is None or not path.endswith(failure.path) or failure.method not in ("", method):
            return None
        if failure.left == 0:
            return None
        if failure.waits_for:
            failure.waits_for = "" if method == failure.waits_for else failure.waits_for
            return None
        if failure.left is not None:
            failure.left -= 1
        return failure

    def heal(self) -> None:
        """Ends every fault."""
        self.failure = self.refused_key = self.frozen = None
        self.leaving_reads = 0
        self.lies.clear()
        self.signs_body, self.clock_shift_ms, self.lists_are_null = True, 0, False
        self._let_go()

    def _let_go(self) -> None:
        self.healed.set()
        self.healed = asyncio.Event()
