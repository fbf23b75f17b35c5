"""The dialects that clients speak: request in, frames out, one file each.

Enters: the bytes of a body and the head of its request. Leaves: a `Question`, and the bytes of
answers, stream frames, kill frames and model lists.

Promises: a field that would give away more than the text of an answer is refused by its name; an
answer is built from a closed schema. Never: the value of a field in an error.
"""

from adyton.gateway.dialects.dialect import Dialect
from adyton.gateway.dialects.registry import ANTHROPIC, DIALECTS, OPENAI

__all__ = ["ANTHROPIC", "DIALECTS", "OPENAI", "Dialect"]
