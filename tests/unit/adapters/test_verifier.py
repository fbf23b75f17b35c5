"""The verifier's command line, from the package and as the one file that goes with a bundle."""

import os
import subprocess
import sys

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.adapters.verifier import main
from adyton.crypto.notes import COSIGNATURE, MLDSA44, Signer
from adyton.ledger.bundle import write_bundle
from adyton.ledger.promise import to_header
from adyton.ledger.standalone import build_verifier
from adyton.terms import Fact


@pytest.fixture
def folder(tmp_path):
    """A bundle on disk, with the key apart from it."""
    world = MemoryWorld()
    ledger = world.open()
    promises = [
        ledger.append(Fact(type="a.done", public={"n": at}, body={"n": at})) for at in range(4)
    ]
    bundle = write_bundle(
        {"report.json": b'{"cites":[2]}'}, case="cas_a", ledger=ledger, indexes=[2]
    )
    for path, data in bundle.items():
        place = tmp_path / "bundle" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    (tmp_path / "key").write_bytes(bundle["vkeys"])
    (tmp_path / "fact.tlog-proof").write_bytes(ledger.proof(promises[1].receipt))
    (tmp_path / "fact.promise").write_bytes(ledger.promise(promises[1]))
    (tmp_path / "header").write_text(to_header(ledger.promise(promises[1])))
    write_log(tmp_path / "log", world)
    world.clock.advance(61)
    other = MemoryWorld()  # the same keys; a log that never recorded what was promised
    other.places.seeds = world.places.seeds
    other.witness, other.clock = world.witness, world.clock
    world.witness_memory.notes.clear()
    lying = other.open()
    lying.append(Fact(type="a.done"))
    lying.publish()
    write_log(tmp_path / "lying", other)
    return tmp_path


def write_log(folder, world):
    for path, data in world.files.files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def test_a_good_bundle_ends_with_0_and_says_what_was_checked(folder, capsys):
    assert main([str(folder / "bundle"), "--vkey", str(folder / "key")]) == 0
    out, err = capsys.readouterr()
    assert out == "ok: 6 files, 1 facts, in the log's first 4 entries\n"
    assert err == ""


def test_without_a_key_it_says_whose_word_is_taken(folder, capsys):
    assert main([str(folder / "bundle")]) == 0
    assert "trusting the bundle's own key" in capsys.readouterr().err


def test_a_bad_bundle_ends_with_1_and_a_line_for_each_failure(folder, capsys):
    (folder / "bundle" / "report.json").write_bytes(b"{}")
    (folder / "bundle" / "facts" / "2.json").unlink()
    assert main([str(folder / "bundle")]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "FAILED facts/2.json: is listed in the manifest but missing",
        "FAILED report.json: is not the file that the manifest lists",
        "FAILED facts/2.tlog-proof: has no other half (entry and proof)",
    ]


def test_links_are_failures_and_are_not_followed(folder, capsys):
    report = folder / "bundle" / "report.json"
    moved = report.rename(folder / "report.json")
    report.symlink_to(moved)
    assert main([str(folder / "bundle")]) == 1
    assert "FAILED report.json: is not a regular file" in capsys.readouterr().out


def test_a_hostile_file_name_writes_no_line_of_its_own(folder, capsys):
    (folder / "bundle" / "x\nok: all is well").write_bytes(b"")
    (folder / os.fsdecode(b"bundle/\xff")).write_bytes(b"")
    assert main([str(folder / "bundle")]) == 1
    out = capsys.readouterr().out
    assert all(line.startswith("FAILED ") for line in out.splitlines())


