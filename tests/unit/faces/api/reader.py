"""A tile reader as somebody else would write it: from tlog-tiles and RFC 6962, like Go's.

It shares nothing with the package. `get(path)` gives a file's bytes, or None for 404.
"""

import base64
import hashlib
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FULL = 256


class Head(NamedTuple):
    size: int
    root: bytes


def open_checkpoint(data, vkey):
    """Size and root, once the log's signature holds."""
    name, _, rest = vkey.partition("+")
    hexed, _, material = rest.partition("+")
    key = base64.b64decode(material)
    assert key[0] == 1
    text, _, lines = data.decode().partition("\n\n")
    origin, size, root = text.split("\n")
    assert origin == name
    for line in lines.splitlines():
        dash, signer, signature = line.split(" ")
        blob = base64.b64decode(signature)
        if (dash, signer, blob[:4].hex()) == ("\u2014", name, hexed):
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(blob[4:], f"{text}\n".encode())
            return Head(int(size), base64.b64decode(root))
    message = "the log has not signed it"
    raise AssertionError(message)


def number(index):
    text = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        text = f"x{index % 1000:03d}/{text}"
    return text


def fetch(get, folder, index, width):
    """A tile or bundle of `width`; where a partial one is gone, the full one holds it too."""
    path = f"tile/{folder}/{number(index)}"
    part = get(path if width == FULL else f"{path}.p/{width}")
    if part is None and width < FULL:
        part = get(path)
    assert part is not None, path
    return part


def widths(count):
    """(index, width) of each tile that `count` hashes fill."""
    return [(at // FULL, min(FULL, count - at)) for at in range(0, count, FULL)]


def read_level(get, level, size):
    found = []
    for index, width in widths(size // FULL**level):
        data = fetch(get, level, index, width)[: 32 * width]
        assert len(data) == 32 * width
        found += [data[at : at + 32] for at in range(0, len(data), 32)]
    return found


def read_leaves(get, size):
    return read_level(get, 0, size)


def read_entries(get, size):
    found = []
    for index, width in widths(size):
        data, mine = fetch(get, "entries", index, width), []
        while len(mine) < width:
            length = int.from_bytes(data[:2], "big")
            mine.append(data[2 : 2 + length])
            data = data[2 + length :]
        found += mine
    return found


def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def root(hashes):
    """RFC 6962, as it stands there."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    left, right = root(hashes[:split]), root(hashes[split:])
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of_tiles(get, size):
    """The root out of the highest tiles, and of lower ones only where a tile is not full."""
    level = 0
    while size // FULL ** (level + 1):
        level += 1
    peaks = []
    for at in range(level, -1, -1):
        hashes = read_level(get, at, size)
        covered = (size // FULL ** (at + 1)) * FULL  # by the level above
        rest = hashes[covered:]
        while rest:
            width = 1
            while width * 2 <= len(rest):
                width *= 2
            peaks.append(root(rest[:width]))
            rest = rest[width:]
    whole = peaks.pop()
    while peaks:
        whole = hashlib.sha256(b"\1" + peaks.pop() + whole).digest()
    return whole
