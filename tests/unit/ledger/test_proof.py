"""The offline verifier against everything that can happen to a bundle or a receipt."""

import hashlib
import json
from dataclasses import replace

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.crypto.manifest import ListedFile, Manifest, parse_manifest
from adyton.crypto.notes import COSIGNATURE, MLDSA44, Note, Signer, parse_note, parse_vkey
from adyton.crypto.tlogproof import parse_proof
from adyton.ledger.bundle import write_bundle
from adyton.ledger.proof import examine_bundle, examine_receipt, parse_vkeys
from adyton.terms import Fact, Malformed

REPORT = {"cites": [1], "parts": [{"cites": [3]}, {"text": "no citation", "share": 0.5}]}


@pytest.fixture(scope="module")
def world():
    world = MemoryWorld()
    world.ledger = world.open()
    for at in range(5):
        world.ledger.append(Fact(type="a.done", public={"n": at}, body={"name": f"Robin {at}"}))
    files = {
        "report.json": json.dumps(REPORT).encode(),
        "report.html": b"<p>as it was</p>",
        "exhibits.json": b"[]",
    }
    world.bundle = write_bundle(
        files, case="cas_a", ledger=world.ledger, indexes=[1, 3], bodies=[3]
    )
    return world


def failures(bundle, **more):
    return examine_bundle(bundle, **more).failures


def test_an_untouched_bundle_has_no_failure(world):
    assert failures(world.bundle) == []
    assert failures(world.bundle, anchor=world.ledger.vkey()) == []


def test_every_changed_byte_of_every_file_is_found_and_its_file_named(world):
    flips = 0
    for path, data in world.bundle.items():
        for at in range(len(data)):
            bit = 1 << (at % 8)
            changed = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
            found = failures(world.bundle | {path: changed})
            assert any(line.startswith(f"{path}: ") for line in found), (path, at)
            flips += 1
    assert flips > 3000


def test_every_missing_and_every_added_file_is_named(world):
    for path in world.bundle:
        left = {name: data for name, data in world.bundle.items() if name != path}
        assert any(line.startswith(f"{path}: ") for line in failures(left)), path
    assert failures(world.bundle | {"more.txt": b""}) == ["more.txt: is not listed in the manifest"]


def test_every_cut_of_every_file_is_found(world):
    for path, data in world.bundle.items():
        for end in range(0, len(data), 7):
            assert failures(world.bundle | {path: data[:end]}), (path, end)


def test_a_bundle_of_another_log_fails_against_the_trusted_key(world):
    other = Signer(name="adyton.invalid/memory", seed=b"o" * 32)
    assert failures(world.bundle, anchor=str(other.key)) == [
        "vkeys: the log's key is not the trusted one"
    ]


