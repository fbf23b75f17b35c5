"""V4: no plaintext weights in a file, at any time; the model file itself is only read."""

from pathlib import Path

import pytest

from tests.system.pieces import Pieces, cut, files_below, of_weights
from tests.system.stage import CHILD, Run
from tests.system.syscalls import OPENS, WRITES

pytestmark = pytest.mark.timeout(300)

MEMORY = "/memfd:adyton-weights"
ELSEWHERE = ("/memfd:", "/dev/null", "/dev/tty", "/dev/pts/", "pipe:", "socket:")


@pytest.fixture(scope="module")
def weights(model_file: Path) -> bytes:
    return model_file.read_bytes()


def written(story: Run) -> set[str]:
    """Every path that was opened for writing."""
    return {
        call.opened()
        for call in story.trace.of(*OPENS)
        if call.for_writing and not call.failed and not call.opened().startswith(ELSEWHERE)
    }


def test_a_page_of_weights_is_found_wherever_it_lies(weights: bytes):
    pieces = of_weights(weights)
    assert len(pieces) > len(weights) // 5000
    for at in (0, 4097, 50_000_003, len(weights) - 9000):
        planted = b"xyz" * 1001 + weights[at : at + 8192] + b"end"
        found = pieces.found_in(planted)
        assert found
        assert min(found) >= 3003
    assert pieces.found_in(b"GGUF" + bytes(8192)) == set()
    assert pieces.found_in(bytes(range(256)) * 64) == set()


def test_v4_no_file_that_is_left_holds_a_page_of_the_weights(story: Run, weights: bytes):
    pieces = of_weights(weights)
    left = files_below(story.kept, story.temporary, story.user, story.folder)
    left += [path for path in map(Path, written(story)) if path.is_file()]
    assert sum(path.stat().st_size for path in left) > len(weights)  # the sealed part is there
    holding = {str(path) for path in left if pieces.found_in(path.read_bytes())}
    assert holding == set()


def test_v4_nothing_was_ever_written_to_a_file_that_is_a_piece_of_the_weights(
    story: Run, weights: bytes
):
    heads, into_memory = [], 0
    for call in story.trace.of(*WRITES):
        if MEMORY in call.handle():
            into_memory += int(call.result)
        elif call.handle().startswith("/"):
            heads += [one for text in call.texts() for one in cut(text, 4)]
    assert into_memory == len(weights)  # what the model was served from
    assert len(heads) > 1000
    assert Pieces(heads).found_in(weights) == set()


def test_v4_files_are_written_where_they_belong_and_nowhere_else(story: Run):
    ours = (f"{story.kept}/", f"{story.kept}-", f"{story.temporary}/")
    strays = {path for path in written(story) if not path.startswith(ours)}
    assert {path for path in strays if "/__pycache__/" not in path} == set()
    assert files_below(story.user, story.folder) == []


def test_v4_the_model_file_is_only_read_and_only_by_owner_and_drill(story: Run, model_file: Path):
    trace = story.trace
    owner, drill = trace.named(b"serve"), trace.named(b"demo") - trace.named(b"serve")
    assert (len(owner), len(drill)) == (1, 1)
    opened = [call for call in trace.of(*OPENS) if call.opened() == str(model_file.resolve())]
    assert not [call for call in opened if call.for_writing]
    assert {trace.process(call.thread) for call in opened} == owner | drill


def test_v4_the_model_server_reads_its_weights_from_memory(story: Run):
    child = story.trace.named(CHILD)
    assert len(child) == 1
    opened = [call.opened() for call in story.trace.of(*OPENS, processes=child)]
    assert any(path.startswith(MEMORY) for path in opened)
    assert not [path for path in opened if path.startswith((str(story.kept), str(story.temporary)))]
