import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.assembly.heartbeat import ANSWERS, Heart
from adyton.ledger import signs
from adyton.terms import Unavailable


class TwoClocks:
    """A wall clock that can be set, and one that cannot."""

    def __init__(self):
        self.wall, self.mono = 1_800_000_000.0, 50.0

    def advance(self, seconds):
        self.wall += seconds
        self.mono += seconds

    def now_s(self):
        return self.wall

    def monotonic_s(self):
        return self.mono


class Owner:
    """An owner's heart over a ledger that outlives it."""

    def __init__(self):
        self.clock = TwoClocks()
        self.world = MemoryWorld(clock=self.clock)
        self.open()

    def open(self):
        self.ledger = self.world.open([signs.project])
        self.heart = Heart(ledger=self.ledger, clock=self.clock, counters={"refused": lambda: 7})
        self.heart.find_lost()

    def tend(self, seconds):
        for _ in range(int(seconds) // 2):
            self.clock.advance(2)
            self.heart.turn()

    def facts(self, *kinds):
        return [one for one in self.ledger.entries(limit=10_000) if one.type in kinds]

    def types(self):
        return [one.type for one in self.ledger.entries(limit=10_000)]


@pytest.fixture
def owner():
    return Owner()


def test_a_quiet_hour_leaves_a_start_sixty_beats_and_a_stop(owner):
    owner.heart.start()
    owner.tend(3600)
    owner.heart.stop("closed")
    assert owner.types() == ["writer.started", *["writer.beat"] * 60, "writer.stopped"]
    beat = owner.facts("writer.beat")[5].public
    assert (beat["wall_ms"], beat["mono_ms"], beat["counts"]) == (60_000, 60_000, {"refused": 7})
    assert beat["records"] == ["operations"]
    assert owner.facts("writer.stopped")[0].public["reason"] == "closed"


def test_nothing_is_written_by_a_command_that_does_not_tend(owner):
    owner.tend(600)
    owner.heart.stop("closed")
    assert owner.types() == []


def test_a_kill_is_found_by_whoever_opens_next_and_a_stop_is_not_called_one(owner):
    owner.heart.start()
    owner.tend(120)
    owner.clock.advance(500)
    owner.open()
    owner.open()
    assert owner.types()[-1:] == ["writer.lost"]
    assert owner.types().count("writer.lost") == 1
    owner.heart.start()
    owner.heart.stop("closed")
    owner.open()
    assert owner.types().count("writer.lost") == 1


def test_a_listener_is_said_at_once_and_one_that_died_at_the_next_beat(owner):
    owner.heart.start()
    alive = [True]
    with owner.heart.recording(ANSWERS, lambda: alive[0]):
        opened = owner.facts("writer.beat")[-1].public
        assert (opened["reason"], opened["records"]) == ("opened", ["answers", "operations"])
        alive[0] = False
        owner.tend(60)
        assert owner.facts("writer.beat")[-1].public["records"] == ["operations"]
    assert owner.facts("writer.beat")[-1].public["reason"] == "closed"


@pytest.mark.parametrize(
    ("by", "forward_ms", "back_ms"), [(3600, 3_600_000, 0), (-900, 0, 900_000)]
)
def test_a_clock_that_jumps_is_stated_and_not_smoothed(owner, by, forward_ms, back_ms):
    owner.heart.start()
    owner.tend(120)
    owner.clock.wall += by
    owner.tend(60)
    (jumped,) = owner.facts("clock.jumped")
    assert (jumped.public["forward_ms"], jumped.public["back_ms"]) == (forward_ms, back_ms)
    beat = owner.facts("writer.beat")[-1].public
    assert beat["mono_ms"] == 60_000
    assert beat["wall_ms"] == 60_000 + by * 1000


def test_a_clock_that_never_stands_still_leaves_one_fact_a_minute(owner):
    owner.heart.start()
    for turn in range(300):
        owner.clock.wall += 100 if turn % 2 else -100
        owner.tend(2)
    owner.heart.stop("closed")
    jumps = owner.facts("clock.jumped")
    assert len(jumps) <= 11
    assert sum(one.public["jumps"] for one in jumps) == 300


def test_slewing_is_no_jump(owner):
    owner.heart.start()
    for _ in range(1800):
        owner.clock.wall += 0.001  # 500 parts per million
        owner.tend(2)
    assert owner.facts("clock.jumped") == []


def test_a_clock_put_back_while_nobody_served_is_stated_at_the_next_start(owner):
    owner.heart.start()
    owner.heart.stop("closed")
    owner.clock.wall -= 5000
    owner.open()
    owner.heart.start()
    assert owner.types()[-2:] == ["clock.jumped", "writer.started"]
    assert owner.facts("clock.jumped")[0].public["back_ms"] == 5_000_000


def test_a_record_that_cannot_be_written_stops_no_end_and_leaves_no_stop(owner):
    owner.heart.start()
    owner.world.facts.fail_next = Unavailable("disk full")
    owner.heart.stop("closed")
    owner.open()
    assert owner.types() == ["writer.started", "writer.lost"]


def test_a_served_home_has_its_life_on_record_and_verify_speaks_of_gaps_only(tmp_path):
    from adyton.assembly import init_home  # noqa: PLC0415 - only this test needs a home
    from adyton.assembly.completeness import record_gaps  # noqa: PLC0415
    from adyton.assembly.listening import tend  # noqa: PLC0415
    from adyton.assembly.perimeter import Perimeter  # noqa: PLC0415

    made = init_home(tmp_path / "h", owner="Lab", operator="Op")
    with Perimeter.open(made.paths) as perimeter, tend(perimeter):
        pass
    with Perimeter.open(made.paths) as perimeter:
        lives = [one.type for one in perimeter.all_entries() if one.type.startswith("writer.")]
        assert lives == ["writer.started", "writer.stopped"]
        assert record_gaps(perimeter.ledger) == ()
        perimeter.heart.start()
        perimeter.heart._told = None  # as if it were killed
    with Perimeter.open(made.paths) as perimeter:
        assert "the writer ended without saying so" in record_gaps(perimeter.ledger)[0]
        assert perimeter.verify_record()[1] == ()
