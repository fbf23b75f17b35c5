"""Everything that can be asked of a perimeter, one thin function each.

Enters: a credential, the operation's name, its parameters. Leaves: one JSON object.

Promises: the same four steps for every operation, in `registry.dispatch`: authenticate, check
the parameters' form, ask the gatekeeper, run. A refusal is a fact. Never: rules of a part.
"""

from adyton.assembly.operations.registry import OPERATIONS, dispatch

__all__ = ["OPERATIONS", "dispatch"]
