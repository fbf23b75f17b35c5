"""Which stretches of a Markdown master the automatic carriers must leave alone."""

import bisect
import re
from collections.abc import Iterable, Sequence

from adyton.terms import Span

_FENCE = re.compile(r"(?ms)^[ ]{0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^[ ]{0,3}\1[`~]*[ \t]*$|\Z)")
_INDENTED = re.compile(r"(?m)(?:(?<=\n\n)|\A)(?:(?: {4}|\t)[^\n]*(?:\n|\Z))+")
_CODE_SPAN = re.compile(r"(?s)(?<!`)(`+)(?!`)(?:(?!\n\n).)+?(?<!`)\1(?!`)")
_CODE = (_FENCE, _INDENTED, _CODE_SPAN)
_QUIET = (
    re.compile(r"\A---\n(?s:.*?)\n---\n"),  # front matter
    re.compile(r"(?m)^[ ]{0,3}#{1,6}[^\n]*$"),  # headings
    re.compile(r"(?m)^[^\n]+\n(?:=+|-+)[ \t]*$"),  # underlined headings
    re.compile(r"(?m)^[ ]{0,3}>[^\n]*$"),  # block quotations
    re.compile(r"(?m)^[ \t]*\|[^\n]*$"),  # tables
    re.compile(r'"[^"\n]{1,400}"|\u201c[^\u201d]{1,400}\u201d|\u00ab[^\u00bb]{1,400}\u00bb'),
    re.compile(r"!?\[[^\]\n]*\](?:\([^)\n]*\)|\[[^\]\n]*\])?(?::[^\n]*)?"),  # links, images
    re.compile(r"<[^>\n]{1,400}>"),
    re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]*://\S+|\b\S+@\S+\b"),
)


class Regions:
    """A set of stretches, joined where they meet."""

    def __init__(self, spans: Iterable[Span]) -> None:
        joined: list[Span] = []
        for span in sorted(spans, key=lambda item: (item.start, item.end)):
            if joined and span.start <= joined[-1].end:
                joined[-1] = Span(start=joined[-1].start, end=max(joined[-1].end, span.end))
            else:
                joined.append(span)
        self.spans: Sequence[Span] = joined
        self._starts = [span.start for span in joined]

    def touch(self, start: int, end: int) -> bool:
        """Whether any character of `start:end` lies in one of the stretches."""
        at = bisect.bisect_left(self._starts, end) - 1
        return at >= 0 and self.spans[at].end > start


def code_regions(text: str) -> Regions:
    """Code blocks and code spans: only fact slots are slots in there."""
    return Regions(_found(text, _CODE))


def quiet_regions(text: str) -> Regions:
    """All that the automatic carriers leave byte for byte: code, quotations, headings, links."""
    return Regions([*_found(text, _CODE), *_found(text, _QUIET)])


def _found(text: str, patterns: Iterable[re.Pattern[str]]) -> list[Span]:
    return [
        Span(start=found.start(), end=found.end())
        for pattern in patterns
        for found in pattern.finditer(text)
    ]
