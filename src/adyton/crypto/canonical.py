"""JSON values to the one byte form that is hashed and signed (RFC 8785, without floats).

Floats are refused because two languages may print them differently, integers beyond 2**53 - 1
because JavaScript and others cannot hold them.
"""

import json
from collections.abc import Mapping, Sequence

import rfc8785

from adyton.terms.errors import Malformed
from adyton.terms.facts import Json

MAX_DEPTH = 32
_MAX_INTEGER = 2**53 - 1
_TEXT = frozenset({str})
_WRITER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def canonical_json(value: Json) -> bytes:
    """The RFC 8785 bytes of `value`.

    Raises Malformed for floats, huge integers, lone surrogates, names that are not text, and
    nesting beyond 32.
    """
    return canonical_bytes(plain_json(value))


def plain_json(value: Json) -> Json:
    """`value` exactly as it is read back from its canonical bytes: types, and order of names.

    Raises Malformed as `canonical_json` does, but for lone surrogates.
    """
    return _plain(value, MAX_DEPTH)


def canonical_bytes(plain: Json) -> bytes:
    """The RFC 8785 bytes of what `plain_json` gave. Raises Malformed for lone surrogates.

    The standard library's writer and RFC 8785 agree on ASCII (a test compares them); all else is
    left to the library made for it.
    """
    text = _WRITER.encode(plain)
    if text.isascii():
        return text.encode("ascii")
    try:
        return rfc8785.dumps(plain)
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise Malformed("a value has no canonical JSON form") from error


def _plain(value: object, depth: int) -> Json:
    if depth == 0:
        raise Malformed("a JSON value is nested too deeply")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)  # enumerations of text become text, whatever they show
    if isinstance(value, int):
        exact = int.__int__(value)
        if abs(exact) > _MAX_INTEGER:
            raise Malformed("a JSON value holds an integer beyond 2**53")
        return exact
    if isinstance(value, Mapping):
        if not _TEXT.issuperset(map(type, value)):
            value = _with_exact_names(value)
        return {name: _plain(value[name], depth - 1) for name in _sorted_names(value)}
    if isinstance(value, list | tuple):
        return [_plain(item, depth - 1) for item in value]
    raise Malformed("a JSON value holds a float or bytes", mend="write it as integer or text")


def _with_exact_names(value: Mapping[object, object]) -> Mapping[str, object]:
    """The same under names that are text and nothing more: others may sort as they like."""
    exact = {str.__str__(name): item for name, item in value.items() if isinstance(name, str)}
    if len(exact) != len(value):
        raise Malformed("a name in a JSON value is not text, or stands twice")
    return exact


def _sorted_names(value: Mapping[str, object]) -> Sequence[str]:
    if "".join(value).isascii():
        return sorted(value)
    try:  # by UTF-16 code units: RFC 8785, section 3.2.3
        return sorted(value, key=lambda name: name.encode("utf-16-be"))
    except UnicodeError as error:
        raise Malformed("a value has no canonical JSON form") from error
