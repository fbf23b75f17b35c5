"""How a foreign JSON Lines log is read: one TOML file that says which field means what.

Source of the format: docs/formats/sources.md.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

from adyton.ledger.questions import FOREIGN_WORDS
from adyton.terms import Malformed, Missing

FORMAT: Final = 1
TIME_FORMS: Final = ("iso8601", "epoch_s", "epoch_ms")
WORDS: Final = FOREIGN_WORDS
"""Our words for the fields of a row; a mapping names at least `action` and `actor`."""
ACTIONS: Final = frozenset(
    {
        "signin.ok",
        "signin.failed",
        "token.refreshed",
        "mfa.reset",
        "mfa.skipped",
        "object.read",
        "object.list",
        "object.written",
        "object.shared",
        "acl.changed",
        "link.created",
    }
)
"""The normal actions; a log's other values are kept as `other`."""
PACKAGED: Final = ("idp-signin", "object-store-access")
MAPPING_LIMIT_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMap:
    """One mapping. `values` translates a field's values; `ok_below` turns a number into a result.

    `anonymous` lists what the log writes as actor where nobody signed in.
    """

    name: str
    kind: str
    time_field: str
    time_form: str
    fields: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    anonymous: frozenset[str]
    ok_below: int


def packaged_field_map(name: str) -> FieldMap:
    """A mapping that comes with the package. Raises Missing for any other name."""
    if name not in PACKAGED:
        raise Missing("no packaged mapping of that name", mend=f"use one of {', '.join(PACKAGED)}")
    text = resources.files("adyton.incident.mappings").joinpath(f"{name}.toml").read_bytes()
    return read_field_map(text)


def read_field_map(raw: bytes) -> FieldMap:
    """The mapping in a TOML file. Raises Malformed, and says which table is wrong."""
    if len(raw) > MAPPING_LIMIT_BYTES:
        raise Malformed("field mapping, larger than 64 KiB", mend="give the mapping, not the log")
    try:
        table = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise Malformed("field mapping, not TOML", mend="see docs/formats/sources.md") from error
    if table.get("format") != FORMAT:
        raise Malformed("field mapping, format is not 1", mend="write format = 1")
    time = _strings(table, "time")
    if time.get("form") not in TIME_FORMS or not time.get("field"):
        raise Malformed("field mapping, [time]", mend=f"field, and form: {', '.join(TIME_FORMS)}")
    return FieldMap(
        name=_word(table, "name"),
        kind=_word(table, "kind"),
        time_field=time["field"],
        time_form=time["form"],
        fields=_fields(table),
        values=_values(table),
        anonymous=_anonymous(table),
        ok_below=_ok_below(table),
    )


def _word(table: Mapping[str, object], key: str) -> str:
    word = table.get(key)
    if not isinstance(word, str) or not word:
        raise Malformed(f"field mapping, {key} is not a text", mend=f"write {key} = …")
    return word


def _strings(table: Mapping[str, object], key: str) -> dict[str, str]:
    part = table.get(key, {})
    if not isinstance(part, dict) or not all(isinstance(value, str) for value in part.values()):
        raise Malformed(f"field mapping, [{key}] is not a table of texts")
    return part


def _fields(table: Mapping[str, object]) -> dict[str, str]:
    fields = _strings(table, "fields")
    if not {"action", "actor"} <= set(fields) or not set(fields) <= set(WORDS):
        raise Malformed(
            "field mapping, [fields]",
            mend=f"name at least action and actor, and only: {', '.join(WORDS)}",
        )
    return fields


def _values(table: Mapping[str, object]) -> dict[str, dict[str, str]]:
    part = table.get("values", {})
    if not isinstance(part, dict) or not set(part) <= set(WORDS):
        raise Malformed("field mapping, [values] names an unknown field")
    values = {key: _strings(part, key) for key in part}
    if not set(values.get("action", {}).values()) <= ACTIONS:
        raise Malformed(
            "field mapping, [values.action] has an unknown action",
            mend=f"use only: {', '.join(sorted(ACTIONS))}",
        )
    return values


def _anonymous(table: Mapping[str, object]) -> frozenset[str]:
    names = table.get("anonymous", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Malformed("field mapping, anonymous is not a list of texts")
    return frozenset(names)


def _ok_below(table: Mapping[str, object]) -> int:
    part = table.get("result", {})
    below = part.get("ok_below", 0) if isinstance(part, dict) else None
    if not isinstance(below, int) or isinstance(below, bool):
        raise Malformed("field mapping, [result] ok_below is not a whole number")
    return below
