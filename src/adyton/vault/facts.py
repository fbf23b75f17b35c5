"""The facts that the vault records and the tables that follow from them.

Every row is rebuildable from the facts; the sealed shelf and the KMS are trusted storage.
"""

ASSET_REGISTERED = "asset.registered"
VERSION_PROTECTED = "version.protected"
RELEASE_REQUESTED = "release.requested"
RELEASE_APPROVED = "release.approved"
RELEASE_OPENED = "release.opened"
RELEASE_CLOSED = "release.closed"
CHECKOUT_READ = "checkout.read"
QUORUM_CHECKED = "quorum.checked"

FACT_TYPES = (
    ASSET_REGISTERED,
    VERSION_PROTECTED,
    RELEASE_REQUESTED,
    RELEASE_APPROVED,
    RELEASE_OPENED,
    RELEASE_CLOSED,
    CHECKOUT_READ,
    QUORUM_CHECKED,
)

ASSETS = "assets"
VERSIONS = "versions"
REQUESTS = "requests"
APPROVALS = "approvals"
APPROVERS = "approvers"
"""Written by `identity`, read here."""
PEOPLE = "people"
"""Written by `identity`, read here."""

OPEN = "open"
APPROVED = "approved"
OPENED = "opened"
EXPIRED = "expired"
CLOSED = "closed"
"""The states of a request, in the order in which it can pass through them."""


def approval_key(request: str, person: str) -> str:
    """The key of an approval's row: one approval per request and person."""
    return f"{request}/{person}"
