"""Evidence bundles: facts with their proofs and whatever files a case adds, under one manifest.

The format stands in docs/formats/bundle.md; `adyton.ledger.proof` checks it.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping

from adyton.crypto.canonical import canonical_json
from adyton.crypto.manifest import MANIFEST, ListedFile, Manifest, check_path
from adyton.ledger.ledger import Ledger
from adyton.ledger.proof import CHECKPOINT, VKEYS
from adyton.terms.errors import Malformed, Missing
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
    or its body was erased), Unavailable (no cosigned checkpoint).
    """
    for path in files:
        check_path(path)
        if path in {MANIFEST, VKEYS, CHECKPOINT} or path.startswith(
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
        whole[f"bodies/{index}.json"] = _opened(ledger, index)
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


def _opened(ledger: Ledger, index: int) -> bytes:
    opening = ledger.opening(index)
    if opening is None:
        raise Missing("a fact has no body, or it was erased")
    return canonical_json({"r": opening[0].hex(), "body": base64.b64encode(opening[1]).decode()})
