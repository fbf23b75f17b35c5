"""What lies in a container: its texts and binary members, as intake found them."""

from collections.abc import Iterable, Iterator

from adyton.intake import Exhibit, Intake
from adyton.prints import FileMatch, PrintIndex
from adyton.sweep.exposures import Exposure, ExposureKind, NotScanned, Place
from adyton.sweep.textual import KeyFinder, TextScan
from adyton.sweep.windows import Window


def weights_exposures(
    matches: Iterable[FileMatch], place: Place, path: str, *, inside: str = ""
) -> Iterator[Exposure]:
    """Matches of a binary file or member, as exposures."""
    for match in matches:
        yield Exposure(
            kind=ExposureKind.WEIGHTS,
            place=place,
            path=path,
            inside=inside,
            detail="whole file" if match.exact else "piece of a file",
            asset=match.asset,
            version=match.version,
            spans=match.spans_source,
            share_ppm=match.share_ppm,
        )


class IntakeScan:
    """Searches one opened container. What intake could not read is not scanned either."""

    def __init__(self, index: PrintIndex, find_keys: KeyFinder, place: Place, path: str) -> None:
        self._index = index
        self._find_keys = find_keys
        self._place = place
        self._path = path

    def look(self, intake: Intake) -> Iterator[Exposure | NotScanned]:
        """Exposures of every segment and member, and the members that nobody could read."""
        exhibits = {exhibit.id: exhibit for exhibit in intake.exhibits}
        for segment in intake.segments:
            scan = TextScan(self._index, self._find_keys)
            scan.look(Window(start=0, text=segment.text))
            inside = _inside(exhibits[segment.exhibit])
            yield from scan.exposures(self._place, self._path, inside=inside)
        hashed = set()
        if self._index.knows_files():
            for exhibit in intake.exhibits:
                if exhibit.blocks:
                    hashed.add(exhibit.id)
                    yield from self._member(exhibit)
        for miss in intake.unread:
            if miss.exhibit not in hashed:
                yield self._missed(exhibits[miss.exhibit], miss.reason)

    def _member(self, exhibit: Exhibit) -> Iterator[Exposure]:
        matches = self._index.match_file(
            sha256=exhibit.sha256, size_bytes=exhibit.size_bytes, blocks=exhibit.blocks
        )
        return weights_exposures(matches, self._place, self._path, inside=_inside(exhibit))

    def _missed(self, exhibit: Exhibit, reason: str) -> NotScanned:
        inside = _inside(exhibit)
        return NotScanned(
            place=self._place,
            path=f"{self._path}!{inside}" if inside else self._path,
            reason=reason,
            size_bytes=exhibit.size_bytes,
        )


def _inside(exhibit: Exhibit) -> str:
    return exhibit.name if exhibit.parent else ""
