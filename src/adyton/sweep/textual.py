"""What lies in a text: protected content and keys of ours."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from adyton.identity import FoundKey
from adyton.prints import Match, PrintIndex
from adyton.sweep.exposures import Exposure, ExposureKind, Place
from adyton.sweep.windows import Window
from adyton.terms import CredentialId, Span

KeyFinder: TypeAlias = Callable[[str], Sequence[FoundKey]]

PPM = 1_000_000


@dataclass(slots=True)
class _Content:
    """Matches of one source over several windows."""

    best: Match
    spans: set[tuple[int, int]] = field(default_factory=set)
    source_spans: set[tuple[int, int]] = field(default_factory=set)

    def share_ppm(self) -> int:
        """The part of the source that shows in all windows together."""
        shown = sum(span.end - span.start for span in _joined(self.source_spans))
        return min(PPM, shown * PPM // max(1, self.best.source_chars))


class TextScan:
    """Collects what the windows of one text hold."""

    def __init__(self, index: PrintIndex, find_keys: KeyFinder) -> None:
        self._index = index
        self._find_keys = find_keys
        self._content: dict[tuple[str, str], _Content] = {}
        self._keys: dict[CredentialId, tuple[bool, Span]] = {}

    def look(self, window: Window) -> None:
        """Search one window."""
        for match in self._index.match(window.text):
            self._keep(match, window.start)
        for key in self._find_keys(window.text):
            span = Span(start=key.span.start + window.start, end=key.span.end + window.start)
            self._keys.setdefault(key.credential, (key.genuine, span))

    def _keep(self, match: Match, start: int) -> None:
        known = self._content.setdefault(
            (match.version or "", match.copy or ""), _Content(best=match)
        )
        known.spans |= {(span.start + start, span.end + start) for span in match.spans_text}
        known.source_spans |= {(span.start, span.end) for span in match.spans_source}
        if match.evidence_milli > known.best.evidence_milli:
            known.best = match

    def exposures(self, place: Place, path: str, *, inside: str = "") -> Iterator[Exposure]:
        """What was found, as exposures of one file."""
        for content in self._content.values():
            yield Exposure(
                kind=ExposureKind.CONTENT,
                place=place,
                path=path,
                inside=inside,
                detail="protected text" if content.best.version else "model answer",
                asset=content.best.asset,
                version=content.best.version,
                copy=content.best.copy,
                spans=_joined(content.spans),
                share_ppm=content.share_ppm(),
            )
        for credential, (genuine, span) in self._keys.items():
            yield Exposure(
                kind=ExposureKind.CREDENTIAL,
                place=place,
                path=path,
                inside=inside,
                detail="key of this perimeter" if genuine else "key form, not made here",
                credential=credential,
                spans=(span,),
            )


def _joined(spans: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1].end:
            joined[-1] = Span(start=joined[-1].start, end=max(end, joined[-1].end))
        else:
            joined.append(Span(start=start, end=end))
    return tuple(joined)
