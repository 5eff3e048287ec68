"""Weights, refusals and bans of an address."""

from alertd.simulators.toobit.limits import Limits, Meter

LIMITS = Limits(weight=10, window_s=60.0, refusals_before_ban=2)


def test_a_window_has_so_much_and_the_next_one_again():
    meter = Meter(LIMITS)
    assert [meter.take(5, 1.0) for _ in range(3)] == [200, 200, 429]
    assert (meter.left(), meter.reset_in_s(1.0)) == (0, 59.0)
    assert meter.take(5, 60.0) == 200


def test_who_goes_on_is_banned_longer_each_time():
    meter, begin_s, lasted = Meter(LIMITS), 0.0, []
    for _ in range(3):
        while meter.take(10, begin_s) != 418:
            pass
        end_s = begin_s
        while meter.take(1, end_s) == 418:
            end_s += 10.0
        lasted.append(end_s - begin_s)
        begin_s = end_s + 60.0
    assert lasted == [120.0, 240.0, 480.0]


def test_a_pardon_ends_it():
    meter = Meter(LIMITS)
    meter.ban(0.0, 1000.0)
    assert meter.take(1, 1.0) == 418
    meter.pardon()
    assert meter.take(1, 1.0) == 200
