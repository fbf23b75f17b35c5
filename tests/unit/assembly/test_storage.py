"""Keys of a home: made once, never again under the old name."""

from pathlib import Path

import pytest

from adyton.adapters.free_space import LocalSpace
from adyton.adapters.localfs import LocalWitnessMemory
from adyton.assembly import client, storage
from adyton.assembly.founding import init_home
from adyton.assembly.home import HomePaths
from adyton.assembly.perimeter import Perimeter
from adyton.assembly.storage import LAST_RECORDED
from adyton.crypto.epochlink import Reason
from adyton.crypto.notes import MLDSA44, Note, parse_note, parse_vkey
from adyton.ledger.ports import Space
from adyton.policy import LockKind
from adyton.terms import Misconfigured, Tampered, Unavailable
from tests import witness_process


@pytest.fixture
def home(tmp_path):
    init_home(tmp_path / "home", owner="Example Lab", operator="Operator One")
    return tmp_path / "home"


@pytest.mark.parametrize(
    "key",
    [
        "home/keys/log.key",
        "home/keys/log-mldsa.key",
        "home/keys/manifest.key",
        "home/keys/kms.json",
        "home-witness/witness.key",
    ],
)
def test_a_key_that_is_gone_is_missed_and_not_made_anew(home, key):
    place = home.parent / key
    place.unlink()
    with pytest.raises(Misconfigured, match=r"is gone"), Perimeter.open(HomePaths.of(home)):
        pass
    assert not place.exists()


def test_a_home_whose_keys_are_all_there_opens_again(home):
    with Perimeter.open(HomePaths.of(home)) as perimeter:
        perimeter.ledger.publish()
        assert perimeter.verify_record()[1] == ()


def set_reserve(home, refusals_mib, uses_mib):
    config = home / "config.toml"
    settings = f"\n[reserve]\nrefusals_mib = {refusals_mib}\nuses_mib = {uses_mib}\n"
    config.write_text(config.read_text() + settings)


def test_a_home_on_a_disk_below_the_last_mark_takes_locks_and_no_uses(home, monkeypatch):
    monkeypatch.setattr(LocalSpace, "measure", lambda _: Space(free_bytes=0, total_bytes=1 << 40))
    with Perimeter.open(HomePaths.of(home)) as perimeter:
        with pytest.raises(Unavailable, match="nearly full"):
            perimeter.compartments.add("cyber", by=None)
        perimeter.locks.set(kind=LockKind.NETWORK, target="192.0.2.0/24", reason="x", by=None)


def test_bad_requests_stop_before_uses_do(home):
    set_reserve(home, 100, 200)
    with (
        pytest.raises(Misconfigured, match=r"reserve\.uses_mib"),
        Perimeter.open(HomePaths.of(home)),
    ):
        pass


def test_what_closes_and_contains_are_facts_that_there_are():
    page = Path(__file__).parents[3] / "docs" / "facts.md"
    assert [one for one in LAST_RECORDED if f"`{one}`" not in page.read_text()] == []


def open_home(home):
    return Perimeter.open(HomePaths.of(home))


def test_a_new_home_signs_with_ed25519_and_ml_dsa(home, tmp_path):
    with open_home(home) as perimeter:
        perimeter.ledger.publish()
        keys = [*perimeter.ledger.witnesses.log_vkeys(), *perimeter.ledger.witness_vkeys()]
        promise = next(perimeter.all_entries()).receipt
        (tmp_path / "one.tlog-proof").write_bytes(perimeter.ledger.proof(promise))
    assert [parse_vkey(one).algorithm for one in keys[:2]] == [1, MLDSA44]
    (tmp_path / "vkeys").write_text("".join(f"{key}\n" for key in keys))
    assert client.verify_offline(tmp_path / "one.tlog-proof", tmp_path / "vkeys").failures == []


def without_mldsa(note):
    opened = parse_note(note)
    kept = tuple(one for one in opened.signatures if len(one.signature) < 2000)
    return Note(text=opened.text, signatures=kept).to_bytes()


