"""Our facts as counts beside those of others: model servers' counters, object stores' logs.

How the counts are made, so that facts in flight are never called a difference:

1. A server's count covers everything it did up to then. Ours at least: answers through it, closed
   before it was asked, with the numbers that it told us itself.
2. Ours at most: those, and answers still open then or broken off, each with the most that it could
   have taken, and answers of an asset that more than one server may have answered.
3. The first count that shows more than was recorded says since when, whatever a later one shows.
4. An object store's log shows reads of sealed versions. During a release of that version, or while
   it was protected or checked, reads are ours; at any other time nobody of ours read it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from adyton.adapters.model_server import CONTEXT_TOKENS
from adyton.assembly.counting import MODEL_COUNTED
from adyton.gateway import Limits
from adyton.incident.records import LogSource
from adyton.ledger.reconcile import Count, Reconciled, Verdict, judge
from adyton.ledger.signs import number
from adyton.terms import Entry, Fact, Json

SLACK_S = 300
"""What a store's clock may differ by, and what sealing or checking a version may take."""
LISTED = 100
PART = re.compile(r"(?:^|/)ast_[a-z2-7]{26}/(ver_[a-z2-7]{26})/")
WORDS = {
    "prompt_tokens": ("tokens_in", "prompt tokens"),
    "generated_tokens": ("tokens_out", "tokens"),
}


@dataclass(slots=True, kw_only=True)
class Answer:
    """One answer: which upstreams it may have come from, and what it took as far as known."""

    upstreams: frozenset[str]
    begun: int
    closed: int | None = None
    took: dict[str, int] = field(default_factory=dict)

    @property
    def told(self) -> bool:
        """Whether the server told us its numbers: it does at the end of a whole answer alone."""
        return self.took.get("prompt_tokens", 0) > 0


@dataclass(slots=True, kw_only=True)
class Server:
    """One life of a model server, and its counts in order."""

    session: str
    upstream: str
    begun: int
    counts: list[Entry] = field(default_factory=list)
    started_s: int = 0
    ended_s: int = 0


@dataclass(slots=True)
class Uses:
    """Servers and answers out of the record."""

    servers: dict[str, Server] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)

    def read(self, entry: Entry) -> None:
        """One more fact, with its body where it names an upstream."""
        match entry.type:
            case "endpoint.defined" if entry.body is not None:
                said = str(entry.public["asset"]), str(entry.body["upstream"])
                self.names[str(entry.body["model"])] = said
            case "model.started":
                self._started(entry)
            case "model.counted":
                server = self.servers.get(str(entry.public["session"]))
                if server is not None:
                    server.counts.append(entry)
            case "release.closed":
                server = self.servers.get(str(entry.public["session"]))
                if server is not None:
                    server.ended_s = entry.recorded_at_s
            case "answer.intended":
                asset = str(entry.public["asset"])
                found = frozenset(up for owner, up in self.names.values() if owner == asset)
                copy = str(entry.public["copy"])
                self.answers[copy] = Answer(upstreams=found, begun=entry.index)
            case "answer.closed":
                answer = self.answers.get(str(entry.public["copy"]))
                if answer is not None:
                    answer.closed = entry.index
                    answer.took = {
                        theirs: number(entry.public, ours) for theirs, (ours, _) in WORDS.items()
                    }
            case _:
                pass

    def _started(self, entry: Entry) -> None:
        session = str(entry.public["session"])
        upstream = str((entry.body or {}).get("upstream", ""))
        server = Server(session=session, upstream=upstream, begun=entry.index)
        server.started_s = server.ended_s = entry.recorded_at_s
        self.servers[session] = server


USES = (
    "endpoint.defined",
    "model.started",
    MODEL_COUNTED,
    "release.closed",
    "answer.intended",
    "answer.closed",
)
WITH_BODY = frozenset({"endpoint.defined", "model.started"})


def model_counts(entries: Iterable[Entry], limits: Limits) -> Iterator[Count]:
    """The counts of every model server that we started. `entries`: those of `USES`, in order."""
    uses = Uses()
    for entry in entries:
        uses.read(entry)
    for server in uses.servers.values():
        answers = [
            one
            for one in uses.answers.values()
            if one.begun > server.begun and server.upstream in one.upstreams
        ]
        for word in WORDS:
            yield from _of_server(server, answers, word, limits)
    served = {server.upstream for server in uses.servers.values()}
    others = [one for one in uses.answers.values() if not one.upstreams & served]
    if others:
        note = "their server shows us no counters"
        yield _nobody("answers", "", span=(0, 0), ours=len(others), note=note)


def _of_server(
    server: Server, answers: Sequence[Answer], word: str, limits: Limits
) -> Iterator[Count]:
    what = f"model server: {WORDS[word][1]}"
    most = limits.answer_tokens if word == "generated_tokens" else CONTEXT_TOKENS
    counts = [_at(server, answers, entry, word, most) for entry in server.counts]
    if not counts or server.counts[-1].public["reason"] != "end":
        since = counts[-1].end_s if counts else server.started_s
        note = "the server is running, or ended without a last count"
        span = since, max(since, server.ended_s)
        yield _nobody(what, server.session, span=span, note=note)
    if not counts:
        return
    # 3: the first count that shows more than was recorded, whatever came after it; else the last
    yield next((one for one in counts if judge(one).verdict is Verdict.MORE), counts[-1])


