"""The sweep itself: each file of each place, one after another."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TypeAlias

from adyton.intake import Intake, RawFile, digest_file
from adyton.prints import PrintIndex
from adyton.sweep.buckets import check_bucket
from adyton.sweep.containers import IntakeScan, weights_exposures
from adyton.sweep.exposures import (
    Exposure,
    ExposureKind,
    NotScanned,
    Place,
    PlaceKind,
    SweepResult,
)
from adyton.sweep.limits import SweepLimits
from adyton.sweep.ports import Found, FoundKind, Places
from adyton.sweep.textual import KeyFinder, TextScan
from adyton.sweep.windows import windows
from adyton.terms import Clock, Malformed, Missing, Unavailable

OpenFiles: TypeAlias = Callable[[Sequence[RawFile]], Intake]

READ_BY_OTHERS = 0o004
WRITE_BY_OTHERS = 0o002
HEAD_BYTES = 8192
CONTAINER_HEADS = (b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0")
CONTAINER_ENDS = (".json", ".jsonl", ".ndjson", ".ipynb", ".eml", ".html", ".htm", ".tar", ".xml")
BUCKET_BYTES = 4 * 1024 * 1024


class _NotScannedError(Exception):
    """Why a file's content was not looked at. Stays in this module."""


class Sweeper:
    """Searches given places for what is registered as ours.

    `index` holds the prints, `find_keys` is `Identity.find_keys`. `open_files` reads
    container forms (the jailed intake); without it they are listed as not scanned.
    """

    def __init__(
        self,
        places: Places,
        index: PrintIndex,
        *,
        find_keys: KeyFinder,
        clock: Clock,
        open_files: OpenFiles | None = None,
        limits: SweepLimits | None = None,
    ) -> None:
        self._places = places
        self._index = index
        self._find_keys = find_keys
        self._clock = clock
        self._open_files = open_files
        self._limits = limits or SweepLimits()

    def sweep(self, places: Sequence[Place]) -> SweepResult:
        """Look at every file of `places`. Raises Missing if a place is not there."""
        began = self._clock.monotonic_s()
        exposures: list[Exposure] = []
        missed: list[NotScanned] = []
        files = size = 0
        for place, found in self._everything(places):
            exposures += self._seen_from_outside(place, found)
            try:
                self._check_limits(found, files, began)
                seen = self._look_inside(place, found)
            except (_NotScannedError, Unavailable, Missing, Malformed) as error:
                reason = str(error)
                missed.append(
                    NotScanned(
                        place=place, path=found.path, reason=reason, size_bytes=found.size_bytes
                    )
                )
            else:
                exposures += [one for one in seen if isinstance(one, Exposure)]
                missed += [one for one in seen if isinstance(one, NotScanned)]
                files += 1
                size += found.size_bytes
        return SweepResult(
            places=tuple(places),
            exposures=tuple(exposures),
            scanned_files=files,
            scanned_bytes=size,
            not_scanned=tuple(missed),
            took_s=int(self._clock.monotonic_s() - began),
        )

    def _everything(self, places: Sequence[Place]) -> Iterator[tuple[Place, Found]]:
        return ((place, found) for place in places for found in self._places.walk(place))

    def _check_limits(self, found: Found, seen: int, began: float) -> None:
        if found.kind is not FoundKind.FILE:
            raise _NotScannedError(
                "folder cannot be listed" if found.kind is FoundKind.CLOSED else "not a plain file"
            )
        if seen >= self._limits.files:
            raise _NotScannedError("over the limit of files")
        if self._clock.monotonic_s() - began > self._limits.total_s:
            raise _NotScannedError("over the time limit of the sweep")

    def _seen_from_outside(self, place: Place, found: Found) -> Iterator[Exposure]:
        """What a name and its permissions tell, without reading."""
        if found.kind is not FoundKind.FILE:
            return
        if place.kind is PlaceKind.TEMPORARY:
            yield self._exposure(ExposureKind.LEFTOVER, place, found, "file in scratch space")
        if place.kind in {PlaceKind.HOME, PlaceKind.TEMPORARY}:
            yield from self._open_to_others(place, found)

    def _open_to_others(self, place: Place, found: Found) -> Iterator[Exposure]:
        if found.mode & WRITE_BY_OTHERS:
            yield self._exposure(ExposureKind.PERMISSION, place, found, "others may write")
        elif found.mode & READ_BY_OTHERS:
            yield self._exposure(ExposureKind.PERMISSION, place, found, "others may read")

    def _look_inside(self, place: Place, found: Found) -> Sequence[Exposure | NotScanned]:
        if place.kind is PlaceKind.STORE_CONFIG:
            words = check_bucket(self._whole(place, found, BUCKET_BYTES))
            return [self._exposure(ExposureKind.STORE, place, found, word) for word in words]
        chunks = self._timed(self._places.read(place, found.path))
        head = next(chunks, b"")
        stream = chain((head,), chunks)
        name = (found.path or place.path).lower()
        seen: list[Exposure | NotScanned]
        if head.startswith(CONTAINER_HEADS) or name.endswith(CONTAINER_ENDS):
            seen = self._container(place, found)
        elif b"\0" in head[:HEAD_BYTES]:
            seen = [*self._binary(place, found, stream)]
        else:
            seen = [*self._text(place, found, stream)]
        if place.kind is PlaceKind.FOLDER and any(isinstance(one, Exposure) for one in seen):
            seen += self._open_to_others(place, found)
        return seen

    def _text(self, place: Place, found: Found, stream: Iterator[bytes]) -> Iterator[Exposure]:
        limits = self._limits
        if found.size_bytes > limits.text_bytes:
            raise _NotScannedError("text over the size limit")
        scan = TextScan(self._index, self._find_keys)
        for window in windows(
            stream, window_bytes=limits.window_bytes, overlap_bytes=limits.overlap_bytes
        ):
            scan.look(window)
        yield from scan.exposures(place, found.path)

    def _binary(self, place: Place, found: Found, stream: Iterator[bytes]) -> Iterator[Exposure]:
        if not self._index.knows_files():
            raise _NotScannedError("binary, and no protected file has prints")
        if found.size_bytes > self._limits.binary_bytes:
            raise _NotScannedError("binary over the size limit")
        digest = digest_file(stream)
        matches = self._index.match_file(
            sha256=digest.sha256, size_bytes=digest.size_bytes, blocks=digest.blocks
        )
        yield from weights_exposures(matches, place, found.path)

    def _container(self, place: Place, found: Found) -> list[Exposure | NotScanned]:
        if self._open_files is None:
            raise _NotScannedError("container form, and no reader was given")
        data = self._whole(place, found, self._limits.container_bytes)
        intake = self._open_files([RawFile(name=found.path or place.path, data=data)])
        looked = IntakeScan(self._index, self._find_keys, place, found.path)
        return list(looked.look(intake))

    def _whole(self, place: Place, found: Found, most: int) -> bytes:
        if found.size_bytes > most:
            raise _NotScannedError("over the size limit of its form")
        data = bytearray()
        for chunk in self._timed(self._places.read(place, found.path)):
            data += chunk
            if len(data) > most:
                raise _NotScannedError("over the size limit of its form")
        return bytes(data)

    def _timed(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The same chunks, until the file's time is over."""
        until = self._clock.monotonic_s() + self._limits.file_s
        for chunk in chunks:
            if self._clock.monotonic_s() > until:
                raise _NotScannedError("over the time limit of a file")
            yield chunk

    def _exposure(self, kind: ExposureKind, place: Place, found: Found, detail: str) -> Exposure:
        return Exposure(kind=kind, place=place, path=found.path, detail=detail)
