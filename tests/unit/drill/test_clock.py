from adyton.drill.clock import WorldClock


def test_waiting_ends_when_it_came_true():
    answers = iter([False, False, True])
    assert WorldClock().wait_until(lambda: next(answers), at_most_s=5)


def test_waiting_ends_when_the_time_is_over():
    assert not WorldClock().wait_until(lambda: False, at_most_s=0.01)


def test_a_stage_that_comes_twice_is_one_figure():
    clock = WorldClock()
    with clock.stage("a"):
        pass
    before = clock.seconds["a"]
    with clock.stage("a"):
        clock.wait_until(lambda: False, at_most_s=0.02)
    assert list(clock.seconds) == ["a"]
    assert clock.seconds["a"] > before
