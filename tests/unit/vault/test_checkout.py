import base64

import pytest

from adyton import vault
from adyton.adapters.memory_vault import MemoryKms
from adyton.crypto.hpke import HpkeKey
from adyton.terms import (
    AdytonError,
    Conflict,
    Malformed,
    Missing,
    Refused,
    Secret,
    Span,
    Tampered,
    Unavailable,
)
from adyton.vault import facts
from adyton.vault.approver import Approval
from tests.unit.vault.world import HOUR_S, VaultWorld, weights

DAY_S = 24 * HOUR_S


def test_two_approvers_of_two_groups_open_what_was_protected(world: VaultWorld):
    version = world.protect().version
    session = world.opened(version)
    assert world.vault.read(session.session, "model.gguf", Span(start=0, end=100_000)) == weights()
    assert session.checkpoint.startswith(b"adyton.invalid/memory\n")


@pytest.mark.parametrize("pair", [("ada", "di"), ("bo", "cy"), ("bo", "di")])
def test_any_stand_in_will_do(world: VaultWorld, pair: tuple[str, str]):
    version = world.protect().version
    session = world.opened(version, [getattr(world, name) for name in pair])
    assert world.vault.read(session.session, "model.gguf", Span(start=0, end=4)) == b"GGUF"


def test_i3_one_approver_cannot_open(world: VaultWorld):
    request = world.request(world.protect().version)
    assert world.vault.approve(world.approval(request, world.ada)) is False
    with pytest.raises(Refused):
        world.vault.open(request.id)


def test_i3_two_approvers_of_one_group_cannot_open(world: VaultWorld):
    request = world.request(world.protect().version)
    for person in (world.ada, world.bo):
        assert world.vault.approve(world.approval(request, person)) is False
    with pytest.raises(Refused):
        world.vault.open(request.id)


def test_i3_approvers_without_the_kms_cannot_open(world: VaultWorld):
    version = world.protect().version
    world.kms = MemoryKms(b"another root")
    world.vault = world.start()
    with pytest.raises(Missing):
        world.opened(version)
    assert world.facts(facts.RELEASE_OPENED) == []


def test_i3_a_kms_that_answers_wrongly_opens_nothing_and_the_failure_is_on_record(
    world: VaultWorld, monkeypatch
):
    version = world.protect().version
    monkeypatch.setattr(world.kms, "secret", lambda *_, **__: Secret(bytes(32)))
    with pytest.raises(Tampered):
        world.opened(version)
    assert [entry.public["reason"] for entry in world.facts(facts.RELEASE_CLOSED)] == ["failed"]


