"""Compartments: the need-to-know labels. Every asset and every entitlement is in exactly one."""

from adyton.crypto.ids import mint
from adyton.ledger import Ledger
from adyton.policy import facts
from adyton.terms import (
    CompartmentId,
    Conflict,
    Entropy,
    Fact,
    Malformed,
    PersonId,
    State,
)

MAX_NAME = 100


class Compartments:
    """Adds compartments. The caller has asked for `administer` before."""

    def __init__(self, *, ledger: Ledger, entropy: Entropy) -> None:
        self._ledger = ledger
        self._entropy = entropy

    def add(self, name: str, *, by: PersonId | None, bound_only: bool = False) -> CompartmentId:
        """A new compartment. `bound_only` shuts out keys that are not bound to their sender.

        Raises Conflict where a compartment has that name.
        """
        if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
            raise Malformed("compartment name", mend=f"printable text, 1 to {MAX_NAME} characters")
        compartment = CompartmentId(mint("cmp", self._entropy))

        def name_is_free(state: State) -> None:
            if any(row["name"] == name for _, row in state.scan(facts.COMPARTMENTS)):
                raise Conflict("a compartment has that name", mend="choose another name")

        fact = Fact(
            type=facts.COMPARTMENT_ADDED,
            subjects=(compartment,),
            public={"compartment": compartment, "bound_only": bound_only, "by": by or ""},
            body={"name": name},
            body_subject=compartment,
        )
        self._ledger.append(fact, guard=name_is_free)
        return compartment
