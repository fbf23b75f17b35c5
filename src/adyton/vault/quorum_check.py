"""Would the approvers be able to open a version? Asked without joining anything.

Each approver's own process opens its share, compares it with the commitment and signs that
together with the vault's challenge (`adyton.vault.approver.prove_share`). Nothing secret moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from adyton.crypto import quorum
from adyton.crypto.notes import open_note, parse_note
from adyton.terms import Entropy, Fact, Malformed, PersonId, Refused, VersionId
from adyton.vault import approver, facts, records
from adyton.vault.people import enrolled
from adyton.vault.ports import Ledger, SealedShelf
from adyton.vault.reading import load_header

_CHALLENGE_BYTES = 16
_MAX_NOTE_BYTES = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class QuorumCheck:
    """Whose share opened, whose was not shown, and whether those shown would suffice."""

    version: VersionId
    opened: tuple[PersonId, ...]
    unchecked: tuple[PersonId, ...]
    satisfied: bool


class QuorumChecks:
    """Challenges of this process; each is good for one check."""

    def __init__(self, *, shelf: SealedShelf, ledger: Ledger, entropy: Entropy) -> None:
        self._shelf = shelf
        self._ledger = ledger
        self._entropy = entropy
        self._challenges: dict[VersionId, str] = {}

    def challenge(self, version: VersionId) -> str:
        """A fresh word that the proofs of this version must carry; replaces the one before."""
        load_header(self._shelf, self._ledger.state, version)
        self._challenges[version] = self._entropy.token(_CHALLENGE_BYTES).hex()
        return self._challenges[version]

    def share_for(self, version: VersionId, person: PersonId) -> bytes:
        """The sealed share that an approver's own process needs. Raises Refused."""
        share = load_header(self._shelf, self._ledger.state, version).share_of(person)
        if share is None:
            raise Refused("no share of this version is sealed to that person")
        return records.encode(share)

    def check(self, version: VersionId, proofs: Sequence[bytes], *, by: PersonId) -> QuorumCheck:
        """Weigh the proofs and record the answer. Raises Tampered or Malformed for a bad one."""
        header = load_header(self._shelf, self._ledger.state, version)
        challenge = self._challenges.pop(version, None)
        if challenge is None:
            raise Refused("no challenge is open for this version", mend="ask for one first")
        opened = {self._proved(proof, header, version, challenge) for proof in proofs}
        tree = quorum.parse_approvers(header.quorum)
        answer = QuorumCheck(
            version=version,
            opened=tuple(sorted(opened)),
            unchecked=tuple(PersonId(name) for name in sorted(set(tree.active()) - opened)),
            satisfied=tree.satisfied(opened),
        )
        self._ledger.append(
            Fact(
                type=facts.QUORUM_CHECKED,
                subjects=(version, by),
                public={
                    "version": version,
                    "by": by,
                    "opened": list(answer.opened),
                    "unchecked": list(answer.unchecked),
                    "satisfied": answer.satisfied,
                },
            )
        )
        return answer

    def _proved(
        self, proof: bytes, header: records.Header, version: VersionId, challenge: str
    ) -> PersonId:
        text = parse_note(proof, limit_bytes=_MAX_NOTE_BYTES).text
        for share in header.shares:
            expected = approver.share_check_text(share, challenge)
            public = enrolled(self._ledger.state, share.person)
            if text == expected and public is not None and share.version == version:
                open_note(proof, [public.vkey], limit_bytes=_MAX_NOTE_BYTES)
                return PersonId(share.person)
        raise Malformed("a share check answers nothing that was asked")
