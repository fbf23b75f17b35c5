"""The index of protected content, kept in memory and remade from sealed bodies.

It follows the ledger by a cursor: prints of versions and of model answers are in the bodies of
the facts that protected or closed them.
"""

import base64
from collections.abc import Mapping, Sequence
from threading import Lock

from adyton.gateway import Quoted
from adyton.identity import Identity
from adyton.ledger import Ledger
from adyton.marks import render_master
from adyton.prints import (
    FilePrinter,
    PrintIndex,
    PrintKey,
    answer_prints,
    background_prints,
    fingerprints,
)
from adyton.terms import AssetId, AssetKind, CopyId, Entry, Json, Malformed, Secret, VersionId

LARGEST_TEXT_BYTES = 4 * 1024 * 1024  # a document's text that is printed whole
TEXT_KINDS = frozenset(AssetKind) - {AssetKind.WEIGHTS, AssetKind.ADAPTER, AssetKind.ENDPOINT}
PAGE = 1000


class SeenPlaintext:
    """Takes the prints of a version while it is sealed (see `vault.PlaintextObserver`)."""

    def __init__(self, kind: AssetKind, key: PrintKey) -> None:
        self._kind = kind
        self._is_text = kind in TEXT_KINDS
        self._key = key
        self._text = bytearray()
        self._files: dict[str, FilePrinter] = {}

    def see(self, path: str, block: bytes) -> None:
        """The next bytes of a file."""
        if self._is_text and len(self._text) < LARGEST_TEXT_BYTES:
            self._text += block
        if path not in self._files:
            self._files[path] = FilePrinter(self._key)
        self._files[path].see(block)

    def body(self) -> Mapping[str, Json]:
        """The print blobs, for the sealed body of `version.protected`."""
        blobs = [printer.blob() for printer in self._files.values()]
        if self._is_text:
            text = self._text.decode("utf-8", "replace")
            blobs.append(fingerprints(self._rendered(text), self._key))
        return {"prints": [base64.b64encode(blob).decode() for blob in blobs]}

    def _rendered(self, text: str) -> str:
        """What a reader sees. Only a document must be a master: it is there to be issued."""
        try:
            return render_master(text)
        except Malformed:
            if self._kind is AssetKind.DOCUMENT:
                raise
            return text  # a long log, a prompt with braces of its own


class Recognition:
    """What is ours, by its prints. Safe from threads."""

    def __init__(self, *, ledger: Ledger, identity: Identity, secret: Secret[bytes]) -> None:
        self._ledger = ledger
        self._identity = identity
        self._lock = Lock()
        self._cursor = -1
        self.key = PrintKey(secret)
        self.index = PrintIndex(self.key)
        self.published: set[VersionId] = set()

    def observer(self, kind: AssetKind) -> SeenPlaintext:
        """Takes the prints of one version."""
        return SeenPlaintext(kind, self.key)

    def refresh(self) -> None:
        """Take in every fact that came since."""
        with self._lock:
            while page := self._ledger.entries(after=self._cursor, limit=PAGE):
                for entry in page:
                    self._take(entry)
                self._cursor = page[-1].index

    def _take(self, entry: Entry) -> None:
        body = entry.body or {}
        if entry.type == "version.protected":
            for blob in strings(body.get("prints")):
                self.index.add(
                    asset=AssetId(str(entry.public["asset"])),
                    version=VersionId(str(entry.public["version"])),
                    blob=base64.b64decode(blob),
                )
        elif entry.type in {"answer.closed", "answer.continued"} and body.get("prints"):
            self.index.add_answer(
                asset=AssetId(str(entry.public["asset"])),
                copy=CopyId(str(entry.public["copy"])),
                blob=base64.b64decode(str(body["prints"])),
            )

    def exclude(self, texts: Sequence[str]) -> None:
        """Text that is public anyway is no evidence."""
        with self._lock:
            self.index.exclude(background_prints(texts, self.key))

    def fingerprint(self, text: str) -> str:
        """The prints of an answer, as its close fact keeps them."""
        return base64.b64encode(answer_prints(text, self.key)).decode()

    def egress(self, text: str) -> Sequence[Quoted]:
        """Protected content and keys of ours in an outgoing text."""
        found = [
            Quoted(what=str(match.version), spans=match.spans_text)
            for match in self.index.match(text)
            if match.version is not None
        ]
        keys = [key for key in self._identity.find_keys(text) if key.genuine]
        return [*found, *(Quoted(what="key", spans=(key.span,), never=True) for key in keys)]


def strings(value: Json) -> Sequence[str]:
    """A list of texts; nothing for anything else."""
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else []
