"""Findings and facts to scope, pathways, persons, plan, closure and report.

Enters: findings of `trace`, what `intake` says of a post's way, the ledger with its tables, and
logs that are not ours (imported here: `Sources`). Leaves: the document of a case (verdict, copies
with bounds, pathways with evidence for, against and missing, three scope sets, persons with tiers,
plan, timeline, coverage), the actions carried out and tried again, the report, and what an evidence
bundle holds.

Promises:
- evidence is on record before it is asked about, and every question before its answer;
- every sentence cites ledger indexes, and lines of an imported log;
- what is missing weighs nothing: a gap in the logs is never innocence, and *unknown* keeps mass of
  its own;
- holders are told only in an open case with a purpose and a second person; nobody is accused but
  on two kinds of evidence, without any sign of framing, by two signatures, after being heard;
- an action counts when the attack it closes was tried again and was blocked; what is not ours is
  an instruction and stays on the list of what is open.

Never: "excluded" because nothing was seen; a person from a pathway; a secret or a name in the
tree; I/O (containment and retry are ports).

The caller asks policy first (`investigate`, `import`) and gives the authenticated person as `by`.

Read in this order: `case` (the procedure), `assessment`, `pathways`, `persons`, `scope`, `plan`,
`actions`, `report`.
"""

from adyton.incident.actions import Actions
from adyton.incident.answer import answer_of
from adyton.incident.bundle import evidence_bundle
from adyton.incident.case import Cases
from adyton.incident.facts import FACTS, project
from adyton.incident.fieldmap import PACKAGED, FieldMap, packaged_field_map, read_field_map
from adyton.incident.gather import findings_of
from adyton.incident.pathways import PATHWAYS, PathwayRanked, rank_pathways
from adyton.incident.ports import Attempt, Containment, Retry
from adyton.incident.post import post_of
from adyton.incident.records import Post, RecordedFinding
from adyton.incident.report import report_of
from adyton.incident.sources import ReadSource, Sources, read_source

__all__ = [
    "FACTS",
    "PACKAGED",
    "PATHWAYS",
    "Actions",
    "Attempt",
    "Cases",
    "Containment",
    "FieldMap",
    "PathwayRanked",
    "Post",
    "ReadSource",
    "RecordedFinding",
    "Retry",
    "Sources",
    "answer_of",
    "evidence_bundle",
    "findings_of",
    "packaged_field_map",
    "post_of",
    "project",
    "rank_pathways",
    "read_field_map",
    "read_source",
    "report_of",
]
