"""Principal, act, resource and context to a grant, or to a refusal.

Enters: a `Principal` (from `identity`), an act, an asset or none, a purpose and what is known of
the session; from operators: compartments, entitlements, locks.

Leaves: a `Grant`, made here alone, or an error: `Locked` or `Refused`, or `Missing` where the
asset must look as if it did not exist. Facts, and by `project` the tables `compartments`,
`entitlements`, `locks`.

Promises:
- Default deny: what no policy permits is refused; what any policy forbids is refused; an error in
  a policy, an unknown act, two judges who disagree: refused.
- Locks first. They are looked at on every question and by `check_locks` on every block of a
  stream, in microseconds; no decision outlives a change of a lock, an entitlement, a credential.
- I2: whoever may not know of an asset gets the `Missing` of `nothing_here`, the same text as for
  a name that never existed. Callers use `nothing_here` for unknown names, too.
- Cedar text decides (schema.cedarschema, policies/*.cedar), validated strictly before the first
  question. A plain Python twin must agree: an allow needs both.
- An asset is judged by its recorded compartment, whatever the caller says.

Never: a silent allow; a rule's name in a refusal; who the principal is (`identity`); writing the
fact of a refusal (the caller does, who knows the whole request).

The tables are rebuildable; the cache of decisions is disposable; the policy files are trusted and
named by `CedarJudge.digest`.
"""

from adyton.policy.compartments import Compartments
from adyton.policy.engine import CedarJudge
from adyton.policy.entitlements import ENTITLED_ACTS, Entitlements
from adyton.policy.gatekeeper import Gatekeeper
from adyton.policy.grant import Grant
from adyton.policy.locks import LockKind, Locks
from adyton.policy.projection import project
from adyton.policy.reference import ReferenceJudge
from adyton.policy.refusals import Locked, nothing_here

__all__ = [
    "ENTITLED_ACTS",
    "CedarJudge",
    "Compartments",
    "Entitlements",
    "Gatekeeper",
    "Grant",
    "LockKind",
    "Locked",
    "Locks",
    "ReferenceJudge",
    "nothing_here",
    "project",
]
