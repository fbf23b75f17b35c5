"""Exhibits on their way in: decoded, opened in the jail."""

import base64
import binascii
from collections.abc import Sequence

from adyton.assembly.operations.kinds import Params
from adyton.assembly.perimeter import Perimeter
from adyton.intake import Claim, Intake, RawFile, Times
from adyton.terms import Malformed

SALT_BYTES = 16


class BroughtFile(Params, frozen=True, kw_only=True):
    """A file's name, its bytes in base64, and when it was posted (0: not known)."""

    name: str
    data: str
    posted_s: int = 0


def content_of(file: BroughtFile) -> bytes:
    """The bytes. Raises Malformed."""
    try:
        return base64.b64decode(file.data, validate=True)
    except binascii.Error as error:
        raise Malformed("a file's data is not base64") from error


def open_brought(
    perimeter: Perimeter, files: Sequence[BroughtFile], claims: Sequence[str] = ()
) -> Intake:
    """What intake reads of `files`, in the jail. What was not read is listed in the result."""
    now_s = perimeter.now_s()
    raw = [
        RawFile(
            name=file.name,
            data=content_of(file),
            times=Times(posted_s=file.posted_s, acquired_s=now_s, ingested_s=now_s),
        )
        for file in files
    ]
    return perimeter.jail.open(
        raw,
        salt=perimeter.entropy.token(SALT_BYTES),
        claims=[Claim(text=text) for text in claims],
    )
