from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.adapters.memory_ledger import SeededEntropy
from adyton.crypto import quorum
from adyton.terms import Malformed, TooLarge

LEAVES = "approver ada k1\napprover bo k2\napprover cy k3\napprover di k4\n"
TWO_GROUPS = (
    LEAVES + "group guard any ada bo\ngroup law any cy di\ngroup both all guard law\nquorum both\n"
)
TWO_OF_THREE = (
    LEAVES + "group guard any ada bo\ngroup law any cy\ngroup owner any di\n"
    "group release 2 guard law owner\nquorum release\n"
)
SECRET = bytes(range(32))


def subsets(names):
    return chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))


@pytest.mark.parametrize("text", [TWO_GROUPS, TWO_OF_THREE])
def test_exactly_the_sets_that_satisfy_the_tree_give_the_secret(text: str):
    tree = quorum.parse_approvers(text)
    shares = quorum.split_tree(SECRET, tree, SeededEntropy())
    for present in subsets(["ada", "bo", "cy", "di"]):
        chosen = {name: shares[name] for name in present}
        expected = any(way <= set(present) for way in tree.minimal_sets())
        assert tree.satisfied(present) == expected
        if expected:
            assert quorum.join_tree(chosen, tree) == SECRET
        else:
            with pytest.raises(Malformed):
                quorum.join_tree(chosen, tree)


def test_two_of_three_over_groups_takes_one_of_each_of_two_groups():
    tree = quorum.parse_approvers(TWO_OF_THREE)
    assert tree.minimal_sets() == {
        frozenset(way)
        for way in [("ada", "cy"), ("ada", "di"), ("bo", "cy"), ("bo", "di"), ("cy", "di")]
    }
    assert tree.group_of("bo") == "guard"


def test_the_usual_tree_is_written_and_read_back():
    text = quorum.render_approvers(
        keys={"ada": "k1", "bo": "k2", "cy": "k3", "di": "k4"},
        groups={"guard": ["ada", "bo"], "law": ["cy", "di"]},
        threshold=2,
    )
    assert len(quorum.parse_approvers(text).minimal_sets()) == 4


@pytest.mark.parametrize(
    "lines",
    [
        "group g any ada bo\nquorum g",
        "group g all ada bo\nquorum g",
        "group g 2 ada bo cy di\nquorum g",
        "group g any ada bo\ngroup l any cy\ngroup r all g l\nquorum r",
        "group g any ada bo\ngroup l any cy\ngroup r 2 g l\nquorum r",
        "group g any ada bo\ngroup l any cy di\ngroup r any g l\nquorum r",
        "group g 2 ada bo cy\ngroup l any di\ngroup r any g l\nquorum r",
        "quorum none",
        "quorum ada",
    ],
    ids=[
        "one person suffices",
        "both are indispensable",
        "people of one group suffice",
        "one is in every set",
        "one is in every set, counted",
        "one person of either group suffices",
        "one person of one group suffices",
        "nobody",
        "a single person",
    ],
)
def test_unsafe_trees_of_approvers_are_refused_when_loaded(lines: str):
    with pytest.raises(Malformed):
        quorum.parse_approvers(LEAVES + lines + "\n")


def test_an_approver_outside_the_tree_is_refused():
    with pytest.raises(Malformed):
        quorum.parse_approvers("approver ed k5\n" + TWO_GROUPS)


@pytest.mark.parametrize(
    "lines",
    [
        "group g 0 ada bo\nquorum g",
        "group g 3 ada bo\nquorum g",
        "group g -1 ada bo\nquorum g",
        "group g ٢ ada bo\nquorum g",
        "group g any\nquorum g",
        "group g any ada ada\nquorum g",
        "group g any ada\ngroup h any ada bo\nquorum h",
        "group g any zoe\nquorum g",
        "group g any later\ngroup later any ada\nquorum g",
        "group ada any bo\nquorum ada",
        "approver eve k1\nquorum ada",
        "group g any ada bo",
        "quorum g",
        "quorum ada\nquorum bo",
        "group none any ada bo\nquorum none",
        "policy g\nquorum ada",
    ],
)
def test_texts_outside_the_grammar_are_malformed(lines: str):
    with pytest.raises(Malformed):
        quorum.parse_tree(LEAVES + lines + "\n", leaf="approver")


def test_witness_policies_speak_the_same_grammar():
    text = (
        "# a policy\nlog example.invalid+1+a https://log.invalid/\n\n"
        "witness w1 k1 https://w1.invalid/\nwitness w2 k2\ngroup all-of any w1 w2\nquorum all-of\n"
    )
    tree = quorum.parse_tree(text, leaf="witness")
    assert tree.satisfied(["w2"])
    assert not tree.satisfied([])
    assert not tree.satisfied(["stranger"])


def test_a_quorum_of_none_is_satisfied_by_nobody():
    tree = quorum.parse_tree("quorum none\n", leaf="witness")
    assert not tree.satisfied([])
    assert tree.minimal_sets() == frozenset()
    assert tree.active() == ()


def test_a_share_at_another_place_of_the_tree_is_refused():
    tree = quorum.parse_approvers(TWO_GROUPS)
    shares = dict(quorum.split_tree(SECRET, tree, SeededEntropy()))
    shares["ada"], shares["bo"] = shares["bo"], shares["ada"]
    with pytest.raises(Malformed):
        quorum.join_tree(shares, tree)


def test_shares_of_two_splits_do_not_mix():
    tree = quorum.parse_approvers(TWO_GROUPS)
    first = quorum.split_tree(SECRET, tree, SeededEntropy(1))
    second = quorum.split_tree(SECRET, tree, SeededEntropy(2))
    assert quorum.join_tree({"ada": first["ada"], "cy": second["cy"]}, tree) != SECRET


def test_an_encoded_share_comes_back():
    share = quorum.split_tree(SECRET, quorum.parse_approvers(TWO_GROUPS), SeededEntropy())["cy"]
    assert quorum.LeafShare.decode(share.encode()) == share
    assert share.path == (2, 1)


@given(st.binary(max_size=40))
def test_i7_hostile_shares_are_malformed_or_shares(data: bytes):
    try:
        share = quorum.LeafShare.decode(data)
    except Malformed:
        return
    assert share.encode() == data


@given(st.text(alphabet="groupqmany123 adbo\n", max_size=200))
def test_i7_hostile_texts_are_malformed_or_trees(text: str):
    try:
        quorum.parse_tree(LEAVES + text, leaf="approver").minimal_sets()
    except Malformed:
        return


def test_a_tree_too_wide_to_judge_is_refused():
    names = [f"p{n}" for n in range(40)]
    text = "".join(f"approver {name} k-{name}\n" for name in names)
    text += f"group g 20 {' '.join(names)}\nquorum g\n"
    with pytest.raises(TooLarge):
        quorum.parse_approvers(text)


def test_groups_nested_too_deeply_are_refused():
    text = LEAVES + "group g0 any ada\n"
    text += "".join(f"group g{n + 1} any g{n}\n" for n in range(9)) + "quorum g9\n"
    with pytest.raises(TooLarge):
        quorum.parse_tree(text, leaf="approver")
