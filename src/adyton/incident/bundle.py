"""What an evidence bundle of a case holds, ready for the ledger to write and to prove."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from adyton.incident.report import cited_indexes
from adyton.ledger import Ledger
from adyton.ledger.bundle import write_bundle
from adyton.ledger.standalone import build_verifier
from adyton.terms import BodyState, CaseId, Json

VERIFIER = "verifier.pyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleParts:
    """Files by name, the ledger indexes whose facts belong to them, and those whose bodies do.

    Bodies are opened only where a sentence rests on one: imported logs, findings, exhibits, the
    assessment, actions. Facts about people are in the bundle sealed, as they stand in the tree.
    """

    files: Mapping[str, bytes]
    indexes: tuple[int, ...]
    bodies: tuple[int, ...]


def evidence_bundle(
    report: Mapping[str, Json],
    *,
    html: str,
    sources: Sequence[Mapping[str, Json]],
    ledger: Ledger,
) -> Mapping[str, bytes]:
    """The complete bundle of a case, path to bytes; `html` is the rendered report.

    Bodies that were erased or are lost stay out, and are listed as such. Raises Unavailable
    without a cosigned checkpoint.
    """
    parts = bundle_parts(report, html=html, sources=sources)
    files = {**parts.files, VERIFIER: build_verifier()}
    states = ledger.body_states(parts.bodies)
    return write_bundle(
        files,
        case=CaseId(str(report["case"])),
        ledger=ledger,
        indexes=parts.indexes,
        bodies=[index for index, state in states.items() if state is not BodyState.NONE],
    )


def bundle_parts(
    report: Mapping[str, Json], *, html: str, sources: Sequence[Mapping[str, Json]]
) -> BundleParts:
    """The bundle's own files and what it needs from the ledger."""
    exhibits = cast("Sequence[Mapping[str, Json]]", report["exhibits"])
    logs = [
        {key: row[key] for key in ("source", "kind", "digest", "lines", "skew_s", "entry")}
        for row in sources
    ]
    actions = cast("Sequence[Mapping[str, Json]]", report["actions"])
    opened = {
        cast("int", report["assessment"]),
        *(cast("int", row["entry"]) for row in (*logs, *exhibits, *actions)),
        *(cast("int", action["verified_entry"]) for action in actions),
        *_findings(report),
    }
    indexes = {*cited_indexes(report), *opened} - {-1}
    return BundleParts(
        files={
            "report.json": _json(report),
            "report.html": html.encode(),
            "exhibits.json": _json({"exhibits": exhibits}),
            "sources.json": _json({"sources": logs}),
        },
        indexes=tuple(sorted(indexes)),
        bodies=tuple(sorted(opened - {-1})),
    )


def _findings(report: Mapping[str, Json]) -> set[int]:
    copies = cast("Sequence[Mapping[str, int]]", report["copies"])
    return {copy["finding"] for copy in copies}


def _json(value: Json) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    return text.encode() + b"\n"
