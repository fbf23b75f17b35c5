import pytest

from adyton import vault
from adyton.terms import Malformed, Missing, Refused, Tampered
from adyton.vault import facts
from tests.unit.vault.world import VaultWorld


def proof(world: VaultWorld, version, person, challenge: str) -> bytes:
    share = world.vault.quorum_share(version, person)
    return vault.prove_share(share, world.keys[person], challenge=challenge)


def test_the_check_says_who_could_open_and_opens_nothing(world: VaultWorld):
    version = world.protect().version
    challenge = world.vault.quorum_challenge(version)
    proofs = [proof(world, version, person, challenge) for person in (world.ada, world.di)]
    answer = world.vault.quorum_check(version, proofs, by=world.rei)
    assert set(answer.opened) == {world.ada, world.di}
    assert set(answer.unchecked) == {world.bo, world.cy}
    assert answer.satisfied
    assert world.facts(facts.QUORUM_CHECKED)[0].public["satisfied"] is True
    assert world.facts(facts.RELEASE_OPENED) == []


def test_i6_whoever_was_not_heard_is_unchecked_not_fine(world: VaultWorld):
    version = world.protect().version
    challenge = world.vault.quorum_challenge(version)
    only = [proof(world, version, world.ada, challenge)] * 2
    answer = world.vault.quorum_check(version, only, by=world.rei)
    assert not answer.satisfied
    assert len(answer.unchecked) == 3


def test_a_proof_serves_one_challenge(world: VaultWorld):
    version = world.protect().version
    old = proof(world, version, world.ada, world.vault.quorum_challenge(version))
    world.vault.quorum_challenge(version)
    with pytest.raises(Malformed):
        world.vault.quorum_check(version, [old], by=world.rei)
    with pytest.raises(Refused):
        world.vault.quorum_check(version, [old], by=world.rei)


def test_a_proof_signed_by_another_is_tampered(world: VaultWorld):
    version = world.protect().version
    challenge = world.vault.quorum_challenge(version)
    genuine = proof(world, version, world.ada, challenge)
    text = genuine.split(b"\n\n")[0]
    forged = text + b"\n\n" + proof(world, version, world.di, challenge).split(b"\n\n")[1]
    with pytest.raises(Tampered):
        world.vault.quorum_check(version, [forged], by=world.rei)


def test_a_share_that_does_not_open_cannot_be_proved(world: VaultWorld):
    version = world.protect().version
    share = world.vault.quorum_share(version, world.ada)
    with pytest.raises(Tampered):
        vault.prove_share(share, world.keys[world.bo], challenge="abc")
    with pytest.raises(Malformed):
        vault.prove_share(share, world.keys[world.ada], challenge="a\nb")


def test_there_is_no_share_for_others_and_no_challenge_for_nothing(world: VaultWorld):
    version = world.protect().version
    with pytest.raises(Refused):
        world.vault.quorum_share(version, world.sam)
    with pytest.raises(Missing):
        world.vault.quorum_challenge("ver_" + "a" * 26)
