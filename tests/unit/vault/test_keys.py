"""What a thief can do who has everything but enough approvers, or everything but the KMS (I3)."""

import pytest

from adyton.adapters.memory_vault import MemoryKms
from adyton.crypto import hpke, quorum
from adyton.crypto.shamir import Share
from adyton.terms import Malformed, Missing, Refused, Tampered
from adyton.vault import keys, records
from tests.unit.vault.world import VaultWorld, weights


@pytest.fixture
def loot(world: VaultWorld):
    """The header as it lies on the shelf, and what the KMS says for its version."""
    made = world.protect()
    data = world.shelf.files[made.asset, made.version, records.HEADER]
    header = records.decode(data, records.Header, what="header")
    return header, world.kms.secret(header.kms, context=made.version.encode())


def opened_by(world, header, *people):
    return {
        person: keys.open_share(header.share_of(person), world.keys[person].sealing)
        for person in people
    }


def test_two_approvers_and_the_kms_have_the_key(world: VaultWorld, loot):
    header, secret = loot
    key = keys.open_header(header, opened_by(world, header, world.ada, world.cy), secret)
    assert len(key.derive(b"use").reveal()) == keys.KEY_BYTES


def test_i3_shelf_state_config_and_kms_without_approvers_cannot_open(loot):
    header, secret = loot
    with pytest.raises(Malformed):
        keys.open_header(header, {}, secret)
    guessed = {
        share.person: quorum.LeafShare(
            path=share.path, share=Share(x=share.path[-1], y=bytes.fromhex(share.sealed)[:32])
        )
        for share in header.shares
    }
    with pytest.raises(Tampered):
        keys.open_header(header, guessed, secret)


def test_i3_one_approver_and_the_kms_cannot_open(world: VaultWorld, loot):
    header, secret = loot
    one = opened_by(world, header, world.ada)
    with pytest.raises(Malformed):
        keys.open_header(header, one, secret)
    for guess in (bytes(32), one[world.ada].share.y):
        share = quorum.LeafShare(path=header.share_of(world.cy).path, share=Share(x=1, y=guess))
        with pytest.raises(Tampered):
            keys.open_header(header, {**one, world.cy: share}, secret)


def test_i3_one_approver_cannot_open_anothers_share(world: VaultWorld, loot):
    header, _ = loot
    with pytest.raises(Tampered):
        keys.open_share(header.share_of(world.cy), world.keys[world.ada].sealing)


def test_i3_two_approvers_without_the_kms_cannot_open(world: VaultWorld, loot):
    header, _ = loot
    both = opened_by(world, header, world.ada, world.cy)
    with pytest.raises(Missing):
        MemoryKms(b"another root").secret(header.kms, context=b"")
    for guess in (b"", bytes(32)):
        wrong = MemoryKms(guess).secret(MemoryKms(guess).create(), context=b"")
        with pytest.raises(Tampered):
            keys.open_header(header, both, wrong)


def test_i3_a_laxer_tree_written_into_the_header_opens_nothing(world: VaultWorld, loot):
    header, secret = loot
    lax = header.quorum.replace("group release 2", "group release 1").replace("any", "1")
    assert lax != header.quorum
    with pytest.raises(Malformed):
        keys.open_header(
            records.Header(**{**fields(header), "quorum": lax}),
            opened_by(world, header, world.ada),
            secret,
        )


@pytest.mark.parametrize("field", ["wrap", "key_check", "wrap_nonce"])
def test_a_changed_header_is_tampered(world: VaultWorld, loot, field: str):
    header, secret = loot
    changed = {**fields(header), field: "00" * (len(getattr(header, field)) // 2)}
    with pytest.raises(Tampered):
        keys.open_header(
            records.Header(**changed), opened_by(world, header, world.ada, world.cy), secret
        )


def test_shares_of_one_version_do_not_open_another(world: VaultWorld, loot):
    header, _ = loot
    other = world.protect(name="model two")
    data = world.shelf.files[other.asset, other.version, records.HEADER]
    second = records.decode(data, records.Header, what="header")
    secret = world.kms.secret(second.kms, context=other.version.encode())
    with pytest.raises(Tampered):
        keys.open_header(second, opened_by(world, header, world.ada, world.cy), secret)


def test_a_share_that_was_altered_is_named_by_its_commitment(world: VaultWorld, loot):
    header, _ = loot
    share = header.share_of(world.ada)
    plain = bytearray(keys.open_share(share, world.keys[world.ada].sealing).encode())
    plain[-1] ^= 1
    with pytest.raises(Tampered):
        keys.check_share(bytes(plain), share)


def test_a_wiped_key_gives_nothing():
    buffer = bytearray(b"k" * 32)
    key = keys.DataKey(buffer)
    key.wipe()
    assert buffer == bytes(32)
    with pytest.raises(Refused):
        key.derive(b"use")


def test_parts_of_two_files_have_two_keys_and_places():
    key = keys.DataKey(bytearray(b"k" * 32))
    derived = {
        keys.part_key(key, path=path, number=number).reveal()
        for path in ("a", "b")
        for number in (0, 1)
    }
    assert len(derived) == 4
    with pytest.raises(Malformed):
        keys.DataKey(bytearray(31))


def test_v2_no_key_and_no_plaintext_lies_on_the_shelf_or_in_the_ledger(world: VaultWorld):
    world.protect()
    lying = b"".join(world.shelf.files.values()) + repr(list(world.ledger.entries())).encode()
    assert weights()[64:128] not in lying
    for key in world.keys.values():
        assert key.signing.reveal() not in lying
    assert hpke.bind("adyton/kek/v1") not in lying


def fields(header: records.Header) -> dict:
    return {name: getattr(header, name) for name in header.__struct_fields__}
