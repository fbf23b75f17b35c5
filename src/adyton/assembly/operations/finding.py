"""Operations that find: foreign logs, sweep, watch, trace."""

import base64
import binascii
from pathlib import Path
from typing import Any

from adyton.assembly.operations.exhibits import BroughtFile, open_brought
from adyton.assembly.operations.kinds import Answer, NoParams, Operation, Params
from adyton.assembly.perimeter import Perimeter
from adyton.identity import Principal
from adyton.incident import PACKAGED, packaged_field_map, read_field_map
from adyton.terms import Act, CopyNamed, Fact, Finding, Malformed
from adyton.trace import Traced
from adyton.watch import DETECTORS, look, record
from adyton.watch.windows import WINDOW_S

KIND_MAPS = {"idp": "idp-signin", "object_store": "object-store-access"}


class Import(Params, frozen=True, kw_only=True):
    """A log that is not ours, in base64, with its field mapping (TOML; empty: the packaged one)."""

    name: str
    kind: str
    data: str
    mapping: str = ""
    skew_s: int = 0
    coverage_from: int = 0
    coverage_to: int = 0


class Sweep(Params, frozen=True, kw_only=True):
    """Places to look through; `own` adds our home and the temporary folder."""

    paths: tuple[str, ...] = ()
    own: bool = False


class TraceFiles(Params, frozen=True, kw_only=True):
    """What was found outside: files, and claims that came with nothing to show."""

    files: tuple[BroughtFile, ...] = ()
    claims: tuple[str, ...] = ()


def import_source(perimeter: Perimeter, who: Principal, q: Import) -> Answer:
    """Import a log beside our facts; its digest is a fact."""
    try:
        raw = base64.b64decode(q.data, validate=True)
    except binascii.Error as error:
        raise Malformed("data: not base64") from error
    if q.coverage_to > perimeter.now_s():
        raise Malformed(
            "coverage of a source: it ends ahead of now",
            mend="give the time up to which the log was whole when it was taken",
        )
    name = KIND_MAPS.get(q.kind, q.kind)
    if q.mapping:
        field_map = read_field_map(q.mapping.encode())
    elif name in PACKAGED:
        field_map = packaged_field_map(name)
    else:
        raise Malformed("kind: no packaged mapping has this name", mend="give --mapping FILE")
    source = perimeter.sources.import_source(
        raw,
        field_map=field_map,
        name=q.name,
        by=who.person,
        skew_s=q.skew_s,
        coverage_from_s=q.coverage_from,
        coverage_to_s=q.coverage_to,
    )
    row: dict[str, Any] = {**(perimeter.ledger.state.get("sources", source) or {})}
    return {**row, "source": source}


def list_sources(perimeter: Perimeter, _who: Principal, _q: NoParams) -> Answer:
    """What was imported, and whether it is still there."""
    erased = perimeter.questions.is_erased
    return {
        "sources": [
            {"id": row["source"], **row, "erased": erased(str(row["source"]), row)}
            for row in perimeter.sources.listed()
        ]
    }


def sweep_places(perimeter: Perimeter, _who: Principal, q: Sweep) -> Answer:
    """Look for strays in places; what was found and what was not scanned is recorded."""
    perimeter.recognition.refresh()
    result = perimeter.sweep([perimeter.foreign_place(one) for one in q.paths], own=q.own)
    return {
        "exposures": [
            {
                "what": one.kind.value,
                "path": str(Path(one.place.path) / one.path),
                "asset": one.asset or "",
                "version": one.version or "",
                "share_ppm": one.share_ppm,
                "detail": one.detail,
            }
            for one in result.exposures
        ],
        "scanned": result.scanned_files,
        "not_scanned": [
            {"path": str(Path(one.place.path) / one.path), "reason": one.reason}
            for one in result.not_scanned
        ],
    }


def watch_record(perimeter: Perimeter, who: Principal, _q: NoParams) -> Answer:
    """Run the detectors over the record; new signals, and that they ran, are recorded."""
    now_s = perimeter.now_s()
    seen = look(tuple(perimeter.all_entries()), now_s)
    for signal in seen.signals:
        record(perimeter.ledger, signal)
    perimeter.ledger.append(
        Fact(
            type="watch.done",
            subjects=(who.person,),
            public={
                "detectors": [one.name for one in DETECTORS],
                "from": now_s - WINDOW_S,
                "to": now_s,
                "signals": len(seen.signals),
                "unjudged": len(seen.unjudged),
            },
        )
    )
    return {
        "signals": [
            {
                "detector": one.detector,
                "severity": one.severity.value,
                "subjects": list(one.subjects),
                "summary": one.summary,
                "base_rate": one.base_rate.text,
                "evidence": list(one.evidence),
            }
            for one in seen.signals
        ],
        "unjudged": [
            {"detector": one.detector, "reason": one.reason, "subject": one.subject}
            for one in seen.unjudged
        ],
    }


def bound_text(copy: CopyNamed) -> str:
    """A wrong-copy bound for people: a power of ten."""
    return f"1e{copy.log10_bound_milli / 1000:.1f}"


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as JSON."""
    return {
        "exhibit": finding.exhibit,
        "verdict": finding.verdict.value,
        "matches": [
            {
                "asset": one.asset,
                "version": one.version,
                "segment": one.segment,
                "share_ppm": one.share_ppm,
                "spans": [[span.start, span.end] for span in one.spans_segment],
            }
            for one in finding.matches
        ],
        "copies": [
            {
                "copy": one.copy,
                "bound": bound_text(one),
                "log10_bound_milli": one.log10_bound_milli,
                "named": one.named,
                "weak": one.weak,
                "slots_read": one.slots_read,
            }
            for one in finding.copies
        ],
        "reasons": list(finding.reasons),
        "unread": list(finding.unread),
        "suspects": finding.suspects_considered,
    }


def traced_json(traced: Traced) -> dict[str, Any]:
    """A trace's answer as JSON."""
    return {
        "verdict": traced.verdict.value,
        "receipt": traced.asked,
        "findings": [finding_json(one) for one in traced.findings],
    }


def trace_files(perimeter: Perimeter, who: Principal, q: TraceFiles) -> Answer:
    """Say of each exhibit what it is and whose copies it came from; never whose hands."""
    perimeter.recognition.refresh()
    intake = open_brought(perimeter, q.files, q.claims)
    return traced_json(perimeter.tracer.trace(intake, by=who.person))


OPERATIONS = (
    Operation(
        name="sources.import", params=Import, run=import_source, act=Act.IMPORT, gives="source"
    ),
    Operation(
        name="sources.list", params=NoParams, run=list_sources, act=Act.IMPORT, gives="sources"
    ),
    Operation(name="sweep.run", params=Sweep, run=sweep_places, act=Act.SWEEP, gives="exposures"),
    Operation(name="watch.run", params=NoParams, run=watch_record, act=Act.WATCH, gives="signals"),
    Operation(
        name="trace.run", params=TraceFiles, run=trace_files, act=Act.TRACE, gives="findings"
    ),
)
