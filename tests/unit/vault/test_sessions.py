import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton import vault
from adyton.terms import Malformed, Missing, Refused, Span, Tampered, TooLarge, Unavailable
from adyton.vault import facts, sessions
from adyton.vault.requests import Purpose
from tests.unit.vault.world import HOUR_S, PART_BYTES, VaultWorld, weights

SIZE = 4 * PART_BYTES + 100
FILE = "model.gguf"


@pytest.fixture
def session(world: VaultWorld) -> vault.ReleaseSession:
    return world.opened(world.protect({FILE: weights(SIZE), "empty.txt": b""}).version)


def test_v6_resumed_reads_equal_the_whole(world: VaultWorld, session):
    step, whole = 10_007, b""
    while len(whole) < SIZE:
        end = min(len(whole) + step, SIZE)
        whole += world.vault.read(session.session, FILE, Span(start=len(whole), end=end))
    assert whole == weights(SIZE)
    assert b"".join(world.vault.stream(session.session, FILE)) == whole


STANDING = VaultWorld(seed=9)
STANDING_SESSION = STANDING.opened(STANDING.protect({FILE: weights(SIZE)}).version)


@given(st.integers(0, SIZE), st.integers(0, SIZE))
def test_v6_any_range_in_any_order_equals_the_same_slice(one: int, other: int):
    start, end = sorted((one, other))
    found = STANDING.vault.read(STANDING_SESSION.session, FILE, Span(start=start, end=end))
    assert found == weights(SIZE)[start:end]


def test_an_empty_file_reads_as_nothing(world: VaultWorld, session):
    assert world.vault.read(session.session, "empty.txt", Span(start=0, end=0)) == b""
    assert {file.path: file.size_bytes for file in session.files} == {FILE: SIZE, "empty.txt": 0}


def test_v5_after_expiry_nothing_is_served_not_even_within_a_stream(world: VaultWorld, session):
    stream = world.vault.stream(session.session, FILE)
    next(stream)
    world.clock.advance(HOUR_S)
    with pytest.raises((Refused, StopIteration)):
        next(stream)
    with pytest.raises((Refused, Missing)):
        world.vault.read(session.session, FILE, Span(start=0, end=1))
    assert world.facts(facts.RELEASE_CLOSED)[0].public["reason"] == "expired"


def test_v5_a_lock_ends_the_session_for_good(world: VaultWorld, session):
    world.stopped = Refused("locked")
    with pytest.raises(Refused):
        world.vault.read(session.session, FILE, Span(start=0, end=1))
    world.stopped = None
    with pytest.raises(Missing):
        world.vault.read(session.session, FILE, Span(start=0, end=1))
    assert world.facts(facts.RELEASE_CLOSED)[0].public["reason"] == "locked"


def test_a_check_that_cannot_be_made_gives_nothing(world: VaultWorld, session):
    world.stopped = Unavailable("the lock view is stale")
    with pytest.raises(Unavailable):
        world.vault.read(session.session, FILE, Span(start=0, end=1))


def test_the_key_is_wiped_at_the_end_of_a_session(world: VaultWorld, session):
    live = world.vault._sessions._live[session.session]
    buffer = live.key._key
    assert buffer != bytes(32)
    world.vault.close(session.session)
    world.vault.close(session.session)
    assert buffer == bytes(32)
    assert len(world.facts(facts.RELEASE_CLOSED)) == 1


def test_expired_sessions_are_closed_without_anybody_reading(world: VaultWorld, session):
    world.clock.advance(HOUR_S)
    world.vault.close_expired()
    assert world.vault.sessions() == ()
    row = world.ledger.state.get(facts.REQUESTS, session.request)
    assert row is not None
    assert row["status"] == facts.EXPIRED


def test_i1_a_fact_covers_the_bytes_before_they_leave(world: VaultWorld, session):
    world.around.facts.fail_next = Unavailable("the disk is full")
    with pytest.raises(Unavailable):
        world.vault.read(session.session, FILE, Span(start=0, end=10))
    assert world.facts(facts.CHECKOUT_READ) == []


def test_a_read_says_to_whom_and_at_least_how_much(world: VaultWorld, session):
    world.vault.read(session.session, FILE, Span(start=0, end=10))
    claim = world.facts(facts.CHECKOUT_READ)[0].public
    assert (claim["start"], claim["end"], claim["recipient"]) == (0, SIZE, world.sam)


def test_many_reads_of_one_stretch_are_one_fact(
    world: VaultWorld, session, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sessions, "CLAIM_BYTES", 100_000)
    for start in range(0, 90_000, 10_000):
        world.vault.read(session.session, FILE, Span(start=start, end=start + 10_000))
    assert len(world.facts(facts.CHECKOUT_READ)) == 1
    world.vault.read(session.session, FILE, Span(start=95_000, end=105_000))
    spans = [(e.public["start"], e.public["end"]) for e in world.facts(facts.CHECKOUT_READ)]
    assert spans == [(0, 100_000), (100_000, SIZE)]


