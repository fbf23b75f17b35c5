"""The golden matrix: every act, holder, compartment and binding, held against matrix.txt.

The file is the law as people read it. When it and the policies differ, one of them is wrong:
decide which, and change that one by hand.
"""

from pathlib import Path

import pytest

from adyton.policy import ENTITLED_ACTS
from adyton.terms import Act, AssetKind, Binding, Missing, Refused, Role
from tests.policy.world import World

LINES = Path(__file__).with_name("matrix.txt").read_text(encoding="utf-8").splitlines()
TABLE = [line.split() for line in LINES if line.strip() and not line.startswith(("#", "kinds"))]
COLUMNS, ROWS = TABLE[0][2:], {(row[0], row[1]): row[2:] for row in TABLE[1:]}
KINDS = next(line.split()[1:] for line in LINES if line.startswith("kinds"))
HOLDERS = [*(role.value for role in Role), "entitled", "nobody"]


class Holders:
    """Two compartments that the entitled hold, one they do not, and a principal of each sort."""

    def __init__(self, kind=AssetKind.DOCUMENT):
        self.world = World()
        names = {"own": False, "bound": True, "other": False}
        self.assets = {
            name: self.world.asset(self.world.compartment(name, bound_only=bound), kind)
            for name, bound in names.items()
        }
        self.principals = {}

    def principal(self, holder, act, binding):
        held = Act(act) if Act(act) in ENTITLED_ACTS else Act.READ
        sort = (holder, held if holder == "entitled" else None)
        if (*sort, binding) not in self.principals:
            roles = [Role(holder)] if holder in set(Role) else []
            person = self.world.person(*roles)
            if holder == "entitled":
                for name in ("own", "bound"):
                    self.world.entitle(person, held, self.assets[name], whole=True)
            made = self.world.principal(person, Binding(binding))
            self.principals[*sort, binding] = made
        return self.principals[*sort, binding]

    def answer(self, holder, act, column):
        """A allowed, R refused, M missing."""
        where, _, binding = column.partition("/")
        resource = None if where == "perimeter" else self.assets[where]
        principal = self.principal(holder, act, binding or "none")
        try:
            self.world.gatekeeper.ask(principal, Act(act), resource)
        except Missing:
            return "M"
        except Refused:
            return "R"
        return "A"


@pytest.fixture(scope="module")
def holders():
    return Holders()


def test_every_act_has_a_row_for_every_holder_and_every_kind_is_listed():
    assert list(ROWS) == [(act.value, holder) for act in Act for holder in HOLDERS]
    assert [kind.value for kind in AssetKind] == KINDS


def test_the_columns_cover_compartments_and_bindings():
    assert [
        "perimeter",
        *(f"{where}/{b.value}" for where in ("own", "bound", "other") for b in Binding),
    ] == COLUMNS


@pytest.mark.parametrize("act", [act.value for act in Act])
def test_policy_answers_as_the_matrix_says(holders, act):
    answers = {
        holder: [holders.answer(holder, act, column) for column in COLUMNS] for holder in HOLDERS
    }
    assert answers == {holder: ROWS[act, holder] for holder in HOLDERS}


@pytest.mark.parametrize("kind", list(AssetKind))
def test_every_kind_of_asset_is_judged_alike(kind):
    holders = Holders(kind)
    for act, holder in (("read", "entitled"), ("infer", "nobody"), ("issue", "custodian")):
        answers = [holders.answer(holder, act, column) for column in COLUMNS]
        assert answers == ROWS[act, holder]
