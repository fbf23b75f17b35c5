"""C2SP tlog-policy: whose signatures make a checkpoint believed. The grammar stands in `quorum`.

log <vkey> [<url>]                      further lines under the same name: further keys of it
witness <name> <vkey> [<url>]
group <name> <k|any|all> <member>...
quorum <name>|none
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from adyton.crypto.notes import COSIGNATURE, ED25519, MLDSA44, VerifierKey, parse_vkey
from adyton.crypto.quorum import QuorumTree, parse_tree
from adyton.terms.errors import Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogPolicy:
    """A loaded policy: the keys of logs, the key of each witness by its name, and the quorum."""

    text: str
    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey]
    tree: QuorumTree

    def satisfied(self, signers: Iterable[VerifierKey]) -> bool:
        """Whether witnesses with these keys are a quorum; `quorum none` asks for nobody."""
        return not self.tree.root or self.tree.satisfied(self.names(signers))

    def names(self, signers: Iterable[VerifierKey]) -> tuple[str, ...]:
        """The names of the witnesses that are among the keys, in the order of the text."""
        found = set(signers)
        return tuple(name for name, key in self.witnesses.items() if key in found)


def parse_policy(text: str) -> TlogPolicy:
    """The policy in a text. Raises Malformed, naming the rule that it breaks."""
    tree = parse_tree(text, leaf="witness")
    logs = tuple(_key(vkey, {ED25519, MLDSA44}, "log") for vkey in tree.logs)
    witnesses = {
        name: _key(vkey, {COSIGNATURE, MLDSA44}, "witness") for name, vkey in tree.leaves.items()
    }
    for what, keys in (("log", logs), ("witness", tuple(witnesses.values()))):
        if len({key.public for key in keys}) != len(keys):
            raise Malformed(f"policy: two {what} lines hold the same public key")
    if {key.name for key in logs} & {key.name for key in witnesses.values()}:
        raise Malformed("policy: a witness's key bears the name of a log")
    return TlogPolicy(text=text, logs=logs, witnesses=witnesses, tree=tree)


def render_policy(
    *,
    logs: Sequence[VerifierKey],
    witnesses: Mapping[str, VerifierKey],
    urls: Mapping[str, str],
    quorum: str,
) -> str:
    """The text of a policy; `quorum` are its `group` lines and its `quorum` line."""
    lines = [f"log {key}" for key in logs]
    lines += [f"witness {name} {key} {urls.get(name, '')}" for name, key in witnesses.items()]
    return "\n".join(line.rstrip() for line in (*lines, quorum)) + "\n"


def _key(vkey: str, types: set[int], what: str) -> VerifierKey:
    key = parse_vkey(vkey)
    if key.algorithm not in types:
        raise Malformed(f"policy: a {what} has a key of a type that no {what} has")
    return key
