"""Quorum trees in the grammar of c2sp.org/tlog-policy, for witnesses and for approvers.

Lines: `witness NAME KEY [URL]` or `approver NAME KEY` (a leaf), `group NAME K|any|all MEMBER…`,
exactly one `quorum NAME` (or `quorum none`), `log KEY [URL]`, comments with `#`; between words
spaces and tabs alone. Names are defined before they are used and stand in at most one group;
1 <= K <= members. The same key twice is refused even under two names. What the keys of logs and
witnesses are is read in `tlogpolicy`.

Approvers get a stricter dialect (`parse_approvers`): whatever set of people satisfies the tree has
at least two people, from at least two groups; nobody is in every such set. So one absent or
corrupted person neither blocks nor opens. All of it is refused when the text is loaded.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from adyton.crypto import shamir
from adyton.terms import Entropy, Malformed, TooLarge

MAX_TEXT_BYTES = 65_536
MAX_MEMBERS = 64
"""Leaves or groups of one text; the specification asks for at least 32."""
MAX_SETS = 20_000
"""Ways to satisfy an approver tree that are looked at before the tree is called too large."""
MAX_DEPTH = 8
MIN_PEOPLE = 2
MIN_GROUPS = 2
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_WORD = re.compile(r"[^ \t]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`threshold` of `members` (names of leaves or groups, in the order of the text)."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuorumTree:
    """A loaded tree. `root` is "" where the text says `quorum none`, which nothing satisfies."""

    text: str
    leaves: Mapping[str, str]
    groups: Mapping[str, Group]
    root: str
    logs: tuple[str, ...] = ()

    def satisfied(self, present: Iterable[str]) -> bool:
        """Whether these leaves satisfy the tree. Nobody never does."""
        return bool(self.root) and self.holds(self.root, frozenset(present) & set(self.leaves))

    def group_of(self, leaf: str) -> str:
        """The name of the group that holds the leaf, or "" for none."""
        for group in self.groups.values():
            if leaf in group.members:
                return group.name
        return ""

    def minimal_sets(self) -> frozenset[frozenset[str]]:
        """Every way to satisfy the tree in which nobody could be spared inside their group."""
        return self._ways(self.root) if self.root else frozenset()

    def active(self) -> tuple[str, ...]:
        """The leaves that count, in the order in which a split visits them."""
        return tuple(leaf for leaf, _ in self.paths())

    def paths(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Each leaf under the root with its place: the share numbers from the root down."""
        return tuple(self._walk(self.root, ())) if self.root else ()

    def holds(self, name: str, present: frozenset[str]) -> bool:
        """Whether these leaves satisfy the part of the tree under `name`."""
        group = self.groups.get(name)
        if group is None:
            return name in present
        return sum(self.holds(member, present) for member in group.members) >= group.threshold

    def _ways(self, name: str) -> frozenset[frozenset[str]]:
        group = self.groups.get(name)
        if group is None:
            return frozenset({frozenset({name})})
        inner = [self._ways(member) for member in group.members]
        found: set[frozenset[str]] = set()
        for chosen in combinations(inner, group.threshold):
            for parts in product(*chosen):
                found.add(frozenset().union(*parts))
                if len(found) > MAX_SETS:
                    raise TooLarge("quorum: too many ways to satisfy the tree")
        return frozenset(found)

    def _walk(self, name: str, path: tuple[int, ...]) -> Iterable[tuple[str, tuple[int, ...]]]:
        group = self.groups.get(name)
        if group is None:
            yield name, path
            return
        for number, member in enumerate(group.members, start=1):
            yield from self._walk(member, (*path, number))


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafShare:
    """One leaf's share of a secret: its place in the tree and its point's value."""

    path: tuple[int, ...]
    share: shamir.Share

    def encode(self) -> bytes:
        """Depth (1 byte), the path (1 byte each), then the value."""
        return bytes([len(self.path), *self.path]) + self.share.y

    @classmethod
    def decode(cls, data: bytes) -> "LeafShare":
        """The inverse of `encode`. Raises Malformed."""
        depth = data[0] if data else 0
        path = tuple(data[1 : 1 + depth])
        value = data[1 + depth :]
        if not 1 <= depth <= MAX_DEPTH or len(path) != depth or 0 in path or not value:
            raise Malformed("not an encoded share")
        return cls(path=path, share=shamir.Share(x=path[-1], y=value))


