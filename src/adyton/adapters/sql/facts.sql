-- Trusted: entries, bodies. Rebuildable: state_rows, versions.
CREATE TABLE IF NOT EXISTS entries (
    position INTEGER PRIMARY KEY,
    receipt  TEXT NOT NULL UNIQUE,
    data     BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS bodies (
    position INTEGER PRIMARY KEY,
    key_id   TEXT NOT NULL,
    sealed   BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS state_rows (
    tbl  TEXT NOT NULL,
    key  TEXT NOT NULL,
    ix   TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (tbl, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS state_rows_by_index ON state_rows (tbl, ix, key);
CREATE TABLE IF NOT EXISTS versions (
    tbl     TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) WITHOUT ROWID;
