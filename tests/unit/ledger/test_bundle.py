"""Writing an evidence bundle; test_proof.py checks what the verifier says of it."""

import hashlib

import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.crypto.manifest import ListedFile, Manifest
from adyton.ledger.bundle import write_bundle
from adyton.ledger.proof import examine_bundle
from adyton.terms import Fact, Malformed, Missing


def ledger(total=6, world=None):
    made = (world or MemoryWorld()).open()
    for at in range(total):
        made.append(Fact(type="a.done", public={"n": at}, body={"name": "Robin"} if at else {}))
    return made


def test_a_bundle_holds_what_was_asked_for_and_verifies():
    made = ledger()
    bundle = write_bundle(
        {"report.html": b"<p>"}, case="cas_a", ledger=made, indexes=[4, 1], bodies=[4]
    )
    assert sorted(bundle) == [
        "MANIFEST",
        "bodies/4.json",
        "checkpoint",
        "facts/1.json",
        "facts/1.tlog-proof",
        "facts/4.json",
        "facts/4.tlog-proof",
        "report.html",
        "vkeys",
    ]
    seen = examine_bundle(bundle, anchor=made.vkey())
    assert (seen.failures, seen.facts, seen.size) == ([], 2, 6)


@pytest.mark.parametrize(
    "path",
    [
        "MANIFEST",
        "vkeys",
        "checkpoint",
        "bodies-gone.json",
        "facts/9.json",
        "../x",
        "/x",
        "a//b",
        "a\nb",
    ],
)
def test_a_file_that_the_bundle_writes_itself_or_that_leaves_it_is_malformed(path):
    with pytest.raises(Malformed):
        write_bundle({path: b""}, case="cas_a", ledger=ledger(), indexes=[])


def test_a_body_that_is_not_there_cannot_be_opened():
    made = ledger()
    with pytest.raises(Missing):
        write_bundle({}, case="cas_a", ledger=made, indexes=[0], bodies=[0])
    with pytest.raises(Malformed):
        write_bundle({}, case="cas_a", ledger=made, indexes=[0], bodies=[1])


def test_a_bundle_lists_bodies_that_are_erased_or_lost_and_the_verifier_says_so():
    world = MemoryWorld()
    made = ledger(world=world)
    made.erase("log", "2027-01")
    for subject in ("per_a", "log"):
        made.append(Fact(type="b.done", body={"name": "Robin"}, body_subject=subject))
    world.body_keys.destroy(world.body_keys.of("per_a", "2027-01"))
    bundle = write_bundle({}, case="cas_a", ledger=made, indexes=[1, 2, 7, 8], bodies=[1, 2, 7, 8])
    assert sorted(path for path in bundle if "bod" in path) == ["bodies-gone.json", "bodies/8.json"]
    seen = examine_bundle(bundle, anchor=made.vkey())
    assert seen.failures == []
    assert seen.says == [
        "bodies erased, by the log's word (on record): facts 1, 2",
        "bodies lost, by the log's word (no erasure explains it): facts 7",
    ]


@pytest.mark.parametrize(
    "gone",
    [
        b"[]",
        b"{}",
        b'{"erased":[],"lost":{}}',
        b'{"erased":[true],"lost":[]}',
        b'{"erased":["1"],"lost":[]}',
        b'{"erased":[3],"lost":[]}',
        b'{"erased":[],"lost":[2]}',
        b'{"lost":[],"erased":[]}',
    ],
    ids=["list", "empty", "no list", "bool", "text", "not there", "opened", "not canonical"],
)
def test_i7_a_list_of_gone_bodies_that_is_wrong_is_named(gone):
    made = ledger()
    bundle = write_bundle({}, case="cas_a", ledger=made, indexes=[1, 2], bodies=[2])
    files = {**bundle, "bodies-gone.json": gone}
    del files["MANIFEST"]
    listed = (
        ListedFile(path=path, sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
        for path, data in sorted(files.items())
    )
    origin = made.vkey().partition("+")[0]
    manifest = Manifest(case="cas_a", origin=origin, files=tuple(listed))
    files["MANIFEST"] = made.sign_bundle(manifest.to_text())
    (failure,) = examine_bundle(files).failures
    assert failure.startswith("bodies-gone.json: ")


def test_an_unknown_fact_is_missing():
    with pytest.raises(Missing):
        write_bundle({}, case="cas_a", ledger=ledger(), indexes=[99])


def test_a_bundle_of_an_erased_fact_still_verifies_without_its_body():
    made = ledger()
    made.erase("log", "2027-01")
    bundle = write_bundle({}, case="cas_a", ledger=made, indexes=[1, 6])
    assert examine_bundle(bundle).failures == []