def parse_tree(text: str, *, leaf: str) -> QuorumTree:
    """The tree of a policy text whose leaves are lines `<leaf> NAME KEY …`. Raises Malformed."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        raise TooLarge("quorum text is too long")
    if _CONTROL.search(text):
        raise Malformed("quorum: the text holds a control character")
    reader = _Reader(leaf)
    for number, line in enumerate(text.split("\n"), start=1):
        words = _WORD.findall(line)
        if words and not words[0].startswith("#"):
            reader.take(words, number)
    return reader.tree(text)


def parse_approvers(text: str) -> QuorumTree:
    """A tree of approvers, in the strict dialect. Raises Malformed and says which rule broke."""
    tree = parse_tree(text, leaf="approver")
    ways = tree.minimal_sets()
    if not ways:
        raise Malformed("quorum: a tree of approvers cannot be empty")
    if min(len(way) for way in ways) < MIN_PEOPLE:
        raise Malformed("quorum: one person alone would satisfy it", mend="ask for two or more")
    if frozenset.intersection(*ways):
        raise Malformed(
            "quorum: one person is in every satisfying set", mend="name a stand-in in that group"
        )
    if min(len({tree.group_of(leaf) for leaf in way}) for way in ways) < MIN_GROUPS:
        raise Malformed(
            "quorum: people of a single group would satisfy it", mend="ask for two groups or more"
        )
    if len(tree.active()) != len(tree.leaves):
        raise Malformed("quorum: an approver is in no group", mend="remove the line or add them")
    return tree


def render_approvers(
    *, keys: Mapping[str, str], groups: Mapping[str, Sequence[str]], threshold: int
) -> str:
    """The text of the usual tree: one of each group, from `threshold` of the groups.

    `keys` maps an approver's name to their key, `groups` a group's name to its approvers' names.
    """
    lines = [f"approver {name} {key}" for name, key in keys.items()]
    lines += [f"group {name} any {' '.join(members)}" for name, members in groups.items()]
    lines += [f"group release {threshold} {' '.join(groups)}", "quorum release"]
    return "\n".join(lines) + "\n"


def split_tree(secret: bytes, tree: QuorumTree, entropy: Entropy) -> Mapping[str, LeafShare]:
    """The secret split by the tree: each leaf's share by name (nested Shamir)."""
    return dict(_split(tree.root, secret, (), tree, entropy)) if tree.root else {}


def join_tree(shares: Mapping[str, LeafShare], tree: QuorumTree) -> bytearray:
    """The secret again, from leaves that satisfy the tree, in memory that the caller wipes.

    Raises Malformed where they do not satisfy it or stand at another place than the tree's.
    The caller has compared every share with its commitment.
    """
    if not tree.satisfied(shares):
        raise Malformed("quorum: these shares do not satisfy the tree")
    places = dict(tree.paths())
    if any(places.get(name) != share.path for name, share in shares.items()):
        raise Malformed("quorum: a share stands at another place of the tree")
    return _join(tree.root, shares, tree)


def _split(
    name: str, value: bytes, path: tuple[int, ...], tree: QuorumTree, entropy: Entropy
) -> Iterable[tuple[str, LeafShare]]:
    group = tree.groups.get(name)
    if group is None:
        yield name, LeafShare(path=path, share=shamir.Share(x=path[-1], y=value))
        return
    points = shamir.split(
        value, threshold=group.threshold, count=len(group.members), entropy=entropy
    )
    for member, point in zip(group.members, points, strict=True):
        yield from _split(member, point.y, (*path, point.x), tree, entropy)


