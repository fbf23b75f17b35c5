"""Envelope v1: the exact bytes of an entry, and the chain of each writer's own entries.

    {"commitment","epoch","log","n","prev","public","receipt","subjects","time","type","v","writer"}

`n` counts a writer's entries from 0 without gaps, `prev` is the leaf hash of that writer's entry
before (hex, "" at first). Canonical JSON; at most 65,535 bytes; larger content goes to the body.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from adyton.crypto.canonical import canonical_json
from adyton.crypto.plainjson import parse_canonical
from adyton.crypto.tiles import MAX_ENTRY_BYTES
from adyton.terms.errors import Malformed, TooLarge
from adyton.terms.facts import Fact, Json

VERSION = 1
_quoted = json.encoder.encode_basestring
_TYPE = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_FIELDS = {
    "commitment": str,
    "epoch": int,
    "log": str,
    "n": int,
    "prev": str,
    "public": dict,
    "receipt": str,
    "subjects": list,
    "time": int,
    "type": str,
    "v": int,
    "writer": str,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One entry, unpacked."""

    type: str
    log: str
    epoch: int
    writer: str
    counter: int
    previous: str
    time_s: int
    receipt: str
    subjects: tuple[str, ...]
    public: Mapping[str, Json]
    commitment: str

    def to_bytes(self, *, public: bytes = b"") -> bytes:
        """The entry's bytes. Raises TooLarge beyond 65,535, Malformed for a value without form.

        `public` are the canonical bytes of the field of that name, where they are at hand.
        """
        subjects = ",".join([_quoted(subject) for subject in self.subjects])
        text = (  # the order of RFC 8785
            f'{{"commitment":{_quoted(self.commitment)},"epoch":{self.epoch},'
            f'"log":{_quoted(self.log)},"n":{self.counter},"prev":{_quoted(self.previous)},'
            f'"public":{(public or canonical_json(self.public)).decode()},'
            f'"receipt":{_quoted(self.receipt)},"subjects":[{subjects}],'
            f'"time":{self.time_s},"type":{_quoted(self.type)},"v":{VERSION},'
            f'"writer":{_quoted(self.writer)}}}'
        )
        try:
            data = text.encode()
        except UnicodeError as error:
            raise Malformed("a fact has no canonical JSON form") from error
        if len(data) > MAX_ENTRY_BYTES:
            raise TooLarge("a fact is over 65,535 bytes", mend="put large content into the body")
        return data


def parse_envelope(data: bytes, *, what: str = "an entry") -> Envelope:
    """The envelope in an entry's bytes. Raises Malformed, naming `what`."""
    value = parse_canonical(data, what=what)
    if not isinstance(value, dict) or value.keys() != _FIELDS.keys():
        raise Malformed(f"{what} does not have the fields of an envelope")
    for name, kind in _FIELDS.items():
        if not isinstance(value[name], kind) or isinstance(value[name], bool):
            raise Malformed(f"{what} has a field of the wrong type")
    fields = cast("dict[str, str]", value)
    subjects = cast("list[str]", value["subjects"])
    if value["v"] != VERSION or not all(isinstance(item, str) for item in subjects):
        raise Malformed(f"{what} is of another version, or has subjects that are not text")
    return Envelope(
        type=fields["type"],
        log=fields["log"],
        epoch=cast("int", value["epoch"]),
        writer=fields["writer"],
        counter=cast("int", value["n"]),
        previous=fields["prev"],
        time_s=cast("int", value["time"]),
        receipt=fields["receipt"],
        subjects=tuple(subjects),
        public=cast("Mapping[str, Json]", value["public"]),
        commitment=fields["commitment"],
    )


def check_fact(fact: Fact) -> None:
    """Raise Malformed unless a fact is well formed enough to be queued."""
    if not _TYPE.fullmatch(fact.type):
        raise Malformed("a fact's type is not noun.participle")
    if not all(fact.subjects):
        raise Malformed("a fact has an empty subject")
