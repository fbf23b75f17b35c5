"""A zip archive (and docx, jar, pt …, which are zips): members with time, comment, system.

Sizes that the archive declares are not believed: what comes out is counted.
"""

import calendar
import io
import zipfile

from adyton.intake.exhibits import Times
from adyton.intake.limits import Budget, OverLimit
from adyton.intake.pieces import About, Member, Opened, Opener, Piece

MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
CENTRAL = b"PK\x01\x02"  # each member has one such record, so this bounds what zipfile will build
STEP_BYTES = 256 * 1024
ENCRYPTED = 0x1
SYSTEMS = {0: "dos", 3: "unix", 10: "windows", 19: "macos"}
UNIX_MODE_SHIFT = 16
LINK = 0o120000
KIND = 0o170000


def _claims(piece: Piece) -> bool:
    return piece.data.startswith(MAGICS)


def _time(info: zipfile.ZipInfo) -> int:
    """Zip times have no zone; taken as UTC."""
    try:
        return max(0, calendar.timegm((*info.date_time, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0


def _provenance(info: zipfile.ZipInfo) -> dict[str, str]:
    mode = info.external_attr >> UNIX_MODE_SHIFT
    return {
        "comment": info.comment.decode("utf-8", "replace"),
        "system": SYSTEMS.get(info.create_system, str(info.create_system)),
        "mode": f"{mode & 0o7777:o}" if mode else "",
    }


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> bytes:
    out = bytearray()
    with archive.open(info) as source:
        while step := source.read(STEP_BYTES):
            packed = info.compress_size
            budget.expand(len(step), of_bytes=packed, so_far=len(out) + len(step))
            out += step
    return bytes(out)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> Member:
    data, unread = b"", ""
    if info.flag_bits & ENCRYPTED:
        unread = "locked with a password"
    elif (info.external_attr >> UNIX_MODE_SHIFT) & KIND == LINK:
        unread = "a link is not followed"
    else:
        try:
            data = _read(archive, info, budget)
        except OverLimit as error:
            unread = error.message
        except Exception as error:  # noqa: BLE001 zipfile and its codecs raise anything
            unread = f"member unreadable ({type(error).__name__})"
    return Member(
        name=info.filename,
        data=data,
        times=Times(event_s=_time(info)),
        provenance=_provenance(info),
        unread=unread,
    )


def _open(piece: Piece, budget: Budget) -> Opened:
    if piece.data.count(CENTRAL) > budget.limits.members:
        raise OverLimit("over the limit of archive members")
    with zipfile.ZipFile(io.BytesIO(piece.data)) as archive:
        yield About(provenance={"comment": archive.comment.decode("utf-8", "replace")})
        for info in archive.infolist():
            if info.is_dir():
                continue
            budget.member()
            yield _member(archive, info, budget)


ZIPPED = Opener(form="zip", claims=_claims, open=_open)
