"""The stand-alone verifier's command line: reads what is to be checked, prints what fails.

It is shipped as one file (`adyton.ledger.standalone`) and may name nothing of the perimeter.
Exit 0 all holds, 1 something does not (unreadable included), 2 usage, 4 a file is not there.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adyton.ledger.kept import Given, examine_file
from adyton.ledger.proof import Examination, examine_bundle, parse_vkeys
from adyton.terms.errors import AdytonError, Malformed, Missing

_FAILED, _MISSING = 1, 4
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
    if given.vkey is None and target.is_file():
        parser.error("proofs and promises are checked with --vkey FILE: they hold no key")
    if given.vkey is None:
        sys.stderr.write(
            "trusting the bundle's own key (give --vkey FILE to check against yours)\n"
        )
    brought = Brought(vkey=given.vkey, entry=given.entry, proof=given.proof, log=given.log)
    try:
        seen = examine(target, brought)
        if seen.evidence:
            place = write_evidence(target, brought, seen, given.out)
            seen.says.append(f"what shows it to a third person lies in {place.name}")
    except (AdytonError, OSError) as error:
        message = error.message if isinstance(error, AdytonError) else "cannot be read"
        sys.stdout.write(f"FAILED {_printable(target.name)}: {message}\n")
        return _MISSING if isinstance(error, Missing) else _FAILED
    return _say(seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """The files beside the one that is checked."""

    vkey: Path | None = None
    entry: Path | None = None
    proof: Path | None = None
    log: Path | None = None


def examine(target: Path, brought: Brought) -> Examination:
    """Check a bundle's folder, a proof, a promise or a receipt's note.

    Raises Missing for what is not there, Malformed for what cannot be read at all.
    """
    keys = None if brought.vkey is None else parse_vkeys(_read(brought.vkey))
    if target.is_dir():
        if brought.proof is not None or brought.log is not None:
            raise Malformed("a folder is no promise: there is nothing to hold against a log")
        if keys is None:
            return examine_bundle(FolderFiles(target))
        return examine_bundle(FolderFiles(target), anchor=str(keys[0]), trusted=keys[1])
    data = _read(target)
    if keys is None:
        raise Malformed("proofs and promises hold no key: the log's is needed")
    given = Given(
        log=keys[0],
        witnesses=keys[1],
        entry=None if brought.entry is None else _read(brought.entry),
        proof=None if brought.proof is None else _read(brought.proof),
        files=None if brought.log is None else _folder(brought.log),
    )
    return examine_file(data, given)


def write_evidence(target: Path, brought: Brought, seen: Examination, out: Path | None) -> Path:
    """Copy what shows a promise not kept: the promise, the keys, the log's leaves, its checkpoint.

    Into a new folder, by default beside the promise. Checked there again by the same command.
    """
    place = out or target.with_name(f"{target.name}.not-kept")
    if place.exists() or brought.log is None or brought.vkey is None:
        raise Malformed(f"promise not kept; {place.name} is there already, and is left as it is")
    files = FolderFiles(brought.log)
    whole = {"promise": _read(target), "vkeys": _read(brought.vkey)}
    for path in (*whole, *seen.evidence):
        copy = place / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(whole[path] if path in whole else files[path])
    return place


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verifier", description="Check an evidence bundle, a proof or a promise offline."
    )
    parser.add_argument(
        "target", type=Path, help="a bundle's folder, a .tlog-proof, a .promise or a receipt's note"
    )
    parser.add_argument(
        "--vkey", type=Path, help="file with the log's key (then witnesses'), known from elsewhere"
    )
    parser.add_argument("--entry", type=Path, help="the entry's bytes, if not in the proof")
    parser.add_argument("--proof", type=Path, help="for a promise: the proof that it was kept")
    parser.add_argument(
        "--log", type=Path, help="for a promise: a folder with a later checkpoint and hash tiles"
    )
    parser.add_argument(
        "--out", type=Path, help="new folder for what shows that a promise was not kept"
    )
    return parser


def _say(seen: Examination) -> int:
    for failure in seen.failures:
        sys.stdout.write(f"FAILED {_printable(failure)}\n")
    for line in seen.says:
        sys.stdout.write(f"{_printable(line)}\n")
    if seen.failures:
        return _FAILED
    if seen.facts or not seen.says:
        sys.stdout.write(
            f"ok: {seen.files} files, {seen.facts} facts, in the log's first {seen.size} entries\n"
        )
    return 0


def _printable(text: str) -> str:
    """Text that a hostile file name cannot use to write lines of its own."""
    safe = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return safe.encode("ascii", "backslashreplace").decode()


def _folder(path: Path) -> FolderFiles:
    if not path.exists():
        raise Missing(f"{path.name} is not there")
    if not path.is_dir():
        raise Malformed(f"{path.name} is no folder of a log")
    return FolderFiles(path)


def _bounded(place: Path) -> bytes:
    """A file's bytes; asks for its size first, so that a sparse one costs no memory."""
    if place.stat().st_size > MAX_FILE_BYTES:
        raise Malformed("is larger than any file of a bundle")
    return place.read_bytes()


def _read(path: Path) -> bytes:
    try:
        return _bounded(path)
    except FileNotFoundError as error:
        raise Missing(f"{path.name} is not there") from error
    except OSError as error:
        raise Malformed(f"{path.name} cannot be read") from error
