"""A model request to a checked, recorded answer.

Enters: the head of an HTTP request, its body, the bytes of an upstream stream, as events.
Leaves: commands to a face (record this, ask the upstream, release these bytes, refuse), and facts:
`answer.intended`, `answer.continued`, `answer.closed`, `models.listed`, `request.refused`,
`endpoint.defined`; by `project` the tables `endpoints`, `answers`, `refusals`.

Promises:
- A closed table of routes; every one goes through the same numbered steps (`exchange`).
- I1: nothing goes to the upstream, and no byte to the caller, before the intent fact is durable.
  Each block of a stream is recorded before it leaves; of the last one a crash may leave 2 KB
  undescribed, which a recovery fact states. Refusals are recorded once each, or counted per
  source or credential and window: bounded in all, and waited for by nobody.
- Locks, the end of credential and grant, and the output guard are looked at for every held-back
  block and in every quiet quarter second: a lock ends live use within one block.
- I2: hidden, unknown and decoy names take the same steps to the same answer.
- An answer is built from a closed schema; nothing of the upstream's own words passes.
- A close fact on every exit path: done, refused, cut, gone, failed; after a crash, by recovery.

Never: an unlisted route; logprobs, logit bias, several choices; the caller's credential upstream;
a name, a question or an address in the tree.

Sans-I/O: the face that drives an exchange owns sockets and loop (`faces.proxy`), the adapter
behind `Upstream` the model server. Budgets and refusal counts are disposable.
"""

from adyton.gateway.commands import Steps
from adyton.gateway.endpoints import Endpoints
from adyton.gateway.facts import FACT_TYPES, Reason, Status, project
from adyton.gateway.gateway import Gateway
from adyton.gateway.guard import Judgement, MisuseGuard, Passed, Stopped, Unchecked
from adyton.gateway.heads import RequestHead
from adyton.gateway.limits import Limits
from adyton.gateway.ports import (
    Authenticate,
    Egress,
    Fingerprint,
    Gatekeeper,
    Quoted,
    Recorder,
    Upstream,
)

__all__ = [
    "FACT_TYPES",
    "Authenticate",
    "Egress",
    "Endpoints",
    "Fingerprint",
    "Gatekeeper",
    "Gateway",
    "Judgement",
    "Limits",
    "MisuseGuard",
    "Passed",
    "Quoted",
    "Reason",
    "Recorder",
    "RequestHead",
    "Status",
    "Steps",
    "Stopped",
    "Unchecked",
    "Upstream",
    "project",
]
