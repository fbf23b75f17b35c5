"""JSON values to the one byte form that is hashed and signed (RFC 8785, without floats).

Floats are refused because two languages may print them differently, integers beyond 2**53 - 1
because JavaScript and others cannot hold them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from adyton.terms.errors import Malformed
from adyton.terms.facts import Json

MAX_DEPTH = 32


def canonical_json(value: Json) -> bytes:
    """The RFC 8785 bytes of `value`.

    Raises Malformed for floats, huge integers, lone surrogates, names that are not text, and
    nesting beyond 32.
    """
    try:
        return rfc8785.dumps(_plain(value, MAX_DEPTH))
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise Malformed("a value has no canonical JSON form") from error


def _plain(value: object, depth: int) -> Any:  # noqa: ANN401 - the library's own type is private
    """`value` of the library's types: it knows dict and list, not every Mapping and Sequence."""
    if depth == 0:
        raise Malformed("a JSON value is nested too deeply")
    if isinstance(value, float | bytes):
        raise Malformed("a JSON value holds a float or bytes", mend="write it as integer or text")
    if isinstance(value, str):
        return str(value)  # enumerations of text become text
    if isinstance(value, Mapping):
        return {_name(name): _plain(item, depth - 1) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [_plain(item, depth - 1) for item in value]
    return value


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise Malformed("a name in a JSON value is not text")
    return str(name)
