"""Exports as files: lines of text, or one Parquet file, made where the command runs."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from adyton.adapters import home_files
from adyton.assembly import client
from adyton.terms import Misconfigured, Unavailable

COLUMNS: Final = {
    "kind": "VARCHAR",
    "time": "BIGINT",
    "type": "VARCHAR",
    "index": "BIGINT",
    "epoch": "BIGINT",
    "writer": "VARCHAR",
    "receipt": "VARCHAR",
    "subjects": "VARCHAR",
    "public": "VARCHAR",
    "body": "VARCHAR",
    "source": "VARCHAR",
    "line": "BIGINT",
    "log_time": "BIGINT",
    "digest": "VARCHAR",
    "skew_s": "BIGINT",
    "coverage_from_s": "BIGINT",
    "coverage_to_s": "BIGINT",
    "coverage_basis": "VARCHAR",
    "says": "VARCHAR",
}
"""Of a Parquet export. `subjects`, `public` and `says` are JSON."""
_AS_JSON: Final = frozenset({"subjects", "public", "says"})


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]], *, home: Path) -> None:
    """One JSON document a line, whole or not at all."""
    client.write_stream(path, (msgspec.json.encode(one) + b"\n" for one in rows), home=home)


def write_parquet(path: Path, rows: Iterable[Mapping[str, Any]], *, home: Path) -> None:
    """One Parquet file, whole or not at all."""
    try:
        from adyton.adapters.duckdb_timeline import write_export  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise Misconfigured(
            "the package duckdb is missing", mend="install adyton[server], or export jsonl"
        ) from error
    client.file_outside(path, home)
    scratch = path.with_name(f".{path.name}.new")
    home_files.reserve(scratch)
    try:
        write_export(scratch, COLUMNS, _flat(rows))
        scratch.replace(path)
    except OSError as error:
        raise Unavailable(f"cannot write {path.name}", mend="free space") from error
    finally:
        home_files.drop(scratch)


def _flat(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield tuple(
            msgspec.json.encode(row[name]).decode()
            if name in _AS_JSON and name in row
            else row.get(name)
            for name in COLUMNS
        )
