"""What the witnesses' quorum means for each kind of fact. The ledger enforces this table.

Waits: recorded only while a quorum can be reached, answered only once it has cosigned. These are
the facts after which somebody may do what they could not do before, or something is gone for
good; undoing one by losing the record's last seconds must show. Where the quorum is lost they
fail closed.

Everything else goes on without: what locks somebody out must never wait, and a fact of something
that happened anyway is better recorded late than not. Whether model requests go on is a setting
(`[ledger] without_quorum`).
"""

from collections.abc import Mapping

from adyton.assembly.config import Record
from adyton.crypto.epochlink import EPOCH_STARTED
from adyton.gateway.facts import ANSWER_INTENDED
from adyton.identity.facts import (
    APPROVER_ENROLLED,
    CREDENTIAL_ISSUED,
    CREDENTIAL_REVOKED,
    ORG_ENDED,
    PERSON_ADDED,
    PERSON_ENDED,
)
from adyton.ledger import QuorumRules
from adyton.ledger.erasing import BODIES_ERASED
from adyton.ledger.holding import HOLD_ADDED, HOLD_ENDED
from adyton.policy.facts import (
    COMPARTMENT_ADDED,
    ENTITLEMENT_GRANTED,
    ENTITLEMENT_REVOKED,
    LOCK_LIFTED,
    LOCK_SET,
)
from adyton.vault.facts import RELEASE_CLOSED, RELEASE_OPENED

WAITS: Mapping[str, str] = {
    RELEASE_OPENED: "a key is joined; the approvals before it are covered as well",
    COMPARTMENT_ADDED: "policy",
    ENTITLEMENT_GRANTED: "policy: a right is given",
    LOCK_LIFTED: "policy: a stop ends",
    HOLD_ENDED: "policy: a stop ends, and bodies may be erased",
    PERSON_ADDED: "policy: roles are given",
    CREDENTIAL_ISSUED: "policy: a right gets a new key",
    APPROVER_ENROLLED: "who may open assets changes",
    EPOCH_STARTED: "where the record goes on, and what is lost (`Trees.turn` waits by itself)",
    BODIES_ERASED: "what is gone cannot be shown again (`Ledger.erase` waits by itself)",
}
NEVER_WAITS = frozenset(
    {
        LOCK_SET,
        HOLD_ADDED,
        CREDENTIAL_REVOKED,
        ENTITLEMENT_REVOKED,
        PERSON_ENDED,
        ORG_ENDED,
        RELEASE_CLOSED,
    }
)
"""Containment: nobody stays in because a witness is away."""
REFUSE = "refuse"


def quorum_rules(settings: Record) -> QuorumRules:
    """The table as the ledger takes it."""
    refused = frozenset({ANSWER_INTENDED}) if settings.without_quorum == REFUSE else frozenset()
    return QuorumRules(waits=frozenset(WAITS), refused=refused)
