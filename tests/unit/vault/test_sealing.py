import hashlib

import pytest

from adyton import vault
from adyton.crypto import quorum
from adyton.crypto.notes import Signer
from adyton.terms import AssetKind, Conflict, Malformed, Missing, Refused, Tampered, Unavailable
from adyton.vault import facts
from tests.unit.vault.world import PART_BYTES, VaultWorld, weights


class Prints:
    """Stands for prints: keeps what it was shown."""

    def __init__(self) -> None:
        self.seen: dict[str, bytes] = {}

    def see(self, path: str, block: bytes) -> None:
        self.seen[path] = self.seen.get(path, b"") + block

    def body(self):
        return {
            "prints": {path: hashlib.sha256(data).hexdigest() for path, data in self.seen.items()}
        }


def test_a_version_is_split_into_parts_and_described(world: VaultWorld):
    data = weights(2 * PART_BYTES + 1)
    made = world.protect({"model.gguf": data, "empty.txt": b""})
    manifest = world.vault.manifest(made.version)
    assert [(f.path, f.form, len(f.parts)) for f in manifest.files] == [
        ("empty.txt", "text", 1),
        ("model.gguf", "gguf", 3),
    ]
    fact = world.facts(facts.VERSION_PROTECTED)[0]
    assert fact.public["size_bytes"] == len(data)
    assert fact.public["manifest_sha256"] == made.manifest_sha256
    assert len(fact.public["commitments"]) == 4
    assert fact.body["files"][1]["sha256"] == hashlib.sha256(data).hexdigest()


def test_the_observer_sees_every_byte_once_and_its_word_is_in_the_sealed_body(world: VaultWorld):
    prints, data = Prints(), weights(PART_BYTES * 2)
    world.protect({"model.gguf": data}, observer=prints)
    assert prints.seen == {"model.gguf": data}
    fact = world.facts(facts.VERSION_PROTECTED)[0]
    assert fact.body["prints"] == prints.body()["prints"]
    assert "prints" not in fact.public


def test_blocks_of_any_size_give_the_same_version(world: VaultWorld):
    data = weights(PART_BYTES + 5)
    blocks = (data[at : at + 1237] for at in range(0, len(data), 1237))
    made = world.protect({"m.gguf": vault.PlainFile(size_bytes=len(data), blocks=blocks)})
    session = world.opened(made.version)
    assert b"".join(world.vault.stream(session.session, "m.gguf")) == data


def test_a_second_version_of_an_asset_becomes_the_current_one(world: VaultWorld):
    first = world.protect()
    second = world.protect(asset=first.asset)
    row = world.ledger.state.get(facts.ASSETS, first.asset)
    assert row is not None
    assert row["current"] == second.version
    assert len(list(world.ledger.state.by_index(facts.VERSIONS, first.asset))) == 2


@pytest.mark.parametrize("announced", [99_999, 100_001])
def test_a_file_that_changes_while_it_is_read_leaves_nothing(world: VaultWorld, announced: int):
    file = vault.PlainFile(size_bytes=announced, blocks=[weights(100_000)])
    with pytest.raises(Conflict):
        world.protect({"m.gguf": file})
    assert nothing_is_left(world)


def test_a_full_disk_leaves_nothing(world: VaultWorld):
    world.shelf.broken = True
    with pytest.raises(Unavailable):
        world.protect()
    assert nothing_is_left(world)


def test_a_ledger_that_cannot_write_leaves_nothing_on_the_shelf(world: VaultWorld):
    world.around.facts.fail_next = Unavailable("the disk is full")
    with pytest.raises(Unavailable):
        world.protect()
    assert nothing_is_left(world)


