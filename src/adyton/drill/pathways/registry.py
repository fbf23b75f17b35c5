"""All pathways."""

from adyton.drill.pathways import (
    broad_permissions,
    compromised_account,
    contractor,
    forwarded_archive,
    misconfigured_storage,
    third_party_logging,
)
from adyton.drill.pathways.kinds import Pathway

PATHWAYS: tuple[Pathway, ...] = (
    compromised_account.PATHWAY,
    contractor.PATHWAY,
    misconfigured_storage.PATHWAY,
    forwarded_archive.PATHWAY,
    third_party_logging.PATHWAY,
    broad_permissions.PATHWAY,
)


def pathway_named(name: str) -> Pathway:
    """The pathway of this name."""
    return next(one for one in PATHWAYS if one.name == name)
