"""Covers alertd/web/naming.py, and that every path which takes names asks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from alertd.domain.alert import Alert
from alertd.domain.silence import Matchers
from alertd.web.naming import UnknownName, labels_of
from tests.store.samples import NOW, make_alert, resolved
from tests.web.office import ADMIN, names_of, office


def of_gone_account() -> Alert:
    """Its account and its rule left the configuration while it was open."""
    alert = make_alert(1, labels={"desk": "asia"})
    return replace(alert, fingerprint=alert.fingerprint._replace(account="gone", rule="old_rule"))


@pytest.mark.parametrize(
    ("matchers", "problem"),
    [
        ({"account": ("main", "mian")}, 'there is no account "mian"; did you mean "main"?'),
        ({"account": ("zzz",)}, 'there is no account "zzz"; known: main, spare'),
        ({"rule": ("bufer_used",)}, 'there is no rule "bufer_used"; did you mean "buffer_used"?'),
        ({"severity": ("crit",)}, 'there is no severity "crit"; did you mean "critical"?'),
        ({"kind": ("margin-state",)}, 'there is no kind "margin-state"; did you mean "margin_state"?'),
        ({"exchange": ("okex",)}, 'there is no exchange "okex"; did you mean "okx"?'),
        ({"labels": {"ownr": ("anna",)}}, 'no account has the label "ownr"; did you mean "owner"?'),
        ({"labels": {"owner": ("ana",)}}, 'no account has the label owner = "ana"; did you mean "anna"?'),
    ],
)
def test_a_name_that_nothing_has_is_refused(matchers: dict[str, Any], problem: str) -> None:
    with pytest.raises(UnknownName) as refused:
        names_of().check_matchers(Matchers(**matchers))
    assert str(refused.value) == problem


@pytest.mark.parametrize(
    "matchers",
    [
        {},
        {"account": ("main",), "rule": ("margin_ratio",), "severity": ("critical",), "kind": ("coverage",)},
        {"account": ("x*", "mai?", "[xyz]ain"), "rule": ("lead_e*",), "severity": ("c*",)},
        {"exchange": ("toobit",), "instrument": ("NEW-USDT-SWAP",)},
        {"labels": {"owner": ("anna", "b*")}},
        {"account": ("gone",), "rule": ("old_rule",), "labels": {"desk": ("asia",)}},
    ],
)
def test_known_names_and_globs_may_be_given(matchers: dict[str, Any]) -> None:
    names_of(lambda: [of_gone_account()]).check_matchers(Matchers(**matchers))


def test_labels_have_the_values_of_all_accounts() -> None:
    found = labels_of([{"owner": "anna"}, {}, {"owner": "ben", "desk": "asia"}])
    assert found == {"owner": {"anna", "ben"}, "desk": {"asia"}}


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("alerts?account=mian", 'there is no account "mian"; did you mean "main"?'),
        ("alerts?account=mian&state=all", 'there is no account "mian"; did you mean "main"?'),
        ("actions?account=mian", 'there is no account "mian"; did you mean "main"?'),
        ("deliveries?account=mian", 'there is no account "mian"; did you mean "main"?'),
        ("deliveries?sink=fone", 'there is no sink "fone"; did you mean "phone"?'),
    ],
)
async def test_a_list_of_what_is_not_there_is_no_all_clear(tmp_path: Path, path: str, problem: str) -> None:
    async with office(tmp_path) as (_, http), http.get(f"/api/v1/{path}") as answer:
        assert (answer.status, await answer.json()) == (404, {"ok": False, "problems": [problem]})


async def test_a_quiet_account_and_one_that_was_taken_out_are_listed(tmp_path: Path) -> None:
    over = resolved(2, NOW)
    over = replace(over, fingerprint=over.fingerprint._replace(account="former"))
    async with office(tmp_path) as (shown, http):
        shown.open = [of_gone_account()]
        await shown.store([over])

        async def listed(query: str) -> tuple[int, int]:
            async with http.get(f"/api/v1/alerts?{query}") as answer:
                return answer.status, len((await answer.json()).get("alerts", ()))

        assert await listed("account=spare") == (200, 0)
        assert await listed("account=gone") == (200, 1)
        assert await listed("account=gone&severity=critical") == (200, 0)
        assert await listed("account=former&state=all") == (200, 1)
        assert await listed("account=former") == (404, 0)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("alerts/ack", {"account": "mian"}),
        ("silences", {"comment": "x", "for_s": 60, "matchers": {"account": ["mian"]}}),
    ],
)
async def test_a_command_for_what_is_not_there_is_not_handed_on(
    tmp_path: Path, path: str, body: dict[str, Any]
) -> None:
    async with office(tmp_path) as (shown, http):
        async with http.post(f"/api/v1/{path}", json=body, headers=ADMIN) as answer:
            said = await answer.json()
        assert (answer.status, shown.obeyed) == (404, [])
        assert said["problems"] == ['there is no account "mian"; did you mean "main"?']


async def test_alerts_of_an_account_that_was_taken_out_can_be_acknowledged(tmp_path: Path) -> None:
    async with office(tmp_path) as (shown, http):
        shown.open = [of_gone_account()]
        async with http.post("/api/v1/alerts/ack", json={"account": "gone"}, headers=ADMIN) as answer:
            assert (answer.status, len(shown.obeyed)) == (200, 1)