def _at(
    server: Server, answers: Sequence[Answer], entry: Entry, word: str, most_each: int
) -> Count:
    """One count of a server beside ours up to then (1, 2)."""
    after, least, most = number(entry.public, "after"), 0, 0
    for one in answers:
        if one.begun > entry.index:
            continue
        over = one.closed is not None and one.closed < after
        alone = len(one.upstreams) == 1
        if over and alone and one.told:
            least += one.took[word]
        most += one.took[word] if one.told else most_each
    start = server.counts[0]
    before = next((one for one in reversed(server.counts) if one.index < entry.index), start)
    # a fresh server counts from nothing; what it did before a start count is its own affair
    base = number(start.public, word) if start.public["reason"] == "start" else 0
    return Count(
        what=f"model server: {WORDS[word][1]}",
        subject=server.session,
        start_s=before.recorded_at_s,
        end_s=entry.recorded_at_s,
        least=least,
        most=most,
        theirs=number(entry.public, word) - base,
    )


def _nobody(
    what: str, subject: str, *, note: str, span: tuple[int, int] = (0, 0), ours: int = 0
) -> Count:
    return Count(
        what=what,
        subject=subject,
        start_s=span[0],
        end_s=span[1],
        least=ours,
        most=None,
        theirs=None,
        note=note,
    )


@dataclass(slots=True, kw_only=True)
class Release:
    """While this lasts, reads of the version's sealed parts are ours."""

    version: str
    start_s: int
    end_s: int
    reads: int = 0


RELEASES = (
    "version.protected",
    "quorum.checked",
    "release.opened",
    "release.closed",
    "checkout.read",
)


def shelf_counts(entries: Iterable[Entry], sources: Sequence[LogSource]) -> Iterator[Count]:
    """Reads of sealed versions in the logs of object stores. `entries`: those of `RELEASES`."""
    logs = [one for one in sources if one.kind == "object_store"]
    if not logs:
        yield _nobody("object store: reads", "", note="no log of the store was imported")
        return
    releases = list(_releases(entries))
    for log in logs:
        yield from _of_log(log, releases)


def _of_log(log: LogSource, releases: Sequence[Release]) -> Iterator[Count]:
    """One log: each release by itself, then what lies outside all of them (4)."""
    start_s, end_s = log.coverage.start_s, log.coverage.end_s
    whole = log.readable and not log.malformed and log.coverage.stated
    if not whole:
        note = "nobody states that this log is whole: what it lacks is not known"
        if not log.readable:
            note = "the rows of this log were erased"
        yield _nobody("object store: reads", log.source, span=(start_s, end_s), note=note)
    reads: dict[str, list[int]] = {one.version: [] for one in releases}
    for row in log.rows:
        part = PART.search(f"{row.place}/{row.object}")
        if part and row.action == "object.read" and row.result != "denied":
            reads.setdefault(part.group(1), []).append(row.time_s)
    for version, times in sorted(reads.items()):
        stray = times
        for release in (one for one in releases if one.version == version):
            first, last = release.start_s - SLACK_S, release.end_s + SLACK_S
            inside = sum(first <= time_s <= last for time_s in times)
            stray = [time_s for time_s in stray if not first <= time_s <= last]
            covered = whole and start_s <= release.start_s and release.end_s <= end_s
            if release.reads and covered:
                span = release.start_s, release.end_s
                yield _shelf(version, span, ours=(1, None), theirs=inside)
        if not stray and not whole:
            continue  # that it shows nothing else is no agreement: see above
        span = (min(stray), max(stray)) if stray else (start_s, end_s)
        yield _shelf(version, span, ours=(0, 0), theirs=len(stray), note="outside every release")


def _shelf(
    version: str,
    span: tuple[int, int],
    *,
    ours: tuple[int, int | None],
    theirs: int,
    note: str = "",
) -> Count:
    return Count(
        what="object store: reads of sealed parts",
        subject=version,
        start_s=span[0],
        end_s=span[1],
        least=ours[0],
        most=ours[1],
        theirs=theirs,
        note=note,
    )


def _releases(entries: Iterable[Entry]) -> Iterator[Release]:
    open_: dict[str, Release] = {}
    for entry in entries:
        public, now_s = entry.public, entry.recorded_at_s
        version, request = str(public["version"]), str(public.get("request", ""))
        match entry.type:
            case "release.opened":
                until_s = number(public, "expires_at")
                open_[request] = Release(version=version, start_s=now_s, end_s=until_s)
            case "checkout.read" if request in open_:
                open_[request].reads += 1
            case "release.closed" if request in open_:
                release = open_.pop(request)
                release.end_s = min(release.end_s, now_s)
                yield release
            case "version.protected" | "quorum.checked":
                yield Release(version=version, start_s=now_s, end_s=now_s)
            case _:
                pass
    yield from open_.values()


def fact_of(run: Reconciled, *, by: str) -> Fact:
    """The fact of a run: counts and opaque ids, of at most `LISTED` that do not agree."""
    contrary = [one for one in run.judged if one.verdict in {Verdict.MORE, Verdict.FEWER}]
    differences: list[Json] = [
        {
            "what": one.count.what,
            "subject": one.count.subject,
            "verdict": one.verdict.value,
            "by": one.by,
            "from": one.count.start_s,
            "to": one.count.end_s,
        }
        for one in contrary[:LISTED]
    ]
    return Fact(
        type="record.reconciled",
        subjects=(by,),
        public={
            "compared": len(run.judged),
            "agree": run.number(Verdict.AGREES),
            "more": run.number(Verdict.MORE),
            "fewer": run.number(Verdict.FEWER),
            "unknown": run.number(Verdict.UNKNOWN),
            "differences": differences,
        },
    )
