"""PURE: what no single model can see: names that must exist elsewhere, and what at least one of is needed.

Works on the configuration as it was read, so that these findings stand beside the models' own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from pydantic import TypeAdapter, ValidationError

from alertd.config.action_checks import action_findings
from alertd.config.keys import dotted
from alertd.config.problems import Given
from alertd.config.toml_lines import Path
from alertd.domain.people import ADMIN
from alertd.rules.engine import compile_problems
from alertd.rules.nearest import did_you_mean
from alertd.rules.settings import RuleSettings

_NO_ACCOUNT = 'at least one account is needed: write [accounts.main] and below it exchange = "okx"'
_NO_SINK = (
    "at least one sink is needed: write [sinks.phone] and give its URL, such as tgram://TOKEN/CHAT, "
    "in the environment variable ALERTD_SINKS__PHONE__URL or the secret file sinks.phone.url"
)
_RULE: TypeAdapter[RuleSettings] = TypeAdapter(RuleSettings)


def findings(given: Given, *, for_watching: bool = True) -> list[str]:
    """One line for each finding. `for_watching`: it is to be watched by it, and told."""
    found = [*_found(given.values), *(_to_watch(given.values) if for_watching else ())]
    lines = [given.line(path, text) for path, text in found]
    return lines + [_placed(line, given) for line in _rule_problems(given.values)]


def _found(values: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    if not values.get("accounts"):
        yield ("accounts",), _NO_ACCOUNT
    yield from _unknown_sinks(values)
    yield from _unknown_accounts(values)
    yield from _same_keys(values)
    yield from _unfed_watcher(values)
    yield from _same_tokens(values)
    yield from _unclear_people(values)
    yield from action_findings(values)


def _to_watch(values: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    if not values.get("sinks"):
        yield ("sinks",), _NO_SINK


def _unknown_sinks(values: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    sinks = _table(values.get("sinks"))
    routes = values.get("routes")
    for index, route in enumerate(routes if isinstance(routes, list) else []):
        for path, named in _naming_sinks(_table(route)):
            for name in _names(named):
                if name not in sinks:
                    yield ("routes", index, *path), f'there is no sink "{name}"{did_you_mean(name, sinks)}'


def _naming_sinks(route: Mapping[str, Any]) -> Iterator[tuple[Path, object]]:
    """The keys of a route that name sinks, with what they say."""
    yield ("sinks",), route.get("sinks")
    yield ("fallback",), route.get("fallback")
    steps = route.get("escalate")
    for number, step in enumerate(steps if isinstance(steps, list) else []):
        yield ("escalate", number, "sinks"), _table(step).get("sinks")


def _unknown_accounts(values: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """A route to an account that does not exist: a slip that would lose alerts without a word."""
    accounts = _table(values.get("accounts"))
    routes = values.get("routes")
    for index, route in enumerate(routes if isinstance(routes, list) else []):
        for glob in _names(_table(_table(route).get("match")).get("account")):
            if not any(fnmatchcase(name, glob) for name in accounts):
                text = f'there is no account "{glob}"{did_you_mean(glob, accounts)}'
                yield ("routes", index, "match", "account"), text


def _same_keys(values: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """One API key in two accounts is one account watched twice: every alert would come twice, and an action
    would be done to the other one. An account may act with the key that it is watched with.
    """
    first: dict[str, str] = {}
    for kind in ("api_key", "action_api_key"):
        for name, account in _table(values.get("accounts")).items():
            key = _table(account).get(kind)
            if not isinstance(key, str) or not key:
                continue
            if first.setdefault(key, name) != name:
                yield (
                    ("accounts", name, kind),
                    f"is the key of accounts.{first[key]} as well; give each its own",
                )


def _unfed_watcher(values: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Pings that prove nothing would be a lie: a watcher without a canary would call at once."""
    is_off = str(_table(values.get("canary")).get("enabled", True)).lower() in ("false", "0", "off", "no")
    if is_off and _table(values.get("dead_man")).get("url"):
        yield (
            ("dead_man", "url"),
            "is pinged only by a canary that was delivered, and the canary is off: remove one of the two",
        )


def _same_tokens(values: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """One token for two: each would count as alive while one of them is."""
    first: dict[str, str] = {}
    for name, peer in _table(values.get("watch_for")).items():
        token = _table(peer).get("token")
        if not isinstance(token, str) or not token:
            continue
        if token in first:
            yield (
                ("watch_for", name, "token"),
                f"is the token of watch_for.{first[token]} as well; give each its own",
            )
        first.setdefault(token, name)


def _unclear_people(values: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """What is recorded with a name must be that person's: no two are known by the same."""
    people = _table(values.get("people"))
    if ADMIN in people:
        yield ("people", ADMIN), "is the name of whoever has web.token; choose another"
    first: dict[tuple[str, object], str] = {}
    token = _table(values.get("web")).get("token")
    if token:
        first["token", token] = "web.token"
    for name, person in people.items():
        for key in ("token", "telegram_user_id"):
            known_by = _table(person).get(key)
            if not isinstance(known_by, str | int) or not known_by:
                continue
            if (other := first.get((key, known_by))) is not None:
                yield ("people", name, key), f"is {other} as well; give each person their own"
            first.setdefault((key, known_by), f"people.{name}.{key}")


def _rule_problems(values: Mapping[str, Any]) -> list[str]:
    user_rules: dict[str, RuleSettings] = {}
    for name, rule in _table(values.get("rules")).items():
        try:
            user_rules[name] = _RULE.validate_python(rule)
        except ValidationError:  # reported by the models
            continue
    return compile_problems(user_rules)


def _placed(line: str, given: Given) -> str:
    """`rules.X.key: ...` with the place it stands at."""
    key = re.match(r"rules(?:\.\w+)+", line)
    if key is None:
        return line
    path: Path = tuple(key[0].split("."))
    return given.line(path, line.removeprefix(dotted(path)).lstrip(": "))


def _names(value: object) -> list[str]:
    """One name or several."""
    listed = value if isinstance(value, list) else [value]
    return [name for name in listed if isinstance(name, str)]


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