def resigned(world, bundle, signer=None):
    """The same bundle with a manifest that fits whatever was changed."""
    files = tuple(
        ListedFile(path=path, sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
        for path, data in sorted(bundle.items())
        if path != "MANIFEST"
    )
    text = Manifest(case="cas_a", origin=world.signer.key.name, files=files).to_text()
    note = Note(text=text, signatures=((signer or world.signer).sign(text),))
    return bundle | {"MANIFEST": note.to_bytes()}


def swapped(bundle):
    return bundle | {"facts/1.json": bundle["facts/3.json"]}


def renumbered(bundle):
    moved = {name: data for name, data in bundle.items() if not name.startswith("facts/1.")}
    return moved | {
        "facts/2.json": bundle["facts/1.json"],
        "facts/2.tlog-proof": bundle["facts/1.tlog-proof"],
    }


def half_a_fact(bundle):
    return {name: data for name, data in bundle.items() if name != "facts/1.tlog-proof"}


def other_body(bundle):
    body = json.loads(bundle["bodies/3.json"])
    body["body"] = "e30="
    return bundle | {
        "bodies/3.json": json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
    }


def body_of_no_fact(bundle):
    return bundle | {"bodies/2.json": bundle["bodies/3.json"]}


def strange_fact(bundle):
    return bundle | {"facts/01.json": bundle["facts/1.json"]}


def uncited(bundle):
    return bundle | {"report.json": b'{"cites":[1,7]}'}


def cites_text(bundle):
    return bundle | {"report.json": b'{"cites":["1"]}'}


def no_report(bundle):
    return bundle | {"report.json": b"{"}


def no_witness(bundle):
    lines = bundle["checkpoint"].decode().splitlines(keepends=True)
    return bundle | {"checkpoint": "".join(lines[:-1]).encode()}


def witness_forgotten(bundle):
    first = bundle["vkeys"].splitlines(keepends=True)[0]
    return bundle | {"vkeys": first}


def other_proof(bundle):
    return bundle | {"facts/1.tlog-proof": bundle["facts/3.tlog-proof"]}


def older_checkpoint_in_proof(bundle):
    """A proof with a checkpoint of its own: right hashes, but not the checkpoint of the bundle."""
    proof = parse_proof(bundle["facts/1.tlog-proof"])
    lines = proof.checkpoint.splitlines(keepends=True)
    return bundle | {
        "facts/1.tlog-proof": replace(proof, checkpoint=b"".join(lines[:-1])).to_bytes()
    }


SIGNED_BUT_WRONG = {
    older_checkpoint_in_proof: "facts/1.json: its proof is for another checkpoint",
    swapped: "facts/1.json: the inclusion proof of fact 1",
    renumbered: "facts/2.json: its proof is of another fact",
    half_a_fact: "facts/1.json: has no other half",
    other_body: "bodies/3.json: the body is not what its fact commits to",
    body_of_no_fact: "bodies/2.json: is the body of no fact",
    strange_fact: "facts/01.json: is not named like a fact",
    uncited: "report.json: cites fact 7",
    cites_text: "report.json: cites fact that is not a number",
    no_report: "report.json: is not JSON",
    no_witness: "checkpoint: is not cosigned",
    witness_forgotten: "checkpoint: is not cosigned",
    other_proof: "facts/1.json: its proof is of another fact",
}


@pytest.mark.parametrize("change", SIGNED_BUT_WRONG, ids=lambda one: one.__name__)
def test_a_manifest_signed_over_wrong_content_does_not_make_it_right(world, change):
    found = failures(resigned(world, change(world.bundle)))
    assert any(line.startswith(SIGNED_BUT_WRONG[change]) for line in found), found


def test_a_manifest_signed_by_somebody_else_is_named(world):
    other = Signer(name=world.signer.key.name, seed=b"o" * 32)
    found = failures(resigned(world, world.bundle, other))
    assert found == ["MANIFEST: no known key signed the note"]


def test_a_manifest_has_one_signature_line(world):
    doubled = world.bundle["MANIFEST"] + world.bundle["MANIFEST"].splitlines(keepends=True)[-1]
    assert failures(world.bundle | {"MANIFEST": doubled})[0].startswith("MANIFEST: ")


FILE = f"file {'0' * 64} 1"
BAD_MANIFESTS = {
    "version": "adyton-bundle/v2\ncase a\nlog x\n",
    "case": "adyton-bundle/v1\ncase A B\nlog x\n",
    "no_log": "adyton-bundle/v1\ncase a\n",
    "order": f"adyton-bundle/v1\ncase a\nlog x\n{FILE} b\n{FILE} a\n",
    "doubled": f"adyton-bundle/v1\ncase a\nlog x\n{FILE} a\n{FILE} a\n",
    "itself": f"adyton-bundle/v1\ncase a\nlog x\n{FILE} MANIFEST\n",
    "outside": f"adyton-bundle/v1\ncase a\nlog x\n{FILE} ../a\n",
    "absolute": f"adyton-bundle/v1\ncase a\nlog x\n{FILE} /a\n",
    "size": f"adyton-bundle/v1\ncase a\nlog x\nfile {'0' * 64} 01 a\n",
    "digest": f"adyton-bundle/v1\ncase a\nlog x\nfile {'0' * 63} 1 a\n",
    "word": "adyton-bundle/v1\ncase a\nlog x\nlink a b\n",
}


@pytest.mark.parametrize("text", BAD_MANIFESTS.values(), ids=BAD_MANIFESTS)
def test_i7_what_is_not_a_manifest_is_malformed(text):
    with pytest.raises(Malformed):
        parse_manifest(text)


@pytest.mark.parametrize("data", [b"", b"\n", b"x", b"\xff\n"], ids=repr)
def test_i7_what_is_not_a_list_of_keys_is_malformed(data):
    with pytest.raises(Malformed):
        parse_vkeys(data)


def test_a_receipt_is_checked_with_the_logs_key_alone(world):
    promise = world.ledger.entries()[2]
    data = world.ledger.proof(promise.receipt)
    log, witnesses = parse_vkeys(world.bundle["vkeys"])
    assert examine_receipt(data, entry=None, log=log, witnesses=witnesses).failures == []
    entry = parse_proof(data).extra
    assert examine_receipt(data, entry=entry, log=log).failures == []
    assert examine_receipt(data, entry=b"other", log=log).failures
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        found = examine_receipt(changed, entry=None, log=log, witnesses=witnesses).failures
        assert found, at


def test_a_receipt_without_an_entry_proves_nothing_by_itself(world):
    log, _ = parse_vkeys(world.bundle["vkeys"])
    data = world.bundle["facts/1.tlog-proof"]
    assert examine_receipt(data, entry=None, log=log).failures == [
        "receipt: there is no entry to check: the receipt holds none"
    ]
    entry = world.bundle["facts/1.json"]
    assert examine_receipt(data, entry=entry, log=log).failures == []


def by_hand(world, **changed):
    """The bundle with other files, under a manifest that the log signed all the same."""
    whole = {path: data for path, data in world.bundle.items() if path != "MANIFEST"}
    whole.update(changed.get("files", {}))
    listed = tuple(
        ListedFile(path=path, sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
        for path, data in sorted(whole.items())
    )
    manifest = Manifest(case="cas_a", origin=world.signer.key.name, files=listed)
    return whole | {"MANIFEST": world.ledger.sign_bundle(manifest.to_text())}


def test_i4_the_logs_own_key_is_no_witness(world):
    twice = f"{world.ledger.vkey()}\n" * 2
    disguised = Signer(name="other", seed=b"w" * 32, algorithm=COSIGNATURE).key
    same = replace(disguised, public=world.signer.key.public)
    for vkeys in (twice, f"{world.ledger.vkey()}\n{same}\n"):
        found = failures(by_hand(world, files={"vkeys": vkeys.encode()}))
        assert found == [
            "vkeys: a key stands twice: nobody is a witness of himself, or of two names"
        ]


def test_i4_a_witness_known_from_elsewhere_must_be_among_those_of_the_bundle(world):
    known = parse_vkey(world.ledger.witness_vkeys()[0])
    stranger = Signer(name="stranger", seed=b"s" * 32, algorithm=COSIGNATURE).key
    assert failures(world.bundle, anchor=world.ledger.vkey(), trusted=[known]) == []
    assert failures(world.bundle, anchor=world.ledger.vkey(), trusted=[stranger]) == [
        "vkeys: a trusted witness is not among its witnesses"
    ]


def test_a_citation_cannot_hide_behind_a_name_that_occurs_twice(world):
    bundle = by_hand(world, files={"report.json": b'{"cites":[4],"cites":[1]}'})
    assert failures(bundle) == ["report.json: is not JSON in which each name occurs once"]


@pytest.fixture(scope="module")
def both():
    """A log that signs with Ed25519 and ML-DSA-44, and a bundle of it."""
    world = MemoryWorld()
    world.pq = Signer(name=world.signer.key.name, seed=b"p" * 32, algorithm=MLDSA44)
    world.witness._logs = {world.signer.key.name: (world.signer.key, world.pq.key)}
    world.ledger = world.open(further_signers=[world.pq])
    promises = [world.ledger.append(Fact(type="a.done", public={"n": at})) for at in range(3)]
    world.bundle = write_bundle({}, case="cas_a", ledger=world.ledger, indexes=[1])
    world.receipt = world.ledger.proof(promises[0].receipt)
    return world


def without(world, data):
    """A note without the line of the ML-DSA key."""
    head, gap, note = data.rpartition(b"\n\n" + world.signer.key.name.encode())
    opened = parse_note((world.signer.key.name.encode() + note) if gap else data)
    kept = tuple(one for one in opened.signatures if one.key_id != world.pq.key.key_id)
    return (head + b"\n\n" if gap else b"") + Note(text=opened.text, signatures=kept).to_bytes()


def test_a_bundle_names_all_keys_of_the_log_and_those_witnesses_that_cosigned(both):
    log, others = parse_vkeys(both.bundle["vkeys"])
    assert (log, others) == (both.signer.key, (both.pq.key, *both.witness.keys()))
    assert failures(both.bundle, anchor=str(log), trusted=others) == []
    assert failures(both.bundle, anchor=str(log)) == []


def test_i4_the_second_key_of_the_log_cannot_be_left_out(both):
    note = without(both, both.bundle["checkpoint"])
    proof = without(both, both.bundle["facts/1.tlog-proof"])
    files = {"checkpoint": note, "facts/1.tlog-proof": proof}
    assert failures(by_hand(both, files=files)) == [
        "checkpoint: a checkpoint lacks the signature of a further key of its log"
    ]
    keys = f"{both.signer.key}\n{both.witness.keys()[0]}\n".encode()
    weaker = by_hand(both, files=files | {"vkeys": keys})
    assert failures(weaker, anchor=str(both.signer.key)) == []
    assert failures(weaker, anchor=str(both.signer.key), trusted=[both.pq.key]) == [
        "vkeys: a trusted key of the log is not in it"
    ]


def test_a_receipt_is_checked_with_every_key_of_the_log_that_is_given(both):
    log = both.signer.key
    more = (both.pq.key, *both.witness.keys())
    weaker = without(both, both.receipt)
    assert examine_receipt(both.receipt, entry=None, log=log, witnesses=more).failures == []
    assert examine_receipt(weaker, entry=None, log=log).failures == []
    assert examine_receipt(weaker, entry=None, log=log, witnesses=more).failures == [
        "receipt: a checkpoint lacks the signature of a further key of its log"
    ]


def test_further_keys_of_the_log_are_no_witness(both):
    vkeys = f"{both.signer.key}\n{both.pq.key}\n".encode()
    assert failures(by_hand(both, files={"vkeys": vkeys})) == [
        "checkpoint: is not cosigned by a witness"
    ]
