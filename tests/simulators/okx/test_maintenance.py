import pytest

from alertd.simulators.okx.maintenance import Maintenance, status_row


@pytest.mark.parametrize(("environment", "shown"), [("production", "1"), ("demo", "2")])
def test_a_row_names_the_environment(environment, shown):
    row = status_row(Maintenance("Upgrade", 5, 7, service_type="11"), environment)
    expected = {"env": shown, "begin": "5", "end": "7", "serviceType": "11", "state": "scheduled"}
    assert {name: row[name] for name in expected} == expected


def test_an_unknown_state_is_an_error():
    with pytest.raises(ValueError, match="scheduled, ongoing"):
        Maintenance("Upgrade", 5, 7, state="soon")
