"""The line at the head of each copy that says whose it is: it deters, and shows transplants.

`Copy for <label> · <copy id> · <seal>`. The seal is bound to version, copy and label by the
version's mark key, so a line that was edited shows by itself, and a whole line taken from another
copy shows against the mark inside.
"""

import base64
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

from adyton.marks.code import draw
from adyton.terms import CopyId, Malformed, Secret, VersionId

SEAL_CHARS = 12  # 60 bits
LABEL_CHARS_MAX = 80
LINES_MAX = 16  # a text that is full of lines says no more than one with a few
_STOP = r"\s{0,9}[\u00b7\u2022\u2219.*|:\u2013-]\s{0,9}"
# Each gap is bounded and the label begins with a sign: hostile text costs linear time (I7).
_LINE = re.compile(
    r"copy\s{1,9}for\s{1,9}(?P<label>\S.{0,99}?)"
    + _STOP
    + r"(?P<copy>cpy[_ ][a-z0-9]{26})"
    + _STOP
    + r"(?P<seal>[a-z0-9]{12})\b",
    re.IGNORECASE,
)
_BARE_ID = re.compile(r"\bcpy_[a-z2-7]{26}\b")
_MISREAD = str.maketrans("0189", "olbg")  # digits that the alphabet of ids does not have


class Seal(StrEnum):
    """Whether a visible line is as we wrote it."""

    GENUINE = "genuine"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleLine:
    """A line found in an exhibit: a claim, until its seal and the mark inside were checked."""

    copy: CopyId
    label: str
    seal: str


def write_line(label: str, *, key: Secret[bytes], version: VersionId, copy: CopyId) -> str:
    """The line of a copy. `label` is what the recipient should see: a name, a team."""
    shown = " ".join(label.split())
    if not 0 < len(shown) <= LABEL_CHARS_MAX or "\u00b7" in shown:
        raise Malformed("label of a copy", mend=f"1 to {LABEL_CHARS_MAX} characters, no middle dot")
    return f"Copy for {shown} \u00b7 {copy} \u00b7 {_seal(shown, key, version, copy)}"


def find_lines(text: str) -> tuple[VisibleLine, ...]:
    """The visible lines in a text, in order, each once; LINES_MAX at most."""
    found = {
        VisibleLine(
            copy=CopyId("cpy_" + hit["copy"][4:].lower().translate(_MISREAD)),
            label=" ".join(hit["label"].split()),
            seal=hit["seal"].lower().translate(_MISREAD),
        ): None
        for hit in _LINE.finditer(text)
    }
    return tuple(found)[:LINES_MAX]


def claimed_copies(text: str) -> tuple[CopyId, ...]:
    """All copy ids that stand in a text, in a visible line or bare."""
    ids = [line.copy for line in find_lines(text)]
    ids += [CopyId(hit[0]) for hit in _BARE_ID.finditer(text)]
    return tuple(dict.fromkeys(ids))


def check_line(line: VisibleLine, *, key: Secret[bytes], version: VersionId) -> Seal:
    """Whether the line was written by us for a copy of this version (constant time)."""
    expected = _seal(line.label, key, version, line.copy)
    genuine = hmac.compare_digest(expected.encode(), line.seal.encode())
    return Seal.GENUINE if genuine else Seal.ALTERED


def _seal(label: str, key: Secret[bytes], version: VersionId, copy: CopyId) -> str:
    # Case and spaces of a label get lost on the way; they are no part of what is sealed.
    raw = draw(key, "line", version, copy, "".join(label.casefold().split()))
    return base64.b32encode(raw).decode().lower()[:SEAL_CHARS]