def test_a_shelf_that_lies_is_noticed_before_the_plaintext_may_go(world: VaultWorld, monkeypatch):
    genuine = world.shelf.put

    def lying(asset, version, name, blocks):
        data = bytearray(b"".join(blocks))
        data[len(data) // 2] ^= 1
        return genuine(asset, version, name, [bytes(data)])

    monkeypatch.setattr(world.shelf, "put", lying)
    with pytest.raises(Tampered):
        world.protect()
    assert nothing_is_left(world)


@pytest.mark.parametrize("path", ["", "/etc/m", "../m", "a//b", "a/./b", "a\\b", "a\nb", "x" * 600])
def test_paths_that_could_lead_elsewhere_are_malformed(world: VaultWorld, path: str):
    with pytest.raises(Malformed):
        world.protect({path: weights()})


def test_a_version_without_files_is_malformed(world: VaultWorld):
    with pytest.raises(Malformed):
        world.protect({})


def test_a_pickle_is_refused_as_weights_unless_called_opaque(world: VaultWorld):
    pickled = b"\x80\x04\x95" + bytes(100)
    with pytest.raises(Malformed):
        world.protect({"model.pt": pickled})
    made = world.protect({"model.pt": pickled}, opaque=frozenset({"model.pt"}))
    assert world.vault.manifest(made.version).files[0].form == "opaque"
    world.protect({"notes.bin": pickled}, name="notes", kind=AssetKind.DOCUMENT)


def test_a_name_is_taken_once_and_kind_and_compartment_stay(world: VaultWorld):
    made = world.protect()
    with pytest.raises(Conflict):
        world.protect()
    with pytest.raises(Conflict):
        world.protect(asset=made.asset, kind=AssetKind.DOCUMENT)
    with pytest.raises(Missing):
        world.protect(asset="ast_" + "a" * 26)


def test_a_quorum_of_people_who_are_not_enrolled_is_refused(world: VaultWorld):
    text = world.vault.usual_quorum().replace(world.ada, "per_" + "a" * 26)
    with pytest.raises(Refused):
        world.protect(quorum=text)
    with pytest.raises(Malformed):
        world.protect(quorum="quorum none\n")


def test_two_people_with_one_key_are_no_quorum(world: VaultWorld):
    world.keys[world.cy] = vault.ApproverKey(
        sealing=world.keys[world.ada].sealing, signing=world.keys[world.cy].signing
    )
    world.enroll(world.cy, "law")
    with pytest.raises(Malformed):
        world.protect()


def test_a_usual_quorum_of_one_group_is_refused(world: VaultWorld):
    for person in (world.cy, world.di):
        world.put(facts.PEOPLE, person, {"name": "gone", "ended_at": 1})
    with pytest.raises(Malformed):
        world.vault.usual_quorum()


def test_a_manifest_signed_by_another_perimeter_is_tampered(world: VaultWorld):
    made = world.protect()
    world.signer = Signer(name="adyton.invalid/manifest", seed=b"x" * 32)
    world.vault = world.start()
    with pytest.raises(Tampered):
        world.vault.manifest(made.version)


def nothing_is_left(world: VaultWorld) -> bool:
    rows = list(world.ledger.state.scan(facts.VERSIONS))
    return not (rows or world.shelf.files or world.shelf.drafts)


def test_i3_people_of_one_group_are_no_quorum_whatever_a_text_calls_them(world: VaultWorld):
    """`ada` and `bo` both stand for `guard`: two groups of a text are not two groups."""
    keys = {who: world.keys[who].public(who).text() for who in (world.ada, world.bo, world.cy)}
    text = quorum.render_approvers(
        keys=keys, groups={"one": [world.ada], "two": [world.bo], "law": [world.cy]}, threshold=2
    )
    with pytest.raises(Malformed, match="single group"):
        world.protect(quorum=text)


def test_a_quorum_whose_keys_are_in_another_form_could_never_be_opened(world: VaultWorld):
    key = world.keys[world.ada].public(world.ada).text()
    text = world.vault.usual_quorum().replace(key, key.upper())
    with pytest.raises(Malformed, match="lower-case"):
        world.protect(quorum=text)
