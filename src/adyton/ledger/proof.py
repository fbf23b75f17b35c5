"""The offline verifier: an evidence bundle or a receipt, checked with nothing but a key.

A bundle (docs/formats/bundle.md) is checked in these steps; each failure names a file or fact:

1. `vkeys`: well formed, no key twice; the trusted keys are there, if some were given: the log's
   first, then each trusted witness's, and each further key under the log's own name (step 5 then
   wants its signature);
2. `MANIFEST`: signed by the log, in its one form, one signature line;
3. every file is listed and every listed file is there;
4. every file has the size and digest that the manifest states;
5. `checkpoint`: signed by every key of the log in `vkeys`, cosigned by every witness in it;
6. `epochs/`: from the log's tree now back to its first one, each tree's first entry names the
   checkpoint and keys of the tree before it; then those stand for that tree as in step 5;
7. `facts/`: each entry is canonical and its proof leads to the root of its tree's checkpoint;
8. `bodies/`: each is what its fact commits to; `bodies-gone.json` says whose are erased or lost;
9. `report.json`: every fact that it cites is there.

Only the standard library, `cryptography`, and the few modules imported here are needed. Files
come as a mapping; who reads them from a disk stands in `adyton.adapters.verifier`.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from adyton.crypto.checkpoints import Checkpoint, log_keys, open_checkpoint
from adyton.crypto.commitments import check_commitment
from adyton.crypto.epochlink import EPOCH_STARTED, EpochLink, open_before, parse_link
from adyton.crypto.manifest import MANIFEST, Manifest, open_manifest
from adyton.crypto.merkle import check_inclusion, leaf_hash
from adyton.crypto.notes import VerifierKey, decode_base64, parse_vkey
from adyton.crypto.plainjson import parse_canonical
from adyton.crypto.tlogproof import check_proof, parse_proof
from adyton.terms.errors import AdytonError, Malformed, Tampered
from adyton.terms.facts import Json

VKEYS = "vkeys"
CHECKPOINT = "checkpoint"
REPORT = "report.json"
GONE = "bodies-gone.json"
_CHECKED = ("facts/", "bodies/", "epochs/")
_FACT = re.compile(r"facts/(0|[1-9][0-9]{0,17})\.(json|tlog-proof)")
_BODY = re.compile(r"bodies/(0|[1-9][0-9]{0,17})\.json")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True, kw_only=True)
class Examination:
    """What was checked so far, and each failure as `<file or fact>: <what>`.

    `says` is what the checked thing says, for people. `evidence` names the files of a log that
    show a third person a promise not kept.
    """

    failures: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    evidence: tuple[str, ...] = ()
    files: int = 0
    facts: int = 0
    size: int = 0

    def fail(self, where: str, error: AdytonError | str) -> None:
        """Note a failure."""
        self.failures.append(f"{where}: {error if isinstance(error, str) else error.message}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    """One epoch's checkpoint, and the position of the tree's first entry in the whole record."""

    first: int
    checkpoint: Checkpoint
    note: bytes


def examine_bundle(
    files: Mapping[str, bytes],
    *,
    anchor: str | None = None,
    trusted: Sequence[VerifierKey] = (),
) -> Examination:
    """Check a bundle (path to bytes). `anchor` is the log's key, known from elsewhere.

    So are `trusted`, the keys of witnesses: without them the bundle names its witnesses itself,
    and whoever holds the log's key can name one of his own. Without an anchor only the bundle's
    agreement with itself is shown: the caller says so.
    """
    seen = Examination(files=len(files))
    try:  # (1): whose key
        log, witnesses = parse_vkeys(_need(files, VKEYS))
        if anchor is not None and str(log) != anchor:
            raise Tampered("the log's key is not the trusted one")
        if not set(trusted) <= set(witnesses):
            own = set(log_keys(log, trusted)) <= {log, *witnesses}
            what = "witness is not among its witnesses" if own else "key of the log is not in it"
            raise Tampered(f"a trusted {what}")
    except AdytonError as error:
        seen.fail(VKEYS, error)
        return seen
    try:  # (2): what belongs to the bundle
        manifest = open_manifest(_need(files, MANIFEST), log)
    except AdytonError as error:
        seen.fail(MANIFEST, error)
        return seen
    whole = _check_files(files, manifest, seen)  # (3), (4): all of it, and nothing else
    try:  # (5): what the log says of itself
        checkpoint = _check_checkpoint(_need(whole, CHECKPOINT), log, witnesses)
    except AdytonError as error:
        seen.fail(CHECKPOINT, error)
        return seen
    seen.size = checkpoint.size
    try:  # (6): the trees before
        trees = _check_epochs(whole, checkpoint)
    except AdytonError as error:
        seen.fail("epochs", error)
        return seen
    entries = _check_facts(whole, trees, seen)  # (7): facts
    _check_bodies(whole, entries, seen)  # (8): bodies
    _check_citations(whole, entries, seen)  # (9): citations
    return seen


def examine_receipt(
    data: bytes, *, entry: bytes | None, log: VerifierKey, witnesses: Sequence[VerifierKey] = ()
) -> Examination:
    """Check a tlog-proof. The entry's bytes come from `entry`, else from its extra line.

    Every witness given must have cosigned, every key of the log given have signed.
    """
    seen = Examination(files=1)
    try:
        proof = parse_proof(data)
        content = proof.extra if entry is None else entry
        if content is None:
            raise Malformed("there is no entry to check: the receipt holds none")
        checkpoint, note = check_proof(proof, entry=content, log=log, witnesses=witnesses)
        if any(key not in note.signers for key in witnesses):
            raise Tampered("a witness has not cosigned the checkpoint")
        if proof.extra not in {None, content}:
            raise Tampered("the receipt holds another entry than the one given")
        seen.facts, seen.size = 1, checkpoint.size
    except AdytonError as error:
        seen.fail("receipt", error)
    return seen


def parse_vkeys(data: bytes) -> tuple[VerifierKey, tuple[VerifierKey, ...]]:
    """The log's first key, then all others, one a line. Raises Malformed.

    Others under the log's own name are further keys of it; the rest are witnesses'.
    """
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("a list of keys is not plain text") from error
    if lines.pop() or not lines:
        raise Malformed("a list of keys is empty or cut")
    log, *witnesses = [parse_vkey(line) for line in lines]
    if len({key.public for key in (log, *witnesses)}) <= len(witnesses):
        raise Malformed("a key stands twice: nobody is a witness of himself, or of two names")
    return log, tuple(witnesses)


def _need(files: Mapping[str, bytes], path: str) -> bytes:
    if path not in files:
        raise Malformed("is missing, or not as listed")
    return files[path]


def _check_files(
    files: Mapping[str, bytes], manifest: Manifest, seen: Examination
) -> Mapping[str, bytes]:
    """The small files that are as listed; the rest of the checks reads no other."""
    listed = {one.path for one in manifest.files}
    for path in sorted(files.keys() - listed - {MANIFEST}):
        seen.fail(path, "is not listed in the manifest")
    whole: dict[str, bytes] = {}
    for one in manifest.files:
        if one.path not in files:
            seen.fail(one.path, "is listed in the manifest but missing")
            continue
        try:
            data = files[one.path]
        except AdytonError as error:
            seen.fail(one.path, error)
            continue
        if len(data) != one.size_bytes or hashlib.sha256(data).hexdigest() != one.sha256:
            seen.fail(one.path, "is not the file that the manifest lists")
        elif one.path in {CHECKPOINT, REPORT, GONE} or one.path.startswith(_CHECKED):
            whole[one.path] = data
    return whole


def _check_checkpoint(
    data: bytes, log: VerifierKey, witnesses: Sequence[VerifierKey]
) -> Checkpoint:
    checkpoint, note = open_checkpoint(data, log=log, witnesses=witnesses)
    outside = [key for key in witnesses if key.name != log.name]
    if not outside or any(key not in note.signers for key in outside):
        raise Tampered("is not cosigned by a witness")
    return checkpoint


def _check_epochs(whole: Mapping[str, bytes], checkpoint: Checkpoint) -> Mapping[int, _Tree]:
    """Every tree of the log by its epoch, from the one now back to the first."""
    paths = {path for path in whole if path.startswith("epochs/")}
    links = dict(_links(whole))
    epoch = max(links, default=1)
    trees: dict[int, _Tree] = {}
    note = whole[CHECKPOINT]
    while (link := links.get(epoch)) is not None:
        trees[epoch] = _Tree(first=link.first, checkpoint=checkpoint, note=note)
        _check_fact(link.first, whole, trees)
        before = link.before.epoch
        folder = f"epochs/{before}"
        log, witnesses = parse_vkeys(_need(whole, f"{folder}/vkeys"))
        note = _need(whole, f"{folder}/checkpoint")
        if (log, *witnesses) != link.before.keys:
            raise Tampered(f"epoch {epoch} names other keys of epoch {before}")
        checkpoint = open_before(link, note)
        earlier = links.get(before)
        if link.first - link.before.held != (0 if earlier is None else earlier.first):
            raise Tampered(f"epoch {epoch} begins at another place than it says")
        paths -= {f"{folder}/vkeys", f"{folder}/checkpoint"}
        epoch = before
    if epoch != 1:
        raise Malformed(f"there is no first entry of epoch {epoch}")
    if paths or trees.keys() != links.keys():
        raise Malformed("there is more of earlier epochs than what the log continues")
    trees[1] = _Tree(first=0, checkpoint=checkpoint, note=note)
    return trees


def _links(whole: Mapping[str, bytes]) -> Iterator[tuple[int, EpochLink]]:
    """What the first entries among the facts say; whether they are in their tree is not asked."""
    seen: set[int] = set()
    for path, data in whole.items():
        match = _FACT.fullmatch(path)
        if match is None or match[2] != "json" or EPOCH_STARTED.encode() not in data:
            continue
        value = parse_canonical(data, what="the entry")
        if not isinstance(value, dict) or value.get("type") != EPOCH_STARTED:
            continue
        public = value.get("public")
        link = parse_link(public if isinstance(public, dict) else {})
        if link.epoch != value.get("epoch") or link.first != int(match[1]) or link.epoch in seen:
            raise Tampered("a first entry is of another epoch or place, or is there twice")
        seen.add(link.epoch)
        yield link.epoch, link


def _check_facts(
    whole: Mapping[str, bytes], trees: Mapping[int, _Tree], seen: Examination
) -> Mapping[int, Mapping[str, Json]]:
    entries: dict[int, Mapping[str, Json]] = {}
    for path in (one for one in whole if one.startswith("facts/")):
        match = _FACT.fullmatch(path)
        if match is None:
            seen.fail(path, "is not named like a fact")
            continue
        position, kind = int(match[1]), match[2]
        try:
            if f"facts/{position}.{'tlog-proof' if kind == 'json' else 'json'}" not in whole:
                raise Malformed("has no other half (entry and proof)")
            if kind == "json":
                entries[position] = _check_fact(position, whole, trees)
        except AdytonError as error:
            seen.fail(path, error)
    seen.facts = len(entries)
    return entries


def _check_fact(
    position: int, whole: Mapping[str, bytes], trees: Mapping[int, _Tree]
) -> Mapping[str, Json]:
    entry = whole[f"facts/{position}.json"]
    value = parse_canonical(entry, what="the entry")
    if not isinstance(value, dict):
        raise Malformed("is not an entry")
    tree = _tree_of(value, trees)
    proof = _need(whole, f"facts/{position}.tlog-proof")
    parsed = parse_proof(proof)
    index = position - tree.first
    if parsed.index != index or parsed.extra is not None or parsed.to_bytes() != proof:
        raise Tampered("its proof is of another fact or not in its one form")
    if parsed.checkpoint != tree.note:
        raise Tampered("its proof is for another checkpoint")
    check_inclusion(
        index=index,
        size=tree.checkpoint.size,
        leaf=leaf_hash(entry),
        proof=parsed.hashes,
        root=tree.checkpoint.root,
        what=f"fact {position}",
    )
    return value


def _tree_of(entry: Mapping[str, Json], trees: Mapping[int, _Tree]) -> _Tree:
    epoch = entry.get("epoch")
    if not isinstance(epoch, int) or isinstance(epoch, bool) or epoch not in trees:
        raise Tampered("is of an epoch that the bundle does not prove")
    return trees[epoch]


def _check_bodies(
    whole: Mapping[str, bytes], entries: Mapping[int, Mapping[str, Json]], seen: Examination
) -> None:
    for path in (one for one in whole if one.startswith("bodies/")):
        match = _BODY.fullmatch(path)
        try:
            if match is None or int(match[1]) not in entries:
                raise Malformed("is the body of no fact in the bundle")
            _check_body(whole[path], entries[int(match[1])])
        except AdytonError as error:
            seen.fail(path, error)
    if GONE in whole:
        try:
            seen.says += _gone(parse_canonical(whole[GONE], what="it"), whole, entries)
        except AdytonError as error:
            seen.fail(GONE, error)


def _gone(
    value: object, whole: Mapping[str, bytes], entries: Mapping[int, Mapping[str, Json]]
) -> Iterator[str]:
    """What the log says of bodies that are not in the bundle."""
    if not isinstance(value, dict) or value.keys() != {"erased", "lost"}:
        raise Malformed("does not say what is erased and what is lost")
    for how, why in (("erased", "on record"), ("lost", "no erasure explains it")):
        indexes = value[how]
        if not isinstance(indexes, list) or not all(_is_index(one) for one in indexes):
            raise Malformed("does not list indexes")
        if any(one not in entries or f"bodies/{one}.json" in whole for one in indexes):
            raise Malformed("names a fact that is not in the bundle, or whose body is")
        if indexes:
            told = ", ".join(map(str, indexes))
            yield f"bodies {how}, by the log's word ({why}): facts {told}"


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_body(data: bytes, entry: Mapping[str, Json]) -> None:
    value = parse_canonical(data, what="the body")
    commitment = entry.get("commitment")
    if not isinstance(value, dict) or value.keys() != {"r", "body"}:
        raise Malformed("does not hold r and body")
    opening, body = value["r"], value["body"]
    if not (isinstance(opening, str) and isinstance(body, str) and isinstance(commitment, str)):
        raise Malformed("holds something else than text, or its fact has no commitment")
    if not _DIGEST.fullmatch(opening):
        raise Malformed("has an r that is not 32 bytes of hex")
    plain = decode_base64(body, what="the body")
    check_commitment(commitment, bytes.fromhex(opening), plain, what="the body")


def _check_citations(
    whole: Mapping[str, bytes], entries: Mapping[int, Mapping[str, Json]], seen: Examination
) -> None:
    if REPORT not in whole:
        return
    try:
        report = json.loads(whole[REPORT], object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        seen.fail(REPORT, "is not JSON in which each name occurs once")
        return
    for cited in sorted(set(_citations(report)), key=str):
        if cited not in entries:
            seen.fail(REPORT, f"cites fact {cited}, which is not in the bundle")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):  # one reader would see the one citation, another the other
        message = "a name occurs twice"
        raise ValueError(message)
    return found


def _citations(report: object) -> Iterator[object]:
    """Every element of every list named `cites`; a citation that is no number is never there."""
    waiting = [report]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            cites = value.get("cites", [])
            yield from map(_citation, cites if isinstance(cites, list) else [cites])
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _citation(value: object) -> object:
    return cast("int", value) if _is_index(value) else "that is not a number"
