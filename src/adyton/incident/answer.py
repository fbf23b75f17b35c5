"""The short answer of a case, in the shape in which drills compare it with the truth."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from adyton.incident.records import PPM
from adyton.terms import Json, Verdict

MILLI: Final = 1000
LEAST_BOUND: Final = 1e-300


def answer_of(document: Mapping[str, Json]) -> dict[str, Any]:
    """`{verdict, copies:[{id, bound}], persons:[{id, tier}], pathways:[{id, p}], scope}`.

    Only named copies are copies of the answer; `bound` and `p` are floats, for print: they never
    go into the ledger. The pathways are sorted, the likeliest first, and sum to 1.
    """
    copies = [copy for copy in _rows(document, "copies") if copy["named"] is True]
    return {
        "verdict": document["verdict"],
        "copies": [{"id": copy["id"], "bound": bound_of(copy)} for copy in copies],
        "persons": [
            {"id": person["id"], "tier": person["tier"]} for person in _rows(document, "persons")
        ],
        "pathways": [
            {"id": pathway["id"], "p": _whole(pathway, "p_ppm") / PPM}
            for pathway in _rows(document, "pathways")
        ],
        "scope": {
            name: [
                {"kind": item["kind"], "id": item["id"], "reach": item["reach"]}
                for item in _rows(document["scope"], name)
            ]
            for name in ("affirmed", "possible", "excluded")
        },
    }


def bound_of(copy: Mapping[str, Json]) -> float:
    """The wrong-copy bound as a number; never 0."""
    return float(max(LEAST_BOUND, min(1.0, 10 ** (_whole(copy, "log10_bound_milli") / MILLI))))


def is_leak(document: Mapping[str, Json]) -> bool:
    """True where the case's verdict is a leak."""
    return document["verdict"] == Verdict.LEAK.value


def _rows(document: Json, key: str) -> Sequence[Mapping[str, Json]]:
    rows = document.get(key, ()) if isinstance(document, Mapping) else ()
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, Sequence) else []


def _whole(row: Mapping[str, Json], key: str) -> int:
    value = row[key]
    return value if isinstance(value, int) else 0
