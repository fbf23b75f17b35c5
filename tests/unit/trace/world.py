"""A perimeter in memory with one protected document, its copies, and exhibits to trace."""

from adyton.adapters.memory_ledger import ManualClock, SeededEntropy, memory_ledger
from adyton.intake import Claim, RawFile, Times, open_exhibits
from adyton.marks import CopyTerms, EpsilonAccount, EpsilonLimits, Registry, issue, render_master
from adyton.marks import project as project_marks
from adyton.prints import PrintIndex, PrintKey, answer_prints, fingerprints
from adyton.terms import AssetId, Channel, Fact, PersonId, Row, Secret, VersionId
from adyton.trace import OpenVersion, TraceLimits, Tracer
from adyton.trace import project as project_trace
from tests.unit.marks.leaks import MASTER, VERSION, key

ASSET = AssetId("ast_" + "a" * 26)
ENDPOINT = AssetId("ast_" + "e" * 26)
ASKER = PersonId("per_" + "i" * 26)
NAME = "Evaluation runbook"


def _rows(entry, _state):
    """Rows that other parts would have written."""
    if entry.type == "row.written":
        public = entry.public
        yield Row(table=public["table"], key=public["key"], data=dict(public["data"]))


class World:
    """`opened` holds the versions with an open trace session."""

    def __init__(self, *, limits=None, epsilon=None, readers=9, master=MASTER):
        self.clock = ManualClock()
        self.entropy = SeededEntropy(1)
        self.ledger = memory_ledger([project_marks, project_trace, _rows], clock=self.clock)
        self.print_key = PrintKey(Secret(b"p" * 32))
        self.index = PrintIndex(self.print_key)
        self.opened_versions = {}
        self.registry = Registry(recorder=self.ledger, entropy=self.entropy)
        self.tracer = Tracer(
            recorder=self.ledger,
            clock=self.clock,
            entropy=self.entropy,
            prints=self.index,
            masters=self,
            account=EpsilonAccount(
                recorder=self.ledger, clock=self.clock, limits=epsilon or EpsilonLimits()
            ),
            limits=limits or TraceLimits(),
        )
        self.write("assets", ASSET, {"name": NAME, "kind": "document", "decoy": False})
        self.protect(VERSION, master)
        self.copies = [self.issue(f"Reader {at}") for at in range(readers)]

    def opened(self, version):
        return self.opened_versions.get(version)

    def write(self, table, row_key, data):
        public = {"table": table, "key": row_key, "data": data}
        self.ledger.append(Fact(type="row.written", public=public))

    def protect(self, version, master, seed=1):
        at = int(self.clock.now_s())
        self.write("versions", version, {"asset": ASSET, "protected_at": at})
        blob = fingerprints(render_master(master), self.print_key)
        self.index.add(asset=ASSET, version=version, blob=blob)
        self.opened_versions[version] = OpenVersion(master=master, key=key(seed))

    def issue(self, label, *, version=VERSION):
        own = self.opened_versions[version]
        terms = CopyTerms(
            asset=ASSET,
            version=version,
            recipient=PersonId("per_" + "r" * 26),
            channel=Channel.DIRECT,
            place="runbook.md",
        )
        return issue(
            registry=self.registry, master=own.master, key=own.key, terms=terms, label=label
        )

    def answer(self, copy, text):
        blob = answer_prints(text, self.print_key)
        self.index.add_answer(asset=ENDPOINT, copy=copy, blob=blob)

    def trace(self, *texts, posted_s=0, claims=(), by=ASKER, case=None):
        files = [
            RawFile(
                name=f"post{at}.md",
                data=text if isinstance(text, bytes) else text.encode(),
                times=Times(posted_s=posted_s),
            )
            for at, text in enumerate(texts)
        ]
        intake = open_exhibits(
            files, salt=self.entropy.token(16), claims=[Claim(text=text) for text in claims]
        )
        return self.tracer.trace(intake, by=by, case=case)

    def one(self, *texts, **more):
        (finding,) = self.trace(*texts, **more).findings
        return finding


OTHER_VERSION = VersionId("ver_" + "b" * 26)
