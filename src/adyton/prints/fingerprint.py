"""Texts to print blobs."""

from collections.abc import Iterable

import numpy as np

from adyton.prints.blob import BlobKind, narrow, pack, seal
from adyton.prints.keys import PrintKey
from adyton.prints.places import Printed, print_text


def fingerprints(text: str, key: PrintKey) -> bytes:
    """The prints of a protected version's text: winnowed grams and word shingles."""
    return seal(BlobKind.TEXT, pack(print_text(text, key, shingles=True)), key)


def answer_prints(text: str, key: PrintKey) -> bytes:
    """The prints of one model answer: winnowed grams only, since answers are many."""
    return seal(BlobKind.ANSWER, pack(print_text(text, key, shingles=False)), key)


def background_prints(texts: Iterable[str], key: PrintKey) -> bytes:
    """The hashes of texts that are public anyway (licences, boilerplate), without places.

    Every gram is kept, not the winnowed ones alone, so that boilerplate inside other text is
    recognised up to its edges.
    """
    hashes = [print_text(text, key, shingles=True, window=1).hashes for text in texts]
    joined = np.unique(np.concatenate([*hashes, np.zeros(0, dtype=np.uint64)]))
    nowhere = np.zeros(len(joined), dtype=np.int64)
    printed = Printed(hashes=joined, starts=nowhere, ends=nowhere, length=0)
    return seal(BlobKind.BACKGROUND, narrow(printed), key)
