"""A tar archive: members with owner, time and mode; links and devices are listed, not followed."""

import io
import tarfile

from adyton.intake.exhibits import Times
from adyton.intake.limits import Budget, OverLimit
from adyton.intake.pieces import Member, Opened, Opener, Piece
from adyton.terms import Malformed

MAGIC_AT = 257
STEP_BYTES = 256 * 1024
LATEST_S = 2**40


def _claims(piece: Piece) -> bool:
    return piece.data[MAGIC_AT : MAGIC_AT + 5] == b"ustar"


def _provenance(info: tarfile.TarInfo) -> dict[str, str]:
    return {
        "owner": info.uname or str(info.uid),
        "group": info.gname or str(info.gid),
        "mode": f"{info.mode & 0o7777:o}",
        "comment": str(info.pax_headers.get("comment", "")),
    }


def _read(archive: tarfile.TarFile, info: tarfile.TarInfo, piece: Piece, budget: Budget) -> bytes:
    source = archive.extractfile(info)
    if source is None:
        return b""
    out = bytearray()
    while step := source.read(STEP_BYTES):
        budget.expand(len(step), of_bytes=len(piece.data), so_far=len(out) + len(step))
        out += step
    if len(out) < info.size:
        raise Malformed("a member is cut off")
    return bytes(out)


def _member(
    archive: tarfile.TarFile, info: tarfile.TarInfo, piece: Piece, budget: Budget
) -> Member:
    times = Times(event_s=int(info.mtime) if 0 < info.mtime < LATEST_S else 0)
    provenance = _provenance(info)
    if not info.isreg():
        return Member(
            name=info.name,
            data=b"",
            times=times,
            provenance=provenance | {"link": info.linkname},
            unread="a link or device is not followed",
        )
    try:
        data = _read(archive, info, piece, budget)
    except OverLimit as error:
        return Member(
            name=info.name, data=b"", times=times, provenance=provenance, unread=error.message
        )
    return Member(name=info.name, data=data, times=times, provenance=provenance)


def _open(piece: Piece, budget: Budget) -> Opened:
    last = -1
    with tarfile.open(fileobj=io.BytesIO(piece.data), mode="r:") as archive:
        for info in archive:
            if info.offset <= last:
                raise Malformed("members point backwards")
            last = info.offset
            if info.isdir():
                continue
            budget.member()
            yield _member(archive, info, piece, budget)


TAPE = Opener(form="tar", claims=_claims, open=_open)