def test_i4_a_checkpoint_without_the_line_of_the_second_key_is_refused(home, tmp_path):
    """A thief of the Ed25519 key alone, or of a better computer, signs no checkpoint of ours."""
    place = home / "ledger" / "main" / "1" / "checkpoint"
    with open_home(home) as perimeter:
        perimeter.ledger.publish()
        keys = [*perimeter.ledger.witnesses.log_vkeys(), *perimeter.ledger.witness_vkeys()]
        promise = next(perimeter.all_entries()).receipt
        proof = perimeter.ledger.proof(promise)
    stripped = without_mldsa(place.read_bytes())
    head, _, _ = proof.partition(b"\n\n")
    (tmp_path / "one.tlog-proof").write_bytes(head + b"\n\n" + stripped)
    (tmp_path / "vkeys").write_text("".join(f"{key}\n" for key in keys))
    assert client.verify_offline(tmp_path / "one.tlog-proof", tmp_path / "vkeys").failures == [
        "receipt: a checkpoint lacks the signature of a further key of its log"
    ]
    (tmp_path / "vkeys").write_text(f"{keys[0]}\n{keys[2]}\n")
    assert client.verify_offline(tmp_path / "one.tlog-proof", tmp_path / "vkeys").failures == []
    place.write_bytes(stripped)
    with pytest.raises(Tampered, match="further key"), open_home(home):
        pass


def test_the_second_key_taken_away_with_its_line_is_missed_by_the_witness(home):
    place = home / "ledger" / "main" / "1" / "checkpoint"
    place.write_bytes(without_mldsa(place.read_bytes()))
    (home / "keys" / "log-mldsa.key").unlink()
    with pytest.raises(Misconfigured, match=r"log-mldsa\.key is gone"), open_home(home):
        pass


def test_a_home_that_never_had_the_second_key_goes_on_without(home):
    """As one that an earlier version made; a witness beside it that never saw another key."""
    (home / "keys" / "log-mldsa.key").unlink()
    place = home / "ledger" / "main" / "1" / "checkpoint"
    place.write_bytes(without_mldsa(place.read_bytes()))
    memory = LocalWitnessMemory(home.with_name("home-witness"))
    origin = HomePaths.of(home).read_config().origin
    seen = memory.load(origin)
    memory.swap(origin, seen, without_mldsa(seen))
    with open_home(home) as perimeter:
        perimeter.ledger.publish()
        assert len(perimeter.ledger.witnesses.log_vkeys()) == 1
        assert perimeter.verify_record()[1] == ()
    assert not (home / "keys" / "log-mldsa.key").exists()


def settle(home, text):
    with (home / "config.toml").open("a") as file:
        file.write(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[ledger]\nquorum = "quorum none"\n', "quorum"),
        ('[ledger]\nquorum = "quorum north"\n', "quorum"),
        ('[ledger]\nquorum = "witness x y\\nquorum local"\n', "verifier key"),
        ('[witnesses.north]\nvkey = "x"\nurl = "https://w.invalid"\n', "witnesses"),
        ('[witnesses.local]\nvkey = "x"\nurl = "https://w.invalid"\n', "verifier key"),
        ('[witnesses.north]\nvkey = "x"\nurl = "http://w.invalid"\n', "plain HTTP"),
    ],
)
def test_a_quorum_that_cannot_be_is_misconfigured(home, text, what):
    settle(home, text)
    with pytest.raises(Misconfigured, match=what), open_home(home):
        pass


def far(home, folder):
    """A witness elsewhere that trusts this home's log; the settings for it, by its URL."""
    with open_home(home) as perimeter:
        keys = perimeter.ledger.witnesses.log_vkeys()
    (folder / "log-keys").write_text("".join(f"{key}\n" for key in keys))
    vkeys = witness_process.run("witness", "init", "north.invalid", "--dir", folder / "w").split()
    witness_process.run("witness", "trust", folder / "log-keys", "--dir", folder / "w")
    return lambda url: "".join(
        f'[witnesses.{name}]\nvkey = "{key}"\nurl = "{url}"\n'
        for name, key in zip(("north", "north-pq"), vkeys, strict=True)
    )


