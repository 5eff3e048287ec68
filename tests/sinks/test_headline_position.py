"""A line among many says the same as the title of the message about that alert alone."""

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.events import Liquidation, LiquidationWarning, MarginState
from alertd.domain.notification import Reason
from alertd.sinks.speech import Reader
from alertd.sinks.stories import headline_of, story_of
from alertd.sinks.story import Headline
from tests.sinks.test_render_properties import alerts, structs, times

positions = st.sampled_from([MarginState, LiquidationWarning, Liquidation]).flatmap(structs)


@given(
    alert=alerts(events=positions),
    reason=st.sampled_from(Reason),
    language=st.sampled_from(["en", "zh"]),
    privacy=st.sampled_from(["full", "percent"]),
    now=times,
)
def test_a_headline_is_the_head_of_the_story(alert, reason, language, privacy, now) -> None:
    speech = Reader(language, ZoneInfo("UTC"), privacy).at(now)
    story, head = story_of(speech, alert, reason), headline_of(speech, alert, reason)
    assert (head.subject, head.figure, head.names_account) == (
        story.subject,
        story.figure,
        story.names_account,
    )


@given(alert=alerts(events=positions), reason=st.sampled_from(Reason))
def test_no_story_is_made_for_it(alert, reason) -> None:
    head = headline_of(Reader("en", ZoneInfo("UTC")).at(alert.since), alert, reason)
    assert (type(head) is Headline) == (alert.error is None and alert.recollection is None)
