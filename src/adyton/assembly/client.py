"""What a command does on its own side: files, approvers' keys, offline checks.

An approver's private key never reaches the process that owns the home: requests are described,
shares opened and approvals signed here, in the process of the person who approves.
"""

import base64
import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from adyton.adapters import home_files
from adyton.adapters.clock import SystemEntropy
from adyton.adapters.verifier import FolderFiles
from adyton.ledger.proof import examine_bundle, examine_receipt, parse_vkeys
from adyton.terms import (
    Conflict,
    Malformed,
    Misconfigured,
    Missing,
    Refused,
    Secret,
    Tampered,
)
from adyton.vault import (
    ApproverKey,
    approve_request,
    describe_request,
    make_approver_key,
    open_approver_key,
)

LARGEST_EXHIBIT_BYTES = 64 * 1024 * 1024


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


def read_exhibits(paths: Sequence[Path], *, keep_paths: bool = False) -> list[dict[str, str]]:
    """Files and the files below folders, each with its name and its bytes in base64."""
    found = []
    for place in paths:
        for path in home_files.list_files(place):
            below = str(path.relative_to(place)) if place.is_dir() else path.name
            name = below if keep_paths or place.is_dir() else path.name
            content = home_files.read_small(path, limit_bytes=LARGEST_EXHIBIT_BYTES)
            found.append({"name": name, "data": base64.b64encode(content).decode()})
    return found


def outside(path: Path, home: Path) -> None:
    """Raise Refused when `path` lies in the home."""
    if path.resolve().is_relative_to(home):
        raise Refused("that place lies inside the home", mend="choose a place outside it")


def write_stream(path: Path, pieces: Iterable[bytes], *, home: Path) -> str:
    """Write `pieces` to a new file outside the home, whole or not at all; SHA-256 in hex."""
    outside(path, home)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    scratch = path.with_name(f".{path.name}.partial")
    try:
        with scratch.open("wb") as file:
            scratch.chmod(home_files.PRIVATE_FILE)
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return digest.hexdigest()


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` below a new folder. Raises Conflict if it is there already."""
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"{folder.name} is not empty", mend="choose a new folder")
    for name, content in files.items():
        target = folder / name
        home_files.make_folder(target.parent)
        home_files.write_private(target, content)


def write_json(path: Path, content: object) -> None:
    """Write a JSON document."""
    home_files.write_private(path, msgspec.json.format(msgspec.json.encode(content), indent=2))


def make_approver(path: Path, passphrase: str, *, home: Path) -> dict[str, str]:
    """A new approver's key file outside the home; the public half, in hex."""
    outside(path, home)
    if path.exists():
        raise Conflict(f"{path.name} exists already", mend="choose a new file")
    blob = make_approver_key(Secret(passphrase), SystemEntropy())
    public = open_approver_key(blob, Secret(passphrase)).public("-")
    home_files.make_folder(path.parent)
    home_files.write_private(path, blob)
    return {"hpke_public": public.hpke.hex(), "sign_public": public.sign.hex()}


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


def verify_offline(path: Path, vkey: Path | None) -> list[str]:
    """The failures of a receipt's proof or a bundle folder; empty when every check holds.

    Whatever is wrong with the files is a failure, not an error; a path that is not there is
    Missing. A receipt needs the key: it holds none.
    """
    if not path.exists():
        raise Missing(f"there is nothing at {path.name}", mend="check the path")
    keys = parse_vkeys(home_files.read_small(vkey)) if vkey else None
    if path.is_dir():
        anchor = None if keys is None else str(keys[0])
        return list(examine_bundle(FolderFiles(path), anchor=anchor).failures)
    if keys is None:
        raise Misconfigured("a receipt holds no key", mend="give the log's key with --vkey FILE")
    try:
        seen = examine_receipt(
            home_files.read_small(path), entry=None, log=keys[0], witnesses=keys[1]
        )
    except (Malformed, Tampered) as error:
        return [f"{path.name}: {error.message}"]
    return list(seen.failures)


def read_controls() -> list[dict[str, Any]]:
    """The control catalogue. From the source tree's `docs/`, or the copy in the package."""
    packaged = resources.files("adyton").joinpath("controls.toml")
    text = packaged.read_text() if packaged.is_file() else ""
    if not text:
        beside = Path(__file__).parents[3] / "docs" / "controls.toml"
        text = read_text(beside)
    return list(tomllib.loads(text)["control"])
