"""What all tests share: seeds, published vectors, and tools that a bare machine may lack."""

import os
import shutil
import subprocess
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
def checklog(tool, tmp_path_factory) -> Callable[..., tuple[int, list[str]]]:
    """Runs the verifier that shares no code with us: gives its exit code and what it printed."""
    go, packages = tool("go"), Path("/usr/share/gocode")
    if not (packages / "src" / "golang.org" / "x" / "mod" / "sumdb").is_dir():
        absent("needs the package golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    settings = {"GO111MODULE": "off", "GOPATH": packages, "GOCACHE": folder / "cache"}
    subprocess.run(  # noqa: S603 - our own program
        [go, "build", "-o", folder / "checklog", ROOT / "tests" / "independent" / "checklog.go"],
        check=True,
        env={"PATH": os.defpath, "GOFLAGS": "", "GOPROXY": "off"}
        | {name: str(value) for name, value in settings.items()},
    )

    def run(*words: object) -> tuple[int, list[str]]:
        done = subprocess.run(  # noqa: S603 - our own program
            [folder / "checklog", *map(str, words)], capture_output=True, text=True, check=False
        )
        assert done.returncode in {0, 1}, done.stderr
        return done.returncode, done.stdout.splitlines()

    return run


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """One small perimeter for all tests: what a test changes, it makes for itself before."""
    from tests.perimeter import SmallPerimeter  # noqa: PLC0415 - only who needs it loads it all

    made = SmallPerimeter(tmp_path_factory.mktemp("small"))
    yield made
    made.close()
