"""What is under protection: assets by id, registered once."""

from collections.abc import Callable, Mapping

from adyton.crypto import ids
from adyton.terms import (
    AssetId,
    AssetKind,
    CompartmentId,
    Conflict,
    Entropy,
    Fact,
    Json,
    Malformed,
    Missing,
    PersonId,
    State,
)
from adyton.vault import facts
from adyton.vault.ports import Ledger

MAX_NAME = 200


class Assets:
    """Registers assets. Two of one name never stand side by side, whoever races whom."""

    def __init__(self, *, ledger: Ledger, entropy: Entropy) -> None:
        self._ledger = ledger
        self._entropy = entropy

    def register(
        self, *, name: str, kind: AssetKind, compartment: str, by: PersonId, decoy: bool = False
    ) -> AssetId:
        """A new asset. Raises Malformed for the name, Conflict where it is taken."""
        _check_name(name)
        asset = AssetId(ids.mint("ast", self._entropy))
        self.record(asset, name=name, kind=kind, compartment=compartment, by=by, decoy=decoy)
        return asset

    def record(
        self,
        asset: AssetId,
        *,
        name: str,
        kind: AssetKind,
        compartment: str,
        by: PersonId,
        decoy: bool = False,
    ) -> None:
        """Register under a given id."""
        self._ledger.append(
            Fact(
                type=facts.ASSET_REGISTERED,
                subjects=(asset, compartment, by),
                public={
                    "asset": asset,
                    "kind": kind.value,
                    "compartment": CompartmentId(compartment),
                    "by": by,
                },
                # which assets are decoys is as secret as what they are called
                body={"name": name, "decoy": decoy},
                body_subject=asset,
            ),
            guard=_name_free(name),
        )

    def check(self, asset: AssetId | None, *, name: str, kind: AssetKind, compartment: str) -> None:
        """Whether a version may be added to `asset`, or an asset of that name be made.

        Raises Missing, Conflict (the asset is of another kind or compartment, or the name is
        taken), Malformed.
        """
        if asset is None:
            _check_name(name)
            _name_free(name)(self._ledger.state)
            return
        row = asset_row(self._ledger.state, asset)
        if (row["kind"], row["compartment"]) != (kind.value, compartment):
            raise Conflict("the asset is of another kind or in another compartment")


def asset_row(state: State, asset: str) -> Mapping[str, Json]:
    """The asset's row. Raises Missing."""
    row = state.get(facts.ASSETS, asset)
    if row is None:
        raise Missing("no such asset")
    return row


def _check_name(name: str) -> None:
    if not name or len(name) > MAX_NAME or not name.isprintable() or name != name.strip():
        raise Malformed("an asset's name is empty, too long, or holds unprintable characters")


def _name_free(name: str) -> Callable[[State], None]:
    def guard(state: State) -> None:
        if any(True for _ in state.by_index(facts.ASSETS, name)):
            raise Conflict("an asset of this name is registered", mend="choose another name")

    return guard
