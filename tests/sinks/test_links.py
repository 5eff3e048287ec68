import pytest

from alertd.domain.events import CoverageState, Event, Maintenance
from alertd.sinks.links import links_of
from alertd.sinks.speech import Speech
from tests.sinks.samples import ANY, BERLIN, T, coverage, margin

LINK = ["Status page of OKX: https://www.okx.com/status"]


@pytest.mark.parametrize(
    ("event", "links"),
    [
        (coverage(cause="connection"), LINK),
        (coverage(cause="stale"), LINK),
        (coverage(cause="credentials"), []),
        (coverage(cause="connection", state=CoverageState.WATCHED), []),
        (coverage(cause="connection", exchange="other"), []),
        (Maintenance(**{**ANY, "account": ""}), LINK),
        (margin(), []),
    ],
)
def test_only_where_the_exchange_may_be_at_fault(event: Event, links: list[str]) -> None:
    assert links_of(Speech("en", BERLIN, T), event) == links
