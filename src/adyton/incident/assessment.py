"""One look at a case: verdict, pathways, scope, persons, plan, coverage, as one document.

1. The verdict comes from the findings; without a leak nothing else is claimed.
2. Pathways are ranked; scope and plan follow from them.
3. Holders are told only because the case allows it (`persons.check_case`).
4. What was looked at, what was not, and what no log could have held is part of the document.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from adyton.incident.pathways import rank_pathways
from adyton.incident.pathways.registry import PATHWAYS
from adyton.incident.persons import weigh_persons
from adyton.incident.plan import plan_actions
from adyton.incident.records import PPM, Cite, Dossier, RecordedFinding, cited
from adyton.incident.scope import scope_of
from adyton.incident.timeline import timeline_of
from adyton.terms import CopyNamed, Json, State, Verdict
from adyton.trace import overall

FORMAT: Final = 1
MILLI: Final = 1000
KINDS: Final = (("idp", "sign-ins"), ("object_store", "object store"))
ASSUMPTIONS: Final = (
    "the mark keys were secret until the post",
    "the registry of copies is true and complete",
)
WEAK_ASSUMPTION: Final = "the online keys of answer marks were not stolen"


def assess(dossier: Dossier, *, case: Mapping[str, Json], state: State) -> dict[str, Json]:
    """The document of a case as the evidence stands now. Raises Refused for a closed case."""
    verdict = verdict_of(dossier.findings)
    ranked = rank_pathways(dossier)
    persons = weigh_persons(dossier, ranked, case=case)
    copies: list[Json] = [_copy(one, dossier) for one in _named(dossier)]
    return {
        "format": FORMAT,
        "case": dossier.case,
        "verdict": verdict.value,
        "basis": dossier.basis,
        "posted_at_s": dossier.post.posted_at_s,
        "findings": [_finding(one) for one in dossier.findings],
        "copies": copies,
        "pathways": [pathway.as_json() for pathway in ranked],
        "scope": scope_of(dossier, ranked).as_json(),
        "persons": [person.as_json() for person in persons],
        "plan": [action.as_json() for action in plan_actions(dossier, ranked, state)],
        "timeline": [event.as_json() for event in timeline_of(dossier)],
        "coverage": list(_coverage(dossier)),
        "unseen": [{"pathway": pathway.id, "text": pathway.unseen} for pathway in PATHWAYS],
    }


def verdict_of(findings: Sequence[RecordedFinding]) -> Verdict:
    """The case's verdict; `unsure` where there is no finding at all."""
    return overall(one.finding.verdict for one in findings) if findings else Verdict.UNSURE


def _named(dossier: Dossier) -> Iterator[tuple[CopyNamed, RecordedFinding]]:
    """Each named copy once, by its best finding."""
    best: dict[str, tuple[CopyNamed, RecordedFinding]] = {}
    for one in dossier.findings:
        if one.finding.verdict is not Verdict.LEAK:
            continue
        for copy in one.finding.copies:
            known = best.get(copy.copy)
            if known is None or copy.log10_bound_milli < known[0].log10_bound_milli:
                best[copy.copy] = (copy, one)
    yield from sorted(best.values(), key=lambda pair: pair[0].log10_bound_milli)


def _copy(pair: tuple[CopyNamed, RecordedFinding], dossier: Dossier) -> dict[str, Json]:
    copy, one = pair
    # The best of several exhibits is shown, so each that was read counts as one more try.
    tries = sum(other.finding.suspects_considered > 0 for other in dossier.findings)
    bound = copy.log10_bound_milli + math.ceil(MILLI * math.log10(max(1, tries)))
    held = next((held for held in dossier.copies if held.copy == copy.copy), None)
    cites = [Cite(entry=one.entry), *([Cite(entry=held.entry)] if held else [])]
    return {
        "id": copy.copy,
        "log10_bound_milli": min(0, bound),
        "exhibits_read": max(1, tries),
        "named": copy.named,
        "weak": copy.weak,
        "slots_read": copy.slots_read,
        "agreements": copy.agreements,
        "suspects": one.finding.suspects_considered,
        "channel": held.channel.value if held else "",
        "assumptions": [*ASSUMPTIONS, *([WEAK_ASSUMPTION] if copy.weak else [])],
        "finding": one.entry,
        **cited(cites),
    }


def _finding(one: RecordedFinding) -> dict[str, Json]:
    finding = one.finding
    return {
        "exhibit": finding.exhibit,
        "verdict": finding.verdict.value,
        "versions": [match.version for match in finding.matches],
        "reasons": list(finding.reasons),
        "unread": list(finding.unread),
        "suspects": finding.suspects_considered,
        **cited([Cite(entry=one.entry)]),
    }


def _coverage(dossier: Dossier) -> Iterator[dict[str, Json]]:
    """What each kind of log covers of the time from issue to post; nothing means not imported."""
    start_s = min((copy.issued_at_s for copy in dossier.suspects), default=0)
    end_s = dossier.posted_by_s()
    for kind, name in KINDS:
        sources = [source for source in dossier.sources if source.kind == kind]
        share = dossier.covered_ppm(kind, start_s, end_s) if dossier.suspects else 0
        cites = [Cite(entry=source.entry) for source in sources]
        yield {
            "kind": kind,
            "name": name,
            "imported": len(sources),
            "covered_ppm": min(PPM, share),
            "stated": all(source.coverage.stated for source in sources),
            "malformed_lines": sum(source.malformed for source in sources),
            "skew_s": [source.skew_s for source in sources],
            "unreadable": sum(1 for source in sources if not source.readable),
            **cited(cites or [Cite(entry=dossier.case_entry)]),
        }
