"""The first entry of an epoch: one form, and nothing in it that cannot be."""

import copy

import pytest

from adyton.crypto.epochlink import (
    Before,
    Disputed,
    EpochLink,
    Lost,
    Reason,
    epoch_of,
    origin_of,
    parse_link,
)
from adyton.crypto.notes import COSIGNATURE, Signer
from adyton.terms import Malformed

BASE = "log.invalid/x"
LINK = EpochLink(
    epoch=4,
    origin=f"{BASE}/4",
    first=310,
    reason=Reason.RESTORED,
    before=Before(
        epoch=2,
        origin=f"{BASE}/2",
        size=100,
        root=b"r" * 32,
        note_sha256="0a" * 32,
        keys=(
            Signer(name=f"{BASE}/2", seed=b"l" * 32).key,
            Signer(name="witness.invalid", seed=b"w" * 32, algorithm=COSIGNATURE).key,
        ),
        held=110,
        held_root=b"h" * 32,
    ),
    lost=Lost(start=110, end=120, epochs=1),
    disputed=(Disputed(size=99, root=b"d" * 32),),
    by=("per_a", "per_b"),
)


def test_a_link_is_read_back_as_it_was_written():
    assert parse_link(LINK.to_public()) == LINK
    assert LINK.known == 120


def changed(path, value):
    public = copy.deepcopy(dict(LINK.to_public()))
    inner = public
    for name in path[:-1]:
        inner = inner[name]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return public


BAD = {
    "no epoch": (("epoch",), None),
    "an epoch that does not follow": (("epoch",), 3),
    "an epoch before the one before": (("epoch",), 1),
    "another origin": (("origin",), f"{BASE}/5"),
    "a foreign origin": (("origin",), "other.invalid/4"),
    "an origin of before that is not its own": (("before", "origin"), BASE),
    "a number as text": (("first",), "310"),
    "a truth for a number": (("first",), True),
    "a number below nothing": (("before", "size"), -1),
    "an empty tree before": (("before", "size"), 0),
    "a checkpoint beyond what was held": (("before", "size"), 111),
    "no such reason": (("reason",), "forgotten"),
    "a short root": (("before", "root"), "ab"),
    "a root in capitals": (("before", "root"), "AB" * 32),
    "no keys": (("before", "keys"), []),
    "a key of another name": (("before", "keys", 0), str(LINK.before.keys[1])),
    "a key that is none": (("before", "keys", 1), "nonsense"),
    "keys as text": (("before", "keys"), "abc"),
    "lost from another place": (("lost", "from"), 109),
    "lost to before it begins": (("lost", "to"), 109),
    "lost is a list": (("lost",), [110, 120]),
    "more epochs lost": (("lost", "epochs"), 2),
    "disputed is an object": (("disputed",), {"size": 1}),
    "disputed holds text": (("disputed", 0), "x"),
    "by is text": (("by",), "per_a"),
    "by holds a number": (("by", 0), 5),
    "one member more": (("more",), 1),
    "one member more inside": (("before", "more"), 1),
}


@pytest.mark.parametrize(("path", "value"), BAD.values(), ids=BAD)
def test_i7_a_link_in_any_other_form_is_malformed(path, value):
    with pytest.raises(Malformed):
        parse_link(changed(path, value))


def test_nothing_lost_is_no_lost_range():
    public = changed(("lost",), {"from": 110, "to": 110, "epochs": 0})
    public |= {"epoch": 3, "origin": f"{BASE}/3"}
    with pytest.raises(Malformed):
        parse_link(public)


@pytest.mark.parametrize("epoch", [1, 2, 10, 999_999_999])
def test_an_epoch_and_its_origin_lead_to_each_other(epoch):
    assert epoch_of(origin_of(BASE, epoch), BASE) == epoch


@pytest.mark.parametrize(
    "origin", ["", "other", BASE + "/", BASE + "/1", BASE + "/02", BASE + "/-2", BASE + "2/3"]
)
def test_an_origin_of_no_epoch_is_none(origin):
    assert epoch_of(origin, BASE) is None
