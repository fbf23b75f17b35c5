"""What all tests share: seeds, published vectors, and tools that a bare machine may lack."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
_ENVIRON = os.environ  # noqa: TID251 - tests are told by it what they may skip

hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("free", deadline=None, print_blob=True)
hypothesis.settings.load_profile("fixed")


def absent(reason: str) -> None:
    """Skip with the reason; fail instead where everything must be there (ADYTON_REQUIRE=all)."""
    if _ENVIRON.get("ADYTON_REQUIRE") == "all":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """Gives the path of a program by its name, or skips the test."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            absent(f"needs the program {name}")
        return str(path)

    return find


@pytest.fixture(scope="session")
def published() -> Callable[[str], Path]:
    """Gives a file or folder of published vectors, or skips the test; they are never in the tree.

    They lie in the folder that ADYTON_TEST_DATA names, by default ../shared/data.
    """
    folder = Path(_ENVIRON.get("ADYTON_TEST_DATA") or ROOT.parent / "shared" / "data")

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            absent(f"needs the published vectors {name} in ADYTON_TEST_DATA")
        return path

    return find


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """One small perimeter for all tests: what a test changes, it makes for itself before."""
    from tests.perimeter import SmallPerimeter  # noqa: PLC0415 - only who needs it loads it all

    made = SmallPerimeter(tmp_path_factory.mktemp("small"))
    yield made
    made.close()
