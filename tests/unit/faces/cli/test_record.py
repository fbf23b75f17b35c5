import pytest

from adyton.adapters import home_files


def test_a_record_that_holds_is_verified_by_its_auditor(adyton):
    done = adyton("ledger", "verify", by="auditor")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(" entries: all hold\n")
    assert adyton("ledger", "verify", by="analyst").code == 3


def test_a_proof_is_checked_offline_with_the_key_that_one_trusts(adyton, owner, tmp_path):
    receipt = owner.call("investigator", "drill.seal", {"digest": "2" * 64})["receipt"]
    (tmp_path / "vkey").write_text(adyton("ledger", "vkey").out)
    proof = tmp_path / "p.tlog-proof"
    assert adyton("ledger", "proof", receipt, "--out", proof, by="auditor").code == 0
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


def test_facts_and_checkpoint_are_shown_to_auditors(adyton, owner):
    lines = adyton("ledger", "show", "--limit", "2", by="auditor").out.splitlines()
    assert [line.split()[0] for line in lines] == ["0", "1"]
    assert "organisation.added" in lines[0]
    done = adyton("ledger", "checkpoint", by="auditor")
    assert done.out.startswith(owner.perimeter.config.origin)


def test_a_proof_of_nothing_is_missing(adyton, tmp_path):
    done = adyton("ledger", "proof", "rct_x", "--out", tmp_path / "p", by="auditor")
    assert done.code == 4
    assert not (tmp_path / "p").exists()


def test_a_bundle_that_was_cut_short_is_a_failed_check_that_names_the_file(adyton, bundle):
    home_files.remove(bundle / "report.html")
    done = adyton("verify", bundle)
    assert done.code == 1
    assert "report.html" in done.out