def _join(name: str, shares: Mapping[str, LeafShare], tree: QuorumTree) -> bytearray:
    group = tree.groups.get(name)
    if group is None:
        return bytearray(shares[name].share.y)
    points: list[shamir.Share] = []
    for number, member in enumerate(group.members, start=1):
        if len(points) < group.threshold and tree.holds(member, frozenset(shares)):
            points.append(shamir.Share(x=number, y=bytes(_join(member, shares, tree))))
    return shamir.join(points, threshold=group.threshold)


class _Reader:
    """Takes the lines one after the other and keeps what was defined so far."""

    def __init__(self, leaf: str) -> None:
        self._leaf = leaf
        self._leaves: dict[str, str] = {}
        self._groups: dict[str, Group] = {}
        self._depths: dict[str, int] = {}
        self._placed: set[str] = set()
        self._root: str | None = None
        self._logs: list[str] = []

    def take(self, words: Sequence[str], number: int) -> None:
        """One line that is neither empty nor a comment."""
        match words:
            case [keyword, name, key] | [keyword, name, key, _] if keyword == self._leaf:
                self._add_leaf(name, key, number)
            case ["group", name, threshold, *members] if members:
                self._add_group(name, threshold, tuple(members), number)
            case ["quorum", name]:
                self._set_root(name, number)
            case ["log", key] | ["log", key, _]:
                self._logs.append(key)
            case _:
                raise Malformed(f"quorum: line {number} is not a line of this grammar")

    def tree(self, text: str) -> QuorumTree:
        """What the lines say together."""
        if self._root is None:
            raise Malformed("quorum: the line `quorum NAME` is missing")
        return QuorumTree(
            text=text,
            leaves=self._leaves,
            groups=self._groups,
            root=self._root,
            logs=tuple(self._logs),
        )

    def _add_leaf(self, name: str, key: str, number: int) -> None:
        self._define(name, number)
        if key in self._leaves.values():
            raise Malformed(f"quorum: line {number} repeats a key under another name")
        self._leaves[name] = key
        self._depths[name] = 0

    def _add_group(self, name: str, word: str, members: tuple[str, ...], number: int) -> None:
        self._define(name, number)
        threshold = _threshold(word, len(members))
        if threshold is None:
            raise Malformed(f"quorum: line {number} asks for an impossible number of members")
        if len(set(members)) != len(members) or any(m in self._placed for m in members):
            raise Malformed(f"quorum: line {number} places a member a second time")
        if any(member not in self._depths for member in members):
            raise Malformed(f"quorum: line {number} names a member not defined before")
        depth = 1 + max(self._depths[member] for member in members)
        if depth > MAX_DEPTH:
            raise TooLarge("quorum: groups are nested too deeply")
        self._placed.update(members)
        self._depths[name] = depth
        self._groups[name] = Group(name=name, threshold=threshold, members=members)

    def _set_root(self, name: str, number: int) -> None:
        if self._root is not None:
            raise Malformed(f"quorum: line {number} is a second `quorum` line")
        if name != "none" and name not in self._depths:
            raise Malformed(f"quorum: line {number} names a quorum not defined before")
        self._root = "" if name == "none" else name

    def _define(self, name: str, number: int) -> None:
        if name in self._depths or name == "none":
            raise Malformed(f"quorum: line {number} defines a name a second time")
        if len(self._depths) >= MAX_MEMBERS:
            raise TooLarge("quorum: too many names")


def _threshold(word: str, members: int) -> int | None:
    """The number that `word` means for so many members; None where there is none."""
    if word == "any":
        return 1
    if word == "all":
        return members
    if not (word.isascii() and word.isdigit()) or len(word) > len(str(MAX_MEMBERS)):
        return None
    return int(word) if 1 <= int(word) <= members else None
