"""The form of a text in which a leak and its master are compared.

It drops what a leak loses on its way anyway (case, Markdown signs, quotation marks, brackets,
invisible characters, line breaks), so that no symbol depends on it; letters, digits and sentence
punctuation stay.
"""

import re
import unicodedata

_BULLET = re.compile(r"(?m)^[ \t]*(?:[-*+\u2022\u25e6\u2023]|\d{1,3}[.)])[ \t]+")
_GAP = re.compile(r"\s+")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_DROPPED = "*_#>`~|\"'()[]{}\\\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2022"
# Letters of other scripts that look like ours (the common ones; from Unicode's confusables).
_TWINS = {
    "\u0430": "a", "\u0435": "e", "\u043e": "o", "\u0440": "p", "\u0441": "c", "\u0445": "x",
    "\u0443": "y", "\u0456": "i", "\u0458": "j", "\u0455": "s", "\u04bb": "h", "\u0501": "d",
    "\u03bf": "o", "\u03b1": "a", "\u03c1": "p", "\u03bd": "v", "\u03b9": "i", "\u0261": "g",
}  # fmt: skip
_MAP = str.maketrans(
    {**dict.fromkeys(_DROPPED, ""), **dict.fromkeys(_DASHES, "-"), **_TWINS, "\u2026": "..."}
)


def canonical(text: str) -> str:
    """`text` as it is compared. Never fails; the answer is at most a few times as long."""
    folded = unicodedata.normalize("NFKC", _BULLET.sub("", text)).casefold().translate(_MAP)
    visible = "".join(char for char in folded if unicodedata.category(char) not in {"Cf", "Mn"})
    return _GAP.sub(" ", visible)
