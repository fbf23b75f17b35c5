"""A witness home: made once, owned by one process, trusting whom it was told to."""

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.assembly.witnessing import WitnessHome
from adyton.crypto.notes import COSIGNATURE, MLDSA44, Signer, parse_vkey
from adyton.terms import Conflict, Fact, Malformed, Misconfigured

LOG = Signer(name="log.invalid", seed=b"l" * 32).key
LOG_PQ = Signer(name="log.invalid", seed=b"m" * 32, algorithm=MLDSA44).key


@pytest.fixture
def home(tmp_path):
    made = WitnessHome.of(tmp_path / "w")
    made.init("w.invalid")
    return made


def test_a_new_witness_has_a_key_of_each_type_that_nobody_else_can_read(tmp_path):
    home = WitnessHome.of(tmp_path / "w")
    made = home.init("w.invalid")
    assert [parse_vkey(one).algorithm for one in made] == [COSIGNATURE, MLDSA44]
    assert home.vkeys() == made
    assert WitnessHome.of(tmp_path / "v").init("w.invalid") != made
    modes = {path.stat().st_mode & 0o777 for path in home.root.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert home.root.stat().st_mode & 0o777 == 0o700


def test_a_folder_in_use_is_no_place_for_a_witness(home):
    before = home.vkeys()
    with pytest.raises(Conflict):
        home.init("w.invalid")
    assert home.vkeys() == before


def test_a_name_that_no_key_can_have_makes_nothing(tmp_path):
    with pytest.raises(Malformed):
        WitnessHome.of(tmp_path / "w").init("a name")
    assert not (tmp_path / "w").exists()


def test_trust_adds_up(home):
    assert home.trust([str(LOG)]) == ("log.invalid",)
    assert home.trust([str(LOG_PQ), ""]) == ("log.invalid",)
    assert home.trust([str(LOG)]) == ("log.invalid",)
    assert (home.root / "logs").read_text() == f"{LOG}\n{LOG_PQ}\n"


@pytest.mark.parametrize("lines", [[], [""], ["key"], ["witness"]])
def test_what_is_no_key_of_a_log_is_not_trusted(home, lines):
    with pytest.raises(Malformed):
        home.trust([home.vkeys()[0] if one == "witness" else one for one in lines])
    assert (home.root / "logs").read_text() == ""


def test_one_process_owns_the_home(home):
    with home.serving(host="127.0.0.1", port=0):
        with pytest.raises(Conflict), home.serving(host="127.0.0.1", port=0):
            pass
        with pytest.raises(Conflict):
            home.trust([str(LOG)])
    with home.serving(host="127.0.0.1", port=0):
        pass


def test_a_folder_that_is_no_witness_is_told_apart(tmp_path, home):
    with pytest.raises(Misconfigured, match="no witness"):
        WitnessHome.of(tmp_path / "none").vkeys()
    (home.root / "format").write_text("2\n")
    with pytest.raises(Misconfigured, match="format"):
        home.vkeys()


@pytest.mark.parametrize("file", ["keys/ed25519.seed", "keys/mldsa44.seed", "name", "logs"])
def test_what_is_gone_or_damaged_is_named_and_not_made_anew(home, file):
    (home.root / file).unlink()
    with (
        pytest.raises(Misconfigured, match=file.rpartition("/")[2]),
        home.serving(host="127.0.0.1", port=0),
    ):
        pass
    assert not (home.root / file).exists()


def test_a_damaged_seed_is_no_key(home):
    (home.root / "keys" / "ed25519.seed").write_text("zz\n")
    with pytest.raises(Misconfigured, match=r"ed25519\.seed"):
        home.vkeys()


def test_what_it_remembers_outlives_it(home):
    world = MemoryWorld()
    home.trust([str(world.signer.key)])
    with home.serving(host="127.0.0.1", port=0) as server:
        note = b"old 0\n\n" + signed(world)
        assert server.add_checkpoint(note).status == 200
    with home.serving(host="127.0.0.1", port=0) as server:
        assert server.add_checkpoint(note).status == 409


def signed(world):
    ledger = world.open()
    ledger.append(Fact(type="a.done"))
    ledger.publish()
    return ledger.checkpoint()
