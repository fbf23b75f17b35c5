"""The stand-alone verifier's command line: reads a bundle or receipt from disk, prints failures.

It is shipped as one file (`adyton.ledger.standalone`) and may name nothing of the perimeter.
Exit 0 all holds, 1 something does not (unreadable included), 2 usage.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from adyton.crypto.notes import VerifierKey
from adyton.ledger.proof import (
    Examination,
    examine_bundle,
    examine_receipt,
    parse_vkeys,
)
from adyton.terms.errors import AdytonError, Malformed

_USAGE = 2
MAX_FILE_BYTES = 512_000_000  # read whole: a bundle holds reports and proofs, no weights


class FolderFiles(Mapping[str, bytes]):
    """The regular files below a folder, read when asked for; links are failures, not followed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._paths = {
            path.relative_to(root).as_posix(): path
            for path in sorted(root.rglob("*"))
            if path.is_symlink() or not path.is_dir()
        }

    def __getitem__(self, path: str) -> bytes:
        place = self._paths[path]
        if place.is_symlink() or not place.is_file():
            raise Malformed("is not a regular file")
        try:
            return _bounded(place)
        except OSError as error:
            raise Malformed("cannot be read") from error

    def __contains__(self, path: object) -> bool:
        # by name alone: the mixin would read the file, and raise where it cannot
        return path in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def main(argv: Sequence[str] | None = None) -> int:
    """Check what `argv` names; gives the exit code."""
    parser = _parser()
    given = parser.parse_args(argv)
    target: Path = given.target
    try:
        keys = None if given.vkey is None else parse_vkeys(_read(given.vkey))
        if target.is_dir():
            seen = _examine_folder(target, keys)
        elif keys is None:
            parser.error("a receipt is checked with --vkey FILE: it holds no key")
        else:
            entry = None if given.entry is None else _read(given.entry)
            seen = examine_receipt(_read(target), entry=entry, log=keys[0], witnesses=keys[1])
    except (AdytonError, OSError) as error:
        message = error.message if isinstance(error, AdytonError) else "cannot be read"
        sys.stdout.write(f"FAILED {_printable(target.name)}: {message}\n")
        return 1
    return _say(seen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verifier", description="Check an evidence bundle or a receipt offline."
    )
    parser.add_argument("target", type=Path, help="a bundle's folder, or a .tlog-proof file")
    parser.add_argument(
        "--vkey", type=Path, help="file with the log's key (then witnesses'), known from elsewhere"
    )
    parser.add_argument("--entry", type=Path, help="the entry's bytes, if not in the receipt")
    return parser


def _examine_folder(
    target: Path, keys: tuple[VerifierKey, tuple[VerifierKey, ...]] | None
) -> Examination:
    if keys is None:
        sys.stderr.write(
            "trusting the bundle's own key (give --vkey FILE to check against yours)\n"
        )
        return examine_bundle(FolderFiles(target))
    return examine_bundle(FolderFiles(target), anchor=str(keys[0]), trusted=keys[1])


def _say(seen: Examination) -> int:
    for failure in seen.failures:
        sys.stdout.write(f"FAILED {_printable(failure)}\n")
    if seen.failures:
        return 1
    sys.stdout.write(
        f"ok: {seen.files} files, {seen.facts} facts, in the log's first {seen.size} entries\n"
    )
    return 0


def _printable(text: str) -> str:
    """Text that a hostile file name cannot use to write lines of its own."""
    safe = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return safe.encode("ascii", "backslashreplace").decode()


def _bounded(place: Path) -> bytes:
    """A file's bytes; asks for its size first, so that a sparse one costs no memory."""
    if place.stat().st_size > MAX_FILE_BYTES:
        raise Malformed("is larger than any file of a bundle")
    return place.read_bytes()


def _read(path: Path) -> bytes:
    try:
        return _bounded(path)
    except OSError as error:
        raise Malformed(f"{path.name} is missing or cannot be read") from error
