-- Trusted, and kept out of backups of the data.
CREATE TABLE IF NOT EXISTS body_keys (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    key_id  TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    month   TEXT NOT NULL,
    key     BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS body_keys_by_subject ON body_keys (subject, month, number);
