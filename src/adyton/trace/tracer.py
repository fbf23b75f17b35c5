"""The straight line of attribution, from exhibits to findings (design, section 3.5)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from adyton.intake import Intake
from adyton.marks import EpsilonAccount, Reading, Recorder
from adyton.terms import (
    CaseId,
    Clock,
    Entropy,
    Exhausted,
    ExhibitId,
    Fact,
    Finding,
    PersonId,
    ReceiptId,
    State,
    TooLarge,
    Verdict,
    VersionId,
)
from adyton.trace.evidence import Evidence
from adyton.trace.facts import ASKED, ASKS, FOUND, READ, number, sealed
from adyton.trace.gathering import (
    Material,
    match_prints,
    materials,
    rank_versions,
    read_blind,
)
from adyton.trace.ports import Masters, Prints
from adyton.trace.verdicts import judge, overall

HOUR_S = 3_600
_ID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLimits:
    """How often a person may ask, so that `trace` is no oracle for whoever removes marks."""

    questions_per_hour: int = 30
    exhibits_per_question: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """The answer to one question: a finding per exhibit, and the receipts of their facts."""

    question: str
    asked: ReceiptId
    findings: tuple[Finding, ...]
    receipts: Mapping[ExhibitId, ReceiptId]

    @property
    def verdict(self) -> Verdict:
        """Of all exhibits together."""
        return overall(finding.verdict for finding in self.findings)


class Tracer:
    """Answers what exhibits are and which copies they came from. It names no person."""

    def __init__(
        self,
        *,
        recorder: Recorder,
        clock: Clock,
        entropy: Entropy,
        prints: Prints,
        masters: Masters,
        account: EpsilonAccount,
        limits: TraceLimits | None = None,
    ) -> None:
        self._recorder = recorder
        self._clock = clock
        self._entropy = entropy
        self._prints = prints
        self._masters = masters
        self._account = account
        self._limits = limits or TraceLimits()

    def trace(self, intake: Intake, *, by: PersonId, case: CaseId | None = None) -> Traced:
        """One finding per exhibit of `intake`.

        The caller holds a grant to trace. Raises Exhausted over the person's hourly limit,
        TooLarge for too many exhibits, Unavailable when the ledger cannot record: then nothing
        is answered.
        """
        items = materials(intake)
        if len(items) > self._limits.exhibits_per_question:
            raise TooLarge("exhibits, too many for one question", mend="ask in several parts")
        # (1) The question is on record before anything is looked at.
        question = self._question()
        asked = self._ask(question, len(items), by, case)
        findings: list[Finding] = []
        receipts: dict[ExhibitId, ReceiptId] = {}
        for item in items:
            # (2) Which versions and answers it holds content of, and what it claims.
            evidence = match_prints(item, prints=self._prints, state=self._recorder.state)
            # (3) What stands in the slots of open versions; recorded, then compared.
            evidence = self._attribute(evidence, item, question, case)
            # (4) The verdict; the finding is durable before it is told.
            finding = _finding(item, evidence)
            findings.append(finding)
            receipts[finding.exhibit] = self._record(finding, question, item.exhibit.sha256)
        return Traced(question=question, asked=asked, findings=tuple(findings), receipts=receipts)

    def _question(self) -> str:
        raw = self._entropy.token(_ID_BYTES)
        return "ask_" + base64.b32encode(raw).decode().rstrip("=").lower()

    def _ask(self, question: str, exhibits: int, by: PersonId, case: CaseId | None) -> ReceiptId:
        fact = Fact(
            type=ASKED,
            subjects=(question, by),
            public={"question": question, "by": by, "exhibits": exhibits, "case": case or ""},
        )
        since = int(self._clock.now_s()) - HOUR_S

        def within_limit(state: State) -> None:
            recent = sum(number(row, "at") > since for _, row in state.by_index(ASKS, by))
            if recent >= self._limits.questions_per_hour:
                raise Exhausted("trace questions of this hour", mend="ask again in an hour")

        return self._recorder.append(fact, guard=within_limit).receipt

    def _attribute(
        self, evidence: Evidence, item: Material, question: str, case: CaseId | None
    ) -> Evidence:
        exhibit = item.exhibit.id

        def record(version: VersionId, reading: Reading) -> None:
            self._record_reading(question, exhibit, version, reading)

        evidence, opened = read_blind(evidence, item, masters=self._masters, record=record)
        return rank_versions(
            evidence,
            opened,
            state=self._recorder.state,
            epsilon=self._account.limits.finding,
            permitted=lambda: self._account.spend(question=f"{question}/{exhibit}", case=case),
        )

    def _record_reading(
        self, question: str, exhibit: ExhibitId, version: VersionId, reading: Reading
    ) -> None:
        fact = Fact(
            type=READ,
            subjects=(question, version),
            public={
                "question": question,
                "exhibit": exhibit,
                "version": version,
                "slots": len(reading.symbols),
                "read": reading.symbols_read,
            },
            body={
                "layout": reading.layout,
                "symbols": reading.written(),
                "facts": [list(values) for values in reading.facts],
            },
            body_subject=version,
        )
        self._recorder.append(fact)

    def _record(self, finding: Finding, question: str, sha256: str) -> ReceiptId:
        fact = Fact(
            type=FOUND,
            subjects=(question,),
            public={
                "question": question,
                "exhibit": finding.exhibit,
                "verdict": finding.verdict.value,
                "named": sum(copy.named for copy in finding.copies),
            },
            body=sealed(finding, sha256=sha256),
            body_subject=question,
        )
        return self._recorder.append(fact).receipt


def _finding(item: Material, evidence: Evidence) -> Finding:
    judgement = judge(evidence)
    sealed_versions = tuple(
        f"copies of version {version.version}: two people must open it for trace"
        for version in evidence.versions
        if version.sealed
    )
    cut = tuple(
        f"marks of version {version.version}: the exhibit is longer than can be read at once"
        for version in evidence.versions
        if version.reading is not None and version.reading.truncated
    )
    other = tuple(
        f"{version.incomparable} copies of version {version.version}: written with another "
        "master or key than the session gives"
        for version in evidence.versions
        if version.incomparable
    )
    return Finding(
        exhibit=item.exhibit.id,
        verdict=judgement.verdict,
        matches=tuple(match for version in evidence.versions for match in version.matches),
        copies=judgement.copies,
        reasons=judgement.reasons,
        unread=(*item.unread, *sealed_versions, *cut, *other),
        suspects_considered=sum(len(version.suspects) for version in evidence.versions),
    )
