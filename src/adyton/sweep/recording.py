"""A sweep goes on record: one fact per exposure, then one for the whole."""

from collections.abc import Iterable

from adyton.crypto.ids import mint
from adyton.ledger import Ledger
from adyton.sweep.exposures import Exposure, SweepResult
from adyton.terms import Entropy, Entry, Fact, Json, Promise, Row, State

FOUND = "exposure.found"
DONE = "sweep.done"
EXPOSURES = "exposures"
SWEEPS = "sweeps"
LISTED = 1000  # files not scanned that are listed by name in the record; the number is always there


def record(ledger: Ledger, result: SweepResult, *, entropy: Entropy) -> Promise:
    """Write `exposure.found` for each exposure, then `sweep.done`; the promise is of the latter."""
    sweep = mint("swp", entropy)
    pending = [ledger.submit(_found(one, sweep, mint("exp", entropy))) for one in result.exposures]
    for promise in pending:
        promise.result()
    return ledger.append(_done(result, sweep))


def _found(exposure: Exposure, sweep: str, identifier: str) -> Fact:
    ids = (exposure.asset, exposure.version, exposure.copy, exposure.credential)
    return Fact(
        type=FOUND,
        subjects=(identifier, *(one for one in ids if one)),
        public={
            "exposure": identifier,
            "sweep": sweep,
            "kind": exposure.kind.value,
            "place": exposure.place.kind.value,
            "asset": exposure.asset or "",
            "version": exposure.version or "",
            "copy": exposure.copy or "",
            "credential": exposure.credential or "",
            "share_ppm": exposure.share_ppm,
        },
        body={
            "place_path": exposure.place.path,
            "path": exposure.path,
            "inside": exposure.inside,
            "detail": exposure.detail,
            "spans": [[span.start, span.end] for span in exposure.spans],
        },
        body_subject=identifier,
    )


def _done(result: SweepResult, sweep: str) -> Fact:
    listed = result.not_scanned[:LISTED]
    return Fact(
        type=DONE,
        subjects=(sweep,),
        public={
            "sweep": sweep,
            "exposures": len(result.exposures),
            "scanned_files": result.scanned_files,
            "scanned_bytes": result.scanned_bytes,
            "not_scanned": len(result.not_scanned),
            "took_s": result.took_s,
        },
        body={
            "places": [[place.kind.value, place.path] for place in result.places],
            "not_scanned": [[one.place.path, one.path, one.reason] for one in listed],
        },
        body_subject=sweep,
    )


def project(entry: Entry, state: State) -> Iterable[Row]:
    """The rows that follow from a fact of this part."""
    del state  # each row follows from its fact alone
    if entry.type == FOUND:
        yield _exposure_row(entry)
    elif entry.type == DONE:
        yield _sweep_row(entry)


def _exposure_row(entry: Entry) -> Row:
    body = entry.body or {}
    data: dict[str, Json] = {
        **{name: value for name, value in entry.public.items() if name != "exposure"},
        **{name: body.get(name, "") for name in ("place_path", "path", "inside", "detail")},
        "found_at": entry.recorded_at_s,
    }
    asset = str(entry.public["asset"])
    return Row(table=EXPOSURES, key=str(entry.public["exposure"]), data=data, index=asset)


def _sweep_row(entry: Entry) -> Row:
    body = entry.body or {}
    data: dict[str, Json] = {
        **{name: value for name, value in entry.public.items() if name != "sweep"},
        "places": body.get("places", []),
        "done_at": entry.recorded_at_s,
    }
    return Row(table=SWEEPS, key=str(entry.public["sweep"]), data=data)
