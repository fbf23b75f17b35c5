"""Which model name leads where. Names are secrets: what a caller may not use is not there."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from adyton.gateway.facts import ENDPOINT_DEFINED, ENDPOINTS
from adyton.gateway.ports import Recorder
from adyton.gateway.routes import MODEL_NAME
from adyton.terms import (
    AssetId,
    AssetKind,
    AssetRef,
    CompartmentId,
    Fact,
    Json,
    Malformed,
    Missing,
    Promise,
    State,
    VersionId,
)

ASSETS = "assets"  # written by the vault
_NO_ROW: Mapping[str, Json] = {
    "asset": "",
    "weights": "",
    "decoy": True,
    "upstream": "",
    "since": 0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One model name: what policy decides about, the weights behind it, the upstream it uses.

    `upstream` names a configured model server; an address never stands here.
    """

    model: str
    resource: AssetRef
    weights: AssetRef | None
    upstream: str
    since_s: int


class Endpoints:
    """Defines model names. The latest definition of a name holds."""

    def __init__(self, ledger: Recorder) -> None:
        self._ledger = ledger

    def define(
        self, *, model: str, asset: AssetId, upstream: str, weights: AssetId | None = None
    ) -> Promise:
        """Lead a model name to an endpoint asset. Raises Malformed, or Missing (the asset)."""

        def guard(state: State) -> None:
            for wanted in filter(None, (asset, weights)):
                if asset_ref(state, wanted) is None:
                    raise Missing("no such asset", mend="protect it first")

        return self._record(model, str(asset), str(weights or ""), upstream, guard=guard)

    def define_decoy(self, *, model: str) -> Promise:
        """A name that nobody has a reason to use: it reads like a missing one, and is recorded."""
        return self._record(model, "", "", "", guard=lambda _: None)

    def _record(
        self, model: str, asset: str, weights: str, upstream: str, *, guard: Callable[[State], None]
    ) -> Promise:
        if not MODEL_NAME.fullmatch(model):
            raise Malformed("model: not a model name", mend="letters, digits, . _ - (64 at most)")
        fact = Fact(
            type=ENDPOINT_DEFINED,
            subjects=tuple(one for one in (asset, weights) if one),
            public={"asset": asset, "weights": weights, "decoy": not asset},
            body={"model": model, "upstream": upstream},
            body_subject=asset,
        )
        return self._ledger.submit(fact, guard=guard).result()


def asset_ref(state: State, asset: str) -> AssetRef | None:
    """An asset as policy sees it, from its row; None where there is none."""
    row = state.get(ASSETS, asset)
    if row is None:
        return None
    current = row.get("current")
    return AssetRef(
        asset=AssetId(asset),
        kind=AssetKind(str(row["kind"])),
        compartment=CompartmentId(str(row["compartment"])),
        version=VersionId(str(current)) if current else None,
    )


def is_decoy(state: State, model: str) -> bool:
    """Whether a name is planted."""
    row = state.get(ENDPOINTS, model)
    return row is not None and row["decoy"] is True


def find_endpoint(state: State, model: str) -> Endpoint | None:
    """Where a name leads; None for unknown names and decoys alike, after the same steps (I2)."""
    return _endpoint(state, model, state.get(ENDPOINTS, model) or _NO_ROW)


def all_endpoints(state: State) -> Iterator[Endpoint]:
    """Every name that leads somewhere, in order."""
    for model, row in state.scan(ENDPOINTS):
        endpoint = _endpoint(state, model, row)
        if endpoint is not None:
            yield endpoint


def _endpoint(state: State, model: str, row: Mapping[str, Json]) -> Endpoint | None:
    resource = asset_ref(state, str(row["asset"]))
    weights = asset_ref(state, str(row["weights"]))
    lost = bool(row["weights"]) and weights is None  # no lock on them could be seen: closed
    if row["decoy"] is True or resource is None or lost:
        return None
    since = row["since"]
    return Endpoint(
        model=model,
        resource=resource,
        weights=weights,
        upstream=str(row["upstream"]),
        since_s=since if isinstance(since, int) else 0,
    )
