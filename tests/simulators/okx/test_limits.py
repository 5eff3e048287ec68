from alertd.simulators.okx.limits import SlidingWindow


def test_so_many_in_any_window_and_refused_ones_are_not_counted():
    window = SlidingWindow(2, 1.0)
    taken = [window.take(now_s) for now_s in (0.0, 0.5, 0.9, 0.99, 1.0, 1.4, 1.5)]
    assert taken == [True, True, False, False, True, False, True]
