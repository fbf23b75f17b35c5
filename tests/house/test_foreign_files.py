"""No third party's files in the tree: they come from packages or from ADYTON_TEST_DATA."""

import hashlib
from pathlib import Path

from tests.house import tree

LARGEST_BYTES = 512_000
FOLDERS = frozenset({"node_modules", "third_party", "vendor", "vendored"})
KINDS = frozenset(
    [
        ".7z",
        ".bin",
        ".db",
        ".dll",
        ".exe",
        ".gguf",
        ".gz",
        ".npz",
        ".onnx",
        ".parquet",
        ".pt",
        ".pth",
        ".pyc",
        ".safetensors",
        ".so",
        ".sqlite",
        ".tar",
        ".whl",
        ".xz",
        ".zip",
        ".zst",
    ]
)
OWN_VECTORS = tree.ROOT / "tests" / "vectors"
SMALLEST_BYTES = 32  # below it, two files may be alike by chance


def test_no_file_is_of_a_kind_that_comes_from_elsewhere():
    wrong = [
        tree.name_of(path)
        for path in tree.files()
        if (path.suffix.lower() in KINDS and not path.is_relative_to(OWN_VECTORS))
        or path.name.endswith((".min.js", ".min.css"))
        or FOLDERS & set(path.relative_to(tree.ROOT).parts)
        or path.stat().st_size > LARGEST_BYTES
    ]
    assert wrong == []


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_published_vector_was_copied_in(published):
    theirs = [
        path for path in published(".").rglob("*") if path.is_file() and ".git" not in path.parts
    ]
    known = {digest(path) for path in theirs if path.stat().st_size >= SMALLEST_BYTES}
    ours = [path for path in tree.files() if path.name != "LICENSE"]
    assert [tree.name_of(path) for path in ours if digest(path) in known] == []
