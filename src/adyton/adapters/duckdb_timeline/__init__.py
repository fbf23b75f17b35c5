"""The timeline: facts and rows of foreign logs in Parquet segments, asked through DuckDB.

All of it is rebuildable from the ledger and its bodies, and thrown away without loss. It holds no
bodies of facts. Rows of foreign logs stand in it in clear until their body's key is destroyed:
their segment is then taken away whole. There is no database file and no write-ahead log: DuckDB
works in memory, reads and writes nothing outside this folder, and spills nothing.

`segments` says what is there and whether it is what was written, `writing` adds, merges, mends and
forgets (one process, which holds `writer.lock`), `asking` answers, `followers` feed it.
`exporting` writes a Parquet file of rows for somebody else.
"""

from adyton.adapters.duckdb_timeline.asking import ParquetTimeline
from adyton.adapters.duckdb_timeline.exporting import write_export
from adyton.adapters.duckdb_timeline.followers import FactFollower, RowFollower
from adyton.adapters.duckdb_timeline.writing import TimelineWriter

__all__ = ["FactFollower", "ParquetTimeline", "RowFollower", "TimelineWriter", "write_export"]
