"""What an exhibit says of itself, before anything of it is believed."""

import re
from dataclasses import dataclass

from adyton.marks import VisibleLine, claimed_copies, find_lines
from adyton.terms import AssetId, CopyId, State
from adyton.trace.facts import text

NAME_CHARS_MIN = 4  # shorter names of assets stand in ordinary text by chance
LENGTH_OF_CONTENT = 80  # words from which a text is content to be judged, not a bare claim
_WORD = re.compile(r"[^\W_]+")
_OWN_ID = re.compile(r"\b(?:ast|ver)_[a-z2-7]{26}\b")
_HEADING = re.compile(r"(?m)^[ ]{0,3}#{1,6}[ \t]+(?P<title>[^\n]+)$|\A\s*(?P<first>[^\n]{1,120})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Copy lines, ids and names of ours in a text.

    `titled`: it carries the name of an asset as its title, so it presents itself as that asset;
    a name further down may only be talked about.
    """

    lines: tuple[VisibleLine, ...]
    copies: tuple[CopyId, ...]
    ids: bool
    mentioned: tuple[AssetId, ...]
    titled: tuple[AssetId, ...]
    words: int

    @property
    def presents_itself_as_ours(self) -> bool:
        """By copy line, by id, or by title."""
        return bool(self.copies or self.ids or self.titled)

    @property
    def bare(self) -> bool:
        """Too short to be the thing that it talks about."""
        return self.words < LENGTH_OF_CONTENT


def claims_of(content: str, state: State) -> Claims:
    """The claims of a text against the assets of this perimeter."""
    folded = _folded(content)
    titles = [_folded(hit["title"] or hit["first"] or "") for hit in _HEADING.finditer(content)]
    names = {AssetId(asset): _folded(text(row, "name")) for asset, row in state.scan("assets")}
    known = {asset: name for asset, name in names.items() if len(name.strip()) >= NAME_CHARS_MIN}
    return Claims(
        lines=find_lines(content),
        copies=claimed_copies(content),
        ids=bool(_OWN_ID.search(content)),
        mentioned=tuple(asset for asset, name in known.items() if name in folded),
        titled=tuple(
            asset for asset, name in known.items() if any(name in title for title in titles)
        ),
        words=len(content.split()),
    )


def _folded(content: str) -> str:
    """Words alone, between spaces, so that a name is found whole and in any spelling of gaps."""
    return f" {' '.join(_WORD.findall(content.casefold()))} "
