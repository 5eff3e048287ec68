import pytest

from alertd.sinks.apprise_plugin import ApprisePlugin
from alertd.sinks.room import _BODIES, names_before_loading
from tests.doubles.apprise_rig import SLACK_HOOK_URL, TELEGRAM_URL

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

URLS = {
    "tgram": TELEGRAM_URL,
    "slack": SLACK_HOOK_URL,
    "discord": "discord://123456789012345678/abcdefghijklmnopqrstuvwxyz",
    "ntfy": "ntfy://topic",
    "mailto": "mailto://anna:secret@example.org",
    "json": "json://127.0.0.1:1/",
    "opsgenie": "opsgenie://abcdefghijklmnopqrstuvwxyz/user",
    "mmost": "mmost://127.0.0.1/3ccdd113474722377935511fc85d3dd4",
}


@pytest.mark.parametrize("scheme", sorted(URLS))
def test_it_is_what_the_service_says_once_it_is_loaded(scheme: str) -> None:
    assert names_before_loading(scheme) == ApprisePlugin(URLS[scheme], 1.0).limits.names_at_most


def test_every_scheme_is_compared_or_the_secure_twin_of_one() -> None:
    assert {scheme for scheme in _BODIES if scheme.removesuffix("s") not in URLS} == set()


def test_one_that_is_not_known_is_asked_little() -> None:
    assert names_before_loading("rocket") == 7
