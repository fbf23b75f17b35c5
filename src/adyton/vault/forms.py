"""Looks at the first bytes of a file: weights must be a form that cannot run code when loaded.

Only the head is read, nothing is unpickled or parsed further. GGUF (magic, version, plausible
counts) and safetensors (u64 header length, then a JSON object) are weights; plain text (tokenizer
files, configuration) may lie beside them; anything else passes only when the caller names the
file as opaque, which the manifest then says.
"""

import re
import struct
from typing import Literal, TypeAlias

from adyton.terms import AssetKind, Malformed

HEAD_BYTES = 4096
"""How much of a file is looked at."""

Form: TypeAlias = Literal["gguf", "safetensors", "text", "opaque"]

_GGUF_MAGIC = b"GGUF"
_GGUF_VERSIONS = (2, 3)
_GGUF_HEAD = struct.Struct("<4sIQQ")
_MAX_COUNT = 10_000_000
_MAX_SAFETENSORS_HEADER = 100_000_000
"""The limit of the safetensors library itself."""
_LENGTH_BYTES = 8
_ZIP = b"PK\x03\x04"
_PICKLE_PROTOCOLS = tuple(bytes([0x80, number]) for number in range(2, 6))
_OLD_PICKLE = re.compile(rb"\(?c[\w.]+\n[\w.]+\n|\((dp|lp)\d*\n")
"""Protocols 0 and 1 look like text: a global by module and name, or a mark and a container."""
_GUARDED = frozenset({AssetKind.WEIGHTS, AssetKind.ADAPTER, AssetKind.TEST_BUILD})


def form_of(head: bytes, *, size_bytes: int) -> Form:
    """What a file's first bytes say it is."""
    if _is_gguf(head):
        return "gguf"
    if _is_safetensors(head, size_bytes):
        return "safetensors"
    return "text" if _is_text(head) else "opaque"


def check_form(head: bytes, *, size_bytes: int, kind: AssetKind, opaque: bool) -> Form:
    """The form to write into the manifest. Raises Malformed for weights that might be code."""
    form = form_of(head, size_bytes=size_bytes)
    if form == "opaque" and kind in _GUARDED and not opaque:
        if head.startswith((_ZIP, *_PICKLE_PROTOCOLS)):
            raise Malformed(
                "weights are a pickle or an archive of pickles, which run code when loaded",
                mend="convert them to safetensors or GGUF, or name the file as opaque",
            )
        raise Malformed(
            "weights are neither GGUF nor safetensors", mend="convert them, or name it as opaque"
        )
    return form


def _is_gguf(head: bytes) -> bool:
    if len(head) < _GGUF_HEAD.size:
        return False
    magic, version, tensors, pairs = _GGUF_HEAD.unpack_from(head)
    return magic == _GGUF_MAGIC and version in _GGUF_VERSIONS and max(tensors, pairs) <= _MAX_COUNT


def _is_safetensors(head: bytes, size_bytes: int) -> bool:
    if len(head) <= _LENGTH_BYTES:
        return False
    length = int.from_bytes(head[:_LENGTH_BYTES], "little")
    fits = 1 < length <= min(_MAX_SAFETENSORS_HEADER, size_bytes - _LENGTH_BYTES)
    return fits and head[_LENGTH_BYTES : _LENGTH_BYTES + 1] == b"{"


def _is_text(head: bytes) -> bool:
    if b"\x00" in head or head.startswith((_ZIP, *_PICKLE_PROTOCOLS)):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # the head may end inside a character
        return error.start >= len(head) - 3 and len(head) == HEAD_BYTES
    return _OLD_PICKLE.match(head) is None
