"""Where the layers of a copy contradict each other: visible line, wordings, details."""

from collections.abc import Sequence

from adyton.marks import Ranking, Seal
from adyton.terms import CopyId
from adyton.trace.evidence import CheckedLine, VersionEvidence

MISREAD_MAX = 5  # characters of a copy id that OCR or a typist may change


def same_copy(read: CopyId, known: CopyId) -> bool:
    """Whether an id read from a leak is this one, with some misread characters."""
    pairs = zip(read, known, strict=False)
    return len(read) == len(known) and sum(one != two for one, two in pairs) <= MISREAD_MAX


def line_reasons(evidence: VersionEvidence) -> tuple[str, ...]:
    """What the visible lines say against the mark inside, as sentences; empty: nothing.

    A line may agree, contradict, or stay a claim because too little of the mark is left.
    """
    if evidence.ranking is None:
        return ()
    return tuple(
        reason
        for line in evidence.lines
        for reason in _contradiction(line, evidence.ranking, evidence.suspects)
    )


def _contradiction(
    checked: CheckedLine, ranking: Ranking, suspects: Sequence[CopyId]
) -> tuple[str, ...]:
    shown = checked.line.copy
    inside = ranking.named or ranking.by_code
    if any(same_copy(shown, copy) for copy in inside):
        return ()
    seal = "its seal is genuine" if checked.seal is Seal.GENUINE else "its seal does not fit"
    if inside:
        others = ", ".join(inside)
        return (
            (
                f"layers_disagree: the visible line is of copy {shown} ({seal}), "
                f"the mark inside is of copy {others}"
            ),
        )
    known = [item for item in ranking.standings if same_copy(shown, item.copy)]
    if known and not known[0].plausible:
        return (
            (
                f"layers_disagree: the visible line is of copy {shown} ({seal}), "
                "the mark inside is not"
            ),
        )
    if not known and suspects:
        return (f"layers_disagree: the visible line is of copy {shown}, which was never issued",)
    return ()


def fact_reasons(ranking: Ranking) -> tuple[str, ...]:
    """What the details say against the wordings."""
    reasons: list[str] = []
    if ranking.layers_disagree:
        details = ", ".join(ranking.by_facts)
        wordings = ", ".join(ranking.by_code) or "other copies or none"
        reasons.append(
            f"layers_disagree: the details are of copy {details}, the wordings of {wordings}"
        )
    if ranking.foreign_facts:
        reasons.append(
            f"{ranking.foreign_facts} of the details are of no registered copy: edited, or of a "
            "copy that was never registered"
        )
    return tuple(reasons)
