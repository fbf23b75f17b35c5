import shutil

import pytest

from adyton.adapters import home_files
from adyton.assembly import storage
from adyton.crypto.notes import Note
from adyton.ledger.promise import PromiseNote


def test_a_record_that_holds_is_verified_by_its_auditor(adyton):
    done = adyton("ledger", "verify", by="auditor")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(" entries: all hold\n")
    assert adyton("ledger", "verify", by="analyst").code == 3


def test_a_proof_is_checked_offline_with_the_key_that_one_trusts(adyton, owner, tmp_path):
    receipt = owner.call("investigator", "drill.seal", {"digest": "2" * 64})["receipt"]
    (tmp_path / "vkey").write_text(adyton("ledger", "vkey").out)
    proof = tmp_path / "p.tlog-proof"
    assert adyton("ledger", "prove", receipt, "--out", proof, by="auditor").code == 0
    done = adyton("verify", proof, "--vkey", tmp_path / "vkey")
    assert done == (0, "every check holds\n", "")
    proof.write_text(proof.read_text()[:-30])
    broken = adyton("verify", proof, "--vkey", tmp_path / "vkey", "--json")
    assert broken.code == 1
    assert broken.json["ok"] is False
    assert broken.json["problems"][0].startswith("receipt: ")


@pytest.mark.parametrize(
    ("words", "code"), [(("none",), 4), (("folder",), 1), (("file",), 10)], ids=str
)
def test_what_is_no_proof_is_told(adyton, tmp_path, words, code):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    done = adyton("verify", tmp_path / words[0])
    assert done.code == code
    assert (done.out + done.err).count("\n") >= 1


@pytest.fixture
def promised(adyton, owner, tmp_path):
    """A promise and the keys, as a recipient keeps them: (promise, keys, receipt)."""
    copy = owner.copy_for("entitled")
    (tmp_path / "vkeys").write_text(adyton("ledger", "vkey").out)
    (tmp_path / "copy.promise").write_text(copy["promise"])
    return tmp_path / "copy.promise", tmp_path / "vkeys", copy["receipt"]


def log_folder(owner, folder):
    """The published log as an auditor copies it: checkpoint and hash tiles, no entries."""
    owner.perimeter.ledger.publish()
    keep = shutil.ignore_patterns("entries", "policy")
    return shutil.copytree(owner.perimeter.paths.tree(1), folder / "log", ignore=keep)


def test_a_promise_is_checked_alone_with_its_proof_and_with_the_log(
    adyton, owner, promised, tmp_path
):
    promise, keys, receipt = promised
    alone = adyton("verify", promise, "--vkey", keys)
    assert alone.code == 0
    assert "this is the log's word" in alone.out
    proof = tmp_path / "p.tlog-proof"
    assert adyton("ledger", "prove", receipt, "--out", proof, by="investigator").code == 0
    kept = adyton("verify", promise, "--vkey", keys, "--proof", proof)
    assert (kept.code, kept.out.splitlines()[-1][:5]) == (0, "kept:")
    kept = adyton("verify", promise, "--vkey", keys, "--log", log_folder(owner, tmp_path))
    assert (kept.code, kept.out.splitlines()[-1][:5]) == (0, "kept:")
    assert adyton("verify", promise, "--vkey", keys, "--proof", tmp_path / "none").code == 4
    assert adyton("verify", promise, "--vkey", keys, "--log", tmp_path / "none").code == 4
    promise.write_text(promise.read_text().replace("due 1", "due 2"))
    assert adyton("verify", promise, "--vkey", keys).code == 1


def test_a_promise_that_is_not_kept_is_evidence_that_others_can_check(adyton, owner, tmp_path):
    """The log's own key promises what the log never held: exit 1, and a folder that shows it."""
    ledger = owner.perimeter.ledger
    places = storage.HomePlaces(owner.perimeter.paths, owner.perimeter.config)
    signer = places.signers(1)[0]
    lied = PromiseNote(
        origin=signer.key.name,
        receipt="rct_" + "a" * 26,
        leaf=bytes(32),
        recorded_at_s=1_700_000_000,
        due_at_s=1_700_000_060,
    ).to_text()
    promise = tmp_path / "x.promise"
    promise.write_bytes(Note(text=lied, signatures=(signer.sign(lied),)).to_bytes())
    keys = tmp_path / "vkeys"
    keys.write_text("".join(f"{key}\n" for key in (ledger.vkey(), *ledger.witness_vkeys())))
    log = log_folder(owner, tmp_path)
    done = adyton("verify", promise, "--vkey", keys, "--log", log)
    assert done.code == 1
    assert done.out.startswith("promise not kept: ")
    shown = tmp_path / "x.promise.not-kept"
    assert str(shown) in done.out
    home_files.remove(log)
    again = adyton("verify", shown / "promise", "--vkey", shown / "vkeys", "--log", shown)
    assert again.code == 1
    assert again.out.splitlines()[0] == done.out.splitlines()[0]
    tile = next((shown / "tile" / "0").rglob("*[0-9]"))
    data = tile.read_bytes()
    tile.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))  # a byte put there might be there already
    broken = adyton("verify", shown / "promise", "--vkey", shown / "vkeys", "--log", shown)
    assert broken.code == 1
    assert "not kept" not in broken.out


def test_only_the_one_whom_it_concerns_is_told_how_a_promise_stands(adyton, promised, tmp_path):
    _, keys, receipt = promised
    note = tmp_path / "n"
    told = adyton("receipt", "status", receipt, "--out", note, by="entitled")
    assert told == (0, f"{receipt} promised\n", "")
    assert adyton("verify", note, "--vkey", keys).code == 0
    missing = adyton("receipt", "status", "rct_" + "a" * 26, by="auditor")
    assert missing.code == 4
    assert adyton("receipt", "status", receipt, by="auditor") == missing


def test_facts_and_checkpoint_are_shown_to_auditors(adyton, owner):
    lines = adyton("ledger", "query", "--limit", "2", by="auditor").out.splitlines()
    facts = [line for line in lines if not line.startswith("src_")]
    assert [line.split()[0] for line in facts] == ["0", "1"]
    assert "organisation.added" in facts[0]
    done = adyton("ledger", "checkpoint", by="auditor")
    assert done.out.startswith(owner.perimeter.config.origin)


def test_a_proof_of_nothing_is_missing(adyton, tmp_path):
    done = adyton("ledger", "prove", "rct_x", "--out", tmp_path / "p", by="auditor")
    assert done.code == 4
    assert not (tmp_path / "p").exists()


def test_a_bundle_that_was_cut_short_is_a_failed_check_that_names_the_file(adyton, bundle):
    home_files.remove(bundle / "report.html")
    done = adyton("verify", bundle)
    assert done.code == 1
    assert "report.html" in done.out


def test_the_witnesses_are_shown_with_what_the_local_one_does_not_protect_against(adyton):
    done = adyton("ledger", "witnesses", by="auditor")
    assert done.code == 0
    assert "they are a quorum" in done.out
    assert "does not protect against an administrator of this host" in done.out
    answer = adyton("ledger", "witnesses", "--json", by="auditor").json
    assert (answer["quorum"], answer["needs_another_machine"]) == (True, False)
    (one,) = answer["witnesses"]
    assert one["names"] == ["local"]
    assert one["size"] > 0
    assert one["error"] == ""
    assert answer["policy"].endswith("quorum local\n")
    assert adyton("ledger", "witnesses", by="analyst").code == 3
