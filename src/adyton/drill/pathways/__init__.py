"""The six ways in which a copy gets out of a drill world, one per file.

Enters: a scene. Leaves: which copies can go this way, who acted, and the traces that complete
logs would hold. Never: a trace that reality would not leave.
"""

from adyton.drill.pathways.kinds import Pathway
from adyton.drill.pathways.registry import PATHWAYS, pathway_named

__all__ = ["PATHWAYS", "Pathway", "pathway_named"]
