"""The pathways in the order in which reports show them when they weigh the same."""

from typing import Final

from adyton.incident.pathways import (
    broad_permissions,
    compromised_account,
    contractor,
    forwarded_archive,
    misconfigured_storage,
    third_party_logging,
    unknown,
)
from adyton.incident.pathways.look import Pathway

PATHWAYS: Final[tuple[Pathway, ...]] = (
    compromised_account.PATHWAY,
    contractor.PATHWAY,
    misconfigured_storage.PATHWAY,
    forwarded_archive.PATHWAY,
    third_party_logging.PATHWAY,
    broad_permissions.PATHWAY,
    unknown.PATHWAY,
)
UNKNOWN: Final = "unknown"
