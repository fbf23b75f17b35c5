"""The facts of trace, and the rows that follow from them.

    trace.asked        {question, by, exhibits, case}        before anything is looked at
    reading.made       {question, exhibit, version, slots, read}   before any codeword
    finding.made       {question, exhibit, verdict, named}   the rest is in the sealed body
    version.disclosed  {version, kind}                       leaving it is no leak from now on

Tables (rebuildable): `asks` by question, indexed by person; `findings` by question/exhibit,
indexed by question; `disclosures` by version.
"""

from collections.abc import Iterable, Mapping, Sequence

from adyton.terms import CopyNamed, Entry, Finding, Json, Row, State, VersionMatch

ASKED = "trace.asked"
READ = "reading.made"
FOUND = "finding.made"
DISCLOSED = "version.disclosed"
ASKS = "asks"
FINDINGS = "findings"
DISCLOSURES = "disclosures"


def project(entry: Entry, _state: State) -> Iterable[Row]:
    """The rows of one fact; none for facts of other parts."""
    public = entry.public
    body = entry.body or {}
    match entry.type:
        case "trace.asked":
            person = text(public, "by")
            row: dict[str, Json] = {
                "person": person,
                "case": text(public, "case"),
                "at": entry.recorded_at_s,
            }
            yield Row(table=ASKS, key=text(public, "question"), data=row, index=person)
        case "finding.made":
            question = text(public, "question")
            key = f"{question}/{text(public, 'exhibit')}"
            found: dict[str, Json] = {
                **public,
                **body,
                "at": entry.recorded_at_s,
                "receipt": entry.receipt,
            }
            yield Row(table=FINDINGS, key=key, data=found, index=question)
        case "version.disclosed":
            told: dict[str, Json] = {"kind": text(public, "kind"), "at": entry.recorded_at_s}
            yield Row(table=DISCLOSURES, key=text(public, "version"), data=told)
        case _:
            return


def text(data: Mapping[str, Json], field: str) -> str:
    """A text field of a fact or row; empty where it is absent or erased."""
    value = data.get(field, "")
    return value if isinstance(value, str) else ""


def number(data: Mapping[str, Json], field: str) -> int:
    """An integer field of a fact or row; 0 where it is absent or erased."""
    value = data.get(field, 0)
    return value if isinstance(value, int) else 0


def sealed(finding: Finding, *, sha256: str) -> dict[str, Json]:
    """The body of `finding.made`: all that the finding says."""
    return {
        "sha256": sha256,
        "reasons": list(finding.reasons),
        "unread": list(finding.unread),
        "suspects": finding.suspects_considered,
        "copies": _copies(finding.copies),
        "matches": _matches(finding.matches),
    }


def _copies(copies: Sequence[CopyNamed]) -> list[Json]:
    return [
        {
            "copy": item.copy,
            "log10_bound_milli": item.log10_bound_milli,
            "named": item.named,
            "weak": item.weak,
            "slots_read": item.slots_read,
            "agreements": item.agreements,
        }
        for item in copies
    ]


def _matches(matches: Sequence[VersionMatch]) -> list[Json]:
    return [
        {
            "asset": item.asset,
            "version": item.version,
            "segment": item.segment,
            "spans_segment": [[span.start, span.end] for span in item.spans_segment],
            "spans_version": [[span.start, span.end] for span in item.spans_version],
            "share_ppm": item.share_ppm,
        }
        for item in matches
    ]
