import gzip
import hashlib

import pytest

from adyton.adapters.memory_ledger import ManualClock
from adyton.intake import BLOCK_BYTES
from adyton.sweep import ExposureKind, Found, FoundKind, SweepLimits
from adyton.terms import Missing, Secret
from tests.unit.intake.made import zipped
from tests.unit.prints.prose import prose
from tests.unit.sweep.world import (
    FOLDER,
    HOME,
    PLAN,
    SCRATCH,
    STORES,
    ShelfOfFiles,
    a_key,
    index_of,
    sweeper,
)

WEIGHTS = hashlib.shake_256(b"weights").digest(6 * BLOCK_BYTES)


def swept(files, *, place=FOLDER, odd=(), modes=None, **kwargs):
    return sweeper(ShelfOfFiles({place: files}, odd=odd, modes=modes), **kwargs).sweep([place])


def kinds(result):
    return [(exposure.kind, exposure.path) for exposure in result.exposures]


def test_protected_text_is_found_with_span_and_share():
    text = prose("a chat", 100) + PLAN[:900] + prose("later", 50)
    result = swept({"chat.log": text.encode(), "other.txt": prose("other", 200).encode()})
    (exposure,) = result.exposures
    assert (exposure.kind, exposure.path, exposure.version) == (
        ExposureKind.CONTENT,
        "chat.log",
        "ver_plan",
    )
    (span,) = exposure.spans
    assert PLAN[:900].strip()[20:-20] in text[span.start : span.end]
    assert abs(exposure.share_ppm - 900 * 1_000_000 // len(PLAN)) < 40_000
    assert (result.scanned_files, result.not_scanned) == (2, ())


@pytest.mark.parametrize("before", [0, 950, 1000, 1500, 2000, 2900])
def test_a_passage_over_the_edge_of_a_window_is_found_once(before):
    limits = SweepLimits(window_bytes=2000, overlap_bytes=600)
    text = prose("filler", 1000)[:before] + "\n" + PLAN[:500] + "\n" + prose("rest", 300)
    result = swept({"a.txt": text.encode()}, limits=limits)
    (exposure,) = result.exposures
    (span,) = exposure.spans
    assert abs(span.start - before) < 30
    assert abs(span.end - before - 500) < 30


def test_a_key_of_ours_is_found_and_never_told():
    key = a_key()
    foreign = a_key(Secret(b"the checksum key of somebody else"))
    result = swept({"env": f"TOKEN={key}\n".encode(), "old": f"{foreign}\n".encode()})
    assert [exposure.detail for exposure in result.exposures] == [
        "key of this perimeter",
        "key form, not made here",
    ]
    assert result.exposures[0].credential == "key_" + "a" * 26
    assert key not in repr(result)


def test_archives_and_structured_files_are_opened():
    files = {
        "hand-over.zip": zipped({"docs/plan.md": PLAN.encode()}),
        "events.jsonl": b'{"a": "nothing"}\n',
        "notes.txt.gz": gzip.compress(PLAN.encode()),
    }
    result = swept(files)
    assert [(one.path, one.inside) for one in result.exposures] == [
        ("hand-over.zip", "docs/plan.md"),
        ("notes.txt.gz", "notes.txt"),
    ]
    result = swept(files, open_files=None)
    assert result.scanned_files == 0
    assert {one.reason for one in result.not_scanned} == {"container form, and no reader was given"}


def test_i6_members_that_nobody_could_read_are_listed():
    result = swept({"a.zip": zipped({"scan.png": b"\x89PNG\r\n\x1a\n" + bytes(9)})})
    (missed,) = result.not_scanned
    assert (missed.path, missed.reason) == (
        "a.zip!scan.png",
        "image: text is not read from this form",
    )


def test_pieces_of_weights_are_recognised_bare_and_packed():
    piece = WEIGHTS[2 * BLOCK_BYTES : 4 * BLOCK_BYTES]
    files = {"core.bin": piece, "model.gguf": WEIGHTS, "pack.zip": zipped({"part.bin": piece})}
    result = swept(files, index=index_of(weights=WEIGHTS))
    assert [(one.path, one.detail) for one in result.exposures] == [
        ("core.bin", "piece of a file"),
        ("model.gguf", "whole file"),
        ("pack.zip", "piece of a file"),
    ]
    assert {one.kind for one in result.exposures} == {ExposureKind.WEIGHTS}


def test_i6_what_was_not_looked_at_is_listed_with_its_reason():
    odd = [
        Found(path="link", kind=FoundKind.LINK, size_bytes=4, mode=0o777),
        Found(path="closed", kind=FoundKind.CLOSED, size_bytes=0, mode=0),
    ]
    shelf = ShelfOfFiles({FOLDER: {"a.txt": b"text", "b.bin": b"\0\1", "big": b"x" * 99}}, odd=odd)
    shelf.unreadable = {"a.txt"}
    result = sweeper(shelf, limits=SweepLimits(text_bytes=50)).sweep([FOLDER])
    assert {one.path: one.reason for one in result.not_scanned} == {
        "a.txt": "cannot be read",
        "b.bin": "binary, and no protected file has prints",
        "big": "text over the size limit",
        "link": "not a plain file",
        "closed": "folder cannot be listed",
    }
    assert (result.scanned_files, result.exposures) == (0, ())


def test_a_slow_file_and_a_slow_sweep_end_in_time():
    clock = ManualClock()

    class Slow(ShelfOfFiles):
        def read(self, place, path):
            for chunk in super().read(place, path):
                clock.advance(40)
                yield chunk

    files = {"1-slow": b"a" * 5000, "2-quick": b"b" * 500, "3-late": b"c"}
    limits = SweepLimits(file_s=60, total_s=100)
    result = sweeper(Slow({FOLDER: files}), clock=clock, limits=limits).sweep([FOLDER])
    assert {one.path: one.reason for one in result.not_scanned} == {
        "1-slow": "over the time limit of a file",
        "3-late": "over the time limit of the sweep",
    }
    assert result.scanned_files == 1


def test_our_home_is_for_us_alone():
    modes = {"keys/log.key": 0o644, "state/state.db": 0o622, "config.toml": 0o600}
    result = swept(dict.fromkeys(modes, b"x"), place=HOME, modes=modes)
    assert [(one.path, one.detail) for one in result.exposures] == [
        ("keys/log.key", "others may read"),
        ("state/state.db", "others may write"),
    ]


def test_a_planted_plaintext_in_scratch_is_found_twice_over():
    result = swept({"render.tmp": PLAN.encode()}, place=SCRATCH)
    assert kinds(result) == [
        (ExposureKind.LEFTOVER, "render.tmp"),
        (ExposureKind.CONTENT, "render.tmp"),
    ]


def test_a_protected_file_that_everybody_may_read_is_told_apart():
    files = {"plan.txt": PLAN.encode(), "lunch.txt": b"soup"}
    result = swept(files, modes={"plan.txt": 0o644, "lunch.txt": 0o644})
    assert kinds(result) == [
        (ExposureKind.CONTENT, "plan.txt"),
        (ExposureKind.PERMISSION, "plan.txt"),
    ]


def test_open_stores_are_found_and_broken_configurations_listed():
    files = {
        "builds.json": b'{"bindings":[{"role":"viewer","members":["allUsers"]}]}',
        "broken.json": b"{",
    }
    result = swept(files, place=STORES)
    assert [(one.path, one.detail) for one in result.exposures] == [
        ("builds.json", "binding for everybody")
    ]
    assert [one.path for one in result.not_scanned] == ["broken.json"]


def test_a_place_that_is_not_there_is_said():
    with pytest.raises(Missing):
        sweeper(ShelfOfFiles({})).sweep([FOLDER])
