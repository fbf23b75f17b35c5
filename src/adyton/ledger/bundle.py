"""Evidence bundles: facts with their proofs and whatever files a case adds, under one manifest.

The format stands in docs/formats/bundle.md; `adyton.ledger.proof` checks it.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence

from adyton.crypto.canonical import canonical_json
from adyton.crypto.manifest import MANIFEST, ListedFile, Manifest, check_path
from adyton.ledger.ledger import Ledger
from adyton.ledger.proof import CHECKPOINT, GONE, VKEYS
from adyton.terms.errors import Malformed, Missing
from adyton.terms.facts import BodyState
from adyton.terms.ids import CaseId


def write_bundle(
    files: Mapping[str, bytes],
    *,
    case: CaseId,
    ledger: Ledger,
    indexes: Iterable[int],
    bodies: Iterable[int] = (),
) -> Mapping[str, bytes]:
    """The complete bundle, path to bytes: `files`, facts `indexes`, proofs, keys, manifest.

    `bodies` are the facts whose bodies are opened in it; each must be among `indexes`. Raises
    Malformed (a path that a bundle writes itself, or one that leaves it), Missing (no such fact,
    or it has no body), Unavailable (no cosigned checkpoint). A body that is gone is listed instead,
    as erased or as lost.
    """
    for path in files:
        check_path(path)
        if path in {MANIFEST, VKEYS, CHECKPOINT, GONE} or path.startswith(
            ("facts/", "bodies/", "epochs/")
        ):
            raise Malformed("a file takes a name that the bundle writes itself")
    evidence = ledger.evidence(sorted(set(indexes)))
    whole = dict(files)
    whole[VKEYS] = "".join(f"{key}\n" for key in evidence.vkeys).encode()
    whole[CHECKPOINT] = evidence.checkpoint
    for epoch, past in evidence.past.items():
        whole[f"epochs/{epoch}/vkeys"] = past.vkeys
        whole[f"epochs/{epoch}/checkpoint"] = past.checkpoint
    for index, entry in evidence.entries.items():
        whole[f"facts/{index}.json"] = entry
        whole[f"facts/{index}.tlog-proof"] = evidence.proofs[index]
    for index in sorted(set(bodies)):
        if index not in evidence.entries:
            raise Malformed("a body is opened whose fact is not in the bundle")
    whole |= _opened(ledger, sorted(set(bodies)))
    manifest = Manifest(
        case=case,
        origin=ledger.vkey().partition("+")[0],
        files=tuple(
            ListedFile(path=path, sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
            for path, data in sorted(whole.items())
        ),
    )
    whole[MANIFEST] = ledger.sign_bundle(manifest.to_text())
    return whole


def _opened(ledger: Ledger, indexes: Sequence[int]) -> Mapping[str, bytes]:
    files: dict[str, bytes] = {}
    gone: dict[str, list[int]] = {"erased": [], "lost": []}
    for index, state in ledger.body_states(indexes).items():
        opening = ledger.opening(index)
        if opening is not None:
            r, body = opening[0].hex(), base64.b64encode(opening[1]).decode()
            files[f"bodies/{index}.json"] = canonical_json({"r": r, "body": body})
        elif state is BodyState.NONE:
            raise Missing("a fact has no body")
        else:  # an erasure may come between the two looks
            gone["lost" if state is BodyState.LOST else "erased"].append(index)
    if any(gone.values()):
        files[GONE] = canonical_json(gone)
    return files
