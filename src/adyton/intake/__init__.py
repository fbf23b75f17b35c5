"""Hostile bytes to segments, under hard limits.

Enters: files as they were found outside (posts, chat exports, mails, archives, weights), bare
claims, each with what the bringer knows of its times and origin. Leaves: an `Intake`: exhibits
(digest, size, six kinds of time kept apart, provenance), the segments of text found in them with
their places in the original, and a list of what was not read, with the reason.

Promises: whatever the bytes, the only errors are Malformed and Tampered, and one unreadable file
never hides another; sizes, depth, members and expansion are counted on real output bytes against
`Limits`; every file and every archive member is an exhibit, read or not; ids are keyed with a
salt of the caller, so that they give away nothing of the content.

The caller decides where this runs: `open_exhibits` is pure and bounded in memory and output, but
not in time; the `Jail` port runs it in a child process with limits of the kernel and says which
of them it reached. Outside of tests and drills, use a jail.

Never: executing, unpickling, network, following a link, trusting a name or a declared size.
"""

from adyton.intake.blocks import BLOCK_BYTES, FileDigest, FileDigester, digest_file
from adyton.intake.exhibits import (
    Claim,
    Exhibit,
    Intake,
    RawFile,
    Segment,
    SegmentKind,
    Times,
    Unread,
)
from adyton.intake.limits import Limits
from adyton.intake.opening import open_exhibits, unopened
from adyton.intake.ports import Jail
from adyton.intake.wire import decode_intake, decode_request, encode_intake, encode_request

__all__ = [
    "BLOCK_BYTES",
    "Claim",
    "Exhibit",
    "FileDigest",
    "FileDigester",
    "Intake",
    "Jail",
    "Limits",
    "RawFile",
    "Segment",
    "SegmentKind",
    "Times",
    "Unread",
    "decode_intake",
    "decode_request",
    "digest_file",
    "encode_intake",
    "encode_request",
    "open_exhibits",
    "unopened",
]