def test_a_witness_of_the_settings_must_cosign_and_one_that_is_gone_stops_what_waits(
    home, tmp_path
):
    settings = far(home, tmp_path)
    with witness_process.serving(tmp_path / "w") as url:
        settle(home, settings(url))
        with open_home(home) as perimeter:
            perimeter.ledger.publish()
            policy = (home / "ledger" / "main" / "1" / "policy").read_text()
            assert "group every all local north north-pq\nquorum every\n" in policy
            names = {one.name for one in parse_note(perimeter.ledger.checkpoint()).signatures}
            assert "north.invalid" in names
            assert perimeter.verify_record()[1] == ()
            assert not perimeter.ledger.witnesses.local_suffices()
    with open_home(home) as perimeter:
        with pytest.raises(Unavailable, match="nothing was recorded"):
            perimeter.compartments.add(name="x", by=None)
        person = next(perimeter.ledger.state.scan("people"))[0]
        perimeter.identity.end_person(person, by=None)
        assert {one.where: bool(one.error) for one in perimeter.ledger.witnesses.states()} == {
            str(home.with_name("home-witness")): False,
            url: True,
        }


def test_a_home_put_back_from_a_backup_is_caught_by_the_witness_elsewhere(home, tmp_path):
    """Everything of this host put back, head and local witness included: only the far one knows."""
    settings = far(home, tmp_path)
    before = {
        place: place.read_bytes()
        for folder in ("home", "home-head", "home-witness")
        for place in home.with_name(folder).rglob("*")
        if place.is_file()
    }
    with witness_process.serving(tmp_path / "w") as url:
        settle(home, settings(url))
        config = (home / "config.toml").read_bytes()
        with open_home(home) as perimeter:
            perimeter.compartments.add(name="x", by=None)
        for folder in ("home", "home-head", "home-witness"):
            for place in list(home.with_name(folder).rglob("*")):
                if place.is_file():
                    place.unlink()
        for place, data in before.items():
            place.parent.mkdir(exist_ok=True, parents=True)
            place.write_bytes(data)
        (home / "config.toml").write_bytes(config)
        with pytest.raises(Tampered, match="older than what the witness north"), open_home(home):
            pass


def test_a_home_below_the_last_mark_can_be_started_again_after_a_kill(home, monkeypatch):
    """Else nobody could be locked out once the disk is full."""
    with Perimeter.open(HomePaths.of(home)) as perimeter:
        perimeter.heart.start()
        perimeter.heart.stop = lambda *_, **__: None  # killed: nothing says that it ended
    monkeypatch.setattr(LocalSpace, "measure", lambda _: Space(free_bytes=0, total_bytes=1 << 40))
    with Perimeter.open(HomePaths.of(home)) as perimeter:
        perimeter.heart.start()
        perimeter.locks.set(kind=LockKind.NETWORK, target="192.0.2.0/24", reason="x", by=None)


def test_a_witness_elsewhere_is_told_of_the_next_epoch_and_then_it_may_turn(home, tmp_path):
    settings = far(home, tmp_path)
    trust = ("witness", "trust", tmp_path / "next-keys", "--dir", tmp_path / "w")
    with witness_process.serving(tmp_path / "w") as url:
        settle(home, settings(url))
        with open_home(home) as perimeter:
            keys = storage.next_vkeys(perimeter.paths, perimeter.config, perimeter.ledger)
            with pytest.raises(Unavailable, match="the witness north does not know it") as caught:
                perimeter.ledger.trees.turn(Reason.YEAR)
            assert "ledger vkey --next" in caught.value.mend
            assert perimeter.ledger.trees.position.epoch == 1
    assert len(keys) == 2
    (tmp_path / "next-keys").write_text("".join(f"{key}\n" for key in keys))
    witness_process.run(*trust)
    with witness_process.serving(tmp_path / "w") as url:
        text = (home / "config.toml").read_text()
        (home / "config.toml").write_text(text.split("[witnesses")[0])
        settle(home, settings(url))
        with open_home(home) as perimeter:
            assert perimeter.ledger.trees.turn(Reason.YEAR).epoch == 2
            perimeter.compartments.add(name="x", by=None)
            assert perimeter.verify_record()[1] == ()
            assert perimeter.ledger.witnesses.log_vkeys() == keys
        with open_home(home) as perimeter:
            names = {one.name for one in parse_note(perimeter.ledger.checkpoint()).signatures}
            assert {"north.invalid", perimeter.config.origin + "/2"} <= names
