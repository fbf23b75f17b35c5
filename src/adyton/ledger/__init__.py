"""Facts to receipts and proofs: durable before acknowledged, append-only.

Enters: facts (`Fact`), each with the guard that must hold when it is committed. Leaves: promises,
entries, rows of current state, checkpoints, proofs.

Promises:
- a promise is given only after its fact is on the disk, with all that follows from it (rows);
  signed, it says neither index nor size, and one that is not kept is evidence against the log;
- nothing recorded is changed or removed; editing, dropping, rolling back or rewriting is seen by
  `Ledger.open`, by `verify`, by the witness, or by whoever kept a checkpoint;
- nothing inconsistent with an earlier checkpoint is ever signed;
- a body can be erased (its key destroyed) and no entry, index, root or proof changes;
- a log is one tree or several, an epoch each: what ended stays verifiable by the keys of its time,
  and no epoch pretends to be another;
- the state can be rebuilt from the facts and equals the live one.
- kinds of fact that must not be undone by losing the last second (`QuorumRules`) are recorded only
  while a quorum of witnesses can be reached, and answered only once it has cosigned.

Never: secrets, digests of guessable values, or personal data in the tree.

Callers: put opaque ids, enums and sizes into `public`, everything else into `body`; a guard or
projection never appends. Trusted: fact store, head, body keys, witnesses. Rebuildable: rows, tiles
of unpublished size. Disposable: nothing.

Read in this order: `ledger` (the face), `writer` (group commit), `publisher` (tiles, checkpoint),
`witnesses` (who cosigns), `standing` (what waits for them), `opening` (what is compared at start),
`trees`, `past` and `turning` (epochs), `renewing` (after a restore), `verify`, `proving`, `proof`
and `kept` (the offline verifier), `promise` (what everybody gets at once), `bundle`; then how
complete it is: `signs` (of life), `coverage`, `reconcile`.
"""

from adyton.ledger.ledger import Ledger
from adyton.ledger.rebuild import Projection, rebuild
from adyton.ledger.standing import QuorumRules
from adyton.ledger.writer import Guard

__all__ = ["Guard", "Ledger", "Projection", "QuorumRules", "rebuild"]
