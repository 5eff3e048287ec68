"""What is wrong with a body, in people's words: which key, and what is accepted. Pure.

msgspec says it in terms of its own types. Whatever it may say that is not known here is passed on as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_type_hints

import msgspec

from alertd.rules.nearest import did_you_mean

THE_BODY = "the body"
_PLACE = re.compile(r"(?P<what>.*?)(?: - at (?:`key` in )?`\$\.?(?P<key>[^`]*)`)?", re.DOTALL)
_TYPES: Mapping[str, str] = {
    "array": "a list",
    "bool": "true or false",
    "datetime": "a time",
    "float": "a number",
    "int": "a whole number",
    "null": "null",
    "object": "an object",
    "str": "a text",
}
_A_TIME = 'must be a time with its offset from UTC, such as "2026-11-21T18:00:00+01:00"'
_SHOWN = 40  # letters of a key that was sent
_LIMITS = {">=": "of at least", "<=": "of at most", ">": "above", "<": "below"}


def body_words(problem: Exception, body: type[msgspec.Struct]) -> str:
    """`comment: must not be empty`. `body`: what was to be sent."""
    if not isinstance(problem, msgspec.ValidationError):
        return f"{THE_BODY}: is no JSON ({problem})"
    found = _PLACE.fullmatch(str(problem))
    if found is None:
        return f"{THE_BODY}: {problem}"
    key = (found["key"] or "").replace("[...]", "")
    return f"{key or THE_BODY}: {_words(found['what'], key, body)}"


def _words(what: str, key: str, body: type[msgspec.Struct]) -> str:
    for pattern, words in _KNOWN:
        if (known := re.fullmatch(pattern, what)) is not None:
            return words(known)
    if (unknown := re.fullmatch(r"Object contains unknown field `(.*)`", what)) is not None:
        name = unknown[1][:_SHOWN]
        return f'unknown key "{name}"{did_you_mean(name, _keys_at(body, key))}'
    return what


def _length(found: re.Match[str]) -> str:
    of, relation, count = found.groups()
    if of == "str":
        if (relation, count) == (">=", "1"):
            return "must not be empty"
        return f"must have {_bound(relation)} {count} letters"
    return f"must hold {_bound(relation)} {count} entries"


def _bound(relation: str) -> str:
    return "at least" if relation == ">=" else "at most"


def _range(found: re.Match[str]) -> str:
    of, relation, limit = found.groups()
    return f"must be {_TYPES.get(of, of)} {_LIMITS[relation]} {limit.removesuffix('.0')}"


def _type(found: re.Match[str]) -> str:
    wanted = [_TYPES.get(name, name) for name in found[1].split(" | ") if name != "null"]
    return f"must be {' or '.join(wanted)}, not {_TYPES.get(found[2], found[2])}"


_KNOWN: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"Expected `(\w+)` of length (>=|<=) (\d+)", _length),
    (r"Expected `(\w+)` (>=|<=|>|<) (\S+)", _range),
    (r"Invalid RFC3339 encoded datetime|Expected `datetime` with a timezone component", lambda _: _A_TIME),
    (r"Expected `([^`]+)`, got `(\w+)`", _type),
    (r"Object missing required field `(.*)`", lambda found: f'"{found[1]}" is missing'),
)


def _keys_at(body: type[msgspec.Struct], key: str) -> tuple[str, ...]:
    """The keys of the object that stands there."""
    here: Any = body
    for part in filter(None, re.sub(r"\[\d+\]", "", key).split(".")):
        hint = get_type_hints(here).get(part)
        structs = [one for one in (hint, *get_args(hint)) if _is_struct(one)]
        if not structs:
            return ()
        here = structs[0]
    return tuple(here.__struct_fields__)


def _is_struct(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, msgspec.Struct)
