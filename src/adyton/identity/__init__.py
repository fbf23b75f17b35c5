"""Credential to principal: who acts, for which organisation, with which key.

Enters: organisations, people and services, their credentials and approvers' public keys, as acts
of an operator; later the text that somebody presents as a key.

Leaves: a `Principal`, made here alone; facts, and by `project` the tables `orgs`, `people`,
`credentials`, `approvers`; the places in any text where a key of ours stands (`find_keys`).

Promises:
- All ids are random and opaque; names, logins and teams stand in sealed bodies and rows only.
- A key is shown once. Only the SHA-256 digest of its secret is kept, and compared in constant
  time. A fast digest is right here: the secret has 256 random bits.
- Unknown, malformed, expired, revoked, unproved, of an ended person or organisation: one
  `Unidentified` with one constant message, after the same steps.
- Ending a person or an organisation ends their credentials and approver's key in the same commit.
- A key that turns up anywhere is provably ours: its checksum is an HMAC under a perimeter key.

Never: what a principal may do (`policy`); a password; a key that lives for ever; the secret of a
key in a fact, a row, a message or a log.

The tables are rebuildable: `project` over the ledger gives them again. The checksum key is
trusted and comes from assembly.
"""

from adyton.identity.directory import Identity
from adyton.identity.keys import FoundKey, find_keys
from adyton.identity.principal import Principal, Proof
from adyton.identity.projection import project

__all__ = ["FoundKey", "Identity", "Principal", "Proof", "find_keys", "project"]
