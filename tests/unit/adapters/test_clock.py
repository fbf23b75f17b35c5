from adyton.adapters.clock import SystemClock, SystemEntropy


def test_time_goes_on_and_chance_does_not_repeat():
    clock, entropy = SystemClock(), SystemEntropy()
    assert clock.now_s() > 1_700_000_000
    assert clock.monotonic_s() <= clock.monotonic_s()
    assert len(entropy.token(32)) == 32
    assert entropy.token(16) != entropy.token(16)
