"""DuckDB, shut in: memory only, one thread, one folder, nothing loaded, nothing spilled."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from adyton.terms import Exhausted, Unavailable

READ_MEMORY = "256MB"
WRITE_MEMORY = "512MB"
_NO_ROOM = "could not allocate block"
_FIRST: Mapping[str, str | int | float | list[str]] = {
    "threads": 1,
    "temp_directory": "",  # with no place to spill to, too large a question ends
    "max_temp_directory_size": "0B",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "enable_external_file_cache": False,  # what is erased must not live on in a cache
}


@contextmanager
def opened(folder: Path, *, memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that reaches the files below `folder`, and no others."""
    with reporting():
        connection = duckdb.connect(":memory:", config={**_FIRST, "memory_limit": memory})
    try:
        with reporting():
            connection.execute("SET python_enable_replacements = false")
            connection.execute("SET parquet_metadata_cache = true")
            place = f"{folder.resolve()}/"
            connection.execute(f"SET allowed_directories = {listed([place])}")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


@contextmanager
def reporting() -> Iterator[None]:
    """DuckDB's errors as ours; what it says may quote a row, and stays behind."""
    try:
        yield
    except duckdb.Error as error:
        # a commit for which there is no memory is told as a failed transaction
        if isinstance(error, duckdb.OutOfMemoryException) or _NO_ROOM in str(error):
            raise Exhausted(
                "the question needs more memory than it may have", mend="narrow it by time or type"
            ) from error
        raise Unavailable(
            "the timeline could not be read or written", mend="ask again; see ledger followers"
        ) from error


@contextmanager
def disk() -> Iterator[None]:
    """A disk that fails, as ours."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            "the timeline could not be written", mend="look for a full disk or missing rights"
        ) from error


def quoted(text: str) -> str:
    """A text as it stands in a query, where no value can."""
    return "'" + text.replace("'", "''") + "'"


def listed(places: Iterable[str]) -> str:
    """The same of a list of files."""
    return f"[{', '.join(map(quoted, places))}]"
