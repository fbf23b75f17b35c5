"""A Parquet file out of rows that come one by one, in the memory of a few thousand of them.

Rows become small files in a folder of their own beside it, and these then one. The folder holds
what the export holds; it goes when the export is done, or failed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from adyton.adapters.duckdb_timeline.box import (
    WRITE_MEMORY,
    disk,
    listed,
    opened,
    quoted,
    reporting,
)

PIECE_ROWS: Final = 32_768
_PIECE_CHARS: Final = 8 << 20
_STEP_ROWS: Final = 1024
_ROW_GROUP: Final = 4096
_HOW: Final = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP}, USE_TMP_FILE false"


def write_export(place: Path, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> None:
    """A Parquet file of these columns (name: DuckDB type) at `place`, a file that is there."""
    with disk(), TemporaryDirectory(dir=place.parent, prefix=f"{place.name}.") as scratch:
        pieces: list[str] = []
        for part in _pieces(rows):
            pieces.append(f"{scratch}/{len(pieces)}.parquet")
            _write(pieces[-1], columns, part)
        if not pieces:
            _write(str(place), columns, ())
            return
        with opened(place.parent, memory=WRITE_MEMORY) as box, reporting():
            read = f"read_parquet({listed(pieces)}, hive_partitioning = false)"
            box.execute(f"COPY (SELECT * FROM {read}) TO {quoted(str(place))} ({_HOW})")  # noqa: S608 - our own names


def _pieces(rows: Iterable[Sequence[object]]) -> Iterator[list[list[Sequence[object]]]]:
    """The rows in pieces, each in steps, so that long ones come in smaller pieces."""
    piece: list[list[Sequence[object]]] = []
    step: list[Sequence[object]] = []
    chars = count = 0
    for row in rows:
        step.append(row)
        count += 1
        chars += sum(len(one) for one in row if isinstance(one, str))
        if len(step) == _STEP_ROWS:
            piece, step = [*piece, step], []
        if count == PIECE_ROWS or chars > _PIECE_CHARS:
            yield [*piece, step]
            piece, step, chars, count = [], [], 0, 0
    if count:
        yield [*piece, step]


def _write(
    place: str, columns: Mapping[str, str], steps: Iterable[Sequence[Sequence[object]]]
) -> None:
    head = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    marks = ", ".join(
        f"unnest(${number}::{kind}[])" for number, kind in enumerate(columns.values(), start=1)
    )
    with opened(Path(place).parent, memory=WRITE_MEMORY) as box, reporting():
        box.execute(f"CREATE TABLE fresh ({head})")
        for step in filter(None, steps):
            values = [list(one) for one in zip(*step, strict=True)]
            box.execute(f"INSERT INTO fresh SELECT {marks}", values)
        box.execute(f"COPY fresh TO {quoted(place)} ({_HOW})")
