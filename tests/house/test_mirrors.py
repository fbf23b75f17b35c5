"""`tests/unit` mirrors the package: a test file is found by the name of its module."""

from tests.house import tree

UNIT = tree.ROOT / "tests" / "unit"


def test_each_unit_test_file_has_its_module():
    strays = [
        tree.name_of(path)
        for path in tree.files()
        if UNIT in path.parents and path.name.startswith("test_")
        if not mirrored(path.relative_to(UNIT).with_name(path.name.removeprefix("test_")))
    ]
    assert strays == []


def mirrored(inner) -> bool:
    return (tree.PACKAGE / inner).is_file() or (tree.PACKAGE / inner.with_suffix("")).is_dir()
