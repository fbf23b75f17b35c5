"""Operations of drills: the truth is sealed in the record before, and opened after."""

import hashlib
import re

from adyton.assembly.operations.kinds import Answer, Operation, Params
from adyton.assembly.perimeter import Perimeter
from adyton.identity import Principal
from adyton.terms import Act, Conflict, Fact, Malformed

SHA256_HEX = re.compile(r"[0-9a-f]{64}")


class Seal(Params, frozen=True, kw_only=True):
    """The SHA-256 of a truth that is not told yet."""

    digest: str


class Open(Params, frozen=True, kw_only=True):
    """A truth whose digest was sealed."""

    digest: str
    truth: str


def seal(perimeter: Perimeter, who: Principal, q: Seal) -> Answer:
    """Record the digest of a drill's truth."""
    if not SHA256_HEX.fullmatch(q.digest):
        raise Malformed("digest: 64 lower-case hexadecimal digits are needed")
    fact = Fact(type="drill.sealed", subjects=(who.person,), public={"digest": q.digest})
    return {"receipt": perimeter.ledger.append(fact).receipt}


def open_truth(perimeter: Perimeter, who: Principal, q: Open) -> Answer:
    """Record a drill's truth. Raises Conflict if it is not the one that was sealed."""
    if hashlib.sha256(q.truth.encode()).hexdigest() != q.digest:
        raise Conflict("this is not the truth with that digest")
    sealed = (one.public.get("digest") for one in perimeter.all_entries("drill.sealed"))
    if q.digest not in sealed:
        raise Conflict("no truth with this digest was sealed")
    fact = Fact(
        type="drill.opened",
        subjects=(who.person,),
        public={"digest": q.digest},
        body={"truth": q.truth},
        body_subject=who.person,
    )
    return {"receipt": perimeter.ledger.append(fact).receipt}


OPERATIONS = (
    Operation(name="drill.seal", params=Seal, run=seal, act=Act.INVESTIGATE, gives="receipt"),
    Operation(name="drill.open", params=Open, run=open_truth, act=Act.INVESTIGATE, gives="receipt"),
)
