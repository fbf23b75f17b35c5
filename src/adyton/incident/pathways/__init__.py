"""The ways out that an incident weighs, one file each, and the weighing itself.

Enters: a dossier and a suspect copy. Leaves: evidence for, against and missing per pathway, and a
distribution over all of them with *unknown* that sums to 1,000,000 ppm.

Promises: what is missing weighs nothing; every weight and prior stands in `weights.toml`;
*unknown* always keeps mass of its own.

Never: a person. A pathway says how content got out, not who meant it.
"""

from adyton.incident.pathways.ranking import PathwayRanked, rank_pathways
from adyton.incident.pathways.registry import PATHWAYS

__all__ = ["PATHWAYS", "PathwayRanked", "rank_pathways"]