def test_the_end_says_how_much_left(world: VaultWorld, session):
    world.vault.read(session.session, FILE, Span(start=5, end=105))
    world.vault.close(session.session)
    assert world.facts(facts.RELEASE_CLOSED)[0].public["bytes_out"] == 100


@pytest.mark.parametrize(
    ("path", "span", "error"),
    [
        (FILE, Span(start=0, end=SIZE + 1), Malformed),
        (FILE, Span(start=-1, end=1), Malformed),
        (FILE, Span(start=5, end=4), Malformed),
        ("other.gguf", Span(start=0, end=1), Missing),
    ],
)
def test_ranges_outside_a_file_give_nothing(world, session, path, span, error):
    with pytest.raises(error):
        world.vault.read(session.session, path, span)
    assert world.facts(facts.CHECKOUT_READ) == []


def test_one_call_gives_a_bounded_amount(world: VaultWorld, session, monkeypatch):
    monkeypatch.setattr(sessions, "MAX_SPAN_BYTES", 1000)
    with pytest.raises(TooLarge):
        world.vault.read(session.session, FILE, Span(start=0, end=1001))


@pytest.mark.parametrize("change", ["swap", "cut", "extend", "flip", "foreign", "older"])
def test_v1_parts_that_are_not_in_their_place_are_refused(world: VaultWorld, change: str):
    first = world.protect({FILE: weights(SIZE)})
    second = world.protect({FILE: weights(SIZE)}, asset=first.asset)
    session = world.opened(second.version)
    parts = world.shelf.files
    place, next_place = ((second.asset, second.version, f"parts/{n}") for n in (1, 2))
    parts[place] = {
        "swap": parts[next_place],
        "cut": parts[place][:-1],
        "extend": parts[place] + b"x",
        "flip": parts[place][:100] + b"\x00\x00" + parts[place][102:],
        "foreign": parts[second.asset, second.version, "parts/0"],
        "older": parts[first.asset, first.version, "parts/1"],
    }[change]
    with pytest.raises(Tampered):
        world.vault.read(session.session, FILE, Span(start=PART_BYTES, end=PART_BYTES + 9))


def test_a_part_with_whole_chunks_cut_off_is_refused(world: VaultWorld, session):
    place = (session.asset, session.version, "parts/1")
    world.shelf.files[place] = world.shelf.files[place][: 56 + 16_400 + 16]
    with pytest.raises(Tampered):
        world.vault.read(session.session, FILE, Span(start=0, end=9))


def test_mark_keys_are_the_same_in_every_session_of_a_version(world: VaultWorld):
    version = world.protect().version
    issue = world.opened(version, purpose=Purpose.ISSUE)
    trace = world.opened(version, [world.bo, world.di], purpose=Purpose.TRACE)
    other = world.opened(world.protect(name="two").version, purpose=Purpose.ISSUE)
    keys = [
        world.vault.key_for(session.session, "adyton/marks/v1").reveal()
        for session in (issue, trace, other)
    ]
    assert keys[0] == keys[1] != keys[2]
    assert world.vault.key_for(issue.session, "adyton/other/v1").reveal() != keys[0]


@pytest.mark.parametrize("purpose", [Purpose.CHECKOUT, Purpose.SERVE])
def test_a_release_of_bytes_gives_no_mark_keys(world: VaultWorld, purpose: Purpose):
    session = world.opened(world.protect().version, purpose=purpose)
    with pytest.raises(Refused):
        world.vault.key_for(session.session, "adyton/marks/v1")
    assert world.vault.session(session.session).purpose is purpose


def test_v5_a_clock_put_back_lengthens_no_session(world: VaultWorld, session, monkeypatch):
    monkeypatch.setattr(world.clock, "now_s", lambda: float(session.expires_at_s - HOUR_S))
    world.clock.advance(HOUR_S)  # the time that nobody can set
    with pytest.raises(Refused, match="expired"):
        world.vault.read(session.session, FILE, Span(start=0, end=10))
    assert world.vault.sessions() == ()


def test_v5_what_is_over_by_either_clock_is_closed_unasked(world: VaultWorld, session, monkeypatch):
    monkeypatch.setattr(world.clock, "now_s", lambda: float(session.expires_at_s - HOUR_S))
    world.clock.advance(HOUR_S)
    world.vault.close_expired()
    assert [one.public["reason"] for one in world.facts(facts.RELEASE_CLOSED)] == ["expired"]
