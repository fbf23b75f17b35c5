"""Evidence to a distribution over pathways that sums to 1,000,000 ppm, *unknown* included.

1. Each pathway looks at each suspect copy; its weights add up (naive Bayes in log10).
2. Over several suspects the likelihood is their mean: no suspect is preferred.
3. Priors times likelihoods, normalised; *unknown* keeps at least its floor.
4. Whole ppm by largest remainder, so that the sum is exact.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from adyton.incident.pathways.look import Look, Pathway
from adyton.incident.pathways.registry import PATHWAYS, UNKNOWN
from adyton.incident.pathways.weights import Weights, packaged_weights
from adyton.incident.records import PPM, Cite, CopyHeld, Dossier, Evidence, Side
from adyton.terms import CopyId, Json

MILLI: Final = 1000
SUSPECTS_LIMIT: Final = 5000
SHOWN_COPIES: Final = 3
"""Evidence is written out for the copies that weigh most; the rest only count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyEvidence:
    """What one pathway found for one copy."""

    copy: CopyId
    evidence: tuple[Evidence, ...]

    @property
    def weight_milli(self) -> int:
        """The sum of its weights."""
        return sum(piece.weight_milli for piece in self.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathwayRanked:
    """A pathway, its share of belief in ppm and the evidence that carries it."""

    id: str
    name: str
    ppm: int
    prior_ppm: int
    unseen: str
    copies: tuple[CopyEvidence, ...]

    def side(self, side: Side) -> tuple[Evidence, ...]:
        """The evidence of one side over the shown copies, each piece once."""
        pieces = [piece for one in self.copies for piece in one.evidence if piece.side is side]
        return tuple(dict.fromkeys(pieces))

    def as_json(self) -> dict[str, Json]:
        """The pathway as it stands in reports."""
        return {
            "id": self.id,
            "name": self.name,
            "p_ppm": self.ppm,
            "prior_ppm": self.prior_ppm,
            "unseen": self.unseen,
            "evidence": {side.value: [e.as_json() for e in self.side(side)] for side in Side},
        }


def rank_pathways(dossier: Dossier, *, weights: Weights | None = None) -> tuple[PathwayRanked, ...]:
    """All pathways, the likeliest first. Without a suspect copy, *unknown* holds everything."""
    table = weights or packaged_weights()
    suspects = dossier.suspects[:SUSPECTS_LIMIT]
    if not suspects:
        return _nothing_known(dossier, table)
    looked = {pathway.id: _looked(pathway, dossier, suspects, table) for pathway in PATHWAYS}
    scores = {
        key: math.log10(max(1, table.priors_ppm[key])) + _mean_log10(found)
        for key, found in looked.items()
    }
    shares = _whole_ppm(_normal(scores, table.unknown_floor_ppm))
    ranked = [
        PathwayRanked(
            id=pathway.id,
            name=pathway.name,
            ppm=shares[pathway.id],
            prior_ppm=table.priors_ppm[pathway.id],
            unseen=pathway.unseen,
            copies=tuple(sorted(looked[pathway.id], key=lambda one: (-one.weight_milli, one.copy)))[
                :SHOWN_COPIES
            ],
        )
        for pathway in PATHWAYS
    ]
    return tuple(sorted(ranked, key=lambda one: -one.ppm))


def _looked(
    pathway: Pathway, dossier: Dossier, suspects: Sequence[CopyHeld], table: Weights
) -> list[CopyEvidence]:
    weights = table.evidence_milli.get(pathway.id, {})
    return [
        CopyEvidence(
            copy=copy.copy,
            evidence=tuple(
                _cited(piece, dossier)
                for piece in pathway.examine(Look(dossier=dossier, copy=copy, weights=weights))
            ),
        )
        for copy in suspects
    ]


def _cited(piece: Evidence, dossier: Dossier) -> Evidence:
    """No piece without a cite: what has none of its own rests on the case."""
    return piece if piece.cites else replace(piece, cites=(Cite(entry=dossier.case_entry),))


def _mean_log10(found: Sequence[CopyEvidence]) -> float:
    weights = [one.weight_milli / MILLI for one in found]
    top = max(weights)
    return top + math.log10(sum(10 ** (weight - top) for weight in weights) / len(weights))


def _normal(scores: dict[str, float], floor_ppm: int) -> dict[str, float]:
    top = max(scores.values())
    raw = {key: 10 ** (score - top) for key, score in scores.items()}
    total = sum(raw.values())
    shares = {key: value / total for key, value in raw.items()}
    lack = max(0.0, floor_ppm / PPM - shares[UNKNOWN])
    if lack:
        others = 1.0 - shares[UNKNOWN]
        shares = {key: value * (others - lack) / others for key, value in shares.items()}
        shares[UNKNOWN] = floor_ppm / PPM
    return shares


def _whole_ppm(shares: dict[str, float]) -> dict[str, int]:
    whole = {key: int(share * PPM) for key, share in shares.items()}
    rest = sorted(shares, key=lambda key: (whole[key] - shares[key] * PPM, key))
    for key in rest[: PPM - sum(whole.values())]:
        whole[key] += 1
    return whole


def _nothing_known(dossier: Dossier, table: Weights) -> tuple[PathwayRanked, ...]:
    text = "No copy of ours is in what was found: there is no way out to weigh."
    piece = Evidence(
        name="no_suspect",
        side=Side.MISSING,
        text=text,
        cites=(Cite(entry=dossier.case_entry),),
    )
    ranked = [
        PathwayRanked(
            id=pathway.id,
            name=pathway.name,
            ppm=PPM if pathway.id == UNKNOWN else 0,
            prior_ppm=table.priors_ppm[pathway.id],
            unseen=pathway.unseen,
            copies=(CopyEvidence(copy=CopyId(""), evidence=(piece,)),),
        )
        for pathway in PATHWAYS
    ]
    return tuple(sorted(ranked, key=lambda one: -one.ppm))
