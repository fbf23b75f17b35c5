"""Whether a signed yes counts: who gave it, and whether it is of this request."""

from adyton.crypto.notes import open_note
from adyton.crypto.quorum import QuorumTree
from adyton.terms import Malformed, Refused, State, Tampered
from adyton.vault import facts
from adyton.vault.approver import APPROVAL, Approval
from adyton.vault.people import enrolled
from adyton.vault.requests import ReleaseRequest


def still_approver(state: State, tree: QuorumTree, person: str) -> bool:
    """Whether the person is enrolled with the very key that the tree names."""
    public = enrolled(state, person)
    return public is not None and public.text() == tree.leaves.get(person)


def check_apart(state: State, request: ReleaseRequest, tree: QuorumTree, person: str) -> None:
    """Refuses whoever is no approver any more, asks, receives, or shares a key with those."""
    mine = enrolled(state, person)
    if mine is None or not still_approver(state, tree, person):
        raise Refused("not an enrolled approver with the key that the share is sealed to")
    for concerned in (request.by, request.recipient):
        # the row as it stands: a key that they do not approve with any more is still theirs
        theirs = state.get(facts.APPROVERS, concerned) or {}
        shared = mine.sign.hex() == theirs.get("sign_public")
        if person == concerned or shared or mine.hpke.hex() == theirs.get("hpke_public"):
            raise Refused("whoever asks or receives cannot approve")


def verified(state: State, request: ReleaseRequest, approval: Approval) -> tuple[bytes, str]:
    """The resealed share of an approval whose signature holds, and the note as text.

    Raises Tampered where it is signed by another, or of another request or person; Malformed
    where it is no approval.
    """
    public = enrolled(state, approval.person)
    note = open_note(approval.note, [public.vkey] if public else [])
    match note.text.split("\n"):
        case [label, named, person, resealed, ""] if label == APPROVAL:
            if (named, person) != (request.id, approval.person):
                raise Tampered("an approval is of another request or person")
        case _:
            raise Malformed("not an approval")
    try:
        return bytes.fromhex(resealed), approval.note.decode()
    except ValueError as error:
        raise Malformed("an approval's share is not hex") from error
