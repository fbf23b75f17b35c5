"""Bytes to JSON, strictly: only the one canonical form (RFC 8785, no floats) is read.

Written apart from `canonical`, which uses a library: what one writes the other must accept, and
the stand-alone verifier needs no library for it.
"""

import json
from typing import NoReturn

from adyton.terms.errors import Malformed
from adyton.terms.facts import Json

_MAX_INTEGER = 2**53 - 1
_WRITER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_SORTING = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def parse_canonical(data: bytes, *, what: str) -> Json:
    """The value whose canonical bytes are exactly `data`; else Malformed, naming `what`."""
    value = parse_json(data, what=what)
    if _canonical_bytes(value, what, plain=data.isascii()) != data:
        raise Malformed(f"{what} is not in canonical JSON form")
    return value


def parse_json(data: bytes, *, what: str) -> Json:
    """The value in `data`: no floats, no doubled keys, no huge integers; else Malformed."""
    try:
        text = data.decode("utf-8")
        value: Json = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_no_float,
            parse_constant=_no_float,
            parse_int=_small_integer,
        )
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{what} is not plain JSON") from error
    return value


def _canonical_bytes(value: Json, what: str, *, plain: bool) -> bytes:
    """The canonical bytes; where they have to be ASCII (`plain`), Python's order of names holds."""
    try:
        text = _SORTING.encode(value) if plain else _WRITER.encode(_sorted(value))
        return text.encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{what} has no canonical JSON form") from error


def _sorted(value: object) -> object:
    # RFC 8785 §3.2.3 sorts names by their UTF-16 code units, Python by code points
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: _sorted(value[name]) for name in names}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name occurs twice"
        raise ValueError(message)
    return found


def _no_float(_text: str) -> NoReturn:
    message = "not an integer"
    raise ValueError(message)


def _small_integer(text: str) -> int:
    value = int(text)
    if abs(value) > _MAX_INTEGER:
        message = "an integer beyond 2**53"
        raise ValueError(message)
    return value
