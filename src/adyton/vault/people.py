"""Approvers as the vault sees them: enrolled public keys, and the trees made of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from adyton.crypto import quorum
from adyton.crypto.notes import ED25519, VerifierKey
from adyton.terms import Malformed, Refused, State
from adyton.vault import facts

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproverPublic:
    """An approver's two public keys: shares are sealed to `hpke`, approvals signed by `sign`."""

    person: str
    hpke: bytes
    sign: bytes

    @property
    def vkey(self) -> VerifierKey:
        """The key under which this person's signed notes are checked."""
        return VerifierKey(name=self.person, algorithm=ED25519, public=self.sign)

    def text(self) -> str:
        """The key as a quorum text writes it: both halves in hex, joined by a colon."""
        return f"{self.hpke.hex()}:{self.sign.hex()}"

    @classmethod
    def parse(cls, person: str, text: str) -> "ApproverPublic":
        """The inverse of `text`. Raises Malformed."""
        sealing, _, signing = text.partition(":")
        try:
            keys = bytes.fromhex(sealing), bytes.fromhex(signing)
        except ValueError as error:
            raise Malformed("an approver's key is not hex") from error
        if {len(key) for key in keys} != {_KEY_BYTES}:
            raise Malformed("an approver's key has the wrong length")
        return cls(person=person, hpke=keys[0], sign=keys[1])


def enrolled(state: State, person: str) -> ApproverPublic | None:
    """The enrolled keys of a person who is still there; None for anybody else."""
    row = state.get(facts.APPROVERS, person)
    human = state.get(facts.PEOPLE, person)
    if row is None or row.get("ended_at") or human is None or human["ended_at"]:
        return None
    return ApproverPublic.parse(person, f"{row['hpke_public']}:{row['sign_public']}")


def checked_publics(tree: quorum.QuorumTree, state: State) -> Mapping[str, ApproverPublic]:
    """The keys of every approver of `tree`.

    Raises Refused unless each is enrolled with exactly the keys that the text names, Malformed
    where two people share half a key, or where people enrolled for one group would suffice.
    """
    publics = {name: ApproverPublic.parse(name, key) for name, key in tree.leaves.items()}
    if any(public.text() != tree.leaves[name] for name, public in publics.items()):
        raise Malformed("a quorum writes a key in another form than lower-case hex")
    if any(enrolled(state, name) != public for name, public in publics.items()):
        raise Refused(
            "a quorum names somebody who is not an enrolled approver with that key",
            mend="enroll the approver, then name the enrolled key",
        )
    for half in ("hpke", "sign"):
        if len({getattr(public, half) for public in publics.values()}) != len(publics):
            raise Malformed("a quorum gives two people the same key")
    _check_groups(tree, state)
    return publics


def _check_groups(tree: quorum.QuorumTree, state: State) -> None:
    # groups in a text are whatever its author calls them: what counts is who stands for whom
    group = {name: (state.get(facts.APPROVERS, name) or {}).get("group") for name in tree.leaves}
    if any(len({group[name] for name in way}) < quorum.MIN_GROUPS for way in tree.minimal_sets()):
        raise Malformed(
            "quorum: people enrolled for a single group would satisfy it",
            mend="ask for approvers who stand for two groups or more",
        )


def usual_quorum(state: State, *, threshold: int) -> str:
    """A quorum text of all enrolled approvers: one of each group, from `threshold` groups.

    Raises Malformed where the enrolled groups cannot give a safe tree.
    """
    keys: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    for person, row in state.scan(facts.APPROVERS):
        public = enrolled(state, person)
        if public is not None:
            keys[person] = public.text()
            groups.setdefault(str(row["group"]), []).append(person)
    text = quorum.render_approvers(keys=keys, groups=groups, threshold=threshold)
    quorum.parse_approvers(text)
    return text
