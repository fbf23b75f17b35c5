"""A case from its opening to its close: evidence first, every question a fact.

1. `open`: a purpose, an opener and a second person.
2. `preserve`: what was found is on record with its digest before anything is asked of it.
3. `assess`: the question is recorded, then the answer.
4. `reply`, `sign_off`: the person's word, and two signatures, before anybody is accused.
5. `close`: only with every reply heard and every action settled.

The caller's duties: policy allowed `investigate`; `by` is the authenticated person.
Trusted: the facts. Rebuildable: tables `cases`, `case_items`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from adyton.incident.assessment import assess
from adyton.incident.gather import gather
from adyton.incident.persons import check_case, settle_tier
from adyton.incident.records import Post, RecordedFinding, new_id
from adyton.intake import Exhibit
from adyton.ledger import Guard, Ledger
from adyton.terms import (
    CaseId,
    Clock,
    Conflict,
    Entropy,
    Fact,
    Json,
    Malformed,
    Missing,
    PersonId,
    ReceiptId,
    Refused,
    State,
    Tier,
)

TEXT_LIMIT_CHARS: Final = 20_000
SETTLED: Final = frozenset({"verified", "instructed", "undone"})
Document = Mapping[str, Json]


class Cases:
    """The cases of one perimeter."""

    def __init__(self, *, ledger: Ledger, clock: Clock, entropy: Entropy) -> None:
        self._ledger = ledger
        self._clock = clock
        self._entropy = entropy

    def open(self, *, purpose: str, by: PersonId, second: PersonId, posted_at_s: int = 0) -> CaseId:
        """A new case. Raises Malformed without a purpose, Refused without a second person."""
        _check_text(purpose, "purpose of a case")
        if not second or second == by:
            raise Refused("a case has a second person", mend="name somebody else as second")
        people = [self._ledger.state.get("people", person) for person in (by, second)]
        if any(row is None or row.get("ended_at") for row in people):
            raise Missing("opener or second person of a case")
        case = CaseId(new_id("cas", self._entropy))
        self._append(
            "case.opened",
            case,
            {"by": by, "second": second, "posted_at_s": posted_at_s},
            {"purpose": purpose},
        )
        return case

    def preserve(self, case: CaseId, exhibits: Sequence[Exhibit], *, by: PersonId) -> None:
        """Put what was found on record: digest and size in clear, name and times sealed."""
        self._party(case, by)
        for exhibit in exhibits:
            times = exhibit.times
            self._append(
                "exhibit.preserved",
                case,
                {
                    "exhibit": exhibit.id,
                    "parent": exhibit.parent or "",
                    "digest": exhibit.sha256,
                    "size_bytes": exhibit.size_bytes,
                    "by": by,
                },
                {
                    "name": exhibit.name,
                    "form": exhibit.form,
                    "provenance": dict(exhibit.provenance),
                    "times": {
                        "event_s": times.event_s,
                        "posted_s": times.posted_s,
                        "captured_s": times.captured_s,
                        "acquired_s": times.acquired_s,
                        "ingested_s": times.ingested_s,
                    },
                },
            )

    def ask(self, case: CaseId, *, question: str, by: PersonId) -> None:
        """Record a question before it is answered."""
        _check_text(question, "question")
        self._party(case, by)
        self._append("question.asked", case, {"by": by}, {"question": question})

    def assess(
        self, case: CaseId, *, findings: Sequence[RecordedFinding], post: Post, by: PersonId
    ) -> Document:
        """The case as the evidence stands; recorded, question first. Needs preserved exhibits."""
        row = self._party(case, by)
        check_case(row)
        if not any(item["kind"] == "exhibit.preserved" for item in self.items(case)):
            raise Conflict("nothing is preserved in this case", mend="preserve the exhibits first")
        self.ask(case, question="Whose copy, which way, how far, and who held it?", by=by)
        dossier = gather(
            self._ledger,
            case=case,
            case_entry=cast("int", row["entry"]),
            now_s=int(self._clock.now_s()),
            findings=findings,
            post=_with_time(post, cast("int", row["posted_at_s"])),
        )
        document = assess(dossier, case=row, state=self._ledger.state)
        public: dict[str, Json] = {
            "by": by,
            "verdict": document["verdict"],
            "basis": document["basis"],
        }
        body: dict[str, Json] = {"document": document}
        self._append("case.assessed", case, public, body)
        return self.standing(case)

    def standing(self, case: CaseId) -> Document:
        """The latest assessment with what people said since: signatures, replies, tiers.

        `entry` is the ledger index of the assessment. Raises Missing before the first, and after
        its body is gone.
        """
        row = self.row(case)
        if not row["assessed"]:
            raise Missing("this case was not assessed yet", mend="assess it first")
        entry = self._ledger.entry(ReceiptId(str(row["assessed"])))
        if entry.body is None:
            was = "was erased" if entry.body_erased else "is lost, no erasure explains it"
            raise Missing(f"the assessment of this case {was}")
        document = cast("Document", entry.body["document"])
        persons = [
            settle_tier(
                person,
                signed_by=self._signed(case, person, entry.index),
                replied=self._replied(case, person),
            )
            for person in cast("Sequence[Document]", document["persons"])
        ]
        return {**document, "persons": persons, "entry": entry.index, "status": row["status"]}

    def reply(self, case: CaseId, person: PersonId, *, text: str, by: PersonId) -> None:
        """Put a person's own word on record, or that they declined to say anything."""
        _check_text(text, "reply")
        self._party(case, by)
        self._append("reply.recorded", case, {"person": person, "by": by}, {"text": text})

    def sign_off(self, case: CaseId, person: PersonId, *, by: PersonId) -> None:
        """One signature under an accusation that the evidence proposes.

        Raises Refused where nothing is proposed, for the person concerned, and before their reply;
        Conflict for a second signature by the same person.
        """
        document = self.standing(case)
        self._open_row(case)
        found = [
            one
            for one in cast("Sequence[Document]", document["persons"])
            if one["id"] == person and one["proposed"]
        ]
        if not found or by == person:
            raise Refused("there is nothing to sign: the evidence proposes no accusation")
        if not found[0]["replied"]:
            raise Refused("the person has not been heard", mend="record their reply first")
        since = cast("int", document["entry"])

        def once(state: State) -> None:
            if by in _signers(state, case, person, since):
                raise Conflict("this person has signed already")

        public: dict[str, Json] = {"person": person, "by": by, "assessment": since}
        self._append("tier.signed", case, public, {}, guard=once)

    def close(self, case: CaseId, *, by: PersonId, conclusion: str) -> None:
        """End the case. Raises Conflict while a reply or an action is outstanding."""
        _check_text(conclusion, "conclusion")
        self._party(case, by)
        document = self.standing(case)
        for person in cast("Sequence[Document]", document["persons"]):
            if person["tier"] != Tier.NONE.value and not person["replied"]:
                raise Conflict("somebody named was not heard", mend="record their reply first")
        for _, action in self._ledger.state.by_index("actions", case):
            if action["status"] not in SETTLED:
                raise Conflict(
                    "an action is neither verified nor undone", mend="verify or undo every action"
                )
        self._append("case.closed", case, {"by": by}, {"conclusion": conclusion})

    def row(self, case: CaseId) -> Document:
        """The case's row. Raises Missing."""
        row = self._ledger.state.get("cases", case)
        if row is None:
            raise Missing("no such case")
        return row

    def items(self, case: CaseId) -> Iterator[Document]:
        """Everything that happened in the case, in order."""
        for _, item in self._ledger.state.by_index("case_items", case):
            yield item

    def _party(self, case: CaseId, by: PersonId) -> Document:
        """The row of an open case to one of its two people; to others it does not exist."""
        row = self._open_row(case)
        if by not in {row["by"], row["second"]}:
            raise Missing("no such case")
        return row

    def _open_row(self, case: CaseId) -> Document:
        row = self.row(case)
        if row["status"] != "open":
            raise Conflict("this case is closed", mend="open a new one")
        return row

    def _signed(self, case: CaseId, person: Document, since: int) -> Sequence[str]:
        return _signers(self._ledger.state, case, str(person["id"]), since)

    def _replied(self, case: CaseId, person: Document) -> bool:
        return any(
            item["kind"] == "reply.recorded" and item["person"] == person["id"]
            for item in self.items(case)
        )

    def _append(
        self,
        kind: str,
        case: CaseId,
        public: Mapping[str, Json],
        body: Mapping[str, Json],
        *,
        guard: Guard | None = None,
    ) -> None:
        fact = Fact(
            type=kind,
            subjects=(case,),
            public={"case": case, **public},
            body=body,
            body_subject=case,
        )
        self._ledger.append(fact, guard=guard)


def _signers(state: State, case: str, person: str, since: int) -> Sequence[str]:
    """Who signed under this person's finding since that assessment; a newer one starts afresh."""
    return [
        str(item["by"])
        for _, item in state.by_index("case_items", case)
        if item["kind"] == "tier.signed"
        if item["person"] == person and item["assessment"] == since
    ]


def _with_time(post: Post, posted_at_s: int) -> Post:
    """The time that the case was opened with stands before what the exhibits say."""
    return replace(post, posted_at_s=posted_at_s) if posted_at_s else post


def _check_text(text: str, what: str) -> None:
    if not text.strip() or len(text) > TEXT_LIMIT_CHARS:
        raise Malformed(f"{what}, empty or over 20,000 characters")
