from __future__ import annotations

import pytest

from alertd.domain.events import RULE_KINDS, EventKind, field_types
from alertd.rules.samples import bare_event, filled_event, may_be_absent, varied_events


@pytest.mark.parametrize("kind", RULE_KINDS)
def test_samples_are_full_and_bare(kind: EventKind) -> None:
    full, bare = filled_event(kind), bare_event(kind)
    for name, kept in field_types(kind).items():
        assert isinstance(getattr(full, name), kept), name
        assert (getattr(bare, name) is None) is (name in may_be_absent(kind)), name


def test_every_value_of_an_enumeration_is_tried() -> None:
    tried = {event.state for event in varied_events(EventKind.COVERAGE, frozenset({"state"}))}  # type: ignore[attr-defined]
    assert tried == {"watched", "degraded", "blind"}