def test_what_is_not_there_or_no_bundle_fails_in_one_line(folder, capsys):
    assert main([str(folder / "nowhere"), "--vkey", str(folder / "key")]) == 4
    assert main([str(folder / "bundle"), "--vkey", str(folder / "nokey")]) == 4
    (folder / "empty").mkdir()
    assert main([str(folder / "empty")]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_receipt_is_checked_with_a_key_and_not_without(folder, capsys):
    receipt = str(folder / "fact.tlog-proof")
    assert main([receipt, "--vkey", str(folder / "key")]) == 0
    with pytest.raises(SystemExit) as caught:
        main([receipt])
    assert caught.value.code == 2
    assert main([receipt, "--vkey", str(folder / "key"), "--entry", str(folder / "key")]) == 1
    capsys.readouterr()


def test_a_promise_is_checked_alone_with_its_proof_and_with_the_log(folder, capsys):
    words = [str(folder / "fact.promise"), "--vkey", str(folder / "key")]
    assert main(words) == 0
    assert "this is the log's word" in capsys.readouterr().out
    assert main([str(folder / "header"), *words[1:]]) == 0
    assert main([*words, "--proof", str(folder / "fact.tlog-proof")]) == 0
    assert main([*words, "--log", str(folder / "log")]) == 0
    assert capsys.readouterr().out.count("kept: ") == 2
    assert main([*words, "--log", str(folder / "nowhere")]) == 4
    assert main([*words, "--proof", str(folder / "nowhere")]) == 4
    assert main([*words, "--log", str(folder / "key")]) == 1
    assert main([str(folder / "bundle"), *words[1:], "--log", str(folder / "log")]) == 1
    assert not list(folder.glob("*.not-kept"))


def test_a_promise_not_kept_ends_with_1_and_leaves_what_shows_it(folder, capsys):
    words = [str(folder / "fact.promise"), "--vkey", str(folder / "key")]
    assert main([*words, "--log", str(folder / "lying")]) == 1
    out = capsys.readouterr().out
    assert out.startswith("FAILED promise not kept: ")
    shown = folder / "fact.promise.not-kept"
    assert shown.name in out
    assert main([str(shown / "promise"), "--vkey", str(shown / "vkeys"), "--log", str(shown)]) == 1
    again = capsys.readouterr().out
    assert again.splitlines()[0] == out.splitlines()[0]
    before = {path: path.read_bytes() for path in shown.rglob("*") if path.is_file()}
    assert main([*words, "--log", str(folder / "lying")]) == 1  # and nothing is overwritten
    assert before == {path: path.read_bytes() for path in before}
    assert main([*words, "--log", str(folder / "lying"), "--out", str(folder / "mine")]) == 1
    assert (folder / "mine" / "promise").read_bytes() == (folder / "fact.promise").read_bytes()


def run(folder, *arguments):
    """As a stranger runs it: no packages of ours, another folder, an empty environment."""
    (folder / "verifier.pyz").write_bytes(build_verifier())
    command = [sys.executable, "-I", "-W", "error", str(folder / "verifier.pyz"), *arguments]
    return subprocess.run(  # noqa: S603 - our own file
        command, cwd=folder, env={}, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_one_file_verifies_a_bundle_elsewhere(folder):
    done = run(folder, "bundle", "--vkey", "key")
    assert (done.returncode, done.stderr) == (0, "")
    done = run(folder, "fact.tlog-proof", "--vkey", "key")
    assert (done.returncode, done.stderr) == (0, "")
    done = run(folder, "fact.promise", "--vkey", "key", "--log", "log")
    assert (done.returncode, done.stderr) == (0, "")
    assert "kept: " in done.stdout
    done = run(folder, "fact.promise", "--vkey", "key", "--log", "lying")
    assert (done.returncode, done.stderr) == (1, "")
    assert "promise not kept" in done.stdout
    note = (folder / "bundle" / "checkpoint").read_bytes()
    (folder / "bundle" / "checkpoint").write_bytes(note.replace(b"\n4\n", b"\n5\n"))
    done = run(folder, "bundle")
    assert done.returncode == 1
    assert done.stdout.startswith("FAILED checkpoint: ")


def test_the_one_file_loads_nothing_but_cryptography_and_the_standard_library(folder):
    (folder / "verifier.pyz").write_bytes(build_verifier())
    code = (
        "import runpy, sys\n"
        "sys.argv = ['verifier.pyz', 'bundle']\n"
        "try:\n    runpy.run_path('verifier.pyz', run_name='__main__')\n"
        "except SystemExit as end:\n    assert end.code == 0\n"
        "roots = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(roots - set(sys.stdlib_module_names) - {'__main__', 'cryptography'}))\n"
        "print(sorted(n for n in sys.modules if n.startswith('adyton') and 'pyz' not in\n"
        "    (getattr(sys.modules[n], '__file__', '') or '')))\n"
    )
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-I", "-c", code],
        cwd=folder, env={}, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    loaded, ours_from_elsewhere = done.stdout.splitlines()[-2:]
    loaded = set(loaded.strip("[]").replace("'", "").split(", "))
    # _cffi_backend and _openssl are halves of cryptography; the others start the interpreter
    known = {"adyton", "_cffi_backend", "_openssl", "_distutils_hack", "sitecustomize"}
    assert loaded - known == set()
    assert ours_from_elsewhere == "[]"


def test_i4_a_bundle_with_another_witness_than_the_one_known_fails(folder, capsys):
    stranger = Signer(name="stranger", seed=b"s" * 32, algorithm=COSIGNATURE).key
    log = (folder / "key").read_text().splitlines()[0]
    (folder / "key").write_text(f"{log}\n{stranger}\n")
    assert main([str(folder / "bundle"), "--vkey", str(folder / "key")]) == 1
    assert "FAILED vkeys: a trusted witness is not among" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["bundle/MANIFEST", "bundle/report.json", "key"])
def test_i7_a_file_larger_than_memory_is_a_failure_in_one_line(folder, capsys, name):
    os.truncate(folder / name, 3 * 2**40)  # sparse: it costs nothing until somebody reads it
    assert main([str(folder / "bundle"), "--vkey", str(folder / "key")]) == 1
    assert "FAILED " in capsys.readouterr().out


def test_the_one_file_checks_ml_dsa_lines_as_well(tmp_path):
    world = MemoryWorld()
    further = Signer(name=world.signer.key.name, seed=b"p" * 32, algorithm=MLDSA44)
    world.witness._logs = {further.key.name: (world.signer.key, further.key)}
    ledger = world.open(further_signers=[further])
    promise = ledger.append(Fact(type="a.done"))
    proof = ledger.proof(promise.receipt)
    (tmp_path / "verifier.pyz").write_bytes(build_verifier())
    (tmp_path / "vkeys").write_text("".join(f"{key}\n" for key in ledger.witnesses.log_vkeys()))
    (tmp_path / "a.tlog-proof").write_bytes(proof)
    assert run(tmp_path, "a.tlog-proof", "--vkey", "vkeys").returncode == 0
    at = proof.index(b"\n\n") + 200  # inside of one of the signatures
    (tmp_path / "a.tlog-proof").write_bytes(proof[:at] + b"AAAA" + proof[at + 4 :])
    assert run(tmp_path, "a.tlog-proof", "--vkey", "vkeys").returncode == 1