def test_i3_nothing_opens_before_a_witness_covers_the_approvals(world: VaultWorld, monkeypatch):
    request = world.request(world.protect().version)
    for person in (world.ada, world.cy):
        world.vault.approve(world.approval(request, person))

    def silent(*_args, **_named):
        raise Unavailable("the witness does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(world.around.witness, "add_checkpoint", silent)
        with pytest.raises(Unavailable):
            world.vault.open(request.id)
    assert world.facts(facts.RELEASE_OPENED) == []
    assert world.vault.sessions() == ()
    assert world.vault.open(request.id).version == request.version


def test_l1_an_opening_that_is_recorded_but_not_covered_joins_no_key_now_or_later(
    world: VaultWorld, monkeypatch: pytest.MonkeyPatch
):
    """The witness is lost between the record of the opening and its checkpoint."""
    request = world.request(world.protect().version)
    for person in (world.ada, world.cy):
        world.vault.approve(world.approval(request, person))
    genuine = world.ledger.append

    def uncovered(fact, *, guard=None):
        promise = genuine(fact, guard=guard)
        if fact.type == facts.RELEASE_OPENED:
            raise Unavailable("recorded, but not covered yet")
        return promise

    monkeypatch.setattr(world.ledger, "append", uncovered)
    with pytest.raises(Unavailable, match="not covered"):
        world.vault.open(request.id)
    assert world.vault.sessions() == ()
    assert [one.public["reason"] for one in world.facts(facts.RELEASE_CLOSED)] == ["failed"]
    with pytest.raises(Conflict):
        world.vault.open(request.id)


def test_i1_the_opening_is_on_record_before_the_session_exists(world: VaultWorld):
    request = world.request(world.protect().version)
    for person in (world.ada, world.cy):
        world.vault.approve(world.approval(request, person))
    world.around.facts.fail_next = Unavailable("the disk is full")
    with pytest.raises(Unavailable):
        world.vault.open(request.id)
    assert world.vault.sessions() == ()


def test_an_approved_request_opens_once(world: VaultWorld):
    session = world.opened(world.protect().version)
    with pytest.raises(Conflict):
        world.vault.open(session.request)


def test_of_two_openings_at_once_one_wins(world: VaultWorld, monkeypatch: pytest.MonkeyPatch):
    request = world.request(world.protect().version)
    for person in (world.ada, world.cy):
        world.vault.approve(world.approval(request, person))
    genuine, inner = world.ledger.witnessed, []

    def while_the_first_waits(promise):
        if not inner:
            inner.append(None)
            inner[0] = world.vault.open(request.id)
        return genuine(promise)

    monkeypatch.setattr(world.ledger, "witnessed", while_the_first_waits)
    with pytest.raises(Conflict):
        world.vault.open(request.id)
    assert [session.session for session in world.vault.sessions()] == [inner[0].session]
    assert len(world.facts(facts.RELEASE_OPENED)) == 1


def test_the_same_approval_counts_once(world: VaultWorld):
    request = world.request(world.protect().version)
    approval = world.approval(request, world.ada)
    world.vault.approve(approval)
    with pytest.raises(Conflict):
        world.vault.approve(approval)
    with pytest.raises(Refused):
        world.vault.open(request.id)


def test_an_approval_of_one_request_does_not_serve_another(world: VaultWorld):
    version = world.protect().version
    first, second = world.request(version), world.request(version, life_s=2 * HOUR_S)
    approval = world.approval(first, world.ada)
    replayed = Approval(request=second.id, person=approval.person, note=approval.note)
    with pytest.raises(Tampered):
        world.vault.approve(replayed)


@pytest.mark.parametrize("role", ["by", "recipient"])
def test_whoever_asks_or_receives_cannot_approve(world: VaultWorld, role: str):
    request = world.request(world.protect().version, **{role: world.ada})
    with pytest.raises(Refused):
        world.vault.approve(world.approval(request, world.ada))
    assert world.vault.approve(world.approval(request, world.bo)) is False


@pytest.mark.parametrize("half", ["sealing", "signing"])
def test_a_second_identity_with_half_the_requesters_key_cannot_approve(
    world: VaultWorld, half: str
):
    version = world.protect().version
    other = {
        "sealing": HpkeKey.generate(world.entropy),
        "signing": Secret(world.entropy.token(32)),
        half: getattr(world.keys[world.ada], half),
    }
    world.keys[world.rei] = vault.ApproverKey(**other)
    world.enroll(world.rei, "guard")
    request = world.request(version)
    with pytest.raises(Refused):
        world.vault.approve(world.approval(request, world.ada))


def test_a_request_that_nobody_else_could_approve_is_refused_at_once(world: VaultWorld):
    version = world.protect().version
    with pytest.raises(Refused):
        world.request(version, by=world.ada, recipient=world.bo)


def test_an_approver_who_has_left_cannot_approve(world: VaultWorld):
    request = world.request(world.protect().version)
    approval = world.approval(request, world.ada)
    world.put(facts.PEOPLE, world.ada, {"name": "Guard A", "ended_at": 1})
    with pytest.raises(Refused):
        world.vault.approve(approval)


def test_an_approver_who_leaves_after_approving_no_longer_counts(world: VaultWorld):
    request = world.request(world.protect().version)
    for person in (world.ada, world.cy):
        world.vault.approve(world.approval(request, person))
    world.put(facts.PEOPLE, world.ada, {"name": "Guard A", "ended_at": 1})
    with pytest.raises(Refused):
        world.vault.open(request.id)


def test_an_enrolled_key_that_was_swapped_by_an_administrator_does_not_approve(world: VaultWorld):
    request = world.request(world.protect().version)
    stranger = vault.ApproverKey(sealing=HpkeKey.generate(world.entropy), signing=Secret(bytes(32)))
    genuine, world.keys[world.ada] = world.keys[world.ada], stranger
    world.enroll(world.ada, "guard")
    with pytest.raises(Tampered):  # the share is sealed to the genuine key
        world.approval(request, world.ada)
    world.keys[world.ada] = genuine
    with pytest.raises(Refused):
        world.vault.approve(world.approval(request, world.ada))


def test_somebody_who_is_no_approver_cannot_approve(world: VaultWorld):
    request = world.request(world.protect().version)
    with pytest.raises(Missing):
        world.vault.share_for(request.id, world.sam)
    genuine = world.approval(request, world.ada)
    with pytest.raises(Refused):
        world.vault.approve(Approval(request=request.id, person=world.sam, note=genuine.note))


def test_an_approval_under_anothers_name_is_tampered(world: VaultWorld):
    request = world.request(world.protect().version)
    genuine = world.approval(request, world.ada)
    with pytest.raises(Tampered):
        world.vault.approve(Approval(request=request.id, person=world.cy, note=genuine.note))


def test_i7_every_changed_byte_of_an_approval_is_refused(world: VaultWorld):
    request = world.request(world.protect().version)
    genuine = world.approval(request, world.ada)
    for position in range(0, len(genuine.note), 7):
        changed = bytearray(genuine.note)
        changed[position] ^= 1
        with pytest.raises((Malformed, Tampered)):
            world.vault.approve(Approval(request=request.id, person=world.ada, note=bytes(changed)))


def test_a_late_approval_is_refused(world: VaultWorld):
    request = world.request(world.protect().version)
    approval = world.approval(request, world.ada)
    world.clock.advance(HOUR_S)
    with pytest.raises(Refused):
        world.vault.approve(approval)


def test_a_late_opening_is_refused_and_the_request_ends_as_expired(world: VaultWorld):
    request = world.request(world.protect().version)
    for person in (world.ada, world.cy):
        world.vault.approve(world.approval(request, person))
    world.clock.advance(HOUR_S)
    with pytest.raises(Refused):
        world.vault.open(request.id)
    world.vault.close_expired()
    row = world.ledger.state.get(facts.REQUESTS, request.id)
    assert row is not None
    assert row["status"] == facts.EXPIRED


@pytest.mark.parametrize("life_s", [0, -1, 8 * DAY_S])
def test_a_request_ends_in_the_future_within_a_week(world: VaultWorld, life_s: int):
    with pytest.raises(Malformed):
        world.request(world.protect().version, life_s=life_s)


@pytest.mark.parametrize("reason", ["\x1b[2J cleared your screen", "x" * 501])
def test_a_reason_that_could_deceive_the_approver_is_malformed(world: VaultWorld, reason: str):
    with pytest.raises(Malformed):
        world.request(world.protect().version, reason=reason)


def test_a_restart_ends_requests_and_sessions(world: VaultWorld):
    version = world.protect().version
    waiting, session = world.request(version), world.opened(version, life_s=2 * HOUR_S)
    approval = world.approval(waiting, world.ada)
    world.vault = world.start()
    with pytest.raises(Unavailable):
        world.vault.approve(approval)
    with pytest.raises(Missing):
        world.vault.read(session.session, "model.gguf", Span(start=0, end=1))
    assert world.vault.end_earlier() == 2
    assert world.vault.end_earlier() == 0
    with pytest.raises(Conflict):
        world.vault.open(waiting.id)


def test_no_such_version_and_no_such_request_are_missing(world: VaultWorld):
    protected = world.protect()
    with pytest.raises(Missing):
        world.request("ver_" + "a" * 26)
    with pytest.raises(Missing):
        world.vault.open(vault.request_id(protected.version.encode()))


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig", "header.json"])
def test_a_record_swapped_on_the_shelf_is_tampered(world: VaultWorld, name: str):
    first, second = world.protect(), world.protect(name="model two")
    world.shelf.files[first.asset, first.version, name] = world.shelf.files[
        second.asset, second.version, name
    ]
    with pytest.raises(Tampered):
        world.request(first.version)


def test_a_header_changed_in_place_is_tampered(world: VaultWorld):
    made = world.protect()
    place = (made.asset, made.version, "header.json")
    world.shelf.files[place] = world.shelf.files[place].replace(b"release 2", b"release 1")
    with pytest.raises(Tampered):
        world.request(made.version)


def test_a_request_says_which_ledger_the_vault_saw(world: VaultWorld):
    version = world.protect().version
    assert world.request(version).ledger_size == 0
    world.ledger.publish()
    seen = world.request(version, life_s=2 * HOUR_S)
    assert seen.ledger_size == len(world.ledger.entries(limit=10_000)) - 1
    assert base64.b64encode(bytes.fromhex(seen.ledger_root)) in world.ledger.checkpoint()


def test_i8_no_name_reason_or_share_is_in_the_tree(world: VaultWorld):
    session = world.opened(world.protect().version)
    world.vault.close(session.session)
    tree = repr([(e.subjects, e.public) for e in world.ledger.entries() if e.type != "person.set"])
    for secret in ("model one", "model.gguf", "Recipient", "Guard", "evaluation"):
        assert secret not in tree


def test_rebuilt_rows_equal_the_live_ones(world: VaultWorld):
    world.vault.close(world.opened(world.protect().version).session)
    world.request(world.ledger.state.get(facts.ASSETS, world.protect(name="two").asset)["current"])
    rows: dict[tuple[str, str], object] = {}

    class Rebuilt:
        @staticmethod
        def get(table, key):
            return rows.get((table, key))

    for entry in world.ledger.entries(limit=10_000):
        for row in vault.project(entry, Rebuilt()):
            rows[row.table, row.key] = row.data
    for table in (facts.ASSETS, facts.VERSIONS, facts.REQUESTS, facts.APPROVALS):
        live = dict(world.ledger.state.scan(table))
        assert live == {key: data for (where, key), data in rows.items() if where == table}
        assert live


def test_hostile_approvals_never_raise_anything_else(world: VaultWorld):
    request = world.request(world.protect().version)
    for note in (b"", b"\xff", b"\n\n", b"x" * 2_000_000):
        with pytest.raises(AdytonError):
            world.vault.approve(Approval(request=request.id, person=world.ada, note=note))


def test_a_requesters_former_approver_key_is_still_theirs(world: VaultWorld):
    """Enrolled once, ended, and the same device enrolled again for somebody else."""
    version = world.protect().version
    world.keys[world.rei] = world.keys[world.ada]
    public = world.keys[world.ada].public(world.rei)
    row = {"hpke_public": public.hpke.hex(), "sign_public": public.sign.hex(), "ended_at": 1}
    world.put(facts.APPROVERS, world.rei, {"group": "guard", **row})
    request = world.request(version)
    with pytest.raises(Refused):
        world.vault.approve(world.approval(request, world.ada))


def test_a_lock_stands_before_the_key_is_joined_and_its_end_lets_it_be_tried_again(
    world: VaultWorld,
):
    request = world.request(world.protect().version)
    for person in (world.ada, world.cy):
        world.vault.approve(world.approval(request, person))
    world.stopped = Refused("locked")
    with pytest.raises(Refused):
        world.vault.open(request.id)
    assert world.facts(facts.RELEASE_OPENED) == []
    assert world.vault.sessions() == ()
    world.stopped = None
    assert world.vault.open(request.id).request == request.id


def test_an_approver_who_is_nobody_on_record_cannot_approve(world: VaultWorld):
    request = world.request(world.protect().version)
    approval = world.approval(request, world.ada)
    world.put(facts.PEOPLE, world.ada, None)
    with pytest.raises(Refused):
        world.vault.approve(approval)
