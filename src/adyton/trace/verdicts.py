"""From the evidence on one exhibit to its verdict, with the reasons as plain sentences.

Authenticity first: ours or not, a leak or not, as it claims or not. Only then copies.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from adyton.marks import Ranking, Reading
from adyton.marks.tails import binomial_at_most
from adyton.terms import CopyNamed, Verdict
from adyton.trace.evidence import Evidence, Seen, VersionEvidence
from adyton.trace.layers import fact_reasons, line_reasons

TELLING_SLOTS = 16  # fewer slots than this do not speak against all copies at once
MASTER_ZEROS = Fraction(95, 100)
_PILOTS_HOLD = Fraction(9, 10)
_DOUBT = Fraction(5, 100)
_WEIGHT = {
    Verdict.LEAK: 5,
    Verdict.FORGED: 4,
    Verdict.UNSURE: 3,
    Verdict.OURS_NO_LEAK: 2,
    Verdict.UNSUBSTANTIATED: 1,
    Verdict.NOT_OURS: 0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with what it rests on."""

    verdict: Verdict
    reasons: tuple[str, ...]
    copies: tuple[CopyNamed, ...] = ()


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of several exhibits together: a leak counts most, doubt more than clearance."""
    return max(verdicts, key=_WEIGHT.__getitem__, default=Verdict.NOT_OURS)


def judge(evidence: Evidence) -> Judgement:
    """The verdict on one exhibit."""
    told = [_judge_version(item, evidence) for item in evidence.versions]
    told += _judge_files(evidence)
    if evidence.answers:
        told.append(_judge_answers(evidence.answers))
    if not told:
        return _judge_claims(evidence)
    verdict = overall(item.verdict for item in told)
    chosen = [item for item in told if item.verdict is verdict]
    return Judgement(
        verdict=verdict,
        reasons=tuple(dict.fromkeys(reason for item in chosen for reason in item.reasons)),
        copies=_best(copy for item in told for copy in item.copies),
    )


def _best(copies: Iterable[CopyNamed]) -> tuple[CopyNamed, ...]:
    """Where copies are named, merely listed ones of other versions are noise."""
    every = sorted(copies, key=lambda item: (not item.named, item.weak, item.log10_bound_milli))
    named = tuple(item for item in every if item.named)
    return named or tuple(every)


def _judge_version(item: VersionEvidence, evidence: Evidence) -> Judgement:
    about = f"version {item.version}"
    if item.disclosed is not None:
        return Judgement(
            verdict=Verdict.OURS_NO_LEAK,
            reasons=(f"the content is of {about}, which is disclosed: {item.disclosed.value}",),
        )
    shown = f"the exhibit holds {item.matched_chars} characters of {about}"
    if item.reading is None or item.ranking is None:
        return _without_mark(item, evidence, shown)
    copies = item.ranking.copies
    contradictions = line_reasons(item)
    reasons = (shown, *_mark_reasons(item), *contradictions, *fact_reasons(item.ranking))
    tampered = any(reason.startswith("layers_disagree") for reason in reasons)
    if tampered:
        reasons = (*reasons, "tampered: a copy line or details were put in from elsewhere")
    if item.ranking.named:
        # Whatever was put in, what left, left through the copy of the mark inside: a false line
        # must not make a leak look like a forgery.
        return Judgement(verdict=Verdict.LEAK, reasons=reasons, copies=copies)
    verdict, why = _without_name(item, item.reading, item.ranking, evidence)
    if contradictions and verdict is not Verdict.LEAK:
        return Judgement(verdict=Verdict.FORGED, reasons=reasons, copies=copies)
    return Judgement(verdict=verdict, reasons=(*reasons, why), copies=copies)


def _mark_reasons(item: VersionEvidence) -> tuple[str, ...]:
    if item.reading is None or item.ranking is None:
        return ()
    ranking = item.ranking
    read = (
        f"{ranking.slots_read} wordings and {item.reading.facts_read} details were read, "
        f"{ranking.pilots_agreeing} of {ranking.pilots_read} pilots agree, "
        f"{len(item.suspects)} copies are registered"
    )
    reasons = [read]
    named = item.ranking.named
    if len(named) > 1:
        reasons.append(
            f"coalition: {len(named)} copies fit within the bound; text of both went in, or their "
            "holders worked together"
        )
    if not item.ranking.permitted:
        reasons.append("the wrong-copy budget is spent: copies are listed without naming")
    return tuple(reasons)


def _without_mark(item: VersionEvidence, evidence: Evidence, shown: str) -> Judgement:
    closed = "copies cannot be read: two people must open the version for trace"
    reasons: tuple[str, ...] = (shown, closed) if item.sealed else (shown,)
    reasons += tuple(
        f"it bears the visible line of copy {line.copy}: a claim, until the mark inside is read"
        for line in evidence.claims.lines
    )
    if not item.strong:
        why = "it is too little to tell a leak from a chance resemblance"
        return Judgement(verdict=Verdict.UNSURE, reasons=(*reasons, why))
    if _older(item, evidence):
        why = "it is dated before the version was protected, which only its mark could refute"
        return Judgement(verdict=Verdict.UNSURE, reasons=(*reasons, why))
    return Judgement(verdict=Verdict.LEAK, reasons=reasons)


def _without_name(
    item: VersionEvidence, reading: Reading, ranking: Ranking, evidence: Evidence
) -> tuple[Verdict, str]:
    """What a mark says that was read and names nobody."""
    plausible = any(copy.plausible for copy in ranking.standings)
    if ranking.slots_read >= TELLING_SLOTS and not plausible and not item.incomparable:
        return _no_copy_of_ours(item, reading, ranking)
    if _older(item, evidence):
        if not evidence.posted_known:
            return Verdict.UNSURE, "it says of itself that it is older than the version was"
        return (
            Verdict.OURS_NO_LEAK,
            "it is dated before the version was protected, and its mark names no copy",
        )
    if not item.strong:
        return Verdict.UNSURE, "it is too little to tell a leak from a chance resemblance"
    return Verdict.LEAK, "too little of the mark is left to name a copy"


def _no_copy_of_ours(
    item: VersionEvidence, reading: Reading, ranking: Ranking
) -> tuple[Verdict, str]:
    if _is_master(reading) and item.strong:
        return (
            Verdict.LEAK,
            "unmarked: it reads like the master itself, taken where no copy is made",
        )
    if ranking.by_facts and item.strong:
        return (
            Verdict.LEAK,
            "the details are of a copy of ours, the wordings of none: one of them was changed",
        )
    if _pilots_fail(ranking) and item.strong:
        # Whoever knows how we mark can choose wordings at random: that must not clear a leak.
        return (
            Verdict.UNSURE,
            (
                "the same passages at length, but pilots and wordings fit no copy of ours: "
                "another owner of the same text, or somebody who changed the wordings at random"
            ),
        )
    if _pilots_fail(ranking):
        return (
            Verdict.NOT_OURS,
            (
                "the same passages, but not as we write them out: pilots and wordings fit no "
                "copy of ours and not the master, as when another owner uses the same template"
            ),
        )
    if 0 < ranking.pilots_read == ranking.pilots_agreeing and item.strong:
        return (
            Verdict.LEAK,
            "unregistered_copy: it went through our marking, but fits no registered copy",
        )
    return Verdict.UNSURE, "the wordings fit no registered copy, and the pilots do not tell why"


def _is_master(reading: Reading) -> bool:
    read = [symbol for symbol in reading.symbols if symbol is not None]
    zeros = sum(symbol == 0 for symbol in read)
    own_details = reading.neutral_facts > 0 or reading.facts_read == 0
    return bool(read) and Fraction(zeros, len(read)) >= MASTER_ZEROS and own_details


def _pilots_fail(ranking: Ranking) -> bool:
    if not ranking.pilots_read:
        return False
    return binomial_at_most(ranking.pilots_read, ranking.pilots_agreeing, _PILOTS_HOLD) < _DOUBT


def _older(item: VersionEvidence, evidence: Evidence) -> bool:
    return 0 < evidence.posted_s < item.protected_at_s


def _judge_files(evidence: Evidence) -> list[Judgement]:
    told: list[Judgement] = []
    for file in evidence.files:
        about = f"version {file.version}"
        if file.version in evidence.files_disclosed:
            why = f"the file is of {about}, which is disclosed"
            told.append(Judgement(verdict=Verdict.OURS_NO_LEAK, reasons=(why,)))
        elif file.blocks <= file.shared and not file.exact:
            why = f"the file shares blocks with {about} that other assets have as well"
            told.append(Judgement(verdict=Verdict.UNSURE, reasons=(why,)))
        else:
            what = "all bytes" if file.exact else f"{file.blocks} blocks"
            why = (
                f"{what} of the file are of {about}; they are the same for every recipient, so "
                "they tell no copy"
            )
            told.append(Judgement(verdict=Verdict.LEAK, reasons=(why,)))
    return told


def _judge_answers(answers: Sequence[Seen]) -> Judgement:
    """Model output: matched by online prints, so listed as weak evidence and never named."""
    alone = [item for item in answers if item.match.alike == 0 and item.strong]
    listed = tuple(
        CopyNamed(
            copy=copy,
            log10_bound_milli=0,
            named=False,
            weak=True,
            slots_read=0,
            agreements=0,
        )
        for copy in dict.fromkeys(item.match.copy for item in alone or answers)
        if copy is not None
    )
    reasons = [
        (
            "the text is of a model answer that the gateway recorded; no bound is proven for "
            "online prints, so the copy is listed and not named"
        ),
    ]
    if not alone:
        reasons.append("several answers explain it equally well, or it is too little to tell")
    return Judgement(
        verdict=Verdict.LEAK if alone else Verdict.UNSURE, reasons=tuple(reasons), copies=listed
    )


def _judge_claims(evidence: Evidence) -> Judgement:
    """An exhibit in which nothing of ours was found: what it claims decides."""
    claims = evidence.claims
    if claims.presents_itself_as_ours and not claims.bare:
        how = "a copy line or id" if claims.copies or claims.ids else "the title"
        why = f"it presents itself as ours by {how}, but none of its content is"
        return Judgement(verdict=Verdict.FORGED, reasons=(why,))
    if evidence.unread:
        why = "nothing of ours was found, but not all of it could be read"
        return Judgement(verdict=Verdict.UNSURE, reasons=(why,))
    if claims.presents_itself_as_ours or claims.mentioned:
        why = "it speaks of something of ours and shows nothing of it"
        return Judgement(verdict=Verdict.UNSUBSTANTIATED, reasons=(why,))
    why = "nothing in it is of a protected version or a recorded answer"
    return Judgement(verdict=Verdict.NOT_OURS, reasons=(why,))
