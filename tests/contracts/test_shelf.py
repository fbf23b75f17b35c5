"""What every `SealedShelf` promises; one run per adapter."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adyton.adapters.memory_vault import MemoryShelf
from adyton.adapters.shelf import LocalShelf
from adyton.terms import Conflict, Malformed, Missing, Span
from adyton.vault import SealedShelf

ASSET, OTHER = "ast_" + "a" * 26, "ast_" + "b" * 26
FIRST, SECOND = "ver_" + "a" * 26, "ver_" + "b" * 26
Open = Callable[[], SealedShelf]


@pytest.fixture(params=["memory", "local"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    if request.param == "local":
        return lambda: LocalShelf(tmp_path / "vault")
    kept = MemoryShelf()

    def again() -> MemoryShelf:
        kept.drafts.clear()
        return kept

    return again


def whole(shelf: SealedShelf, name: str, *, version: str = FIRST) -> bytes:
    return shelf.read(ASSET, version, name, Span(start=0, end=1 << 20))


def test_a_published_version_is_still_there_after_reopening(reopen: Open):
    shelf = reopen()
    assert shelf.put(ASSET, FIRST, "parts/0", iter([b"abc", b"", b"def"])) == 6
    shelf.put(ASSET, FIRST, "manifest.json", [b"{}"])
    shelf.publish(ASSET, FIRST)
    again = reopen()
    assert whole(again, "parts/0") == b"abcdef"
    assert again.size(ASSET, FIRST, "manifest.json") == 2


def test_a_draft_can_be_read_back_and_does_not_survive(reopen: Open):
    shelf = reopen()
    shelf.put(ASSET, FIRST, "parts/0", [b"abc"])
    assert whole(shelf, "parts/0") == b"abc"
    with pytest.raises(Missing):
        whole(reopen(), "parts/0")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 3, b"abc"), (2, 4, b"cd"), (5, 5, b""), (4, 99, b"ef"), (6, 9, b""), (50, 60, b"")],
)
def test_a_span_gives_those_bytes_and_fewer_only_at_the_end(reopen, start, end, expected):
    shelf = reopen()
    shelf.put(ASSET, FIRST, "parts/0", [b"abcdef"])
    assert shelf.read(ASSET, FIRST, "parts/0", Span(start=start, end=end)) == expected


def test_nothing_is_written_twice(reopen: Open):
    shelf = reopen()
    shelf.put(ASSET, FIRST, "parts/0", [b"abc"])
    with pytest.raises(Conflict):
        shelf.put(ASSET, FIRST, "parts/0", [b"def"])
    shelf.publish(ASSET, FIRST)
    shelf.put(ASSET, FIRST, "parts/0", [b"def"])
    with pytest.raises(Conflict):
        shelf.publish(ASSET, FIRST)
    assert whole(shelf, "parts/0") == b"abc"


def test_versions_do_not_mix(reopen: Open):
    shelf = reopen()
    for version in (FIRST, SECOND):
        shelf.put(ASSET, version, "parts/0", [version.encode()])
    shelf.publish(ASSET, FIRST)
    assert whole(shelf, "parts/0", version=SECOND) == SECOND.encode()
    with pytest.raises(Missing):
        shelf.read(OTHER, FIRST, "parts/0", Span(start=0, end=1))


def test_discarding_forgets_drafts_and_versions_and_may_be_repeated(reopen: Open):
    shelf = reopen()
    shelf.put(ASSET, FIRST, "parts/0", [b"abc"])
    shelf.publish(ASSET, FIRST)
    shelf.put(ASSET, SECOND, "parts/0", [b"abc"])
    for version in (FIRST, SECOND, SECOND):
        shelf.discard(ASSET, version)
        with pytest.raises(Missing):
            whole(shelf, "parts/0", version=version)


def test_what_is_not_there_is_missing(reopen: Open):
    shelf = reopen()
    with pytest.raises(Missing):
        shelf.size(ASSET, FIRST, "parts/0")
    with pytest.raises(Missing):
        shelf.publish(ASSET, FIRST)


def test_a_source_that_fails_publishes_nothing(reopen: Open):
    shelf = reopen()

    def failing():
        yield b"abc"
        raise Conflict("the file changed")

    with pytest.raises(Conflict, match="changed"):
        shelf.put(ASSET, FIRST, "parts/0", failing())
    shelf.discard(ASSET, FIRST)
    shelf.put(ASSET, FIRST, "parts/0", [b"whole"])
    shelf.publish(ASSET, FIRST)
    assert whole(shelf, "parts/0") == b"whole"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "", "a/b/c", "parts/..", "parts/0\n"])
def test_names_that_lead_elsewhere_are_refused_by_the_local_shelf(tmp_path: Path, name: str):
    with pytest.raises(Malformed):
        LocalShelf(tmp_path).put(ASSET, FIRST, name, [b"x"])
    with pytest.raises(Malformed):
        LocalShelf(tmp_path).read("../x", FIRST, "parts/0", Span(start=0, end=1))
