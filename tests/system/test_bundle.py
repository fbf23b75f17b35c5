"""The bundle of a real story against a stranger's machine, and against every change."""

import random  # noqa: TID251 - seeded: the same positions every time
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cryptography
import pytest

from adyton.adapters.memory_ledger import MemoryWorld
from adyton.ledger.proof import examine_bundle
from adyton.terms import Fact
from tests.conftest import absent
from tests.system.pieces import files_below
from tests.system.stage import Run

pytestmark = pytest.mark.timeout(300)

SMALL_BYTES = 2048
PLACES_EACH = 8  # in the quick test
PLACES_LARGE = 200  # in the long one, which takes every byte of a small file
NEEDED = ("cryptography", "cffi", "pycparser")


@pytest.fixture(scope="module")
def files(story: Run) -> dict[str, bytes]:
    return {
        path.relative_to(story.bundle).as_posix(): path.read_bytes()
        for path in files_below(story.bundle)
    }


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has `cryptography` and what that needs, and nothing else."""
    folder = tmp_path_factory.mktemp("stranger") / "python"
    making = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(making, check=True)  # noqa: S603 - our own interpreter
    ours = Path(cryptography.__file__).parents[1]
    theirs = next(folder.glob("lib/python3*/site-packages"))
    for name in (*NEEDED, *(path.name for path in ours.glob("_cffi_backend*"))):
        (theirs / name).symlink_to(ours / name)
    python = folder / "bin" / "python"
    asking = [str(python), "-I", "-c", "import adyton"]
    none = subprocess.run(asking, capture_output=True, check=False)  # noqa: S603 - see above
    assert none.returncode == 1
    return python


@pytest.fixture(scope="module")
def offline(tool: Callable[[str], str]) -> list[str]:
    """The words before a command that runs it without any network."""
    unshare = tool("unshare")
    for words in ([unshare, "-n"], [unshare, "-rn"]):
        done = subprocess.run([*words, "true"], capture_output=True, check=False)  # noqa: S603
        if done.returncode == 0:
            return words
    absent("needs a network namespace of its own")
    return []


@pytest.fixture
def elsewhere(story: Run, tmp_path: Path) -> Path:
    """The bundle on another path."""
    return Path(shutil.copytree(story.bundle, tmp_path / "a stranger's" / "copy"))


@pytest.fixture
def verify(stranger: Path, offline: list[str]):
    """The stand-alone verifier that came with a bundle, in an empty environment."""

    def run(bundle: Path, *more: str, verifier: Path | None = None):
        words = [*offline, str(stranger), "-I", "-W", "error"]
        words += [str(verifier or bundle / "verifier.pyz"), str(bundle), *more]
        return subprocess.run(  # noqa: S603 - the verifier under test
            words, cwd="/", env={}, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def changed(data: bytes, at: int, by: int) -> bytes:
    return data[:at] + bytes([data[at] ^ by]) + data[at + 1 :]


def named(failures: list[str], path: str) -> bool:
    return any(line.startswith(f"{path}: ") for line in failures)


def missed(files: dict[str, bytes], places: Callable[[bytes], Iterator[int]]) -> list[str]:
    """The changes of one byte after which the changed file is not named as failing."""
    dice = random.Random(2026)  # noqa: S311 - positions, no secrets
    found, tried = [], 0
    for path, data in files.items():
        for at in places(data):
            by = dice.randrange(1, 256)
            seen = examine_bundle({**files, path: changed(data, at, by)})
            tried += 1
            if not named(seen.failures, path):
                found.append(f"{path} at {at} by {by}")
    assert tried >= len(files)
    return found


def test_the_bundle_verifies_elsewhere_offline_with_cryptography_alone(elsewhere, verify):
    done = verify(elsewhere)
    assert (done.returncode, done.stdout[:4]) == (0, "ok: ")
    done = verify(elsewhere, "--vkey", str(elsewhere / "vkeys"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_promise_is_checked_elsewhere_offline_with_cryptography_alone(story, verify, tmp_path):
    """Alone, with its proof, against a log that keeps it, and against one that does not."""
    world, other = MemoryWorld(), MemoryWorld()
    ledger = world.open()
    recorded = ledger.append(Fact(type="thing.done", body={"what": "asked"}))
    (tmp_path / "it.promise").write_bytes(ledger.promise(recorded))
    (tmp_path / "it.tlog-proof").write_bytes(ledger.proof(recorded.receipt))
    keys = (ledger.vkey(), *ledger.witness_vkeys())
    (tmp_path / "vkeys").write_text("".join(f"{key}\n" for key in keys))
    other.places.seeds = world.places.seeds
    other.witness, other.clock = world.witness, world.clock
    world.witness_memory.notes.clear()
    world.clock.advance(61)
    other.open().append(Fact(type="thing.done", body={"what": "something else"}))
    other.open().publish()
    for name, one in (("kept", world), ("lying", other)):
        for path, data in one.files.files.items():
            place = tmp_path / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    words = (tmp_path / "it.promise", "--vkey", str(tmp_path / "vkeys"))
    for more, code, said in (
        ((), 0, "this is the log's word"),
        (("--proof", str(tmp_path / "it.tlog-proof")), 0, "kept: "),
        (("--log", str(tmp_path / "kept")), 0, "kept: "),
        (("--log", str(tmp_path / "lying")), 1, "promise not kept: "),
    ):
        done = verify(*words, *more, verifier=story.bundle / "verifier.pyz")
        assert (done.returncode, done.stderr) == (code, "")
        assert said in done.stdout
    shown = tmp_path / "it.promise.not-kept"
    done = verify(
        shown / "promise", *words[1:], "--log", str(shown), verifier=story.bundle / "verifier.pyz"
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("FAILED promise not kept: ")


def test_the_bundle_holds_facts_with_bodies_and_a_report(files: dict[str, bytes]):
    seen = examine_bundle(files)
    assert (seen.failures, seen.files) == ([], len(files))
    assert seen.facts > 10
    assert {"report.json", "report.html", "exhibits.json", "verifier.pyz"} <= set(files)
    assert any(path.startswith("bodies/") for path in files)


def test_a_changed_byte_anywhere_is_found_and_its_file_named(files: dict[str, bytes]):
    dice = random.Random(1)  # noqa: S311 - positions, no secrets

    def places(data: bytes) -> Iterator[int]:
        yield from {0, len(data) - 1, *(dice.randrange(len(data)) for _ in range(PLACES_EACH - 2))}

    assert missed(files, places) == []


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_every_changed_byte_of_every_small_file_is_found(files: dict[str, bytes]):
    dice = random.Random(2)  # noqa: S311 - positions, no secrets

    def places(data: bytes) -> Iterator[int]:
        if len(data) <= SMALL_BYTES:
            yield from range(len(data))
        else:
            yield from (dice.randrange(len(data)) for _ in range(PLACES_LARGE))

    assert missed(files, places) == []


@pytest.mark.parametrize("pattern", ["MANIFEST", "checkpoint", "facts/*.json", "report.json"])
def test_the_stand_alone_verifier_names_what_was_changed(elsewhere, verify, pattern: str):
    path = min(elsewhere.glob(pattern))
    data = path.read_bytes()
    path.write_bytes(changed(data, len(data) // 2, 1))
    done = verify(elsewhere)
    assert done.returncode == 1
    name = path.relative_to(elsewhere).as_posix()
    assert any(line.startswith(f"FAILED {name}: ") for line in done.stdout.splitlines())
    assert "Traceback" not in done.stderr


def test_a_changed_verifier_is_named_by_an_unchanged_one(story, elsewhere, verify):
    inside = elsewhere / "verifier.pyz"
    data = inside.read_bytes()
    inside.write_bytes(changed(data, len(data) // 2, 1))
    done = verify(elsewhere, verifier=story.bundle / "verifier.pyz")
    assert done.returncode == 1
    assert done.stdout.startswith("FAILED verifier.pyz: ")


def test_a_missing_and_an_added_file_are_named(elsewhere, verify):
    gone = min(elsewhere.glob("bodies/*.json"))
    gone.unlink()
    (elsewhere / "facts" / "more.json").write_bytes(b"{}")
    done = verify(elsewhere)
    assert done.returncode == 1
    failed = {line.split(":")[0] for line in done.stdout.splitlines()}
    assert {f"FAILED bodies/{gone.name}", "FAILED facts/more.json"} <= failed


def test_every_missing_file_is_named(files: dict[str, bytes]):
    for path in files:
        left = {name: data for name, data in files.items() if name != path}
        assert named(examine_bundle(left).failures, path), path


def test_a_bundle_that_was_signed_by_somebody_else_fails_against_our_key(
    story, elsewhere, verify, tmp_path
):
    log = (story.home / "ledger" / "main" / "1" / "policy").read_text()
    assert (elsewhere / "vkeys").read_text().splitlines()[0] in log
    lines = (elsewhere / "vkeys").read_text().splitlines()
    (tmp_path / "other").write_text(f"{lines[1]}\n")
    done = verify(elsewhere, "--vkey", str(tmp_path / "other"))
    assert done.returncode == 1
    assert done.stdout.startswith("FAILED vkeys: ")


def test_the_command_line_agrees_with_the_stand_alone_verifier(story, elsewhere):
    words = [sys.executable, "-m", "adyton", "verify", str(elsewhere), "--json"]
    good = subprocess.run(  # noqa: S603 - our own program
        words, env=story.environment(), capture_output=True, text=True, check=False
    )
    assert good.returncode == 0, good.stderr
    (elsewhere / "exhibits.json").write_bytes(b"[]")
    bad = subprocess.run(  # noqa: S603 - our own program
        words, env=story.environment(), capture_output=True, text=True, check=False
    )
    assert bad.returncode == 1
    assert "exhibits.json" in bad.stdout + bad.stderr
