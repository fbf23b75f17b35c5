"""What is on record of the record itself: coverage, gaps, reads, counts of others.

One place for the tending of a home, and for the operations that ask what the record could hold.
"""

from collections.abc import Iterator

from adyton.assembly import reconciling
from adyton.assembly.heartbeat import ANSWERS, OPERATIONS
from adyton.assembly.perimeter import Perimeter
from adyton.ledger import Ledger
from adyton.ledger.coverage import Covered, Kind, coverage
from adyton.ledger.reconcile import Reconciled, reconcile
from adyton.ledger.sealing import to_entry
from adyton.ledger.signs import gaps, read_lives
from adyton.terms import Entry
from adyton.watch import DETECTORS

PAGE = 1000
KINDS = (
    Kind(
        name="answers",
        through=ANSWERS,
        types=frozenset({"answer.intended", "answer.continued", "answer.closed", "models.listed"}),
    ),
    Kind(name="refused requests", through=ANSWERS),
    Kind(
        name="checkouts",
        through=OPERATIONS,
        types=frozenset({"release.opened", "release.closed", "checkout.read"}),
        quorum=True,
    ),
    Kind(name="issues", through=OPERATIONS, types=frozenset({"copy.issued"})),
    Kind(name="refused operations", through=OPERATIONS, types=frozenset({"request.refused"})),
    Kind(name="reads of the record", through=OPERATIONS, types=frozenset({"record.read"})),
)
SOURCES = ("idp", "object_store")


def tend_record(perimeter: Perimeter) -> None:
    """Call it every few seconds while a home is owned: what is due is recorded."""
    perimeter.heart.turn()
    perimeter.reads.flush()
    perimeter.counting.turn()


def headers(ledger: Ledger) -> Iterator[Entry]:
    """Every entry in order, without its body."""
    start = 0
    while page := ledger.clear.read(start, PAGE):
        start += len(page)
        yield from (to_entry(index, one, None) for index, one in page)


def coverage_map(perimeter: Perimeter, *, since_s: int, until_s: int) -> tuple[Covered, ...]:
    """What could have been recorded between two times."""
    return coverage(
        headers(perimeter.ledger),
        KINDS,
        since_s=since_s,
        until_s=until_s,
        sources=SOURCES,
        detectors=[one.name for one in DETECTORS],
    )


def record_gaps(ledger: Ledger) -> tuple[str, ...]:
    """Where the signs of life leave a gap, in words."""
    return gaps(read_lives(headers(ledger)))


def reconcile_record(perimeter: Perimeter, *, by: str) -> Reconciled:
    """Our counts beside those of others, freshly taken where they can be; itself a fact."""
    perimeter.counting.turn(now=True)
    ledger, uses, releases = perimeter.ledger, [], []
    for entry in headers(ledger):
        if entry.type in reconciling.USES:
            sealed = entry.type in reconciling.WITH_BODY
            uses.append(ledger.entry(entry.receipt) if sealed else entry)
        if entry.type in reconciling.RELEASES:
            releases.append(entry)
    run = reconcile(
        [
            *reconciling.model_counts(uses, perimeter.gateway_limits),
            *reconciling.shelf_counts(releases, perimeter.sources.loaded()),
        ]
    )
    ledger.append(reconciling.fact_of(run, by=by))
    return run
