"""Operations that ask how complete the record is: its coverage, and the counts of others."""

from adyton.assembly import completeness
from adyton.assembly.operations.kinds import Answer, NoParams, Operation, Params
from adyton.assembly.perimeter import Perimeter
from adyton.identity import Principal
from adyton.ledger.reconcile import Verdict
from adyton.terms import Act, Malformed

DAY_S = 86_400


class Stretch(Params, frozen=True, kw_only=True):
    """From when to when, in epoch seconds; 0 means now, and a day before the end."""

    since: int = 0
    until: int = 0


def coverage(perimeter: Perimeter, who: Principal, q: Stretch) -> Answer:
    """Which kinds of events could have been recorded, and when. Unknown is not clean."""
    perimeter.reads.note(who.person, "ledger.coverage")
    now_s = perimeter.now_s()
    until_s = min(q.until or now_s, now_s)
    since_s = q.since or until_s - DAY_S
    if since_s >= until_s:
        raise Malformed("since is not before until, or lies ahead", mend="give the earlier first")
    found = completeness.coverage_map(perimeter, since_s=since_s, until_s=until_s)
    return {
        "since": since_s,
        "until": until_s,
        "coverage": [
            {
                "writer": one.writer,
                "kind": one.kind,
                "spans": [
                    {"from": s.start_s, "to": s.end_s, "state": s.state.value, "why": s.why}
                    for s in one.spans
                ],
            }
            for one in found
        ],
        "gaps": list(completeness.record_gaps(perimeter.ledger)),
    }


def reconcile(perimeter: Perimeter, who: Principal, _q: NoParams) -> Answer:
    """Lay our counts beside those of model servers and object stores."""
    perimeter.reads.note(who.person, "ledger.reconcile")
    run = completeness.reconcile_record(perimeter, by=who.person)
    return {
        "agrees": run.agrees,
        "unknown": run.number(Verdict.UNKNOWN),
        "counts": [
            {
                "what": one.count.what,
                "subject": one.count.subject,
                "from": one.count.start_s,
                "to": one.count.end_s,
                "ours_least": one.count.least,
                "ours_most": one.count.most,
                "theirs": one.count.theirs,
                "verdict": one.verdict.value,
                "by": one.by,
                "note": one.count.note,
                "meaning": one.meaning,
            }
            for one in run.judged
        ],
    }


OPERATIONS = (
    Operation(
        name="ledger.coverage", params=Stretch, run=coverage, act=Act.AUDIT, gives="a coverage map"
    ),
    Operation(
        name="ledger.reconcile", params=NoParams, run=reconcile, act=Act.AUDIT, gives="counts"
    ),
)
