"""Files into the jail and the intake out of it: MessagePack, never pickle.

What comes out was written by a process that may have been taken over while it read: it is decoded
into the declared types and checked again before anybody uses it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from adyton.intake.exhibits import Claim, Intake, RawFile
from adyton.intake.limits import Limits
from adyton.terms import Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the child is asked to open."""

    files: tuple[RawFile, ...]
    claims: tuple[Claim, ...]
    salt: bytes
    limits: Limits


def encode_request(
    files: Sequence[RawFile], *, salt: bytes, claims: Sequence[Claim], limits: Limits
) -> bytes:
    """The bytes that the child reads."""
    request = Request(files=tuple(files), claims=tuple(claims), salt=salt, limits=limits)
    return msgspec.msgpack.encode(request)


def decode_request(raw: bytes) -> Request:
    """What `encode_request` was given. Raises Malformed."""
    try:
        return msgspec.msgpack.decode(raw, type=Request)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed("the jail's request is unreadable") from error


def encode_intake(intake: Intake) -> bytes:
    """The bytes that the child writes."""
    return msgspec.msgpack.encode(intake)


def decode_intake(raw: bytes) -> Intake:
    """What the child found. Raises Malformed if it is not an intake that holds together."""
    try:
        intake = msgspec.msgpack.decode(raw, type=Intake)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed("the jail's answer is unreadable") from error
    known = {exhibit.id for exhibit in intake.exhibits}
    named = [segment.exhibit for segment in intake.segments]
    named += [miss.exhibit for miss in intake.unread]
    named += [exhibit.parent for exhibit in intake.exhibits if exhibit.parent is not None]
    if not known.issuperset(named) or len(known) < len(intake.exhibits):
        raise Malformed("the jail's answer names exhibits that it does not hold")
    return intake
