import pytest

from adyton import vault
from adyton.adapters.memory_ledger import SeededEntropy
from adyton.crypto.keyfile import Work
from adyton.terms import Malformed, Refused, Secret, Tampered
from tests.unit.vault.world import VaultWorld

LIGHT = Work(memory_kib=64, passes=1, lanes=1)


def test_a_key_file_gives_back_the_key_that_approves(world: VaultWorld):
    blob = vault.make_approver_key(Secret("long enough"), SeededEntropy(5), work=LIGHT)
    world.keys[world.ada] = vault.open_approver_key(blob, Secret("long enough"))
    world.enroll(world.ada, "guard")
    session = world.opened(world.protect().version)
    assert session.purpose is vault.Purpose.CHECKOUT
    with pytest.raises(Refused):
        vault.open_approver_key(blob, Secret("not the one"))


def test_the_human_reads_what_is_signed(world: VaultWorld):
    request = world.request(world.protect().version)
    text = vault.describe_request(request.to_bytes())
    for word in ("checkout", "model one", request.version, "Recipient S", "Requester R"):
        assert word in text
    assert "evaluation on site" in text
    assert request.id in text
    assert "2027-01-15 09:00:00 UTC" in text


def test_any_changed_field_is_another_request(world: VaultWorld):
    request = world.request(world.protect().version)
    for old, new in [(b"checkout", b"trace"), (b"Recipient S", b"Recipient T")]:
        changed = request.to_bytes().replace(old, new)
        assert vault.request_id(changed) != request.id


def test_a_share_of_another_version_is_not_used(world: VaultWorld):
    first, second = world.protect(), world.protect(name="two")
    requests = [world.request(made.version) for made in (first, second)]
    share = world.vault.share_for(requests[1].id, world.ada)
    with pytest.raises(Refused):
        vault.approve_request(requests[0].to_bytes(), share, world.keys[world.ada])


def test_a_share_relabelled_as_another_versions_does_not_open(world: VaultWorld):
    first, second = world.protect(), world.protect(name="two")
    requests = [world.request(made.version) for made in (first, second)]
    share = world.vault.share_for(requests[1].id, world.ada)
    relabelled = share.replace(second.version.encode(), first.version.encode()).replace(
        second.manifest_sha256.encode(), first.manifest_sha256.encode()
    )
    with pytest.raises(Tampered):
        vault.approve_request(requests[0].to_bytes(), relabelled, world.keys[world.ada])


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[1]", b'{"format":"adyton/release/v1"}', b"x" * 20_000]
)
def test_i7_what_is_no_request_is_malformed(data: bytes):
    with pytest.raises(Malformed):
        vault.describe_request(data)


def test_a_request_with_terminal_codes_is_not_shown(world: VaultWorld):
    request = world.request(world.protect().version)
    with pytest.raises(Malformed):
        vault.describe_request(request.to_bytes().replace(b"evaluation", b"\\u001b[2J"))


@pytest.mark.parametrize("ends", [2**53 - 1, 253_402_300_800])
def test_i7_a_request_that_ends_beyond_all_calendars_is_malformed(world: VaultWorld, ends: int):
    request = world.request(world.protect().version)
    hostile = request.to_bytes().replace(
        f'"expires_at":{request.expires_at}'.encode(), f'"expires_at":{ends}'.encode()
    )
    with pytest.raises(Malformed):
        vault.describe_request(hostile)
    last = hostile.replace(str(ends).encode(), b"253402300799")
    assert "9999-12-31" in vault.describe_request(last)
