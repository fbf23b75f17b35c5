"""What a command does on its own side: files, approvers' keys, offline checks.

An approver's private key never reaches the process that owns the home: requests are described,
shares opened and approvals signed here, in the process of the person who approves.
"""

import base64
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from adyton.adapters import home_files, owner_socket, verifier
from adyton.adapters.clock import SystemEntropy
from adyton.assembly.home import HomePaths
from adyton.crypto.notes import VerifierKey
from adyton.ledger.proof import Examination, parse_vkeys
from adyton.terms import (
    Conflict,
    Malformed,
    Misconfigured,
    Missing,
    Refused,
    Secret,
    Tampered,
    TooLarge,
)
from adyton.vault import (
    ApproverKey,
    approve_request,
    describe_request,
    make_approver_key,
    open_approver_key,
)

LARGEST_EXHIBIT_BYTES = 64 * 1024 * 1024


@contextmanager
def new_file(path: Path, *, home: Path) -> Iterator[None]:
    """While inside: the name `path`, outside the home, is ours; what fails gives it back.

    For what exists once and would be lost if it could not be written. Raises Conflict if the file
    is there already.
    """
    outside(path, home)
    home_files.reserve(path)
    try:
        yield
    except BaseException:
        home_files.remove(path)
        raise


def write_key(path: Path, key: str) -> None:
    """Put a credential into a file of mode 0600."""
    home_files.write_private(path, key.encode() + b"\n")


def read_text(path: Path) -> str:
    """A small text file. Raises Missing, Malformed."""
    try:
        return home_files.read_small(path).decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"{path.name} is not UTF-8 text") from error


def read_base64(path: Path) -> str:
    """A file's bytes in base64."""
    return base64.b64encode(home_files.read_small(path)).decode()


def read_exhibits(paths: Sequence[Path]) -> list[dict[str, str]]:
    """Files and the files below folders, each with its name and its bytes in base64."""
    found, total = [], 0
    for place in paths:
        for path in home_files.list_files(place):
            name = path.name if path == place else path.relative_to(place).as_posix()
            content = home_files.read_small(path, limit_bytes=LARGEST_EXHIBIT_BYTES)
            total += len(content)
            if total > LARGEST_EXHIBIT_BYTES:
                raise TooLarge("the files are over 64 MiB together", mend="bring fewer at a time")
            found.append({"name": name, "data": base64.b64encode(content).decode()})
    return found


def outside(path: Path, home: Path) -> None:
    """Raise Refused when `path` lies in the home."""
    if path.expanduser().resolve().is_relative_to(home.resolve()):
        raise Refused("that place lies inside the home", mend="choose a place outside it")


def file_outside(path: Path, home: Path) -> None:
    """The same of a file that is to be written; raise Malformed where a folder has that name."""
    outside(path, home)
    if path.is_dir():
        raise Malformed(f"{path} is a folder", mend="name a file in it")


def write_stream(path: Path, pieces: Iterable[bytes], *, home: Path) -> str:
    """Write `pieces` to a file outside the home, whole or not at all; SHA-256 in hex."""
    file_outside(path, home)
    home_files.make_folder(path.parent)
    return home_files.write_stream(path, pieces)


def below(folder: Path, name: str) -> Path:
    """The place of `name`, which somebody else chose, below `folder`. Raises Malformed."""
    inner = PurePosixPath(name)
    if inner.is_absolute() or not inner.parts or ".." in inner.parts or "\x00" in name:
        raise Malformed("a file's name leads out of the folder", mend="take nothing from there")
    return folder.joinpath(*inner.parts)


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` below a new folder, all or none. Raises Conflict if it is in use."""
    if home_files.is_in_use(folder):
        raise Conflict(f"{folder.name} is not empty", mend="choose a new folder")
    targets = {below(folder, name): content for name, content in files.items()}
    try:
        for target, content in targets.items():
            home_files.make_folder(target.parent)
            home_files.write_private(target, content)
    except BaseException:
        home_files.remove(folder)
        raise


def write_json(path: Path, content: object, *, home: Path) -> None:
    """Write a JSON document."""
    write_stream(path, [msgspec.json.format(msgspec.json.encode(content), indent=2)], home=home)


def make_approver(path: Path, passphrase: str, *, home: Path) -> dict[str, str]:
    """A new approver's key file outside the home; the public half, in hex."""
    with new_file(path, home=home):
        blob = make_approver_key(Secret(passphrase), SystemEntropy())
        public = open_approver_key(blob, Secret(passphrase)).public("-")
        home_files.write_private(path, blob)
    return {"hpke_public": public.hpke.hex(), "sign_public": public.sign.hex()}


def drop_approver(path: Path) -> None:
    """Take away a key file that was made a moment ago and serves nothing."""
    home_files.remove(path)


def open_approver(path: Path, passphrase: str, *, home: Path) -> ApproverKey:
    """The approver's key in the file. Raises Refused for a wrong passphrase."""
    outside(path, home)
    return open_approver_key(home_files.read_small(path), Secret(passphrase))


def describe(pending: Mapping[str, Any]) -> str:
    """What exactly an approver signs, decoded from the request's own bytes."""
    return describe_request(base64.b64decode(pending["bytes"]))


def approve(pending: Mapping[str, Any], key: ApproverKey) -> dict[str, str]:
    """The approval of a pending request, as JSON."""
    share = pending.get("sealed_share")
    if not share:
        raise Missing("you hold no share of this version", mend="ask an approver who does")
    made = approve_request(base64.b64decode(pending["bytes"]), base64.b64decode(share), key)
    note = base64.b64encode(made.note).decode()
    return {"request": made.request, "person": made.person, "note": note}


def verify_offline(
    path: Path,
    vkey: Path | None,
    *,
    proof: Path | None = None,
    log: Path | None = None,
    out: Path | None = None,
) -> Examination:
    """What was checked of a proof, a promise, a receipt's note or a bundle folder.

    Whatever is wrong with the files is a failure, not an error; a path that is not there is
    Missing. All but a folder need the key: they hold none. What shows a third person a promise
    not kept is written to `out`, by default beside the promise.
    """
    home_files.list_files(path)
    if vkey is None and not path.is_dir():
        raise Misconfigured("that file holds no key", mend="give the log's key with --vkey FILE")
    brought = verifier.Brought(vkey=vkey, proof=proof, log=log)
    try:
        seen = verifier.examine(path, brought)
        if seen.evidence:
            place = verifier.write_evidence(path, brought, seen, out)
            seen.says.append(f"what shows it to a third person lies in {place}")
    except (Malformed, Tampered) as error:
        return Examination(failures=[f"{path.name}: {error.message}"])
    return seen


def read_vkeys(path: Path | None) -> tuple[VerifierKey, ...]:
    """The verifier keys in a file, the log's first; none where no file is given."""
    if path is None:
        return ()
    log, witnesses = parse_vkeys(home_files.read_small(path))
    return (log, *witnesses)


def is_owned(home: Path) -> bool:
    """Whether a process that owns the home answers."""
    return owner_socket.is_listening(HomePaths.of(home).socket)


def read_controls() -> list[dict[str, Any]]:
    """The control catalogue. From the source tree's `docs/`, or the copy in the package."""
    packaged = resources.files("adyton").joinpath("controls.toml")
    text = packaged.read_text() if packaged.is_file() else ""
    if not text:
        beside = Path(__file__).parents[3] / "docs" / "controls.toml"
        text = read_text(beside)
    return list(tomllib.loads(text)["control"])
