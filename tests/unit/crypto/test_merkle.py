import base64
import json

import pytest

from adyton.crypto import merkle
from adyton.terms.errors import Malformed, Tampered

LEAVES = [merkle.leaf_hash(bytes([at])) for at in range(40)]


def node(level, index):
    return merkle.root_of(LEAVES[index << level : (index + 1) << level])


def slow_root(leaves):
    """RFC 6962 §2.1, word by word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(slow_root(leaves[:split]), slow_root(leaves[split:]))


def cases(folder):
    return [json.loads(path.read_bytes()) for path in sorted(folder.rglob("*.json"))]


def unpacked(text):
    return base64.b64decode(text or "")


def check_inclusion(case):
    merkle.check_inclusion(
        index=case["leafIdx"],
        size=case["treeSize"],
        leaf=unpacked(case["leafHash"]),
        proof=[unpacked(item) for item in case["proof"] or []],
        root=unpacked(case["root"]),
    )


def check_consistency(case):
    merkle.check_consistency(
        old=case["size1"],
        new=case["size2"],
        old_root=unpacked(case["root1"]),
        new_root=unpacked(case["root2"]),
        proof=[unpacked(item) for item in case["proof"] or []],
    )


@pytest.mark.parametrize(
    ("name", "check"), [("inclusion", check_inclusion), ("consistency", check_consistency)]
)
def test_published_vectors_are_judged_as_published(published, name, check):
    found = cases(published("merkle-vectors") / name)
    assert len(found) == 98
    for case in found:
        if case["wantErr"]:
            with pytest.raises(Tampered):
                check(case)
        else:
            check(case)


@pytest.mark.parametrize("size", range(len(LEAVES) + 1))
def test_the_growing_tree_has_the_root_of_the_rfc(size):
    assert merkle.root_of(LEAVES[:size]) == slow_root(LEAVES[:size])
    assert merkle.tree_from_nodes(size, node).root() == slow_root(LEAVES[:size])


@pytest.mark.parametrize("size", range(1, len(LEAVES) + 1))
def test_every_proof_that_is_made_is_accepted(size):
    root = slow_root(LEAVES[:size])
    for index in range(size):
        proof = merkle.make_inclusion_proof(index, size, node)
        merkle.check_inclusion(index=index, size=size, leaf=LEAVES[index], proof=proof, root=root)
    for old in range(1, size + 1):
        proof = merkle.make_consistency_proof(old, size, node)
        merkle.check_consistency(
            old=old, new=size, old_root=slow_root(LEAVES[:old]), new_root=root, proof=proof
        )


def test_a_proof_of_one_place_does_not_serve_for_another():
    root = slow_root(LEAVES)
    proof = merkle.make_inclusion_proof(5, len(LEAVES), node)
    for index in range(len(LEAVES)):
        if index != 5:
            with pytest.raises(Tampered):
                merkle.check_inclusion(
                    index=index, size=len(LEAVES), leaf=LEAVES[5], proof=proof, root=root
                )


def test_nothing_is_shown_by_consistency_with_an_empty_tree():
    with pytest.raises(Tampered):
        merkle.check_consistency(
            old=0, new=1, old_root=merkle.EMPTY_ROOT, new_root=LEAVES[0], proof=[]
        )


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_no_proof_is_made_outside_the_tree(index, size):
    with pytest.raises(Malformed):
        merkle.make_inclusion_proof(index, size, node)


def test_a_copied_tree_grows_apart():
    tree = merkle.Tree()
    tree.append(LEAVES[0])
    other = tree.copy()
    other.append(LEAVES[1])
    assert (tree.size, other.size) == (1, 2)
    assert tree.root() == LEAVES[0]
