"""The ledger's own projections: they run in every commit and every rebuild, before all others."""

from collections.abc import Sequence

from adyton.ledger import erasing, holding, standing, turning
from adyton.ledger.rebuild import Projection

OWN: Sequence[Projection] = (
    erasing.project,
    turning.project,
    holding.project,
    standing.project,
)
