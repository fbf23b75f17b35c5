import pytest

from adyton.identity import Principal, Proof
from adyton.identity.keys import new_secret, write_key
from adyton.terms import AdytonError, Binding, Employment, Role, Unidentified
from tests.policy.world import CHECKSUM_KEY, THUMBPRINT, World


@pytest.fixture
def world():
    return World()


def message_of(world, presented, proof=None):
    with pytest.raises(Unidentified) as caught:
        world.identity.authenticate(presented, proof=proof)
    return caught.value.message, caught.value.mend


def test_a_key_leads_to_its_person(world):
    org = world.org()
    person = world.person(Role.ANALYST, Role.AUDITOR, org=org, employment=Employment.CONTRACTOR)
    credential, key = world.key(person, days=3)
    assert world.identity.authenticate(key.reveal()) == Principal(
        person=person,
        org=org,
        employment=Employment.CONTRACTOR,
        roles=frozenset({Role.ANALYST, Role.AUDITOR}),
        credential=credential,
        binding=Binding.NONE,
        expires_at_s=world.in_days(3),
    )


def test_whatever_is_wrong_there_is_one_message(world):
    org = world.org()
    _, good = world.key(world.person())
    _, expired = world.key(world.person(), days=1)
    revoked_id, revoked = world.key(world.person())
    leaver = world.person()
    _, of_leaver = world.key(leaver)
    _, of_closed_org = world.key(world.person(org=org))
    _, bound = world.key(world.person(), Binding.DPOP)
    world.identity.revoke_credential(revoked_id, by=None)
    world.identity.end_person(leaver, by=None)
    world.identity.end_org(org, by=None)
    world.clock.advance(86_400)
    other_secret = good.reveal()[:31] + revoked.reveal()[31:]
    presented = [
        "",
        "adk_",
        "x" * 100_000,
        "ключ" * 24 + "abc",
        "\ud800" * 99,
        good.reveal()[:-1] + ("a" if good.reveal()[-1] != "a" else "b"),
        good.reveal().upper(),
        f" {good.reveal()}",
        other_secret,
        expired.reveal(),
        revoked.reveal(),
        of_leaver.reveal(),
        of_closed_org.reveal(),
        bound.reveal(),
    ]
    assert world.identity.authenticate(good.reveal())
    assert len({message_of(world, text) for text in presented}) == 1


def test_the_last_second_of_a_key_is_the_one_before_its_expiry(world):
    _, key = world.key(world.person(), days=1)
    world.clock.advance(86_399)
    assert world.identity.authenticate(key.reveal())
    world.clock.advance(1)
    message_of(world, key.reveal())


def test_who_has_the_checksum_key_still_cannot_make_a_key_that_is_accepted(world):
    credential, key = world.key(world.person())
    forged = write_key(credential, new_secret(b"f" * 32), CHECKSUM_KEY)
    assert world.identity.authenticate(key.reveal())
    message_of(world, forged.reveal())


@pytest.mark.parametrize(
    "proof",
    [
        None,
        Proof(binding=Binding.MTLS, thumbprint=THUMBPRINT),
        Proof(binding=Binding.DPOP, thumbprint="u" * 43),
        Proof(binding=Binding.DPOP, thumbprint=""),
    ],
)
def test_a_stolen_bound_key_is_worth_nothing_without_its_sender(world, proof):
    _, key = world.key(world.person(), Binding.DPOP)
    message_of(world, key.reveal(), proof)


def test_a_bound_key_with_its_sender_is_known(world):
    assert world.principal(world.person(), Binding.DPOP).binding is Binding.DPOP


def test_a_plain_key_does_not_become_bound_by_any_proof(world):
    _, key = world.key(world.person())
    message_of(world, key.reveal(), Proof(binding=Binding.DPOP, thumbprint=THUMBPRINT))


def test_the_refusal_shows_nothing_of_what_was_presented(world):
    _, key = world.key(world.person())
    with pytest.raises(AdytonError) as caught:
        world.identity.authenticate(key.reveal()[:-1] + "1")
    assert key.reveal()[31:60] not in repr(caught.value) + caught.value.mend
