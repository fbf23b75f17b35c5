"""Content to keyed index, segment to matches with spans.

Enters: texts of protected versions and of model answers, digests of file blocks, texts that are
public anyway; later, a stray text or file. Leaves: sealed print blobs (the ledger keeps them as
bodies, so that the index can be made again without opening an asset) and matches.

Promises: a blob without its key reveals nothing but its length and whether two blobs are equal;
a match always carries spans in the stray text and in the source, and rests on at least one run
of matched places in the same order; text given as public background is never evidence; versions
of one asset that differ little are told apart by the hashes that only one of them has. The index
is rebuildable (from the blobs) and lives in memory only. `docs/formats/prints.md` holds the
format and the measured figures.

The caller: whoever has the `PrintKey` can confirm guesses of the content, so the key lives in
the key service and in memory. `PrintIndex.add…` and `exclude` come from one thread at a time;
matching may run beside them from any thread.

Never: a verdict without spans; a person; network or files. Text outside of Latin letters and
digits leaves no print yet: `fingerprints` of such a text is a valid blob that matches nothing.
"""

from adyton.prints.fingerprint import answer_prints, background_prints, fingerprints
from adyton.prints.index import PrintIndex
from adyton.prints.keys import PrintKey
from adyton.prints.matches import FileMatch, Match
from adyton.prints.wholes import FilePrinter, file_prints

__all__ = [
    "FileMatch",
    "FilePrinter",
    "Match",
    "PrintIndex",
    "PrintKey",
    "answer_prints",
    "background_prints",
    "file_prints",
    "fingerprints",
]
